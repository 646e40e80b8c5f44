"""The actions of how the window looks and speaks, and of the page that explains them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QT_TRANSLATE_NOOP

from rkviz.gui.action_spec import ActionSpec
from rkviz.gui.commands import Commands


def _colours(name: str) -> Callable[[Commands], None]:
    return lambda commands: commands.looks.set_palette(name)


def _theme(name: str) -> Callable[[Commands], None]:
    return lambda commands: commands.looks.set_theme(name)


def _language(code: str) -> Callable[[Commands], None]:
    return lambda commands: commands.looks.set_language(code)


LOOK_ACTIONS = (
    *(
        ActionSpec(
            f"colours_{name}", "colours", text, _colours(name), checkable=True, group="colours",
            separated=name == "default",
        )
        for name, text in (
            ("default", QT_TRANSLATE_NOOP("Actions", "&Green to red")),
            ("cividis", QT_TRANSLATE_NOOP("Actions", "&Cividis: for every eye")),
            ("viridis", QT_TRANSLATE_NOOP("Actions", "&Viridis: for every eye")),
        )
    ),
    *(
        ActionSpec(
            f"theme_{name}", "theme", text, _theme(name), checkable=True, group="theme",
        )
        for name, text in (
            ("system", QT_TRANSLATE_NOOP("Actions", "Like the &system")),
            ("light", QT_TRANSLATE_NOOP("Actions", "&Light")),
            ("dark", QT_TRANSLATE_NOOP("Actions", "&Dark")),
        )
    ),
    *(
        ActionSpec(
            f"language_{code or 'system'}", "language", text, _language(code), checkable=True,
            group="language",
        )
        for code, text in (
            ("", QT_TRANSLATE_NOOP("Actions", "What the &system speaks")),
            ("en", "English"),
            ("zh_CN", "简体中文"),
        )
    ),
    ActionSpec(
        "motion", "view", QT_TRANSLATE_NOOP("Actions", "A&nimations"),
        lambda commands, moves: commands.looks.set_moves(moves), checkable=True,
    ),
)  # fmt: skip
