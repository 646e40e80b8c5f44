"""LayerFindings: why a layer is bad, what to try, and a button that tries it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from rkviz.analyse.finding import Finding, Severity
from rkviz.analyse.remedies import EqualizeChannels, Remedy
from rkviz.gui.error_words import error_words
from rkviz.gui.panels.finding_words import finding_words, remedy_tip, remedy_words
from rkviz.gui.remedies import apply_remedy, remedied
from rkviz.gui.session import Session
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.facts import value_label
from rkviz.gui.widgets.flow import Flow

_BAR = 3.0


class LayerFindings(QWidget):
    """Cards, the most severe first; the cards of the layer before are used again."""

    link_activated = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards: list[FindingCard] = []
        self._session = session
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show what is known of one layer; nothing where that is nothing."""
        while len(self.cards) < len(findings):
            card = FindingCard(self._session)
            card.link_activated.connect(self.link_activated)
            self.cards.append(card)
            self._layout.addWidget(card)
        offered: list[Remedy] = []
        for card, finding in zip(self.cards, findings, strict=False):
            remedies = [remedy for remedy in finding.remedies if remedy not in offered]
            card.show_finding(finding, remedies)
            offered += remedies
        for card in self.cards[len(findings) :]:
            card.hide()


@dataclass(frozen=True)
class _Action:
    text: str
    tip: str
    enabled: bool
    do: Callable[[], None]


class FindingCard(QWidget):
    link_activated = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._severity = Severity.NOTE
        self._actions: list[_Action] = []
        self.sentence, self.advice = value_label(), value_label()
        self.advice.setForegroundRole(self.advice.palette().ColorRole.PlaceholderText)
        self.buttons: list[QPushButton] = []
        self._row = Flow()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 0, 0, 0)
        layout.setSpacing(3)
        for widget in (self.sentence, self.advice, self._row):
            layout.addWidget(widget)

    def show_finding(self, finding: Finding, remedies: Sequence[Remedy]) -> None:
        """Show `finding` with buttons for those of its `remedies` that no card above has."""
        sentence, advice = finding_words(finding)
        self._severity = finding.severity
        self.sentence.setText(sentence)
        self.advice.setText("\n".join((advice, *self._notes(remedies))))
        self._actions = self._actions_of(finding, remedies)
        self._row.setVisible(bool(self._actions))
        while len(self.buttons) < len(self._actions):
            button = QPushButton()
            button.clicked.connect(partial(self._press, len(self.buttons)))
            self.buttons.append(button)
            self._row.add(button)
        for button, action in zip_longest(self.buttons, self._actions):
            button.setVisible(action is not None)
            if action is not None:
                button.setText(action.text)
                button.setToolTip(action.tip)
                button.setEnabled(action.enabled)
        self.show()
        self.update()

    def _notes(self, remedies: Sequence[Remedy]) -> list[str]:
        """Why equalizing changed nothing, where it was asked for here and left out."""
        project, repaired = self._session.project, self._session.results.repaired
        asks = any(isinstance(remedy, EqualizeChannels) for remedy in remedies)
        if project is None or repaired is None or not (asks and project.repairs.equalize):
            return []
        return [error_words(note) for note in repaired.notes]

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme, painter = current_theme(), QPainter(self)
        colours = {Severity.SEVERE: theme.bad, Severity.WARNING: theme.warning}
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.get(self._severity, theme.border)))
        painter.drawRoundedRect(QRectF(0, 1, _BAR, self.height() - 2), 1.5, 1.5)
        painter.end()

    def _actions_of(self, finding: Finding, remedies: Sequence[Remedy]) -> list[_Action]:
        project, actions = self._session.project, list[_Action]()
        for remedy in remedies if project is not None else ():
            words = remedy_words(remedy, finding.layer)
            in_force = remedied(remedy, project) == project
            tip = self.tr("In force already.") if in_force else remedy_tip(remedy)
            do = partial(self._apply, remedy, f"{words}: {finding.layer}")
            actions.append(_Action(words, tip, not in_force, do))
        culprit = finding.values.get("culprit")
        if isinstance(culprit, str):
            text = self.tr("Go to {layer}").format(layer=culprit)
            do = partial(self.link_activated.emit, culprit)
            actions.append(_Action(text, culprit, True, do))
        return actions

    def _press(self, index: int, _checked: bool = False) -> None:
        self._actions[index].do()

    def _apply(self, remedy: Remedy, text: str) -> None:
        apply_remedy(self._session, remedy, text, self)
