"""Slices of an output: which parts there are, and that they add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.analyse.analysis import CodeCache, analyse
from rkviz.analyse.metrics import ErrorSums, error_sums
from rkviz.analyse.slices import MOST_SLICES, Slice, output_slices, slice_sums
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of


def yolo() -> Sketch:
    """Two scales of boxes and scores: joined by channel, flattened, joined by place, turned."""
    sketch = Sketch()
    flat = []
    sketch.constants["sizes"] = np.array([1, 8, 64])
    for scale in ("a", "b"):
        sketch.conv(f"boxes_{scale}", "x")
        sketch.conv(f"scores_{scale}", "x", seed=1)
        pair = (f"boxes_{scale}", f"scores_{scale}")
        sketch.add(f"pair_{scale}", "Concat", *pair, shape=(1, 8, 8, 8), axis=1)
        flat.append(f"flat_{scale}")
        sketch.add(flat[-1], "Reshape", f"pair_{scale}", "sizes", shape=(1, 8, 64))
    sketch.add("all", "Concat", *flat, shape=(1, 8, 128), axis=2)
    sketch.add("turned", "Transpose", "all", shape=(1, 128, 8), perm=(0, 2, 1))
    return sketch


def test_parts_are_followed_through_moves() -> None:
    found = {part.name: part.bounds for part in output_slices(yolo().graph("turned"), "turned")}
    assert found == {
        "boxes_a": ((0, 1), (0, 64), (0, 4)),
        "scores_a": ((0, 1), (0, 64), (4, 8)),
        "boxes_b": ((0, 1), (64, 128), (0, 4)),
        "scores_b": ((0, 1), (64, 128), (4, 8)),
    }


def test_an_output_in_one_piece_is_cut_into_channels() -> None:
    sketch = Sketch()
    parts = output_slices(sketch.graph(sketch.conv("map", "x")), "map")
    assert [part.name for part in parts] == [f"channel {i}" for i in range(4)]
    assert parts[2].bounds == ((0, 1), (2, 3), (0, 8), (0, 8))


def test_places_by_channels_are_cut_into_channels() -> None:
    sketch = Sketch((1, 400, 4))
    parts = output_slices(sketch.graph(sketch.add("y", "Relu", "x")), "y")
    assert [part.bounds for part in parts] == [
        ((0, 1), (0, 400), (index, index + 1)) for index in range(4)
    ]


@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((1, 1, 48, 48), None),  # a plane of scores has no channels
        ((1, 1, 100, 7), 3),  # rows of a table
        ((1, 16, 16, 6), 3),  # places before channels
        ((1, 16, 16, 16), 1),
        ((1, 6, 16, 16), 1),
    ],
)
def test_channels_are_where_the_shape_has_them(shape: tuple[int, ...], axis: int | None) -> None:
    sketch = Sketch(shape)
    parts = output_slices(sketch.graph(sketch.add("y", "Relu", "x")), "y")
    cut = {i for part in parts for i, size in enumerate(shape) if part.bounds[i] != (0, size)}
    assert cut == ({axis} if axis is not None else set())
    assert len(parts) == (shape[axis] if axis is not None else 0)


@pytest.mark.parametrize(
    ("shape", "axis"),
    [((1, 3, 8, 8, 6), 4), ((1, 3, 6, 8, 8), 2), ((1, 3, 8, 10, 6), 4), ((1, 3, 6, 8, 10), 2)],
)
def test_channels_of_anchors_are_told_apart(shape: tuple[int, ...], axis: int) -> None:
    sketch = Sketch(shape)
    parts = output_slices(sketch.graph(sketch.add("y", "Relu", "x")), "y")
    assert [part.name for part in parts] == [
        f"anchor {anchor}, channel {channel}" for anchor in range(3) for channel in range(6)
    ]
    assert (parts[8].bounds[1], parts[8].bounds[axis]) == ((1, 2), (2, 3))
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    found = slice_sums(parts, array, array)
    assert sum(entry.sums.count for entry in found) == array.size
    assert found[8].real == (array.take(2, axis)[:, 1].min(), array.take(2, axis)[:, 1].max())


def test_levels_that_hold_all_channels_are_followed_by_the_channels() -> None:
    sketch = Sketch()
    sketch.constants["sizes"] = np.array([1, 4, 64])
    for level in "ab":
        sketch.conv(f"level_{level}", "x", seed=ord(level))
        shape = (1, 4, 64)
        sketch.add(f"flat_{level}", "Reshape", f"level_{level}", "sizes", shape=shape)
    sketch.add("all", "Concat", "flat_a", "flat_b", shape=(1, 4, 128), axis=2)
    parts = output_slices(sketch.graph("all"), "all")
    channels = [f"channel {index}" for index in range(4)]
    assert [part.name for part in parts] == ["level_a", "level_b", *channels]
    real = np.random.default_rng(0).normal(size=(1, 4, 128)).astype(np.float32)
    held = real.copy()
    held[:, 2] = 0.0  # a score that died on every level
    found = slice_sums(parts, real, held)
    for part, entry in zip(parts, found, strict=True):
        assert entry.real == (part.of(real).min(), part.of(real).max())
    assert [entry.quantized == (0.0, 0.0) for entry in found] == [False] * 4 + [True, False]


def test_numbers_alone_and_too_many_channels_are_no_slices() -> None:
    flat = Sketch((1, 10))
    assert output_slices(flat.graph(flat.add("y", "Relu", "x")), "y") == ()
    wide = Sketch((1, MOST_SLICES + 1, MOST_SLICES + 1))
    assert output_slices(wide.graph(wide.add("y", "Relu", "x")), "y") == ()


@given(st.integers(1, 7), st.integers(0, 99))
def test_slices_add_up_to_the_whole(cut: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    real, held = rng.normal(size=(2, 1, 8, 5)).astype(np.float32)
    parts = [Slice("a", ((0, 1), (0, cut), (0, 5))), Slice("b", ((0, 1), (cut, 8), (0, 5)))]
    total = sum((entry.sums for entry in slice_sums(parts, real, held)), ErrorSums())
    whole = error_sums(real, held)
    assert total.count == whole.count
    assert np.isclose(total.error_sq, whole.error_sq)
    assert np.isclose(total.cross, whole.cross, rtol=1e-5, atol=1e-4)


@given(st.floats(1e-7, 10.0), st.integers(0, 99))
def test_all_channels_at_once_are_the_channels_one_by_one(noise: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    real = rng.normal(size=(1, 3, 40)).astype(np.float32)
    held = (real + noise * rng.normal(size=real.shape)).astype(np.float32)
    parts = [Slice(str(i), ((0, 1), (i, i + 1), (0, 40))) for i in range(3)]
    for part, entry in zip(parts, slice_sums(parts, real, held), strict=True):
        expected = error_sums(part.of(real), part.of(held))
        assert np.isclose(entry.sums.snr_db, expected.snr_db, rtol=1e-4)
        assert np.isclose(1 - entry.sums.cosine, 1 - expected.cosine, rtol=1e-2, atol=1e-12)
        assert entry.sums.max_abs == pytest.approx(expected.max_abs)
        assert entry.real == (float(part.of(real).min()), float(part.of(real).max()))


def report_of(config: HybridConfig, previous=None, cache: CodeCache | None = None):
    graph = yolo().graph("turned")
    rng = np.random.default_rng(0)
    feeds = [{"x": rng.uniform(-1, 1, (1, 4, 8, 8)).astype(np.float32)} for _ in range(2)]
    narrow = {f"scores_{scale}": (-0.001, 0.001) for scale in "ab"}
    stats = stats_of(graph, **narrow, boxes_a=(-900.0, 900.0))
    plan = build_plan(graph, stats, config, target_named("rv1126"))
    return analyse(plan, feeds, ["one", "two"], "same", previous, cache)


def test_a_dead_slice_shows_where_the_whole_looks_alive() -> None:
    report = report_of(HybridConfig())
    parts = {part.name: part for part in report.slices("turned")}
    assert len(parts["scores_a"].images) == 2
    assert sum(part.sums().count for part in parts.values()) == 2 * 8 * 128
    whole = report.sums("turned", "accumulated")
    assert np.isclose(sum(part.sums().error_sq for part in parts.values()), whole.error_sq)
    worst = report.worst_slice("turned")
    assert worst is not None
    assert worst.sums().snr_db == min(part.sums().snr_db for part in parts.values())
    assert report.slices("boxes_a") == ()


def test_slices_of_an_unchanged_output_are_kept_and_others_taken_anew() -> None:
    first = report_of(HybridConfig())
    assert report_of(HybridConfig(), first).slices("turned") == first.slices("turned")
    i16 = report_of(HybridConfig(QuantScheme.I16), first)
    assert i16.slices("turned") != first.slices("turned")
    assert len(i16.slices("turned")[0].images) == 2


def test_a_slice_is_dead_when_quantization_made_it_one_number() -> None:
    part = report_of(HybridConfig()).slices("turned")[0]
    same = tuple(replace(entry, quantized=(2.0, 2.0)) for entry in part.images)
    assert replace(part, images=same).is_dead
    assert replace(part, images=same).constant == 2.0
    channel = replace(part, slice=replace(part.slice, is_joined=False), images=same)
    assert channel.is_dead
    assert not replace(channel, beside=part.largest * 1e6).is_dead, "silent beside the others"
    equal = tuple(replace(entry, real=(1.0, 1.0)) for entry in same)
    assert not replace(part, images=equal).is_dead
