"""A `.quantization.cfg` meets the open network: types and parameters in, changes back out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rkviz.errors import ConfigError, close_matches
from rkviz.formats.quantization_cfg import AFFINE, FIXED_POINT, CfgFile, CfgTensor, cfg_tensor
from rkviz.graph.model import Graph
from rkviz.graph.naming import find_constant, find_layer, is_insertion, layer_names
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.quantize.build import effective_schemes, too_many_types
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.plan import QuantPlan, TensorPlan
from rkviz.quantize.range_method import NORMAL
from rkviz.quantize.stated import stated_params
from rkviz.quantize.weights import has_weights, own_constant, weights_range
from rkviz.target import Target, target_named

_MOST_COMPARED = 50
"""Unknown names that get close matches; the others are only listed."""
_LONGEST_COMPARED = 200
_LARGEST_FL = 64
_SECONDS_TO_WRITE = 5.0
_SMALLEST_SCALE = 2.0**-126
"""The smallest float32 that keeps all its digits."""
_LARGEST = 1e30


@dataclass(frozen=True)
class AppliedCfg:
    """What a cfg makes of a network.

    `unmapped` are sentences about names that are no layer of the network; such entries have no
    effect here and stay in the file. `suggested` are layers whose type step 1 proposed and nobody
    changed. `weights` are layers for whose weights or constant operand the file states noticeably
    other parameters than their own range gives. `unusable` are layers whose stated parameters are
    impossible (a scale of 0, a zero point of 300); they are measured instead.
    """

    config: HybridConfig
    unmapped: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()


def apply_cfg(
    cfg: CfgFile,
    graph: Graph,
    config: HybridConfig,
    target: Target | None = None,
    step1: CfgFile | None = None,
    operators: Mapping[str, str] | None = None,
) -> AppliedCfg:
    """The configuration `cfg` asks for; choices made before for single layers are gone.

    The default type is the one most outputs that are not customized have in the file, that of
    `config` where it states none. Parameters of an output or of weights in the type of their layer
    become explicit ones. `step1` is the file as hybrid_quantization_step1 wrote it (`cfg` itself
    when nobody edited it): customized layers that are equal there are suggestions. The file alone
    does not tell. `operators` are the layers of the toolkit's own network (see `step1_files`), so
    that what it added is told from a misspelt name.
    Raises ConfigError for more than two quantised types.
    """
    names = {name: find_layer(graph, name) for name in (*cfg.customized, *cfg.parameters)}
    found = _Names(graph, names)
    chosen = found.types(cfg.customized)
    default = _default(cfg, chosen, found, config.default)
    overrides = {layer: LayerConfig(scheme=kind) for layer, kind in chosen.items()}
    for layer, kind in chosen.items():
        # An activation's own type is a choice only where it differs from its operation's.
        head = graph.fused_into.get(layer)
        if kind is (default if head is None else chosen.get(head, default)):
            del overrides[layer]
    typed = replace(config, default=default, overrides=overrides)
    schemes = effective_schemes(graph, typed, target or target_named("rv1126"))
    sentence = too_many_types(graph, schemes)
    if sentence:
        raise ConfigError(f"The cfg cannot be used: {sentence}")
    suggestions = found.types(step1.customized) if step1 else {}
    suggested = tuple(name for name, kind in suggestions.items() if chosen.get(name) is kind)
    typed = _with_suggestions(typed, suggested)
    outputs = found.outputs(cfg.parameters)
    stated = {name: _stated(entry, schemes[name]) for name, entry in outputs.items()}
    weights = dict(_other_weights(graph, cfg.parameters, names, schemes))
    explicit = {name: given for name, (given, own) in weights.items() if given != own}
    return AppliedCfg(
        config=_with_weights(_with_parameters(graph, typed, stated, schemes), explicit),
        unmapped=tuple(_unmapped(graph, names, operators or {})),
        suggested=suggested,
        weights=tuple(name for name, both in weights.items() if _differ(*both)),
        unusable=tuple(name for name, given in stated.items() if given is None),
    )


def seems_untouched(path: Path, cfg: CfgFile) -> bool:
    """Whether the cfg in `path` looks like step 1 left it: every customized layer is i16, as it
    proposes them, and the two files it writes beside it are no older than the cfg.

    Only the times tell: a copy of an edited cfg beside copies of the others looks the same.
    """
    if not cfg.customized or set(cfg.customized.values()) != {QuantScheme.I16}:
        return False
    stem = path.name.removesuffix(".quantization.cfg")
    try:
        written = [path.with_name(f"{stem}{end}").stat().st_mtime for end in (".json", ".data")]
        return path.stat().st_mtime <= max(written) + _SECONDS_TO_WRITE
    except OSError:
        return False


def _with_suggestions(config: HybridConfig, layers: Sequence[str]) -> HybridConfig:
    marked = {
        name: replace(config.for_layer(name), suggested=True)
        for name in layers
        if config.for_layer(name).scheme is not None
    }
    return replace(config, overrides={**config.overrides, **marked})


def changed_cfg(
    cfg: CfgFile, plan: QuantPlan, applied: HybridConfig, config: HybridConfig, target: Target
) -> CfgFile:
    """`cfg`, from which `applied` was made, with what `config` and its `plan` do differently.

    A layer of another type is only named among the customized ones: step 2 measures it anew.
    Parameters are written for layers that keep their type. Everything else stays equal, also what
    has no layer here. Layers have the names `cfg` gives them.
    """
    graph = plan.graph
    keys = (*cfg.parameters, *cfg.customized)
    found = _Names(graph, {name: find_layer(graph, name) for name in keys})
    spelt = layer_names(graph) | found.spelling
    before, after = (effective_schemes(graph, each, target) for each in (applied, config))
    customized, parameters = dict(cfg.customized), dict(cfg.parameters)
    for node in graph.nodes:
        layer, scheme = node.name, after[node.name]
        if scheme is not before[layer]:
            for name in found.of_layer.get(layer, ()):
                if name in customized:
                    customized.pop(name) if scheme is applied.default else None
            if scheme is not applied.default and found.is_written(layer):
                customized[spelt[layer]] = scheme
                customized |= {
                    name: scheme for name in found.of_layer.get(layer, ()) if name in cfg.customized
                }
        elif _is_retuned(graph, layer, applied, config) and layer in plan.step_of:
            for port, value in enumerate(node.outputs):
                tensor = plan.tensors.get(plan.value_tensor.get(value, ""))
                _retune(parameters, f"@{spelt[layer]}:out{port}", tensor)
        if scheme is before[layer] and _has_other_weights(layer, applied, config):
            tensor = plan.tensors.get(f"{layer}:weight")
            _retune(parameters, f"@{spelt.get(layer)}:weight", tensor)
    return replace(cfg, customized=customized, parameters=parameters)


class _Names:
    """Names of the file by layer; `spelling` is the one name of a layer that stands for itself."""

    def __init__(self, graph: Graph, layer_of: Mapping[str, str | None]) -> None:
        self.layer_of = layer_of
        self.of_layer: dict[str, list[str]] = {}
        self.spelling: dict[str, str] = {}
        for name, layer in layer_of.items():
            if layer is None:
                continue
            self.of_layer.setdefault(layer, []).append(name)
            if not is_insertion(name):
                self.spelling.setdefault(layer, _layer_part(name))
        self._graph = graph

    def is_written(self, layer: str) -> bool:
        """Whether a type of `layer` goes into the file: toolkits drop some activations."""
        return layer in self.spelling or layer not in self._graph.fused_into

    def types(self, customized: Mapping[str, QuantScheme]) -> dict[str, QuantScheme]:
        """Layer -> type; an entry of the layer itself wins over one of what was put beside it."""
        types: dict[str, QuantScheme] = {}
        for inserted in (False, True):
            for name, scheme in customized.items():
                layer = self.layer_of.get(name)
                if layer is not None and is_insertion(name) is inserted:
                    types.setdefault(layer, scheme)
        return types

    def outputs(self, parameters: Mapping[str, CfgTensor]) -> dict[str, CfgTensor]:
        """Layer -> entry of its first output."""
        entries: dict[str, CfgTensor] = {}
        for name, entry in parameters.items():
            layer = self.layer_of.get(name)
            if layer is not None and name.endswith(":out0") and not is_insertion(name):
                entries.setdefault(layer, entry)
        return entries


def _default(
    cfg: CfgFile, chosen: Mapping[str, QuantScheme], found: _Names, otherwise: QuantScheme
) -> QuantScheme:
    counts = Counter(
        scheme
        for layer, entry in found.outputs(cfg.parameters).items()
        if layer not in chosen and (scheme := _scheme(entry)) is not None
    )
    return counts.most_common(1)[0][0] if counts else otherwise


def _scheme(entry: CfgTensor) -> QuantScheme | None:
    return {
        (AFFINE, "u8"): QuantScheme.U8,
        (FIXED_POINT, "i8"): QuantScheme.I8,
        (FIXED_POINT, "i16"): QuantScheme.I16,
    }.get((entry.dtype or "", entry.qtype or ""))


def _stated(entry: CfgTensor, scheme: QuantScheme) -> LayerConfig | None:
    """What `entry` says of a tensor in `scheme`: parameters, the range they were made of, nothing,
    or (None) numbers that no tensor can have.

    The range stays beside the parameters: a layer in another type converts what is in it, and one
    fraction length stands for many ranges.
    """
    if _scheme(entry) is not scheme:
        return LayerConfig()
    low, high, span = entry.low, entry.high, None
    if low is not None and high is not None and -_LARGEST <= low <= high <= _LARGEST:
        span = low, high
    fl, scale, zero_point = entry.fl, entry.scale, entry.zero_point
    if scheme.is_fixed_point and fl is not None and abs(fl) <= _LARGEST_FL:
        return LayerConfig(range=span, params=QuantParams.fixed_point(scheme, fl))
    if scheme is QuantScheme.U8 and scale is not None and zero_point is not None:
        if not (0 <= zero_point <= scheme.qmax and _SMALLEST_SCALE <= scale <= _LARGEST):
            return None
        return LayerConfig(range=span, params=QuantParams.affine(scale, zero_point))
    if low is None or high is None:
        return LayerConfig()
    return LayerConfig(range=span) if span else None


def _with_parameters(
    graph: Graph,
    config: HybridConfig,
    stated: Mapping[str, LayerConfig | None],
    schemes: Mapping[str, QuantScheme],
) -> HybridConfig:
    """`config` with what is `stated`; an activation's numbers become its operation's, which the
    NPU writes with them whatever the file has for the tensor in between."""
    overrides = dict(config.overrides)
    in_operations = [name for name in stated if name in graph.fused_into]
    for name in (*(name for name in stated if name not in graph.fused_into), *in_operations):
        given, head = stated[name], graph.head(name)
        if given is None or (head != name and given.is_empty):
            continue
        layer = head if schemes[head] is schemes[name] else name
        own = overrides.get(layer, LayerConfig())
        overrides[layer] = replace(own, range=given.range, params=given.params)
    return replace(config, overrides=overrides)


def _with_weights(config: HybridConfig, weights: Mapping[str, QuantParams]) -> HybridConfig:
    given = {
        name: replace(config.for_layer(name), weights_params=params)
        for name, params in weights.items()
    }
    return replace(config, overrides={**config.overrides, **given})


def _unmapped(
    graph: Graph, names: Mapping[str, str | None], operators: Mapping[str, str]
) -> Iterator[str]:
    """A sentence for every layer of the file that the network does not have."""
    known = [*layer_names(graph).values(), *graph.by_name]
    unknown = dict.fromkeys(
        _layer_part(name)
        for name, layer in names.items()
        if layer is None and find_constant(graph, name) is None
    )
    for position, name in enumerate(unknown):
        if name in operators:
            yield (
                f"{name[:_LONGEST_COMPARED]!r} is a layer the toolkit added ({operators[name]}); "
                "what the cfg says of it has no effect here and stays in the file."
            )
            continue
        compared = position < _MOST_COMPARED and len(name) <= _LONGEST_COMPARED
        hint = close_matches(name, known) if compared else ""
        yield (
            f"{name[:_LONGEST_COMPARED]!r} is no layer of this network{hint}; what the cfg says of "
            "it has no effect here and stays in the file."
        )


def _layer_part(name: str) -> str:
    """`@layer:out0` without what names the tensor."""
    return name.removeprefix("@").rpartition(":")[0] if name[:1] == "@" else name


def _other_weights(
    graph: Graph,
    parameters: Mapping[str, CfgTensor],
    names: Mapping[str, str | None],
    schemes: Mapping[str, QuantScheme],
) -> Iterator[tuple[str, tuple[QuantParams, QuantParams]]]:
    """Layers, and the parameters of their weights that the file and the weights' range give."""
    for name, entry in parameters.items():
        for layer, value in _constants_of(graph, name, names[name]):
            scheme = schemes[layer]
            given = _stated(entry, scheme) or LayerConfig()
            if given.params is None:
                continue
            own = stated_params(graph, value, scheme) or params_from_range(
                scheme, *weights_range(graph.constants[value], scheme, NORMAL)
            )
            yield layer, (given.params, own)


