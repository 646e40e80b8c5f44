"""Toolkit, emulator and board side by side: where they disagree about a layer."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rkviz.analyse.report import AnalysisReport
from rkviz.formats.accuracy_snapshot import Snapshot
from rkviz.graph.model import Graph

DISAGREEMENT = 3.0
"""How many times the normalised distance of one may be that of the other."""
_CLOSE = 0.02
"""Distances below this are equal enough, whatever their ratio: a cosine above 0.9998."""
_KIND = {
    "entire": "accumulated",
    "individual": "own",
    "board": "own",
    "board entire": "accumulated",
}


@dataclass(frozen=True)
class Comparison:
    """One layer in one part: cosines by the toolkit (or its board) and by the emulator.

    `disagree` holds where the normalised distances sqrt(2 (1 - cosine)) differ by more than
    `DISAGREEMENT` times and one of them is worth a look, or where one alone is NaN.
    """

    layer: str
    part: str
    theirs: float
    ours: float
    disagree: bool


@dataclass(frozen=True)
class Compared:
    """All layers both know, in the order of the network, each with its parts."""

    rows: tuple[Comparison, ...]
    snapshot: Snapshot

    @property
    def json(self) -> str:
        """For programs; NaN is null."""
        return _json(self.rows, self.snapshot)

    def text(self, only: bool = False) -> str:
        """A table for the terminal; with `only` just the layers where they disagree."""
        return _text(self.rows, self.snapshot, only)


def compare(snapshot: Snapshot, report: AnalysisReport, graph: Graph) -> Compared:
    """Hold `snapshot` against the emulator's `report`.

    Where several rows mean one layer (an output beside its producer) the first counts.
    """
    ours = {kind: report.metric("cosine", kind) for kind in set(_KIND.values())}
    theirs: dict[tuple[str, str], float] = {}
    for part, rows in snapshot.parts.items():
        for row in rows:
            if row.layer is not None and row.similarity is not None:
                theirs.setdefault((row.layer, part), row.similarity)
    rows = tuple(
        Comparison(node.name, part, cosine, own, _differ(cosine, own))
        for node in graph.nodes
        for part in _KIND
        if (cosine := theirs.get((node.name, part))) is not None
        and (own := ours[_KIND[part]].get(node.name)) is not None
    )
    return Compared(rows, snapshot)


def _text(rows: Sequence[Comparison], snapshot: Snapshot, only: bool) -> str:
    shown = [row for row in rows if row.disagree or not only]
    width = max((len(row.layer) for row in shown), default=5)
    lines = [f"{'layer':{width}}  {'part':12}  {'toolkit':>9}  {'rkviz':>9}"]
    lines += [
        f"{row.layer:{width}}  {row.part:12}  {row.theirs:9.6f}  {row.ours:9.6f}"
        f"{'  disagree' if row.disagree else ''}"
        for row in shown
    ]
    return "\n".join((*lines, *_closing(rows, snapshot)))


def _json(rows: Sequence[Comparison], snapshot: Snapshot) -> str:
    document = {
        "rows": [
            {
                "layer": row.layer,
                "part": row.part,
                "toolkit_cosine": None if math.isnan(row.theirs) else row.theirs,
                "rkviz_cosine": None if math.isnan(row.ours) else row.ours,
                "disagree": row.disagree,
            }
            for row in rows
        ],
        "read": {part: len(entries) for part, entries in snapshot.parts.items()},
        "tensors": dict(snapshot.tensors),
        "unmapped": list(snapshot.unmapped),
    }
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)


def _closing(rows: Sequence[Comparison], snapshot: Snapshot) -> Iterator[str]:
    disagreeing = sum(row.disagree for row in rows)
    read = ", ".join(f"{len(entries)} rows {part}" for part, entries in snapshot.parts.items())
    yield f"{read}; {len(rows)} compared, {disagreeing} disagree."
    if snapshot.unmapped:
        yield f"Not layers of this network ({len(snapshot.unmapped)}): " + ", ".join(
            snapshot.unmapped
        )


def _differ(theirs: float, ours: float) -> bool:
    if math.isnan(theirs) or math.isnan(ours):
        return math.isnan(theirs) is not math.isnan(ours)
    small, large = sorted(math.sqrt(max(0.0, 2 * (1 - cosine))) for cosine in (theirs, ours))
    return large > _CLOSE and large > DISAGREEMENT * small
