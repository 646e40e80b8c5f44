"""accuracy_analysis: the errors of every layer on one sample, as the toolkit's two texts."""

from __future__ import annotations

from pathlib import Path

from rkviz import pipeline
from rkviz.analyse.analysis import analyse
from rkviz.calibrate.dataset import check_samples, open_dataset
from rkviz.digest import digest
from rkviz.errors import ConfigError, DatasetError
from rkviz.formats.accuracy_text import write_accuracy_texts
from rkviz.project import Project
from rkviz.quantize.plan import QuantPlan


def write_analysis(project: Project, plan: QuantPlan, inputs: Path, folder: Path) -> None:
    """Analyse the one sample of the dataset `inputs` and write the texts into `folder`.

    Raises RkvizError: ConfigError for a network nothing of which is quantized, DatasetError for
    another number of samples.
    """
    if not any(scheme.is_quantized for scheme in plan.scheme.values()):
        raise ConfigError("Nothing is quantized, so there are no errors to analyse.")
    graph = plan.graph
    dataset = check_samples(open_dataset((inputs,), graph.inputs), pipeline.image_inputs(graph))
    if len(dataset.samples) != 1 or dataset.problems:
        raise DatasetError(
            f"{inputs} has {len(dataset.samples)} usable sample(s); the analysis takes a list "
            "with exactly one line.",
            dataset.problems,
        )
    feeds = [pipeline.feeds_of(project, graph, dataset, 0)]
    names = [sample.name for sample in dataset.samples]
    report = analyse(plan, feeds, names, digest(dataset.digest, project.inputs))
    write_accuracy_texts(plan, report, folder)
