"""The small language of the search and of the filter."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.analyse.metrics import ErrorSums
from rkviz.analyse.query import FIELDS, LayerFacts, QueryError, parse_query


def sums(cosine: float, count: int = 100) -> ErrorSums:
    """A tensor of energy `count` and its twin of the same energy at this cosine."""
    error = 2.0 * count * (1.0 - cosine)
    return ErrorSums(count, count, count, count * cosine, error, 0.5, 1)


LAYERS = (
    LayerFacts("stem", "Conv + Relu", ("/model/stem/Conv",), "u8", "nn", sums(0.9999),
               sums(0.9999), costs={"time": 0.2, "ddr": 5e5}),
    LayerFacts("body 1", "Conv", ("/model/body/Conv_1",), "i16", "nn", sums(0.999), sums(0.98),
               costs={"time": 1.5, "ddr": 2e6}),
    LayerFacts("sum", "Add", ("/model/Add",), "u8", "sh", None, sums(0.95), costs={"time": 0.01}),
    LayerFacts("dead", "Mul", (), "f", "sh", None, ErrorSums(10, 0.0, 10.0, 0.0, 10.0)),
    LayerFacts("left out", "NonMaxSuppression"),
)  # fmt: skip


def found(text: str) -> list[str]:
    query = parse_query(text)
    return [layer.name for layer in LAYERS if query.accepts(layer)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("CONV", ["stem", "body 1"]),
        ('"body 1"', ["body 1"]),
        ("/conv_\\d$/", ["body 1"]),
        ("/^s/", ["stem", "sum"]),
        ("/model/stem/", ["stem"]),
        ("err > 10%", ["body 1", "sum", "dead"]),
        ("err>10% type=i16", ["body 1"]),
        ("cos < 0.99", ["body 1", "sum", "dead"]),
        ("cos<0.99 cos>0", ["body 1", "sum"]),
        ("own.cos < 0.9995", ["body 1"]),
        ("snr < 10 dB", ["sum", "dead"]),
        ("type = I16", ["body 1"]),
        ("type=float", ["dead"]),
        ("op != conv engine = sh", ["sum", "dead"]),
        ("time > 1ms", ["body 1"]),
        ("time > 150 us time < 1 s", ["stem", "body 1"]),
        ("ddr >= 1.5 MB", ["body 1"]),
        ("sat >= 1%", ["stem", "body 1", "sum"]),
        ("name = o", ["body 1", "left out"]),
    ],
)
def test_words_patterns_and_conditions_must_all_hold(text: str, names: list[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize("text", ["", "  ", "err >", "type=", '""'])
def test_what_says_nothing_yet_accepts_everything(text: str) -> None:
    assert len(found(text)) == len(LAYERS)


def test_own_and_acc_are_of_the_metric_in_view() -> None:
    layer = LayerFacts("x", own=sums(0.999), accumulated=sums(0.98), metric="snr_db")
    assert parse_query("own>20 acc<20").accepts(layer)


@pytest.mark.parametrize("text", ["own<much", "type=u4", "op<conv", "time>1parsec", "cosine<1"])
def test_a_condition_that_means_nothing_is_told_with_examples(text: str) -> None:
    with pytest.raises(QueryError, match="cannot be searched for: write ") as caught:
        parse_query(f"conv {text}")
    assert caught.value.term == text
    for example in caught.value.allowed:
        parse_query(example)


def test_a_wrong_pattern_is_told() -> None:
    with pytest.raises(QueryError, match=r"/\(a/ cannot") as caught:
        parse_query("/(a/")
    assert caught.value.is_pattern


def test_a_comparison_of_something_unknown_is_no_word() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("sharpness > 1")
    assert caught.value.allowed[:2] == ("err>1", "cos>1")
    assert found("a=b") == []


@pytest.mark.parametrize("metric", ["cosine", "snr_db"])
def test_percent_of_the_metric_in_view_is_an_error_where_more_is_better(metric: str) -> None:
    layers = [replace(layer, metric=metric) for layer in LAYERS]
    for asked, meant in (("own > 5%", "own.err > 5%"), ("acc<1%", "err<1%")):
        by_view, by_name = parse_query(asked), parse_query(meant)
        assert [by_view.accepts(each) for each in layers] == [
            by_name.accepts(each) for each in layers
        ]


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_an_error_with_a_sentence(text: str) -> None:
    with suppress(QueryError):
        query = parse_query(text)
        for layer in LAYERS:
            assert query.accepts(layer) in (True, False)


@given(st.text(st.characters(exclude_characters='"/', categories=["L", "N"]), min_size=1))
def test_a_word_finds_the_layer_that_has_it(word: str) -> None:
    assert parse_query(word).accepts(LayerFacts(f"a{word}b"))


@given(st.floats(0.0, 1.0), st.sampled_from(["err", "cos", "snr", "euclid", "acc"]))
def test_a_condition_and_its_opposite_share_the_layers_out(limit: float, field: str) -> None:
    below, above = set(found(f"{field} < {limit!r}")), set(found(f"{field} >= {limit!r}"))
    assert below.isdisjoint(above)
    assert below | above == {layer.name for layer in LAYERS if layer.accumulated}


@given(st.sampled_from(FIELDS), st.sampled_from(["<", "<=", ">", ">=", "=", "!="]))
def test_every_field_can_be_asked(field: str, sign: str) -> None:
    if field in ("type", "op", "engine", "name") and (sign not in ("=", "!=") or field == "type"):
        with pytest.raises(QueryError) as caught:
            parse_query(f"{field} {sign} 1")
        assert caught.value.allowed
    else:
        assert len(parse_query(f"{field} {sign} 1").terms) == 1


def test_broken_layers_are_worse_than_any_number() -> None:
    assert "dead" in found("cos < -1")
    assert "dead" in found("err > 1e300")
    assert math.isnan(LAYERS[3].accumulated.cosine)  # type: ignore[union-attr]
