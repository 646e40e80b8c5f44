"""What the plan decided, said in the user's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from rkviz.analyse.display import number_text
from rkviz.quantize.plan import Reason
from rkviz.target import Engine

if TYPE_CHECKING:
    from rkviz.graph.model import Attr, Graph, Node
    from rkviz.numerics import QuantParams

_CONTEXT = "LayerWords"

_REASONS = {
    Reason.MEASURED: QT_TRANSLATE_NOOP(
        "LayerWords",
        "Measured: the smallest and the largest value over the calibration pictures.",
    ),
    Reason.AVERAGED: QT_TRANSLATE_NOOP(
        "LayerWords",
        "moving_average: minimum and maximum averaged over the calibration pictures.",
    ),
    Reason.PERCENTILE: QT_TRANSLATE_NOOP(
        "LayerWords", "percentile: the range that holds the chosen share of all values."
    ),
    Reason.KL_DIVERGENCE: QT_TRANSLATE_NOOP(
        "LayerWords", "kl_divergence: clipped where the codes keep the distribution best."
    ),
    Reason.MMSE: QT_TRANSLATE_NOOP("LayerWords", "mmse: clipped where the squared error is least."),
    Reason.ACTIVATION: QT_TRANSLATE_NOOP(
        "LayerWords",
        "The range of {layer}, because that activation runs in the same operation.",
    ),
    Reason.RELU6: QT_TRANSLATE_NOOP(
        "LayerWords", "0 to 6: the bounds of relu6, which runs in the same operation."
    ),
    Reason.CONCAT: QT_TRANSLATE_NOOP(
        "LayerWords",
        "Joined by {layer}: a concat copies codes, so its inputs and its output share one range.",
    ),
    Reason.COPIED: QT_TRANSLATE_NOOP(
        "LayerWords", "As in {layer}: this operation only moves or selects codes."
    ),
    Reason.SIGMOID: QT_TRANSLATE_NOOP(
        "LayerWords",
        "Clipped to −6.3 … 6.3, because the sigmoid {layer} is flat beyond that.",
    ),
    Reason.WEIGHTS: QT_TRANSLATE_NOOP("LayerWords", "The smallest and the largest weight."),
    Reason.BIAS: QT_TRANSLATE_NOOP(
        "LayerWords", "The scale of the input times the scale of the weights."
    ),
    Reason.GIVEN: QT_TRANSLATE_NOOP("LayerWords", "The model file states these parameters."),
    Reason.EXPLICIT_RANGE: QT_TRANSLATE_NOOP("LayerWords", "You set this range."),
    Reason.EXPLICIT_PARAMS: QT_TRANSLATE_NOOP("LayerWords", "You set these parameters."),
    Reason.CONVERTED: QT_TRANSLATE_NOOP(
        "LayerWords", "Converted for {layer}, which runs in another type."
    ),
    Reason.FLOAT: QT_TRANSLATE_NOOP(
        "LayerWords", "Floating point (fp16 on the device) needs no range."
    ),
}

_SHORT_REASONS = {
    Reason.MEASURED: QT_TRANSLATE_NOOP("LayerWords", "measured"),
    Reason.AVERAGED: QT_TRANSLATE_NOOP("LayerWords", "moving average"),
    Reason.PERCENTILE: QT_TRANSLATE_NOOP("LayerWords", "percentile"),
    Reason.KL_DIVERGENCE: QT_TRANSLATE_NOOP("LayerWords", "KL divergence"),
    Reason.MMSE: QT_TRANSLATE_NOOP("LayerWords", "MMSE"),
    Reason.ACTIVATION: QT_TRANSLATE_NOOP("LayerWords", "activation {layer}"),
    Reason.RELU6: QT_TRANSLATE_NOOP("LayerWords", "relu6"),
    Reason.CONCAT: QT_TRANSLATE_NOOP("LayerWords", "concat {layer}"),
    Reason.COPIED: QT_TRANSLATE_NOOP("LayerWords", "copied from {layer}"),
    Reason.SIGMOID: QT_TRANSLATE_NOOP("LayerWords", "sigmoid {layer}"),
    Reason.WEIGHTS: QT_TRANSLATE_NOOP("LayerWords", "weights"),
    Reason.BIAS: QT_TRANSLATE_NOOP("LayerWords", "bias"),
    Reason.GIVEN: QT_TRANSLATE_NOOP("LayerWords", "model file"),
    Reason.EXPLICIT_RANGE: QT_TRANSLATE_NOOP("LayerWords", "your range"),
    Reason.EXPLICIT_PARAMS: QT_TRANSLATE_NOOP("LayerWords", "your parameters"),
    Reason.CONVERTED: QT_TRANSLATE_NOOP("LayerWords", "converted for {layer}"),
    Reason.FLOAT: QT_TRANSLATE_NOOP("LayerWords", "float"),
}

_ENGINES = {
    Engine.NN: QT_TRANSLATE_NOOP("LayerWords", "NN engine (convolution)"),
    Engine.TP: QT_TRANSLATE_NOOP("LayerWords", "Tensor processor"),
    Engine.SHADER: QT_TRANSLATE_NOOP("LayerWords", "Shader (slow: one after another)"),
    Engine.CPU: QT_TRANSLATE_NOOP("LayerWords", "Not on the NPU: the CPU computes it in float"),
}

_METRICS = {
    "cosine": QT_TRANSLATE_NOOP("LayerWords", "Cosine similarity"),
    "snr_db": QT_TRANSLATE_NOOP("LayerWords", "Signal to noise"),
    "euclidean_norm": QT_TRANSLATE_NOOP("LayerWords", "Euclidean, normalised"),
    "max_abs": QT_TRANSLATE_NOOP("LayerWords", "Largest error"),
    "saturated_share": QT_TRANSLATE_NOOP("LayerWords", "Saturated share"),
}


_EXPLICIT_ELSEWHERE = {
    Reason.EXPLICIT_RANGE: QT_TRANSLATE_NOOP("LayerWords", "You set this range at {layer}."),
    Reason.EXPLICIT_PARAMS: QT_TRANSLATE_NOOP("LayerWords", "You set these parameters at {layer}."),
}


def reason_sentence(reason: Reason, layer: str) -> str:
    """Why a tensor has its range, as a sentence naming `layer` ("" is the layer itself)."""
    sentences = _EXPLICIT_ELSEWHERE if layer and reason in _EXPLICIT_ELSEWHERE else _REASONS
    return QCoreApplication.translate(_CONTEXT, sentences[reason]).format(layer=layer)


def reason_short(reason: Reason, layer: str) -> str:
    """The same in a word or two, for a table."""
    return QCoreApplication.translate(_CONTEXT, _SHORT_REASONS[reason]).format(layer=layer)


def engine_words(engine: Engine) -> str:
    return QCoreApplication.translate(_CONTEXT, _ENGINES[engine])


def metric_title(metric: str) -> str:
    """The name of the metric with id `metric`."""
    return QCoreApplication.translate(_CONTEXT, _METRICS[metric])


def params_words(params: QuantParams) -> str:
    """`scale 0.0157, zero point 128` or `fl 5, scale 1/32`; what float means on the device."""
    translate = QCoreApplication.translate
    if not params.scheme.is_quantized:
        return translate("LayerWords", "fp16 on the device")
    if params.fl is not None:
        text = translate("LayerWords", "fl {fl} (scale {scale})")
        return text.format(fl=params.fl, scale=number_text(params.scale))
    text = translate("LayerWords", "scale {scale}, zero point {zero}")
    return text.format(scale=number_text(params.scale), zero=params.zero_point)


def scale_words(params: QuantParams) -> str:
    """The scale alone, for a bias: its zero point is always 0."""
    if params.fl is not None or not params.scheme.is_quantized:
        return params_words(params)
    text = QCoreApplication.translate("LayerWords", "scale {scale}")
    return text.format(scale=number_text(params.scale))


def node_words(graph: Graph, node: Node) -> str:
    """One layer and its attributes in a line: `Conv 3×3, stride 2, 32 channels from 16`."""
    parts = [_first_words(node)]
    if node.op in ("Conv", "ConvTranspose") and len(node.inputs) > 1:
        parts += _convolution_words(graph, node)
    else:
        known = ("kernel_shape", "strides", "pads", "dilations")
        parts += _window_words(node)
        parts += [
            f"{name} {_plain(value)}" for name, value in node.attrs.items() if name not in known
        ]
    return ", ".join(parts)


def _first_words(node: Node) -> str:
    kernel = node.attrs.get("kernel_shape")
    name = f"{node.domain}.{node.op}" if node.domain else node.op
    return f"{name} {'×'.join(map(str, kernel))}" if isinstance(kernel, tuple) else name


def _convolution_words(graph: Graph, node: Node) -> list[str]:
    translate = QCoreApplication.translate
    weight = graph.constants.get(node.inputs[1])
    group = node.int_attr("group", 1)
    parts: list[str] = []
    if weight is not None:
        outputs, inputs = weight.shape[0], weight.shape[1] * group
        if node.op == "ConvTranspose":
            outputs, inputs = weight.shape[1] * group, weight.shape[0]
        text = translate("LayerWords", "{outputs} channels from {inputs}")
        parts.append(text.format(outputs=outputs, inputs=inputs))
        if group > 1 and group == inputs:
            parts.append(translate("LayerWords", "depthwise"))
        elif group > 1:
            parts.append(translate("LayerWords", "{count} groups").format(count=group))
    return parts + _window_words(node)


def _window_words(node: Node) -> list[str]:
    """Stride, padding and dilation where they do anything."""
    translate = QCoreApplication.translate
    parts: list[str] = []
    for name, text, usual in (
        ("strides", translate("LayerWords", "stride {value}"), 1),
        ("pads", translate("LayerWords", "padding {value}"), 0),
        ("dilations", translate("LayerWords", "dilation {value}"), 1),
    ):
        values = node.attrs.get(name)
        if isinstance(values, tuple) and any(value != usual for value in values):
            parts.append(text.format(value=_plain(values)))
    return parts


def _plain(value: Attr) -> str:
    if not isinstance(value, tuple):
        return str(value)
    if len(set(value)) == 1:
        return str(value[0])
    return " ".join(map(str, value))
