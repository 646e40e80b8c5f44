"""Light and dark: readable, switched at once, and all icons are there in both."""

from __future__ import annotations

from dataclasses import fields

import pytest
from PySide6.QtGui import QColor, QPalette

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
