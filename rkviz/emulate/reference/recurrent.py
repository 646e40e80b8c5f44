"""LSTM and GRU over a sequence, batch 1 as the toolkit has them.

Open: on the chip both are within one code of float. Here the gates and the state are computed in
float64 from the codes of the input and of the weights, and each result is rounded once (RNE).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rkviz.emulate.reference.functions import sigmoid
from rkviz.emulate.reference.operand import (
    Codes,
    Kernel,
    Operand,
    integer,
    ints,
    optional,
    present,
    text,
)
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64, round_to_codes
from rkviz.quantize.plan import Step


@dataclass(frozen=True, eq=False)
class _Weights:
    """One direction: `w` [gates * hidden, in], `r` [gates * hidden, hidden], biases of both."""

    w: Float64
    r: Float64
    input_bias: Float64
    state_bias: Float64


@dataclass(frozen=True, eq=False)
class _State:
    hidden: Float64
    cell: Float64


Cell = Callable[[Step, _Weights, Float64, _State], _State]


def _lstm_cell(step: Step, weights: _Weights, x: Float64, state: _State) -> _State:
    """One step of an LSTM (open); gates in ONNX's order input, output, forget, cell.

    c = f * c + i * tanh(g), h = o * tanh(c) with i, o, f = sigmoid(...).
    """
    del step
    summed = x @ weights.w.T + state.hidden @ weights.r.T + weights.input_bias + weights.state_bias
    i, o, f, g = np.split(summed, 4, axis=-1)
    cell = sigmoid(f) * state.cell + sigmoid(i) * np.tanh(g)
    return _State(sigmoid(o) * np.tanh(cell), cell)


def _gru_cell(step: Step, weights: _Weights, x: Float64, state: _State) -> _State:
    """One step of a GRU (open); gates in ONNX's order update, reset, hidden.

    h = (1 - z) * n + z * h with n = tanh(Wn x + r * (Rn h + b)) where linear_before_reset, else
    tanh(Wn x + Rn (r * h) + b).
    """
    from_x = x @ weights.w.T + weights.input_bias
    from_h = state.hidden @ weights.r.T + weights.state_bias
    xz, xr, xn = np.split(from_x, 3, axis=-1)
    hz, hr, hn = np.split(from_h, 3, axis=-1)
    z, r = sigmoid(xz + hz), sigmoid(xr + hr)
    if not integer(step.attrs, "linear_before_reset"):
        size = weights.r.shape[1]
        hn = (r * state.hidden) @ weights.r[-size:].T + weights.state_bias[-size:]
        n = np.tanh(xn + hn)
    else:
        n = np.tanh(xn + r * hn)
    return _State((1.0 - z) * n + z * state.hidden, state.cell)


def _kernel(cell: Cell) -> Kernel:
    def kernel(
        step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
    ) -> list[Codes]:
        """x [steps, 1, in] -> Y [steps, directions, 1, hidden], Y_h and Y_c [directions, 1, ...].

        `results` says which of the three the step gives.
        """
        x = present(inputs, 0).real
        direction = text(step.attrs, "direction", "forward")
        sequences: list[Float64] = []
        last: list[_State] = []
        for number, weights in enumerate(_directions(inputs)):
            backward = direction == "reverse" or number == 1
            states = list(_states(step, cell, weights, x[::-1] if backward else x, inputs, number))
            hidden = np.stack([state.hidden for state in states])
            sequences.append(hidden[::-1] if backward else hidden)
            last.append(states[-1])
        results = (
            np.stack(sequences, axis=1),
            np.stack([state.hidden for state in last]),
            np.stack([state.cell for state in last]),
        )
        kept = ints(step.attrs, "results", range(len(outputs)))
        with np.errstate(under="ignore"):
            return [
                round_to_codes(results[index] / out.scale, out)
                for index, out in zip(kept, outputs, strict=True)
            ]

    kernel.__doc__ = cell.__doc__
    return kernel


def _directions(inputs: Sequence[Operand | None]) -> Iterator[_Weights]:
    w, r, bias = present(inputs, 1).real, present(inputs, 2).real, optional(inputs, 3)
    for number in range(w.shape[0]):
        rows = w.shape[1]
        both = np.zeros(2 * rows) if bias is None else bias.real[number]
        yield _Weights(w[number], r[number], both[:rows], both[rows:])


def _states(
    step: Step,
    cell: Cell,
    weights: _Weights,
    x: Float64,
    inputs: Sequence[Operand | None],
    number: int,
) -> Iterator[_State]:
    """The state after each step of direction `number`, beginning with the given one or zeros."""
    zeros = np.zeros((x.shape[1], weights.r.shape[1]))
    first = [
        zeros if given is None else given.real[number]
        for given in (optional(inputs, 5), optional(inputs, 6))
    ]
    state = _State(*first)
    for row in x:
        state = cell(step, weights, row, state)
        yield state


lstm = _kernel(_lstm_cell)
gru = _kernel(_gru_cell)
