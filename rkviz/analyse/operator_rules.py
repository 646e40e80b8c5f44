"""Rules on operators: what toolkit 1.7.5 limits, lacks or warns of, as its lists say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.finding import Finding, Severity
from rkviz.analyse.remedies import Remedy, SetScheme
from rkviz.emulate.reference.resize import coordinate, nearest_index
from rkviz.graph.model import Node
from rkviz.numerics import QuantScheme
from rkviz.quantize.plan import QuantPlan, Step

Rule = Callable[[QuantPlan, Step], Iterator[Finding]]

_KERNEL_PER_STRIDE = 11
_DROPS_IN_8_BITS = frozenset(
    {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "Round", "CumSum"}
)
_WITH_KERNEL = frozenset({"Conv", "ConvTranspose"})
_NOT_IN_TOOLKIT = frozenset({"Max", "Min", "Softplus", "Tile", "GRU"})
_NOT_IN_TOOLKIT_1D = frozenset({"MaxPool", "AveragePool"})


def in_8_bits(plan: QuantPlan, step: Step) -> bool:
    """Whether `step` gives u8 or i8."""
    scheme = plan.tensors[step.outputs[0]].params.scheme
    return scheme.is_quantized and scheme.bits == 8


def finding(
    plan: QuantPlan,
    step: Step,
    rule: str,
    severity: Severity = Severity.WARNING,
    remedies: tuple[Remedy, ...] = (),
    **values: float | str,
) -> Finding:
    """A Finding on the layer that `step` is shown as."""
    return Finding(plan.graph.head(step.name), rule, values, severity, remedies)


def wider(plan: QuantPlan, step: Step) -> SetScheme:
    """The remedy that helps nearly always: `step` in i16."""
    return SetScheme((plan.graph.head(step.name),), QuantScheme.I16)


def _node(plan: QuantPlan, step: Step) -> Node:
    return plan.graph.by_name[step.name]


def drops_in_8_bits(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """Operators of which the vendor's table says that 8 bits may cost accuracy."""
    if step.op in _DROPS_IN_8_BITS and in_8_bits(plan, step):
        yield finding(
            plan, step, "drops-in-8-bits", Severity.NOTE, (wider(plan, step),), op=step.op
        )


