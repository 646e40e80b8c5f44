"""build: the pipeline up to the plan, with the words and defaults of the toolkit."""

from __future__ import annotations

from dataclasses import replace

from rkviz import pipeline
from rkviz.calibrate.preprocess import picture_layout
from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.errors import ModelError
from rkviz.formats.rknn_model import why_not_run
from rkviz.numerics import QuantScheme
from rkviz.project import Project
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.stated import stats_without_pictures
from rkviz.results import Results
from rkviz.rknn_api.arguments import named_file
from rkviz.rknn_api.loading import Network
from rkviz.rknn_api.options import Options
from rkviz.target import target_named


def project_of(
    network: Network, options: Options, dataset: object, config: HybridConfig | None = None
) -> Project:
    """What the calls so far decided, as a project; raises ConfigError when they do not agree.

    Preprocessing that the model file states holds where `config` named none. `dataset` names a
    dataset.txt (or a folder); None where no pictures are needed.
    """
    graph, settings = network.graph, options.settings(network.graph.inputs)
    if options.prepares_nothing:
        for name in graph.inputs:
            settings[name] = network.stated.get(name, network.stated.get("", settings[name]))
    for name, chosen in settings.items():
        shape = graph.shape(name)
        layout = picture_layout(shape)
        if layout is not None or len(shape) == 4:
            chosen.check_channels(layout.channels if layout else shape[1], name)
    return Project(
        network.model,
        () if dataset is None else (named_file("dataset", dataset),),
        inputs=settings,
        calibration_images=options.calibration_images,
        analysis_images=0,
        config=config or options.hybrid,
        target=options.target,
    )


def quantized(network: Network, project: Project) -> Results:
    """Results up to the plan. Raises RkvizError.

    The open network stands in for the model file: it may be a part of it.
    """
    return pipeline.run(project, opened(network, project), until="quantize")


def opened(network: Network, project: Project) -> Results:
    """Results whose first step is done."""
    return Results(graph=network.graph, keys={"open": pipeline.step_keys(project)["open"]})


def unquantized(network: Network, project: Project) -> tuple[Project, Results]:
    """The plan of the network as it is: fp16 on the device, or what the model file states.

    No pictures are needed, so none are looked at. Raises RkvizError.
    """
    graph = network.graph
    if sentence := why_not_run(graph):
        raise ModelError(sentence)
    if graph.given:
        stated = replace(project, config=HybridConfig(QuantScheme.U8))
        return stated, quantized(network, stated)
    floating = replace(project, config=HybridConfig(QuantScheme.FLOAT))
    stats = stats_without_pictures(graph, FloatNet(graph).wanted, graph.digest)
    plan = build_plan(graph, stats, floating.config, target_named(project.target))
    return floating, Results(graph=graph, stats=stats, plan=plan)
