"""npy files: judged by their header, never unpickled."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rkviz.calibrate.arrays import read_array, verify_array
from rkviz.errors import DatasetError

SHAPE = (1, 3, 4, 5)
STORED = (1, 4, 5, 3)


def saved(path: Path, array: np.ndarray, **options: bool) -> Path:
    np.save(path, array, **options)
    return path


@pytest.mark.parametrize("dtype", ["u1", "i1", "i8", "f2", "f4", "f8", ">f4", "?"])
def test_numbers_of_every_kind_are_read(tmp_path: Path, dtype: str) -> None:
    array = np.arange(60).reshape(STORED).astype(dtype)
    path = saved(tmp_path / "张量 1.npy", array)
    verify_array(path, SHAPE, "x")
    assert np.array_equal(read_array(path, SHAPE, "x"), array)


def test_fortran_order_is_read(tmp_path: Path) -> None:
    array = np.asfortranarray(np.arange(60.0).reshape(STORED))
    assert np.array_equal(read_array(saved(tmp_path / "a.npy", array), SHAPE, "x"), array)


@pytest.mark.parametrize(
    ("shape", "stored", "sentence"),
    [
        (SHAPE, (1, 3, 4, 5), r"takes \(1, 4, 5, 3\), channels last .*transpose\(0, 2, 3, 1\)"),
        (SHAPE, (3, 4, 5), r"has shape \(3, 4, 5\).*transpose\(1, 2, 0\)"),
        (SHAPE, (1, 8, 10, 3), r"has shape \(1, 8, 10, 3\), but input 'x' takes .*resize"),
        ((1, 10), (1, 11), r"has shape \(1, 11\), but input 'x' takes \(1, 10\); save"),
    ],
)
def test_a_wrong_shape_tells_both_shapes_and_what_to_do(
    tmp_path: Path, shape: tuple, stored: tuple, sentence: str
) -> None:
    path = saved(tmp_path / "a.npy", np.zeros(stored))
    for read in (verify_array, read_array):
        with pytest.raises(DatasetError, match=sentence):
            read(path, shape, "x")


@pytest.mark.parametrize("dtype", ["c8", "S4", "U4", "M8[s]", [("a", "f4")]])
def test_what_is_no_number_is_refused(tmp_path: Path, dtype: object) -> None:
    path = saved(tmp_path / "a.npy", np.zeros((1, 4), dtype))
    with pytest.raises(DatasetError, match="not plain numbers"):
        read_array(path, (1, 4), "x")


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple:
            return (pytest.fail, ("unpickled",))

    array = np.empty((1, 4), object)
    array[:] = Bomb()
    path = saved(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(DatasetError, match="not plain numbers"):
        read_array(path, (1, 4), "x")


def test_a_header_that_claims_more_than_the_file_holds_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1000000000000)}"
    header = header.ljust(117) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"\0" * 64)
    with pytest.raises(DatasetError, match="not a whole npy file"):
        read_array(path, (1, 1_000_000_000_000), "x")


@pytest.mark.parametrize("cut", [0, 5, 20, 100, -1])
def test_files_cut_short_are_found_by_the_cheap_check(tmp_path: Path, cut: int) -> None:
    path = saved(tmp_path / "a.npy", np.zeros(STORED))
    path.write_bytes(path.read_bytes()[:cut])
    for read in (verify_array, read_array):
        with pytest.raises(DatasetError, match=r"a\.npy is not a whole npy file"):
            read(path, SHAPE, "x")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"gone\.npy is not there"):
        verify_array(tmp_path / "gone.npy", SHAPE, "x")
    with pytest.raises(DatasetError, match="cannot be read"):
        verify_array(tmp_path, SHAPE, "x")


@pytest.mark.filterwarnings("ignore")  # numpy warns of headers written by Python 2
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 140), st.integers(0, 255)), min_size=1, max_size=6))
def test_damaged_headers_never_crash(tmp_path: Path, edits: list[tuple[int, int]]) -> None:
    path = saved(tmp_path / "fuzz.npy", np.zeros((1, 4), np.float32))
    content = bytearray(path.read_bytes())
    for position, byte in edits:
        content[position] = byte
    path.write_bytes(content)
    with contextlib.suppress(DatasetError):
        read_array(path, (1, 4), "x")
