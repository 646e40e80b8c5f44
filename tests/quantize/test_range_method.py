"""RangeMethod: a small value that a project, a command line and a combo box can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.errors import ConfigError
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.range_method import NORMAL, RangeKind, RangeMethod

METHODS = st.one_of(
    st.sampled_from([RangeMethod(kind) for kind in RangeKind]),
    st.floats(50, 100, exclude_min=True).map(lambda p: RangeMethod(RangeKind.PERCENTILE, p)),
    st.floats(0, 1, exclude_min=True).map(lambda w: RangeMethod(RangeKind.MOVING_AVERAGE, w)),
)


@given(METHODS)
def test_its_text_reads_back(method: RangeMethod) -> None:
    assert RangeMethod.parse(str(method)) == method


def test_a_parameter_left_out_is_the_default() -> None:
    assert RangeMethod.parse("percentile") == RangeMethod(RangeKind.PERCENTILE, 99.99)
    assert RangeMethod.parse("moving_average").parameter == 0.01
    assert RangeMethod.parse(" kl_divergence ").parameter is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mse", "did you mean 'mmse'"),
        ("", "not known"),
        ("percentile:", "does not read"),
        ("percentile:x", "does not read"),
        ("percentile:nan", "above 50 up to 100"),
        ("percentile:100.1", "above 50 up to 100"),
        ("moving_average:0", "above 0 up to 1"),
        ("mmse:3", "no parameter"),
    ],
)
def test_what_cannot_be_used_is_told(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        RangeMethod.parse(text)


def test_every_kind_has_a_text_of_its_own() -> None:
    assert len({kind.text for kind in RangeKind}) == len(RangeKind)


def test_weights_have_no_pictures_to_average_over() -> None:
    averaged = RangeMethod(RangeKind.MOVING_AVERAGE)
    with pytest.raises(ConfigError, match="the same for every picture"):
        HybridConfig(weights_method=averaged)
    with pytest.raises(ConfigError, match="the same for every picture"):
        LayerConfig(weights_method=averaged)


def test_histograms_are_needed_by_what_looks_at_the_distribution() -> None:
    assert not HybridConfig().needs_histograms
    assert not HybridConfig(weights_method=RangeMethod(RangeKind.MMSE)).needs_histograms
    assert HybridConfig(range_method=RangeMethod(RangeKind.MMSE)).needs_histograms
    assert HybridConfig().with_range_method(["a"], RangeMethod.parse("percentile")).needs_histograms


def test_a_method_by_layer_inherits_and_goes_back_without_a_trace() -> None:
    kl = RangeMethod(RangeKind.KL_DIVERGENCE)
    config = HybridConfig().with_range_method(["a"], kl).with_weights_method(["a"], kl)
    assert config.for_layer("a") == LayerConfig(range_method=kl, weights_method=kl)
    assert hash(config) != hash(HybridConfig())
    config = config.with_range_method(["a"], None).with_weights_method(["a"], NORMAL)
    assert config == HybridConfig()


def test_a_method_takes_the_place_of_an_explicit_range() -> None:
    mmse = RangeMethod(RangeKind.MMSE)
    config = HybridConfig().with_override("a", LayerConfig(range=(0.0, 1.0)))
    assert config.with_range_method(["a"], None) == config
    assert config.with_range_method(["a"], NORMAL) == HybridConfig()
    assert config.with_range_method(["a"], mmse).for_layer("a") == LayerConfig(range_method=mmse)
