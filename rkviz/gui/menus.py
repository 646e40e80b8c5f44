"""Menu bar and toolbar, made from the action table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar

from rkviz.gui.actions import (
    ACTIONS,
    MENUS,
    SUBMENUS,
    TOOLBAR,
    TOOLBAR_WITH_TEXT,
    ActionSet,
    translated,
)
from rkviz.gui.session import Session


class Menus(QObject):
    """Owns the menus of one window and keeps their texts and states right."""

    recent_opened = Signal()
    """The list of recent files is about to be seen."""

    def __init__(
        self,
        window: QMainWindow,
        actions: ActionSet,
        panel_actions: Sequence[QAction],
        open_recent: Callable[[Path], None],
    ) -> None:
        super().__init__(window)
        self._actions = actions
        self._open_recent = open_recent
        self._menus: dict[str, QMenu] = {}
        for name, _text in MENUS:
            self._menus[name] = window.menuBar().addMenu("")
        self._recent = QMenu(window)
        self._recent.aboutToShow.connect(self.recent_opened)
        self._recent_actions: dict[Path, QAction] = {}
        self._panels = QMenu(window)
        self._panels.addActions(list(panel_actions))
        for name, _parent, _text in SUBMENUS:
            self._menus[name] = QMenu(window)
        parents = {name: parent for name, parent, _text in SUBMENUS}
        for spec in ACTIONS:
            menu = self._menus[spec.menu]
            # A submenu stands where the first of its actions does.
            parent = self._menus.get(parents.pop(spec.menu, ""))
            if spec.separated:
                (parent or menu).addSeparator()
            if parent is not None:
                parent.addMenu(menu)
            menu.addAction(actions.by_id[spec.id])
            if spec.id == "open":
                menu.addMenu(self._recent)
        self._menus["view"].insertMenu(actions.by_id["reset_panels"], self._panels)
        window.addActions(list(actions.by_id.values()))
        self.toolbar = _toolbar(window, actions)
        self.retranslate()

    def set_recent(self, paths: Sequence[Path], forget: Callable[[], None]) -> None:
        self._recent.clear()
        self._recent_actions.clear()
        for path in paths:
            action = self._recent.addAction(str(path).replace("&", "&&"))
            action.triggered.connect(lambda _checked=False, path=path: self._open_recent(path))
            self._recent_actions[path] = action
        self._recent.addSeparator()
        clear = self._recent.addAction(QCoreApplication.translate("Menus", "&Clear the list"))
        clear.triggered.connect(lambda _checked=False: forget())
        self._recent.setEnabled(bool(paths))

    def set_missing(self, missing: Collection[Path]) -> None:
        """Grey the recent files that are gone."""
        for path, action in self._recent_actions.items():
            action.setEnabled(path not in missing)

    def update(self, session: Session) -> None:
        """Enable what makes sense now; undo and redo say what they would do."""
        self._actions.update(session)
        stack = session.undo_stack
        for id, text in (("undo", stack.undoText()), ("redo", stack.redoText())):
            spec = next(spec for spec in ACTIONS if spec.id == id)
            action = self._actions.by_id[id]
            named = QCoreApplication.translate("Menus", "{action}: {step}")
            words = named.format(action=translated(spec.text), step=text.replace("&", "&&"))
            action.setText(words if text else translated(spec.text))
            action.setIconText(translated(spec.text).replace("&", ""))

    def retranslate(self) -> None:
        self._actions.retranslate()
        for name, text in MENUS:
            self._menus[name].setTitle(translated(text))
        for name, _parent, text in SUBMENUS:
            self._menus[name].setTitle(translated(text))
        self._recent.setTitle(QCoreApplication.translate("Menus", "Open &recent"))
        self._panels.setTitle(QCoreApplication.translate("Menus", "&Panels"))
        self.toolbar.setWindowTitle(QCoreApplication.translate("Menus", "Toolbar"))


def _toolbar(window: QMainWindow, actions: ActionSet) -> QToolBar:
    bar = QToolBar(window)
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setIconSize(QSize(20, 20))
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    for id in TOOLBAR:
        if not id:
            bar.addSeparator()
            continue
        bar.addAction(actions.by_id[id])
        if id in TOOLBAR_WITH_TEXT:
            button = bar.widgetForAction(actions.by_id[id])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    window.addToolBar(bar)
    return bar