def _constants_of(graph: Graph, name: str, layer: str | None) -> Iterator[tuple[str, str]]:
    """Layers, and the constants of theirs, that the entry `name` of the layer `layer` is about."""
    if layer is not None and name.endswith(":weight"):
        node = graph.by_name[layer]
        if has_weights(graph, node):
            yield layer, node.inputs[1]
    value = find_constant(graph, name) if layer is None else None
    for node in graph.consumers.get(value or "", ()):
        place = own_constant(graph, node)
        if place is not None and node.inputs[place] == value:
            yield node.name, node.inputs[place]


def _differ(given: QuantParams, own: QuantParams) -> bool:
    """Whether two parameters differ by more than the digits older toolkits print."""
    far = abs(own.scale - given.scale) > 1e-5 * own.scale
    return far or own.zero_point != given.zero_point


def _is_retuned(graph: Graph, layer: str, before: HybridConfig, after: HybridConfig) -> bool:
    """Whether what decides the range of `layer`, or of what it is fused into, was changed."""
    return any(
        (one.range, one.params, one.range_method) != (other.range, other.params, other.range_method)
        for name in (layer, graph.head(layer))
        for one, other in ((before.for_layer(name), after.for_layer(name)),)
    )


def _has_other_weights(layer: str, before: HybridConfig, after: HybridConfig) -> bool:
    """Whether the weights of `layer` have, or had, parameters that min and max do not give."""
    one, other = (config.for_layer(layer).weights_params for config in (before, after))
    return after.weights_method_of(layer) != NORMAL or one != other


