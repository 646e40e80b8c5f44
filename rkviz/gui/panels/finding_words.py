"""Findings and remedies in the user's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from rkviz.analyse.display import number_text
from rkviz.analyse.finding import Finding
from rkviz.analyse.remedies import (
    CorrectBias,
    CutConcat,
    EqualizeChannels,
    LeaveOutOutliers,
    Normalize,
    Remedy,
    SetRange,
    SetScheme,
)
from rkviz.formats.report_finding_words import finding_parts
from rkviz.gui.language import current_language


def finding_words(finding: Finding) -> tuple[str, str]:
    """(what is the matter, what to do about it)."""
    sentence, advice = finding_parts(finding, current_language())
    return sentence[:1].upper() + sentence[1:], advice


def remedy_words(remedy: Remedy, layer: str) -> str:
    """What the button of `remedy` says, on the page of `layer`."""
    translate = QCoreApplication.translate
    match remedy:
        case SetScheme(layers, scheme):
            if layers == (layer,):
                return translate("FindingWords", "Run in {type}").format(type=scheme.short)
            if len(layers) == 1:
                text = translate("FindingWords", "Run {layer} in {type}")
                return text.format(layer=layers[0], type=scheme.short)
            text = translate("FindingWords", "Run {count} layers in {type}")
            return text.format(count=len(layers), type=scheme.short)
        case SetRange(_layer, low, high):
            text = translate("FindingWords", "Set the range {low} … {high}")
            ends = (number_text(float(f"{end:.4g}")) for end in (low, high))
            return text.format(**dict(zip(("low", "high"), ends, strict=True)))
        case LeaveOutOutliers():
            return translate("FindingWords", "Range by mmse")
        case EqualizeChannels():
            return translate("FindingWords", "Equalize channels")
        case CorrectBias():
            return translate("FindingWords", "Correct biases")
        case CutConcat():
            return translate("FindingWords", "Write a model cut here…")
        case Normalize():
            text = translate("FindingWords", "Mean {mean}, std {std}")
            return text.format(mean=f"{remedy.mean:g}", std=f"{remedy.std:g}")


def remedy_tip(remedy: Remedy) -> str:
    """What pressing the button does; names the layers it concerns."""
    translate = QCoreApplication.translate
    match remedy:
        case SetScheme(layers) if len(layers) > 1:
            return "\n".join((*layers[:12], *(("…",) if len(layers) > 12 else ())))
        case EqualizeChannels() | CorrectBias():
            return translate(
                "FindingWords", "Turns on this repair for all layers; one step to undo."
            )
        case Normalize(_input, low, high):
            text = translate(
                "FindingWords", "Pictures of 0 … 255 become {low} … {high}. One step to undo."
            )
            return text.format(low=number_text(low), high=number_text(high))
        case CutConcat():
            return translate(
                "FindingWords",
                "Writes an ONNX model that ends in front of this concat; the board's CPU computes "
                "the rest.",
            )
        case _:
            return translate("FindingWords", "One step to undo.")
