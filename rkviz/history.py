"""What a run measured, as an entry of the project's history."""

from __future__ import annotations

from dataclasses import replace

from rkviz.analyse.report import AnalysisReport
from rkviz.digest import digest
from rkviz.emulate.cost import total_cost
from rkviz.errors import ConfigError
from rkviz.plans import OutputNumbers, Run
from rkviz.project import Project
from rkviz.results import Results
from rkviz.target import target_named


def basis_key(project: Project) -> str:
    """Digest of all that numbers depend on beside the plan; files by their names alone."""
    return digest(
        str(project.model),
        [str(path) for path in project.dataset],
        project.input_shapes,
        project.inputs,
        project.calibration_images,
        project.analysis_images,
        project.target,
        project.requantize,
    )


def run_of(project: Project, results: Results, when: str) -> Run:
    """What `results`, analysed, say of the open plan of `project`; `when` is ISO 8601.

    Raises ConfigError when they hold no report.
    """
    plan, report = results.plan, results.report
    if plan is None or report is None:
        raise ConfigError("The network is not analysed yet; run it first.")
    cost = total_cost(plan, target_named(project.target))
    return Run(
        plan=project.plan,
        when=when,
        basis=basis_key(project),
        images=len(report.images),
        milliseconds=cost.milliseconds,
        megabytes=cost.model_bytes / 1e6,
        outputs=tuple(
            _numbers(report, layer) for layer in report.outputs if layer in report.layers
        ),
    )


def _numbers(report: AnalysisReport, layer: str) -> OutputNumbers:
    sums = report.sums(layer, "accumulated")
    numbers = OutputNumbers(layer, sums.snr_db, sums.cosine)
    worst = report.worst_slice(layer)
    if worst is None:
        return numbers
    return replace(
        numbers,
        worst_part=worst.name,
        worst_cosine=worst.sums().cosine,
        dead_parts=sum(part.is_dead for part in report.slices(layer)),
    )
