"""The demo's pictures: the same everywhere, and nothing like one another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rkviz.demo import make_pictures
from rkviz.demo.pictures import SIDE


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_pictures(tmp_path_factory.mktemp("demo") / "new" / "folder")


def test_twelve_pictures_of_the_network_s_size(pictures: list[Path]) -> None:
    assert len(pictures) == 12
    for path in pictures:
        with Image.open(path) as picture:
            assert (picture.mode, picture.size) == ("RGB", (SIDE, SIDE)), path.name


def test_drawing_again_gives_the_same_files(pictures: list[Path], tmp_path: Path) -> None:
    again = make_pictures(tmp_path)
    assert [path.name for path in again] == [path.name for path in pictures]
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in pictures]


def test_every_picture_is_another_one(pictures: list[Path]) -> None:
    pixels = [np.asarray(Image.open(path), dtype=np.float64) for path in pictures]
    for index, one in enumerate(pixels):
        for other in pixels[:index]:
            assert np.abs(one - other).mean() > 5


def test_pictures_use_dark_and_bright_values(pictures: list[Path]) -> None:
    """Calibration on them has to see most of the input's range."""
    pixels = np.stack([np.asarray(Image.open(path)) for path in pictures])
    assert pixels.min() <= 5
    assert pixels.max() >= 250
