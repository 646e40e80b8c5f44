"""Repairs of one calibrated network: what several choices have in common is worked out once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from rkviz.calibrate.stats import CalibrationStats
from rkviz.digest import digest
from rkviz.graph.model import Graph
from rkviz.numerics.arithmetic import Float64
from rkviz.progress import Progress, part_of, silent
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.corrected import Corrected
from rkviz.quantize.plan import QuantPlan
from rkviz.repair.bias import analytic_biases
from rkviz.repair.choice import BiasCorrection, Repairs
from rkviz.repair.equalize import (
    careful_headroom,
    equalize,
    output_sums,
    pairs_of,
    with_biases,
)
from rkviz.repair.layers import Samples, Weighted, patch_means, weighted_layers
from rkviz.repair.layerwise import repair_in_order
from rkviz.target import Target

EQUAL_DB = 60.0
"""Equalized outputs that are further from the network's own are not taken for the same network."""


@dataclass(frozen=True, eq=False)
class Repaired:
    """What to quantize instead of the network as it was opened.

    `graph` is the float network from here on: the opened one, or an equalized one with the same
    layers, values and outputs. `stats` are its statistics. `corrected` has weights and biases for
    the plan alone, worked out for the default type. `means` are those of the patches layers see in
    float, where biases are corrected: layers in another 8-bit type are corrected by them, each for
    itself. `notes` are sentences for the user.
    """

    repairs: Repairs
    graph: Graph
    stats: CalibrationStats
    corrected: Mapping[str, Corrected]
    notes: tuple[str, ...] = ()
    means: Mapping[str, Float64] = field(default_factory=dict[str, Float64])

    @cached_property
    def digest(self) -> str:
        return digest(self.graph.digest, self.stats.digest, self.corrected, self.means)

    def plan(self, config: HybridConfig, target: Target) -> QuantPlan:
        """The plan of `config` with these repairs; raises ConfigError."""
        plan = build_plan(self.graph, self.stats, config, target, self.corrected)
        others = self._others(plan)
        if not others:
            return plan
        return build_plan(self.graph, self.stats, config, target, {**self.corrected, **others})

    def _others(self, plan: QuantPlan) -> dict[str, Corrected]:
        """Biases of layers that `plan` has in an 8-bit type nothing was worked out for; what
        weights of 16 bits are off is not worth correcting."""
        names = {
            name
            for name in self.means
            if (scheme := plan.scheme.get(name)) is not None
            and scheme.is_quantized
            and scheme.bits == 8
            and (name not in self.corrected or self.corrected[name].scheme is not scheme)
        }
        if not names:
            return {}
        layers = {n: layer for n, layer in weighted_layers(self.graph).items() if n in names}
        biases = analytic_biases(plan, layers, self.means)
        return {name: Corrected(plan.scheme[name], bias=bias) for name, bias in biases.items()}

    def corrected_graph(self, plan: QuantPlan) -> Graph:
        """The float network that has the corrected constants as its own, as the types of `plan`
        ask for them: one that these repairs have made."""
        known = {**self.corrected, **self._others(plan)}
        constants = dict(self.graph.constants)
        nodes = list(self.graph.nodes)
        for index, node in enumerate(nodes):
            own = known.get(node.name)
            if own is None or own.scheme is not plan.scheme[node.name]:
                continue
            for position, array in ((1, own.weight), (2, own.bias)):
                if array is None:
                    continue
                name = node.inputs[position]
                if len(self.graph.consumers[name]) > 1:
                    name = f"{name}/{node.name}"
                constants[name] = array
                inputs = (*nodes[index].inputs[:position], name, *node.inputs[position + 1 :])
                nodes[index] = replace(nodes[index], inputs=inputs)
        return replace(self.graph, nodes=tuple(nodes), constants=constants)


@dataclass(frozen=True, eq=False)
class _Network:
    """A float network with its statistics, and why equalization was left out if it was."""

    graph: Graph
    stats: CalibrationStats
    notes: tuple[str, ...] = ()


