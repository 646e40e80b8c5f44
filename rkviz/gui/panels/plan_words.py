"""What a plan, a run or a layer's choices are called: sentences and numbers for people."""

from __future__ import annotations

import math
from datetime import date

from PySide6.QtCore import QCoreApplication

from rkviz.analyse.display import amount_text, metric_text, number_text
from rkviz.formats.report_finding_words import part_text
from rkviz.gui.language import current_language
from rkviz.numerics import QuantScheme
from rkviz.plans import OutputNumbers, Run
from rkviz.quantize.config import LayerConfig
from rkviz.repair.choice import BiasCorrection, Repairs

translate = QCoreApplication.translate
DEAD = "⚠"
"""In front of what died, beside the colour."""


def choice_words(choice: LayerConfig) -> str:
    """What holds for a layer, defaults filled in: `i16, 0 … 6, mmse`."""
    words = [choice.scheme.short if choice.scheme else ""]
    if choice.params is not None:
        params = choice.params
        if params.scheme.is_fixed_point:
            words.append(f"fl {params.fl}")
        else:
            words.append(f"× {number_text(params.scale)}, zp {params.zero_point}")
    elif choice.range is not None:
        words.append("{} … {}".format(*(number_text(end) for end in choice.range)))
    elif choice.range_method is not None and choice.scheme is not QuantScheme.FLOAT:
        words.append(str(choice.range_method))
    return ", ".join(word for word in words if word)


def repair_name(name: str) -> str:
    """A word of `Repairs.names` for people."""
    return {
        "equalize": translate("PlanWords", "equalize"),
        "round": translate("PlanWords", "round"),
        "bias": translate("PlanWords", "biases"),
        BiasCorrection.SEQUENTIAL.value: translate("PlanWords", "biases in sequence"),
    }[name]


def repairs_words(repairs: Repairs) -> str:
    names = [repair_name(name) for name in repairs.names]
    return " + ".join(names) or translate("PlanWords", "no repairs")


def time_words(milliseconds: float) -> str:
    return f"{amount_text(milliseconds)} ms"


def part_words(output: OutputNumbers | None) -> str:
    """The worst part of an output, shouted when it died."""
    if output is None:
        return ""
    if output.dead_parts:
        text = translate("PlanWords", "{count} dead: {part}")
        return f"{DEAD} " + text.format(count=output.dead_parts, part=part_name(output.worst_part))
    return f"{part_name(output.worst_part)} {metric_text('cosine', output.worst_cosine)}"


def part_name(name: str) -> str:
    """A part of an output in the user's language."""
    return part_text(name, current_language())


def run_words(run: Run) -> str:
    """One line: quality, cost and size."""
    return ", ".join(
        (
            metric_text("snr_db", run.snr_db),
            time_words(run.milliseconds),
            f"{amount_text(run.fps)} fps",
            f"{amount_text(run.megabytes)} MB",
        )
    )


def when_words(run: Run) -> str:
    """The minute; before it month and day, where it was not today."""
    day, _, time = run.when[:16].partition("T")
    return time if day == date.today().isoformat() else f"{day[5:]} {time}"


def cosine_words(value: float) -> str:
    return metric_text("cosine", value if math.isfinite(value) else math.nan)
