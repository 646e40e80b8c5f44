"""The filter line's small language."""

from __future__ import annotations

import pytest

from rkviz.gui.panels.layer_filter import FilterError, parse_filter
from rkviz.gui.panels.layer_rows import layer_rows
from rkviz.numerics import QuantScheme
from rkviz.quantize.config import HybridConfig
from tests.gui.sample_results import sample_project, sample_results

CONFIG = HybridConfig().with_scheme(["body1"], QuantScheme.I16)


def kept(text: str, metric: str = "cosine") -> list[str]:
    results = sample_results(sample_project(config=CONFIG))
    accepted = parse_filter(text, metric)
    return [row.name for row in layer_rows(results, CONFIG, metric) if accepted.accepts(row)]


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("POOL", ["pool"]),
        ("relu6", ["body1"]),
        ("/model/head/", ["head"]),
        ("own<0.99", ["sigmoid", "empty"]),
        ("acc<0.97", ["scores", "sigmoid", "empty"]),
        ("conv acc<0.98", ["body2", "scores"]),
        ("type=i16", ["body1"]),
        ("type=I16 own<0.5", []),
        ("op=concat", ["head"]),
        ("engine=sh", ["join", "empty"]),
        ("name!=o acc<0.99", ["empty"]),
        ("own<", None),
    ],
)
def test_words_and_conditions_narrow_the_list(text: str, layers: list[str] | None) -> None:
    everything = kept("")
    assert kept(text) == (everything if layers is None else layers)


def test_a_number_that_is_none_is_worse_than_any_other() -> None:
    assert "empty" in kept("own<-1")
    assert "empty" not in kept("own>0")


def test_a_share_can_be_a_percentage() -> None:
    assert kept("acc>1%", "saturated_share") == ["sigmoid"]


@pytest.mark.parametrize("text", ["own<much", "type=u4", "op<conv"])
def test_a_condition_that_means_nothing_is_told_with_an_example(text: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, "cosine")
    assert caught.value.term == text
    assert caught.value.allowed
