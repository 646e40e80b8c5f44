"""Cells that carry a colour: an error with its shade, a number type as a badge."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from rkviz.gui.theme import current_theme
from rkviz.picture.colour_scale import Shade, ink_on

SHADE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""A cell's `Shade` or None."""
CHOSEN_ROLE = SHADE_ROLE + 1
"""Whether the user chose what the cell says."""
SUGGESTED_ROLE = CHOSEN_ROLE + 1
"""Whether it was only suggested: drawn dashed."""

_CHIP = QSize(14, 14)
_GAP = 6
_Index = QModelIndex | QPersistentModelIndex


def paint_chip(painter: QPainter, where: QRect, shade: Shade) -> None:
    """A small square in the colour of `shade` with its second sign: bars, or hatching."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = QColor(*ink_on(shade.rgb))
    painter.setPen(QPen(QColor(current_theme().border), 1))
    painter.setBrush(QColor(*shade.rgb))
    box = QRectF(where).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(box, 3, 3)
    if shade.is_hatched:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(ink, Qt.BrushStyle.BDiagPattern))
        painter.drawRect(box.adjusted(2, 2, -2, -2))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    for bar in range(shade.bars):
        painter.drawRect(QRectF(box.left() + 3 + bar * 3, box.top() + 3, 1.6, box.height() - 6))
    painter.restore()


class ErrorDelegate(QStyledItemDelegate):
    """The number to the right, a chip in its colour to the left."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        super().paint(painter, option, index)
        shade = index.data(SHADE_ROLE)
        if isinstance(shade, Shade):
            top = option.rect.center().y() - _CHIP.height() // 2
            place = QRect(option.rect.left() + _GAP, top, _CHIP.width(), _CHIP.height())
            paint_chip(painter, place, shade)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return super().sizeHint(option, index) + QSize(_CHIP.width() + 2 * _GAP, 0)


class BadgeDelegate(QStyledItemDelegate):
    """The text in a rounded frame; filled and bold where the user chose it, dashed
    where it was only suggested."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        full = QStyleOptionViewItem(option)
        self.initStyleOption(full, index)
        text, full.text = full.text, ""
        style = full.widget.style() if full.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, full, painter, full.widget)
        if text:
            suggested = bool(index.data(SUGGESTED_ROLE))
            chosen = bool(index.data(CHOSEN_ROLE)) and not suggested
            self._paint_badge(painter, full, text, chosen, suggested)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return super().sizeHint(option, index) + QSize(18, 0)

    def _paint_badge(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        text: str,
        chosen: bool,
        suggested: bool,
    ) -> None:
        theme = current_theme()
        enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = option.font
        font.setBold(chosen)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(text) + 12
        height = painter.fontMetrics().height() + 2
        centre = option.rect.center()
        box = QRectF(centre.x() - width / 2, centre.y() - height / 2 + 0.5, width, height)
        line = Qt.PenStyle.DashLine if suggested else Qt.PenStyle.SolidLine
        colour = theme.accent if chosen or suggested else theme.border
        painter.setPen(QPen(QColor(colour), 1, line))
        painter.setBrush(QColor(theme.accent) if chosen else QColor(theme.base))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(theme.on_accent if chosen else theme.text))
        if not enabled:
            painter.setPen(QColor(theme.stale))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()
