"""One row of the action table, and what has to be there for it to make sense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from PySide6.QtCore import QCoreApplication

from rkviz.board import find_toolkit
from rkviz.gui.session import Session


class Need(Enum):
    """What has to be there for an action to make sense."""

    NOTHING = "nothing"
    PROJECT = "project"
    SELECTION = "selection"
    PLAN = "plan"
    REPORT = "report"
    DUMPS = "dumps"
    BOARD = "board"
    """Without the vendor's toolkit its actions are not even shown."""
    WORK = "work"
    UNDO = "undo"
    REDO = "redo"

    def is_met(self, session: Session) -> bool:
        met: dict[Need, Callable[[], bool]] = {
            Need.NOTHING: lambda: True,
            Need.PROJECT: lambda: session.project is not None,
            Need.SELECTION: lambda: bool(session.selection),
            Need.PLAN: lambda: session.results.plan is not None,
            Need.REPORT: lambda: session.results.report is not None,
            Need.DUMPS: lambda: (
                session.comparing.value is not None
                and bool(session.comparing.value.snapshot.tensors)
            ),
            Need.BOARD: lambda: session.results.plan is not None and find_toolkit() is not None,
            Need.WORK: lambda: session.runner.has_told_work,
            Need.UNDO: session.undo_stack.canUndo,
            Need.REDO: session.undo_stack.canRedo,
        }
        return met[self]()


@dataclass(frozen=True)
class ActionSpec:
    """One row. A checkable action's handler gets its new state; `group` makes it a choice."""

    id: str
    menu: str
    text: str
    handler: Callable[..., Any]
    keys: tuple[str, ...] = ()
    icon: str = ""
    need: Need = Need.NOTHING
    checkable: bool = False
    group: str = ""
    separated: bool = False
    """Whether a line is drawn above it."""
    on_graph: bool = False
    """Whether its keys work only while the graph has the keyboard."""


def translated(text: str) -> str:
    return QCoreApplication.translate("Actions", text)


def without_marks(text: str) -> str:
    """A menu text as it reads elsewhere: no mnemonic (also the Chinese form (&X)), no dots."""
    start = text.find("(&")
    if start >= 0:
        text = text[:start] + text[start + 4 :]
    return text.replace("&", "").removesuffix("…")
