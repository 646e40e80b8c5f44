"""Moves leave codes as they are and put them where numpy puts them."""

from __future__ import annotations

import numpy as np
import pytest

from rkviz.emulate.reference import KERNELS, Operand
from rkviz.emulate.reference.convert import requantise
from rkviz.errors import UnsupportedOpError
from rkviz.numerics import QuantParams
from rkviz.target import Engine
from tests.npu_vectors import run, step

U8 = QuantParams.affine(0.05, 100)
X = Operand(np.random.default_rng(0).integers(0, 256, (2, 4, 6, 8)).astype(np.uint8), U8)


def moved(op: str, **attrs: object) -> np.ndarray:
    return run(step(op, Engine.TP, **attrs), [X], U8)


def test_shapes() -> None:
    assert np.array_equal(moved("Transpose", perm=(0, 2, 3, 1)), X.codes.transpose(0, 2, 3, 1))
    assert np.array_equal(moved("Reshape", shape=(0, -1, 8)), X.codes.reshape(2, 24, 8))
    assert np.array_equal(moved("Flatten", axis=2), X.codes.reshape(8, 48))
    assert np.array_equal(moved("Flatten", axis=0), X.codes.reshape(1, -1))
    assert moved("Unsqueeze", axes=(0, 3)).shape == (1, 2, 4, 1, 6, 8)
    thin = Operand(X.codes[:1, :, :1], U8)
    assert run(step("Squeeze", Engine.TP, axes=(2,)), [thin], U8).shape == (1, 4, 8)
    assert run(step("Squeeze", Engine.TP), [thin], U8).shape == (4, 8)


def test_slices() -> None:
    part = moved("Slice", starts=(1, 7), ends=(6, 0), axes=(2, 3), steps=(2, -3))
    assert np.array_equal(part, X.codes[:, :, 1:6:2, 7:0:-3])
    backwards = moved("Slice", starts=(7,), ends=(-9,), axes=(3,), steps=(-1,))
    assert np.array_equal(backwards, X.codes[..., ::-1])
    far = moved("Slice", starts=(-2,), ends=(2**63 - 1,), axes=(1,))
    assert np.array_equal(far, X.codes[:, -2:])


def test_split() -> None:
    parts = KERNELS["Split"](step("Split", Engine.TP, axis=3, split=(1, 2, 5)), [X], [U8] * 3)
    assert np.array_equal(np.concatenate(parts, axis=3), X.codes)
    assert [part.shape[3] for part in parts] == [1, 2, 5]
    equal = KERNELS["Split"](step("Split", Engine.TP, axis=3), [X], [U8] * 3)
    assert [part.shape[3] for part in equal] == [3, 3, 2]


def test_pad() -> None:
    widths = ((0, 0), (0, 1), (2, 0), (1, 3))
    pads = tuple(begin for begin, _ in widths) + tuple(end for _, end in widths)
    for mode in ("edge", "reflect", "wrap"):
        assert np.array_equal(
            moved("Pad", pads=pads, mode=mode), np.pad(X.codes, widths, mode=mode)
        )
    zeros = moved("Pad", pads=pads, mode="constant", value=0.0)
    assert np.array_equal(zeros, np.pad(X.codes, widths, constant_values=100))
    ones = moved("Pad", pads=pads, value=1.0)
    assert ones[0, 4, 0, 0] == 120
    cropped = moved("Pad", pads=(0, 0, -1, 0, 0, 0, -2, 1))
    assert np.array_equal(cropped[..., :-1], X.codes[:, :, 1:4])


@pytest.mark.parametrize(
    ("mode", "order"),
    [
        ("DCR", [(0, 0), (0, 1), (1, 0), (1, 1)]),
        ("FOCUS", [(0, 0), (1, 0), (0, 1), (1, 1)]),
    ],
)
def test_space_to_depth_is_a_concat_of_strided_slices(
    mode: str, order: list[tuple[int, int]]
) -> None:
    expected = np.concatenate([X.codes[:, :, r::2, c::2] for r, c in order], axis=1)
    assert np.array_equal(moved("SpaceToDepth", blocksize=2, mode=mode), expected)


def test_space_to_depth_of_pytorch_keeps_channels_slowest() -> None:
    result = moved("SpaceToDepth", blocksize=2, mode="CRD")
    assert np.array_equal(result[:, 5], X.codes[:, 1, 0::2, 1::2])


@pytest.mark.parametrize("mode", ["DCR", "CRD", "FOCUS"])
@pytest.mark.parametrize("block", [1, 2])
def test_depth_to_space_takes_it_back(mode: str, block: int) -> None:
    deep = Operand(moved("SpaceToDepth", blocksize=block, mode=mode), U8)
    back = run(step("DepthToSpace", Engine.TP, blocksize=block, mode=mode), [deep], U8)
    assert np.array_equal(back, X.codes)


def test_other_parameters_behind_a_move_convert() -> None:
    out = QuantParams.affine(0.1, 20)
    result = run(step("Transpose", Engine.TP, perm=(3, 2, 1, 0)), [X], out)
    assert np.array_equal(result, requantise(X.codes, U8, out).transpose())


@pytest.mark.parametrize("op", ["Reshape", "Slice", "Pad", "Unsqueeze", "Resize", "MaxPool"])
def test_settings_known_only_at_run_time_are_refused(op: str) -> None:
    with pytest.raises(UnsupportedOpError, match=f"'{op.lower()}' .* only at run time"):
        run(step(op, Engine.TP), [X], U8)


def test_gathered_and_repeated() -> None:
    indices = Operand(np.array([[3, -1], [0, 0]]), QuantParams.floating())
    taken = run(step("Gather", Engine.TP, axis=1), [X, indices], U8)
    assert np.array_equal(taken, X.codes[:, [[3, 3], [0, 0]]])
    last = Operand(np.array(-1), QuantParams.floating())
    assert np.array_equal(run(step("Gather", Engine.TP, axis=3), [X, last], U8), X.codes[..., -1])
    assert np.array_equal(moved("Tile", repeats=(1, 2, 1, 3)), np.tile(X.codes, (1, 2, 1, 3)))
    wide = moved("Expand", shape=(3, 2, 4, 6, 8))
    assert all(np.array_equal(part, X.codes) for part in wide)
    assert np.array_equal(moved("Identity"), X.codes)
