"""Threads of the float network: chosen for a computer, heard where a network is opened."""

from __future__ import annotations

import pytest

from rkviz.graph.ort_session import open_session
from rkviz.threads import USUAL, VARIABLE, choose_threads, thread_count
from tests import models


@pytest.mark.parametrize(
    ("text", "count"),
    [("4", 4), ("1", 1), ("64", 64), ("", USUAL), ("0", USUAL), ("65", USUAL), ("-2", USUAL),
     ("many", USUAL), ("9" * 5000, USUAL), ("²", USUAL)],
)  # fmt: skip
def test_a_number_of_threads_is_taken_and_anything_else_left(monkeypatch, text, count):
    monkeypatch.setenv(VARIABLE, text)
    assert thread_count() == count


def test_a_network_opens_with_the_threads_that_were_chosen(monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    choose_threads(3)
    model = models.conv_relu().SerializeToString()
    assert open_session(model).get_session_options().intra_op_num_threads == 3
    assert open_session(model, threads=1).get_session_options().intra_op_num_threads == 1
