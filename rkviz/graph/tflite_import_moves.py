"""Each operator of TensorFlow Lite in ONNX's words: moves, sizes and reductions."""

from __future__ import annotations

from collections.abc import Mapping

from rkviz.graph.model import Attr
from rkviz.graph.tflite_import_lowering import TO_NCHW, Call, Lowering, NotInOnnxError, nchw
from rkviz.graph.tflite_import_ops import Lower

_FURTHEST = 2**31 - 1
_ONNX_TYPES: Mapping[int, int] = {0: 1, 1: 1, 2: 6, 3: 2, 4: 7, 6: 9, 7: 5, 9: 3}
"""Type of TensorFlow Lite -> type of ONNX; halves become float32."""


def _axis(axis: int, rank: int) -> int:
    """An axis of the file as one of the value; raises ValueError when there is no such."""
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} of {rank}")
    plain = axis + rank if axis < 0 else axis
    return TO_NCHW.index(plain) if rank == 4 else plain


def _reshape(lower: Lowering, call: Call) -> None:
    source = lower.in_file_order(call.input(0))
    lower.chain(call, source, *lower.arranged(call, lower.shape(call.output)))


def _concat(lower: Lowering, call: Call) -> None:
    names = [lower.value(index) for index in call.operator.inputs]
    axis = _axis(call.option("Axis"), len(lower.shape(call.output)))
    lower.chain(call, names[0], ("Concat", tuple(names[1:]), {"axis": axis}))


def _pad(lower: Lowering, call: Call) -> None:
    x, rank = call.input(0), len(lower.shape(call.input(0)))
    widths = lower.integers(call.input(1))
    if len(widths) != 2 * rank:
        raise ValueError(f"{len(widths)} paddings for {rank} axes")
    attrs: dict[str, Attr] = {}
    inputs = [lower.sizes(call, "pads", (*nchw(widths[0::2]), *nchw(widths[1::2])))]
    if call.operator.op == "MIRROR_PAD":
        if call.option("Mode") != 0:  # symmetric, which repeats the edge: ONNX has none
            raise NotInOnnxError
        attrs["mode"] = "reflect"
    elif call.operator.op == "PADV2":
        inputs.append(lower.constant(f"{call.layer}/value", lower.real(call.input(2)).reshape(())))
    lower.chain(call, lower.value(x), ("Pad", tuple(inputs), attrs))


def _resize(lower: Lowering, call: Call) -> None:
    aligned, half = call.option("AlignCorners"), call.option("HalfPixelCenters")
    attrs: dict[str, Attr] = {"coordinate_transformation_mode": "asymmetric"}
    if aligned or half:
        attrs["coordinate_transformation_mode"] = "align_corners" if aligned else "half_pixel"
    if call.operator.op == "RESIZE_BILINEAR":
        attrs["mode"] = "linear"
    else:
        # Nearest rounds down, from the pixel's middle when half: that is half_pixel rounded up.
        rounding = "round_prefer_ceil" if aligned or half else "floor"
        attrs |= {"mode": "nearest", "nearest_mode": rounding}
    sizes = lower.sizes(call, "sizes", nchw(lower.shape(call.output)))
    lower.chain(call, lower.value(call.input(0)), ("Resize", ("", "", sizes), attrs))


def _reduce(lower: Lowering, call: Call) -> None:
    x, shape = call.input(0), lower.shape(call.input(0))
    rank, op = len(shape), _REDUCE[call.operator.op]
    axes = sorted(axis % rank for axis in lower.integers(call.input(1)))
    keep = call.option("KeepDims")
    if rank == 4 and axes == [1, 2] and op == "ReduceMean":
        after = [] if keep else lower.arranged(call, (shape[0], shape[3]))
        lower.chain(call, lower.value(x), ("GlobalAveragePool", (), {}), *after)
    elif keep or rank != 4:
        sizes = lower.sizes(call, "axes", sorted(_axis(axis, rank) for axis in axes))
        lower.chain(call, lower.value(x), (op, (sizes,), {"keepdims": keep}))
    else:
        sizes = lower.sizes(call, "axes", axes)
        lower.chain(call, lower.as_in_file(x), (op, (sizes,), {"keepdims": 0}))


def _transpose(lower: Lowering, call: Call) -> None:
    perm = lower.integers(call.input(1))
    if sorted(perm) != list(range(len(lower.shape(call.input(0))))):
        raise ValueError(f"{perm} is no order of axes")
    if len(perm) == 4:
        perm = tuple(TO_NCHW.index(perm[axis]) for axis in TO_NCHW)
    lower.chain(call, lower.value(call.input(0)), ("Transpose", (), {"perm": perm}))


