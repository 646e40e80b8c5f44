"""The trial tells processors that multiply u8 by s8 exactly from those that saturate."""

from __future__ import annotations

import numpy as np
import pytest

from rkviz.emulate.compiled.mixed_signs import is_exact, mixed_signs_are_exact

UNSIGNED = np.array([0, 1, 254, 255], np.uint8)
SIGNED = np.array([-128, -127, 126, 127], np.int8)


def products(x: np.ndarray, w: np.ndarray, zero: int) -> np.ndarray:
    """[C, positions, O or 1, ...] of single products, in the order they are added."""
    windows = np.lib.stride_tricks.sliding_window_view(x[0, :, 0].astype(np.int64), 3, axis=1)
    taps = w[:, :, 0].astype(np.int64) - zero
    if w.shape[1] == 1:
        return windows * taps
    each = windows.transpose(1, 0, 2)[np.newaxis] * taps[:, np.newaxis]
    return each.reshape(*each.shape[:2], -1)


def exactly(x: np.ndarray, w: np.ndarray, zero: int) -> np.ndarray:
    return products(x, w, zero).sum(axis=-1)[np.newaxis, :, np.newaxis].astype(np.int32)


def saturating(x: np.ndarray, w: np.ndarray, zero: int) -> np.ndarray:
    """Two neighbours are added in 16 bits, as processors without VNNI do it."""
    single = products(x, w, zero)
    if single.shape[-1] % 2:
        single = np.concatenate([single, np.zeros_like(single[..., :1])], axis=-1)
    pairs = np.clip(single[..., ::2] + single[..., 1::2], -(2**15), 2**15 - 1)
    return pairs.sum(axis=-1)[np.newaxis, :, np.newaxis].astype(np.int32)


def refusing(x: np.ndarray, w: np.ndarray, zero: int) -> np.ndarray:
    raise RuntimeError("not implemented")


@pytest.mark.parametrize("signs", [(UNSIGNED, SIGNED), (SIGNED, UNSIGNED)], ids=["u8s8", "s8u8"])
def test_a_saturating_processor_is_found_out(signs: tuple[np.ndarray, np.ndarray]) -> None:
    assert is_exact(exactly, *signs)
    assert not is_exact(saturating, *signs)


def test_a_kernel_that_does_not_exist_is_not_used() -> None:
    assert not is_exact(refusing, UNSIGNED, SIGNED)


def test_sums_are_told_from_their_codes_too() -> None:
    def stored(x: np.ndarray, w: np.ndarray, zero: int) -> np.ndarray:
        return np.clip(np.rint(exactly(x, w, zero) / 2**14) + 128, 0, 255).astype(np.uint8)

    assert is_exact(stored, UNSIGNED, SIGNED)
    assert not is_exact(lambda *of: stored(*of) ^ np.uint8(1), UNSIGNED, SIGNED)


def test_this_processor_is_either_one() -> None:
    assert mixed_signs_are_exact() in (True, False)
    assert mixed_signs_are_exact() is mixed_signs_are_exact()