def _retune(parameters: dict[str, CfgTensor], key: str, tensor: TensorPlan | None) -> None:
    """Write the parameters of `tensor` into the entry `key`, where they differ."""
    old = parameters.get(key)
    if tensor is None or (old is None and parameters):
        return
    new = cfg_tensor(tensor)
    same = ("dtype", "zero_point", "scale", "fl")
    if old is None or any(getattr(old, name) != getattr(new, name) for name in same):
        method = old.method if old is not None else new.method
        parameters[key] = replace(new, method=method, extra=old.extra if old else {})


def notes_of(applied: AppliedCfg) -> tuple[str, ...]:
    """Sentences for the user about what came out of a cfg."""
    notes: list[str] = []
    if applied.suggested:
        notes.append(
            f"{len(applied.suggested)} layer(s) have a type that step 1 suggests, not one that you "
            f"chose: {', '.join(applied.suggested)}."
        )
    if applied.weights:
        notes.append(
            f"{len(applied.weights)} layer(s) have other weight parameters in the cfg than their "
            f"weights give; those of the cfg are used: {', '.join(applied.weights)}."
        )
    if applied.unusable:
        notes.append(
            f"{len(applied.unusable)} layer(s) have parameters in the cfg that no tensor can have "
            f"and are measured instead: {', '.join(applied.unusable)}."
        )
    return (*notes, *applied.unmapped)
