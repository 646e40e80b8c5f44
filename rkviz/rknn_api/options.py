"""The arguments of `config`: checked all at once, and what rkviz makes of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from rkviz.calibrate.preprocess import InputSettings
from rkviz.errors import ConfigError, close_matches
from rkviz.numerics import QuantScheme
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.range_method import NORMAL, RangeKind, RangeMethod
from rkviz.rknn_api.arguments import flag, items, real_number, whole_number
from rkviz.target import TARGETS

_Number = TypeVar("_Number", int, float)
SCHEMES = {
    "asymmetric_quantized-u8": QuantScheme.U8,
    "asymmetric_affine-u8": QuantScheme.U8,
    "dynamic_fixed_point-i8": QuantScheme.I8,
    "dynamic_fixed_point-8": QuantScheme.I8,
    "dynamic_fixed_point-i16": QuantScheme.I16,
    "dynamic_fixed_point-16": QuantScheme.I16,
}
_ALGORITHMS = {kind.value: RangeMethod(kind) for kind in RangeKind if kind.is_of_toolkit}
_FAMILIES = (("rk1806", "rk1808", "rk3399pro"), ("rv1109", "rv1126"))
_FLAGS: Mapping[str, tuple[bool, str]] = {
    "need_horizontal_merge": (False, "layers stay as they are in the model"),
    "quantize_input_node": (False, "the input is quantized where the layers reading it are"),
    "merge_dequant_layer_and_output_node": (False, "outputs are always given as real numbers"),
    "model_pruning": (False, "no weights are removed"),
    "force_builtin_perm": (False, "the input is NHWC at inference() in any case"),
    "output_optimize": (False, "outputs are always given as real numbers"),
    "do_sparse_network": (True, "it changes speed and size on the board only"),
}
"""Argument -> its default, and what happens whatever it says."""


@dataclass(frozen=True)
class Options:
    """What `config` decided. `means`, `stds` and `orders` hold one entry an input, or are None."""

    means: tuple[tuple[float, ...], ...] | None = None
    stds: tuple[tuple[float, ...], ...] | None = None
    orders: tuple[tuple[int, ...], ...] | None = None
    scheme: QuantScheme = QuantScheme.U8
    range_method: RangeMethod = NORMAL
    platform: str = "rk1808"
    calibration_images: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The chip whose arithmetic is emulated."""
        return self.platform if self.platform in TARGETS else "rv1126"

    @property
    def hybrid(self) -> HybridConfig:
        """The choices for all layers, before any of their own."""
        return HybridConfig(self.scheme, range_method=self.range_method)

    @property
    def prepares_nothing(self) -> bool:
        """Whether mean, std and channel order were all left out."""
        return self.means is None and self.stds is None and self.orders is None

    def settings(self, inputs: Sequence[str]) -> dict[str, InputSettings]:
        """How pictures are prepared, by input; raises ConfigError when the numbers do not fit."""
        wrong = [
            f"{what} is given for {len(entries)} input(s), the model has {len(inputs)} "
            f"({', '.join(inputs)})"
            for what, entries in (
                ("mean_values", self.means),
                ("std_values", self.stds),
                ("reorder_channel", self.orders),
            )
            if entries is not None and len(entries) != len(inputs)
        ]
        if wrong:
            raise ConfigError("config() does not fit the model; give one list an input:", wrong)
        return {
            name: InputSettings(
                self.means[index] if self.means else (0.0,),
                self.stds[index] if self.stds else (1.0,),
                self.orders[index] if self.orders else None,
            )
            for index, name in enumerate(inputs)
        }


def family_of(platforms: Sequence[str]) -> tuple[str, ...]:
    """The chips that run what was built for `platforms`; these alone where no family is known."""
    lower = {name.lower() for name in platforms}
    return next((family for family in _FAMILIES if lower & set(family)), tuple(platforms))


def read_options(given: Mapping[str, object], unknown: Mapping[str, object]) -> Options:
    """The options in `given`, all arguments of `config`.

    `unknown` are arguments the toolkit does not have: a warning each. Raises ConfigError with
    everything that is wrong.
    """
    reader = _Reader(given)
    warnings = [
        f"config() has no argument {name!r}{close_matches(name, given)}; it is ignored."
        for name in unknown
    ]
    means, stds = reader.lists("mean_values"), reader.lists("std_values")
    if not reader.is_left_out("channel_mean_value"):
        warnings.append("channel_mean_value is deprecated; use mean_values and std_values.")
        if means is not None or stds is not None:
            reader.wrong.append("channel_mean_value cannot stand beside mean_values, std_values")
        means, stds = reader.channel_mean_value()
    options = Options(
        means=means,
        stds=stds,
        orders=reader.orders(),
        scheme=reader.scheme(),
        range_method=reader.range_method(),
        platform=reader.platform(),
        calibration_images=reader.images(),
    )
    warnings += reader.without_effect(options.range_method)
    if options.platform not in TARGETS:
        warnings.append(
            f"target_platform {options.platform}: the emulator's arithmetic is the RV1126's; give "
            "target_platform=['rv1126'] or ['rv1109'] if that is the board."
        )
    if reader.wrong:
        raise ConfigError("These arguments cannot be used:", reader.wrong)
    return replace(options, warnings=tuple(warnings))


