"""HybridConfig: what the user decides, immutable."""

import pytest

from rkviz.errors import ConfigError
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.config import HybridConfig, LayerConfig


def test_an_edit_returns_another_config_and_leaves_the_first() -> None:
    before = HybridConfig()
    after = before.with_scheme(["a", "b"], QuantScheme.I16)
    assert before.overrides == {}
    assert after.for_layer("a").scheme is QuantScheme.I16
    assert after != before


def test_going_back_to_the_default_leaves_no_trace() -> None:
    config = HybridConfig().with_scheme(["a"], QuantScheme.I16)
    assert config.with_scheme(["a"], None) == HybridConfig()
    assert config.with_scheme(["a"], QuantScheme.U8) == HybridConfig()


def test_a_type_change_keeps_the_range_of_the_layer() -> None:
    config = HybridConfig().with_override("a", LayerConfig(range=(0.0, 3.0)))
    config = config.with_scheme(["a"], QuantScheme.FLOAT).with_scheme(["a"], None)
    assert config.for_layer("a").range == (0.0, 3.0)


def test_a_type_change_drops_parameters_of_another_type() -> None:
    params = QuantParams.affine(0.1, 3)
    config = HybridConfig().with_override("a", LayerConfig(params=params))
    assert config.with_scheme(["a"], QuantScheme.U8) == config
    assert config.with_scheme(["a"], QuantScheme.I16).for_layer("a").params is None


def test_equal_contents_are_equal_whatever_the_order_of_edits() -> None:
    one = HybridConfig().with_scheme(["a"], QuantScheme.I16).with_scheme(["b"], QuantScheme.FLOAT)
    two = HybridConfig().with_scheme(["b"], QuantScheme.FLOAT).with_scheme(["a"], QuantScheme.I16)
    assert one == two
    assert hash(one) == hash(two)


def test_every_unknown_layer_is_named_with_what_was_meant() -> None:
    config = HybridConfig().with_scheme(["conv_1", "head"], QuantScheme.FLOAT)
    with pytest.raises(ConfigError) as error:
        config.check(["conv1", "relu"])
    assert len(error.value.details) == 2
    assert "did you mean 'conv1'" in error.value.details[0]
