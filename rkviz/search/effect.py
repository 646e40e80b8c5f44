"""Effect: how much noise of the outputs each layer is to blame for, in each type.

A layer's own noise d is what its integers add to the float network when they are given the same
numbers: weights and outputs rounded, inputs taken as they are. Injected into the float network at
that layer it gives the noise of the outputs; noise powers of layers add. The gain is the output's
noise per unit of d, so one run behind every layer tells its effect in every type.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.slices import Slice, output_slices
from rkviz.emulate.compiled.float_layers import FloatLayers
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import as_real
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.progress import Progress, silent
from rkviz.quantize.engines import copies
from rkviz.quantize.plan import QuantPlan, Step
from rkviz.repair.layers import Samples
from rkviz.target import Engine

Array = NDArray[np.generic]
Vector = NDArray[np.float64]
"""A number for each part of the outputs."""


@dataclass(frozen=True)
class Part:
    """What the outputs are judged by: a joined slice of an output, or a whole output."""

    output: str
    name: str
    slice: Slice | None


@dataclass(frozen=True, eq=False)
class LayerEffect:
    """One layer. Noise powers are sums of squares over all pictures.

    `noise`: of the layer itself, by type. `rounding`: of its output rounded once more to a type,
    as a converter in front of a reader does. `gain`, `rounding_gain`: noise power of every part of
    the outputs per unit of these.
    """

    noise: Mapping[QuantScheme, float]
    rounding: Mapping[QuantScheme, float]
    gain: Vector
    rounding_gain: Vector

    def at_outputs(self, scheme: QuantScheme) -> Vector:
        """The noise power of every part that the layer causes in `scheme`."""
        return self.gain * self.noise.get(scheme, 0.0)

    def converted(self, scheme: QuantScheme) -> Vector:
        """The noise power of every part that a converter of its output to `scheme` causes."""
        return self.rounding_gain * self.rounding.get(scheme, 0.0)


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of all layers (by head) on all parts of the outputs.

    `reference` is the power of each part in float; `images` the pictures it was measured on.
    """

    parts: tuple[Part, ...]
    reference: Vector
    layers: Mapping[str, LayerEffect]
    images: int

    @cached_property
    def weights(self) -> Vector:
        """What makes one number of the parts' noise: every output counts alike, by its power."""
        outputs = [part.output for part in self.parts]
        power = dict.fromkeys(outputs, 0.0)
        for name, reference in zip(outputs, self.reference, strict=True):
            power[name] += float(reference)
        return np.array([_inverse(power[name]) / len(power) for name in outputs])

    @cached_property
    def part_weights(self) -> Vector:
        """The same where every part counts alike: a small one is not hidden by a large one."""
        return np.array([_inverse(float(power)) / len(self.parts) for power in self.reference])

    def share(self, head: str, scheme: QuantScheme, by_part: bool = False) -> float:
        """Noise over signal at the outputs that `head` alone causes in `scheme`; 0 is best."""
        known = self.layers.get(head)
        if known is None:
            return 0.0
        weights = self.part_weights if by_part else self.weights
        return float(known.at_outputs(scheme) @ weights)

    def effect_db(self, head: str, scheme: QuantScheme) -> float:
        """SNR in dB the outputs would have if `head` alone were quantized; inf without effect."""
        return snr_db(self.share(head, scheme))

    def ranking(self, schemes: Mapping[str, QuantScheme]) -> list[tuple[str, float]]:
        """Heads with their `effect_db` in the types given, those to blame most first."""
        ranked = [(head, self.effect_db(head, schemes[head])) for head in self.layers]
        return sorted(ranked, key=lambda item: item[1])

    @property
    def by_type(self) -> dict[str, dict[str, float]]:
        """Head -> short name of each type -> `effect_db`, in the order of the network."""
        return {
            head: {scheme.short: self.effect_db(head, scheme) for scheme in known.noise}
            for head, known in self.layers.items()
        }

    def text(self, schemes: Mapping[str, QuantScheme], rows: int) -> str:
        """The `rows` layers to blame most in the types they have, as an aligned table."""
        ranked = [(head, db) for head, db in self.ranking(schemes) if math.isfinite(db)][:rows]
        width = max([5, *(len(head) for head, _ in ranked)])
        lines = [f"{'layer':{width}}  type  outputs' SNR dB if it alone were quantized"]
        lines += [
            f"{head:{width}}  {schemes[head].short:4}  {db:6.2f}   ("
            + ", ".join(f"{kind} {other:.1f}" for kind, other in self.by_type[head].items())
            + ")"
            for head, db in ranked
        ]
        return "\n".join(lines)


