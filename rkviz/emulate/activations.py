"""Activations of one sample on demand: float and emulated side by side, never all in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import as_real
from rkviz.errors import ModelError, close_matches
from rkviz.numerics import QuantParams
from rkviz.progress import Progress, silent
from rkviz.quantize.plan import QuantPlan, Step

Array = NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Activation:
    """One value of the network for one sample, in the shape the graph gives it (NCHW).

    `real` is what the trained network computes; `codes` with `params` what the NPU holds, and
    `emulated` the real numbers those stand for.
    """

    real: Array
    emulated: NDArray[np.float32]
    codes: Array
    params: QuantParams


def activations(
    plan: QuantPlan,
    feeds: Mapping[str, Array],
    names: Sequence[str] | None = None,
    alone: bool = False,
    net: FloatPieces | None = None,
    programs: Programs | None = None,
    progress: Progress = silent,
) -> Iterator[tuple[str, Activation]]:
    """The values `names` of the graph (default: all the NPU computes), one by one in plan order.

    `feeds` are float32, NCHW, by input name. The emulated network runs as a whole or, where
    `alone`, every layer by itself from the float tensors in front of it. Only what leads to
    `names` is emulated, and a tensor is held until its last reader: `dict(activations(...))` keeps
    all that was asked for, a loop only one at a time. What a convolution gives to a relu that runs
    in the same operation never exists on the NPU: its `codes` are those behind the relu; the
    layer's own value is `plan.tensor_of(layer).value`.

    `net` and `programs` are used where given, so that they need not be made again. Raises
    ModelError for names nobody computes, DatasetError for feeds that do not fit,
    UnsupportedOpError; `progress` counts layers and may raise Cancelled between two.
    """
    asked = _asked(plan, names)
    steps = _alone(plan, asked) if alone else _leading_to(plan, asked)
    seen = {name for step in steps for name in _seen(plan, step, asked, alone)}
    if net is None or net.graph.digest != plan.graph.digest or not seen <= net.asked:
        net = FloatPieces(plan.graph, asked=seen)
    return _run(plan, feeds, asked, alone, steps, net, programs or Programs(), progress)


def _run(
    plan: QuantPlan,
    feeds: Mapping[str, Array],
    asked: frozenset[str],
    alone: bool,
    steps: Sequence[Step],
    net: FloatPieces,
    programs: Programs,
    progress: Progress,
) -> Iterator[tuple[str, Activation]]:
    """Take the integer network as far as the pieces of the float network got, piece by piece."""
    floats: dict[str, Array] = {}
    codes: dict[str, Array] = dict(feeds)
    readers = Counter(name for step in steps for name in {*step.inputs, *step.outputs})
    lookers = Counter(name for step in steps for name in _seen(plan, step, asked, alone))
    done = 0
    for values in net.run(feeds):
        floats.update({name: array for name, array in values.items() if lookers[name]})
        del values
        while done < len(steps):
            step = steps[done]
            seen = _seen(plan, step, asked, alone)
            if not seen <= floats.keys():
                break
            progress(done, len(steps), step.name)
            if alone:
                codes = _quantized(plan, step, floats, programs)
            result = programs.run_step(plan, step, codes)
            for name in (value for value in _given(plan, step) if value in asked):
                tensor = plan.value_tensor[name]
                held = result[tensor]
                params = plan.tensors[tensor].params
                yield name, Activation(floats[name], as_real(plan, tensor, held), held, params)
            codes.update(result)
            done += 1
            _let_go(floats, lookers, seen)
            _let_go(codes, readers, {*step.inputs, *step.outputs})
        if done == len(steps):
            return


def _quantized(
    plan: QuantPlan, step: Step, floats: Mapping[str, Array], programs: Programs
) -> dict[str, Array]:
    """The inputs of `step` from float tensors; of an Input the tensor itself."""
    if step.op == "Input":
        return {name: floats[plan.tensors[name].value] for name in step.outputs}
    return {
        name: programs.as_codes(plan, name, floats[plan.tensors[name].value])
        for name in _computed(plan, step)
    }


def _let_go(held: dict[str, Array], uses: Counter[str], used: Collection[str]) -> None:
    """Count one use of each of `used`, and forget what has none left."""
    for name in used:
        uses[name] -= 1
        if uses[name] <= 0:
            held.pop(name, None)


def _asked(plan: QuantPlan, names: Sequence[str] | None) -> frozenset[str]:
    computed = {name for step in plan.steps for name in _given(plan, step)}
    if names is None:
        return frozenset(n for n in computed if plan.graph.values[n].dtype == "float32")
    wrong = [f"{n!r}{close_matches(n, computed)}" for n in names if n not in computed]
    if wrong:
        raise ModelError("The emulated network has no such values:", wrong)
    return frozenset(names)


def _given(plan: QuantPlan, step: Step) -> tuple[str, ...]:
    """The values of the graph that `step` gives, those inside the operation included, in order."""
    return tuple(
        value
        for layer in step.layers
        for value in plan.graph.by_name[layer].outputs
        if plan.value_tensor.get(value) in step.outputs
    )


def _seen(plan: QuantPlan, step: Step, asked: frozenset[str], alone: bool) -> frozenset[str]:
    """The float tensors that have to be there when `step` runs."""
    seen = asked.intersection(_given(plan, step))
    if alone:
        read = step.outputs if step.op == "Input" else _computed(plan, step)
        seen |= {plan.tensors[name].value for name in read}
    return seen


def _computed(plan: QuantPlan, step: Step) -> set[str]:
    return {name for name in step.inputs if name and plan.tensors[name].codes is None}


def _alone(plan: QuantPlan, asked: frozenset[str]) -> list[Step]:
    return [step for step in plan.steps if not asked.isdisjoint(_given(plan, step))]


def _leading_to(plan: QuantPlan, asked: frozenset[str]) -> list[Step]:
    """The steps whose results `asked` depend on, in order."""
    needed = {plan.value_tensor[name] for name in asked}
    steps: list[Step] = []
    for step in reversed(plan.steps):
        if not needed.isdisjoint(step.outputs):
            steps.append(step)
            needed.update(_computed(plan, step))
    return steps[::-1]
