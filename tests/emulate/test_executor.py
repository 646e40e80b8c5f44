"""The executor runs steps with the reference kernels and tells how full accumulators become."""

import numpy as np
import pytest

from rkviz.emulate.executor import run_plan, run_step
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan, Step
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

FEEDS = {"x": np.random.default_rng(0).uniform(-1, 1, (1, 4, 8, 8)).astype(np.float32)}


def plan_in(scheme: QuantScheme, bias: float = 0.0) -> QuantPlan:
    sketch = Sketch()
    sketch.conv("conv", "x")
    sketch.constants["conv.b"][1] = bias
    sketch.add("pool", "GlobalMaxPool", "conv", shape=(1, 4, 1, 1))
    graph = sketch.graph("pool")
    return build_plan(graph, stats_of(graph), HybridConfig(scheme), target_named("rv1126"))


def fillings(plan: QuantPlan) -> dict[str, float]:
    """Step -> how full its accumulator became, of those that have one."""
    seen: dict[str, float] = {}

    def observe(step: Step, filling: float) -> None:
        seen[step.name] = filling

    codes: dict[str, np.ndarray] = dict(FEEDS)
    for step in plan.steps:
        codes.update(run_step(plan, step, codes, observe))
    unobserved = run_plan(plan, FEEDS)
    assert all(np.array_equal(codes[name], unobserved[name]) for name in unobserved)
    return seen


@pytest.mark.parametrize("scheme", QuantScheme, ids=lambda scheme: scheme.short)
def test_the_observer_is_told_of_every_accumulator(scheme: QuantScheme) -> None:
    assert set(fillings(plan_in(scheme))) == {"conv"}


def test_a_bias_that_fills_the_accumulator_is_noticed() -> None:
    assert fillings(plan_in(QuantScheme.U8))["conv"] < 2**-10
    plan = plan_in(QuantScheme.U8)
    unit = plan.tensors["conv:bias"].params.scale
    assert fillings(plan_in(QuantScheme.U8, bias=2.0**30 * unit))["conv"] == pytest.approx(
        0.5, rel=1e-4
    )
    assert fillings(plan_in(QuantScheme.FLOAT, bias=2.0**30))["conv"] == 0