class Workbench:
    """`graph` with its `stats` over the calibration `samples`, to be repaired for `config`.

    Repairs are worked out for the default type of all layers: what single layers are given is
    left out of it, so that changing one of them changes no repair of the others.
    `calibrate_again` gives the statistics of an equalized network. A memory of pure results.
    """

    def __init__(
        self,
        graph: Graph,
        stats: CalibrationStats,
        samples: Samples,
        config: HybridConfig,
        target: Target,
        calibrate_again: Callable[[Graph, Progress], CalibrationStats],
    ) -> None:
        self.opened = graph
        self.samples, self.target = samples, target
        self.config = defaults_of(config)
        self._stats = stats
        self._calibrate = calibrate_again
        self._networks: dict[bool, _Network] = {}
        self._means: dict[bool, dict[str, Float64]] = {}

    def repaired(self, repairs: Repairs, progress: Progress = silent) -> Repaired:
        """The network with `repairs`. Raises RkvizError; `progress` may raise Cancelled."""
        network = self._network(repairs.equalize, part_of(progress, 0.0, 0.2))
        made = self._corrected(repairs, network, part_of(progress, 0.2, 1.0))
        progress(1.0, 1.0)
        corrects = repairs.bias is not BiasCorrection.NONE
        means = self._means[repairs.equalize] if corrects else {}
        return Repaired(repairs, network.graph, network.stats, made, network.notes, means)

    def not_equalized(self, progress: Progress = silent) -> tuple[str, ...]:
        """Why equalization changes nothing here; empty where it does. Raises as `repaired`."""
        return self._network(True, progress).notes

    def _network(self, equalized: bool, progress: Progress) -> _Network:
        if equalized not in self._networks:
            graph = with_biases(self.opened)
            made = _Network(graph, self._stats)
            if equalized:
                made = self._equalized(graph, progress)
            self._networks[equalized] = made
        return self._networks[equalized]

    def _equalized(self, graph: Graph, progress: Progress) -> _Network:
        """The equalized network, if it gives the outputs of the opened one."""
        if not pairs_of(graph):
            note = "Equalization found no two layers whose channels it can scale."
            return _Network(graph, self._stats, (note,))
        halves = self.samples.every_other(0), self.samples.every_other(1)
        headroom, ranges = careful_headroom(graph, halves, part_of(progress, 0.0, 0.5))
        if headroom is None:
            note = (
                "Equalization was left out: pictures outside the calibration reach the clips of "
                "relu6 where it would move them."
            )
            return _Network(graph, self._stats, (note,))
        made = equalize(graph, ranges, part_of(progress, 0.5, 0.55), headroom)
        same = output_sums(graph, made, self.samples, part_of(progress, 0.55, 0.7)).snr_db
        if math.isnan(same):
            note = "Equalization was left out: the float outputs hold NaN or infinity."
            return _Network(graph, self._stats, (note,))
        if same < EQUAL_DB:
            note = f"Equalization was left out: it would change the float outputs ({same:.0f} dB)."
            return _Network(graph, self._stats, (note,))
        return _Network(made, self._calibrate(made, part_of(progress, 0.7, 1.0)))

    def _corrected(
        self, repairs: Repairs, network: _Network, progress: Progress
    ) -> dict[str, Corrected]:
        """Layer -> constants that the plan takes instead of the network's."""
        walks = repairs.rounding or repairs.bias is BiasCorrection.SEQUENTIAL
        if not walks and repairs.bias is BiasCorrection.NONE:
            return {}
        layers = weighted_layers(network.graph)
        means = self._means_of(repairs, network, layers, part_of(progress, 0.0, 0.2))
        plan = build_plan(network.graph, network.stats, self.config, self.target)
        scheme = self.config.default
        if not walks:
            biases = analytic_biases(plan, layers, means)
            return {name: Corrected(scheme, bias=bias) for name, bias in biases.items()}
        walking = part_of(progress, 0.2, 1.0)
        return repair_in_order(plan, layers, means, self.samples, repairs, scheme, walking)

    def _means_of(
        self,
        repairs: Repairs,
        network: _Network,
        layers: Mapping[str, Weighted],
        progress: Progress,
    ) -> dict[str, Float64]:
        """Layer -> mean patch in float, where biases are corrected."""
        if repairs.bias is BiasCorrection.NONE:
            return {}
        if repairs.equalize not in self._means:
            made = patch_means(network.graph, layers, self.samples, progress)
            self._means[repairs.equalize] = made
        return self._means[repairs.equalize]


def defaults_of(config: HybridConfig) -> HybridConfig:
    """`config` as it is for layers nobody gave anything of their own."""
    return replace(config, overrides={})
