"""The toolkit's `.quantization.cfg`: which layer runs in which type, and all parameters.

The fields are those of RKNN-Toolkit 1.3 to 1.7.5. A list of one number, the number itself, and
nothing at all are the same field there; here each is one number or None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from rkviz.atomic import write_atomically
from rkviz.errors import ConfigError, FormatError, close_matches
from rkviz.formats.yaml_fields import FieldReader, entries_of
from rkviz.formats.yaml_text import double_quoted, flow, key_text, single_quoted, word
from rkviz.formats.yaml_tree import Plain, Scalar, Tree, parse_yaml, plain
from rkviz.graph.model import Node
from rkviz.numerics import QuantScheme
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan, TensorPlan
from rkviz.textfile import read_encoded

LAYERS = "customized_quantize_layers"
PARAMETERS = "quantize_parameters"
AFFINE = "asymmetric_affine"
FIXED_POINT = "dynamic_fixed_point"
_COMMENT = "# layer name: type it runs in, where that is not the type of all the others"
_LARGEST_FILE = 8 << 20
_SPELLINGS = {scheme.value: scheme for scheme in QuantScheme} | {
    "asymmetric_quantized-u8": QuantScheme.U8,  # as in rknn.config
    "dynamic_fixed_point-8": QuantScheme.I8,  # until toolkit 1.4
    "dynamic_fixed_point-16": QuantScheme.I16,
}
_NOTHING: Mapping[str, Plain] = MappingProxyType({})
_WEIGHTED = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})


@dataclass(frozen=True, slots=True)
class CfgTensor:
    """The parameters of one tensor, fields as in the file.

    `dtype` is "asymmetric_affine", "dynamic_fixed_point", or None for a tensor that stays float;
    `qtype` the storage (u8, i8, i16, i32, i64). A bias has no range (`low` and `high` None).
    `extra` keeps fields nobody knows.
    """

    dtype: str | None = None
    method: str | None = None
    low: float | None = None
    high: float | None = None
    zero_point: int | None = None
    scale: float | None = None
    fl: int | None = None
    qtype: str | None = None
    extra: Mapping[str, Plain] = field(default_factory=dict[str, Plain])

    def __post_init__(self) -> None:
        kept = MappingProxyType(dict(self.extra)) if self.extra else _NOTHING
        object.__setattr__(self, "extra", kept)


@dataclass(frozen=True)
class CfgFile:
    """`customized` maps the toolkit's layer names to types, `parameters` tensors to their fields.

    A tensor is `@{layer}:out0` (out1, ...), `@{layer}:weight` or `@{layer}:bias`. `extra` keeps
    top-level fields nobody knows.
    """

    customized: Mapping[str, QuantScheme] = field(default_factory=dict[str, QuantScheme])
    parameters: Mapping[str, CfgTensor] = field(default_factory=dict[str, CfgTensor])
    extra: Mapping[str, Plain] = field(default_factory=dict[str, Plain])

    def __post_init__(self) -> None:
        for name in ("customized", "parameters", "extra"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))


def read_cfg(path: Path) -> CfgFile:
    """The cfg in `path`; raises FormatError with line and column, all wrong entries at once."""
    return parse_cfg(read_cfg_text(path)[0], str(path))


def read_cfg_text(path: Path) -> tuple[str, str]:
    """The text of a cfg, line ends as they are, and its encoding; raises FormatError."""
    return read_encoded(path, FormatError, _LARGEST_FILE)


def parse_cfg(text: str, source: str) -> CfgFile:
    """The cfg `text`, called `source` in errors; see `read_cfg`."""
    reader = _Reader(source)
    tree = parse_yaml(text, source, reader.take)
    known = {name.text: value for name, value in entries_of(tree, source, "a cfg")}
    if LAYERS not in known and PARAMETERS not in known:
        raise FormatError(
            f"{source} is no quantization cfg: it has neither {LAYERS} nor {PARAMETERS}; choose "
            "the .quantization.cfg that hybrid_quantization_step1 wrote."
        )
    for table in (LAYERS, PARAMETERS):
        if table in known:
            entries_of(known[table], source, table)  # refuses what is no table
    reader.check()
    extra = {
        name: plain(value) for name, value in known.items() if name not in (LAYERS, PARAMETERS)
    }
    return CfgFile(reader.customized, reader.parameters, extra)


def write_cfg(cfg: CfgFile, path: Path) -> None:
    """Write `cfg` to `path`, all or nothing; raises FormatError."""
    write_cfg_text(cfg_text(cfg), path)


def write_cfg_text(text: str, path: Path, encoding: str = "utf-8") -> None:
    """Write the `text` of a cfg to `path`, all or nothing; raises FormatError."""
    write_atomically(path, text, FormatError, encoding)


def cfg_text(cfg: CfgFile) -> str:
    """`cfg` in the layout of the toolkit; raises FormatError for a name YAML cannot hold."""
    lines = ["%YAML 1.2", "---", _COMMENT]
    lines.append(f"{LAYERS}:" if cfg.customized else f"{LAYERS}: {{}}")
    lines += [
        f"    {key_text(double_quoted(name))}: {scheme.value}"
        for name, scheme in cfg.customized.items()
    ]
    lines.append(f"{PARAMETERS}:" if cfg.parameters else f"{PARAMETERS}: {{}}")
    for key, tensor in cfg.parameters.items():
        lines.append(f"    {key_text(single_quoted(key))}:")
        lines += [f"        {line}" for line in tensor_lines(tensor)]
    lines += [
        f"{key_text(double_quoted(name))}: {flow(value)}" for name, value in cfg.extra.items()
    ]
    return "\n".join(lines) + "\n"


def cfg_from_plan(plan: QuantPlan, config: HybridConfig, names: Mapping[str, str]) -> CfgFile:
    """What the toolkit's step 2 needs to build the network of `plan`.

    `names` maps layers to the toolkit's names (see `rkviz.graph.naming.layer_names`). Customized
    are exactly the layers that run in another type than `config.default`. Parameters are given
    for outputs, weights and biases of all layers that run; a bias has
    scale = scale of input * scale of weights, which is stored unrounded. Raises ConfigError
    listing the layers without a name.
    """
    running = [node for node in plan.graph.nodes if node.name in plan.step_of]
    unnamed = [node.name for node in running if node.name not in names]
    if unnamed:
        raise ConfigError(
            f"{len(unnamed)} layer(s) have no name in the toolkit and cannot be written:",
            [repr(name) for name in unnamed],
        )
    customized = {
        names[node.name]: plan.scheme[node.name]
        for node in running
        if plan.scheme[node.name] is not config.default
    }
    parameters: dict[str, CfgTensor] = {}
    for node in running:
        name = names[node.name]
        for port, tensor in enumerate(_outputs(plan, node)):
            parameters[f"@{name}:out{port}"] = cfg_tensor(tensor)
        step = plan.step_of[node.name]
        if node.op not in _WEIGHTED or step.layers[0] != node.name:
            continue
        constants = [plan.tensors[entry] if entry else None for entry in step.inputs]
        for part, tensor in zip(("weight", "bias"), constants[1:], strict=False):
            if tensor is None or tensor.codes is None:
                continue
            entry = cfg_tensor(tensor)
            if part == "bias":
                entry = cfg_bias(tensor, constants[0], constants[1])
            parameters[f"@{name}:{part}"] = entry
    return CfgFile(customized, parameters)


def _outputs(plan: QuantPlan, node: Node) -> Iterator[TensorPlan]:
    for value in node.outputs:
        tensor = plan.value_tensor.get(value)
        if tensor is not None:
            yield plan.tensors[tensor]


def cfg_tensor(tensor: TensorPlan) -> CfgTensor:
    """The entry of a tensor that is no bias: its parameters and the range they agree with."""
    params = tensor.params
    if not params.scheme.is_quantized:
        return CfgTensor()
    low, high = tensor.low, tensor.high
    if params.scheme.is_fixed_point:
        return CfgTensor(FIXED_POINT, "layer", low, high, fl=params.fl, qtype=params.scheme.short)
    return CfgTensor(AFFINE, "layer", low, high, params.zero_point, params.scale, qtype="u8")


def cfg_bias(bias: TensorPlan, data: TensorPlan | None, weight: TensorPlan | None) -> CfgTensor:
    """The entry of a bias: no range, scale = scale of `data` * scale of `weight`, unrounded."""
    scheme = bias.params.scheme
    if not scheme.is_quantized:
        return CfgTensor()
    if scheme.is_fixed_point:
        storage = "i64" if scheme is QuantScheme.I16 else "i32"
        return CfgTensor(FIXED_POINT, "layer", fl=bias.params.fl, qtype=storage)
    scale = bias.params.scale
    if data is not None and weight is not None:
        scale = data.params.scale * weight.params.scale
    return CfgTensor(AFFINE, "layer", zero_point=0, scale=scale, qtype="i32")


class _Reader(FieldReader):
    """Reads the entries of a cfg and collects what is wrong with them."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.customized: dict[str, QuantScheme] = {}
        self.parameters: dict[str, CfgTensor] = {}

    def take(self, table: Scalar, name: Scalar, value: Tree) -> bool:
        """Read one entry of a table of the file; whether it is a table of ours."""
        if table.text == LAYERS:
            self.customized[name.text] = self.scheme(name, value)
        elif table.text == PARAMETERS:
            entries = entries_of(value, self.source, name.text)
            self.parameters[name.text] = self.tensor(entries, name)
        else:
            return False
        self.check_some()
        return True

    def scheme(self, name: Scalar, value: Tree) -> QuantScheme:
        text = value.text if isinstance(value, Scalar) else "a list"
        if text in _SPELLINGS:
            return _SPELLINGS[text]
        allowed = ", ".join(scheme.value for scheme in QuantScheme)
        self.wrong.append(
            f"{value.place}: layer {name.text!r} has the unknown type {text!r}"
            f"{close_matches(text, _SPELLINGS)}; choose one of {allowed}."
        )
        return QuantScheme.FLOAT

    def tensor(self, entries: tuple[tuple[Scalar, Tree], ...], name: Scalar) -> CfgTensor:
        fields = {key.text: value for key, value in entries}
        if "dtype" not in fields:
            self.wrong.append(f"{name.place}: {name.text!r} has no dtype; add it.")
        return CfgTensor(
            dtype=self.word(fields.pop("dtype", None)),
            method=self.word(fields.pop("method", None)),
            low=self.real(fields.pop("min_value", None), "min_value"),
            high=self.real(fields.pop("max_value", None), "max_value"),
            zero_point=self.whole(fields.pop("zero_point", None), "zero_point"),
            scale=self.real(fields.pop("scale", None), "scale"),
            fl=self.whole(fields.pop("fl", None), "fl"),
            qtype=self.word(fields.pop("qtype", None)),
            extra={key: plain(value) for key, value in fields.items()},
        )


def tensor_lines(tensor: CfgTensor) -> Iterator[str]:
    """The fields in the toolkit's order; a float tensor has only its dtype."""
    yield f"dtype: {'None' if tensor.dtype is None else word(tensor.dtype)}"
    has_range = tensor.dtype is not None
    if tensor.method is not None:
        yield f"method: {word(tensor.method)}"
    numbers: tuple[tuple[str, float | None, bool], ...] = (
        ("max_value", tensor.high, has_range),
        ("min_value", tensor.low, has_range),
        ("zero_point", tensor.zero_point, tensor.dtype == AFFINE),
        ("scale", tensor.scale, tensor.dtype == AFFINE),
        ("fl", tensor.fl, tensor.dtype == FIXED_POINT),
    )
    for name, number, belongs in numbers:
        if number is not None:
            yield f"{name}:"
            yield f"-   {number!r}"
        elif belongs:
            yield f"{name}:"
    if tensor.qtype is not None:
        yield f"qtype: {word(tensor.qtype)}"
    for name, value in tensor.extra.items():
        yield f"{key_text(double_quoted(name))}: {flow(value)}"
