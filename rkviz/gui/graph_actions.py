"""The actions of the graph: find, fold, select along the lines, pictures, colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP

from rkviz.gui.action_spec import ActionSpec, Need
from rkviz.gui.commands import Commands
from rkviz.gui.graph_commands import GraphCommands


def on_graph(method: Callable[..., None], **options: Any) -> Callable[[Commands], None]:
    """A handler that calls `method` of the commands of the graph."""
    return lambda commands: method(commands.on_graph, **options)


GRAPH_ACTIONS = (
    ActionSpec(
        "find", "graph", QT_TRANSLATE_NOOP("Actions", "&Find layers…"),
        on_graph(GraphCommands.find), ("Ctrl+F",), "find", Need.PROJECT,
    ),
    ActionSpec(
        "find_next", "graph", QT_TRANSLATE_NOOP("Actions", "&Next hit"),
        on_graph(GraphCommands.step_hits, by=1), ("F3",), need=Need.PROJECT,
    ),
    ActionSpec(
        "find_previous", "graph", QT_TRANSLATE_NOOP("Actions", "&Previous hit"),
        on_graph(GraphCommands.step_hits, by=-1), ("Shift+F3",), need=Need.PROJECT,
    ),
    ActionSpec(
        "select_hits", "graph", QT_TRANSLATE_NOOP("Actions", "Select all &hits"),
        on_graph(GraphCommands.select_hits), ("Ctrl+Shift+F",), need=Need.PROJECT,
    ),
    ActionSpec(
        "select_all", "graph", QT_TRANSLATE_NOOP("Actions", "Select &all layers"),
        on_graph(GraphCommands.select_all), ("Ctrl+A",), need=Need.PROJECT, on_graph=True,
    ),
    ActionSpec(
        "upstream", "graph", QT_TRANSLATE_NOOP("Actions", "Select &upstream"),
        on_graph(GraphCommands.select_upstream), ("U",), need=Need.SELECTION, separated=True,
    ),
    ActionSpec(
        "downstream", "graph", QT_TRANSLATE_NOOP("Actions", "Select &downstream"),
        on_graph(GraphCommands.select_downstream), ("D",), need=Need.SELECTION,
    ),
    ActionSpec(
        "toggle_stage", "graph", QT_TRANSLATE_NOOP("Actions", "Fold or open the &stage"),
        on_graph(GraphCommands.toggle_stage), ("Space",), need=Need.SELECTION, separated=True,
        on_graph=True,
    ),
    ActionSpec(
        "fold_all", "graph", QT_TRANSLATE_NOOP("Actions", "Fo&ld all stages"),
        on_graph(GraphCommands.fold_all), ("Ctrl+Space",), need=Need.PROJECT,
    ),
    ActionSpec(
        "open_all", "graph", QT_TRANSLATE_NOOP("Actions", "&Open all stages"),
        on_graph(GraphCommands.open_all), ("Ctrl+Shift+Space",), need=Need.PROJECT,
    ),
    ActionSpec(
        "next_picture", "graph", QT_TRANSLATE_NOOP("Actions", "Colours of the next p&icture"),
        on_graph(GraphCommands.step_pictures, by=1), (".",), need=Need.REPORT, separated=True,
    ),
    ActionSpec(
        "previous_picture", "graph",
        QT_TRANSLATE_NOOP("Actions", "Colours of the pre&vious picture"),
        on_graph(GraphCommands.step_pictures, by=-1), (",",), need=Need.REPORT,
    ),
    ActionSpec(
        "copy_visible", "picture", QT_TRANSLATE_NOOP("Actions", "&Copy what is visible"),
        on_graph(GraphCommands.copy, whole=False), ("Ctrl+Shift+C",), need=Need.PROJECT,
    ),
    ActionSpec(
        "copy_whole", "picture", QT_TRANSLATE_NOOP("Actions", "Copy the &whole graph"),
        on_graph(GraphCommands.copy, whole=True), need=Need.PROJECT,
    ),
    ActionSpec(
        "export_visible", "picture", QT_TRANSLATE_NOOP("Actions", "Export what is &visible…"),
        on_graph(GraphCommands.export, whole=False), need=Need.PROJECT, separated=True,
    ),
    ActionSpec(
        "export_whole", "picture", QT_TRANSLATE_NOOP("Actions", "&Export the whole graph…"),
        on_graph(GraphCommands.export, whole=True), ("Ctrl+Shift+P",), need=Need.PROJECT,
    ),
)  # fmt: skip

GRAPH_KEYS = (
    (QT_TRANSLATE_NOOP("Actions", "Walk along the lines"), "↑ ↓ ← →"),
    (QT_TRANSLATE_NOOP("Actions", "Zoom"), "+ −"),
    (
        QT_TRANSLATE_NOOP("Actions", "Zoom around the mouse"),
        QT_TRANSLATE_NOOP("Actions", "Ctrl + wheel"),
    ),
    (
        QT_TRANSLATE_NOOP("Actions", "Scroll (Shift: sideways)"),
        QT_TRANSLATE_NOOP("Actions", "Wheel, drag"),
    ),
    (QT_TRANSLATE_NOOP("Actions", "First layers, a page on, a page back"), "Home PgDown PgUp"),
    (
        QT_TRANSLATE_NOOP("Actions", "Add to the selection, or take away"),
        QT_TRANSLATE_NOOP("Actions", "Ctrl / Shift + click"),
    ),
    (QT_TRANSLATE_NOOP("Actions", "Drop the selection, or a frame being drawn"), "Esc"),
    (
        QT_TRANSLATE_NOOP("Actions", "Select with a frame (Ctrl adds)"),
        QT_TRANSLATE_NOOP("Actions", "Shift + drag"),
    ),
)
"""What the graph does with keys and mouse by itself, for the page of shortcuts."""
