"""Numbers become colours that can be told apart."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.analyse.metrics import METRICS, Metric
from rkviz.errors import ConfigError
from rkviz.picture.colour_scale import (
    BROKEN,
    PALETTES,
    TYPE_NAMES,
    UNKNOWN,
    ColourScale,
    Level,
    Rgb,
    TypeScale,
    ink_on,
    luma,
)

SNR = ColourScale(METRICS["snr_db"])
COSINE = ColourScale(METRICS["cosine"])
scales = pytest.mark.parametrize("scale", [ColourScale(m) for m in METRICS.values()])

# Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)


def lab(rgb: Rgb, sight: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of an sRGB colour as seen with `sight`."""
    part = np.array(rgb) / 255.0
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    seen = np.clip(sight @ linear, 0, 1)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ seen / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_exact_colours_are_part_of_the_file_formats() -> None:
    assert SNR.shade(100.0).rgb == (72, 176, 138)
    assert SNR.shade(-100.0).rgb == (193, 36, 45)
    assert SNR.shade(20.0).level is Level.FAIR
    assert SNR.shade(19.99).level is Level.POOR


@scales
def test_a_threshold_itself_still_belongs_to_the_better_side(scale: ColourScale) -> None:
    levels = [scale.shade(threshold).level for threshold in scale.thresholds]
    assert levels == [Level.GOOD, Level.FAIR, Level.POOR]


@scales
@given(a=st.floats(-100, 100), b=st.floats(-100, 100))
def test_worse_numbers_are_never_shown_better(scale: ColourScale, a: float, b: float) -> None:
    better, worse = max(a, b), min(a, b)
    if not scale.metric.higher_is_better:
        better, worse = worse, better
    assert scale.shade(better).level <= scale.shade(worse).level
    assert scale.position(better) <= scale.position(worse)


@scales
@given(position=st.floats(0.0, 4.0))
def test_value_at_is_the_inverse_of_position(scale: ColourScale, position: float) -> None:
    assert scale.position(scale.value_at(position)) == pytest.approx(position, abs=1e-6)


@scales
def test_infinite_and_perfect_numbers_have_the_colours_of_the_ends(scale: ColourScale) -> None:
    perfect = 1.0 if scale.metric.id == "cosine" else 0.0
    best = math.inf if scale.metric.unit == "dB" else perfect
    worst = -math.inf if scale.metric.higher_is_better else math.inf
    assert scale.shade(best).level is Level.GOOD
    assert scale.shade(worst).level is Level.BAD


def test_no_number_and_not_run_are_two_different_things() -> None:
    assert SNR.shade(math.nan) == BROKEN
    assert SNR.shade(math.nan).is_hatched
    assert SNR.shade(None) == UNKNOWN
    assert not SNR.shade(None).is_hatched


def test_bars_repeat_what_the_colour_says() -> None:
    assert [SNR.shade(value).bars for value in (40.0, 25.0, 15.0, 5.0)] == [0, 1, 2, 3]
    assert BROKEN.bars == UNKNOWN.bars == 0


def test_near_numbers_share_a_shade_and_far_ones_do_not() -> None:
    assert SNR.shade(26.0) == SNR.shade(26.5)
    assert len({SNR.shade(value).rgb for value in np.arange(0.1, 40, 0.5)}) == 16


def test_stale_shades_keep_their_level_and_lose_their_colour() -> None:
    fresh, stale = SNR.shade(5.0), SNR.shade(5.0).faded()
    assert stale.level is fresh.level
    assert max(stale.rgb) - min(stale.rgb) < 0.3 * (max(fresh.rgb) - min(fresh.rgb))


@pytest.mark.parametrize("palette", list(PALETTES))
@pytest.mark.parametrize("sight", [np.eye(3), PROTANOPIA, DEUTERANOPIA])
def test_levels_differ_for_every_eye(sight: np.ndarray, palette: str) -> None:
    scale = ColourScale(METRICS["snr_db"], palette=palette)
    seen = [lab(entry.shade.rgb, sight) for entry in scale.legend()[:4]]
    for place, a in enumerate(seen):
        for b in seen[place + 1 :]:
            assert np.linalg.norm(a - b) > 14, "a difference one sees side by side"


