"""Everything a user can ask for, in one table: menus, toolbar and shortcut help read it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from rkviz.board import find_toolkit
from rkviz.gui.action_spec import ActionSpec, Need, translated, without_marks
from rkviz.gui.commands import Commands
from rkviz.gui.file_actions import FILE_ACTIONS
from rkviz.gui.graph_actions import GRAPH_ACTIONS, on_graph
from rkviz.gui.graph_commands import GraphCommands
from rkviz.gui.look_actions import LOOK_ACTIONS
from rkviz.gui.plan_actions import PLAN_ACTIONS
from rkviz.gui.resources import icon
from rkviz.gui.session import Session
from rkviz.gui.theme import current_theme
from rkviz.numerics import QuantScheme

MENUS = (
    ("file", QT_TRANSLATE_NOOP("Actions", "&File")),
    ("edit", QT_TRANSLATE_NOOP("Actions", "&Edit")),
    ("layer", QT_TRANSLATE_NOOP("Actions", "&Layer")),
    ("graph", QT_TRANSLATE_NOOP("Actions", "&Graph")),
    ("run", QT_TRANSLATE_NOOP("Actions", "&Run")),
    ("view", QT_TRANSLATE_NOOP("Actions", "&View")),
    ("help", QT_TRANSLATE_NOOP("Actions", "&Help")),
)
SUBMENUS = (
    ("import", "file", QT_TRANSLATE_NOOP("Actions", "&Import")),
    ("export", "file", QT_TRANSLATE_NOOP("Actions", "&Export")),
    ("picture", "graph", QT_TRANSLATE_NOOP("Actions", "Pictu&re")),
    ("threads", "run", QT_TRANSLATE_NOOP("Actions", "&Threads")),
    ("colours", "view", QT_TRANSLATE_NOOP("Actions", "&Colours")),
    ("theme", "view", QT_TRANSLATE_NOOP("Actions", "&Theme")),
    ("language", "view", QT_TRANSLATE_NOOP("Actions", "L&anguage")),
)


def _edit_actions() -> tuple[ActionSpec, ...]:
    return (
        ActionSpec(
            "undo", "edit", QT_TRANSLATE_NOOP("Actions", "&Undo"), Commands.undo,
            ("Ctrl+Z",), "undo", Need.UNDO,
        ),
        ActionSpec(
            "redo", "edit", QT_TRANSLATE_NOOP("Actions", "&Redo"), Commands.redo,
            ("Ctrl+Y", "Ctrl+Shift+Z"), "redo", Need.REDO,
        ),
        ActionSpec(
            "preferences", "edit", QT_TRANSLATE_NOOP("Actions", "&Preferences…"),
            Commands.show_preferences, ("Ctrl+,",), separated=True,
        ),
        *(
            ActionSpec(
                id, "layer", text, partial(Commands.set_scheme, scheme=scheme), (key,),
                need=Need.SELECTION, separated=scheme is None,
            )
            for id, text, key, scheme in (
                ("type_u8", QT_TRANSLATE_NOOP("Actions", "Type &u8"), "1", QuantScheme.U8),
                ("type_i8", QT_TRANSLATE_NOOP("Actions", "Type &i8"), "2", QuantScheme.I8),
                ("type_i16", QT_TRANSLATE_NOOP("Actions", "Type i1&6"), "3", QuantScheme.I16),
                ("type_float", QT_TRANSLATE_NOOP("Actions", "Type &float"), "4",
                 QuantScheme.FLOAT),
                ("type_default", QT_TRANSLATE_NOOP("Actions", "Back to the &default type"), "0",
                 None),
            )
        ),
        ActionSpec(
            "next_worst", "layer", QT_TRANSLATE_NOOP("Actions", "&Next worst layer"),
            on_graph(GraphCommands.step_worst, by=1), ("N",), "next_worst", Need.REPORT,
            separated=True,
        ),
        ActionSpec(
            "previous_worst", "layer", QT_TRANSLATE_NOOP("Actions", "&Previous worst layer"),
            on_graph(GraphCommands.step_worst, by=-1), ("Shift+N",), "previous_worst", Need.REPORT,
        ),
    )  # fmt: skip


def _run_actions() -> tuple[ActionSpec, ...]:
    return (
        ActionSpec(
            "run", "run", QT_TRANSLATE_NOOP("Actions", "&Run"), Commands.run, ("F5",), "run",
            Need.PROJECT,
        ),
        ActionSpec(
            "cancel", "run", QT_TRANSLATE_NOOP("Actions", "&Cancel"), Commands.cancel,
            ("Esc",), "cancel", Need.WORK,
        ),
        ActionSpec(
            "live", "run", QT_TRANSLATE_NOOP("Actions", "&Live: run after every edit"),
            Commands.set_live, ("L",), "live", checkable=True, separated=True,
        ),
        ActionSpec(
            "board", "run", QT_TRANSLATE_NOOP("Actions", "Analyse on the &board…"),
            Commands.analyse_on_board, need=Need.BOARD, separated=True,
        ),
    )  # fmt: skip


def _view_actions() -> tuple[ActionSpec, ...]:
    return (
        ActionSpec(
            "fit", "view", QT_TRANSLATE_NOOP("Actions", "&Fit the graph"), Commands.fit,
            ("F",), "fit", Need.PROJECT,
        ),
        ActionSpec(
            "zoom_in", "view", QT_TRANSLATE_NOOP("Actions", "Zoom &in"), Commands.zoom_in,
            ("Ctrl++", "Ctrl+="), "zoom_in", Need.PROJECT,
        ),
        ActionSpec(
            "zoom_out", "view", QT_TRANSLATE_NOOP("Actions", "Zoom &out"), Commands.zoom_out,
            ("Ctrl+-",), "zoom_out", Need.PROJECT,
        ),
        ActionSpec(
            "reset_panels", "view", QT_TRANSLATE_NOOP("Actions", "&Reset the panels"),
            Commands.reset_panels, separated=True,
        ),
        *LOOK_ACTIONS,
        ActionSpec(
            "manual", "help", QT_TRANSLATE_NOOP("Actions", "&Manual"), Commands.open_manual,
            ("F1",),
        ),
        ActionSpec(
            "shortcuts", "help", QT_TRANSLATE_NOOP("Actions", "&Keyboard shortcuts"),
            Commands.show_shortcuts, ("?",),
        ),
        ActionSpec(
            "demo", "help", QT_TRANSLATE_NOOP("Actions", "Open the &demo"), Commands.open_demo,
        ),
        ActionSpec(
            "doctor", "help", QT_TRANSLATE_NOOP("Actions", "&System information…"),
            Commands.show_doctor, separated=True,
        ),
        ActionSpec(
            "log_folder", "help", QT_TRANSLATE_NOOP("Actions", "Open the &log folder"),
            Commands.open_log_folder,
        ),
        ActionSpec(
            "about", "help", QT_TRANSLATE_NOOP("Actions", "&About rkviz"), Commands.show_about,
        ),
    )  # fmt: skip


ACTIONS = (
    *FILE_ACTIONS,
    *_edit_actions(),
    *GRAPH_ACTIONS,
    *_run_actions(),
    *PLAN_ACTIONS,
    *_view_actions(),
)

TOOLBAR = (
    "open", "add_pictures", "save", "", "undo", "redo", "", "run", "cancel", "live", "",
    "find", "previous_worst", "next_worst", "fit", "", "export_cfg", "export_report",
)  # fmt: skip
"""Ids in order; "" is a separator."""

TOOLBAR_WITH_TEXT = frozenset({"open", "add_pictures", "run"})


def shown_keys(spec: ActionSpec) -> str:
    """The keys as the platform writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return " / ".join(QKeySequence(key).toString(native) for key in spec.keys)


