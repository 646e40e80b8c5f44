"""LSTM and GRU give what onnxruntime gives for the same numbers, rounded once."""

from __future__ import annotations

import numpy as np
import pytest

from rkviz.emulate.compiled.float_net import run_node
from rkviz.emulate.reference import KERNELS, Operand
from rkviz.graph.model import Attr, Node
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import quantize
from rkviz.quantize.plan import Step
from rkviz.target import Engine

STEPS, SIZE, HIDDEN = 6, 3, 4
GATES = {"LSTM": 4, "GRU": 3}
REAL = QuantParams.floating()


def operands(op: str, directions: int, with_state: bool, bias: bool) -> list[Operand | None]:
    random = np.random.default_rng(0)
    rows = GATES[op] * HIDDEN
    u8 = QuantParams.affine(1 / 64, 131)
    shapes = [(STEPS, 1, SIZE), (directions, rows, SIZE), (directions, rows, HIDDEN)]
    given: list[Operand | None] = [
        Operand(quantize(random.normal(size=shape) / 2, u8), u8) for shape in shapes
    ]
    drawn = random.normal(size=(directions, 2 * rows)).astype(np.float32)
    given += [Operand(drawn, REAL) if bias else None, None]
    if with_state:
        shape = (directions, 1, HIDDEN)
        states = 2 if op == "LSTM" else 1
        given += [
            Operand(random.normal(size=shape).astype(np.float32), REAL) for _ in range(states)
        ]
    return given


@pytest.mark.parametrize("op", GATES)
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("with_state", [False, True])
@pytest.mark.parametrize("linear", [0, 1])
def test_as_onnxruntime(op: str, direction: str, with_state: bool, linear: int) -> None:
    directions = 2 if direction == "bidirectional" else 1
    inputs = operands(op, directions, with_state, bias=linear == 1)
    attrs: dict[str, Attr] = {"hidden_size": HIDDEN, "direction": direction}
    if op == "GRU":
        attrs["linear_before_reset"] = linear
    count = 3 if op == "LSTM" else 2
    names = tuple(f"i{n}" if x else "" for n, x in enumerate(inputs))
    outputs = tuple(f"o{n}" for n in range(count))
    arrays = [None if x is None else x.real.astype(np.float32) for x in inputs]
    expected = run_node(Node("layer", op, names, outputs, attrs), arrays)
    i16 = QuantParams.fixed_point(QuantScheme.I16, 12)
    step = Step("layer", op, Engine.SHADER, (), (), attrs={**attrs, "results": (0, 1, 2)[:count]})
    for codes, exact in zip(KERNELS[op](step, inputs, [i16] * count), expected, strict=True):
        assert codes.shape == exact.shape
        assert np.abs(codes * i16.scale - exact).max() < 0.51 * i16.scale + 1e-5


def test_only_the_results_asked_for() -> None:
    inputs = operands("LSTM", 1, with_state=False, bias=True)
    i16 = QuantParams.fixed_point(QuantScheme.I16, 12)

    def results(*kept: int) -> list[np.ndarray]:
        step = Step("layer", "LSTM", Engine.SHADER, (), (), attrs={"results": kept})
        return KERNELS["LSTM"](step, inputs, [i16] * len(kept))

    everything = results(0, 1, 2)
    assert np.array_equal(everything[0][-1], everything[1])
    (cell,) = results(2)
    assert np.array_equal(cell, everything[2])