def snr_db(share: float) -> float:
    """Noise over signal as SNR in dB; NaN where it is not known."""
    if math.isnan(share):
        return share
    return -10.0 * math.log10(share) if share > 0 else math.inf


def _inverse(power: float) -> float:
    return 1.0 / power if power > 0 else 0.0


def output_parts(graph: Graph) -> tuple[Part, ...]:
    """The parts of all outputs that are float: joined slices where there are some."""
    parts: list[Part] = []
    for name in graph.outputs:
        if graph.values[name].dtype != "float32" or name not in graph.producer:
            continue
        joined = [part for part in output_slices(graph, name) if part.is_joined]
        parts += [Part(name, part.name, part) for part in joined] or [Part(name, name, None)]
    return tuple(parts)


def measure_effects(
    plans: Mapping[QuantScheme, QuantPlan],
    base: QuantScheme,
    samples: Samples,
    progress: Progress = silent,
    programs: Programs | None = None,
    net: FloatLayers | None = None,
    found: Callable[[Effects], None] | None = None,
) -> Effects:
    """The effect of every layer in every type, over all `samples`.

    `plans` are plans of one graph in which all layers that may choose have the same type, by that
    type; gains are taken with the noise in `base`. One picture with all its float tensors is in
    memory at a time. `progress` counts layers over all pictures and may raise Cancelled; after
    each picture `found` is given what is known so far. Raises ModelError, UnsupportedOpError.
    """
    graph = plans[base].graph
    work = _Measure(plans, base, net or FloatLayers(graph), programs or Programs())
    total = max(1, samples.count * len(graph.heads))
    for index, feeds in enumerate(samples.open()):
        values = work.net.all(feeds)
        work.outputs(values)
        for number, head in enumerate(graph.heads):
            progress(index * len(graph.heads) + number, total, head)
            work.layer(head, values)
        work.images += 1
        if found is not None:
            found(work.effects())
    progress(total, total)
    return work.effects()