def _strided_slice(lower: Lowering, call: Call) -> None:
    rank = len(lower.shape(call.input(0)))
    if call.option("EllipsisMask") or call.option("NewAxisMask"):
        raise NotInOnnxError
    begins, ends, steps = (list(lower.integers(call.input(i))) for i in (1, 2, 3))
    if not len(begins) == len(ends) == len(steps) <= rank or 0 in steps:
        raise ValueError("its bounds do not go together")
    shrink = call.option("ShrinkAxisMask")
    for axis, step in enumerate(steps):
        if shrink >> axis & 1:
            ends[axis] = begins[axis] + 1 or _FURTHEST
            steps[axis] = 1
            continue
        if call.option("BeginMask") >> axis & 1:
            begins[axis] = 0 if step > 0 else _FURTHEST
        if call.option("EndMask") >> axis & 1:
            ends[axis] = _FURTHEST if step > 0 else -_FURTHEST
    _cut(lower, call, (begins, ends, steps), bool(shrink))


def _slice(lower: Lowering, call: Call) -> None:
    begins, sizes = (list(lower.integers(call.input(i))) for i in (1, 2))
    ends = [
        _FURTHEST if size < 0 else begin + size for begin, size in zip(begins, sizes, strict=True)
    ]
    _cut(lower, call, (begins, ends, [1] * len(begins)), False)


def _cut(
    lower: Lowering, call: Call, bounds: tuple[list[int], list[int], list[int]], shrinks: bool
) -> None:
    """Slice by begins, ends and steps of the first axes; `shrinks`: some of them go away."""
    x, (begins, ends, steps) = call.input(0), bounds
    rank = len(lower.shape(x))
    axes = [axis if shrinks else _axis(axis, rank) for axis in range(len(begins))]
    named = (("starts", begins), ("ends", ends), ("axes", axes), ("steps", steps))
    inputs = tuple(lower.sizes(call, name, numbers) for name, numbers in named)
    if shrinks:
        after = lower.arranged(call, lower.shape(call.output))
        lower.chain(call, lower.as_in_file(x), ("Slice", inputs, {}), *after)
    else:
        lower.chain(call, lower.value(x), ("Slice", inputs, {}))


def _split(lower: Lowering, call: Call) -> None:
    x, axis = (1, 0) if call.operator.op == "SPLIT" else (0, 2)
    (number,) = lower.integers(call.input(axis))
    rank = len(lower.shape(call.input(x)))
    parts = [lower.shape(index)[number % rank] for index in call.operator.outputs]
    lower.node(
        "Split",
        (lower.value(call.input(x)), lower.sizes(call, "parts", parts)),
        tuple(lower.names[index] for index in call.operator.outputs),
        call.layer,
        {"axis": _axis(number, rank)},
    )


def _blocks(lower: Lowering, call: Call) -> None:
    attrs: dict[str, Attr] = {"blocksize": call.option("BlockSize")}
    op = "SpaceToDepth"
    if call.operator.op == "DEPTH_TO_SPACE":
        op = "DepthToSpace"
        attrs["mode"] = "DCR"
    lower.chain(call, lower.value(call.input(0)), (op, (), attrs))


def _cast(lower: Lowering, call: Call) -> None:
    kind = _ONNX_TYPES.get(call.option("OutDataType"))
    if kind is None:
        raise NotInOnnxError
    lower.chain(call, lower.value(call.input(0)), ("Cast", (), {"to": kind}))


_REDUCE: Mapping[str, str] = {
    "MEAN": "ReduceMean", "SUM": "ReduceSum", "REDUCE_MAX": "ReduceMax", "REDUCE_MIN": "ReduceMin",
}  # fmt: skip
MOVES: Mapping[str, Lower] = {
    "RESHAPE": _reshape, "SQUEEZE": _reshape, "EXPAND_DIMS": _reshape, "CONCATENATION": _concat,
    "PAD": _pad, "PADV2": _pad, "MIRROR_PAD": _pad, "RESIZE_BILINEAR": _resize,
    "RESIZE_NEAREST_NEIGHBOR": _resize, "TRANSPOSE": _transpose, "STRIDED_SLICE": _strided_slice,
    "SLICE": _slice, "SPLIT": _split, "SPLIT_V": _split, "SPACE_TO_DEPTH": _blocks,
    "DEPTH_TO_SPACE": _blocks, "CAST": _cast, **dict.fromkeys(_REDUCE, _reduce),
}  # fmt: skip
"""Operator -> how it is said in ONNX."""
