"""What a rule has to say about a layer before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`sentence` says what is the matter with `layer`, `advice` what to do about it."""

    layer: str
    rule: str
    sentence: str
    advice: str


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
