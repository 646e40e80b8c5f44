"""The network of step 1 beside a cfg: what the toolkit added, and whose weights these are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from rkviz.formats.cfg_apply import apply_cfg
from rkviz.formats.quantization_cfg import CfgFile
from rkviz.formats.step1_files import Step1Files, read_step1_files
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.quantize.config import HybridConfig
from tests.graphs import Sketch


def network() -> Graph:
    """x -> a (conv) -> b (conv)."""
    sketch = Sketch()
    return sketch.graph(sketch.conv("b", sketch.conv("a", "x", 1), 2))


def beside(folder: Path, weights: object) -> Path:
    """The toolkit's three files; its weights lie in another order (height, width, in, out)."""
    layer = {"name": "p", "op": "permute", "parameters": {}, "inputs": ["@x_4:out0"],
             "outputs": ["out0"]}  # fmt: skip
    source = {**layer, "op": "input", "inputs": []}
    document = {"MetaData": {"Name": "n", "AcuityVersion": "6", "Platform": "onnx"},
                "Layers": {"x_4": source, "Extra_p_3": layer}}  # fmt: skip
    (folder / "n.json").write_text(json.dumps(document), encoding="utf-8")
    with (folder / "n.data").open("wb") as file:
        np.save(file, np.array(weights, dtype=object), allow_pickle=True)
    cfg = folder / "n.quantization.cfg"
    cfg.write_text("customized_quantize_layers: {}\n", encoding="utf-8")
    return cfg


def weights_of(graph: Graph) -> dict[str, dict[str, np.ndarray]]:
    return {
        f"Conv_{name}_{number}": {"weight": graph.constants[f"{name}.w"].transpose(2, 3, 1, 0)}
        for number, name in enumerate("ab")
    }


def test_the_same_training_needs_no_words(tmp_path: Path) -> None:
    graph = network()
    found = read_step1_files(beside(tmp_path, weights_of(graph)), graph)
    assert found == Step1Files({"x_4": "input", "Extra_p_3": "permute"})


def test_another_training_is_told(tmp_path: Path) -> None:
    graph = network()
    weights = weights_of(graph)
    weights["Conv_b_1"]["weight"] = weights["Conv_b_1"]["weight"] * np.float32(1.5)
    (note,) = read_step1_files(beside(tmp_path, weights), graph).notes
    assert note.startswith("1 layer(s) have other weights in n.data")
    assert note.endswith("of another training: b.")


def test_what_the_toolkit_added_is_no_misspelt_layer() -> None:
    cfg = CfgFile(dict.fromkeys(("Extra_p_3", "Conv_aa_1"), QuantScheme.FLOAT))
    applied = apply_cfg(cfg, network(), HybridConfig(), operators={"Extra_p_3": "permute"})
    added, unknown = applied.unmapped
    assert "is a layer the toolkit added (permute)" in added
    assert "is no layer of this network" in unknown


def test_files_that_cannot_be_read_are_a_note(tmp_path: Path) -> None:
    cfg = beside(tmp_path, {"a": print})
    (note,) = read_step1_files(cfg, network()).notes
    assert "n.data" in note
    (tmp_path / "n.json").write_text("{", encoding="utf-8")
    assert "not JSON" in read_step1_files(cfg, network()).notes[0]


def test_without_them_nothing_is_said(tmp_path: Path) -> None:
    assert read_step1_files(tmp_path / "n.quantization.cfg", network()) == Step1Files()
    assert read_step1_files(tmp_path / "other.cfg", network()) == Step1Files()
