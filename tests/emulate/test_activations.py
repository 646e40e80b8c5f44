"""Activations on demand: the numbers of both networks, no more work or memory than asked for."""

import weakref

import numpy as np
import pytest

from rkviz.emulate.activations import activations
from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import as_real, run_plan
from rkviz.errors import ModelError
from rkviz.numerics import QuantScheme
from rkviz.numerics.arithmetic import quantize
from rkviz.progress import Cancelled
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

FEEDS = {"x": np.random.default_rng(0).uniform(-1, 1, (1, 4, 8, 8)).astype(np.float32)}


def plan(of_a: QuantScheme | None = QuantScheme.I16) -> QuantPlan:
    """x -> a (in a type of its own) -> b + relu -> c, and d beside b."""
    sketch = Sketch()
    sketch.conv("a", "x", 1)
    sketch.add("b.relu", "Relu", sketch.conv("b", "a", 2))
    sketch.conv("c", "b.relu", 3)
    sketch.conv("d", "a", 4)
    graph = sketch.graph("c", "d")
    config = HybridConfig().with_scheme(["a"], of_a)
    return build_plan(graph, stats_of(graph), config, target_named("rv1126"))


def test_they_are_those_of_the_float_and_of_the_emulated_network() -> None:
    whole = plan()
    codes, floats = run_plan(whole, FEEDS), FloatNet(whole.graph).run(FEEDS)
    got = dict(activations(whole, FEEDS))
    assert list(got) == ["x", "a", "b", "b.relu", "c", "d"]
    for name, activation in got.items():
        tensor = whole.value_tensor[name]
        np.testing.assert_array_equal(activation.real, floats[name])
        np.testing.assert_array_equal(activation.codes, codes[tensor])
        np.testing.assert_array_equal(activation.emulated, as_real(whole, tensor, codes[tensor]))
        assert activation.params == whole.tensors[tensor].params


def test_a_layer_alone_gets_float_tensors_in_its_own_type() -> None:
    whole = plan()
    alone = dict(activations(whole, FEEDS, ["x", "c", "d"], alone=True))
    floats = FloatNet(whole.graph).run(FEEDS)
    given = {"b.relu": quantize(floats["b.relu"], whole.tensors["b.relu"].params)}
    expected = Programs().run_step(whole, whole.step_of["c"], given)["c"]
    np.testing.assert_array_equal(alone["c"].codes, expected)
    np.testing.assert_array_equal(alone["x"].codes, quantize(FEEDS["x"], whole.tensors["x"].params))


@pytest.mark.parametrize("alone", [False, True])
def test_only_what_leads_to_the_asked_values_runs(alone: bool) -> None:
    layers: list[str] = []

    def note(done: float, total: float, text: str = "") -> None:
        layers.append(text)
        assert done < total

    assert dict(activations(plan(), FEEDS, ["c"], alone, progress=note)).keys() == {"c"}
    assert "d" not in layers
    assert ("a" in layers) is not alone


@pytest.mark.parametrize("alone", [False, True])
def test_pieces_of_the_float_network_make_no_difference(alone: bool) -> None:
    whole = plan()
    small = FloatPieces(whole.graph, piece_bytes=1)
    assert len(small.pieces) > 4
    in_pieces = dict(activations(whole, FEEDS, None, alone, small, Programs()))
    for name, at_once in activations(whole, FEEDS, None, alone):
        np.testing.assert_array_equal(in_pieces[name].codes, at_once.codes)
        np.testing.assert_array_equal(in_pieces[name].real, at_once.real)


def test_a_loop_holds_no_more_than_is_still_read() -> None:
    whole = plan(None)
    seen: dict[str, weakref.ref[np.ndarray]] = {}
    for name, activation in activations(whole, FEEDS, net=FloatPieces(whole.graph, 1)):
        if name == "c":
            assert seen["a"]() is not None  # d reads it
            assert seen["x"]() is None
        seen[name] = weakref.ref(activation.codes)
        del activation


def test_unknown_names_and_cancelling() -> None:
    with pytest.raises(ModelError, match="no such values") as caught:
        activations(plan(), FEEDS, ["b.rely", "c"])
    assert "b.relu" in str(caught.value)

    def cancel(done: float, total: float, text: str = "") -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        dict(activations(plan(), FEEDS, progress=cancel))
