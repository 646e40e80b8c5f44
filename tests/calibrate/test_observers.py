"""Statistics: merging is a law, streaming holds one sample, NaN is counted and left out."""

import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rkviz.calibrate.observers import calibrate, observe
from rkviz.calibrate.stats import TensorStats
from rkviz.errors import DatasetError, ModelError
from rkviz.graph.model import Graph, Node, Value
from rkviz.progress import Cancelled

# Whole numbers: their sums are exact, so that the laws hold to the last bit.
NUMBERS = st.one_of(
    st.integers(-(2**20), 2**20).map(float), st.sampled_from([np.nan, np.inf, -np.inf])
)
ARRAYS = hnp.arrays(np.float32, st.integers(0, 6), elements=NUMBERS)


def graph() -> Graph:
    names = ("x", "y", "z")
    nodes = (
        Node("x", "Input", (), ("x",)),
        Node("double", "Mul", ("x",), ("y",)),
        Node("odd", "Log", ("y",), ("z",)),
    )
    values = {name: Value(name, (1, 4)) for name in names}
    return Graph("g", nodes, values, {}, ("x",), ("z",))


def doubled(feeds: dict) -> list[dict]:
    return [{"y": feeds["x"] * 2}]


class TestMerge:
    @given(ARRAYS, ARRAYS)
    def test_commutative(self, a: np.ndarray, b: np.ndarray) -> None:
        assert observe(a).merge(observe(b)) == observe(b).merge(observe(a))

    @given(ARRAYS, ARRAYS, ARRAYS)
    def test_associative(self, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
        first, second, third = observe(a), observe(b), observe(c)
        assert first.merge(second).merge(third) == first.merge(second.merge(third))

    @given(ARRAYS.filter(len), ARRAYS.filter(len))
    def test_merging_is_observing_both(self, a: np.ndarray, b: np.ndarray) -> None:
        assert observe(a).merge(observe(b)) == observe(np.concatenate([a, b]))


class TestObserve:
    def test_values(self) -> None:
        stats = observe(np.array([[1.5, -2.0], [4.0, 0.5]], np.float32))
        assert stats == TensorStats(-2.0, 4.0, 4.0, 4, 0)
        assert stats.mean == 1.0

    def test_nan_and_infinity_are_counted_and_left_out(self) -> None:
        stats = observe(np.array([np.nan, 1.0, np.inf, -3.0, -np.inf], np.float32))
        assert stats == TensorStats(-3.0, 1.0, -2.0, 2, 3)

    def test_nothing_finite_is_an_empty_range_that_merging_ignores(self) -> None:
        nothing = observe(np.array([np.nan, np.nan]))
        assert (nothing.count, nothing.bad, nothing.mean) == (0, 2, 0.0)
        assert nothing.merge(observe(np.array([5.0]))) == TensorStats(5.0, 5.0, 5.0, 1, 2)

    def test_no_elements(self) -> None:
        assert observe(np.zeros((0, 3))) == TensorStats(0.0, 0.0, 0.0, 0, 0)

    def test_sums_do_not_lose_small_values(self) -> None:
        many = np.full(1 << 20, 1.0, np.float32)
        many[0] = 2.0**24  # in float32, adding 1 to it changes nothing
        assert observe(many).total == 2.0**24 + (1 << 20) - 1

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int64, np.uint8, np.bool_])
    def test_every_kind_of_number(self, dtype: type) -> None:
        assert observe(np.array([0, 1, 1], dtype)) == TensorStats(0.0, 1.0, 2.0, 3, 0)


