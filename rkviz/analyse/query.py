"""Which layers are meant: words, regular expressions and conditions, all of which must hold.

conv            the name, an ONNX name or the operator contains it
"two words"     the same with a space
/conv\\d+$/      a regular expression, found in one of them
err > 5%        a field, a sign and a value, with or without spaces
type = i16      fields of text: type, op, engine, name
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from rkviz.analyse.metrics import METRICS, ErrorSums
from rkviz.errors import RkvizError


@dataclass(frozen=True)
class LayerFacts:
    """What a query may ask of a head layer. `metric` is the one that `own` and `acc` are of.

    `costs` are further numbers by field: time in ms, ddr in bytes.
    """

    name: str
    operator: str = ""
    origins: tuple[str, ...] = ()
    type: str = ""
    engine: str = ""
    own: ErrorSums | None = None
    accumulated: ErrorSums | None = None
    metric: str = "cosine"
    costs: Mapping[str, float] = field(default_factory=dict[str, float])


Test = Callable[[LayerFacts], bool]


@dataclass(frozen=True)
class Query:
    """All of its terms have to hold. An empty query accepts every layer."""

    terms: tuple[Test, ...] = ()

    def accepts(self, layer: LayerFacts) -> bool:
        return all(term(layer) for term in self.terms)


class QueryError(RkvizError):
    """A term that cannot be meant: `term` is what was typed, `allowed` what would do.

    `is_pattern`: it is a regular expression, and `allowed` is empty.
    """

    def __init__(self, term: str, allowed: tuple[str, ...] = (), is_pattern: bool = False) -> None:
        hint = "brackets or signs do not match" if is_pattern else "write " + " or ".join(allowed)
        super().__init__(f"{term} cannot be searched for: {hint}.")
        self.term = term
        self.allowed = allowed
        self.is_pattern = is_pattern


_SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
_ORDERS = ("<", "<=", ">", ">=")
"""Signs that no name holds."""
_UNITS = {
    "": 1.0, "%": 0.01, "dB": 1.0,
    "us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3,
    "B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9,
}  # fmt: skip
_NUMBER = re.compile(
    r"(?P<number>[+\-−]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?P<unit>[%A-Za-zµ]*)"
)
_TERM = re.compile(
    r"""
      (?P<key>[A-Za-z]+(?:\.[a-z]+)?) \s* (?P<sign><=|>=|!=|<|>|=) \s*
      (?P<value> [+\-−.\d]\S*\s(?:%|us|µs|ms|s|dB|B|kB|MB|GB)(?=\s|$) | "[^"]*" | [^\s"]* )
    | /(?P<pattern>(?:[^/\\]|\\.)+)/(?=\s|$)
    | "(?P<quoted>[^"]*)"?
    | (?P<word>\S+)
    """,
    re.VERBOSE,
)

# field -> metric, and whether of the own or the accumulated error ("" is the metric in view)
_ERRORS: Mapping[str, tuple[str, bool]] = {
    "own": ("", True),
    "acc": ("", False),
    "accumulated": ("", False),
    **{
        prefix + short: (metric, bool(prefix))
        for prefix in ("", "own.")
        for short, metric in (
            ("err", "relative"),
            ("cos", "cosine"),
            ("snr", "snr_db"),
            ("euclid", "euclidean_norm"),
            ("max", "max_abs"),
            ("sat", "saturated_share"),
        )
    },
}
_COSTS = ("time", "ddr")
_TEXTS = ("type", "op", "engine", "name")
FIELDS = (*_ERRORS, *_COSTS, *_TEXTS)
_NUMBERS = ("err", "cos", "snr", "time")
_TYPES = {"u8": "u8", "i8": "i8", "i16": "i16", "f": "f", "float": "f", "fp16": "f", "float32": "f"}
_EXAMPLES = {"time": "1ms", "ddr": "1MB", "snr": "20", "err": "5%", "sat": "0.1%"}


def parse_query(text: str) -> Query:
    """The query `text` describes; a condition without a value is still being typed and holds.

    Raises QueryError.
    """
    terms: list[Test] = []
    for found in _TERM.finditer(text):
        if found["pattern"]:
            terms.append(_matches(found[0], found["pattern"]))
        elif found["key"] and (known := _field(found)):
            value = found["value"].strip('"')
            if value:
                terms.append(_condition(found[0], known, found["sign"], value))
        else:
            word = found["quoted"] if found["quoted"] is not None else found[0]
            if word:
                terms.append(_contains(word))
    return Query(tuple(terms))


def _field(found: re.Match[str]) -> str:
    """The field a condition is about; "" where the word is only a word that holds a sign."""
    key = found["key"].lower()
    if key in FIELDS:
        return key
    near = get_close_matches(key, FIELDS, n=3)
    if near or found["sign"] in _ORDERS:
        rest = f"{found['sign']}{found['value']}"
        raise QueryError(found[0], tuple(f"{name}{rest}" for name in near or _NUMBERS))
    return ""


def _texts(layer: LayerFacts) -> tuple[str, ...]:
    return layer.name, layer.operator, *layer.origins


def _contains(word: str) -> Test:
    wanted = word.casefold()
    return lambda layer: any(wanted in text.casefold() for text in _texts(layer))


def _matches(term: str, pattern: str) -> Test:
    try:
        wanted = re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError):
        raise QueryError(term, is_pattern=True) from None
    return lambda layer: any(wanted.search(text) for text in _texts(layer))


def _condition(term: str, field: str, sign: str, value: str) -> Test:
    if field not in _TEXTS:
        return _number_test(term, field, sign, value)
    if sign not in ("=", "!="):
        raise QueryError(term, (f"{field}={value}", f"{field}!={value}"))
    if field == "type":
        if value.lower() not in _TYPES:
            raise QueryError(term, tuple(f"type={name}" for name in ("u8", "i8", "i16", "float")))
        value = _TYPES[value.lower()]
    return _text_test(field, sign, value.casefold())


def _number_test(term: str, field: str, sign: str, value: str) -> Test:
    read = _NUMBER.fullmatch(value)
    if read is None or read["unit"] not in _UNITS:
        example = _EXAMPLES.get(field.removeprefix("own."), "0.99")
        raise QueryError(term, (f"{field}{sign}{example}",))
    limit = float(read["number"].replace("−", "-")) * _UNITS[read["unit"]]
    compare, in_percent = _SIGNS[sign], read["unit"] == "%"

    def test(layer: LayerFacts) -> bool:
        number = _number(layer, field, in_percent)
        return number is not None and compare(number, limit)

    return test


def _number(layer: LayerFacts, field: str, in_percent: bool) -> float | None:
    """The value of a field; None where there is none. NaN counts as worse than any number.

    `own > 5%` means an error also where the metric in view is none, like the cosine.
    """
    if field in _COSTS:
        return layer.costs.get(field)
    metric, is_own = _ERRORS[field]
    sums = layer.own if is_own else layer.accumulated
    if sums is None or not sums.count:
        return None
    if in_percent and not metric and METRICS[layer.metric].higher_is_better:
        metric = "relative"
    if metric == "relative":
        return _relative_error(sums)
    metric = metric or layer.metric
    value = float(getattr(sums, metric))
    if value == value:
        return value
    return -math.inf if METRICS[metric].higher_is_better else math.inf


def _relative_error(sums: ErrorSums) -> float:
    """|t - q| / |t|: the size of the error against that of the signal."""
    if sums.error_sq == 0:
        return 0.0
    return math.sqrt(sums.error_sq / sums.reference_sq) if sums.reference_sq > 0 else math.inf


def _text_test(field: str, sign: str, wanted: str) -> Test:
    def test(layer: LayerFacts) -> bool:
        text = (layer.operator if field == "op" else str(getattr(layer, field))).casefold()
        found = text == wanted if field in ("type", "engine") else wanted in text
        return found is (sign == "=")

    return test
