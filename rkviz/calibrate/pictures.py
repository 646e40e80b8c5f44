"""Reading picture files, which are hostile until decoded."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rkviz.errors import DatasetError

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".gif"}
)
# The decoder is chosen by content. This list keeps a renamed file from reaching a decoder that
# starts other programs (EPS) or that nobody calibrates with.
_FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM", "GIF")
LARGEST_PICTURE = 80_000_000
"""Pixels; below the size at which Pillow itself begins to warn."""
_DAMAGED = (
    OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError,
    MemoryError, struct.error, zlib.error,
    Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
"""What Pillow's decoders raise on damaged files."""
_ORIENTATION_TAG = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_picture(path: Path) -> NDArray[np.uint8]:
    """The picture in `path` as (H, W, 3) RGB, or (H, W, 1) when the file is grey.

    Turned upright as its EXIF tag says; transparency is dropped, 16-bit samples keep their upper
    8 bits, of a moving picture the first frame counts. Raises DatasetError when the file is
    damaged or has more than `LARGEST_PICTURE` pixels (before memory is taken for them).
    """
    try:
        with open_picture(path) as image:
            image.load()
            turn = _TURNS.get(_orientation(image))
            return np.atleast_3d(_eight_bits(image if turn is None else image.transpose(turn)))
    except _DAMAGED as cause:
        raise _unreadable(path, cause) from None


def verify_picture(path: Path) -> None:
    """Raise DatasetError where `read_picture` would, as cheaply as the format allows.

    JPEG is decoded at an eighth of its size, of PNG the checksums are compared; others are read.
    """
    try:
        with open_picture(path) as image:
            if image.format == "PNG":
                image.verify()
                return
            image.draft("L", (1, 1))
            image.load()
            if image.mode == "F":
                raise ValueError(_FLOAT_PICTURE)
    except _DAMAGED as cause:
        raise _unreadable(path, cause) from None


def open_picture(path: Path) -> Image.Image:
    """`path` opened, its header read, its size judged; the caller closes it."""
    image = Image.open(path, formats=_FORMATS)
    if image.width * image.height > LARGEST_PICTURE:
        image.close()
        raise Image.DecompressionBombError
    return image


_FLOAT_PICTURE = "its pixels are floating-point numbers, not 0 to 255; save it as npy"


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation; damaged EXIF makes no picture unreadable."""
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except _DAMAGED:
        return 1


def _eight_bits(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode == "F":
        raise ValueError(_FLOAT_PICTURE)
    if image.mode.startswith("I"):
        return (np.clip(np.asarray(image), 0, 65535) >> 8).astype(np.uint8)
    if image.mode in ("1", "L", "LA", "La"):
        return np.asarray(image.convert("L"))
    if image.mode == "P":  # directly to RGB, a palette with transparency makes Pillow warn
        image = image.convert("RGBA")
    return np.asarray(image.convert("RGB"))


def _unreadable(path: Path, cause: BaseException) -> DatasetError:
    if isinstance(cause, FileNotFoundError):
        return DatasetError(f"{path} is not there (any more); take it out of the dataset.")
    if isinstance(cause, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return DatasetError(
            f"{path} has more than {LARGEST_PICTURE // 1_000_000} million pixels; shrink it first."
        )
    if isinstance(cause, MemoryError):
        return DatasetError(f"{path} does not fit into memory; shrink it first.")
    if isinstance(cause, OSError) and cause.errno:
        return DatasetError(f"{path} cannot be read: {cause.strerror}.")
    if str(cause) == _FLOAT_PICTURE:
        return DatasetError(f"{path} cannot be used: {_FLOAT_PICTURE}.")
    return DatasetError(
        f"{path} is not a whole picture (damaged, cut short, or of another kind than its name "
        "says); replace it or take it out of the dataset."
    )
