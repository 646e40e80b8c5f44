"""The line above the graph that finds layers."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from rkviz.analyse.query import QueryError
from rkviz.errors import RkvizError
from rkviz.gui.finding import error_words, find_layers, query_help
from rkviz.gui.jobs import Job
from rkviz.gui.resources import icon
from rkviz.gui.session import Session
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.adapting import Adapting

_LANE = "search"
_WAIT_MS = 60


class SearchBar(Adapting, QWidget):
    """Hits follow while one types; the selection steps through them."""

    found = Signal(tuple)
    """Head layers, empty when nothing is sought any more."""
    left = Signal()
    """The keyboard belongs to the graph again."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("search_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self.hits: tuple[str, ...] = ()
        self.line = QLineEdit()
        self.line.setClearButtonEnabled(True)
        self.line.installEventFilter(self)
        self.count, self.wrong = QLabel(), QLabel()
        self.wrong.setWordWrap(True)
        self.previous_button, self.next_button = QToolButton(), QToolButton()
        self.select_button, self.close_button = QToolButton(), QToolButton()
        self._wait = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._wait.timeout.connect(self.search)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 4)
        column.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.wrong)
        row.addWidget(self.line, 3)
        for button in (self.previous_button, self.next_button, self.select_button):
            row.addWidget(button)
        row.addWidget(self.count, 1)
        row.addWidget(self.close_button)
        self.previous_button.clicked.connect(lambda: self.step(-1))
        self.next_button.clicked.connect(lambda: self.step(1))
        self.select_button.clicked.connect(self.select_all)
        self.close_button.clicked.connect(self.leave)
        self.line.textChanged.connect(lambda _text: self._wait.start())
        session.results_changed.connect(self._again)
        session.view_changed.connect(self._again)
        session.config_changed.connect(self._again)
        session.selection_changed.connect(self._show_count)
        self.hide()
        self.retranslate()
        self.recolour()

    def open(self) -> None:
        """Show the line, what was sought last marked to be typed over."""
        self.show()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()
        self.search()

    def leave(self) -> None:
        """Close; nothing is marked any more."""
        self._wait.stop()
        self.hide()
        self._accept(())
        self.left.emit()

    def step(self, by: int) -> None:
        """Select the next hit, `by` 1, or the one before, -1; around at the ends."""
        hits, chosen = self.hits, self._session.selection
        if not hits:
            return
        if len(chosen) == 1 and chosen[0] in hits:
            place = (hits.index(chosen[0]) + by) % len(hits)
        else:
            place = self._beyond(chosen, by)
        self._session.select([hits[place]])

    def _beyond(self, chosen: tuple[str, ...], by: int) -> int:
        """The hit that follows the selection in the order of the network."""
        graph = self._session.results.graph
        if graph is None or not chosen:
            return 0 if by > 0 else len(self.hits) - 1
        place = {name: number for number, name in enumerate(graph.heads)}
        here = place[chosen[-1]]
        ahead = [number for number, name in enumerate(self.hits) if place[name] > here]
        first = ahead[0] if ahead else len(self.hits)
        return (first if by > 0 else first - 1) % len(self.hits)

    def select_all(self) -> None:
        """Select every hit, to edit them at once: the keys of types work then."""
        if self.hits:
            self._session.select(self.hits)
            self.left.emit()

    # -- searching ----------------------------------------------------------------------------

    def _again(self, _changed: object = None) -> None:
        if self.isVisible():
            self._wait.start()

    def search(self) -> None:
        """Start looking for what the line says; the latest wins."""
        self._wait.stop()
        text, session, project = self.line.text(), self._session, self._session.project
        if not text.strip() or not self.isVisible():
            self._accept(())
            return
        results, view, planned = session.results, session.view, session.has_current_plan
        config, target = (project.config, project.target) if project else (None, "")

        def work(_progress: object, _publish: object) -> tuple[str, ...]:
            return find_layers(text, results, view, config, target, planned)

        session.runner.submit(Job(_LANE, "", work, self._accept, self._fail))

    def _accept(self, hits: tuple[str, ...]) -> None:
        self.hits = hits
        self._show_count()
        self.found.emit(hits)

    def _fail(self, error: RkvizError) -> None:
        self._accept(())
        self.count.setText("")
        self.wrong.setText(error_words(error) if isinstance(error, QueryError) else str(error))
        self.wrong.show()

    def _show_count(self, _selection: object = None) -> None:
        hits, chosen = self.hits, self._session.selection
        for button in (self.previous_button, self.next_button, self.select_button):
            button.setEnabled(bool(hits))
        self.wrong.hide()
        if not self.line.text().strip():
            self.count.setText("")
        elif len(chosen) == 1 and chosen[0] in hits:
            text = self.tr("{place} of {count}")
            self.count.setText(text.format(place=hits.index(chosen[0]) + 1, count=len(hits)))
        else:
            text = self.tr("{count} found")
            self.count.setText(text.format(count=len(hits)))

    # -- looks, keys --------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Shift+Enter step, Alt+Enter selects all, Escape closes."""
        if not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        key, modifiers = event.key(), event.modifiers()
        if key == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # the window would cancel its work
            elif event.type() == QEvent.Type.KeyPress:
                self.leave()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.type() == QEvent.Type.KeyPress:
            if modifiers & Qt.KeyboardModifier.AltModifier:
                self.select_all()
            else:
                self.step(-1 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1)
            return True
        return super().eventFilter(watched, event)

    def retranslate(self) -> None:
        self.line.setPlaceholderText(self.tr("Find: name, /pattern/, err > 5%, type = i16"))
        self.line.setToolTip(query_help())
        self.line.setAccessibleName(self.tr("Find layers"))
        for button, text, keys in (
            (self.previous_button, self.tr("Previous hit"), "Shift+F3"),
            (self.next_button, self.tr("Next hit"), "F3"),
            (self.select_button, self.tr("Select all hits"), "Alt+Enter"),
            (self.close_button, self.tr("Close"), "Esc"),
        ):
            button.setToolTip(f"{text}  ({keys})")
            button.setAccessibleName(text)
        self.select_button.setText(self.tr("Select all"))
        self._show_count()

    def recolour(self) -> None:
        theme = current_theme()
        self.wrong.setStyleSheet(f"color: {theme.bad};")
        self.count.setStyleSheet(f"color: {theme.muted};")
        for button, name in (
            (self.previous_button, "up"),
            (self.next_button, "down"),
            (self.close_button, "close"),
        ):
            button.setIcon(icon(name))
        wanted = (
            f"#search_bar {{ background: {theme.base}; border-bottom: 1px solid {theme.border}; }}"
        )
        if self.styleSheet() != wanted:
            self.setStyleSheet(wanted)
