"""What the user decides: a default for all layers and what differs from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from rkviz.errors import ConfigError, close_matches
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.range_method import NORMAL, RangeMethod, check_weights_method


@dataclass(frozen=True)
class LayerConfig:
    """Choices for one layer; None inherits the default.

    `range` is an explicit range of the layer's output, `params` its explicit parameters; both are
    used as they are, and so are the explicit parameters `weights_params` of its weights, or of the
    constant it adds, multiplies by and so on. Of range and parameters together (a file of the
    toolkit states both) the parameters hold for the layer, the range for readers in another type.
    Without them `range_method` chooses the range of the outputs from what calibration saw;
    `weights_method` that of the weights. `suggested`: the scheme is one that step 1 of the toolkit
    proposes and nobody has chosen. Raises ConfigError.
    """

    scheme: QuantScheme | None = None
    range: tuple[float, float] | None = None
    params: QuantParams | None = None
    range_method: RangeMethod | None = None
    weights_method: RangeMethod | None = None
    suggested: bool = False
    weights_params: QuantParams | None = None

    def __post_init__(self) -> None:
        check_weights_method(self.weights_method)

    @property
    def is_empty(self) -> bool:
        return self == LayerConfig()

    def in_scheme(self, scheme: QuantScheme | None, inherited: QuantScheme) -> LayerConfig:
        """This with `scheme`, which is chosen then; None takes the `inherited` one, which decides
        whether explicit parameters can stay."""
        params, weights = (
            given if given is not None and given.scheme is (scheme or inherited) else None
            for given in (self.params, self.weights_params)
        )
        return replace(self, scheme=scheme, params=params, weights_params=weights, suggested=False)


@dataclass(frozen=True)
class HybridConfig:
    """Defaults for all layers and, by layer name, what differs from them.

    Immutable: edits return another. Raises ConfigError.
    """

    default: QuantScheme = QuantScheme.U8
    overrides: Mapping[str, LayerConfig] = field(default_factory=dict[str, LayerConfig])
    range_method: RangeMethod = NORMAL
    weights_method: RangeMethod = NORMAL

    def __post_init__(self) -> None:
        check_weights_method(self.weights_method)
        kept = {name: cfg for name, cfg in sorted(self.overrides.items()) if not cfg.is_empty}
        object.__setattr__(self, "overrides", MappingProxyType(kept))

    def __hash__(self) -> int:
        overrides = tuple(self.overrides.items())
        return hash((self.default, overrides, self.range_method, self.weights_method))

    @property
    def needs_histograms(self) -> bool:
        """Whether some layer's range needs to know how its values are spread."""
        chosen = (layer.range_method for layer in self.overrides.values())
        return any(method and method.needs_histogram for method in (self.range_method, *chosen))

    def for_layer(self, layer: str) -> LayerConfig:
        """What is set for `layer` itself (an empty LayerConfig when nothing is)."""
        return self.overrides.get(layer, LayerConfig())

    def weights_method_of(self, layer: str) -> RangeMethod:
        return self.for_layer(layer).weights_method or self.weights_method

    def with_override(self, layer: str, config: LayerConfig) -> HybridConfig:
        return replace(self, overrides={**self.overrides, layer: config})

    def with_scheme(self, layers: Iterable[str], scheme: QuantScheme | None) -> HybridConfig:
        """All `layers` in `scheme`, or back to the default where it is None or the default.

        A range stays, explicit parameters of another type go.
        """
        wanted = None if scheme is self.default else scheme
        changed = {name: self.for_layer(name).in_scheme(wanted, self.default) for name in layers}
        return replace(self, overrides={**self.overrides, **changed})

    def with_range_method(self, layers: Iterable[str], method: RangeMethod | None) -> HybridConfig:
        """The outputs of all `layers` by `method`, or back to the default where it is None or the
        default.

        A method takes the place of an explicit range or parameters, which would win over it.
        """
        wanted = None if method == self.range_method else method
        changed = {name: replace(self.for_layer(name), range_method=wanted) for name in layers}
        if method is not None:
            changed = {name: replace(c, range=None, params=None) for name, c in changed.items()}
        return replace(self, overrides={**self.overrides, **changed})

    def with_weights_method(
        self, layers: Iterable[str], method: RangeMethod | None
    ) -> HybridConfig:
        """As `with_range_method`, for the weights."""
        wanted = None if method == self.weights_method else method
        changed = {name: replace(self.for_layer(name), weights_method=wanted) for name in layers}
        if method is not None:
            changed = {name: replace(c, weights_params=None) for name, c in changed.items()}
        return replace(self, overrides={**self.overrides, **changed})

    def check(self, layers: Iterable[str]) -> None:
        """Raise ConfigError naming every override that is not among `layers`."""
        known = list(layers)
        unknown = [name for name in self.overrides if name not in set(known)]
        if unknown:
            raise ConfigError(
                f"{len(unknown)} layer(s) of the configuration are not in the network:",
                [f"{name!r}{close_matches(name, known)}" for name in unknown],
            )
