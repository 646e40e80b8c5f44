"""Effects: noise powers add, gains are those of the float network, parts are told apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rkviz.analyse.metrics import error_sums
from rkviz.calibrate.observers import calibrate
from rkviz.emulate.compiled.float_layers import FloatLayers
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import Programs
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.progress import Cancelled
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.repair.layers import Samples
from rkviz.search.effect import Effects, measure_effects, output_parts
from rkviz.search.judge import emulated
from rkviz.target import target_named
from tests.graphs import Sketch

RV1126 = target_named("rv1126")
U8, I16, FLOAT = QuantScheme.U8, QuantScheme.I16, QuantScheme.FLOAT


def pictures(count: int = 3, shape: tuple[int, ...] = (1, 4, 8, 8)) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(5)
    return [{"x": rng.normal(size=shape).astype(np.float32)} for _ in range(count)]


def samples(shown: list[dict[str, np.ndarray]]) -> Samples:
    return Samples(lambda: iter(shown), len(shown))


def chain(layers: int = 3) -> Graph:
    sketch, last = Sketch(), "x"
    for number in range(layers):
        last = sketch.conv(f"conv{number}", last, seed=number)
    return sketch.graph(last)


def head() -> Graph:
    """Boxes of hundreds beside scores, joined."""
    sketch = Sketch()
    sketch.constants["pixels"] = np.full(1, 320, np.float32)
    sketch.add("boxes", "Mul", sketch.conv("distances", "x"), "pixels")
    sketch.add("scores", "Sigmoid", sketch.conv("logits", "x", seed=1))
    sketch.add("joined", "Concat", "boxes", "scores", shape=(1, 8, 8, 8), axis=1)
    return sketch.graph("joined")


def uniform(graph: Graph, feeds=None) -> dict[QuantScheme, QuantPlan]:
    stats = calibrate(graph, feeds or pictures(), FloatPieces(graph).run, "test")
    return {s: build_plan(graph, stats, HybridConfig(s), RV1126) for s in (U8, I16, FLOAT)}


def effects(graph: Graph, feeds=None) -> Effects:
    feeds = feeds or pictures()
    return measure_effects(uniform(graph, feeds), U8, samples(feeds))


@pytest.mark.parametrize("scheme", [U8, I16, FLOAT])
def test_noise_powers_add_up_to_the_noise_of_the_network(scheme: QuantScheme) -> None:
    graph = chain()
    known = effects(graph)
    plan = uniform(graph)[scheme]
    real, programs = FloatPieces(graph, asked=graph.outputs), Programs()
    noise = 0.0
    for feeds in pictures():
        (values,) = real.run(feeds)
        noise += error_sums(values["conv2"], emulated(plan, feeds, programs)["conv2"]).error_sq
    predicted = sum(float(known.layers[name].at_outputs(scheme).sum()) for name in known.layers)
    # Noises that happen to go together add up to somewhat more or less.
    assert predicted == pytest.approx(noise, rel=0.6)


def test_the_last_layer_passes_its_noise_on_as_it_is() -> None:
    known = effects(chain()).layers["conv2"]
    assert known.gain == pytest.approx([1.0], rel=1e-4)
    assert known.rounding_gain == pytest.approx([1.0], rel=1e-4)


def test_more_bits_disturb_less() -> None:
    known = effects(chain())
    for head in ("conv0", "conv1", "conv2"):
        assert known.effect_db(head, I16) > known.effect_db(head, U8) + 20
        assert known.effect_db(head, FLOAT) > known.effect_db(head, U8) + 20
    ranked = known.ranking(dict.fromkeys(known.layers, U8))
    assert [db for _, db in ranked] == sorted(db for _, db in ranked)


def test_the_gain_is_that_of_the_float_network() -> None:
    """A layer doubled behind conv0 doubles its noise: four times the power."""
    sketch = Sketch()
    sketch.constants["two"] = np.full(1, 2, np.float32)
    sketch.add("twice", "Mul", sketch.conv("conv", "x"), "two")
    assert effects(sketch.graph("twice")).layers["conv"].gain == pytest.approx([4.0], rel=1e-3)


def test_parts_of_a_head_are_told_apart() -> None:
    graph = head()
    assert [part.name for part in output_parts(graph)] == ["boxes", "scores"]
    known = effects(graph)
    boxes, scores = known.layers["boxes"], known.layers["scores"]
    assert boxes.at_outputs(U8)[1] == 0
    assert scores.at_outputs(U8)[0] == 0
    # By whole outputs the scores count nothing, by parts they are all that is wrong.
    assert known.share("scores", U8) < 1e-3 < 0.05 < known.share("scores", U8, by_part=True)
    assert "joined" not in known.layers


def test_pictures_add_up() -> None:
    graph, shown = chain(), pictures(2)
    plans = uniform(graph)
    both = measure_effects(plans, U8, samples(shown))
    single = [measure_effects(plans, U8, samples([picture])) for picture in shown]
    for name, known in both.layers.items():
        parts = [one.layers[name].noise[U8] for one in single]
        assert known.noise[U8] == pytest.approx(sum(parts))
    assert both.reference == pytest.approx(single[0].reference + single[1].reference)


def test_results_stream_and_cancel_keeps_them() -> None:
    seen: list[Effects] = []
    calls = 0

    def stop(done: float, total: float, text: str = "") -> None:
        nonlocal calls
        calls += 1
        if calls > 6:
            raise Cancelled

    graph = chain()
    with pytest.raises(Cancelled):
        measure_effects(uniform(graph), U8, samples(pictures()), stop, found=seen.append)
    assert [known.images for known in seen] == [1]
    assert math.isfinite(seen[0].effect_db("conv0", U8))


def test_float_layers_compute_what_the_whole_network_does() -> None:
    graph = head()
    layers, feeds = FloatLayers(graph), pictures(1)[0]
    values = layers.all(feeds)
    (whole,) = FloatPieces(graph).run(feeds)
    for name in ("boxes", "scores", "joined"):
        np.testing.assert_allclose(values[name], whole[name], rtol=1e-5, atol=1e-5)
    changed = layers.behind(values, {"scores": np.zeros_like(values["scores"])})["joined"]
    np.testing.assert_array_equal(changed[:, 4:], 0)
    np.testing.assert_array_equal(changed[:, :4], values["joined"][:, :4])
