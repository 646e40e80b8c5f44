"""Every measured vector of the core, integer for integer."""

from __future__ import annotations

import numpy as np
import pytest

from tests.npu_vectors import Vector, vectors

FAULTY = {("misc_resize_bilinear", f"resize_{number}") for number in (7, 10, 19)}
"""Half-pixel data at odd ratios, where the vendor's kernel itself is wrong."""
OPEN = {
    ("misc_resize_bilinear", "resize_1"): 1,
    ("misc_resize_bilinear", "resize_5"): 8,
}
"""7 -> 10 half-pixel and 7 -> 14 align-corners: this many codes are off by one (open)."""


@pytest.mark.parametrize(
    "vector",
    [v for v in vectors() if (v.file, v.id) not in FAULTY],
    ids=lambda v: f"{v.file}-{v.id}",
)
def test_the_reference_gives_what_the_core_gave(vector: Vector) -> None:
    expected = vector.expected.codes
    computed = vector.computed()
    assert computed.shape == expected.shape
    different = np.count_nonzero(computed != expected)
    assert different <= OPEN.get((vector.file, vector.id), 0)
    if different:
        assert np.abs(computed.astype(int) - expected.astype(int)).max() == 1


def test_all_files_are_read() -> None:
    read = vectors()
    assert len({v.file for v in read}) == 45
    assert sum(v.expected.codes.size for v in read) > 330_000
