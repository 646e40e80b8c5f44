"""Tables look up every code by itself, however many at a time."""

from __future__ import annotations

import numpy as np
import pytest

from rkviz.emulate.compiled.lookup import Table, every_code
from rkviz.numerics import QuantScheme


@pytest.mark.parametrize("size", [0, 1, 1000, 1 << 15, (1 << 15) + 1, 200_000])
@pytest.mark.parametrize("target", QuantScheme, ids=lambda scheme: scheme.short)
@pytest.mark.parametrize("source", QuantScheme, ids=lambda scheme: scheme.short)
def test_every_code_becomes_its_entry(source: QuantScheme, target: QuantScheme, size: int) -> None:
    rng = np.random.default_rng(size)
    codes = rng.choice(every_code(source), size)
    entries = rng.choice(every_code(target), 1 << source.bits)
    found = Table(entries)(codes)
    index = codes.view(np.uint8 if source.bits == 8 else np.uint16)
    assert found.dtype == entries.dtype
    assert np.array_equal(found.view(np.uint8), entries[index].view(np.uint8))


def test_shape_and_order_are_kept() -> None:
    codes = np.random.default_rng(1).integers(0, 256, (2, 3, 128, 128)).astype(np.uint8)
    table = Table(np.arange(256, dtype=np.uint8) ^ np.uint8(5))
    assert np.array_equal(table(codes), codes ^ 5)
    turned = codes.transpose(0, 3, 1, 2)
    assert np.array_equal(table(turned), turned ^ 5)
