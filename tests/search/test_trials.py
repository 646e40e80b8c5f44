"""What repairs are worth: every choice measured on pictures the calibration never saw."""

from pathlib import Path

import pytest

from rkviz.analyse.metrics import ErrorSums
from rkviz.numerics import QuantScheme
from rkviz.progress import Cancelled, Progress, silent
from rkviz.quantize.config import HybridConfig
from rkviz.repair.choice import ALL_CHOICES, NO_REPAIRS, BiasCorrection, Repairs
from rkviz.repair.workbench import Repaired, Workbench
from rkviz.search import judge as judging
from rkviz.search.judge import Judge
from rkviz.search.trials import OutputErrors, Trial, Trials, output_errors, try_repairs
from tests import models
from tests.repair.networks import TARGET, Calibrated, calibrated

EVERYTHING = Repairs(True, True, BiasCorrection.SEQUENTIAL)


@pytest.fixture
def net(tmp_path: Path) -> Calibrated:
    return calibrated(models.imbalanced_net(), tmp_path)


def test_auto_keeps_what_measures_best_and_reports_all(net: Calibrated) -> None:
    told: list[Trials] = []
    config = HybridConfig()
    trials = try_repairs(net.workbench(), config, net.judging, publish=told.append)
    assert [row.repairs for row in trials.rows] == list(ALL_CHOICES)
    assert [len(part.rows) for part in told] == list(range(1, 13))
    assert trials.plain.repairs == NO_REPAIRS
    assert trials.gain_db(trials.best) > 6
    most = max(row.quality.snr_db for row in trials.rows)
    assert trials.best.quality.snr_db >= most - 0.1
    assert trials.best.quality.better_on(trials.plain.quality) == net.judging.count
    assert trials.best.quality.agreement >= trials.plain.quality.agreement
    assert trials.warning
    assert (trials.calibrated, trials.judged) == (12, 12)


def test_a_trial_is_what_the_repair_alone_gives(net: Calibrated) -> None:
    """Sharing work between choices changes nothing of them."""
    trials = try_repairs(net.workbench(), HybridConfig(), net.judging)
    judge = Judge(net.graph, net.judging)
    for row in trials.rows:
        plan = net.workbench().repaired(row.repairs).plan(HybridConfig(), TARGET)
        assert output_errors(plan, judge).snr_db == row.quality.snr_db


@pytest.mark.parametrize("scheme", [QuantScheme.I8, QuantScheme.I16])
def test_fixed_point_is_repaired_too(scheme: QuantScheme, net: Calibrated) -> None:
    config = HybridConfig(default=scheme)
    trials = try_repairs(net.workbench(config), config, net.judging, [EVERYTHING])
    assert trials.gain_db(trials.rows[1]) > (3 if scheme is QuantScheme.I8 else 0)


def test_progress_never_goes_back_and_cancels(net: Calibrated) -> None:
    told: list[float] = []

    def note(done: float, total: float, text: str = "") -> None:
        told.append(done / total)

    net.workbench().repaired(EVERYTHING, note)
    assert told[-1] == 1.0

    def stop(done: float, total: float, text: str = "") -> None:
        if done / total > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        try_repairs(net.workbench(), HybridConfig(), net.judging, progress=stop)


def test_where_memory_ends_pictures_are_computed_again_with_the_same_result(
    net: Calibrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = net.workbench().repaired(NO_REPAIRS).plan(HybridConfig(), TARGET)
    kept = Judge(net.graph, net.judging)
    wanted = [output_errors(plan, kept).snr_db for _ in range(2)]
    for room in (0, 100_000):
        monkeypatch.setattr(judging, "HELD_BYTES", room)
        short = Judge(net.graph, net.judging)
        assert [output_errors(plan, short).snr_db for _ in range(2)] == wanted


def test_what_equalization_leaves_alone_is_measured_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, made = calibrated(models.swish_net(), tmp_path), []
    bench = net.workbench()

    def counted(repairs: Repairs, progress: Progress = silent) -> Repaired:
        made.append(repairs)
        return Workbench.repaired(bench, repairs, progress)

    monkeypatch.setattr(bench, "repaired", counted)
    trials = try_repairs(bench, HybridConfig(), net.judging)
    assert made == [choice for choice in ALL_CHOICES if not choice.equalize]
    plain, equalized = trials.rows[:6], trials.rows[6:]
    for one, other in zip(plain, equalized, strict=True):
        assert one.quality is other.quality
        assert "no two layers" in " ".join(other.notes)


def test_an_output_nothing_can_mend_does_not_hide_the_others() -> None:
    """Scores near 0 on every picture are lost in 8 bits whatever is repaired."""
    lost = (ErrorSums(count=1, reference_sq=1.0, error_sq=0.8),)

    def row(repairs: Repairs, error: float) -> Trial:
        boxes = (ErrorSums(count=1, reference_sq=1.0, error_sq=error),)
        return Trial(repairs, OutputErrors({"scores": lost, "boxes": boxes}, None))

    rounded, all_on = row(Repairs(rounding=True), 1e-3), row(EVERYTHING, 0.99e-3)
    assert Trials((row(NO_REPAIRS, 1e-2), rounded, all_on), 4, 16).best is rounded
    assert Trials((row(NO_REPAIRS, 1e-3), rounded, all_on), 4, 16).best.repairs == NO_REPAIRS
