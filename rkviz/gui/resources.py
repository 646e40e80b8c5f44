"""Files that come with the window: icons (recoloured to the theme) and translations."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

_FOLDER = Path(__file__).parent / "resources"
_ICON_SIZES = (16, 20, 24, 32, 48)


def translation_file(language: str) -> Path:
    return _FOLDER / "i18n" / f"rkviz_{language}.ts"


def icon(name: str, colour: str = "") -> QIcon:
    """The drawing `icons/<name>.svg` in `colour`, or in the palette's text colour.

    Ask again when the palette changes. Raises FileNotFoundError.
    """
    drawing = (_FOLDER / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    palette = QApplication.palette()
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
    normal = QColor(colour) if colour else palette.color(QPalette.ColorRole.WindowText)
    made = QIcon()
    for mode, ink in ((QIcon.Mode.Normal, normal), (QIcon.Mode.Disabled, disabled)):
        for size in _ICON_SIZES:
            made.addPixmap(_painted(drawing, ink, size), mode)
    return made


def application_icon() -> QIcon:
    made = QIcon()
    drawing = (_FOLDER / "icons" / "rkviz.svg").read_text(encoding="utf-8")
    for size in (*_ICON_SIZES, 64, 128, 256):
        made.addPixmap(_painted(drawing, QColor(Qt.GlobalColor.black), size))
    return made


def _painted(drawing: str, ink: QColor, size: int) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", ink.name()).encode()))
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
