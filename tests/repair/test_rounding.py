"""Second-order rounding: on the grid, and the layer's output nearer than with nearest codes."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.graph.model import Graph
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.numerics.arithmetic import quantize
from rkviz.progress import Cancelled
from rkviz.quantize.weights import weight_tensor
from rkviz.repair import babai
from rkviz.repair.babai import factorized, loss, round_by_hessian, rounded, solved
from rkviz.repair.layers import Weighted, patches, weighted_layers
from rkviz.repair.rounding import Moments, can_round, moments_of, round_weights
from tests import models
from tests.repair.networks import Calibrated, calibrated

U8, I8 = QuantScheme.U8, QuantScheme.I8


def roundable(graph: Graph, scheme: QuantScheme) -> list[Weighted]:
    return [layer for layer in weighted_layers(graph).values() if can_round(layer, scheme)]


def seen(net: Calibrated, layer: Weighted) -> list[tuple[np.ndarray, np.ndarray]]:
    """The patches of every picture in float, and smaller ones on a grid in place of codes."""
    float_net, pairs = FloatNet(net.graph), []
    for feeds in net.samples.open():
        x = np.asarray({**feeds, **float_net.run(feeds)}[layer.source], np.float32)
        held = np.rint(x * np.float32(7)) / np.float32(8)
        pairs.append((patches(layer, x, 1 << 20), patches(layer, held, 1 << 20)))
    return pairs


def problem(seed: int, groups: int, rows: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights and the second moments of strongly related inputs."""
    random = np.random.default_rng(seed)
    mixed = random.normal(size=(groups, size, size)) + 1.0
    return random.normal(size=(groups, rows, size)), mixed @ mixed.swapaxes(1, 2)


@given(st.integers(0, 200), st.sampled_from([(1, 3, 5), (4, 1, 9), (1, 2, 130), (2, 3, 7)]))
def test_the_error_is_bounded_by_half_a_step_along_every_axis(
    seed: int, shape: tuple[int, int, int]
) -> None:
    """|L' e|^2 <= sum of (L_jj step / 2)^2 for every row, the promise of the nearest plane."""
    weights, second = problem(seed, *shape)
    params = QuantParams.fixed_point(QuantScheme.I16, 6)
    factor = factorized(second)
    made = round_by_hessian(weights, factor, params)
    codes = made / params.scale
    np.testing.assert_array_equal(codes, np.rint(codes))
    diagonal = np.einsum("gii->gi", factor.lower)
    most = shape[1] * (diagonal**2).sum() * params.scale**2 / 4
    assert loss(weights, second, made) <= most * (1 + 1e-9)


def test_related_inputs_gain_much() -> None:
    weights, second = problem(7, 1, 50, 40)
    params = params_from_range(U8, weights.min(), weights.max())
    made = round_by_hessian(weights, factorized(second), params)
    assert loss(weights, second, made) < 0.5 * loss(weights, second, rounded(weights, params))


def test_independent_inputs_are_rounded_to_the_nearest_code() -> None:
    weights, _ = problem(1, 2, 3, 6)
    params = params_from_range(U8, weights.min(), weights.max())
    diagonal = np.eye(6) * np.arange(1, 7)
    made = round_by_hessian(weights, factorized(np.stack([diagonal] * 2)), params)
    np.testing.assert_array_equal(made, rounded(weights, params))


def test_two_related_inputs_get_the_best_of_all_codes() -> None:
    second = np.array([[[1.0, 0.9], [0.9, 1.0]]])
    params = QuantParams.fixed_point(I8, 0)
    weights = np.array([[[0.4, 0.4]]])
    made = round_by_hessian(weights, factorized(second), params)
    best = min(
        (np.array([[pair]], float) for pair in product((-1, 0, 1, 2), repeat=2)),
        key=lambda q: loss(weights, second, q),
    )
    assert loss(weights, second, made) == pytest.approx(loss(weights, second, best))


def test_inputs_that_never_come_leave_their_weights_at_the_nearest_code() -> None:
    weights, second = problem(5, 1, 4, 6)
    second[:, 2, :] = second[:, :, 2] = 0
    params = params_from_range(U8, weights.min(), weights.max())
    made = round_by_hessian(weights, factorized(second), params)
    np.testing.assert_array_equal(made[:, :, 2], rounded(weights, params)[:, :, 2])


def test_large_matrices_are_decomposed_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    _, second = problem(3, 1, 1, 100)
    whole = factorized(second).lower
    monkeypatch.setattr(babai, "_AT_ONCE", 30)
    np.testing.assert_allclose(factorized(second).lower, whole, atol=1e-8)


