"""Weights channel by channel in the range they share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rkviz import pipeline
from rkviz.analyse.channels import channels_of
from rkviz.project import Project
from rkviz.quantize.plan import QuantPlan
from rkviz.repair.choice import Repairs
from tests import models
from tests.pictures import save_pictures


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    folder = tmp_path_factory.mktemp("channels")
    pictures = save_pictures(folder / "pictures", count=2)
    return Project(models.save(models.residual(), folder / "net.onnx"), (pictures,))


@pytest.fixture(scope="module")
def plan(project: Project) -> QuantPlan:
    made = pipeline.run(project, until="quantize").plan
    assert made is not None
    return made


def test_codes_are_those_between_smallest_and_largest(plan: QuantPlan) -> None:
    channels = channels_of(plan, "conv1")
    assert channels is not None
    codes = plan.tensors["conv1:weight"].codes.astype(np.int64).reshape(8, -1)
    assert channels.codes.tolist() == (codes.max(axis=1) - codes.min(axis=1) + 1).tolist()
    assert channels.every == 256
    assert channels.lows.min() == pytest.approx(channels.low)
    assert channels.highs.max() == pytest.approx(channels.high)
    assert (channels.bits <= 8).all()


def test_biases_are_counted_in_their_steps(plan: QuantPlan) -> None:
    channels = channels_of(plan, "conv1")
    bias = plan.tensors["conv1:bias"]
    assert np.abs(np.rint(channels.bias_codes) - np.abs(bias.codes)).max() <= 1
    zeros = np.zeros(8, np.float32)
    zeros[3] = channels.bias_step / 4
    assert channels_of(plan, "conv1", bias=zeros).lost_biases == 1


def test_what_has_no_weights_has_no_channels(plan: QuantPlan) -> None:
    assert channels_of(plan, "add") is None
    assert channels_of(plan, "nobody") is None


def test_repaired_weights_take_the_place_of_the_network_s(project: Project) -> None:
    repaired = replace(project, repairs=Repairs(rounding=True))
    results = pipeline.run(repaired, until="quantize")
    assert results.repaired is not None
    own = results.repaired.corrected["conv1"]
    rounded = channels_of(results.plan, "conv1", own.weight, own.bias)
    codes = results.plan.tensors["conv1:weight"].codes.astype(np.int64).reshape(8, -1)
    assert rounded.codes.tolist() == (codes.max(axis=1) - codes.min(axis=1) + 1).tolist()
