"""Feature maps: what is a channel."""

from __future__ import annotations

import numpy as np

from rkviz.gui.panels.layer_maps import planes


def test_channels_of_one_number_are_one_row() -> None:
    assert planes(np.zeros((1, 96, 1, 1), np.float32)).shape == (1, 1, 96)
    assert planes(np.zeros((1, 96), np.float32)).shape == (1, 1, 96)
    assert planes(np.zeros((1, 6, 4, 5), np.float32)).shape == (6, 4, 5)
    assert planes(np.zeros((1, 6, 5), np.float32)).shape == (6, 1, 5)
