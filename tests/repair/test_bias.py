"""Bias correction: the mean output of a quantized layer becomes that of the float one."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import as_real
from rkviz.numerics import QuantScheme
from rkviz.numerics.arithmetic import dequantize
from rkviz.progress import Cancelled, silent
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.corrected import Corrected
from rkviz.quantize.plan import QuantPlan
from rkviz.repair import walk
from rkviz.repair.bias import analytic_biases
from rkviz.repair.choice import BiasCorrection, Repairs
from rkviz.repair.layers import Samples, patch_means, patch_sums, weighted_layers
from rkviz.repair.layerwise import repair_in_order
from rkviz.search.judge import Judge
from rkviz.search.trials import output_errors
from tests import models
from tests.repair.networks import TARGET, Calibrated, calibrated

U8 = QuantScheme.U8
SEQUENTIAL = Repairs(bias=BiasCorrection.SEQUENTIAL)


@pytest.fixture
def net(tmp_path: Path) -> Calibrated:
    return calibrated(models.imbalanced_net(), tmp_path)


def plan_of(net: Calibrated, biases: Mapping[str, np.ndarray] | None = None) -> QuantPlan:
    corrected = {name: Corrected(U8, bias=bias) for name, bias in (biases or {}).items()}
    return build_plan(net.graph, net.stats, HybridConfig(), TARGET, corrected)


def sequential_biases(plan: QuantPlan, layers, means, samples: Samples, progress=silent):
    made = repair_in_order(plan, layers, means, samples, SEQUENTIAL, U8, progress)
    return {name: own.bias for name, own in made.items()}


def test_analytic_is_the_mean_input_times_the_error_of_the_weights(net: Calibrated) -> None:
    layers, plan = weighted_layers(net.graph), plan_of(net)
    means = patch_means(net.graph, layers, net.samples)
    made = analytic_biases(plan, layers, means)
    layer = layers["one_pw"]
    held = plan.tensors["one_pw:weight"]
    error = dequantize(held.codes, held.params) - layer.weight
    wanted = layer.bias - np.einsum("ocij,c->o", error, means["one_pw"][0])
    np.testing.assert_allclose(made["one_pw"], wanted, rtol=1e-5, atol=1e-6)
    assert made.keys() == layers.keys()


def test_sequential_gives_every_layer_the_mean_of_the_float_one(net: Calibrated) -> None:
    """Of what the layer sums up, before its relu; to half a step of the bias."""
    layers = weighted_layers(net.graph)
    means = patch_means(net.graph, layers, net.samples)
    plan = plan_of(net, sequential_biases(plan_of(net), layers, means, net.samples))
    programs = Programs()
    runs = [programs.run_plan(plan, feeds) for feeds in net.samples.open()]
    for name, layer in layers.items():
        x, w, b = plan.step_of[name].inputs
        out = plan.tensors[plan.step_of[name].outputs[0]].shape
        sums = [patch_sums(layer, as_real(plan, x, codes[x]), out) for codes in runs]
        seen = sum(total for total, _ in sums) / sum(count for _, count in sums)
        held = {
            key: dequantize(plan.tensors[key].codes, plan.tensors[key].params) for key in (w, b)
        }
        mean = replace(layer, weight=held[w]).matrices @ seen[:, :, None]
        wanted = layer.matrices @ means[name][:, :, None]
        np.testing.assert_allclose(
            mean.reshape(-1) + held[b], wanted.reshape(-1) + layer.bias,
            atol=plan.tensors[b].params.scale + 1e-4,
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("activation", ["relu6", "relu"])
def test_sequential_never_diverges(activation: str, seed: int, tmp_path: Path) -> None:
    net = calibrated(models.imbalanced_net(activation, seed), tmp_path)
    layers = weighted_layers(net.graph)
    means = patch_means(net.graph, layers, net.samples)
    judge = Judge(net.graph, net.judging)
    before = output_errors(plan_of(net), judge).snr_db
    made = sequential_biases(plan_of(net), layers, means, net.samples)
    assert output_errors(plan_of(net, made), judge).snr_db > before - 0.5


def test_few_pictures_are_used_where_memory_is_short(
    net: Calibrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = weighted_layers(net.graph)
    means = patch_means(net.graph, layers, net.samples)
    monkeypatch.setattr(walk, "_HELD_BYTES", 1)
    opened: list[int] = []

    def counted():
        for number, feeds in enumerate(net.samples.open()):
            opened.append(number)
            yield feeds

    sequential_biases(plan_of(net), layers, means, Samples(counted, net.samples.count))
    assert opened == [0]


def test_layers_in_float_keep_their_bias(net: Calibrated) -> None:
    layers = weighted_layers(net.graph)
    means = patch_means(net.graph, layers, net.samples)
    config = HybridConfig().with_scheme(["one_pw", "one_pw_relu6"], QuantScheme.FLOAT)
    plan = build_plan(net.graph, net.stats, config, TARGET)
    assert "one_pw" not in sequential_biases(plan, layers, means, net.samples)


def test_the_walk_can_be_cancelled(net: Calibrated) -> None:
    layers = weighted_layers(net.graph)
    means = patch_means(net.graph, layers, net.samples)
    told: list[float] = []

    def stop(done: float, total: float, text: str = "") -> None:
        told.append(done)
        if len(told) > 20:
            raise Cancelled

    with pytest.raises(Cancelled):
        sequential_biases(plan_of(net), layers, means, net.samples, stop)
    assert told == sorted(told)
