"""Every step of a plan by its fast program where there is one, else by the reference kernel."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from rkviz.emulate.compiled import conv, deconv, elementwise, lookup, pool, products
from rkviz.emulate.compiled.by_constant import by_constant
from rkviz.emulate.compiled.program import Codes, Maker, Program
from rkviz.emulate.compiled.quantize import Quantizer
from rkviz.emulate.executor import Observer, as_codes, run_step
from rkviz.emulate.reference.tables import TABLE_KERNELS
from rkviz.numerics import QuantParams
from rkviz.quantize.plan import QuantPlan, Step, TensorPlan
from rkviz.target import Engine

_KEPT = 4096
"""Programs kept; a large network has a few hundred steps."""


def _first_of(*makers: Maker) -> Maker:
    """The program of the first of `makers` that has one."""

    def maker(
        step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
    ) -> Program | None:
        made = (one(step, inputs, outputs) for one in makers)
        return next((program for program in made if program is not None), None)

    return maker


MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        "Conv": _first_of(conv.conv, products.accumulated),
        "Gemm": _first_of(conv.gemm, products.accumulated),
        "MatMul": _first_of(conv.matmul, products.accumulated),
        "ConvTranspose": _first_of(deconv.conv_transpose, products.accumulated),
        "MaxPool": pool.max_pool,
        "GlobalMaxPool": pool.global_max_pool,
        "AveragePool": pool.average_pool,
        "GlobalAveragePool": pool.global_average_pool,
        "ReduceMean": pool.reduce_mean,
        "ReduceSum": pool.reduce_sum,
        "Concat": lookup.concat,
        **dict.fromkeys(
            (
                *TABLE_KERNELS, "Convert", "Exp", "Softplus", "Sqrt", "Log", "Floor", "Round",
                "Neg",
            ),
            lookup.unary,
        ),
        **dict.fromkeys(("Add", "Sub", "Mul"), elementwise.pair),
        **dict.fromkeys(("Div", "Max", "Min"), lookup.binary),
        "PRelu": _first_of(by_constant, lookup.binary),
        "Pow": by_constant,
        **dict.fromkeys(
            (
                "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Split",
                "Pad", "SpaceToDepth", "DepthToSpace",
            ),
            lookup.move,
        ),
    }
)  # fmt: skip
"""Operator -> what makes its program. All of them give the integers of the reference."""


class Programs:
    """Programs by all they depend on: a step that did not change is never built twice.

    Holds no results. Safe to use from two threads: at worst a program is built twice.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, Program | None] = OrderedDict()
        self._quantizers: dict[QuantParams, Quantizer] = {}

    def __len__(self) -> int:
        """How many different steps were seen."""
        return len(self._known)

    def run_step(
        self,
        plan: QuantPlan,
        step: Step,
        codes: Mapping[str, Codes],
        observe: Observer | None = None,
    ) -> dict[str, Codes]:
        """As `executor.run_step`, the same integers. Raises UnsupportedOpError.

        Programs are made only where no input can fill half the accumulator; they tell nothing.
        """
        if step.op == "Input":
            (name,) = step.outputs
            return {name: self.as_codes(plan, name, codes[name])}
        program = self._program(plan, step)
        if program is None:
            return run_step(plan, step, codes, observe)
        given = [_held(plan, name, codes) if name else None for name in step.inputs]
        return dict(zip(step.outputs, program(given), strict=True))

    def run_plan(self, plan: QuantPlan, feeds: Mapping[str, Codes]) -> dict[str, Codes]:
        """As `executor.run_plan`, the same integers."""
        codes: dict[str, Codes] = dict(feeds)
        for step in plan.steps:
            codes.update(self.run_step(plan, step, codes))
        return {name: codes[name] for step in plan.steps for name in step.outputs}

    def as_codes(self, plan: QuantPlan, tensor: str, real: Codes) -> Codes:
        """As `executor.as_codes`, the same integers."""
        if real.dtype != np.float32:
            return as_codes(plan, tensor, real)
        params = plan.tensors[tensor].params
        if params not in self._quantizers:
            self._quantizers[params] = Quantizer(params)
        return self._quantizers[params](real)

    def has_program(self, plan: QuantPlan, step: Step) -> bool:
        """Whether `step` runs by a program of its own and not by the reference kernel."""
        return step.op == "Input" or self._program(plan, step) is not None

    def _program(self, plan: QuantPlan, step: Step) -> Program | None:
        key = plan.own_key[step.name]
        if key not in self._known:
            self._known[key] = _made(plan, step)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[key]


def _made(plan: QuantPlan, step: Step) -> Program | None:
    maker = MAKERS.get(step.op)
    if maker is None or step.engine is Engine.CPU:
        return None
    inputs = [plan.tensors[name] if name else None for name in step.inputs]
    return maker(step, inputs, [plan.tensors[name] for name in step.outputs])


def _held(plan: QuantPlan, name: str, codes: Mapping[str, Codes]) -> Codes:
    constant = plan.tensors[name].codes
    return codes[name] if constant is None else constant
