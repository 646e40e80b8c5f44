"""What is the matter with a layer: a rule that spoke up, the numbers it saw, what helps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from rkviz.analyse.finding_texts import TEXTS
from rkviz.analyse.remedies import Remedy


class Severity(IntEnum):
    """How much a finding matters for the outputs."""

    NOTE = 1
    WARNING = 2
    SEVERE = 3


@dataclass(frozen=True)
class Finding:
    """`rule` says what is the matter with `layer`, `values` are its numbers and names.

    The texts of the rule in `finding_texts.TEXTS` are patterns for `str.format` with `values`:
    whoever translates translates the patterns. `remedies` are worth a try, the first one first.
    """

    layer: str
    rule: str
    values: Mapping[str, float | str] = field(default_factory=dict[str, "float | str"])
    severity: Severity = Severity.WARNING
    remedies: tuple[Remedy, ...] = ()

    @property
    def sentence(self) -> str:
        """What is the matter."""
        return TEXTS[self.rule].sentence.format(**self.values)

    @property
    def advice(self) -> str:
        """What to do about it."""
        return TEXTS[self.rule].advice.format(**self.values)


def as_notes(findings: Iterable[Finding]) -> tuple[str, ...]:
    """One line a rule: its first layer with sentence and advice, and which others it concerns."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    return tuple(_line(group) for group in by_rule.values())


def _line(group: list[Finding]) -> str:
    first = group[0]
    others = [finding.layer for finding in group[1:]]
    also = f" (as in {_listed(others)})" if others else ""
    return f"{first.layer}: {first.sentence}{also} {first.advice}"


def _listed(names: list[str], most: int = 3) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