class ActionSet:
    """The table brought to life for one window."""

    def __init__(self, commands: Commands, parent: QObject) -> None:
        self.by_id: dict[str, QAction] = {}
        groups: dict[str, QActionGroup] = {}
        for spec in ACTIONS:
            action = QAction(parent)
            action.setObjectName(spec.id)
            action.setShortcuts([QKeySequence(key) for key in spec.keys])
            action.setCheckable(spec.checkable)
            if spec.on_graph:
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            if spec.group:
                group = groups.setdefault(spec.group, QActionGroup(parent))
                group.addAction(action)
            if spec.checkable and not spec.group:
                action.toggled.connect(partial(spec.handler, commands))
            else:
                action.triggered.connect(partial(_call, spec.handler, commands))
            self.by_id[spec.id] = action
        self.retranslate()
        self.recolour()

    def retranslate(self) -> None:
        for spec in ACTIONS:
            action = self.by_id[spec.id]
            action.setText(translated(spec.text))
            keys = f"  ({shown_keys(spec)})" if spec.keys else ""
            action.setToolTip(without_marks(action.text()) + keys)
            action.setIconText(without_marks(action.text()))

    def recolour(self) -> None:
        for spec in ACTIONS:
            if spec.icon:
                colour = current_theme().accent if spec.id == "run" else ""
                self.by_id[spec.id].setIcon(icon(spec.icon, colour))

    @property
    def on_graph(self) -> list[QAction]:
        """Those whose keys work only on the graph."""
        return [self.by_id[spec.id] for spec in ACTIONS if spec.on_graph]

    def update(self, session: Session) -> None:
        """Enable what makes sense now."""
        for spec in ACTIONS:
            self.by_id[spec.id].setEnabled(spec.need.is_met(session))
            if spec.need is Need.BOARD:
                self.by_id[spec.id].setVisible(find_toolkit() is not None)


def _call(handler: Callable[[Commands], None], commands: Commands, _checked: bool = False) -> None:
    handler(commands)
