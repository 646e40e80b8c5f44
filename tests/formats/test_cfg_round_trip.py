"""A cfg of step 1, however it is written: one layer changed here is one layer changed there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rkviz import exchange, pipeline
from rkviz.numerics import QuantScheme
from rkviz.project import Project
from rkviz.results import Results
from tests import models
from tests.pictures import save_pictures

EMPTY = "customized_quantize_layers: {}"
LAYER, OTHER = "conv2", "conv1"


def _as_of_1_6(text: str) -> str:
    """Names without the operator; inputs never had one."""
    return re.sub(r"'@(?:Conv|Relu|Add)_", "'@", text)


def _customized(text: str, *lines: str) -> str:
    return text.replace(EMPTY, "\n".join(("customized_quantize_layers: ", *lines)))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as step 1 writes it": str,
    "names of 1.6": _as_of_1_6,
    "ids of another version": lambda text: re.sub(
        r"_(\d+):(out|weight|bias)", lambda m: f"_{int(m[1]) + 900}:{m[2]}", text
    ),
    "suggestions": lambda text: _customized(text, '    "Conv_conv1_7": dynamic_fixed_point-i16'),
    "a comment, no quotes": lambda text: _customized(
        text, "    Conv_conv1_7: float32   # mine", "    # the end"
    ),
    "a flow map": lambda text: text.replace(
        EMPTY, "customized_quantize_layers: {Conv_conv1_7: float32}"
    ),
    "nothing at all": lambda text: text.replace(EMPTY, "customized_quantize_layers:"),
    "numbers without lists": lambda text: re.sub(r":\n\s+-   ", ": ", text),
    "dashes with one space": lambda text: text.replace("-   ", "- "),
    "empty lists": lambda text: re.sub(
        r"max_value:\n(\s+)min_value:\n", r"max_value: []\n\1min_value: []\n", text
    ),
    "fields nobody knows": lambda text: text.replace(
        "qtype: u8", "qtype: u8\n        entropy: [0.5, 1]"
    ) + "algorithm: {name: x} # kept\n",
    "Windows": lambda text: "\ufeff" + text.replace("\n", "\r\n"),
    "no head, no last line end": lambda text: text.partition("---\n")[2].rstrip("\n"),
}  # fmt: skip


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Results, str]:
    """A project, its results, and the cfg of step 1."""
    folder = tmp_path_factory.mktemp("cfg")
    model = models.save(models.residual(), folder / "net.onnx")
    project = Project(model, (save_pictures(folder / "pictures", 2),))
    results = pipeline.run(project, until="quantize")
    exchange.export_cfg(project, results, folder / "net.quantization.cfg")
    return project, results, (folder / "net.quantization.cfg").read_text(encoding="utf-8")


def changed_lines(before: str, after: str) -> list[str]:
    """Lines of `after` that are not in `before`, in lists of equal length; or what was added."""
    old, new = before.splitlines(), after.splitlines()
    if len(old) == len(new):
        return [line for was, line in zip(old, new, strict=True) if was != line]
    rest = list(new)
    for line in old:
        if line in rest:
            rest.remove(line)
    return rest


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_layer_changed(
    opened: tuple[Project, Results, str], spelling: str, tmp_path: Path
) -> None:
    project, results, step1 = opened
    text = SPELLINGS[spelling](step1)
    source, written = tmp_path / "step1.cfg", tmp_path / "written.cfg"
    source.write_bytes(text.encode())
    read, _ = exchange.import_cfg(project, results, source)
    first = pipeline.run(read, results, until="quantize")
    exchange.export_cfg(read, first, written)
    assert written.read_bytes() == source.read_bytes(), "nothing changed"

    typed = replace(read, config=read.config.with_scheme([LAYER], QuantScheme.I16))
    exchange.export_cfg(typed, pipeline.run(typed, first, until="quantize"), written)
    lines = changed_lines(text, written.read_bytes().decode())
    assert len([line for line in lines if LAYER in line]) >= 1
    assert all(LAYER in line or line.strip() == "customized_quantize_layers:" for line in lines)
    again, _ = exchange.import_cfg(project, results, written)
    assert again.config.for_layer(LAYER).scheme is QuantScheme.I16
    assert again.config.for_layer(OTHER) == read.config.for_layer(OTHER)

    wider = replace(read.config.for_layer(LAYER), range=(-1.0, 3.0), params=None)
    ranged = replace(read, config=read.config.with_override(LAYER, wider))
    exchange.export_cfg(ranged, pipeline.run(ranged, first, until="quantize"), written)
    lines = changed_lines(text, written.read_bytes().decode())
    numbers = [line.strip().rpartition(" ")[2] for line in lines]
    assert numbers == ["3.0", "-1.0", "64", "0.01568627543747425"]
