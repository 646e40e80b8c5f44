"""Estimated against published frame rates of whole networks.

    python -m bench.cost

The networks are rebuilt with random weights (bench/networks.py): what they cost depends on shapes
and types alone. No constant belongs to one network.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bench.networks import NETWORKS, SIZES
from rkviz.calibrate.stats import CalibrationStats, TensorStats
from rkviz.emulate.cost import total_cost
from rkviz.graph import open_model
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.target import COST_TARGETS, TARGETS

HELD_OUT = tuple(name for name in NETWORKS if name.endswith("-seg"))
"""Added when the form of the estimate was chosen (docs/decisions/006): what to expect of others."""
CHIPS = ("rv1126", "rv1109", "rk1808")
PUBLISHED: Mapping[str, Sequence[float]] = {
    "mobilenet_v2": (322.3, 212.9, 170.3),
    "resnet50_v2": (36.2, 24.4, 37.1),
    "yolov5n": (53.2, 36.3, 61.2),
    "yolov5s": (20.0, 13.6, 28.2),
    "yolov5s_relu": (29.2, 20.2, 37.2),
    "yolov5m": (8.5, 5.8, 13.3),
    "yolov8n": (35.4, 24.0, 42.3),
    "yolov8s": (13.1, 8.9, 19.1),
    "yolov8m": (5.8, 3.9, 9.1),
    "yolov5n-seg": (42.2, 28.6, 49.6),
    "yolov5s-seg": (14.0, 9.6, 22.5),
    "yolov5m-seg": (6.8, 4.7, 10.8),
    "yolov8n-seg": (27.6, 18.6, 32.9),
    "yolov8s-seg": (9.8, 6.6, 14.6),
    "yolov8m-seg": (4.6, 3.1, 6.9),
    "yolox_s": (15.7, 10.6, 23.0),
    "yolox_m": (6.8, 4.6, 10.7),
}
"""Frames per second by chip, from the model zoo of the vendor: batch 1, u8, network only."""


def plan_of(graph: Graph, scheme: QuantScheme) -> QuantPlan:
    """A plan from made-up ranges: only shapes and types matter here."""
    tensors = {
        name: TensorStats(-1.0, 1.0, 0.0, 1) for node in graph.nodes for name in node.outputs
    }
    stats = CalibrationStats(tensors, 1, "made up")
    return build_plan(graph, stats, HybridConfig(default=scheme), TARGETS["rv1126"])


def macs(graph: Graph) -> float:
    """Multiply-accumulates of all convolutions and fully connected layers."""
    total = 0
    for node in graph.nodes:
        if node.op in ("Conv", "ConvTranspose", "Gemm"):
            positions = graph.shape(node.outputs[0] if node.op == "Conv" else node.inputs[0])[2:]
            total += np.prod(graph.shape(node.inputs[1])) * np.prod(positions)
    return float(total)


def main() -> None:
    """Print size, predicted and published rates of every network, and the mean errors."""
    errors: dict[str, dict[str, float]] = {chip: {} for chip in CHIPS}
    slower: dict[QuantScheme, list[float]] = {QuantScheme.I16: [], QuantScheme.FLOAT: []}
    print("network        params (published)   GMAC (published)   ", end="")
    print("   ".join(f"{chip}: estimate / published" for chip in CHIPS))
    for name, make in NETWORKS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.onnx"
            path.write_bytes(make().SerializeToString())
            graph = open_model(path)
        params = sum(array.size for array in graph.constants.values()) / 1e6
        row = f"{name:14} {params:6.2f} ({SIZES[name][0]:5.1f})        "
        row += f"{macs(graph) / 1e9:6.2f} ({SIZES[name][1]:5.2f})      "
        plan = plan_of(graph, QuantScheme.U8)
        for chip, published in zip(CHIPS, PUBLISHED[name], strict=True):
            estimate = total_cost(plan, COST_TARGETS[chip]).fps
            errors[chip][name] = estimate / published - 1
            row += f"{estimate:10.1f} / {published:5.1f} {errors[chip][name]:+7.1%}   "
        base = total_cost(plan, TARGETS["rv1126"])
        print(f"{row} {base.model_bytes / 1e6:6.2f} MB, "
              f"tensors {base.peak_activation_bytes / 1e6:5.2f} MB")  # fmt: skip
        for scheme, factors in slower.items():
            other = total_cost(plan_of(graph, scheme), TARGETS["rv1126"])
            factors.append(other.milliseconds / base.milliseconds)
    for chip, found in errors.items():
        held = np.abs([found[name] for name in HELD_OUT])
        seen = np.abs([error for name, error in found.items() if name not in HELD_OUT])
        print(
            f"{chip}: mean error {seen.mean():.1%}, largest {seen.max():.1%}; "
            f"-seg networks, looked at last: {held.mean():.1%}, largest {held.max():.1%}"
        )
    for scheme, factors in slower.items():
        print(f"all in {scheme.short}: {np.mean(factors):.1f} x slower than u8 "
              f"({min(factors):.1f} to {max(factors):.1f}), rough")  # fmt: skip


if __name__ == "__main__":
    main()
