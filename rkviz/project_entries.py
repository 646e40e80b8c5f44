"""How single choices of the user stand in a project file, writing and reading side by side."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import cast

from rkviz.calibrate.preprocess import Fit, InputSettings
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.plans import OutputNumbers, Plan, Run
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.range_method import NORMAL, RangeMethod
from rkviz.repair.choice import Repairs, parse_repairs


def path_entry(path: Path, folder: Path) -> str:
    """Relative to the project's folder where the file lies inside or beside it."""
    absolute = path.absolute()
    try:
        relative = os.path.relpath(absolute, folder)
    except ValueError:  # another drive on Windows
        return absolute.as_posix()
    climbs = Path(relative).parts.count("..")
    return Path(relative).as_posix() if climbs <= 2 else absolute.as_posix()


def settings_entry(settings: InputSettings) -> dict[str, object]:
    return {
        "mean_values": list(settings.mean_values),
        "std_values": list(settings.std_values),
        "reorder_channel": (
            None if settings.reorder_channel is None else list(settings.reorder_channel)
        ),
        "fit": settings.fit.value,
        "crop_from": settings.crop_from,
    }


def _layer_entry(config: LayerConfig) -> dict[str, object]:
    entry: dict[str, object] = {}
    if config.scheme is not None:
        entry["scheme"] = config.scheme.value
    if config.suggested:
        entry["suggested"] = True
    if config.range is not None:
        entry["range"] = list(config.range)
    for key in ("params", "weights_params"):
        params: QuantParams | None = getattr(config, key)
        if params is not None:
            entry[key] = {
                "scheme": params.scheme.value,
                "scale": params.scale,
                "zero_point": params.zero_point,
                "fl": params.fl,
            }
    for key in ("range_method", "weights_method"):
        method: RangeMethod | None = getattr(config, key)
        if method is not None:
            entry[key] = str(method)
    return entry


def config_entry(config: HybridConfig, repairs: Repairs) -> dict[str, object]:
    """What a plan chooses; stands in the project itself for the open one."""
    return {
        "default_scheme": config.default.value,
        "range_method": str(config.range_method),
        "weights_method": str(config.weights_method),
        "repairs": list(repairs.names),
        "layers": {name: _layer_entry(layer) for name, layer in config.overrides.items()},
    }


def plan_entry(plan: Plan) -> dict[str, object]:
    return {"name": plan.name, **config_entry(plan.config, plan.repairs)}


def run_entry(run: Run) -> dict[str, object]:
    return {
        "plan": plan_entry(run.plan),
        "when": run.when,
        "basis": run.basis,
        "images": run.images,
        "milliseconds": _number_entry(run.milliseconds),
        "megabytes": _number_entry(run.megabytes),
        "outputs": [
            {
                "layer": output.layer,
                "snr_db": _number_entry(output.snr_db),
                "cosine": _number_entry(output.cosine),
                "worst_part": output.worst_part,
                "worst_cosine": _number_entry(output.worst_cosine),
                "dead_parts": output.dead_parts,
            }
            for output in run.outputs
        ],
    }


def _number_entry(value: float) -> float | str:
    """JSON has no word for what is infinite or no number."""
    return value if math.isfinite(value) else str(value)


