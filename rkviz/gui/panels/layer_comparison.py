"""One layer by the emulator, the toolkit and the board: cosines side by side, tensors below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtWidgets import QTableWidgetItem, QVBoxLayout, QWidget

from rkviz.analyse.display import metric_text
from rkviz.analyse.metrics import METRICS
from rkviz.analyse.report import KINDS
from rkviz.gui.panels.layer_rows import comparisons_of
from rkviz.gui.panels.number_table import NumberTable, number
from rkviz.gui.widgets.adapting import Adapting
from rkviz.gui.widgets.chips import SHADE_ROLE
from rkviz.gui.widgets.facts import value_label
from rkviz.picture.colour_scale import ColourScale

if TYPE_CHECKING:  # only there once something was compared
    from rkviz.formats.snapshot_compare import Compared, Comparison
    from rkviz.formats.tensor_compare import TensorComparison

_KINDS = {
    "own": QT_TRANSLATE_NOOP("LayerComparison", "Own"),
    "accumulated": QT_TRANSLATE_NOOP("LayerComparison", "Accum."),
}
_TENSORS = {
    "float": QT_TRANSLATE_NOOP("LayerComparison", "Float tensor: cosine {cosine}"),
    "entire": QT_TRANSLATE_NOOP("LayerComparison", "Toolkit, all quantized: {codes}"),
    "individual": QT_TRANSLATE_NOOP("LayerComparison", "Toolkit, this layer alone: {codes}"),
    "board": QT_TRANSLATE_NOOP("LayerComparison", "Board, this layer alone: {codes}"),
    "board entire": QT_TRANSLATE_NOOP("LayerComparison", "Board, all quantized: {codes}"),
}


def _worst_tensors(
    rows: Sequence[TensorComparison], members: Sequence[str]
) -> list[TensorComparison]:
    """One tensor a part: the one with the largest difference of those `members` hold."""
    mine = sorted((row for row in rows if row.layer in members), key=lambda r: r.codes_apart or 0)
    of_part = {row.part: row for row in mine}
    return [of_part[part] for part in _TENSORS if part in of_part]


class LayerComparison(Adapting, QWidget):
    """A row for each kind of error; a sign and a sentence where they disagree."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = NumberTable(3)
        self.table.setRowCount(len(KINDS))
        self.words = value_label()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addWidget(self.words)
        self._shown: tuple[Compared, Sequence[str]] | None = None

    def show_layer(self, compared: Compared | None, members: Sequence[str]) -> bool:
        """Show a head of these `members`; returns whether anything is known of it."""
        found = comparisons_of(compared, members)
        tensors = compared.tensors if compared is not None else None
        rows = _worst_tensors(tensors.rows, members) if tensors else []
        if compared is None or not (found or rows):
            self._shown = None
            return False
        self._shown = compared, members
        titles = ["", self.tr("Emulator"), self.tr("Toolkit"), self.tr("Board")]
        self.table.setHorizontalHeaderLabels(titles)
        parts = (("individual", "board"), ("entire", "board entire"))
        for row, (kind, of_kind) in enumerate(zip(KINDS, parts, strict=True)):
            self._fill(row, kind, [found.get(part) for part in of_kind])
        self.table.setVisible(bool(found))
        self.table.fit_height(len(KINDS))
        lines = [self._tensor_words(row) for row in rows]
        if any(comparison.disagree for comparison in found.values()):
            lines.insert(0, self.tr("≠ They disagree: the distances differ more than three times."))
        self.words.setText("\n".join(lines))
        self.words.setVisible(bool(lines))
        return True

    def retranslate(self) -> None:
        if self._shown:
            self.show_layer(*self._shown)

    def recolour(self) -> None:
        self.retranslate()

    def _fill(self, row: int, kind: str, theirs: Sequence[Comparison | None]) -> None:
        self.table.setItem(row, 0, QTableWidgetItem(self.tr(_KINDS[kind])))
        ours = next((each.ours for each in theirs if each is not None), None)
        cells = [(ours, False)]
        cells += [(None, False) if c is None else (c.theirs, c.disagree) for c in theirs]
        for column, (cosine, disagree) in enumerate(cells, 1):
            text = "–" if cosine is None else metric_text("cosine", cosine)
            item = number(f"≠ {text}" if disagree else text)
            if cosine is not None:
                item.setData(SHADE_ROLE, ColourScale(METRICS["cosine"]).shade(cosine))
            self.table.setItem(row, column, item)

    def _tensor_words(self, row: TensorComparison) -> str:
        cosine = metric_text("cosine", row.cosine)
        share, apart = row.equal_share, row.codes_apart
        if share is None or apart is None:
            codes = self.tr("cosine {cosine}").format(cosine=cosine)
        elif apart == 0:
            codes = self.tr("all codes equal")
        else:
            text = self.tr("{share} of the codes equal, {apart} apart at most, cosine {cosine}")
            shown = f"{100 * min(share, 0.99999):.6g} %"
            codes = text.format(share=shown, apart=apart, cosine=cosine)
        return self.tr(_TENSORS[row.part]).format(codes=codes, cosine=cosine)
