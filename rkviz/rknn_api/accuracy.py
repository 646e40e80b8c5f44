"""accuracy_analysis: every layer on one sample, as the toolkit's folders and texts."""

from __future__ import annotations

from pathlib import Path

from rkviz import pipeline
from rkviz.analyse.analysis import analyse
from rkviz.calibrate.dataset import Dataset, check_samples, open_dataset
from rkviz.digest import digest
from rkviz.errors import ConfigError, DatasetError
from rkviz.formats.accuracy_write import PARTS, write_accuracy
from rkviz.project import Project
from rkviz.quantize.plan import QuantPlan


def write_analysis(
    project: Project, plan: QuantPlan, inputs: Path, folder: Path, with_errors: bool, dump: str
) -> None:
    """Analyse the one sample of the dataset `inputs` and write all of it into `folder`.

    `with_errors` writes the two texts besides the tensors, `dump` is the form of those. Raises
    RkvizError: ConfigError for a network nothing of which is quantized or an unknown form,
    DatasetError for another number of samples.
    """
    if not any(scheme.is_quantized for scheme in plan.scheme.values()):
        raise ConfigError("Nothing is quantized, so there are no errors to analyse.")
    graph, dataset = plan.graph, one_sample(plan, inputs)
    feeds = pipeline.feeds_of(project, graph, dataset, 0)
    names = [sample.name for sample in dataset.samples]
    report = analyse(plan, [feeds], names, digest(dataset.digest, project.inputs))
    parts = PARTS if with_errors else tuple(part for part in PARTS if part != "texts")
    write_accuracy(plan, report, feeds, folder, parts, dump)


def one_sample(plan: QuantPlan, inputs: Path) -> Dataset:
    """The dataset `inputs`, which has to hold one sample; raises DatasetError."""
    graph = plan.graph
    dataset = check_samples(open_dataset((inputs,), graph.inputs), pipeline.image_inputs(graph))
    if len(dataset.samples) != 1 or dataset.problems:
        raise DatasetError(
            f"{inputs} has {len(dataset.samples)} usable sample(s); the analysis takes a list "
            "with exactly one line.",
            dataset.problems,
        )
    return dataset