class TestCalibrate:
    def test_ranges_over_all_samples_and_inputs_too(self) -> None:
        samples = [{"x": np.array([[1.0, -5.0]])}, {"x": np.array([[7.0, 2.0]])}]
        stats = calibrate(graph(), samples, doubled, "source")
        assert stats.images == 2
        assert stats.source == "source"
        assert stats.range_of("x") == (-5.0, 7.0)
        assert stats.tensors["y"] == TensorStats(-10.0, 14.0, 10.0, 4, 0)

    def test_an_input_that_run_returns_as_well_counts_once(self) -> None:
        sample = {"x": np.array([[1.0, 2.0]])}
        stats = calibrate(graph(), [sample], lambda feeds: [dict(feeds)], "s")
        assert stats.tensors["x"].count == 2

    def test_the_order_of_samples_does_not_matter(self) -> None:
        rng = np.random.default_rng(0)
        samples = [{"x": rng.integers(-99, 99, (1, 4)).astype(np.float32)} for _ in range(5)]
        forth = calibrate(graph(), samples, doubled, "s")
        back = calibrate(graph(), samples[::-1], doubled, "s")
        assert forth.digest == back.digest

    def test_bounds_are_kept_by_picture_in_their_order(self) -> None:
        samples = [{"x": np.array([[1.0, -5.0]])}, {"x": np.array([[7.0, np.nan]])}]
        stats = calibrate(graph(), samples, doubled, "s")
        assert stats.bounds["x"].tolist() == [[-5.0, 1.0], [7.0, 7.0]]
        assert stats.bounds["y"].tolist() == [[-10.0, 2.0], [14.0, 14.0]]

    def test_histograms_come_from_the_same_pass_where_they_are_wanted(self) -> None:
        samples = [{"x": np.array([[1.0, -5.0]])}, {"x": np.array([[7.0, 2.0]])}]
        plain = calibrate(graph(), samples, doubled, "s")
        stats = calibrate(graph(), samples, doubled, "s", histograms=True)
        assert not plain.has_histograms
        assert stats.has_histograms
        assert stats.digest == plain.digest
        spread = stats.histograms["y"]
        assert (spread.total, spread.low, spread.high) == (4, -10.0, 14.0)

    def test_histograms_do_not_depend_on_the_order_of_samples(self) -> None:
        rng = np.random.default_rng(0)
        samples = [{"x": rng.normal(size=(1, 4)).astype(np.float32)} for _ in range(5)]
        forth = calibrate(graph(), samples, doubled, "s", histograms=True).histograms
        back = calibrate(graph(), samples[::-1], doubled, "s", histograms=True).histograms
        for name in ("x", "y"):
            assert forth[name].counts.tolist() == back[name].counts.tolist()
            assert (forth[name].exponent, forth[name].first) == (
                back[name].exponent,
                back[name].first,
            )

    def test_one_sample_is_in_memory_at_a_time(self) -> None:
        alive: list[weakref.ref] = []

        def samples() -> Iterator[dict]:
            for _ in range(3):
                assert [ref for ref in alive if ref() is not None] == []
                yield {"x": np.ones((1, 4), np.float32)}

        def run(feeds: dict) -> Iterator[dict]:
            (outputs,) = doubled(feeds)
            alive.extend(weakref.ref(array) for array in (feeds["x"], outputs["y"]))
            yield outputs

        calibrate(graph(), samples(), run, "s")
        assert len(alive) == 6

    def test_no_sample_is_told(self) -> None:
        with pytest.raises(DatasetError, match="no sample to calibrate with"):
            calibrate(graph(), [], doubled, "s")

    def test_a_tensor_that_is_never_finite_names_the_first_layer(self) -> None:
        def run(feeds: dict) -> list[dict]:
            nothing = np.full((1, 4), np.nan)
            return [{"z": nothing, "y": nothing}]

        with pytest.raises(ModelError, match=r"Layer 'double' gives nothing but NaN"):
            calibrate(graph(), [{"x": np.ones((1, 4))}], run, "s")

    def test_now_and_then_infinite_is_counted(self) -> None:
        sample = {"x": np.array([[1.0, np.inf, 2.0]])}
        stats = calibrate(graph(), [sample], doubled, "s")
        assert stats.range_of("y") == (2.0, 4.0)
        assert stats.tensors["y"].bad == 1

    def test_tensors_that_hold_no_numbers_are_left_out(self) -> None:
        stats = calibrate(
            graph(), [{"x": np.ones((1, 4))}], lambda feeds: [{"y": np.array(["text"])}], "s"
        )
        assert set(stats.tensors) == {"x"}

    def test_progress_is_told_and_cancels(self) -> None:
        told: list[tuple[float, float]] = []

        def listen(done: float, total: float, text: str = "") -> None:
            told.append((done, total))
            if len(told) == 7:
                raise Cancelled

        samples = [{"x": np.ones((1, 4))}] * 2
        calibrate(graph(), samples, doubled, "s", listen, total=2)
        assert told == [(0, 2), (0, 2), (1, 2), (1, 2), (2, 2)]
        with pytest.raises(Cancelled):
            calibrate(graph(), samples, doubled, "s", listen, total=2)
