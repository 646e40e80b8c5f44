"""Repairs by name: what is on, in the order it is done."""

import pytest

from rkviz.errors import ConfigError
from rkviz.repair.choice import ALL_CHOICES, NO_REPAIRS, BiasCorrection, Repairs, parse_repairs


@pytest.mark.parametrize("choice", ALL_CHOICES, ids=str)
def test_names_read_back(choice: Repairs) -> None:
    assert parse_repairs(str(choice)) == choice
    assert choice.any == (choice != NO_REPAIRS)


def test_all_choices_are_different_and_begin_with_none() -> None:
    assert len(set(ALL_CHOICES)) == len(ALL_CHOICES) == 12
    assert ALL_CHOICES[0] == NO_REPAIRS


def test_wrong_words_are_named_with_what_was_meant() -> None:
    with pytest.raises(ConfigError, match="equalize") as caught:
        parse_repairs("equalise,round")
    assert "'equalise'" in caught.value.details[0]
    with pytest.raises(ConfigError, match="one bias correction"):
        parse_repairs("bias,sequential")
    assert parse_repairs(" round , sequential ") == Repairs(
        rounding=True, bias=BiasCorrection.SEQUENTIAL
    )
