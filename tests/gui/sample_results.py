"""A believable Results for a dozen layers, built by hand: nothing is run to get it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from rkviz.analyse.metrics import ErrorSums
from rkviz.analyse.report import AnalysisReport, LayerError
from rkviz.calibrate.stats import CalibrationStats, TensorStats
from rkviz.graph.model import Attr, Graph, Node, Value
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.params import params_from_range
from rkviz.project import Project
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan, Reason, Step, TensorPlan
from rkviz.results import Results
from rkviz.target import TARGETS, Engine

IMAGES = ("street.jpg", "harbour.jpg")

# layer, operator, output shape, low, high, own cosine (None: no own error), accumulated cosine
_LAYERS: tuple[tuple[str, str, tuple[int, ...], float, float, float | None, float], ...] = (
    ("images", "Input", (1, 3, 64, 64), 0.0, 1.0, 0.999996, 0.999996),
    ("stem", "Conv", (1, 16, 32, 32), -3.2, 4.1, 0.99994, 0.99994),
    ("stem_act", "Relu", (1, 16, 32, 32), 0.0, 4.1, 0.99994, 0.99994),
    ("pool", "MaxPool", (1, 16, 16, 16), 0.0, 4.1, None, 0.99991),
    ("body1", "Conv", (1, 16, 16, 16), -9.6, 88.0, 0.9571, 0.9566),
    ("body1_act", "Relu6", (1, 16, 16, 16), 0.0, 6.0, 0.9571, 0.9566),
    ("body2", "Conv", (1, 16, 16, 16), -2.0, 2.4, 0.9988, 0.9723),
    ("join", "Add", (1, 16, 16, 16), -2.0, 6.1, 0.9991, 0.9801),
    ("join_act", "Relu", (1, 16, 16, 16), 0.0, 6.1, 0.9991, 0.9801),
    ("boxes", "Conv", (1, 4, 16, 16), 0.0, 320.0, 0.99996, 0.9934),
    ("scores", "Conv", (1, 4, 16, 16), -9.0, 5.0, 0.9979, 0.9612),
    ("sigmoid", "Sigmoid", (1, 4, 16, 16), 0.0, 320.0, 0.412, 0.4018),
    ("head", "Concat", (1, 8, 16, 16), 0.0, 320.0, None, 0.99984),
    ("empty", "Mul", (1, 8, 16, 16), 0.0, 0.0, math.nan, math.nan),
    ("nms", "NonMaxSuppression", (1, 100, 7), 0.0, 0.0, None, 0.0),
)
_INPUTS = {
    "stem": ("images", "stem.weight", "stem.bias"),
    "stem_act": ("stem",),
    "pool": ("stem_act",),
    "body1": ("pool", "body1.weight", "body1.bias"),
    "body1_act": ("body1",),
    "body2": ("body1_act", "body2.weight", "body2.bias"),
    "join": ("body2", "pool"),
    "join_act": ("join",),
    "boxes": ("join_act", "boxes.weight", "boxes.bias"),
    "scores": ("join_act", "scores.weight", "scores.bias"),
    "sigmoid": ("scores",),
    "head": ("boxes", "sigmoid"),
    "empty": ("head", "empty.factor"),
    "nms": ("head",),
}
_ATTRS: dict[str, dict[str, Attr]] = {
    "stem": {"kernel_shape": (3, 3), "strides": (2, 2), "pads": (1, 1, 1, 1), "group": 1},
    "pool": {"kernel_shape": (2, 2), "strides": (2, 2), "pads": (0, 0, 0, 0)},
    "body1": {"kernel_shape": (3, 3), "strides": (1, 1), "pads": (1, 1, 1, 1), "group": 16},
    "body2": {"kernel_shape": (1, 1), "strides": (1, 1), "pads": (0, 0, 0, 0), "group": 1},
    "boxes": {"kernel_shape": (1, 1), "strides": (1, 1), "pads": (0, 0, 0, 0), "group": 1},
    "scores": {"kernel_shape": (1, 1), "strides": (1, 1), "pads": (0, 0, 0, 0), "group": 1},
    "head": {"axis": 1},
}
_WEIGHTS = {"stem": (16, 3, 3, 3), "body1": (16, 1, 3, 3), "body2": (16, 16, 1, 1)} | dict.fromkeys(
    ("boxes", "scores"), (4, 16, 1, 1)
)
_REASONS = {
    "stem": (Reason.ACTIVATION, "stem_act"),
    "pool": (Reason.COPIED, "stem"),
    "body1_act": (Reason.RELU6, ""),
    "scores": (Reason.SIGMOID, "sigmoid"),
    "boxes": (Reason.CONCAT, "head"),
    "sigmoid": (Reason.CONCAT, "head"),
    "head": (Reason.CONCAT, "head"),
}
SKIPPED = {"nms": "The RV1126 has no operator NonMaxSuppression; cut the network in front of it."}


def sample_graph() -> Graph:
    """Stem, a residual block, a detection head whose boxes drown the scores, one unknown op."""
    generator = np.random.default_rng(3)
    constants = {"empty.factor": np.zeros(1, np.float32)}
    for name, shape in _WEIGHTS.items():
        constants[f"{name}.weight"] = generator.normal(size=shape).astype(np.float32)
        constants[f"{name}.bias"] = generator.normal(size=shape[0]).astype(np.float32)
    nodes = tuple(
        Node(
            name,
            op,
            _INPUTS.get(name, ()),
            (name,),
            _ATTRS.get(name, {}),
            (f"/model/{name}/{op}",) if op != "Conv" else (f"/model/{name}/{op}", f"{name}_bn"),
        )
        for name, op, *_ in _LAYERS
    )
    values = {name: Value(name, shape) for name, _, shape, *_ in _LAYERS}
    return Graph("detector", nodes, values, constants, ("images",), ("head", "empty"))


def sample_project(folder: Path = Path("/nowhere"), **changes: object) -> Project:
    project = Project(folder / "detector.onnx", (folder / "dataset.txt",))
    return replace(project, **changes)  # type: ignore[arg-type]


def sample_results(project: Project | None = None, graph: Graph | None = None) -> Results:
    """Results that are those of `project` (not stale); a float or i16 layer has less error."""
    project = project or sample_project()
    graph = graph or sample_graph()
    plan = _plan(graph, project.config)
    stats = {
        name: TensorStats(low, high, (low + high) * 50, 100)
        for name, _, _, low, high, *_ in _LAYERS
    }
    return Results(
        graph=graph,
        stats=CalibrationStats(stats, 8, "by hand"),
        plan=plan,
        report=_report(plan),
    )


def _plan(graph: Graph, config: HybridConfig) -> QuantPlan:
    scheme = {
        node.name: config.for_layer(graph.head(node.name)).scheme or config.default
        for node in graph.nodes
    }
    tensors: dict[str, TensorPlan] = {}
    for name, _, shape, low, high, *_ in _LAYERS:
        chosen = config.for_layer(name).range
        reason, because = _REASONS.get(name, (Reason.MEASURED, ""))
        if not scheme[name].is_quantized:
            reason, because, low, high = Reason.FLOAT, "", 0.0, 0.0
        elif chosen is not None:
            (low, high), reason, because = chosen, Reason.EXPLICIT_RANGE, ""
        family = ("boxes", "sigmoid", "head") if reason is Reason.CONCAT else ()
        tensors[name] = TensorPlan(
            name,
            name,
            params_from_range(scheme[name], low, high),
            shape,
            low,
            high,
            reason,
            because,
            tuple(other for other in family if other != name),
        )
    for name in _WEIGHTS:
        tensors |= _weights(graph, name, scheme[name], tensors)
    factor = graph.constants["empty.factor"].shape
    tensors["empty.factor"] = TensorPlan(
        "empty.factor",
        "",
        params_from_range(scheme["empty"], 0.0, 0.0),
        factor,
        reason=Reason.WEIGHTS,
    )
    steps = tuple(_steps(graph))
    return QuantPlan(
        graph,
        steps,
        tensors,
        {name: name for name in graph.values},
        scheme,
        {8: 32, 16: 48},
        SKIPPED,
    )


def _weights(
    graph: Graph, name: str, scheme: QuantScheme, tensors: dict[str, TensorPlan]
) -> dict[str, TensorPlan]:
    array = graph.constants[f"{name}.weight"].astype(np.float64)
    low, high = float(array.min()), float(array.max())
    params = params_from_range(scheme, low, high)
    source = tensors[_INPUTS[name][0]].params
    bias = QuantParams(scheme, source.scale * params.scale, 0)
    return {
        f"{name}.weight": TensorPlan(
            f"{name}.weight", "", params, array.shape, low, high, Reason.WEIGHTS
        ),
        f"{name}.bias": TensorPlan(f"{name}.bias", "", bias, (array.shape[0],), reason=Reason.BIAS),
    }


def _steps(graph: Graph):
    for head in graph.heads:
        node = graph.by_name[head]
        if head in SKIPPED:
            continue
        last = graph.members[head][-1]
        engine = TARGETS["rv1126"].engines.get(node.op, Engine.CPU)
        activation = graph.by_name[last].op if last != head else ""
        yield Step(
            head,
            node.op,
            engine,
            node.inputs,
            (last,),
            graph.members[head],
            node.attrs,
            activation,
            "Mul by a constant runs on the shader, one after another." if node.op == "Mul" else "",
        )


def _report(plan: QuantPlan) -> AnalysisReport:
    better = {QuantScheme.U8: 1.0, QuantScheme.I8: 1.4, QuantScheme.I16: 1e-3}
    layers: dict[str, LayerError] = {}
    for name, _, shape, _, high, own, accumulated in _LAYERS:
        if name in SKIPPED:
            continue
        share = better.get(plan.scheme[name], 1e-4)
        count = int(np.prod(shape))
        layers[name] = LayerError(
            tuple(_sums(own, share * (1 + i / 8), count, high) for i in range(len(IMAGES))),
            tuple(_sums(accumulated, share * (1 + i / 8), count, high) for i in range(len(IMAGES))),
        )
    return AnalysisReport(
        layers,
        IMAGES,
        ("head", "empty"),
        "by hand",
        ("empty runs on the shader.",),
    )


def _sums(cosine: float | None, share: float, count: int, high: float) -> ErrorSums:
    """Sums with this cosine, its distance from 1 times `share`, for a tensor of energy `count`."""
    if cosine is None:
        return ErrorSums()
    if math.isnan(cosine):
        return ErrorSums(count, 0.0, float(count), 0.0, float(count), 1.0)
    distance = min(1.0, (1.0 - cosine) * share)
    return ErrorSums(
        count,
        float(count),
        float(count),
        count * (1.0 - distance),
        2.0 * count * distance,
        math.sqrt(distance) * max(high, 1.0) / 4,
        int(count * distance / 10),
    )
