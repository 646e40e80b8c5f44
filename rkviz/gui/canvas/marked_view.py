"""What is selected and what a search found, marked on the boxes that stand for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from rkviz.gui.canvas.overlay import Overlay
from rkviz.gui.canvas.scene import Indices
from rkviz.gui.canvas.tiled_view import TiledView


class MarkedView(TiledView):
    """A picture that remembers the names it marks, whichever boxes stand for them."""

    marks_changed = Signal()
    """Another selection, or other hits of a search."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selected: tuple[str, ...] = ()
        self._hits: frozenset[str] = frozenset()

    def set_selection(self, layers: Sequence[str]) -> None:
        """Outline the boxes of these layers; from the last one the arrow keys walk."""
        self._selected = tuple(layers)
        self._overlay = replace(self._overlay, selection=self._boxes(layers))
        self._marked()

    def set_hits(self, layers: Collection[str]) -> None:
        """Outline what a search found, and dim the rest."""
        self._hits = frozenset(layers)
        self._overlay = replace(self._overlay, hits=frozenset(map(self.scene.box_of, layers)))
        self._marked()

    @property
    def marks(self) -> tuple[Indices, Indices]:
        """Rows of the layout, of what is selected and of what a search found."""
        scene, overlay = self.scene, self._overlay
        return scene.rows_of(overlay.selection), scene.rows_of(overlay.hits)

    def _boxes(self, layers: Sequence[str]) -> tuple[str, ...]:
        """The boxes that stand for layers, in their order."""
        return tuple(dict.fromkeys(filter(None, map(self.scene.box_of, layers))))

    def _put_names(self) -> None:
        box_of = self.scene.box_of
        self._overlay = Overlay(
            self.scene,
            self._theme,
            self._boxes(self._selected),
            hits=frozenset(map(box_of, self._hits)),
        )

    def _marked(self) -> None:
        self.update()
        self.marks_changed.emit()
