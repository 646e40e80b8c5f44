"""Bias correction: what quantized weights and inputs shift on average goes into the bias.

For a layer y = W x + b, of which the NPU computes W' x' + b', the mean outputs agree with
b' = b + W E[x] - W' E[x'], with E the mean over pictures and places. Analytic (Nagel et al. 2019):
E[x'] = E[x], the weights' error alone. Sequential: E[x'] is what the quantized layers in front
give, each with its bias already corrected: see `layerwise`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rkviz.numerics.arithmetic import Float64, dequantize
from rkviz.quantize.plan import QuantPlan
from rkviz.repair.layers import Float32, Weighted


def analytic_biases(
    plan: QuantPlan, layers: Mapping[str, Weighted], means: Mapping[str, Float64]
) -> dict[str, Float32]:
    """Layer -> bias; `means` are those of the patches (G, n) in the float network.

    Where NaN or infinity arrives, biases stay as they are.
    """
    return {
        name: corrected_bias(plan, layer, means[name], means[name])
        for name, layer in layers.items()
        if name in means and takes_bias(plan, layer) and np.isfinite(means[name]).all()
    }


def takes_bias(plan: QuantPlan, layer: Weighted) -> bool:
    """Whether `layer` runs in integers and has a bias."""
    step = plan.step_of.get(layer.name)
    return step is not None and len(step.inputs) > 2 and plan.scheme[layer.name].is_quantized


def corrected_bias(plan: QuantPlan, layer: Weighted, real: Float64, held: Float64) -> Float32:
    """b + W `real` - W' `held`, the mean patches (G, n) in float and in codes.

    W' are the weights of `plan`.
    """
    tensor = plan.tensors[plan.step_of[layer.name].inputs[1]]
    assert tensor.codes is not None
    assert layer.bias is not None
    codes = replace(layer, weight=dequantize(tensor.codes, tensor.params)).matrices
    shift = np.matmul(layer.matrices, real[:, :, None]) - np.matmul(codes, held[:, :, None])
    return (layer.bias + shift.reshape(-1)).astype(np.float32)
