"""`rkviz optimize`: search the best hybrid plan, and write it as cfg, project and report."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rkviz import exchange, pipeline
from rkviz.cli.exit_codes import BELOW_LIMIT, OK
from rkviz.errors import ConfigError, FormatError, close_matches
from rkviz.numerics import QuantScheme
from rkviz.plan_search import TYPES, SearchRequest, search_plan
from rkviz.progress import Cancelled, Progress
from rkviz.project import SUFFIX, Project, save_project
from rkviz.results import Results
from rkviz.search.points import Found, Goal, SearchPoint


def optimize(
    arguments: argparse.Namespace, project: Project, results: Results, progress: Progress
) -> int:
    """Run the search the options describe and write what it found into a folder.

    `results` have to reach up to the step "dataset".

    Returns `BELOW_LIMIT` when the goal was not reached; the nearest is written then. What a
    cancelled search has found is written as well. Raises RkvizError, Cancelled.
    """
    _check_folder(arguments.output)
    project = _split(replace(project, locked=project.locked | _locked(arguments, results)), results)
    request = SearchRequest(
        goal=Goal(arguments.max_ms, arguments.min_quality),
        quality=arguments.quality,
        labels=arguments.labels,
        types=_types(arguments.types),
    )
    results = pipeline.run(project, results, until="quantize", progress=progress)
    kept: list[Found] = []
    try:
        found = search_plan(project, results, request, progress, kept.append)
    except (KeyboardInterrupt, Cancelled):
        if kept and kept[-1].best is not None:
            written = _write(arguments, project, results, kept[-1])
            print(f"rkviz: {_so_far(kept[-1], written)}", file=sys.stderr)
        raise
    written = _write(arguments, project, results, found)
    print(_json(found, written) if arguments.json else _text(found, written))
    if not found.reached:
        print(f"rkviz: {_missed(found)}", file=sys.stderr)
        return BELOW_LIMIT
    return OK


def _split(project: Project, results: Results) -> Project:
    """`project` calibrating on half of the pictures, where it would leave none to judge by."""
    count = len(pipeline.dataset_of(results).samples)
    used = pipeline.limited(pipeline.dataset_of(results), project.calibration_images)
    if project.judging or used < count or count < 2:
        return project
    half = (count + 1) // 2
    print(
        f"rkviz: {half} of the {count} pictures calibrate, the others judge "
        "(--calibration-images and --judge choose otherwise).",
        file=sys.stderr,
    )
    return replace(project, calibration_images=half)


def _locked(arguments: argparse.Namespace, results: Results) -> frozenset[str]:
    """The heads of the layers named by --lock; raises ConfigError for all unknown ones."""
    graph = pipeline.graph_of(results)
    unknown = [name for name in arguments.lock if name not in graph.by_name]
    if unknown:
        raise ConfigError(
            f"{len(unknown)} layer(s) to lock are not in the network:",
            [f"{name!r}{close_matches(name, graph.by_name)}" for name in unknown],
        )
    return frozenset(graph.head(name) for name in arguments.lock)


def _types(text: str | None) -> tuple[QuantScheme, ...]:
    if text is None:
        return TYPES
    known = {scheme.short.lower(): scheme for scheme in QuantScheme} | {"float": QuantScheme.FLOAT}
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    wrong = [name for name in names if name not in known]
    if wrong or not names:
        raise ConfigError(
            f"--types {text!r}: choose of u8, i8, i16 and float, with commas between."
        )
    return tuple(dict.fromkeys(known[name] for name in names))


def _write(
    arguments: argparse.Namespace, project: Project, results: Results, found: Found
) -> tuple[Path, ...]:
    """The best plan as cfg, project and report; returns the files."""
    if found.best is None:
        return ()
    folder: Path = arguments.output
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FormatError(f"{folder} cannot be made: {error.strerror or error}.") from None
    chosen = replace(project, config=found.best.config)
    done = pipeline.run(chosen, results)
    stem = project.model.stem
    cfg, saved, report = (
        folder / f"{stem}{suffix}" for suffix in (".quantization.cfg", SUFFIX, ".html")
    )
    exchange.export_cfg(chosen, done, cfg)
    save_project(chosen, saved)
    exchange.export_report(chosen, done, report, arguments.language, found)
    return cfg, saved, report


def _check_folder(folder: Path) -> None:
    """Raises FormatError where nothing can be written, before any work is done for it."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise FormatError(f"{folder} cannot be made: {there} is no folder; choose another place.")
    if not os.access(there, os.W_OK):
        raise FormatError(
            f"{folder} cannot be written: {there} is read-only; choose another place."
        )


def _so_far(found: Found, written: tuple[Path, ...]) -> str:
    measured = found.best.measured if found.best else None
    quality = "" if measured is None else f" ({found.quality_title} {_number(measured, found)})"
    files = ", ".join(str(path) for path in written)
    return f"the search was stopped; the best plan until then{quality} was written: {files}."


def _missed(found: Found) -> str:
    goal = found.goal
    if goal.min_quality is not None:
        return (
            f"No plan reached {_number(goal.min_quality, found)} ({found.quality_title}); the best "
            "one found was written."
        )
    return f"No plan stays within {goal.max_ms:g} ms; the fastest one was written."


def _text(found: Found, written: tuple[Path, ...]) -> str:
    lines = [f"{'':2}{'ms':>9}{'fps':>12}{'predicted dB':>14}  {found.quality_title}"]
    for point in found.measured:
        mark = "*" if point is found.best else "0" if point is found.start else ""
        lines.append(
            f"{mark:2}{point.time_ms:9.3f}{_fps(point):12.1f}{point.predicted_db:14.2f}  "
            f"{_number(point.measured or 0.0, found)}"
        )
    lines.append("* the best plan, 0 where the search began")
    lines += _choices(found)
    lines += [f"{path} written." for path in written]
    return "\n".join(lines)


def _choices(found: Found) -> Iterator[str]:
    for choice in found.best.choices if found.best else ():
        yield (
            f"{', '.join(choice.layers)} in {choice.scheme.short}: buys {choice.bought_db:.2f} dB, "
            f"costs {choice.cost_us:.1f} us"
        )


def _number(value: float, found: Found) -> str:
    return f"{value:.2f} {found.quality_unit}" if found.quality_unit else f"{value:.6f}"


def _fps(point: SearchPoint) -> float:
    return 1000 / point.time_ms if point.time_ms else math.inf


def _json(found: Found, written: tuple[Path, ...]) -> str:
    return json.dumps(
        {
            "reached": found.reached,
            "quality": found.quality_title,
            "unit": found.quality_unit,
            "start": _point(found.start),
            "best": _point(found.best),
            "choices": [
                {
                    "layers": list(choice.layers),
                    "type": choice.scheme.short,
                    "buys_db": choice.bought_db,
                    "costs_us": choice.cost_us,
                }
                for choice in (found.best.choices if found.best else ())
            ],
            "measured": [_point(point) for point in found.measured],
            "curve": [_point(point) for point in found.curve],
            "written": [str(path) for path in written],
        },
        ensure_ascii=False,
        indent=1,
        allow_nan=False,
    )


def _point(point: SearchPoint | None) -> dict[str, float | None] | None:
    if point is None:
        return None
    numbers = {
        "milliseconds": point.time_ms,
        "predicted_db": point.predicted_db,
        "measured": point.measured,
    }
    return {
        name: value if value is not None and math.isfinite(value) else None
        for name, value in numbers.items()
    }
