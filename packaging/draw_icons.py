"""Draws packaging's icons from the one SVG: PNG for Linux, .ico for Windows, .icns for macOS.

python packaging/draw_icons.py FOLDER
"""

from __future__ import annotations

import os
import sys
from io import BytesIO
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWING = Path(__file__).resolve().parent.parent / "rkviz/gui/resources/icons/rkviz.svg"
PNG_SIDES = (16, 24, 32, 48, 64, 128, 256, 512)


def main(folder: Path) -> int:
    """Write rkviz.ico, rkviz.icns and NNxNN.png into `folder`; returns the exit code."""
    application = QGuiApplication.instance() or QGuiApplication(["draw_icons"])
    assert application is not None
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {side: _drawn(side) for side in (*PNG_SIDES, 1024)}
    for side in PNG_SIDES:
        pictures[side].save(folder / f"{side}x{side}.png", optimize=True)
    sides = [side for side in PNG_SIDES if side <= 256]
    pictures[256].save(
        folder / "rkviz.ico",
        sizes=[(side, side) for side in sides],
        append_images=[pictures[side] for side in sides],
    )
    pictures[1024].save(
        folder / "rkviz.icns", append_images=[pictures[side] for side in (32, 64, 128, 256, 512)]
    )
    return 0


def _drawn(side: int) -> Image.Image:
    picture = QImage(side, side, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(str(DRAWING)).render(painter, QRectF(0, 0, side, side))
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return Image.open(BytesIO(data.data()))


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
