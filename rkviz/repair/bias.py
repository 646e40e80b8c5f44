"""Bias correction: what quantized weights and inputs shift on average goes into the bias.

For a layer y = W x + b, of which the NPU computes W' x' + b', the mean outputs agree with
b' = b + W E[x] - W' E[x'], with E the mean over pictures and places. Analytic (Nagel et al. 2019):
E[x'] = E[x], the weights' error alone. Sequential: E[x'] is what the quantized layers in front
give, each with its bias already corrected. Corrections of many layers at once from one run count
the same shift again and again, and diverge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import as_real
from rkviz.numerics.arithmetic import Float64, dequantize
from rkviz.progress import Progress, part_of, silent
from rkviz.quantize.plan import QuantPlan, Step
from rkviz.quantize.weights import bias_tensor
from rkviz.repair.layers import Float32, Samples, Weighted, patch_sums

Array = NDArray[np.generic]

_CODES_BYTES = 256 << 20
"""Codes of all pictures between two layers; what does not fit leaves pictures out."""


def analytic_biases(
    plan: QuantPlan, layers: Mapping[str, Weighted], means: Mapping[str, Float64]
) -> dict[str, Float32]:
    """Layer -> bias; `means` are those of the patches (G, n) in the float network."""
    return {
        name: _corrected(plan, layer, means[name], means[name])
        for name, layer in layers.items()
        if name in means and takes_bias(plan, layer)
    }


def sequential_biases(
    plan: QuantPlan,
    layers: Mapping[str, Weighted],
    means: Mapping[str, Float64],
    samples: Samples,
    progress: Progress = silent,
) -> dict[str, Float32]:
    """Layer -> bias; the emulated network runs layer by layer over `samples`.

    As many pictures are used as fit into memory between two layers, at least one.
    """
    walk = _Walk(plan, samples)
    biases: dict[str, Float32] = {}
    for number, step in enumerate(plan.steps):
        part = part_of(progress, number / len(plan.steps), (number + 1) / len(plan.steps))
        layer = layers.get(step.name)
        if layer is not None and step.name in means and takes_bias(plan, layer):
            bias = _corrected(plan, layer, means[step.name], walk.mean_patch(step, layer, part))
            biases[step.name] = bias
            walk.run(_with_bias(plan, step, bias), step, part)
        else:
            walk.run(_alone(plan, step), step, part)
    return biases


def takes_bias(plan: QuantPlan, layer: Weighted) -> bool:
    """Whether `layer` runs in integers and has a bias."""
    step = plan.step_of.get(layer.name)
    return step is not None and len(step.inputs) > 2 and plan.scheme[layer.name].is_quantized


def _corrected(plan: QuantPlan, layer: Weighted, real: Float64, held: Float64) -> Float32:
    """b + W `real` - W' `held`, the mean patches (G, n) in float and in codes."""
    tensor = plan.tensors[plan.step_of[layer.name].inputs[1]]
    assert tensor.codes is not None
    assert layer.bias is not None
    codes = replace(layer, weight=dequantize(tensor.codes, tensor.params)).matrices
    shift = np.matmul(layer.matrices, real[:, :, None]) - np.matmul(codes, held[:, :, None])
    return (layer.bias + shift.reshape(-1)).astype(np.float32)


def _with_bias(plan: QuantPlan, step: Step, bias: Float32) -> QuantPlan:
    """The plan of `step` alone with `bias`."""
    alone = _alone(plan, step)
    x, w, b = (plan.tensors[name] for name in step.inputs[:3])
    made = bias_tensor(b.name, bias, x.params, w.params, plan.scheme[step.name])
    return replace(alone, tensors={**alone.tensors, b.name: made})


def _alone(plan: QuantPlan, step: Step) -> QuantPlan:
    """A plan of one step: its digest does not depend on the others' weights."""
    names = [name for name in (*step.inputs, *step.outputs) if name]
    return replace(plan, steps=(step,), tensors={name: plan.tensors[name] for name in names})


class _Walk:
    """The codes of all pictures at one place of the network, and on through it."""

    def __init__(self, plan: QuantPlan, samples: Samples) -> None:
        self.plan = plan
        self.readers = Counter(name for step in plan.steps for name in set(step.inputs))
        count = max(1, _CODES_BYTES // max(_most_bytes(plan, self.readers), 1))
        self.codes: list[dict[str, Array]] = []
        for _, feeds in zip(range(min(count, samples.count)), samples.open(), strict=False):
            self.codes.append(dict(feeds))

    def mean_patch(self, step: Step, layer: Weighted, progress: Progress) -> Float64:
        """Mean (G, n) of the patches `layer` sees in codes."""
        source, out = step.inputs[0], self.plan.tensors[step.outputs[0]].shape
        total, count = 0.0, 0
        for number, codes in enumerate(self.codes):
            progress(0.5 * number / len(self.codes), 1, step.name)
            real = as_real(self.plan, source, codes[source])
            summed, seen = patch_sums(layer, real, out)
            total, count = total + summed, count + seen
        return np.asarray(total / count)

    def run(self, alone: QuantPlan, step: Step, progress: Progress) -> None:
        """Run `step`, as `alone` has it, for all pictures and forget what nobody reads any more."""
        programs = Programs()
        for name in set(step.inputs):
            self.readers[name] -= 1
        for number, codes in enumerate(self.codes):
            progress(0.5 + 0.5 * number / len(self.codes), 1, step.name)
            made = programs.run_step(alone, alone.steps[0], codes)
            for name in (*step.inputs, *made):
                if self.readers[name] <= 0:
                    codes.pop(name, None)
                    made.pop(name, None)
            codes.update(made)


def _most_bytes(plan: QuantPlan, readers: Mapping[str, int]) -> int:
    """Bytes of the codes of one picture where most are held."""
    left, held, most = dict(readers), set[str](), 0
    now = sum(4 * plan.graph.values[name].size for name in plan.graph.inputs)
    for step in plan.steps:
        fresh = [name for name in step.outputs if name not in held]
        held.update(fresh)
        now += sum(_bytes(plan, name) for name in fresh)
        most = max(most, now)
        for name in set(step.inputs):
            left[name] -= 1
            if not left[name] and name in held:
                held.remove(name)
                now -= _bytes(plan, name)
    return most


def _bytes(plan: QuantPlan, name: str) -> int:
    tensor = plan.tensors[name]
    return int(np.prod(tensor.shape, dtype=np.int64)) * tensor.params.scheme.dtype.itemsize
