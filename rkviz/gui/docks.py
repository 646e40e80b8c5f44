"""The panels around the graph, in docks that can be moved, hidden and brought back."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QDockWidget,
    QHeaderView,
    QMainWindow,
    QSplitter,
    QTableView,
    QTabWidget,
    QWidget,
)

from rkviz.gui.panels.best_plan import BestPlanPanel
from rkviz.gui.panels.error_profile import ErrorProfile
from rkviz.gui.panels.heat_map import HeatMap
from rkviz.gui.panels.input_panel import InputPanel
from rkviz.gui.panels.layer_panel import LayerPanel
from rkviz.gui.panels.layer_table import LayerTable
from rkviz.gui.panels.log import LogPanel
from rkviz.gui.panels.outputs import OutputsPanel
from rkviz.gui.panels.plans import PlansPanel
from rkviz.gui.panels.repairs import RepairsPanel
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.gui.widgets.adapting import Adapting

_LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
_WIDTHS = (450, 350)
"""Least widths of the sides at first."""
_SHARES = (0.22, 0.19)
"""Of the window's width, where it is large."""
_BOTTOM_HEIGHT = 250
_VERSION = 2


class Dock(Adapting, QDockWidget):
    """Shows its panel's window title, once: where it is a tab, the tab has the title."""

    def __init__(self, panel: QWidget, name: str, window: QMainWindow) -> None:
        super().__init__(window)
        self.setObjectName(name)
        self.setWidget(panel)
        self.setWindowTitle(panel.windowTitle())
        panel.windowTitleChanged.connect(self.setWindowTitle)
        self._no_bar = QWidget(self)
        self._no_bar.hide()
        self.topLevelChanged.connect(self.update_bar)
        self.dockLocationChanged.connect(self.update_bar)
        self.visibilityChanged.connect(self.update_bar)
        self.retranslate()

    def retranslate(self) -> None:
        """What the two buttons of the title bar do; Qt gives them a drawing only."""
        for name, text in (
            ("qt_dockwidget_floatbutton", self.tr("A window of its own, or back to its place")),
            ("qt_dockwidget_closebutton", self.tr("Hide; View > Panels brings it back")),
        ):
            button = self.findChild(QAbstractButton, name)
            button.setToolTip(text)
            button.setAccessibleName(text)

    def update_bar(self, _value: object = None) -> None:
        window = self.parentWidget()
        if not isinstance(window, QMainWindow):  # the window is going
            return
        is_tab = not self.isFloating() and bool(window.tabifiedDockWidgets(self))
        wanted = self._no_bar if is_tab else None
        if self.titleBarWidget() is not wanted:
            self.setTitleBarWidget(wanted)


class Docks:
    """Layers and legend left; what is decided right; profile, plans and log below."""

    def __init__(self, window: QMainWindow, session: Session, legend: QWidget) -> None:
        self._window = window
        self.layer_table = LayerTable(session, window)
        self.layer_panel = LayerPanel(session, window)
        self.input_panel = InputPanel(session, window)
        self.repairs = RepairsPanel(session, window)
        self.best_plan = BestPlanPanel(session, window)
        self.error_profile = ErrorProfile(session, window)
        self.heat_map = HeatMap(session, window)
        self.outputs = OutputsPanel(session, window)
        self.plans = PlansPanel(session, window)
        self.log = LogPanel(session, window)
        self._areas = {
            Dock(self.layer_table, "layers", window): _LEFT,
            Dock(legend, "legend", window): _LEFT,
            Dock(self.layer_panel, "layer", window): _RIGHT,
            Dock(self.input_panel, "input", window): _RIGHT,
            Dock(self.repairs, "repairs", window): _RIGHT,
            Dock(self.best_plan, "best_plan", window): _RIGHT,
            Dock(self.error_profile, "profile", window): _BOTTOM,
            Dock(self.heat_map, "heat_map", window): _BOTTOM,
            Dock(self.outputs, "outputs", window): _BOTTOM,
            Dock(self.plans, "plans", window): _BOTTOM,
            Dock(self.log, "log", window): _BOTTOM,
        }
        self._by_name = {dock.objectName(): dock for dock in self._areas}
        # A tab behind another is moved away, not hidden: those that save work ask what is seen.
        for name in ("heat_map", "outputs", "plans"):
            dock = self._by_name[name]
            dock.visibilityChanged.connect(dock.widget().refresh_soon)
        window.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AllowNestedDocks
        )
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomLeftCorner, _LEFT)
        window.setCorner(Qt.Corner.BottomRightCorner, _RIGHT)
        self.reset()

    @property
    def toggle_actions(self) -> list[QAction]:
        return [dock.toggleViewAction() for dock in self._areas]

    def hide(self) -> None:
        """All of them: there is nothing to show while no document is open."""
        for dock in self._areas:
            dock.hide()

    def reset(self) -> None:
        """The arrangement of the first start."""
        for dock, area in self._areas.items():
            dock.setFloating(False)
            self._window.addDockWidget(area, dock)
            dock.hide()  # side by side, before they are stacked, they would widen the window
        layer, profile = self._by_name["layer"], self._by_name["profile"]
        for first, area in ((layer, _RIGHT), (profile, _BOTTOM)):
            for dock, where in self._areas.items():
                if where is area and dock is not first:
                    self._window.tabifyDockWidget(first, dock)
        for dock in self._areas:
            dock.show()
        sides = [self._by_name["layers"], layer]
        window = self._window.width()
        widths = [max(w, int(s * window)) for w, s in zip(_WIDTHS, _SHARES, strict=True)]
        self._window.resizeDocks(sides, widths, Qt.Orientation.Horizontal)
        bottom = min(_BOTTOM_HEIGHT, self._window.height() * 2 // 7)
        self._window.resizeDocks([profile], [bottom], Qt.Orientation.Vertical)
        layer.raise_()
        profile.raise_()
        for dock in self._areas:
            dock.update_bar()

    def show_inputs(self) -> None:
        """Bring the page with pictures and preprocessing to the front."""
        self.bring_up("input")

    def bring_up(self, name: str) -> None:
        """Show a panel in front of those it shares its place with."""
        self._by_name[name].show()
        self._by_name[name].raise_()

    def show_layer(self, selection: tuple[str, ...]) -> None:
        """Who selects a layer wants to see it: bring its page to the front, if it is open."""
        layer = self._by_name["layer"]
        if selection and not layer.isHidden():
            layer.raise_()

    def restore(self, settings: Settings) -> None:
        """The arrangement of the last time; the first one when that cannot be read."""
        state = settings.layout("docks")
        if not state or not self._window.restoreState(QByteArray(state), _VERSION):
            self.reset()
        self.layer_panel.restore(settings)
        for name, part in self._movable_parts().items():
            state = settings.layout(name)
            if state:
                part.restoreState(QByteArray(state))

    def keep(self, settings: Settings) -> None:
        settings.keep_layout("docks", self._window.saveState(_VERSION).data())
        self.layer_panel.keep(settings)
        for name, part in self._movable_parts().items():
            settings.keep_layout(name, part.saveState().data())

    def _movable_parts(self) -> dict[str, QHeaderView | QSplitter]:
        """Columns and splitters of the panels; those of a table with other columns are others."""
        parts: dict[str, QHeaderView | QSplitter] = {}
        for panel, dock in self._by_name.items():
            for table in dock.findChildren(QTableView):
                header = table.horizontalHeader()
                parts[f"{panel}-{len(parts)}-columns-{header.count()}"] = header
            for splitter in dock.findChildren(QSplitter):
                parts[f"{panel}-{len(parts)}-parts-{splitter.count()}"] = splitter
        return parts