@dataclass(frozen=True)
class Reader:
    """Reads one project's entries; every method raises TypeError or ValueError with a sentence."""

    file: Path

    def mapping(self, entry: object, what: str) -> dict[str, object]:
        if not isinstance(entry, dict):
            raise TypeError(f"{what} is not a table")
        return cast(dict[str, object], entry)

    def sequence(self, entry: object, what: str) -> list[object]:
        if not isinstance(entry, list):
            raise TypeError(f"{what} is not a list")
        return cast(list[object], entry)

    def whole(self, entry: object, what: str) -> int:
        if not isinstance(entry, int) or isinstance(entry, bool) or not 0 <= entry < 1 << 31:
            raise TypeError(f"{what} holds {entry!r}, which is not a whole number")
        return entry

    def number(self, entry: object, what: str) -> float:
        if not isinstance(entry, int | float) or isinstance(entry, bool):
            raise TypeError(f"{what} holds {entry!r}, which is not a number")
        return float(entry)

    def text(self, entry: object, what: str) -> str:
        if not isinstance(entry, str):
            raise TypeError(f"{what} holds {entry!r}, which is not a name")
        return entry

    def path(self, entry: object) -> Path:
        if not isinstance(entry, str) or not entry or "\0" in entry:
            raise TypeError("a file name is missing")
        path = Path(os.path.normpath(self.file.absolute().parent / entry))
        if "\\" in entry and not path.exists():
            # Written by hand or by another program on Windows; the name at least is told apart.
            return path.parent / PureWindowsPath(entry).as_posix()
        return path

    def settings(self, entry: object) -> InputSettings:
        table = self.mapping(entry, "inputs")
        reorder, crop = table.get("reorder_channel"), table.get("crop_from")
        return InputSettings(
            mean_values=tuple(
                self.number(item, "mean_values")
                for item in self.sequence(table.get("mean_values", [0.0]), "mean_values")
            ),
            std_values=tuple(
                self.number(item, "std_values")
                for item in self.sequence(table.get("std_values", [1.0]), "std_values")
            ),
            reorder_channel=(
                None
                if reorder is None
                else tuple(
                    self.whole(item, "reorder_channel")
                    for item in self.sequence(reorder, "reorder_channel")
                )
            ),
            fit=Fit(table.get("fit", Fit.STRETCH.value)),
            crop_from=None if crop is None else self.whole(crop, "crop_from"),
        )

    def layer(self, entry: object, name: str) -> LayerConfig:
        table = self.mapping(entry, name)
        bounds, scheme = table.get("range"), table.get("scheme")
        span = None
        if bounds is not None:
            low, high = (self.number(item, name) for item in self.sequence(bounds, name))
            span = (low, high)
        return LayerConfig(
            scheme=None if scheme is None else QuantScheme(scheme),
            suggested=table.get("suggested", False) is True,
            range=span,
            params=self.params(table.get("params"), name),
            range_method=self.method(table, "range_method"),
            weights_method=self.method(table, "weights_method"),
            weights_params=self.params(table.get("weights_params"), name),
        )

    def config(self, table: Mapping[str, object]) -> HybridConfig:
        layers = self.mapping(table.get("layers", {}), "layers")
        return HybridConfig(
            QuantScheme(table.get("default_scheme", QuantScheme.U8.value)),
            {name: self.layer(entry, name) for name, entry in layers.items()},
            self.method(table, "range_method") or NORMAL,
            self.method(table, "weights_method") or NORMAL,
        )

    def repairs(self, table: Mapping[str, object]) -> Repairs:
        names = self.sequence(table.get("repairs", []), "repairs")
        return parse_repairs(",".join(str(name) for name in names))

    def plan(self, entry: object) -> Plan:
        table = self.mapping(entry, "plans")
        name = self.text(table.get("name"), "plans")
        return Plan(name, self.config(table), self.repairs(table))

    def run(self, entry: object) -> Run:
        table = self.mapping(entry, "history")
        return Run(
            plan=self.plan(table.get("plan")),
            when=self.text(table.get("when"), "history"),
            basis=self.text(table.get("basis"), "history"),
            images=self.whole(table.get("images"), "history"),
            milliseconds=self.any_number(table.get("milliseconds")),
            megabytes=self.any_number(table.get("megabytes")),
            outputs=tuple(
                self.output(output) for output in self.sequence(table.get("outputs"), "history")
            ),
        )

    def output(self, entry: object) -> OutputNumbers:
        table = self.mapping(entry, "history")
        return OutputNumbers(
            layer=self.text(table.get("layer"), "history"),
            snr_db=self.any_number(table.get("snr_db")),
            cosine=self.any_number(table.get("cosine")),
            worst_part=self.text(table.get("worst_part"), "history"),
            worst_cosine=self.any_number(table.get("worst_cosine")),
            dead_parts=self.whole(table.get("dead_parts"), "history"),
        )

    def any_number(self, entry: object) -> float:
        """A number that may be infinite or none at all."""
        return float(entry) if entry in ("inf", "-inf", "nan") else self.number(entry, "history")

    def method(self, table: Mapping[str, object], key: str) -> RangeMethod | None:
        entry = table.get(key)
        if not isinstance(entry, str | None):
            raise TypeError(f"{key} holds {entry!r}, which is not a name")
        return None if entry is None else RangeMethod.parse(entry)

    def params(self, entry: object, name: str) -> QuantParams | None:
        if entry is None:
            return None
        table = self.mapping(entry, name)
        scheme = QuantScheme(table.get("scheme"))
        if scheme.is_fixed_point:
            fl = table.get("fl")
            if not isinstance(fl, int) or abs(fl) > 64:
                raise TypeError(f"{name}: fl holds {fl!r}, which is not a fraction length")
            return QuantParams.fixed_point(scheme, fl)
        if scheme is QuantScheme.FLOAT:
            return QuantParams.floating()
        return QuantParams.affine(
            self.number(table.get("scale"), name), self.whole(table.get("zero_point"), name)
        )
