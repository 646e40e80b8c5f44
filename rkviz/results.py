"""Results: everything derived from a Project so far. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the window shows empty results before any engine is loaded
    from rkviz.analyse.report import AnalysisReport
    from rkviz.calibrate.dataset import Dataset
    from rkviz.calibrate.stats import CalibrationStats
    from rkviz.formats.snapshot_compare import Compared
    from rkviz.graph.model import Graph
    from rkviz.quantize.plan import QuantPlan
    from rkviz.repair.workbench import Repaired
    from rkviz.search.effect import Effects


@dataclass(frozen=True, eq=False)
class Results:
    """What has been derived so far. `keys` maps a step to the digest of what it was made from.

    `graph` and `stats` are those of the network as it was opened; with repairs the plan is made
    from what `repaired` has, and `plan.graph` is the float network it is compared with.
    `compared` is what the toolkit or a board reported, held against `report`;
    `effects` is what each layer is to blame for at the outputs, where it was
    measured. `problems` are sentences about samples that were left out.
    """

    graph: Graph | None = None
    dataset: Dataset | None = None
    stats: CalibrationStats | None = None
    repaired: Repaired | None = None
    plan: QuantPlan | None = None
    report: AnalysisReport | None = None
    compared: Compared | None = None
    effects: Effects | None = None
    keys: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def plan_stats(self) -> CalibrationStats | None:
        """The statistics the plan's ranges come from."""
        return self.repaired.stats if self.repaired else self.stats

    @property
    def problems(self) -> tuple[str, ...]:
        return self.dataset.problems if self.dataset else ()
