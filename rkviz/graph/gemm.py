"""Gemm of every form: a fully connected layer where it is one, single steps where it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rkviz.graph.meaning import Meaning, part
from rkviz.graph.model import Array, Attr, Node, Value


def explicit_gemm(m: Meaning) -> list[Node]:
    """y = x @ W.T + b, W (out, in) and b (out,) constant; MatMul and Add where it is not that."""
    node = m.node
    alpha, beta = node.float_attr("alpha", 1.0), node.float_attr("beta", 1.0)
    weight, bias, out = m.constant(1), m.constant(2), m.out_shape()
    if out is None:
        return [node]
    channel_bias = not m.has(2) or (bias is not None and bias.size in (1, out[-1]))
    per_row = bias is not None and bias.ndim == 2 and bias.shape[0] != 1
    if weight is None or not channel_bias or per_row or node.int_attr("transA"):
        return _general_gemm(m, alpha, beta)
    turned = weight if node.int_attr("transB") else weight.T
    inputs = [node.inputs[0], _scaled(m, node.inputs[1], np.ascontiguousarray(turned), alpha)]
    if bias is not None:
        wide = np.array(np.broadcast_to(bias.reshape(-1), (out[-1],)))
        inputs.append(_scaled(m, node.inputs[2], wide, beta))
    attrs: dict[str, Attr] = {"transA": 0, "transB": 1, "alpha": 1.0, "beta": 1.0}
    return [replace(node, inputs=tuple(inputs), attrs=attrs)]


def _scaled(m: Meaning, name: str, array: Array, factor: float) -> str:
    """The name of the constant `array` * `factor`, which is `name` when that is what it holds."""
    made = array if factor == 1.0 else np.asarray(np.multiply(array, factor, dtype=array.dtype))
    if np.array_equal(made, m.constants[name]):
        return name
    m.constants[f"{name}/{m.node.name}"] = made
    if factor == 1.0 and name in m.given:
        m.given[f"{name}/{m.node.name}"] = m.given[name]
    return f"{name}/{m.node.name}"


def _general_gemm(m: Meaning, alpha: float, beta: float) -> list[Node]:
    """Gemm as single steps: transposes, MatMul, scales, Add."""
    node, out = m.node, m.out_shape()
    nodes: list[Node] = []
    dtype = m.raw.dtypes[node.inputs[0]]

    def step(op: str, suffix: str, inputs: tuple[str, ...], shape: tuple[int, ...] | None) -> str:
        name = f"{node.outputs[0]}/{suffix}"
        m.values[name] = Value(name, shape, dtype)
        perm: dict[str, Attr] = {"perm": (1, 0)} if op == "Transpose" else {}
        nodes.append(part(node, op, suffix, inputs, name, **perm))
        return name

    def scaled(name: str, suffix: str, factor: float, shape: tuple[int, ...] | None) -> str:
        if factor == 1.0:
            return name
        if name in m.constants:
            return _scaled(m, name, m.constants[name], factor)
        m.constants[f"{node.name}/{suffix}_factor"] = np.array(factor, dtype)
        return step("Mul", suffix, (name, f"{node.name}/{suffix}_factor"), shape)

    sides: list[str] = []
    for index, flag in enumerate(("transA", "transB")):
        name, shape = node.inputs[index], m.shape(index)
        turned = shape[::-1] if shape else None
        sides.append(step("Transpose", flag, (name,), turned) if node.int_attr(flag) else name)
    product = scaled(step("MatMul", "matmul", (sides[0], sides[1]), out), "alpha", alpha, out)
    if m.has(2):
        product = step(
            "Add", "add", (product, scaled(node.inputs[2], "beta", beta, m.shape(2))), out
        )
    del m.values[product]
    nodes[-1] = replace(nodes[-1], name=node.name, outputs=node.outputs)
    return nodes
