"""TensorFlow Lite files are a stranger's: any damage ends in a sentence that names the file."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rkviz.errors import ModelError, RkvizError
from rkviz.graph import open_model
from tests.tflite_models import quantized_classifier

DATA = quantized_classifier()
FUZZ = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def opens_or_says_why(data: bytes, folder: Path) -> None:
    path = folder / "fuzz.tflite"
    path.write_bytes(data)
    message = ""
    try:
        open_model(path)
    except RkvizError as error:
        message = str(error)
    assert not message or "fuzz.tflite" in message, "the sentence names the file"


def test_cut_off_files(tmp_path: Path) -> None:
    for length in range(0, len(DATA), max(1, len(DATA) // 80)):
        path = tmp_path / "cut.tflite"
        path.write_bytes(DATA[:length])
        with pytest.raises(ModelError, match=r"cut\.tflite"):
            open_model(path)


@FUZZ
@given(start=st.integers(0, len(DATA) - 1), flips=st.lists(st.integers(0, 7), min_size=1))
def test_flipped_bits(start: int, flips: list[int], tmp_path: Path) -> None:
    data = bytearray(DATA)
    for index, bit in enumerate(flips):
        data[(start + 97 * index) % len(data)] ^= 1 << bit
    opens_or_says_why(bytes(data), tmp_path)


@FUZZ
@given(start=st.integers(0, len(DATA) - 1), junk=st.binary(min_size=1, max_size=8))
def test_overwritten_bytes(start: int, junk: bytes, tmp_path: Path) -> None:
    opens_or_says_why(DATA[:start] + junk + DATA[start + len(junk) :], tmp_path)


@pytest.mark.parametrize("number", [0xFFFFFFFF, 0x7FFFFFFF, 0x00FFFFFF, len(DATA) - 4])
def test_every_length_and_offset_made_huge(number: int, tmp_path: Path) -> None:
    huge = number.to_bytes(4, "little")
    for place in range(0, len(DATA) - 4, 52):
        opens_or_says_why(DATA[:place] + huge + DATA[place + 4 :], tmp_path)
