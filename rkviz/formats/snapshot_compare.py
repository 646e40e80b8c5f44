"""Toolkit, emulator and board side by side: where they disagree about a layer."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rkviz.analyse.metrics import Metric
from rkviz.analyse.report import AnalysisReport
from rkviz.formats.accuracy_snapshot import Snapshot
from rkviz.graph.model import Graph

if TYPE_CHECKING:  # the window shows comparisons before any engine is loaded
    from rkviz.formats.tensor_compare import ComparedTensors

DISAGREEMENT = 3.0
"""How many times the normalised distance of one may be that of the other."""
_CLOSE = 0.02
"""Distances below this are equal enough, whatever their ratio: a cosine above 0.9998."""
_SHOWN = 8
"""Names listed that are no layers of the network."""
_KIND = {
    "entire": "accumulated",
    "individual": "own",
    "board": "own",
    "board entire": "accumulated",
}
"""Part of a snapshot -> which error of the emulator it is held against."""
PART_OF = {
    ("toolkit", "own"): "individual",
    ("toolkit", "accumulated"): "entire",
    ("board", "own"): "board",
    ("board", "accumulated"): "board entire",
}
"""(Whose numbers, which error) -> part of a snapshot."""
COMPARISONS = {
    metric.id: metric
    for metric in (
        Metric("toolkit", "Cosine by the toolkit", "", True, (0.999, 0.99, 0.96)),
        Metric("board", "Cosine on the board", "", True, (0.999, 0.99, 0.96)),
        Metric("toolkit apart", "Emulator against toolkit", "", False, (0.02, 0.06, 0.2)),
        Metric("board apart", "Emulator against board", "", False, (0.02, 0.06, 0.2)),
    )
}
"""What else can colour the graph: whose cosine, or how far the normalised distances are apart."""


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

    @property
    def apart(self) -> float:
        """How far the normalised distances are from each other; NaN where one alone is NaN."""
        if math.isnan(self.theirs) and math.isnan(self.ours):
            return 0.0
        return abs(_distance(self.theirs) - _distance(self.ours))


@dataclass(frozen=True)
class Compared:
    """All layers both know, in the order of the network, each with its parts.

    `tensors` is there when the dumped tensors were compared too.
    """

    rows: tuple[Comparison, ...]
    snapshot: Snapshot
    tensors: ComparedTensors | None = None

    @cached_property
    def of_layer(self) -> dict[str, dict[str, Comparison]]:
        """Layer -> part -> its comparison."""
        found: dict[str, dict[str, Comparison]] = {}
        for row in self.rows:
            found.setdefault(row.layer, {})[row.part] = row
        return found

    @property
    def disagreeing(self) -> tuple[str, ...]:
        """Layers with a part in which they disagree."""
        return tuple(dict.fromkeys(row.layer for row in self.rows if row.disagree))

    @property
    def unmapped_shown(self) -> str:
        """What has no layer here, the first few by name."""
        names = self.snapshot.unmapped
        return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")

    @property
    def is_of_another_network(self) -> bool:
        """Whether more of the snapshot has no layer here than has one."""
        return len(self.snapshot.unmapped) > len(self.rows)

    def values(self, comparison: str, kind: str) -> dict[str, float]:
        """Layer -> number of a metric of `COMPARISONS`, for the error `kind`."""
        whose, _, apart = comparison.partition(" ")
        part = PART_OF[whose, kind]
        return {
            row.layer: row.apart if apart else row.theirs for row in self.rows if row.part == part
        }

    @property
    def json(self) -> str:
        """For programs; NaN is null."""
        return _json(self)

    def text(self, only: bool = False) -> str:
        """A table for the terminal; with `only` just the layers where they disagree."""
        return _text(self, only)


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


def _text(compared: Compared, only: bool) -> str:
    shown = [row for row in compared.rows if row.disagree or not only]
    width = max((len(row.layer) for row in shown), default=5)
    lines = [f"{'layer':{width}}  {'part':12}  {'toolkit':>9}  {'rkviz':>9}"]
    lines += [
        f"{row.layer:{width}}  {row.part:12}  {row.theirs:9.6f}  {row.ours:9.6f}"
        f"{'  disagree' if row.disagree else ''}"
        for row in shown
    ]
    tensors = compared.tensors
    if tensors is not None:
        width = max((len(row.layer) for row in tensors.rows), default=5)
        lines += ["", f"{'tensor':{width}}  {'part':12}  {'cosine':>9}  equal codes  apart"]
        lines += [
            f"{row.layer:{width}}  {row.part:12}  {row.cosine:9.6f}"
            + (
                ""
                if row.equal_share is None
                else f"  {100 * row.equal_share:9.3f} %  {row.codes_apart or 0:5}"
            )
            for row in tensors.rows
            if not only or row.codes_apart
        ]
    return "\n".join((*lines, *_closing(compared)))


def _json(compared: Compared) -> str:
    snapshot, tensors = compared.snapshot, compared.tensors
    document: dict[str, object] = {
        "rows": [
            {
                "layer": row.layer,
                "part": row.part,
                "toolkit_cosine": _number(row.theirs),
                "rkviz_cosine": _number(row.ours),
                "disagree": row.disagree,
            }
            for row in compared.rows
        ],
        "read": {part: len(entries) for part, entries in snapshot.parts.items()},
        "tensors": dict(snapshot.tensors),
        "unmapped": list(snapshot.unmapped),
    }
    if tensors is not None:
        document["picture"] = tensors.picture
        document["compared_tensors"] = [
            {
                "layer": row.layer,
                "part": row.part,
                "cosine": _number(row.cosine),
                "codes_apart": row.codes_apart,
                "equal_share": row.equal_share,
            }
            for row in tensors.rows
        ]
        document["problems"] = list(tensors.problems)
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _closing(compared: Compared) -> Iterator[str]:
    snapshot, tensors = compared.snapshot, compared.tensors
    disagreeing = sum(row.disagree for row in compared.rows)
    read = ", ".join(f"{len(entries)} rows {part}" for part, entries in snapshot.parts.items())
    yield f"{read or 'no texts'}; {len(compared.rows)} compared, {disagreeing} disagree."
    if tensors is not None:
        yield f"{len(tensors.rows)} tensors compared for {tensors.picture}."
        yield from tensors.problems
    if snapshot.unmapped:
        count = len(snapshot.unmapped)
        yield f"Not layers of this network ({count}): {compared.unmapped_shown}"
        if compared.is_of_another_network:
            yield "Most of what was read is of another network: check that the two belong together."


def _differ(theirs: float, ours: float) -> bool:
    if math.isnan(theirs) or math.isnan(ours):
        return math.isnan(theirs) is not math.isnan(ours)
    small, large = sorted(map(_distance, (theirs, ours)))
    return large > _CLOSE and large > DISAGREEMENT * small


def _distance(cosine: float) -> float:
    """sqrt(2 (1 - cosine)), the toolkit's normalised distance."""
    return math.nan if math.isnan(cosine) else math.sqrt(max(0.0, 2 * (1 - cosine)))
