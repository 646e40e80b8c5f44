"""What a box says: title, details, badge, and the family of its operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from rkviz.graph.model import Graph, Node
from rkviz.numerics import QuantScheme
from rkviz.picture.boxes import Stage
from rkviz.picture.colour_scale import Rgb
from rkviz.quantize.plan import QuantPlan
from rkviz.target import Engine

UNSUPPORTED = "n/a"
"""The badge of a layer that cannot be run."""


class Family(Enum):
    """What an operator is for; it gives a box its header colour."""

    CONV = "conv"
    ACTIVATION = "activation"
    POOL = "pool"
    ELEMENTWISE = "elementwise"
    SHAPE = "shape"
    NORM = "norm"
    IO = "io"
    OTHER = "other"
    STAGE = "stage"
    """Not one operator: a folded stage."""


HEADER_LIGHT: Mapping[Family, Rgb] = {
    Family.CONV: (47, 98, 173),
    Family.ACTIVATION: (143, 48, 62),
    Family.POOL: (50, 118, 76),
    Family.ELEMENTWISE: (58, 63, 72),
    Family.SHAPE: (124, 88, 54),
    Family.NORM: (98, 70, 148),
    Family.IO: (92, 106, 124),
    Family.OTHER: (112, 112, 112),
    Family.STAGE: (28, 38, 56),
}
HEADER_DARK: Mapping[Family, Rgb] = {
    Family.CONV: (58, 112, 190),
    Family.ACTIVATION: (164, 62, 76),
    Family.POOL: (58, 132, 86),
    Family.ELEMENTWISE: (86, 93, 105),
    Family.SHAPE: (142, 103, 66),
    Family.NORM: (116, 88, 170),
    Family.IO: (104, 120, 140),
    Family.OTHER: (124, 124, 124),
    Family.STAGE: (52, 66, 92),
}

_OPS: Mapping[Family, str] = {
    Family.CONV: "Conv ConvTranspose Gemm MatMul",
    Family.ACTIVATION: "Relu Relu6 Clip LeakyRelu PRelu Sigmoid HardSigmoid Swish HardSwish Mish "
    "Tanh Elu Selu Gelu Softplus Erf Softmax LogSoftmax",
    Family.POOL: "MaxPool AveragePool GlobalAveragePool GlobalMaxPool LpPool "
    "ReduceMean ReduceMax ReduceMin ReduceSum ReduceL2",
    Family.ELEMENTWISE: "Add Sub Mul Div Pow Max Min Sum Mean Sqrt Exp Log Abs Neg Floor Ceil "
    "Round Where Equal Greater Less And Or Not",
    Family.SHAPE: "Concat Split Slice Reshape Flatten Squeeze Unsqueeze Transpose Pad Resize "
    "Upsample Gather Expand Tile SpaceToDepth DepthToSpace Cast Identity ArgMax TopK",
    Family.NORM: "BatchNormalization InstanceNormalization LayerNormalization "
    "GroupNormalization LpNormalization LRN",
    Family.IO: "Input Constant",
}
_FAMILY = {op: family for family, ops in _OPS.items() for op in ops.split()}
_WITH_KERNEL = frozenset({"Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool"})


@dataclass(frozen=True)
class BoxLabel:
    """The words of one box."""

    title: str
    """Operator and what is fused into it, "Conv + Relu"."""
    detail: str
    """Kernel and stride, "3×3 /2"; empty for most operators."""
    shape: str
    """Output shape without the batch of 1, "64×112×112"; empty when unknown."""
    family: Family

    @property
    def subtitle(self) -> str:
        return " · ".join(part for part in (self.detail, self.shape) if part)


def family(op: str) -> Family:
    """The family of an operator; an unknown one is OTHER."""
    return _FAMILY.get(op, Family.OTHER)


def box_label(graph: Graph, head: str) -> BoxLabel:
    """The words of the box of `head`; raises KeyError for a layer that has no box."""
    nodes = [graph.by_name[name] for name in graph.members[head]]
    title = " + ".join([_op_name(graph, nodes[0]), *(node.op for node in nodes[1:])])
    return BoxLabel(title, _kernel(nodes[0]), _shape(graph, nodes[-1]), family(nodes[0].op))


def box_labels(graph: Graph) -> dict[str, BoxLabel]:
    """Head layer -> its words."""
    return {head: box_label(graph, head) for head in graph.heads}


def stage_label(stage: Stage) -> BoxLabel:
    """The words of the box of a folded stage."""
    return BoxLabel(stage.title, "", "", Family.STAGE)


def value_words(graph: Graph) -> dict[str, str]:
    """Value -> its shape without the batch of 1, "64×112×112"; values of unknown shape are left
    out."""
    words = ((name, _shape_text(value.shape)) for name, value in graph.values.items())
    return {name: text for name, text in words if text}


def badge(scheme: QuantScheme | None, engine: Engine | None = None) -> str:
    """u8, i8, i16 or F; CPU for what the host computes; n/a without a scheme."""
    if engine is Engine.CPU:
        return "CPU"
    return scheme.short if scheme is not None else UNSUPPORTED


def plan_badges(plan: QuantPlan) -> dict[str, str]:
    """Head layer -> badge, as `plan` runs it."""
    badges: dict[str, str] = {}
    for head in plan.graph.heads:
        step = plan.step_of.get(head)
        scheme = None if head in plan.skipped else plan.scheme.get(head)
        badges[head] = badge(scheme, step.engine if step else None)
    return badges


def converter_marks(plan: QuantPlan) -> dict[tuple[str, str], str]:
    """(source, target) heads whose connection is converted -> "u8→F"."""
    graph = plan.graph
    marks: dict[tuple[str, str], str] = {}
    made = {step.outputs[0]: step for step in plan.steps if step.op == "Convert"}
    for step in plan.steps:
        for name in step.inputs:
            if name not in made or not step.layers:
                continue
            before, after = plan.tensors[made[name].inputs[0]], plan.tensors[name]
            source = graph.producer.get(before.value)
            if source is not None:
                ends = (graph.head(source.name), graph.head(step.layers[0]))
                marks[ends] = f"{before.params.scheme.short}→{after.params.scheme.short}"
    return marks


def _op_name(graph: Graph, node: Node) -> str:
    """The operator; a convolution with one input channel per group is depthwise, "DW Conv"."""
    if node.op != "Conv" or len(node.inputs) < 2:
        return node.op
    weight = graph.constants.get(node.inputs[1])
    groups = node.int_attr("group", 1)
    depthwise = weight is not None and weight.ndim > 1 and weight.shape[1] == 1 and groups > 1
    return "DW Conv" if depthwise else node.op


def _kernel(node: Node) -> str:
    if node.op not in _WITH_KERNEL:
        return ""
    kernel = node.attrs.get("kernel_shape")
    strides = node.attrs.get("strides")
    text = _times(kernel) if isinstance(kernel, tuple) else ""
    if isinstance(strides, tuple) and any(stride != 1 for stride in strides):
        same = len(set(strides)) == 1
        text += f" /{strides[0]}" if same else f" /{_times(strides)}"
    return text.strip()


def _shape(graph: Graph, node: Node) -> str:
    value = graph.values.get(node.outputs[0]) if node.outputs else None
    return _shape_text(value.shape) if value is not None else ""


def _shape_text(shape: tuple[int, ...] | None) -> str:
    if shape is None:
        return ""
    return _times(shape[1:] if len(shape) > 1 and shape[0] == 1 else shape)


def _times(numbers: tuple[int, ...] | tuple[float, ...]) -> str:
    return "×".join(str(number) for number in numbers)
