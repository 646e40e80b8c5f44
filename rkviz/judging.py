"""The pictures that repairs and plans are judged by: never those of the calibration."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rkviz.calibrate.dataset import Dataset, Sample, check_samples, open_dataset
from rkviz.digest import digest
from rkviz.errors import ConfigError
from rkviz.pipeline import (
    dataset_of,
    feeds_of,
    graph_of,
    image_inputs,
    limited,
    step_keys,
    workbench,
)
from rkviz.progress import Progress, part_of, silent
from rkviz.project import Project
from rkviz.repair.choice import ALL_CHOICES, Repairs
from rkviz.repair.layers import Samples
from rkviz.results import Results
from rkviz.search.trials import Trials, try_repairs


@dataclass(frozen=True, eq=False)
class JudgingSet:
    """Pictures that took no part in calibration, prepared when gone through.

    `note` is a sentence on what was left out, or "".
    """

    dataset: Dataset
    samples: Samples
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sample.name for sample in self.dataset.samples)


def judging_set(project: Project, results: Results, progress: Progress = silent) -> JudgingSet:
    """The project's judging pictures: its own, or those that calibration leaves over.

    A picture that calibrates is left out wherever it comes from. Raises ConfigError when none is
    left, DatasetError when the project's own cannot be opened.
    """
    graph, dataset = graph_of(results), dataset_of(results)
    used = dataset.samples[: limited(dataset, project.calibration_images)]
    known = {_identity(sample) for sample in used}
    offered = dataset
    if project.judging:
        opened = open_dataset(project.judging, graph.inputs)
        offered = check_samples(opened, image_inputs(graph), progress)
    free = tuple(sample for sample in offered.samples if _identity(sample) not in known)
    if not free:
        raise ConfigError(_nothing_left(project, len(used)))
    note = ""
    if project.judging and len(free) < len(offered.samples):
        note = f"{len(offered.samples) - len(free)} judging picture(s) also calibrate: left out."
    chosen = replace(offered, samples=free[: project.judging_images or None])
    count = len(chosen.samples)
    samples = Samples(lambda: (feeds_of(project, graph, chosen, i) for i in range(count)), count)
    return JudgingSet(chosen, samples, note)


def _identity(sample: Sample) -> tuple[str, ...]:
    return tuple(os.path.realpath(file) for file in sample.files)


def _nothing_left(project: Project, used: int) -> str:
    if project.judging:
        return (
            "All judging pictures are also used to calibrate and would judge too kindly; choose "
            "others."
        )
    return (
        f"All {used} picture(s) calibrate and none is left to judge by; calibrate with fewer of "
        "them, or choose pictures for judging."
    )


def measure_repairs(
    project: Project,
    results: Results,
    choices: Sequence[Repairs] = ALL_CHOICES,
    progress: Progress = silent,
    publish: Callable[[Trials], None] | None = None,
) -> Trials:
    """What each of `choices` is worth on the judging pictures, the network without repairs first.

    `results` have to be calibrated. The types are those of the project; what it repairs now does
    not matter. `publish` is given what is measured so far after every choice. To apply a row is to
    take its `repairs` into the project. Raises RkvizError, Cancelled.
    """
    judging = judging_set(project, results, part_of(progress, 0.0, 0.02))
    trials = try_repairs(
        workbench(project, results),
        project.config,
        judging.samples,
        choices,
        trials_source(project),
        part_of(progress, 0.02, 1.0),
        publish,
    )
    return replace(trials, note=judging.note)


def trials_source(project: Project) -> str:
    """Digest of all that trials depend on: those with another `source` are of other settings."""
    return digest(
        step_keys(project)["calibrate"],
        project.config,
        project.target,
        [str(path) for path in project.judging],
        project.judging_images,
    )
