"""Light and dark: a palette of our own on the Fusion style, switched while the window is open."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QToolTip


@dataclass(frozen=True)
class Theme:
    """Named colours, as #rrggbb."""

    is_dark: bool
    window: str
    """behind panels and bars"""
    base: str
    """behind tables, text and the graph"""
    alternate: str
    """every other row"""
    text: str
    muted: str
    """labels of second rank"""
    border: str
    """between parts of the window"""
    outline: str
    """around what can be clicked or typed into"""
    hover: str
    accent: str
    """selection, focus, the run button"""
    on_accent: str
    good: str
    warning: str
    bad: str
    warning_ground: str
    """behind a warning's text"""
    bad_ground: str
    stale: str
    """what belongs to older settings"""


LIGHT = Theme(
    is_dark=False,
    window="#f2f4f7",
    base="#ffffff",
    alternate="#f7f8fa",
    text="#1c2430",
    muted="#5f6b7c",
    border="#d3d9e2",
    outline="#76808e",
    hover="#e4e9f1",
    accent="#2160d4",
    on_accent="#ffffff",
    good="#1f8a4c",
    warning="#a86200",
    bad="#c62b24",
    warning_ground="#fff3d6",
    bad_ground="#fde5e3",
    stale="#a3abb8",
)
DARK = Theme(
    is_dark=True,
    window="#22262d",
    base="#181b20",
    alternate="#1e2228",
    text="#e3e7ee",
    muted="#9aa5b5",
    border="#3a414c",
    outline="#76808f",
    hover="#2f353f",
    accent="#4d8bf5",
    on_accent="#0c111a",
    good="#4cc47e",
    warning="#f0b03f",
    bad="#ff7a70",
    warning_ground="#3d3217",
    bad_ground="#47211f",
    stale="#6b7482",
)


_OF_THE_DESKTOP = (
    "QAbstractItemView", "QGroupBox", "QHeaderView", "QLabel", "QMenu", "QMenuBar",
    "QMessageBoxLabel", "QTabBar", "QTextControl", "QTextEdit",
)  # fmt: skip
"""Kinds of widgets for which a desktop may bring palettes of its own, beside those below."""
_OUTLINED = (
    "QAbstractButton", "QAbstractSpinBox", "QCheckBox", "QComboBox", "QLineEdit", "QProgressBar",
    "QPushButton", "QRadioButton", "QSlider", "QToolButton",
)  # fmt: skip
"""Kinds of widgets whose Window colour only serves Fusion to draw the outline, which it makes
darker than that: nearly invisible on a dark ground."""
_FUSION_DARKENS = 140
"""Per cent, as QColor.darker takes it: by so much is Window lighter than the wanted outline."""


def current_theme() -> Theme:
    """The theme the application's palette belongs to."""
    window = QApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < 128 else LIGHT


def system_is_dark() -> bool:
    return QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def apply_theme(app: QApplication, dark: bool | None) -> None:
    """Switch to dark, light or (None) what the system uses.

    The hint to the platform colours the title bar where the platform listens; it is silently
    ignored elsewhere, so the palette is always our own.
    """
    hints = app.styleHints()
    if dark is None:
        hints.unsetColorScheme()
    else:
        hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)
    theme = DARK if (system_is_dark() if dark is None else dark) else LIGHT
    if not app.styleSheet():  # the first time
        app.setStyle("Fusion")
    palette = palette_of(theme)
    app.setPalette(palette)
    for kind in _OF_THE_DESKTOP:
        app.setPalette(palette, kind)
    QToolTip.setPalette(palette)
    for group, colour in (
        (QPalette.ColorGroup.Active, theme.outline),
        (QPalette.ColorGroup.Inactive, theme.outline),
        (QPalette.ColorGroup.Disabled, theme.border),
    ):
        ground = QColor(colour).lighter(_FUSION_DARKENS)
        palette.setColor(group, QPalette.ColorRole.Window, ground)
    for kind in _OUTLINED:
        app.setPalette(palette, kind)
    app.setStyleSheet(_style_sheet(theme))


def palette_of(theme: Theme) -> QPalette:
    """Every role in every state, so that nothing of the desktop's own palette shows through."""
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.base,
        role.AlternateBase: theme.alternate,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.window,
        role.ButtonText: theme.text,
        role.BrightText: theme.bad,
        role.ToolTipBase: theme.base,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: theme.hover if theme.is_dark else "#ffffff",
        role.Midlight: theme.hover,
        role.Mid: theme.border,
        role.Dark: theme.border,
        role.Shadow: "#000000" if theme.is_dark else "#8a94a3",
    }
    palette = QPalette()
    for which, colour in colours.items():
        palette.setColor(which, QColor(colour))
    disabled = QPalette.ColorGroup.Disabled
    for which in (role.WindowText, role.Text, role.ButtonText, role.Link, role.PlaceholderText):
        palette.setColor(disabled, which, QColor(theme.stale))
    for which in (role.Highlight, role.Accent):
        palette.setColor(disabled, which, QColor(theme.stale))
    return palette


def _style_sheet(theme: Theme) -> str:
    return f"""
    QMainWindow::separator {{ background: {theme.window}; width: 5px; height: 5px; }}
    QMainWindow::separator:hover {{ background: {theme.accent}; }}
    QToolBar {{ background: {theme.window}; border: none; border-bottom: 1px solid {theme.border};
                padding: 3px 6px; spacing: 3px; }}
    QToolBar::separator {{ background: {theme.border}; width: 1px; margin: 4px 5px; }}
    QToolBar QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 4px 7px; }}
    QToolBar QToolButton:hover {{ background: {theme.hover}; }}
    QToolBar QToolButton:pressed, QToolBar QToolButton:checked {{ background: {theme.hover};
                border-color: {theme.border}; }}
    QToolBar QToolButton:disabled {{ color: {theme.stale}; }}
    QToolBar QToolButton:focus {{ border-color: {theme.accent}; }}
    QDockWidget {{ font-weight: 600; }}
    QDockWidget::title {{ background: {theme.window}; padding: 6px 9px; }}
    QDockWidget > QWidget {{ font-weight: 400; }}
    QStatusBar {{ background: {theme.window}; border-top: 1px solid {theme.border}; }}
    QStatusBar::item {{ border: none; }}
    QToolTip {{ background: {theme.base}; color: {theme.text}; border: 1px solid {theme.border};
                padding: 4px 6px; }}
    QPlainTextEdit, QListWidget {{ border: 1px solid {theme.border}; }}
    QPlainTextEdit:focus, QListWidget:focus {{ border-color: {theme.accent}; }}
    QMenu::separator {{ height: 1px; background: {theme.border}; margin: 4px 8px; }}
    """
