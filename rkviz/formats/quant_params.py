"""`{model}_quant_param.yml`, which toolkit 1.7.5 exports: parameters of every tensor on the chip.

Against the cfg two words are swapped here: `qtype` is the scheme, `dtype` the storage. Tensors are
`{layer}:out0`, a weight `{layer}:in1`, a bias `{layer}:in2`; inputs and outputs of the network
stand first under the bare name of their layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from rkviz.atomic import write_atomically
from rkviz.errors import FormatError
from rkviz.formats.quantization_cfg import CfgTensor, cfg_bias, cfg_tensor
from rkviz.formats.yaml_fields import FieldReader, entries_of
from rkviz.formats.yaml_text import double_quoted, flow, key_text, word
from rkviz.formats.yaml_tree import Plain, Scalar, Tree, parse_yaml, plain
from rkviz.graph.naming import layer_names
from rkviz.quantize.plan import QuantPlan, Step
from rkviz.textfile import read_text

_LARGEST_FILE = 8 << 20
_TENSORS = "quant_params"
_NOTHING: Mapping[str, Plain] = MappingProxyType({})
_NONE = "none"
_FLOAT = "fp16"
_OPERATORS = {
    "Conv": "CONV2D", "ConvTranspose": "DECONVOLUTION", "Gemm": "FCL", "MatMul": "MATRIXMUL",
    "MaxPool": "POOL", "AveragePool": "POOL", "GlobalAveragePool": "POOL", "GlobalMaxPool": "POOL",
    "Transpose": "PERMUTE", "Reshape": "RESHAPE", "Flatten": "RESHAPE", "Squeeze": "RESHAPE",
    "Unsqueeze": "RESHAPE", "Mul": "MULTIPLY", "Div": "DIVIDE", "Sub": "SUBTRACT",
    "LeakyRelu": "LEAKY_RELU", "InstanceNormalization": "INSTANCE_NORM",
    "LayerNormalization": "LAYER_NORM", "BatchNormalization": "BATCH_NORM",
}  # fmt: skip
"""Operators whose name on the chip is not their own in capitals."""


@dataclass(frozen=True, slots=True)
class TensorParams:
    """One entry: `qtype` is "asymmetric_affine", "dynamic_fixed_point" or None for a float tensor,
    `dtype` the storage (u8, i8, i16, i32, i64, fp16). `extra` keeps fields nobody knows."""

    qtype: str | None = None
    dtype: str | None = None
    scale: float | None = None
    zero_point: int | None = None
    fl: int | None = None
    op: str | None = None
    extra: Mapping[str, Plain] = field(default_factory=dict[str, Plain])

    def __post_init__(self) -> None:
        kept = MappingProxyType(dict(self.extra)) if self.extra else _NOTHING
        object.__setattr__(self, "extra", kept)


@dataclass(frozen=True)
class QuantParamFile:
    """The file: a model's name and its tensors in order."""

    model_name: str
    tensors: Mapping[str, TensorParams] = field(default_factory=dict[str, TensorParams])

    def __post_init__(self) -> None:
        object.__setattr__(self, "tensors", MappingProxyType(dict(self.tensors)))


def read_quant_params(path: Path) -> QuantParamFile:
    """The file in `path`; raises FormatError with line and column, all wrong entries at once."""
    return parse_quant_params(read_text(path, FormatError, _LARGEST_FILE), str(path))


def parse_quant_params(text: str, source: str) -> QuantParamFile:
    """The `text` of such a file, called `source` in errors; see `read_quant_params`."""
    reader = _Reader(source)
    tree = parse_yaml(text, source, reader.take)
    known = {name.text: value for name, value in entries_of(tree, source, "a quant_param file")}
    if _TENSORS not in known:
        raise FormatError(
            f"{source} has no quant_params; choose the _quant_param.yml that "
            "export_rknn_quant_params wrote."
        )
    entries_of(known[_TENSORS], source, _TENSORS)  # refuses what is no table
    model_name = reader.word(known.get("model_name")) or ""
    reader.check()
    return QuantParamFile(model_name, reader.tensors)


def write_quant_params(file: QuantParamFile, path: Path) -> None:
    """Write `file` to `path`, all or nothing; raises FormatError."""
    write_atomically(path, quant_params_text(file), FormatError)