def unequal_dilation(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """The toolkit takes a dilation above 1 only when it is the same on both axes."""
    dilations = _node(plan, step).ints_attr("dilations")
    if step.op in _WITH_KERNEL and len(set(dilations)) > 1:
        yield finding(plan, step, "unequal-dilation", first=dilations[0], second=dilations[1])


def large_kernel(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """The chip has kernels from 1 to 11 * stride - 1 on each axis; 3x3 is the fastest."""
    if step.op not in _WITH_KERNEL:
        return
    kernel, strides = (_node(plan, step).ints_attr(key) for key in ("kernel_shape", "strides"))
    for length, stride in zip(kernel, strides, strict=True):
        largest = _KERNEL_PER_STRIDE * stride - 1
        if length > largest:
            size = "x".join(map(str, kernel))
            yield finding(plan, step, "large-kernel", kernel=size, largest=largest)
            return


def ceil_mode(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """The toolkit reads no ceil_mode of an ONNX MaxPool; it matters where it adds an output."""
    node = _node(plan, step)
    if step.op != "MaxPool" or not node.int_attr("ceil_mode"):
        return
    source, result = plan.graph.shape(node.inputs[0]), plan.graph.shape(node.outputs[0])
    kernel, strides = node.ints_attr("kernel_shape"), node.ints_attr("strides")
    dilations, pads = node.ints_attr("dilations", (1,) * len(kernel)), node.ints_attr("pads")
    rank = len(kernel)
    floored = tuple(
        (source[2 + i] + pads[i] + pads[rank + i] - (kernel[i] - 1) * dilations[i] - 1)
        // strides[i] + 1
        for i in range(rank)
    )  # fmt: skip
    if floored != result[2:]:
        yield finding(plan, step, "ceil-mode")


def broadcast_division(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """The toolkit divides tensors of one shape only."""
    node = _node(plan, step)
    if step.op != "Div":
        return
    shapes = {plan.graph.shape(name) for name in node.inputs}
    if len(shapes) > 1:
        by_constant = plan.graph.is_constant(node.inputs[1])
        yield finding(
            plan, step, "division-by-constant" if by_constant else "division-with-broadcast"
        )


def softmax_of_one_axis(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """The toolkit has no softmax of a tensor with one axis."""
    if step.op in ("Softmax", "LogSoftmax"):
        if len(plan.graph.shape(_node(plan, step).inputs[0])) > 1:
            return
        yield finding(plan, step, "softmax-1d")


def padded_with_a_number(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """In a quantised network the toolkit pads with 0 only."""
    node = _node(plan, step)
    if step.op != "Pad" or node.str_attr("mode", "constant") != "constant":
        return
    if plan.tensors[step.outputs[0]].params.scheme.is_quantized and node.float_attr("value"):
        remedy = SetScheme((plan.graph.head(step.name),), QuantScheme.FLOAT)
        value = node.float_attr("value")
        yield finding(plan, step, "pad-value", remedies=(remedy,), value=value)


def negative_power(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """The toolkit has no power with a negative exponent."""
    if step.op != "Pow":
        return
    exponent = float(plan.graph.constants[_node(plan, step).inputs[1]].reshape(()))
    if exponent < 0:
        yield finding(plan, step, "negative-power", exponent=exponent)


def elu_alpha(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """The toolkit has elu with alpha 1 only."""
    alpha = _node(plan, step).float_attr("alpha", 1.0)
    if step.op == "Elu" and alpha != 1.0:
        yield finding(plan, step, "elu-alpha", alpha=alpha)


def expanded_batch(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """The toolkit expands along every axis but that of the batch."""
    node = _node(plan, step)
    if step.op != "Expand":
        return
    source, result = plan.graph.shape(node.inputs[0]), plan.graph.shape(node.outputs[0])
    batch = source[0] if len(source) == len(result) > 1 else 1
    if len(result) > 1 and result[0] != batch:
        yield finding(plan, step, "expanded-batch", batch=result[0])


def uneven_resize(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """The toolkit resizes by whole factors."""
    if step.op != "Resize":
        return
    node = _node(plan, step)
    source, result = plan.graph.shape(node.inputs[0])[2:], plan.graph.shape(node.outputs[0])[2:]
    if any(big % small for small, big in zip(source, result, strict=True)):
        yield finding(plan, step, "uneven-resize", source=_by(source), result=_by(result))
    if node.str_attr("mode", "nearest") == "nearest" and _reads_elsewhere(node, source, result):
        mode = node.str_attr("nearest_mode", "round_prefer_floor")
        yield finding(plan, step, "nearest-mode", mode=mode)


def _reads_elsewhere(node: Node, source: Sequence[int], result: Sequence[int]) -> bool:
    """Whether ONNX's rule for `node` picks other pixels than the chip does."""
    system = node.str_attr("coordinate_transformation_mode", "half_pixel")
    roundings: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
        "floor": np.floor,
        "ceil": np.ceil,
        "round_prefer_ceil": lambda x: np.floor(x + 0.5),
        "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    }
    rounded = roundings[node.str_attr("nearest_mode", "round_prefer_floor")]
    for length, size in zip(source, result, strict=True):
        position = coordinate(size, length, system).astype(np.float64)
        meant = np.clip(rounded(position), 0, length - 1).astype(np.int64)
        if not np.array_equal(meant, nearest_index(size, length, system)):
            return True
    return False


def not_in_toolkit(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """Operators the chip can run but the toolkit's ONNX table leaves out."""
    node = _node(plan, step)
    rank = len(plan.graph.shape(node.outputs[0])) if node.outputs[0] else 0
    shuffle = step.op == "DepthToSpace" and node.str_attr("mode", "DCR") == "CRD"
    if step.op in _NOT_IN_TOOLKIT or (step.op in _NOT_IN_TOOLKIT_1D and rank == 3) or shuffle:
        kind = f"{step.op} of one axis" if rank == 3 and step.op in _NOT_IN_TOOLKIT_1D else step.op
        shown = "DepthToSpace of mode CRD" if shuffle else kind
        yield finding(plan, step, "not-in-toolkit", Severity.NOTE, operator=shown)


def _by(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))


OPERATOR_RULES: tuple[Rule, ...] = (
    drops_in_8_bits, unequal_dilation, large_kernel, ceil_mode, broadcast_division,
    softmax_of_one_axis, padded_with_a_number, negative_power, elu_alpha, expanded_batch,
    uneven_resize, not_in_toolkit,
)  # fmt: skip
