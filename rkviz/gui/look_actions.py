"""The actions of how the window looks, speaks and computes."""

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


def _threads(name: str) -> Callable[[Commands], None]:
    return lambda commands: commands.looks.set_threads(name)


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
    *(
        ActionSpec(
            f"threads_{name}", "threads", text, _threads(name), checkable=True, group="threads",
        )
        for name, text in (
            ("1", QT_TRANSLATE_NOOP("Actions", "&1 thread")),
            ("2", QT_TRANSLATE_NOOP("Actions", "&2 threads")),
            ("4", QT_TRANSLATE_NOOP("Actions", "&4 threads")),
            ("8", QT_TRANSLATE_NOOP("Actions", "&8 threads")),
            ("all", QT_TRANSLATE_NOOP("Actions", "&As many as there are cores")),
        )
    ),
    ActionSpec(
        "motion", "view", QT_TRANSLATE_NOOP("Actions", "A&nimations"),
        lambda commands, moves: commands.looks.set_moves(moves), checkable=True,
    ),
)  # fmt: skip