class _Reader:
    """Reads single arguments and collects what is wrong with them."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self.given = given
        self.wrong: list[str] = []

    def is_left_out(self, name: str) -> bool:
        value = self.given[name]
        return value is None or (isinstance(value, str) and not value)

    def lists(self, name: str) -> tuple[tuple[float, ...], ...] | None:
        """One list of numbers an input, as in [[127.5, 127.5, 127.5]]."""
        value = self.given[name]
        if value is None:
            return None
        rows = [_numbers(row) for row in items(value) or ()]
        good = tuple(row for row in rows if row)
        if not rows or len(good) != len(rows):
            self.wrong.append(
                f"{name} is {value!r}; give one list of numbers an input, like "
                "[[127.5, 127.5, 127.5]]"
            )
            return None
        return good

    def channel_mean_value(
        self,
    ) -> tuple[tuple[tuple[float, ...], ...] | None, tuple[tuple[float, ...], ...] | None]:
        """'M0 M1 M2 S', inputs joined by '#': a mean a channel and one std."""
        value = self.given["channel_mean_value"]
        rows = [_words(part, float) for part in value.split("#")] if isinstance(value, str) else []
        if not rows or any(row is None or len(row) < 2 for row in rows):
            self.wrong.append(
                f"channel_mean_value is {value!r}; give means and one std, like '0 0 0 255'"
            )
            return None, None
        found = [row for row in rows if row is not None]
        return tuple(tuple(r[:-1]) for r in found), tuple((r[-1],) for r in found)

    def orders(self) -> tuple[tuple[int, ...], ...] | None:
        value = self.given["reorder_channel"]
        if self.is_left_out("reorder_channel"):
            return None
        rows = [_words(part, int) for part in value.split("#")] if isinstance(value, str) else []
        if not rows or any(row is None or sorted(row) != [*range(len(row))] for row in rows):
            self.wrong.append(
                f"reorder_channel is {value!r}; give '0 1 2' or '2 1 0', inputs joined by '#'"
            )
            return None
        return tuple(tuple(row) for row in rows if row)

    def scheme(self) -> QuantScheme:
        return SCHEMES[self.word("quantized_dtype", tuple(SCHEMES))]

    def range_method(self) -> RangeMethod:
        return _ALGORITHMS[self.word("quantized_algorithm", tuple(_ALGORITHMS))]

    def word(self, name: str, allowed: Sequence[str]) -> str:
        value = self.given[name]
        if isinstance(value, str) and value in allowed:
            return value
        near = close_matches(value, allowed) if isinstance(value, str) else ""
        self.wrong.append(f"{name} is {value!r}{near}; choose one of {', '.join(allowed)}")
        return allowed[0]

    def platform(self) -> str:
        value = self.given["target_platform"]
        names = [value] if isinstance(value, str) else (items(value) or [])
        known = [name for family in _FAMILIES for name in family]
        lower = [name.lower() for name in names if isinstance(name, str)]
        unknown = [name for name in lower if name not in known]
        if not lower or len(lower) != len(names) or unknown:
            near = close_matches(unknown[0], known) if unknown else ""
            self.wrong.append(
                f"target_platform is {value!r}{near}; choose among {', '.join(known)}"
            )
            return known[0]
        if not any(set(lower) <= set(family) for family in _FAMILIES):
            self.wrong.append(
                f"target_platform {lower} mixes two families of chips; build for each by itself"
            )
        return lower[0]

    def images(self) -> int:
        """How many samples calibration takes; 0 takes all."""
        batch = self.whole("batch_size", 1, 1 << 20)
        epochs = self.whole("epochs", -1, 1 << 20)
        if epochs == 0:
            self.wrong.append("epochs is 0; give -1 for all samples, or how many batches to take")
        return batch * epochs if epochs > 0 else 0

    def whole(self, name: str, least: int, most: int) -> int:
        number = whole_number(self.given[name])
        if number is not None and least <= number <= most:
            return number
        self.wrong.append(
            f"{name} is {self.given[name]!r}; give a whole number from {least} to {most}"
        )
        return least

    def without_effect(self, method: RangeMethod) -> Iterator[str]:
        """A sentence for every argument that asks for what rkviz does not do."""
        if self.whole("optimization_level", 0, 3) != 3:
            yield "optimization_level: rkviz always simplifies as level 3 does."
        if method != NORMAL:
            yield (
                f"quantized_algorithm {method.kind.value!r}: the toolkit publishes no formula of "
                "it; the ranges are rkviz's own and those of the toolkit can differ."
            )
        if self.whole("mmse_epoch", 1, 1 << 20) != 3:
            yield "mmse_epoch has no effect in rkviz: its search for the least error has an end."
        for name, (default, instead) in _FLAGS.items():
            try:
                differs = flag(name, self.given[name]) is not default
            except ConfigError as error:
                self.wrong.append(error.message)
                continue
            if differs:
                yield f"{name} has no effect in rkviz: {instead}."


def _numbers(value: object) -> tuple[float, ...]:
    """The numbers of a list; empty where there is anything else in it."""
    found = [real_number(entry) for entry in items(value) or []]
    return tuple(number for number in found if number is not None) if None not in found else ()


def _words(text: str, kind: Callable[[str], _Number]) -> list[_Number] | None:
    """The numbers in a line; None where there is none, or something else."""
    try:
        return [kind(word) for word in text.split()] or None
    except ValueError:
        return None
