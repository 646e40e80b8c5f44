"""Layer by layer: what arrives is what the repaired layers in front really give."""

from pathlib import Path

import pytest

from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import as_real
from rkviz.numerics import QuantScheme
from rkviz.progress import Cancelled, silent
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.corrected import Corrected
from rkviz.quantize.plan import QuantPlan
from rkviz.repair import walk
from rkviz.repair.choice import BiasCorrection, Repairs
from rkviz.repair.layers import Samples, patch_means, weighted_layers
from rkviz.repair.layerwise import repair_in_order
from tests import models
from tests.repair.networks import TARGET, Calibrated, calibrated

U8 = QuantScheme.U8
ROUND = Repairs(rounding=True)
BOTH = Repairs(rounding=True, bias=BiasCorrection.SEQUENTIAL)


@pytest.fixture
def net(tmp_path: Path) -> Calibrated:
    return calibrated(models.imbalanced_net(), tmp_path)


def plan_of(net: Calibrated, corrected: dict[str, Corrected] | None = None) -> QuantPlan:
    return build_plan(net.graph, net.stats, HybridConfig(), TARGET, corrected)


def repaired(net: Calibrated, repairs: Repairs, samples: Samples | None = None, progress=silent):
    layers = weighted_layers(net.graph)
    means = patch_means(net.graph, layers, net.samples)
    samples = samples or net.samples
    return repair_in_order(plan_of(net), layers, means, samples, repairs, U8, progress)


def error(net: Calibrated, plan: QuantPlan, value: str, samples: Samples) -> float:
    """Power of what `value` is away from the float network's over `samples`."""
    float_net, programs, total = FloatNet(net.graph), Programs(), 0.0
    for feeds in samples.open():
        tensor = plan.value_tensor[value]
        held = as_real(plan, tensor, programs.run_plan(plan, feeds)[tensor])
        total += float(((held - float_net.run(feeds)[value]) ** 2).sum())
    return total


@pytest.mark.parametrize("repairs", [ROUND, BOTH], ids=str)
def test_the_error_of_the_outputs_falls(net: Calibrated, repairs: Repairs) -> None:
    made = repaired(net, repairs)
    assert made.keys() == weighted_layers(net.graph).keys()
    (out,) = net.graph.outputs
    for pictures in (net.samples, net.judging):
        before = error(net, plan_of(net), out, pictures)
        assert error(net, plan_of(net, made), out, pictures) < 0.5 * before


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("activation", ["relu6", "relu", "leaky"])
def test_it_never_diverges_on_other_pictures(activation: str, seed: int, tmp_path: Path) -> None:
    net = calibrated(models.imbalanced_net(activation, seed), tmp_path)
    (out,) = net.graph.outputs
    before = error(net, plan_of(net), out, net.judging)
    assert error(net, plan_of(net, repaired(net, BOTH)), out, net.judging) < before


def test_the_same_pictures_give_the_same_constants(net: Calibrated) -> None:
    one, other = repaired(net, BOTH), repaired(net, BOTH)
    assert {k: v.digest for k, v in one.items()} == {k: v.digest for k, v in other.items()}


def test_pictures_are_left_out_where_memory_is_short(
    net: Calibrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "_HELD_BYTES", 1)
    opened: list[int] = []

    def counted():
        for number, feeds in enumerate(net.samples.open()):
            opened.append(number)
            yield feeds

    assert repaired(net, BOTH, Samples(counted, net.samples.count))
    assert opened == [0]


def test_float_values_are_forgotten_behind_their_last_reader(
    net: Calibrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[str] = []
    forget = walk.Walk.forget

    def noted(self: walk.Walk, source: str) -> None:
        forgotten.append(source)
        forget(self, source)

    monkeypatch.setattr(walk.Walk, "forget", noted)
    repaired(net, ROUND)
    assert sorted(forgotten) == sorted({x.source for x in weighted_layers(net.graph).values()})


def test_it_can_be_cancelled_and_progress_never_goes_back(net: Calibrated) -> None:
    told: list[float] = []

    def stop(done: float, total: float, text: str = "") -> None:
        told.append(done / total)
        if told[-1] > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        repaired(net, BOTH, progress=stop)
    assert told == sorted(told)
