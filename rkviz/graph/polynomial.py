"""Elementwise arithmetic as polynomials: how a formula is recognized however it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rkviz.graph.model import Graph, Node
from rkviz.graph.rewrite import scalar

_DEEPEST = 8
_MOST_ATOMS = 3
_HIGHEST_POWER = 4

Terms = Mapping[tuple[str, ...], float]
"""Sorted value names -> coefficient: {("x", "x"): 2.0, (): 1.0} is 2 x^2 + 1."""


@dataclass(frozen=True)
class Polynomial:
    """A value as a polynomial in other values, and the nodes that compute it from them."""

    terms: Terms
    nodes: tuple[Node, ...]

    @property
    def atoms(self) -> frozenset[str]:
        return frozenset(name for term in self.terms for name in term)

    def is_close(self, terms: Terms, relative: float = 2e-3) -> bool:
        """Whether the coefficients are those of `terms`; exporters write 5 to 8 digits of them."""
        return set(self.terms) == set(terms) and all(
            abs(self.terms[key] - wanted) <= relative * abs(wanted) for key, wanted in terms.items()
        )


def expand(graph: Graph, top: Node) -> Polynomial | None:
    """The output of `top` through Add, Sub, Mul, Div, Neg and Pow with numbers.

    Stops at values that others read too, at constants that are not a single number and at
    other operators: those are the atoms. None when it is no small polynomial.
    """
    shape = graph.values[top.outputs[0]].shape
    return _Expansion(graph, shape).of_node(top, 0) if shape is not None else None


def expand_value(graph: Graph, name: str) -> Polynomial | None:
    """As `expand`, for the computed value `name` read by one node."""
    shape = graph.values[name].shape if name in graph.values else None
    return _Expansion(graph, shape).of_value(name, 0) if shape is not None else None


class _Expansion:
    def __init__(self, graph: Graph, shape: tuple[int, ...]) -> None:
        self.graph = graph
        self.shape = shape

    def of_value(self, name: str, depth: int) -> Polynomial | None:
        number = scalar(self.graph, name)
        if number is not None:
            return Polynomial({(): number}, ())
        if name not in self.graph.values or self.graph.values[name].shape != self.shape:
            return None
        node = self.graph.producer.get(name)
        readers = self.graph.consumers[name]
        shared = len(readers) > 1 or name in self.graph.outputs
        if node is not None and not shared and node.op in _ARITHMETIC and depth < _DEEPEST:
            expanded = self.of_node(node, depth + 1)
            if expanded is not None:
                return expanded
        return Polynomial({(name,): 1.0}, ())

    def of_node(self, node: Node, depth: int) -> Polynomial | None:
        sides = [self.of_value(name, depth) for name in node.inputs]
        if node.op not in _ARITHMETIC or any(side is None for side in sides):
            return None
        known = [side for side in sides if side is not None]
        terms = _combine(node.op, [side.terms for side in known])
        atoms = {name for term in terms or {} for name in term}
        if not terms or len(atoms) > _MOST_ATOMS or max(map(len, terms)) > _HIGHEST_POWER:
            return None
        below = {inner.name: inner for side in known for inner in side.nodes}
        return Polynomial(terms, (*below.values(), node))


_ARITHMETIC = frozenset({"Add", "Sub", "Mul", "Div", "Neg", "Pow"})


def _combine(op: str, sides: list[Terms]) -> Terms | None:
    if op == "Neg":
        return {term: -factor for term, factor in sides[0].items()}
    left, right = sides
    match op:
        case "Add":
            return _sum(left, right, 1.0)
        case "Sub":
            return _sum(left, right, -1.0)
        case "Mul":
            return _product(left, right)
        case _:
            pass
    number = right.get((), 0.0) if set(right) == {()} else 0.0
    if op == "Div" and number:
        return {term: factor / number for term, factor in left.items()}
    if op == "Pow" and number in (2.0, 3.0):
        square = _product(left, left)
        return square if number == 2.0 else _product(square, left)
    return None


def _sum(left: Terms, right: Terms, sign: float) -> Terms:
    total = dict(left)
    for term, factor in right.items():
        total[term] = total.get(term, 0.0) + sign * factor
    return {term: factor for term, factor in total.items() if factor}


def _product(left: Terms, right: Terms) -> Terms:
    total: dict[tuple[str, ...], float] = {}
    for a, x in left.items():
        for b, y in right.items():
            term = tuple(sorted((*a, *b)))
            total[term] = total.get(term, 0.0) + x * y
    return total
