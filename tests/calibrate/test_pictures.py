"""Picture files are read as people see them, and hostile ones are refused with a sentence."""

import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from rkviz.calibrate.pictures import read_picture, verify_picture
from rkviz.errors import DatasetError


def noise(height: int = 40, width: int = 56) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """The beginning of a PNG that says it is `width` x `height`."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_kinds_keep_every_pixel(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "校准 图片.img"
    noise().save(path, kind)
    verify_picture(path)
    assert np.array_equal(read_picture(path), np.asarray(noise()))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_kinds_are_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.img"
    noise().save(path, kind)
    verify_picture(path)
    assert read_picture(path).shape == (40, 56, 3)


@pytest.mark.parametrize(
    ("mode", "channels"),
    [("L", 1), ("1", 1), ("LA", 1), ("P", 3), ("RGBA", 3), ("RGB", 3)],
)
def test_every_mode_becomes_rgb_or_grey(tmp_path: Path, mode: str, channels: int) -> None:
    path = tmp_path / "a.png"
    noise().convert(mode).save(path)
    picture = read_picture(path)
    assert picture.shape == (40, 56, channels)
    assert picture.dtype == np.uint8


def test_sixteen_bits_keep_the_upper_eight(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.array([[0, 255, 256, 65535]], np.uint16)).save(path)
    assert read_picture(path)[:, :, 0].tolist() == [[0, 0, 1, 255]]


def test_a_palette_with_transparency_is_read_without_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    noise().convert("P").save(path, transparency=bytes(range(256)))
    assert read_picture(path).shape == (40, 56, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    upright = np.asarray(noise())
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.png"
    Image.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif)
    assert np.array_equal(read_picture(path), upright)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "TIFF", "WEBP", "PPM", "GIF"])
def test_a_picture_cut_short_is_found_by_the_cheap_check(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "cut.img"
    data = encoded(noise(), kind)
    path.write_bytes(data[: len(data) * 2 // 3])
    for read in (verify_picture, read_picture):
        with pytest.raises(DatasetError, match=r"cut\.img is not a whole picture"):
            read(path)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"])
def test_what_is_no_picture_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    for read in (verify_picture, read_picture):
        with pytest.raises(DatasetError, match="not a whole picture"):
            read(path)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(9000, 9000), (9600, 9600), (65535, 65535)])
def test_huge_pictures_are_refused_by_their_header(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_claiming(*size))
    for read in (verify_picture, read_picture):
        with pytest.raises(DatasetError, match=r"bomb\.png has more than 80 million pixels"):
            read(path)


def test_a_renamed_postscript_file_reaches_no_interpreter(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")
    with pytest.raises(DatasetError, match="not a whole picture"):
        read_picture(path)


def test_pictures_of_floats_are_sent_to_npy(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(np.zeros((4, 4), np.float32)).save(path)
    for read in (verify_picture, read_picture):
        with pytest.raises(DatasetError, match="save it as npy"):
            read(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"gone\.jpg is not there"):
        read_picture(tmp_path / "gone.jpg")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_picture(tmp_path)


SEEDS = {
    kind: encoded(noise(12, 12), kind) for kind in ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF")
}


@pytest.mark.filterwarnings("ignore")  # Pillow warns of damaged tags; the file is judged by result
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_files_are_read_or_refused_but_never_crash(
    tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(SEEDS[data.draw(st.sampled_from(sorted(SEEDS)))])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "fuzz.img"
    path.write_bytes(content)
    for read in (verify_picture, read_picture):
        with contextlib.suppress(DatasetError):
            read(path)
