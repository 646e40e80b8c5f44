"""Repairs layer by layer, each on the network as the layers in front of it have become.

What a layer gets from them is neither what it gets in float nor what it got before they were
repaired. Weights are rounded and biases corrected for what really arrives, and both make up for
what came wrong. Corrections of many layers at once from one run count the same error again and
again, and diverge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rkviz.numerics import QuantScheme
from rkviz.numerics.arithmetic import Float64
from rkviz.progress import Progress, part_of, silent
from rkviz.quantize.corrected import Corrected
from rkviz.quantize.plan import QuantPlan, Step
from rkviz.quantize.weights import bias_tensor, weight_tensor
from rkviz.repair.bias import corrected_bias, takes_bias
from rkviz.repair.choice import BiasCorrection, Repairs
from rkviz.repair.layers import Float32, Samples, Weighted, patches
from rkviz.repair.rounding import COLUMNS, can_round, moments_of, round_weights
from rkviz.repair.walk import Walk


def repair_in_order(
    plan: QuantPlan,
    layers: Mapping[str, Weighted],
    means: Mapping[str, Float64],
    samples: Samples,
    repairs: Repairs,
    scheme: QuantScheme,
    progress: Progress = silent,
) -> dict[str, Corrected]:
    """Layer -> constants of `layers` in `scheme`, with the rounding and bias of `repairs`.

    `plan` is that of the network as it is, `means` those of the patches (G, n) in float. Over
    `samples` the emulated network runs layer by layer and the float network beside it; as many
    pictures are used as fit into memory between two layers, at least one. `progress` may raise
    Cancelled.
    """
    work = _Work(plan, layers, means, samples, repairs, scheme)
    made: dict[str, Corrected] = {}
    for number, step in enumerate(plan.steps):
        part = part_of(progress, number / len(plan.steps), (number + 1) / len(plan.steps))
        layer, alone = layers.get(step.name), _alone(plan, step)
        if layer is not None:
            own = work.corrected(step, layer, part_of(part, 0.0, 0.8))
            if own.weight is not None or own.bias is not None:
                made[step.name] = own
                alone = _with_constants(alone, layer, own)
        work.walk.run(alone, step, part_of(part, 0.8, 1.0))
    return made


class _Work:
    """What all layers have in common."""

    def __init__(
        self,
        plan: QuantPlan,
        layers: Mapping[str, Weighted],
        means: Mapping[str, Float64],
        samples: Samples,
        repairs: Repairs,
        scheme: QuantScheme,
    ) -> None:
        self.plan, self.means, self.repairs, self.scheme = plan, means, repairs, scheme
        rounded = [layer for layer in layers.values() if self._rounds(layer)]
        self.waiting = Counter(layer.source for layer in rounded)
        self.walk = Walk(plan, samples, self.waiting.keys())

    def _rounds(self, layer: Weighted) -> bool:
        runs_in = self.plan.scheme[layer.name]
        return (
            self.repairs.rounding
            and layer.name in self.plan.step_of
            and runs_in is self.scheme
            and can_round(layer, runs_in)
        )

    def corrected(self, step: Step, layer: Weighted, progress: Progress) -> Corrected:
        """The constants of the layer the walk has come to."""
        weight = self._weight(step, layer, progress) if self._rounds(layer) else None
        own = Corrected(self.scheme, weight)
        kind = self.repairs.bias
        real = self.means.get(layer.name)
        if kind is BiasCorrection.NONE or real is None or not takes_bias(self.plan, layer):
            return own
        held = self.walk.mean_patch(step, layer) if kind is BiasCorrection.SEQUENTIAL else real
        if not (np.isfinite(real).all() and np.isfinite(held).all()):
            return own
        alone = _with_constants(_alone(self.plan, step), layer, own)
        return replace(own, bias=corrected_bias(alone, layer, real, held))

    def _weight(self, step: Step, layer: Weighted, progress: Progress) -> Float32 | None:
        """Rounded weights; None where NaN or infinity arrives."""
        most = -(-COLUMNS // self.walk.count)
        gathering = part_of(progress, 0.0, 0.5)
        seen = (
            (patches(layer, real, most), patches(layer, held, most))
            for real, held in self.walk.inputs(step, layer.source, gathering)
        )
        moments = moments_of(seen, about_mean=self.repairs.bias is not BiasCorrection.NONE)
        self.waiting[layer.source] -= 1
        if not self.waiting[layer.source]:
            self.walk.forget(layer.source)
        if not moments.is_finite:
            return None
        return round_weights(layer, moments, self.scheme, part_of(progress, 0.5, 1.0))


def _alone(plan: QuantPlan, step: Step) -> QuantPlan:
    """A plan of one step: its digest does not depend on the others' weights."""
    names = [name for name in (*step.inputs, *step.outputs) if name]
    return replace(plan, steps=(step,), tensors={name: plan.tensors[name] for name in names})


def _with_constants(alone: QuantPlan, layer: Weighted, own: Corrected) -> QuantPlan:
    """The plan of one step with the layer's `own` constants; a bias counts steps of the weights."""
    (step,) = alone.steps
    tensors = dict(alone.tensors)
    scheme = alone.scheme[step.name]
    if own.weight is not None:
        tensors[step.inputs[1]] = weight_tensor(step.inputs[1], own.weight, scheme)
    bias = layer.bias if own.bias is None else own.bias
    if bias is not None:
        x, w = (tensors[name].params for name in step.inputs[:2])
        tensors[step.inputs[2]] = bias_tensor(step.inputs[2], bias, x, w, scheme)
    return replace(alone, tensors=tensors)
