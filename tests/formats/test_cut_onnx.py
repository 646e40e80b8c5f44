"""A cut ONNX model computes the same as the whole one, up to where it ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.errors import FormatError
from rkviz.formats.cut_onnx import write_cut
from rkviz.graph import open_model
from tests import models


def values(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    graph = open_model(path)
    feeds = models.feeds_for({name: graph.shape(name) for name in graph.inputs})
    found: dict[str, np.ndarray] = {}
    for piece in FloatPieces(graph).run(feeds):
        found.update(piece)
    return {name: found[name] for name in names}


def test_what_is_left_computes_the_same(tmp_path: Path) -> None:
    whole = models.save(models.detector_with_concat(), tmp_path / "whole.onnx")
    graph = open_model(whole)
    concat = next(node for node in graph.nodes if node.op == "Concat")
    names = list(graph.data_inputs(concat))
    facts = write_cut(whole, tmp_path / "cut.onnx", {n: graph.values[n].shape for n in names})
    assert facts["outputs"] == names
    assert int(str(facts["nodes left out"])) >= 1
    onnx.checker.check_model(str(tmp_path / "cut.onnx"), full_check=True)
    assert list(open_model(tmp_path / "cut.onnx").outputs) == names
    for name, array in values(tmp_path / "cut.onnx", names).items():
        np.testing.assert_array_equal(array, values(whole, names)[name])


def test_unknown_tensors_are_all_named_and_nothing_is_written(tmp_path: Path) -> None:
    whole = models.save(models.detector_with_concat(), tmp_path / "whole.onnx")
    with pytest.raises(FormatError) as raised:
        write_cut(whole, tmp_path / "cut.onnx", {"nobody": None, "nothing": None})
    assert raised.value.details == ("'nobody'", "'nothing'")
    assert not (tmp_path / "cut.onnx").exists()


def test_the_model_itself_is_never_overwritten(tmp_path: Path) -> None:
    whole = models.save(models.detector_with_concat(), tmp_path / "whole.onnx")
    with pytest.raises(FormatError, match="another name"):
        write_cut(whole, whole, {"boxes": None})


def test_only_onnx_can_be_cut(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="not an ONNX file"):
        write_cut(tmp_path / "a.tflite", tmp_path / "b.onnx", {"boxes": None})
