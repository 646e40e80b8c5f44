"""The project that options describe."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from rkviz.calibrate.preprocess import Fit
from rkviz.cli.options import parser
from rkviz.errors import ConfigError
from rkviz.numerics import QuantScheme
from rkviz.pipeline import with_stated_inputs
from rkviz.project import SUFFIX, Project, load_project
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.range_method import RangeMethod
from rkviz.repair.choice import AUTO, parse_repairs

_LARGEST = 1e30
_COUNTS = {
    "calibration_images": "calibration_images",
    "images": "analysis_images",
    "judge_images": "judging_images",
}
"""Option -> field of the project."""


def parse_project(argv: Sequence[str]) -> Project:
    """The project that a command line describes; raises ConfigError and ProjectError."""
    return project_of(parser().parse_args(argv))


def project_of(arguments: argparse.Namespace) -> Project:
    """The project the options describe, on top of a project file if one is given."""
    is_project = arguments.model.suffix == SUFFIX
    project = load_project(arguments.model) if is_project else Project(arguments.model)
    missing = project.missing if is_project else ()
    if missing and project.model in missing:
        raise ConfigError(
            f"The project's model {project.model} is not there any more; open the project in the "
            "window to locate it, or name the model itself."
        )
    project = with_stated_inputs(project)
    changes: dict[str, Any] = {}
    if arguments.dataset:
        changes["dataset"] = tuple(arguments.dataset)
    if arguments.requantize:
        changes["requantize"] = True
    if arguments.input_shape:
        changes["input_shapes"] = _shapes(arguments.input_shape)
    if arguments.judge:
        changes["judging"] = tuple(arguments.judge)
    if arguments.repair and arguments.repair != AUTO:
        changes["repairs"] = parse_repairs(arguments.repair)
    for name, field in _COUNTS.items():
        count = getattr(arguments, name)
        if count is not None:
            changes[field] = _positive(name, count)
    if arguments.target:
        changes["target"] = arguments.target
    project = replace(project, **changes)
    return with_layers(_with_settings(project, arguments), arguments)


def _with_settings(project: Project, arguments: argparse.Namespace) -> Project:
    changes: dict[str, Any] = {}
    if arguments.mean:
        changes["mean_values"] = _numbers("--mean", arguments.mean)
    if arguments.std:
        changes["std_values"] = _numbers("--std", arguments.std)
    if arguments.reorder:
        changes["reorder_channel"] = tuple(
            int(item) for item in _numbers("--reorder", arguments.reorder)
        )
    if arguments.fit:
        changes["fit"] = Fit(arguments.fit)
    if arguments.crop_from:
        changes["crop_from"] = arguments.crop_from
    if not changes:
        return project
    settings = replace(project.settings_for(""), **changes)
    return replace(project, inputs={**project.inputs, "": settings})


def with_layers(project: Project, arguments: argparse.Namespace) -> Project:
    """`project` with the types and ranges that the options name; raises ConfigError."""
    config = project.config
    if arguments.dtype:
        config = replace(config, default=_scheme(arguments.dtype))
    for name, kind in _by_layer("--layer", "TYPE", arguments.layer):
        config = config.with_scheme([name], _scheme(kind))
    if arguments.algorithm:
        config = replace(config, range_method=RangeMethod.parse(arguments.algorithm))
    if arguments.weights_algorithm:
        config = replace(config, weights_method=RangeMethod.parse(arguments.weights_algorithm))
    for name, text in _by_layer("--layer-range", "METHOD", arguments.layer_range):
        config = _with_range(config, name, text)
    for name, text in _by_layer("--layer-weights", "METHOD", arguments.layer_weights):
        config = config.with_weights_method([name], RangeMethod.parse(text))
    return replace(project, config=config)


def _by_layer(option: str, what: str, entries: Sequence[str]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        name, separator, text = entry.rpartition("=")
        if not separator:
            raise ConfigError(f"{option} {entry!r} does not read NAME={what}.")
        yield name, text


def _with_range(config: HybridConfig, layer: str, text: str) -> HybridConfig:
    """`config` with the range of one layer given as LOW..HIGH or as a method."""
    low, dots, high = text.partition("..")
    if not dots:
        return config.with_range_method([layer], RangeMethod.parse(text))
    try:
        span = float(low), float(high)
    except ValueError:
        span = 1.0, 0.0
    if not (-_LARGEST <= span[0] <= span[1] <= _LARGEST):
        raise ConfigError(f"--layer-range {layer}={text}: {text!r} is no range like -1.5..6.")
    own = replace(config.for_layer(layer), range=span, params=None)
    return config.with_override(layer, own)


def _scheme(text: str) -> QuantScheme:
    names = {scheme.short.lower(): scheme for scheme in QuantScheme}
    names |= {scheme.value: scheme for scheme in QuantScheme} | {"float": QuantScheme.FLOAT}
    try:
        return names[text.lower() if text.lower() in names else text]
    except KeyError:
        raise ConfigError(f"Type {text!r} is not known; choose u8, i8, i16 or float.") from None


def _shapes(entries: Sequence[str]) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for entry in entries:
        name, _, sizes = entry.rpartition(":")
        try:
            shape = tuple(int(size) for size in sizes.lower().replace(",", "x").split("x"))
        except ValueError:
            shape = ()
        if not shape or min(shape) < 1:
            raise ConfigError(f"--input-shape {entry!r} does not read NAME:1x3x224x224.")
        shapes[name] = shape
    return shapes


def _numbers(option: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(item) for item in text.replace(" ", ",").split(",") if item)
    except ValueError:
        raise ConfigError(f"{option} {text!r} is not a list of numbers like 0,0,0.") from None


def _positive(name: str, count: int) -> int:
    if count < 0:
        raise ConfigError(f"--{name.replace('_', '-')} must not be negative; 0 takes all.")
    return count
