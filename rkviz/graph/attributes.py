"""What an ONNX node means, said once and explicitly, whichever operator set it was written in.

ONNX moved many settings from attributes to inputs and changed defaults over the years. Here each
node gets all of them as attributes with today's meaning, sizes and axes resolved, so that every
later step reads one form. A setting that is computed at run time stays an input, and the
attribute is absent. Sources: the operator changelogs of ONNX.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace

import numpy as np

from rkviz.errors import ModelError
from rkviz.graph.gemm import explicit_gemm
from rkviz.graph.geometry import GEOMETRY
from rkviz.graph.meaning import Meaning, RawNode, part
from rkviz.graph.model import Array, Attr, Node, Value
from rkviz.numerics import QuantParams

Resolver = Callable[[Meaning], list[Node]]


def explicit(
    raw: RawNode,
    constants: MutableMapping[str, Array],
    values: MutableMapping[str, Value],
    given: MutableMapping[str, QuantParams] | None = None,
) -> list[Node]:
    """The node, or the few nodes, that mean what `raw` means, with every setting explicit.

    New constants and the values in between are put into `constants` and `values`, parameters the
    file states for what a new constant is made from into `given`.
    Raises ModelError when a setting has a form ONNX does not allow.
    """
    node = raw.node
    resolver = _RESOLVERS.get(node.op) or (_reduce if node.op.startswith("Reduce") else None)
    geometry = GEOMETRY.get(node.op)
    if not raw.known:
        return [node]
    try:
        if geometry is not None:
            return [geometry(node, raw.shapes)]
        meaning = Meaning(raw, constants, values, {} if given is None else given)
        nodes = resolver(meaning) if resolver else [node]
        return [_positive_axis(n, raw) for n in nodes]
    except (TypeError, ValueError, IndexError, KeyError, ArithmeticError) as error:
        raise ModelError(f"{node.op} {node.name!r} has settings ONNX forbids: {error}.") from None


def _positive_axis(node: Node, raw: RawNode) -> Node:
    """`node` with its single axis counted from the front."""
    shape = raw.shapes.get(node.inputs[0]) if node.inputs else None
    axis = node.attrs.get("axis")
    if not isinstance(axis, int) or axis >= 0 or shape is None:
        return node
    return replace(node, attrs={**node.attrs, "axis": axis + len(shape)})


def _axes(axes: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return tuple(sorted(axis + rank if axis < 0 else axis for axis in axes))


def _clip(m: Meaning) -> list[Node]:
    if any(m.has(i) and m.constant(i) is None for i in (1, 2)):
        return [m.node]
    low, high = (m.constant(i) for i in (1, 2))
    lowest = float(low.reshape(-1)[0]) if low is not None else m.node.float_attr("min", -np.inf)
    highest = float(high.reshape(-1)[0]) if high is not None else m.node.float_attr("max", np.inf)
    # The old defaults, the largest floats, mean "no bound".
    largest = float(np.finfo(np.float32).max)
    return m.changed(
        1,
        min=-np.inf if lowest <= -largest else lowest,
        max=np.inf if highest >= largest else highest,
    )


def _resize(m: Meaning) -> list[Node]:
    """Resize of every age: scales always, sizes when the file gave sizes, both of full rank."""
    attrs = dict(m.node.attrs)
    old = m.raw.opset < 11
    if old:
        modern = "linear" if attrs.get("mode") in ("linear", "bilinear") else "nearest"
        attrs |= {"mode": modern, "coordinate_transformation_mode": "asymmetric"}
        attrs |= {"nearest_mode": "floor", "antialias": 0}
    source, target = m.shape(), m.out_shape()
    scales = m.constant(1 if old else 2)
    sizes = None if old else m.constant(3)
    given = attrs.get("scales")
    if scales is None and isinstance(given, tuple):
        scales = np.array(given, np.float32)
    if (scales is None or not scales.size) and sizes is None:
        return [m.node]
    if source is None or target is None:
        return [m.node]
    if not old and attrs["coordinate_transformation_mode"] == "tf_crop_and_resize":
        roi = m.constant(1)
        if roi is None or "axes" in attrs:
            return [m.node]
        attrs["roi"] = tuple(float(r) for r in roi.reshape(-1))
    if scales is not None and scales.size:
        axes = m.node.ints_attr("axes", range(len(source)))
        full = [1.0] * len(source)
        for axis, scale in zip(_plain_axes(axes, len(source)), scales.reshape(-1), strict=True):
            full[axis] = float(scale)
        attrs["scales"] = tuple(full)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):  # a size of 0 has no ratio
            ratio = np.array(target, np.float32) / np.array(source, np.float32)
        attrs |= {"scales": tuple(float(r) for r in ratio), "sizes": target}
        attrs.pop("keep_aspect_ratio_policy", None)
    attrs.pop("axes", None)
    of_tf = attrs.get("coordinate_transformation_mode") == "tf_half_pixel_for_nn"
    if of_tf and attrs["mode"] == "nearest" and attrs["nearest_mode"] == "floor":
        # floor((d + .5) r) is half_pixel's (d + .5) r - .5 with halves rounded up.
        attrs |= {"coordinate_transformation_mode": "half_pixel"}
        attrs |= {"nearest_mode": "round_prefer_ceil"}
    return [replace(m.node, op="Resize", inputs=m.node.inputs[:1], attrs=attrs)]


def _plain_axes(axes: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return tuple(axis + rank if axis < 0 else axis for axis in axes)


def _slice(m: Meaning) -> list[Node]:
    """Bounds counted from the front and within the input; -rank-1 ends a backward slice at 0."""
    shape = m.shape()
    starts, ends = m.integers(1, "starts"), m.integers(2, "ends")
    dynamic = any(m.has(i) and m.constant(i) is None for i in range(1, 5))
    if shape is None or starts is None or ends is None or dynamic:
        return [m.node]
    axes = _plain_axes(m.integers(3, "axes") or tuple(range(len(starts))), len(shape))
    steps = m.integers(4) or (1,) * len(starts)
    bounds: list[tuple[int, int]] = []
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        first, last, _ = slice(start, end, step).indices(shape[axis])
        bounds.append((first, last if last >= 0 else -shape[axis] - 1))
    return m.changed(
        1,
        starts=tuple(first for first, _ in bounds),
        ends=tuple(last for _, last in bounds),
        axes=axes,
        steps=steps,
    )


def _reshape(m: Meaning) -> list[Node]:
    shape = m.out_shape() or m.integers(1)
    return [m.node] if shape is None else m.changed(1, shape=shape)


def _squeeze(m: Meaning) -> list[Node]:
    shape, axes = m.shape(), m.integers(1, "axes")
    if shape is None or (m.has(1) and axes is None):
        return [m.node]
    ones = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return m.changed(1, axes=ones if axes is None else _axes(axes, len(shape)))


def _unsqueeze(m: Meaning) -> list[Node]:
    shape, axes = m.shape(), m.integers(1, "axes")
    if shape is None or axes is None:
        return [m.node]
    return m.changed(1, axes=_axes(axes, len(shape) + len(axes)))


_OF_ONE_UNCHANGED = frozenset(
    {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceLogSumExp"}
)
"""Reductions that leave a single number as it is; the others square it, say."""


def _reduce(m: Meaning) -> list[Node]:
    shape, axes = m.shape(), m.integers(1, "axes")
    if shape is None or (m.has(1) and axes is None):
        return [m.node]
    if not axes and m.node.int_attr("noop_with_empty_axes"):
        if m.node.op not in _OF_ONE_UNCHANGED:
            return [m.node]
        return [replace(m.node, op="Identity", inputs=m.node.inputs[:1], attrs={})]
    resolved = _axes(axes or tuple(range(len(shape))), len(shape))
    return m.without(m.changed(1, axes=resolved), "noop_with_empty_axes")


def _split(m: Meaning) -> list[Node]:
    axis = m.node.int_attr("axis")
    if m.has(1) and m.constant(1) is None:
        return [m.node]
    sizes: list[int] = []
    for name in m.node.outputs:
        shape = m.raw.shapes.get(name)
        if shape is None:
            return [m.node]
        sizes.append(shape[axis])
    return m.without(m.changed(1, split=tuple(sizes)), "num_outputs")


def _pad(m: Meaning) -> list[Node]:
    """Pads of full rank, begins then ends; the value defaults to 0."""
    shape, pads = m.shape(), m.integers(1, "pads")
    if shape is None or pads is None or any(m.has(i) and m.constant(i) is None for i in (2, 3)):
        return [m.node]
    value = m.constant(2)
    rank = len(shape)
    axes = _plain_axes(m.integers(3) or tuple(range(rank)), rank)
    full = [0] * (2 * rank)
    for axis, begin, end in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        full[axis], full[rank + axis] = begin, end
    filler = m.node.float_attr("value") if value is None else float(value.reshape(-1)[0])
    return m.changed(1, pads=tuple(full), value=filler)


def _transpose(m: Meaning) -> list[Node]:
    shape = m.shape()
    if "perm" in m.node.attrs or shape is None:
        return [m.node]
    return m.changed(1, perm=tuple(reversed(range(len(shape)))))


def _softmax(m: Meaning) -> list[Node]:
    """Before opset 13 everything from `axis` on was one axis; that is said with reshapes."""
    node, shape = m.node, m.shape()
    if m.raw.opset >= 13 or shape is None:
        return [node]
    axis = node.int_attr("axis", 1)
    axis += len(shape) if axis < 0 else 0
    wide = [i for i in range(axis, len(shape)) if shape[i] != 1] or [len(shape) - 1]
    if len(wide) == 1:
        return m.changed(1, axis=wide[0])
    flat = (int(np.prod(shape[:axis], dtype=np.int64)), int(np.prod(shape[axis:], dtype=np.int64)))
    folded, result = (f"{node.outputs[0]}/{part}" for part in ("flat", "flat_out"))
    for name in (folded, result):
        m.values[name] = Value(name, flat, m.raw.dtypes[node.inputs[0]])
    return [
        part(node, "Reshape", "flatten", node.inputs, folded, shape=flat),
        replace(node, inputs=(folded,), outputs=(result,), attrs={"axis": 1}),
        part(node, "Reshape", "unflatten", (result,), node.outputs[0], shape=shape),
    ]


def _topk(m: Meaning) -> list[Node]:
    count = m.integers(1, "k")
    if count is None:
        k = m.node.attrs.get("k")
        return [m.node] if not isinstance(k, int) else m.changed(1, k=k)
    return m.changed(1, k=count[0])


def _dropout(m: Meaning) -> list[Node]:
    training = m.constant(2)
    if (m.has(2) and training is None) or (training is not None and bool(training.any())):
        return [m.node]
    return [
        replace(
            m.node, op="Identity", inputs=m.node.inputs[:1], outputs=m.node.outputs[:1], attrs={}
        )
    ]


def _batch_norm(m: Meaning) -> list[Node]:
    if m.node.int_attr("training_mode") or not m.node.int_attr("spatial", 1):
        return [m.node]
    kept: dict[str, Attr] = {"epsilon": m.node.float_attr("epsilon", 1e-5)}
    return [replace(m.node, outputs=m.node.outputs[:1], attrs=kept)]


def _grid_sample(m: Meaning) -> list[Node]:
    modes = {"bilinear": "linear", "bicubic": "cubic"}
    mode = m.node.str_attr("mode", "linear")
    return m.changed(2, mode=modes.get(mode, mode))


def _roi_align(m: Meaning) -> list[Node]:
    before_16: dict[str, Attr] = {"coordinate_transformation_mode": "output_half_pixel"}
    return m.changed(3, **(before_16 if m.raw.opset < 16 else {}))


def _group_norm(m: Meaning) -> list[Node]:
    """Before opset 21 scale and bias were one number per group."""
    shape = m.shape()
    if m.raw.opset >= 21 or shape is None:
        return [m.node]
    inputs = [m.node.inputs[0]]
    for index in (1, 2):
        array = m.constant(index)
        if array is None:
            return [replace(m.node, domain="ai.onnx.before21")]
        name = f"{m.node.inputs[index]}/{m.node.name}"
        m.constants[name] = np.repeat(array, shape[1] // array.size)
        inputs.append(name)
    return [replace(m.node, inputs=tuple(inputs))]


def _expand(m: Meaning) -> list[Node]:
    """The shape of the result, whatever the shape input would broadcast it from."""
    shape = m.out_shape()
    return [m.node] if shape is None else m.changed(1, shape=shape)


def _tile(m: Meaning) -> list[Node]:
    repeats = m.integers(1)
    return [m.node] if repeats is None else m.changed(1, repeats=repeats)


def _sum(m: Meaning) -> list[Node]:
    """Two at a time, as the NPU adds."""
    node, shapes = m.node, [m.shape(index) for index in range(len(m.node.inputs))]
    if len(node.inputs) == 1:
        return [replace(node, op="Identity")]
    nodes: list[Node] = []
    total, shape = node.inputs[0], shapes[0]
    for index, (name, other) in enumerate(zip(node.inputs[1:], shapes[1:], strict=True), 1):
        if shape is None or other is None:
            shape = None
        else:
            shape = tuple(int(size) for size in np.broadcast_shapes(shape, other))
        if index == len(node.inputs) - 1:
            return [*nodes, replace(node, op="Add", inputs=(total, name))]
        partial = f"{node.outputs[0]}/sum{index}"
        m.values[partial] = Value(partial, shape, m.raw.dtypes[node.inputs[0]])
        nodes.append(part(node, "Add", f"sum{index}", (total, name), partial))
        total = partial
    return nodes


def _recurrent(m: Meaning) -> list[Node]:
    """LSTM and GRU: `results` are the positions of the outputs the file asks for."""
    kept = tuple(index for index, name in enumerate(m.node.outputs) if name)
    return [replace(m.node, attrs={**m.node.attrs, "results": kept})]


def _swish(m: Meaning) -> list[Node]:
    """x * sigmoid(alpha x): a Swish where alpha is 1, else its steps."""
    node, alpha = m.node, m.node.float_attr("alpha", 1.0)
    if alpha == 1.0:
        return [replace(node, attrs={})]
    x, shape, dtype = node.inputs[0], m.shape(), m.raw.dtypes[node.inputs[0]]
    scaled, gate = (f"{node.outputs[0]}/{name}" for name in ("scaled", "gate"))
    for name in (scaled, gate):
        m.values[name] = Value(name, shape, dtype)
    m.constants[f"{node.name}/alpha"] = np.array(alpha, dtype)
    return [
        part(node, "Mul", "scale", (x, f"{node.name}/alpha"), scaled),
        part(node, "Sigmoid", "gate", (scaled,), gate),
        replace(node, op="Mul", inputs=(x, gate), attrs={}),
    ]


def _scatter(m: Meaning) -> list[Node]:
    return [replace(m.node, op="ScatterElements")]


_RESOLVERS: Mapping[str, Resolver] = {
    "BatchNormalization": _batch_norm, "Clip": _clip, "Dropout": _dropout, "Expand": _expand,
    "Gemm": explicit_gemm, "GRU": _recurrent, "LSTM": _recurrent, "Sum": _sum, "Swish": _swish,
    "Tile": _tile,
    "GridSample": _grid_sample, "GroupNormalization": _group_norm, "Hardmax": _softmax,
    "LogSoftmax": _softmax, "Pad": _pad, "Reshape": _reshape, "Resize": _resize,
    "RoiAlign": _roi_align, "Scatter": _scatter, "Slice": _slice, "Softmax": _softmax,
    "Split": _split, "Squeeze": _squeeze, "TopK": _topk, "Transpose": _transpose,
    "Unsqueeze": _unsqueeze, "Upsample": _resize,
}  # fmt: skip
