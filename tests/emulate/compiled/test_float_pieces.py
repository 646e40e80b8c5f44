"""FloatPieces: the values of FloatNet, a piece at a time."""

from pathlib import Path

import numpy as np
import pytest

from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.graph import open_model
from rkviz.graph.model import Graph
from rkviz.progress import Cancelled
from tests import models
from tests.models import feeds_for, save


def opened(name: str, folder: Path) -> Graph:
    return open_model(save(models.ALL[name](), folder / "net.onnx"))


@pytest.mark.parametrize("piece_bytes", [1, 20_000, 1 << 30])
@pytest.mark.parametrize("name", models.ALL)
def test_the_pieces_together_are_the_network(name: str, piece_bytes: int, tmp_path: Path) -> None:
    graph = opened(name, tmp_path)
    feeds = feeds_for({x: graph.shape(x) for x in graph.inputs})
    pieces = FloatPieces(graph, piece_bytes)
    got: dict[str, np.ndarray] = {}
    for names, values in zip(pieces.pieces, pieces.run(feeds), strict=True):
        assert tuple(values) == names
        got |= values
    whole = FloatNet(graph).run(feeds)
    assert list(got) == list(whole)
    for value, array in whole.items():
        np.testing.assert_allclose(got[value], array, rtol=1e-4, atol=1e-5)


def test_a_piece_holds_no_more_than_its_bytes(tmp_path: Path) -> None:
    graph = opened("residual", tmp_path)
    limit = 3 * max(4 * graph.values[name].size for node in graph.nodes for name in node.outputs)
    sizes = [
        sum(4 * graph.values[name].size for name in names)
        for names in FloatPieces(graph, limit).pieces
    ]
    assert len(sizes) > 1
    assert max(sizes) <= limit


def test_opening_can_be_cancelled_between_pieces(tmp_path: Path) -> None:
    graph = opened("residual", tmp_path)
    told: list[tuple[float, float]] = []

    def listen(done: float, total: float, text: str = "") -> None:
        told.append((done, total))
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        FloatPieces(graph, 1, progress=listen)
    count = len(FloatPieces(graph, 1).pieces)
    assert told == [(0, count), (1, count), (2, count)]


def test_what_cannot_run_is_left_out_across_pieces(tmp_path: Path) -> None:
    graph = open_model(save(models.with_unknown_op(), tmp_path / "net.onnx"))
    pieces = FloatPieces(graph, 1)
    assert pieces.skipped.keys() == FloatNet(graph).skipped.keys()
    assert "mystery" in pieces.skipped["conv2"]
    feeds = feeds_for({x: graph.shape(x) for x in graph.inputs})
    names = [name for values in pieces.run(feeds) for name in values]
    assert names == list(FloatNet(graph).run(feeds))


@pytest.mark.parametrize("piece_bytes", [1, 20_000, 1 << 30])
@pytest.mark.parametrize("name", models.ALL)
def test_what_is_asked_for_is_the_same_alone(name: str, piece_bytes: int, tmp_path: Path) -> None:
    graph = opened(name, tmp_path)
    feeds = feeds_for({x: graph.shape(x) for x in graph.inputs})
    asked = [graph.by_name[head].outputs[0] for head in graph.heads][1::2]
    pieces = FloatPieces(graph, piece_bytes, asked=asked)
    got = {name: array for values in pieces.run(feeds) for name, array in values.items()}
    assert set(asked) <= set(got) == set(pieces.wanted)
    whole = FloatNet(graph).run(feeds)
    for value, array in got.items():
        np.testing.assert_allclose(array, whole[value], rtol=1e-4, atol=1e-5)
    if piece_bytes == 1 << 30:
        assert set(got) == set(asked)