class _Measure:
    """Sums over the pictures so far."""

    def __init__(
        self,
        plans: Mapping[QuantScheme, QuantPlan],
        base: QuantScheme,
        net: FloatLayers,
        programs: Programs,
    ) -> None:
        self.plans, self.base, self.net, self.programs = plans, base, net, programs
        self.graph = plans[base].graph
        self.parts = tuple(p for p in output_parts(self.graph) if self._computed(p.output))
        self.reference = np.zeros(len(self.parts))
        self.noise: dict[str, dict[QuantScheme, float]] = {}
        self.rounding: dict[str, dict[QuantScheme, float]] = {}
        self.caused: dict[str, Vector] = {}
        self.rounded: dict[str, Vector] = {}
        self.images = 0

    def _computed(self, output: str) -> bool:
        head = self.graph.head(self.graph.producer[output].name)
        return head not in self.net.skipped

    def outputs(self, values: Mapping[str, Array]) -> None:
        self.reference += self._power({p.output: values[p.output] for p in self.parts})

    def layer(self, head: str, values: Mapping[str, Array]) -> None:
        """Take the noise of one layer, and what of it reaches the outputs."""
        node = self.graph.by_name[self.graph.members[head][-1]]
        if copies(node) or node.op == "Concat" or head in self.net.skipped:
            return
        if any(values[name].dtype.kind != "f" for name in node.outputs if name):
            return
        noise = self.noise.setdefault(head, {})
        rounding = self.rounding.setdefault(head, {})
        for scheme, plan in self.plans.items():
            steps = _steps(plan, head)
            if not steps or steps[0].engine is Engine.CPU:
                continue
            made = self._own_noise(plan, head, steps, values)
            noise[scheme] = noise.get(scheme, 0.0) + _square(made)
            again = self._rounding(plan, steps[-1], values)
            rounding[scheme] = rounding.get(scheme, 0.0) + _square(again)
            if scheme is self.base:
                self._inject(head, made, self.caused, values)
                self._inject(head, again, self.rounded, values)

    def _own_noise(
        self, plan: QuantPlan, head: str, steps: Sequence[Step], values: Mapping[str, Array]
    ) -> dict[str, Array]:
        """What the integers of the layer add to the float layer on the same inputs."""
        codes: dict[str, Array] = {}
        fed: dict[str, Array] = dict(values)
        for step in steps:
            for name in step.inputs:
                tensor = plan.tensors.get(name)
                if tensor is None or tensor.codes is not None or name in codes:
                    continue
                codes[name] = self.programs.as_codes(plan, name, values[tensor.value])
                if values[tensor.value].dtype.kind == "f":
                    fed[tensor.value] = as_real(plan, name, codes[name])
            if step.op == "Input":
                codes.update({name: values[name] for name in step.outputs})
            codes.update(self.programs.run_step(plan, step, codes))
        last = steps[-1]
        real = values if last.op == "Input" else self.net.layer(head, fed)
        return {
            plan.tensors[name].value: _difference(
                as_real(plan, name, codes[name]), real[plan.tensors[name].value]
            )
            for name in last.outputs
        }

    def _rounding(
        self, plan: QuantPlan, step: Step, values: Mapping[str, Array]
    ) -> dict[str, Array]:
        """What rounding the layer's float output to its parameters adds."""
        rounded: dict[str, Array] = {}
        for name in step.outputs:
            real = values[plan.tensors[name].value]
            codes = self.programs.as_codes(plan, name, real)
            rounded[plan.tensors[name].value] = _difference(as_real(plan, name, codes), real)
        return rounded

    def _inject(
        self,
        head: str,
        noise: Mapping[str, Array],
        into: dict[str, Vector],
        values: Mapping[str, Array],
    ) -> None:
        """Add to `into` the noise of the outputs when `noise` is put on the layer's values."""
        if head not in into:
            into[head] = np.zeros(len(self.parts))
        changed = {name: np.add(values[name], array) for name, array in noise.items()}
        outputs = self.net.behind(values, changed)
        into[head] += self._power(
            {
                name: _difference(array, values[name])
                for name, array in outputs.items()
                if array.dtype.kind == "f"
            }
        )

    def _power(self, outputs: Mapping[str, Array]) -> Vector:
        """The sum of squares of every part."""
        powers: list[float] = []
        for part in self.parts:
            array = outputs[part.output]
            powers.append(_square({"": part.slice.of(array) if part.slice else array}))
        return np.array(powers)

    def effects(self) -> Effects:
        layers = {
            head: LayerEffect(
                dict(noise),
                dict(self.rounding[head]),
                _gain(self.caused.get(head), noise.get(self.base, 0.0), len(self.parts)),
                _gain(
                    self.rounded.get(head),
                    self.rounding[head].get(self.base, 0.0),
                    len(self.parts),
                ),
            )
            for head, noise in self.noise.items()
        }
        return Effects(self.parts, self.reference.copy(), layers, self.images)


def _gain(caused: Vector | None, noise: float, parts: int) -> Vector:
    return np.zeros(parts) if caused is None or noise == 0 else caused / noise


def _steps(plan: QuantPlan, head: str) -> list[Step]:
    """The steps that compute `head` and what is fused into it, in order."""
    found = [plan.step_of[name] for name in plan.graph.members[head] if name in plan.step_of]
    return list(dict.fromkeys(found))


def _difference(one: Array, other: Array) -> Array:
    """one - other; where the size depends on the data and differs, all of it counts as lost."""
    if one.size != other.size:
        return np.asarray(other, np.float32)
    return np.subtract(one.reshape(other.shape), other, dtype=np.float32)


def _square(arrays: Mapping[str, Array]) -> float:
    """The sum of squares, in float32 over many partial sums."""
    flat = (np.ascontiguousarray(a, np.float32).reshape(-1) for a in arrays.values())
    return math.fsum(float(np.einsum("i,i->", array, array)) for array in flat)