@pytest.mark.parametrize("palette", ["cividis", "viridis"])
def test_colours_for_every_eye_grow_evenly_brighter(palette: str) -> None:
    scale = ColourScale(METRICS["snr_db"], palette=palette)
    brightness = [luma(scale.shade(value).rgb) for value in np.arange(39.0, 1.0, -1.0)]
    assert all(a <= b for a, b in itertools.pairwise(brightness))


def test_what_has_no_number_has_a_pattern_of_its_own() -> None:
    assert (BROKEN.is_hatched, BROKEN.is_dotted) == (True, False)
    assert (UNKNOWN.is_hatched, UNKNOWN.is_dotted) == (False, True)
    assert not SNR.shade(5.0).is_dotted


@scales
@given(st.lists(st.floats(allow_infinity=False), max_size=5))
def test_many_shades_are_those_of_each(scale: ColourScale, values: list[float]) -> None:
    assert scale.shades(values) == [scale.shade(value) for value in values]


def test_types_have_a_colour_and_a_line_each() -> None:
    scale = TypeScale(METRICS["cosine"])
    lines = scale.legend()
    assert [line.text for line in lines[:4]] == list(TYPE_NAMES)
    assert len({line.shade.rgb for line in lines}) == 5
    assert scale.shade(2.0) == lines[2].shade
    assert scale.shades([0.0, 3.0]) == [lines[0].shade, lines[3].shade]
    assert scale.shade(None) == UNKNOWN


@pytest.mark.parametrize("palette", list(PALETTES))
@pytest.mark.parametrize("value", [40.0, 32.0, 25.0, 15.0, 5.0, -5.0, math.nan, None])
def test_words_on_a_shade_can_be_read(value: float | None, palette: str) -> None:
    rgb = ColourScale(METRICS["snr_db"], palette=palette).shade(value).rgb
    assert abs(luma(rgb) - luma(ink_on(rgb))) > 90


def test_thresholds_can_be_replaced() -> None:
    strict = ColourScale(METRICS["snr_db"], (60.0, 50.0, 40.0))
    assert strict.shade(45.0).level is Level.POOR
    assert strict.legend()[0].text == "≥ 60 dB"


@pytest.mark.parametrize(
    "thresholds", [(30.0, 20.0), (10.0, 20.0, 30.0), (30.0, 30.0, 10.0), (30.0, 20.0, -math.inf)]
)
def test_thresholds_out_of_order_are_refused(thresholds: tuple[float, ...]) -> None:
    with pytest.raises(ConfigError, match="Signal to noise"):
        ColourScale(METRICS["snr_db"], thresholds)


def test_a_similarity_of_one_cannot_be_a_threshold() -> None:
    with pytest.raises(ConfigError):
        ColourScale(METRICS["cosine"], (1.0, 0.99, 0.9))


def test_the_legend_reads_from_good_to_bad() -> None:
    assert [entry.text for entry in COSINE.legend()][:4] == [
        "≥ 0.999",
        "0.999 … 0.99",
        "0.99 … 0.96",
        "< 0.96",
    ]
    assert ColourScale(METRICS["euclidean_norm"]).legend()[3].text == "> 0.28"
    shares = ColourScale(METRICS["saturated_share"]).legend()
    assert [entry.text for entry in shares[:2]] == ["≤ 0.01 %", "0.01 … 0.1 %"]
    times = ColourScale(Metric("time", "Time", "ms", False, (0.000834, 0.00334, 0.2)))
    assert [entry.text for entry in times.legend()][:4] == [
        "≤ 0.834 µs",
        "0.834 … 3.34 µs",
        "3.34 µs … 0.2 ms",
        "> 0.2 ms",
    ]
    assert [entry.shade.level for entry in SNR.legend()] == [
        Level.GOOD,
        Level.FAIR,
        Level.POOR,
        Level.BAD,
        Level.BROKEN,
        Level.UNKNOWN,
    ]
