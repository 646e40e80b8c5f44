"""Project: the document on disk. JSON with a version; saved atomically; parsed as hostile."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from types import MappingProxyType
from typing import cast

from rkviz.atomic import write_atomically
from rkviz.calibrate.preprocess import Fit, InputSettings
from rkviz.errors import ConfigError, ProjectError
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.range_method import NORMAL, RangeMethod
from rkviz.repair.choice import NO_REPAIRS, Repairs, parse_repairs

FORMAT = "rkviz-project"
VERSION = 1
SUFFIX = ".rkviz"
MODEL_SUFFIXES = (".onnx", ".tflite", ".rknn")
"""How files end that hold a network."""
_LARGEST_FILE = 64 << 20


@dataclass(frozen=True)
class Project:
    """Everything the user chose; all else is derived from it.

    `inputs` maps an input's name to how pictures are prepared for it; the entry "" holds for
    inputs not named. `calibration_images` and `analysis_images` limit how many samples are used
    (0 = all); samples are taken from the front. `cfg` is the toolkit's cfg that `config` was read
    from, if any: exports change it, no more. `snapshot` is what the toolkit's accuracy_analysis
    wrote, folder or text, to be shown beside the emulator's numbers. `judging` are pictures to
    measure repairs and plans with, as `dataset`; without any those that calibration leaves over
    are. At most `judging_images` of them are used (0 = all).
    """

    model: Path
    dataset: tuple[Path, ...] = ()
    input_shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    inputs: Mapping[str, InputSettings] = field(default_factory=dict[str, InputSettings])
    calibration_images: int = 0
    analysis_images: int = 4
    config: HybridConfig = field(default_factory=HybridConfig)
    target: str = "rv1126"
    requantize: bool = False
    """Whether what a quantized model states and the NPU cannot take is chosen anew."""
    cfg: Path | None = None
    snapshot: Path | None = None
    locked: frozenset[str] = frozenset()
    """Layers whose type a search leaves as it is."""
    repairs: Repairs = NO_REPAIRS
    judging: tuple[Path, ...] = ()
    judging_images: int = 64

    def __post_init__(self) -> None:
        object.__setattr__(self, "input_shapes", MappingProxyType(dict(self.input_shapes)))
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))

    def settings_for(self, input_name: str) -> InputSettings:
        return self.inputs.get(input_name, self.inputs.get("", InputSettings()))

    @property
    def missing(self) -> tuple[Path, ...]:
        """Files and folders the project names that are not there (any more)."""
        return tuple(
            path for path in (self.model, *self.dataset, *self.judging) if not path.exists()
        )


def save_project(project: Project, path: Path) -> None:
    """Write `project` to `path`, all or nothing; raises ProjectError."""
    folder = path.absolute().parent
    document = {
        "format": FORMAT,
        "version": VERSION,
        "model": _path_entry(project.model, folder),
        "dataset": [_path_entry(entry, folder) for entry in project.dataset],
        "input_shapes": {name: list(shape) for name, shape in project.input_shapes.items()},
        "inputs": {name: _settings_entry(value) for name, value in project.inputs.items()},
        "calibration_images": project.calibration_images,
        "analysis_images": project.analysis_images,
        "target": project.target,
        "requantize": project.requantize,
        "default_scheme": project.config.default.value,
        "range_method": str(project.config.range_method),
        "weights_method": str(project.config.weights_method),
        "repairs": list(project.repairs.names),
        "judging": [_path_entry(entry, folder) for entry in project.judging],
        "judging_images": project.judging_images,
        "layers": {name: _layer_entry(config) for name, config in project.config.overrides.items()},
    }
    if project.locked:
        document["locked"] = sorted(project.locked)
    for name, path_of in (("cfg", project.cfg), ("snapshot", project.snapshot)):
        if path_of is not None:
            document[name] = _path_entry(path_of, folder)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, text, ProjectError)


def load_project(path: Path) -> Project:
    """Read a project file; raises ProjectError.

    Files it names need not exist: see `Project.missing`.
    """
    document = _read_document(path)
    reader = _Reader(path)
    version = document.get("version")
    if document.get("format") != FORMAT or not isinstance(version, int):
        raise ProjectError(f"{path} is not an rkviz project; open a file saved by rkviz.")
    if version > VERSION:
        raise ProjectError(
            f"{path} was saved by a newer rkviz (project version {version}, this one reads up to "
            f"{VERSION}); update rkviz to open it."
        )
    try:
        project = _parse(document, reader)
    except (ConfigError, ValueError, TypeError, KeyError) as error:
        raise ProjectError(f"{path} is damaged: {error}") from None
    return project


def _read_document(path: Path) -> dict[str, object]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ProjectError(f"{path} is too large to be an rkviz project.")
        parsed = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError):
        raise ProjectError(
            f"{path} is damaged: it is not complete JSON; restore a copy or save the project anew."
        ) from None
    if not isinstance(parsed, dict):
        raise ProjectError(f"{path} is not an rkviz project; open a file saved by rkviz.")
    return cast(dict[str, object], parsed)


def _parse(document: Mapping[str, object], reader: _Reader) -> Project:
    shapes = reader.mapping(document.get("input_shapes", {}), "input_shapes")
    inputs = reader.mapping(document.get("inputs", {}), "inputs")
    layers = reader.mapping(document.get("layers", {}), "layers")
    target = document.get("target", "rv1126")
    dataset = reader.sequence(document.get("dataset", []), "dataset")
    return Project(
        model=reader.path(document.get("model")),
        dataset=tuple(reader.path(entry) for entry in dataset),
        input_shapes={
            name: tuple(reader.whole(size, name) for size in reader.sequence(shape, name))
            for name, shape in shapes.items()
        },
        inputs={name: reader.settings(entry) for name, entry in inputs.items()},
        calibration_images=reader.whole(
            document.get("calibration_images", 0), "calibration_images"
        ),
        analysis_images=reader.whole(document.get("analysis_images", 4), "analysis_images"),
        config=HybridConfig(
            QuantScheme(document.get("default_scheme", QuantScheme.U8.value)),
            {name: reader.layer(entry, name) for name, entry in layers.items()},
            reader.method(document, "range_method") or NORMAL,
            reader.method(document, "weights_method") or NORMAL,
        ),
        target=str(target),
        requantize=document.get("requantize", False) is True,
        cfg=reader.path(document["cfg"]) if "cfg" in document else None,
        locked=frozenset(
            reader.text(entry, "locked")
            for entry in reader.sequence(document.get("locked", []), "locked")
        ),
        snapshot=reader.path(document["snapshot"]) if "snapshot" in document else None,
        repairs=parse_repairs(
            ",".join(str(name) for name in reader.sequence(document.get("repairs", []), "repairs"))
        ),
        judging=tuple(
            reader.path(entry) for entry in reader.sequence(document.get("judging", []), "judging")
        ),
        judging_images=reader.whole(document.get("judging_images", 64), "judging_images"),
    )


def _path_entry(path: Path, folder: Path) -> str:
    """Relative to the project's folder where the file lies inside or beside it."""
    absolute = path.absolute()
    try:
        relative = os.path.relpath(absolute, folder)
    except ValueError:  # another drive on Windows
        return absolute.as_posix()
    climbs = Path(relative).parts.count("..")
    return Path(relative).as_posix() if climbs <= 2 else absolute.as_posix()


def _settings_entry(settings: InputSettings) -> dict[str, object]:
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
    if config.params is not None:
        params = config.params
        entry["params"] = {
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


@dataclass(frozen=True)
class _Reader:
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
        bounds, params = table.get("range"), table.get("params")
        scheme = table.get("scheme")
        span = None
        if bounds is not None:
            low, high = (self.number(item, name) for item in self.sequence(bounds, name))
            span = (low, high)
        return LayerConfig(
            scheme=None if scheme is None else QuantScheme(scheme),
            suggested=table.get("suggested", False) is True,
            range=span,
            params=None if params is None else self.params(params, name),
            range_method=self.method(table, "range_method"),
            weights_method=self.method(table, "weights_method"),
        )

    def method(self, table: Mapping[str, object], key: str) -> RangeMethod | None:
        entry = table.get(key)
        if not isinstance(entry, str | None):
            raise TypeError(f"{key} holds {entry!r}, which is not a name")
        return None if entry is None else RangeMethod.parse(entry)

    def params(self, entry: object, name: str) -> QuantParams:
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
