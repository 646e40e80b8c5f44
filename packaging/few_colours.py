"""Pictures of the window as small PNG files: 256 colours, those of large areas to the bit."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QPixmap

COLOURS = 256
EXACT = 160
"""So many of the most frequent colours are kept as they are: grounds, texts and boxes."""


def write_small(pixels: QPixmap, file: Path) -> None:
    """Write what the window shows to a PNG of few colours."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixels.save(buffer, "PNG")
    reduced(Image.open(BytesIO(data.data()))).save(file, optimize=True)


def reduced(picture: Image.Image) -> Image.Image:
    """`picture` in a palette of at most COLOURS.

    Every colour goes to the nearest of the palette, without dithering: the EXACT most frequent
    ones, and for the others what a median cut of them finds. A median cut of the whole picture
    would shift the grounds, differently from one picture to the next.
    """
    pixels = np.asarray(picture.convert("RGB"))
    colours, where, counts = np.unique(
        pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True
    )
    frequent = np.argsort(-counts, kind="stable")
    palette = colours[frequent[:EXACT]]
    rare = frequent[EXACT:]
    if rare.size:
        others = Image.fromarray(np.repeat(colours[rare], counts[rare], axis=0)[None])
        cut = others.quantize(COLOURS - EXACT, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        found = np.asarray(cut.getpalette(), np.uint8).reshape(-1, 3)
        palette = np.concatenate([palette, found[: COLOURS - EXACT]])
    distance = np.zeros((len(colours), len(palette)), np.int32)
    for channel in range(3):
        difference = colours[:, None, channel].astype(np.int32) - palette[None, :, channel]
        distance += difference * difference
    indices = distance.argmin(axis=1).astype(np.uint8)[where.reshape(pixels.shape[:2])]
    small = Image.fromarray(indices, "P")
    small.putpalette(palette.astype(np.uint8).tobytes())
    return small
