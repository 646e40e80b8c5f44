"""`rkviz repairs` and `--repair auto`: what repairs are worth, measured; the best are taken."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import replace

from rkviz import pipeline
from rkviz.cli.exit_codes import OK
from rkviz.judging import measure_repairs
from rkviz.progress import Progress
from rkviz.project import Project, save_project
from rkviz.repair.choice import AUTO
from rkviz.results import Results
from rkviz.search.trials import Trials


def with_measured_repairs(
    arguments: argparse.Namespace, project: Project, results: Results | None, progress: Progress
) -> tuple[Project, Results | None]:
    """`project` with the repairs that measure best where the options ask for that.

    Raises RkvizError, ConfigError when calibration leaves no picture to judge by; Cancelled.
    """
    if arguments.repair != AUTO:
        return project, results
    results = pipeline.run(project, results, until="calibrate", progress=progress)
    trials = measure_repairs(project, results, progress=progress)
    print(trials_text(trials), file=sys.stderr)
    return replace(project, repairs=trials.best.repairs), results


def measured_repairs(
    arguments: argparse.Namespace, project: Project, results: Results | None, progress: Progress
) -> int:
    """Print what every combination of repairs is worth; returns the exit code.

    Repairs the options or the project name are not taken for granted: all are measured. Raises
    as `with_measured_repairs`.
    """
    results = pipeline.run(project, results, until="calibrate", progress=progress)
    trials = measure_repairs(project, results, progress=progress)
    if arguments.json:
        entry = {
            "model": str(project.model),
            "calibrated": trials.calibrated,
            "judged": trials.judged,
            "warning": trials.warning,
            "trials": trials_entry(trials),
        }
        print(json.dumps(entry, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        print(trials_text(trials))
    if arguments.save:
        save_project(replace(project, repairs=trials.best.repairs), arguments.save)
    return OK


def trials_text(trials: Trials) -> str:
    """What was tried as an aligned table, the best one marked."""
    rows = [
        f"rkviz: repairs measured on {trials.judged} picture(s), calibrated on "
        f"{trials.calibrated} other(s); * is the best",
        f"  {'repairs':28} {'SNR dB':>7} {'gain':>6} {'cosine':>9} {'same top-1':>11}  better on",
    ]
    for row in trials.rows:
        quality = row.quality
        agreement = "" if quality.agreement is None else f"{quality.agreement:.1%}"
        mark = "*" if row is trials.best else " "
        rows.append(
            f"{mark} {row.repairs!s:28} {quality.snr_db:7.2f} {trials.gain_db(row):+6.2f} "
            f"{quality.cosine:9.6f} {agreement:>11}  "
            f"{quality.better_on(trials.plain.quality)} of {quality.pictures}"
        )
        rows += [f"    {note}" for note in row.notes]
    return "\n".join((*rows, *filter(None, (trials.note, trials.warning))))


def trials_entry(trials: Trials) -> list[dict[str, object]]:
    """What was tried for JSON."""
    return [
        {
            "repairs": list(row.repairs.names),
            "snr_db": row.quality.snr_db if math.isfinite(row.quality.snr_db) else None,
            "cosine": row.quality.cosine if math.isfinite(row.quality.cosine) else None,
            "agreement": row.quality.agreement,
            "pictures": row.quality.pictures,
            "taken": row is trials.best,
        }
        for row in trials.rows
    ]