@pytest.mark.parametrize("at_once", [1000, 30])
def test_equations_are_solved_at_once_or_in_blocks(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights, second = problem(4, 2, 3, 100)
    monkeypatch.setattr(babai, "_AT_ONCE", at_once)
    mean = np.trace(second, axis1=1, axis2=2)[:, None, None] / 100
    damped = second + 0.5 * mean * np.eye(100)
    made = solved(second, weights, 0.5)
    np.testing.assert_allclose(made @ damped, weights, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("scheme", [U8, I8])
def test_quantizing_rounded_weights_again_gives_their_codes(
    scheme: QuantScheme, tmp_path: Path
) -> None:
    net = calibrated(models.imbalanced_net(), tmp_path)
    layers = roundable(net.graph, scheme)
    for layer in layers:
        made = round_weights(layer, moments_of(seen(net, layer), about_mean=False), scheme)
        tensor = weight_tensor("w", made, scheme)
        again = weight_tensor("w", tensor_values(tensor), scheme)
        np.testing.assert_array_equal(tensor.codes, again.codes)
        np.testing.assert_array_equal(tensor.codes, quantize(made, tensor.params))
        np.testing.assert_allclose(tensor_values(tensor), made, rtol=1e-6, atol=1e-9)


def tensor_values(tensor) -> np.ndarray:
    steps = tensor.codes.astype(np.float64) - tensor.params.zero_point
    return (steps * tensor.params.scale).astype(np.float32)


@pytest.mark.parametrize("build", [models.imbalanced_net, models.swish_net, models.classifier])
def test_every_layer_gives_outputs_nearer_to_the_float_ones(build, tmp_path: Path) -> None:
    """On what it really gets, and so the error it inherits falls too."""
    net = calibrated(build(), tmp_path)
    for layer in roundable(net.graph, U8):
        pairs = seen(net, layer)
        weights = {
            "own": layer.matrices,
            "plain": rounded(layer.matrices, params_from_range(U8, *span(layer.matrices))),
            "made": replace(
                layer, weight=round_weights(layer, moments_of(pairs, False), U8)
            ).matrices,
        }
        errors = {
            name: sum(float(((w @ held - layer.matrices @ x) ** 2).sum()) for x, held in pairs)
            for name, w in weights.items()
        }
        assert errors["made"] <= errors["plain"] * (1 + 1e-6)
        assert errors["made"] < errors["own"]


def test_about_the_mean_only_what_varies_counts() -> None:
    """A bias takes the rest: patches shifted by any constant round to the same weights."""
    random = np.random.default_rng(1)
    x = random.normal(size=(1, 5, 400)).astype(np.float32)
    held = x + random.normal(size=x.shape).astype(np.float32) / 10
    shift = np.arange(5, dtype=np.float32)[:, None]
    one, other = moments_of([(x, held)], True), moments_of([(x - shift, held + shift)], True)
    np.testing.assert_allclose(one.second, other.second, atol=1e-4)
    np.testing.assert_allclose(one.missing, other.missing, atol=1e-4)
    assert abs(moments_of([(x - shift, held + shift)], False).missing).max() > 1


def test_inputs_that_lack_nothing_leave_the_float_weights_wanted(tmp_path: Path) -> None:
    net = calibrated(models.chain(), tmp_path)
    layer = roundable(net.graph, U8)[0]
    same = [(x, x) for x, _ in seen(net, layer)]
    moments = moments_of(same, False)
    assert not moments.missing.any()
    made = round_weights(layer, moments, U8)
    silent = Moments(moments.second, np.zeros_like(moments.missing))
    np.testing.assert_array_equal(made, round_weights(layer, silent, U8))


def span(matrices: np.ndarray) -> tuple[float, float]:
    return min(matrices.min(), 0.0), max(matrices.max(), 0.0)


def test_only_8_bit_weights_of_plain_layers_are_rounded(tmp_path: Path) -> None:
    net = calibrated(models.chain(), tmp_path, pictures=1)
    layers = roundable(net.graph, U8)
    assert [layer.name for layer in layers] == ["conv1", "conv2", "conv3"]
    assert not any(can_round(layer, QuantScheme.I16) for layer in layers)
    assert not any(can_round(layer, QuantScheme.FLOAT) for layer in layers)


def test_rounding_can_be_cancelled_between_columns() -> None:
    weights, second = problem(2, 1, 2, 200)

    def stop(done: float, total: float, text: str = "") -> None:
        if done > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        round_by_hessian(weights, factorized(second), QuantParams.affine(0.1, 100), stop)
