"""What the words of the window mean, a sentence or two each, for tool tips."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

_LESSONS = {
    "cosine": QT_TRANSLATE_NOOP(
        "Lessons",
        "Angle between the float and the quantized tensor: 1 is the same direction. Blind to a "
        "common factor and to single values, so look at SNR as well.",
    ),
    "snr_db": QT_TRANSLATE_NOOP(
        "Lessons",
        "Energy of the float tensor over that of the difference, in decibels: 20 dB is an error of "
        "10 %, 40 dB of 1 %. Adds up well from layer to layer.",
    ),
    "euclidean_norm": QT_TRANSLATE_NOOP(
        "Lessons",
        "Length of the difference over that of the float tensor; 0 is equal. The toolkit's reports "
        "have the same number.",
    ),
    "max_abs": QT_TRANSLATE_NOOP(
        "Lessons",
        "The largest difference of any value, in the unit of the tensor. Tells of a single value "
        "that went wrong, which the others average away.",
    ),
    "saturated_share": QT_TRANSLATE_NOOP(
        "Lessons",
        "Share of the values outside the range, which are clipped to its ends. Much of it: the "
        "range is too narrow, or the calibration pictures are not typical.",
    ),
    "scale": QT_TRANSLATE_NOOP(
        "Lessons",
        "What one step of the code is worth: value = scale × (code − zero point). A wider range "
        "needs a larger scale, and small values lose their digits.",
    ),
    "zero_point": QT_TRANSLATE_NOOP(
        "Lessons",
        "The code that stands for 0, so that zeros of padding and ReLU stay exact. Only u8 has "
        "one.",
    ),
    "fl": QT_TRANSLATE_NOOP(
        "Lessons",
        "Bits behind the point: value = code / 2^fl. One more halves the step and the range.",
    ),
    "quality": QT_TRANSLATE_NOOP(
        "Lessons",
        "What a plan is judged by, on pictures that calibration never saw. Parts of an output are "
        "its groups of channels: a dead class or box shows there first.",
    ),
}


def lesson(word: str) -> str:
    """The lesson on a metric or another term; empty where there is none."""
    text = _LESSONS.get(word)
    return QCoreApplication.translate("Lessons", text) if text else ""
