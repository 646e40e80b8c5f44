"""The filter line of the layer table: words and conditions, e.g. `conv own<0.99 type=i16`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from rkviz.gui.panels.layer_rows import LayerRow, comparable

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
_CONDITION = re.compile(r"(?P<key>[a-z]+)(?P<sign><=|>=|!=|<|>|=)(?P<value>.*)", re.IGNORECASE)
_FIELDS = {
    "own": "own",
    "acc": "accumulated",
    "accumulated": "accumulated",
    "type": "type",
    "op": "op",
    "engine": "engine",
    "name": "name",
}


class FilterError(ValueError):
    """A condition that cannot be meant: `term` is what was typed, `allowed` what would do."""

    def __init__(self, term: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(term)
        self.term = term
        self.allowed = allowed


@dataclass(frozen=True)
class LayerFilter:
    """All of its terms have to hold. An empty filter lets every row pass."""

    terms: tuple[Callable[[LayerRow], bool], ...] = ()

    def accepts(self, row: LayerRow) -> bool:
        return all(term(row) for term in self.terms)


def parse_filter(text: str, metric: str) -> LayerFilter:
    """The filter that `text` describes; errors are compared in the unit of `metric`.

    Words are sought in the layer's name, its operators and the names of its ONNX nodes.
    Conditions are a field, a sign and a value without spaces. Raises FilterError.
    """
    terms: list[Callable[[LayerRow], bool]] = []
    for word in text.split():
        found = _CONDITION.fullmatch(word)
        if found is None or found["key"].lower() not in _FIELDS:
            terms.append(_contains(word))
        elif not found["value"]:
            continue  # still being typed
        else:
            terms.append(_condition(word, found, metric))
    return LayerFilter(tuple(terms))


def _contains(word: str) -> Callable[[LayerRow], bool]:
    wanted = word.casefold()

    def test(row: LayerRow) -> bool:
        return any(wanted in text.casefold() for text in (row.name, row.operator, *row.origins))

    return test


def _condition(word: str, found: re.Match[str], metric: str) -> Callable[[LayerRow], bool]:
    field, sign, value = _FIELDS[found["key"].lower()], found["sign"], found["value"]
    if field in ("own", "accumulated"):
        return _error_test(word, field, sign, value, metric)
    if sign not in ("=", "!="):
        raise FilterError(word, (f"{found['key']}={value}", f"{found['key']}!={value}"))
    if field == "type":
        if value.lower() not in _TYPES:
            raise FilterError(
                word, tuple(f"type={short}" for short in ("u8", "i8", "i16", "float"))
            )
        value = _TYPES[value.lower()]
    return _text_test(field, sign, value.casefold())


_TYPES = {"u8": "u8", "i8": "i8", "i16": "i16", "f": "f", "float": "f", "fp16": "f", "float32": "f"}


def _error_test(
    word: str, field: str, sign: str, value: str, metric: str
) -> Callable[[LayerRow], bool]:
    try:
        limit = float(value.rstrip("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        raise FilterError(word, (f"{field}<0.99",)) from None
    compare = _COMPARE[sign]

    def test(row: LayerRow) -> bool:
        error: float | None = getattr(row, field)
        return error is not None and compare(comparable(metric, error), limit)

    return test


def _text_test(field: str, sign: str, wanted: str) -> Callable[[LayerRow], bool]:
    def text_of(row: LayerRow) -> str:
        if field == "type":
            return row.scheme.short.casefold() if row.scheme else ""
        if field == "engine":
            return row.engine.value.casefold() if row.engine else ""
        return (row.operator if field == "op" else row.name).casefold()

    def test(row: LayerRow) -> bool:
        text = text_of(row)
        found = text == wanted if field in ("type", "engine") else wanted in text
        return found is (sign == "=")

    return test
