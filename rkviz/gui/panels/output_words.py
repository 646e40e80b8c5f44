"""Parts of outputs that died, in words: shouted wherever the error of the outputs stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from rkviz.analyse.display import number_text
from rkviz.gui.panels.plan_words import DEAD, part_name

if TYPE_CHECKING:
    from rkviz.analyse.report import AnalysisReport
    from rkviz.analyse.slices import SliceError

_MOST_NAMED = 3


def dead_parts(report: AnalysisReport) -> list[tuple[str, SliceError]]:
    """(output layer, part) of everything that quantization made one number of."""
    return [
        (layer, part) for layer in report.outputs for part in report.slices(layer) if part.is_dead
    ]


def dead_words(part: SliceError) -> str:
    """What is left of a dead part."""
    value = part.constant if part.constant is not None else 0.0
    text = QCoreApplication.translate("OutputWords", "{sign} all {value}")
    return text.format(sign=DEAD, value=number_text(value))


def shout(report: AnalysisReport | None) -> str:
    """A sentence naming the dead parts, "" where none is."""
    dead = dead_parts(report) if report is not None else []
    if not dead:
        return ""
    named = ", ".join(f"{part_name(part.name)} ({layer})" for layer, part in dead[:_MOST_NAMED])
    if len(dead) > _MOST_NAMED:
        more = QCoreApplication.translate("OutputWords", "{names} and {count} more")
        named = more.format(names=named, count=len(dead) - _MOST_NAMED)
    text = QCoreApplication.translate(
        "OutputWords",
        "{sign} Dead after quantization, one number for every picture: {names}. "
        "The cosine of the whole output does not show it.",
    )
    return text.format(sign=DEAD, names=named)