def quant_params_text(file: QuantParamFile) -> str:
    """`file` in the toolkit's layout; raises FormatError for a name YAML cannot hold."""
    lines = ["%YAML 1.2", "---", f"model_name: {word(file.model_name)}"]
    lines.append("quant_params:" if file.tensors else "quant_params: {}")
    for name, tensor in file.tensors.items():
        lines.append(f"    {key_text(double_quoted(name))}:")
        lines += [f"        {line}" for line in _lines(tensor)]
    return "\n".join(lines) + "\n"


def quant_params_from_plan(plan: QuantPlan, only_io: bool = True) -> QuantParamFile:
    """Parameters of the network's inputs and outputs, and of all other tensors without `only_io`.

    Layers that run in one operation appear once, under the name of the last. What the board's CPU
    computes and tables of integers are no tensors of the chip and left out.
    """
    graph, names = plan.graph, layer_names(plan.graph)
    tensors: dict[str, TensorParams] = {}
    for value in (*graph.inputs, *graph.outputs):
        tensor = plan.value_tensor.get(value)
        if tensor is not None and value in graph.producer:
            entry = cfg_tensor(plan.tensors[tensor])
            tensors[names.get(graph.producer[value].name, value)] = _of(entry, None)
    for step in plan.steps if not only_io else ():
        if step.layers and step.op != "Input":
            name = names.get(step.layers[-1], step.layers[-1])
            tensors |= {f"{name}:{port}": entry for port, entry in _of_step(plan, step)}
    return QuantParamFile(graph.name, tensors)


def _of_step(plan: QuantPlan, step: Step) -> Iterator[tuple[str, TensorParams]]:
    op = f"VSI_NN_OP_{_OPERATORS.get(step.op, step.op.upper())}"
    for port, name in enumerate(step.outputs):
        yield f"out{port}", _of(cfg_tensor(plan.tensors[name]), op)
    given = [plan.tensors[name] if name else None for name in step.inputs]
    for port, tensor in enumerate(given):
        if tensor is None or tensor.codes is None:
            continue
        if tensor.params.scheme.is_quantized or tensor.codes.dtype.kind == "f":
            is_bias = tensor.name.endswith(":bias")
            entry = cfg_bias(tensor, given[0], given[1]) if is_bias else cfg_tensor(tensor)
            yield f"in{port}", _of(entry, op)


def _of(entry: CfgTensor, op: str | None) -> TensorParams:
    if entry.dtype is None:
        return TensorParams(None, _FLOAT, op=op)
    return TensorParams(entry.dtype, entry.qtype, entry.scale, entry.zero_point, entry.fl, op)


def _lines(tensor: TensorParams) -> Iterator[str]:
    if tensor.op is not None:
        yield f"op: {word(tensor.op)}"
    yield f"qtype: {_NONE if tensor.qtype is None else word(tensor.qtype)}"
    if tensor.dtype is not None:
        yield f"dtype: {word(tensor.dtype)}"
    numbers = (("scale", tensor.scale), ("zero_point", tensor.zero_point), ("fl", tensor.fl))
    for name, number in numbers:
        if number is not None:
            yield f"{name}: {number!r}"
    for name, value in tensor.extra.items():
        yield f"{key_text(double_quoted(name))}: {flow(value)}"


class _Reader(FieldReader):
    """Reads the entries of the file and collects what is wrong with them."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.tensors: dict[str, TensorParams] = {}

    def take(self, table: Scalar, name: Scalar, value: Tree) -> bool:
        """Read one tensor; False for an entry of another table."""
        if table.text != _TENSORS:
            return False
        fields = {key.text: entry for key, entry in entries_of(value, self.source, name.text)}
        if "qtype" not in fields:
            self.wrong.append(f"{name.place}: {name.text!r} has no qtype; add it.")
        self.tensors[name.text] = TensorParams(
            qtype=self.word(fields.pop("qtype", None)),
            dtype=self.word(fields.pop("dtype", None)),
            scale=self.real(fields.pop("scale", None), "scale"),
            zero_point=self.whole(fields.pop("zero_point", None), "zero_point"),
            fl=self.whole(fields.pop("fl", None), "fl"),
            op=self.word(fields.pop("op", None)),
            extra={key: plain(entry) for key, entry in fields.items()},
        )
        self.check_some()
        return True
