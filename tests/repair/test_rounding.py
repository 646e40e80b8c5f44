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
from rkviz.repair import babai, rounding
from rkviz.repair.babai import factorized, loss, round_by_hessian, rounded
from rkviz.repair.layers import Weighted, patches, weighted_layers
from rkviz.repair.rounding import can_round, gather_moments, round_weights
from tests import models
from tests.repair.networks import calibrated

U8, I8 = QuantScheme.U8, QuantScheme.I8


def roundable(graph: Graph, scheme: QuantScheme) -> list[Weighted]:
    return [layer for layer in weighted_layers(graph).values() if can_round(layer, scheme)]


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


@pytest.mark.parametrize("scheme", [U8, I8])
def test_quantizing_rounded_weights_again_gives_their_codes(
    scheme: QuantScheme, tmp_path: Path
) -> None:
    net = calibrated(models.imbalanced_net(), tmp_path)
    layers = roundable(net.graph, scheme)
    for layer, moments in gather_moments(net.graph, layers, net.samples):
        made = round_weights(layer, moments, scheme, about_mean=False)
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
    net = calibrated(build(), tmp_path)
    layers = roundable(net.graph, U8)
    float_net = FloatNet(net.graph)
    for layer, moments in gather_moments(net.graph, layers, net.samples):
        plain = rounded(layer.matrices, params_from_range(U8, *span(layer.matrices)))
        made = replace(layer, weight=round_weights(layer, moments, U8, False)).matrices
        errors = {"plain": 0.0, "made": 0.0}
        for feeds in net.samples.open():
            x = {**feeds, **float_net.run(feeds)}[layer.source]
            columns = patches(layer, np.asarray(x, np.float32), 1 << 20)
            for name, weights in (("plain", plain), ("made", made)):
                errors[name] += float((((weights - layer.matrices) @ columns) ** 2).sum())
        assert errors["made"] <= errors["plain"]


def span(matrices: np.ndarray) -> tuple[float, float]:
    return min(matrices.min(), 0.0), max(matrices.max(), 0.0)


def test_what_is_held_at_once_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = calibrated(models.imbalanced_net(), tmp_path)
    layers = roundable(net.graph, U8)
    together = {layer.name: m.second for layer, m in gather_moments(net.graph, layers, net.samples)}
    monkeypatch.setattr(rounding, "_MOMENT_BYTES", 1)
    apart = {layer.name: m.second for layer, m in gather_moments(net.graph, layers, net.samples)}
    assert together.keys() == apart.keys()
    for name, second in together.items():
        np.testing.assert_allclose(second, apart[name])


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
