"""Passes: activations that exporters wrote as formulas become the layers the toolkit knows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from rkviz.graph.model import Attr, Graph, Node
from rkviz.graph.polynomial import Polynomial, expand, expand_value
from rkviz.graph.rewrite import Rewrite, merged_origins, scalar

_Match = tuple[str, str, dict[str, Attr], tuple[Node, ...]]
"""Operator, the value it is applied to, attributes, further nodes it takes in."""

_ROOT_2_OVER_PI = math.sqrt(2 / math.pi)


def join_clips(graph: Graph) -> Graph:
    """Max, Min, Clip, Relu and Relu6 with numbers, in chains or alone, in their shortest form.

    Clip from 0 is Relu, from 0 to 6 Relu6; a Clip without bounds is Identity.
    """
    rewrite = Rewrite(graph)
    for node in graph.nodes:
        bounds = _bounds(graph, node)
        if bounds is None:
            continue
        chain, (low, high) = [node], bounds
        source = _clipped(graph, node)
        before = graph.producer.get(source)
        inner = _bounds(graph, before) if before else None
        if before and inner and graph.single_reader(source) is node:
            # Clipping twice is clipping once to the inner bounds moved into the outer ones.
            low, high = (min(max(bound, low), high) for bound in inner)
            chain, source = [before, node], _clipped(graph, before)
        made = _as_clip(node, source, low, high)
        if len(chain) > 1 or made.op != node.op or made.inputs != node.inputs:
            rewrite.replace(chain, [replace(made, origins=merged_origins(reversed(chain)))])
    return rewrite.done()


def _bounds(graph: Graph, node: Node) -> tuple[float, float] | None:
    """The range `node` clips its input to; None when it does not clip."""
    if not node.outputs or graph.values[node.outputs[0]].dtype != "float32":
        return None
    match node.op:
        case "Relu":
            return 0.0, math.inf
        case "Relu6":
            return 0.0, 6.0
        case "Clip" if "min" in node.attrs:
            return node.float_attr("min"), node.float_attr("max")
        case "Max" | "Min" if len(node.inputs) == 2:
            numbers = [scalar(graph, name) for name in node.inputs]
            number = next((n for n in numbers if n is not None), None)
            source = _clipped(graph, node)
            if number is None or source not in graph.values:
                return None
            if graph.values[source].shape != graph.values[node.outputs[0]].shape:
                return None
            return (number, math.inf) if node.op == "Max" else (-math.inf, number)
        case _:
            return None


def _clipped(graph: Graph, node: Node) -> str:
    return next((name for name in node.inputs if not graph.is_constant(name)), "")


def _as_clip(node: Node, source: str, low: float, high: float) -> Node:
    op, attrs = "Clip", dict[str, Attr](min=low, max=high)
    if low == 0.0 and high in (6.0, math.inf):
        op, attrs = "Relu" if high == math.inf else "Relu6", {}
    elif low == -math.inf and high == math.inf:
        op, attrs = "Identity", {}
    return replace(node, op=op, inputs=(source,), attrs=attrs)


def find_activations(graph: Graph) -> Graph:
    """Swish, HardSwish, HardSigmoid, Gelu and Mish wherever their formula is written out.

    Swish x s(x); HardSwish x clip(x+3, 0, 6) / 6; HardSigmoid clip(a x + b, 0, 1); Gelu
    x/2 (1 + erf(x / sqrt 2)), or with attribute approximate "tanh"
    x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))); Mish x tanh(softplus x).
    """
    rewrite = Rewrite(graph)
    for node in reversed(graph.nodes):
        if node.op not in ("Mul", "Div") or graph.values[node.outputs[0]].dtype != "float32":
            continue
        formula = expand(graph, node)
        if formula is None:
            continue
        for matcher in _MATCHERS:
            found = matcher(graph, formula)
            if found is not None:
                _put(rewrite, formula, found)
                break
    return rewrite.done()


def _put(rewrite: Rewrite, formula: Polynomial, found: _Match) -> None:
    op, source, attrs, further = found
    graph, top = rewrite.graph, formula.nodes[-1]
    gone = list({node.name: node for node in (*further, *formula.nodes)}.values())
    names = {node.name for node in gone}
    for node in gone:
        readers = graph.consumers[node.outputs[0]]
        private = node.outputs[0] not in graph.outputs and all(r.name in names for r in readers)
        if node is not top and not private:
            return
    if graph.values[source].shape == graph.values[top.outputs[0]].shape:
        origins = merged_origins((top, *gone))
        made = replace(top, op=op, inputs=(source,), attrs=attrs, origins=origins)
        rewrite.replace(gone, [made])


def _pair(graph: Graph, formula: Polynomial, op: str) -> tuple[str, Node] | None:
    """(x, the node of kind `op`) of a formula in the two values x and what `op` computes."""
    for name in formula.atoms:
        node = graph.producer.get(name)
        rest = formula.atoms - {name}
        if node is not None and node.op == op and not node.domain and len(rest) == 1:
            return next(iter(rest)), node
    return None


def _swish(graph: Graph, formula: Polynomial) -> _Match | None:
    found = _pair(graph, formula, "Sigmoid")
    if found is None or found[1].inputs[0] != found[0]:
        return None
    if not formula.is_close(_times(found[0], found[1].outputs[0])):
        return None
    return "Swish", found[0], {}, (found[1],)


def _hard_swish(graph: Graph, formula: Polynomial) -> _Match | None:
    found = _pair(graph, formula, "HardSigmoid")
    if found is not None:
        x, gate = found
        slope, offset = gate.float_attr("alpha", 0.2), gate.float_attr("beta", 0.5)
        fits = gate.inputs[0] == x and abs(slope - 1 / 6) < 1e-4 and abs(offset - 0.5) < 1e-4
        if fits and formula.is_close(_times(x, gate.outputs[0])):
            return "HardSwish", x, {}, (gate,)
        return None
    for op in ("Relu6", "Clip"):
        found = _pair(graph, formula, op)
        if found is None:
            continue
        x, clip = found
        low, high = (0.0, 6.0) if op == "Relu6" else _clip_bounds(clip)
        shifted = expand_value(graph, clip.inputs[0])
        # x clip(x+3, 0, 6) / 6, or everything divided first: x clip(x/6 + 1/2, 0, 1).
        if low == 0.0 and shifted and formula.is_close({_key(x, clip.outputs[0]): 1 / high}):
            gain = high / 6
            if shifted.is_close({(x,): gain, (): 3 * gain}):
                return "HardSwish", x, {}, (*shifted.nodes, clip)
    return None


def _hard_sigmoid(graph: Graph, formula: Polynomial) -> _Match | None:
    """clip(x + b, 0, m) / m, which is HardSigmoid with alpha 1/m and beta b/m."""
    if len(formula.terms) != 1 or len(formula.atoms) != 1:
        return None
    ((term, factor),) = formula.terms.items()
    clip = graph.producer.get(term[0])
    if clip is None or clip.op not in ("Relu6", "Clip") or len(term) != 1:
        return None
    low, high = (0.0, 6.0) if clip.op == "Relu6" else _clip_bounds(clip)
    shifted = expand_value(graph, clip.inputs[0])
    if low != 0.0 or not math.isfinite(high) or shifted is None or len(shifted.atoms) != 1:
        return None
    (x,) = shifted.atoms
    if abs(factor * high - 1) > 1e-4 or not set(shifted.terms) <= {(x,), ()}:
        return None
    alpha, beta = shifted.terms.get((x,), 0.0) * factor, shifted.terms.get((), 0.0) * factor
    return "HardSigmoid", x, {"alpha": alpha, "beta": beta}, (*shifted.nodes, clip)


def _clip_bounds(clip: Node) -> tuple[float, float]:
    if "min" not in clip.attrs:
        return math.nan, math.nan
    return clip.float_attr("min"), clip.float_attr("max")


def _gelu(graph: Graph, formula: Polynomial) -> _Match | None:
    for op, approximate in (("Erf", "none"), ("Tanh", "tanh")):
        found = _pair(graph, formula, op)
        if found is None:
            continue
        x, curve = found
        argument: dict[tuple[str, ...], float] = {(x,): 1 / math.sqrt(2)}
        if op == "Tanh":
            argument = {(x,): _ROOT_2_OVER_PI, (x, x, x): 0.044715 * _ROOT_2_OVER_PI}
        inner = expand_value(graph, curve.inputs[0])
        if inner is None or not inner.is_close(argument):
            continue
        if formula.is_close({(x,): 0.5, _key(x, curve.outputs[0]): 0.5}):
            return "Gelu", x, {"approximate": approximate}, (*inner.nodes, curve)
    return None


def _mish(graph: Graph, formula: Polynomial) -> _Match | None:
    found = _pair(graph, formula, "Tanh")
    if found is None:
        return None
    x, tanh = found
    soft = graph.producer.get(tanh.inputs[0])
    if soft is None or soft.op != "Softplus" or soft.inputs[0] != x:
        return None
    if not formula.is_close(_times(x, tanh.outputs[0])):
        return None
    return "Mish", x, {}, (soft, tanh)


def _key(*names: str) -> tuple[str, ...]:
    return tuple(sorted(names))


def _times(*names: str) -> dict[tuple[str, ...], float]:
    return {_key(*names): 1.0}


_MATCHERS: Sequence[Callable[[Graph, Polynomial], _Match | None]] = (
    _swish, _hard_swish, _hard_sigmoid, _gelu, _mish,
)  # fmt: skip
