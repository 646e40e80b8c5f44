"""Light and dark: readable, switched at once, and all icons are there in both."""

from __future__ import annotations

from dataclasses import fields

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QTableView,
    QToolButton,
    QToolTip,
    QWidget,
)

from rkviz.gui.actions import ACTIONS
from rkviz.gui.resources import application_icon, icon
from rkviz.gui.theme import DARK, LIGHT, Theme, apply_theme, current_theme

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.1."""
    parts = [part / 255 for part in QColor(colour).getRgb()[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@THEMES
def test_text_can_be_read_on_every_ground(theme: Theme):
    for ground in (theme.window, theme.base, theme.alternate, theme.hover):
        assert contrast(theme.text, ground) >= 7
        assert contrast(theme.muted, ground) >= 4.3
    for ground in (theme.warning_ground, theme.bad_ground):
        assert contrast(theme.text, ground) >= 7
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    for ground in (theme.window, theme.base):
        assert contrast(theme.outline, ground) >= 3
    for ink in (theme.good, theme.warning, theme.bad, theme.accent):
        assert contrast(ink, theme.base) >= 4


@THEMES
def test_every_colour_is_one(theme: Theme):
    for field in fields(theme):
        if field.name != "is_dark":
            assert QColor(getattr(theme, field.name)).isValid(), field.name


@pytest.mark.parametrize("dark", [True, False])
def test_the_palette_tells_the_theme(qapp, dark):
    apply_theme(qapp, dark)
    assert current_theme().is_dark is dark
    window = qapp.palette().color(QPalette.ColorRole.Window)
    assert window == QColor((DARK if dark else LIGHT).window)


def colours(palette: QPalette) -> dict[tuple[str, str], str]:
    """(state, role) -> colour, of every role a widget can ask for."""
    group = QPalette.ColorGroup
    return {
        (state.name, role.name): palette.color(state, role).name()
        for state in (group.Active, group.Inactive, group.Disabled)
        for role in QPalette.ColorRole
        if role not in (QPalette.ColorRole.NoRole, QPalette.ColorRole.NColorRoles)
    }


def looks() -> list[dict[tuple[str, str], str]]:
    """Of the application, its tool tips, and a widget of every kind a desktop may colour."""
    kinds = (
        *(QWidget, QLabel, QMenu, QMenuBar, QTableView, QPlainTextEdit, QToolButton, QPushButton),
        *(QCheckBox, QRadioButton, QLineEdit, QSpinBox, QComboBox),
    )
    widgets = [*(kind() for kind in kinds), QHeaderView(Qt.Orientation.Horizontal)]
    for widget in widgets:
        widget.ensurePolished()
    palettes = [QApplication.palette(), QToolTip.palette(), *(w.palette() for w in widgets)]
    return [colours(palette) for palette in palettes]


@pytest.mark.parametrize("dark", [True, False])
def test_a_theme_looks_the_same_whatever_was_before(qapp, dark):
    """The other theme, or a desktop with colours of its own, also for single kinds of widgets."""
    apply_theme(qapp, dark)
    first = looks()
    apply_theme(qapp, not dark)
    apply_theme(qapp, dark)
    assert looks() == first
    strange = QPalette()
    for role in list(QPalette.ColorRole)[: QPalette.ColorRole.NColorRoles.value]:
        strange.setColor(role, QColor("#ff00ff"))
    qapp.setPalette(strange)
    for kind in ("QMenu", "QMenuBar", "QHeaderView", "QAbstractItemView", "QLabel", "QTextEdit"):
        qapp.setPalette(strange, kind)
    QToolTip.setPalette(strange)
    apply_theme(qapp, dark)
    assert looks() == first
    assert "#ff00ff" not in {colour for look in first for colour in look.values()}


@THEMES
@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton, QLineEdit, QSpinBox, QPushButton])
def test_the_edge_of_every_control_is_seen(qapp, qtbot, theme: Theme, kind):
    """WCAG 1.4.11: three to one against what is around it."""
    apply_theme(qapp, theme.is_dark)
    control = kind()
    qtbot.addWidget(control)
    control.resize(100, 26)
    image = control.grab().toImage()
    middle = [image.pixelColor(x, 13).name() for x in range(4)]
    assert max(contrast(colour, theme.window) for colour in middle) >= 3


@pytest.mark.parametrize("dark", [True, False])
def test_icons_are_drawn_in_the_colour_of_the_text(qapp, dark):
    apply_theme(qapp, dark)
    for name in {spec.icon for spec in ACTIONS if spec.icon}:
        image = icon(name).pixmap(24, 24).toImage()
        opaque = [
            image.pixelColor(x, y)
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() == 255
        ]
        assert opaque, f"{name} is empty"
        assert (opaque[0].lightness() > 128) is dark


def test_the_application_has_a_face(qapp):
    assert not application_icon().pixmap(64, 64).isNull()
