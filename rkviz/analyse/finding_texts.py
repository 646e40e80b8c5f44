"""The sentence and the advice of every rule, as patterns for `str.format`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """What a rule says, and what to do about it."""

    sentence: str
    advice: str


_OPERATORS: Mapping[str, Text] = {
    "drops-in-8-bits": Text(
        "The vendor warns that {op} may lose accuracy in 8 bits.",
        "Compare its own error with the layer in i16.",
    ),
    "unequal-dilation": Text(
        "Its dilation is {first:.0f} on one axis and {second:.0f} on the other, which the toolkit "
        "does not take.",
        "Use the same dilation on both axes.",
    ),
    "large-kernel": Text(
        "Its kernel of {kernel} is larger than {largest:.0f}, the largest of the convolution "
        "engine at this stride.",
        "Build it from smaller ones; 3x3 is the fastest.",
    ),
    "ceil-mode": Text(
        "ceil_mode makes its output larger, which the toolkit does not read from an ONNX file.",
        "Pad the input instead, so that rounding down gives the same size.",
    ),
    "division-with-broadcast": Text(
        "It divides tensors of different shapes, which the toolkit does not take.",
        "Expand the smaller operand first.",
    ),
    "division-by-constant": Text(
        "It divides by a constant of another shape, which the toolkit does not take.",
        "Multiply by the reciprocal instead.",
    ),
    "softmax-1d": Text(
        "It is a softmax of a tensor with a single axis, which the toolkit does not take.",
        "Keep the batch axis.",
    ),
    "pad-value": Text(
        "It pads with {value:g}; quantised, the toolkit pads with 0 only.",
        "Pad with 0, or give this layer the type float.",
    ),
    "negative-power": Text(
        "Its exponent is {exponent:g}; the toolkit has no power with a negative one.",
        "Divide 1 by the positive power.",
    ),
    "elu-alpha": Text(
        "Its alpha is {alpha:g}; the toolkit has elu with alpha 1 only.",
        "Train it with alpha 1.",
    ),
    "expanded-batch": Text(
        "It expands the batch to {batch:.0f}; the toolkit expands other axes only.",
        "Keep a batch of 1 and expand along another axis.",
    ),
    "uneven-resize": Text(
        "It resizes {source} to {result}; the toolkit knows whole factors only.",
        "Choose sizes that are multiples, or check the board's result.",
    ),
    "nearest-mode": Text(
        "nearest_mode {mode} takes other pixels than the chip, which rounds coordinates down.",
        "Export with coordinates asymmetric and nearest_mode floor.",
    ),
    "not-in-toolkit": Text(
        "The chip can compute {operator}, but the toolkit's list of ONNX operators does not name "
        "it.",
        "Try whether the toolkit converts it before relying on it.",
    ),
}
_RANGES: Mapping[str, Text] = {
    "unlike-ranges": Text(
        "It joins ranges that differ by a factor of {ratio:.0f}: {narrow} keeps about {bits:.1f} "
        "of its 8 bits beside {wide}.",
        "Scale one of them in the network, give them outputs of their own, or use i16.",
    ),
    "boxes-with-scores": Text(
        "It joins scores between 0 and 1 ({scores}) with {others}, whose numbers may be far "
        "larger: in 8 bits the scores can all become one number.",
        "Cut the network here, so that both are outputs of their own, or run what leads here in "
        "i16 or float.",
    ),
    "mixed-concat": Text(
        "Its inputs are computed in different types ({types}); boards have refused models whose "
        "concat inputs differ in their parameters.",
        "Give the layers in front of it one type.",
    ),
    "clipped-sigmoid": Text(
        "As the toolkit does, its input is clipped from {low:.3g} .. {high:.3g} to {to_low:.3g} .. "
        "{to_high:.3g}: scores below {least:.4f} or above {most:.4f} come out alike.",
        "Where such scores matter, run the sigmoid and the layer before it in i16.",
    ),
    "weight-outliers": Text(
        "The largest weights ({count:.0f} of them) reach {largest:.3g} where all others stay "
        "within {rest:.3g}: the range is {ratio:.1f} times as wide as they need.",
        "Clip or retrain them, equalize the channels, or run the layer in i16.",
    ),
    "always-zero": Text(
        "It gives nothing but 0 on all calibration pictures, so other pictures saturate.",
        "Add pictures that reach it, or set its range by hand.",
    ),
    "raw-picture": Text(
        "The first layer sees numbers from {low:.3g} to {high:.3g}.",
        "Set mean and std unless the network was trained on such numbers.",
    ),
    "slow-float": Text(
        "It runs in fp16, for which the chip has no convolution engine: the shader computes it, "
        "far more slowly.",
        "Try i16 first, which is nearly as exact.",
    ),
    "channel-imbalance": Text(
        "The weight ranges of its channels differ by a factor of {ratio:.0f}: {starved:.0f} of "
        "{channels:.0f} channels get fewer than {codes:.0f} codes.",
        "Equalize the channels, correct the bias, or run the layer in i16.",
    ),
    "not-finite": Text(
        "{count:.0f} of its weights are not finite (NaN or infinite): what follows is not a "
        "number.",
        "Export the network again from a checkpoint that is sound.",
    ),
    "bias-saturates": Text(
        "{count:.0f} of its biases do not fit into 32 bits: the step of input times weights is too "
        "small for them.",
        "Run the layer in i16, or look for channels whose weights are nearly 0.",
    ),
    "coarse-accumulator": Text(
        "One step of its sums moves the output by {steps:.1f} codes: the input's and the weights' "
        "steps are coarse beside the range of the output.",
        "Narrow the range of its input or of its weights, or run the layer in i16.",
    ),
    "collapsed": Text(
        "All its values become one code: its own range is {low:.3g} .. {high:.3g}, its step "
        "{unit:.3g}.",
        "Give it a range of its own, or run it in i16 or float.",
    ),
    "few-codes": Text(
        "It uses {codes:.0f} of {all:.0f} codes: its own range is {low:.3g} .. {high:.3g}, it is "
        "given {to_low:.3g} .. {to_high:.3g}.",
        "Give it a range of its own, or run it in i16.",
    ),
}
_MEASURED: Mapping[str, Text] = {
    "accumulator-overflow": Text(
        "its accumulator overflows: the largest sum is {filling:.2f} times what {bits:.0f} bits "
        "hold, and wraps to a wrong number.",
        "Run it in i16, whose accumulator has more bits, or give it smaller weights or fewer "
        "inputs to sum.",
    ),
    "accumulator-near": Text(
        "its accumulator comes within a factor of {margin:.2f} of overflowing its {bits:.0f} bits; "
        "other pictures may reach it.",
        "Run it in i16, whose accumulator has more bits, or give it smaller weights or fewer "
        "inputs to sum.",
    ),
    "outliers": Text(
        "Its range is set by {count:.0f} values, {share:.3%} of all: the others stay within "
        "{low:.3g} .. {high:.3g}, a range {ratio:.1f} times narrower.",
        "Choose percentile, mmse or kl_divergence for its range, or run it in i16.",
    ),
    "one-picture": Text(
        "Calibration picture {picture:.0f} alone makes its range {ratio:.1f} times as wide: in all "
        "others it stays within {low:.3g} .. {high:.3g}.",
        "Look whether that picture belongs to the others; percentile, moving_average or mmse leave "
        "it out.",
    ),
    "long-tail": Text(
        "Most of its values share few codes: one standard deviation is {codes:.1f} steps, the "
        "range {width:.0f} standard deviations.",
        "Choose percentile, mmse or kl_divergence for its range, or run it in i16.",
    ),
    "saturated": Text(
        "{share:.2%} of its values lie outside its range {low:.3g} .. {high:.3g} and are clipped.",
        "Calibrate on more pictures like these, or widen the range.",
    ),
    "flat-sigmoid": Text(
        "{share:.2%} of its values are clipped, where {culprit} behind it is flat: its own numbers "
        "look worse than what comes of them.",
        "Judge {culprit} instead.",
    ),
    "inherited": Text(
        "Its error comes from before it: by itself it has {own:.1f} dB, in the network "
        "{accumulated:.1f} dB; the most is lost at {culprit} ({lost:.1f} dB).",
        "Look at {culprit} first; another type here changes little.",
    ),
    "adds-up": Text(
        "Its error comes from before it: by itself it has {own:.1f} dB, in the network "
        "{accumulated:.1f} dB. It adds up over many layers; the worst of them is {culprit} "
        "({lost:.1f} dB).",
        "Turn on repairs, or search the best hybrid plan; one layer alone changes little.",
    ),
    "dead-slice": Text(
        "Of its output, {slice} is the same number everywhere, {value:.4g}, where the trained "
        "network tells values apart.",
        "Give that part a range of its own, or run what leads to it in i16 or float.",
    ),
    "unlike-slices": Text(
        "Its output holds numbers of very different size: {wide} reaches {high:.4g}, {narrow} only "
        "{low:.4g}, {ratio:.0f} times less.",
        "Give them outputs of their own, or run what leads to them in i16 or float.",
    ),
}

TEXTS: Mapping[str, Text] = {**_OPERATORS, **_RANGES, **_MEASURED}
"""Rule -> its texts, in English."""
