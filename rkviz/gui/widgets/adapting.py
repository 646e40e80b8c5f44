"""What widgets have in common: another language, another theme, news that can wait a turn."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, SignalInstance, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel


class Adapting:
    """A widget that follows the language and the theme. Named before its Qt class."""

    def retranslate(self) -> None:
        """Say everything in the current language."""

    def recolour(self) -> None:
        """Take the colours of the current theme that Qt does not take by itself."""

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self.recolour()


class Refreshing(Adapting):
    """A panel that draws itself anew once for all news of a turn, and when it comes in sight."""

    def refresh_on(self, *signals: SignalInstance) -> None:
        """Call `refresh` in a turn of its own after any of `signals`."""
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        for signal in signals:
            signal.connect(self.refresh_soon)

    @Slot()
    def refresh_soon(self, _value: object = None) -> None:
        self._soon.start()

    @Slot()
    def refresh(self) -> None:
        """Draw what the session holds now; may be put off while nobody sees it."""

    def recolour(self) -> None:
        self.refresh_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()


class EmptyNote(QLabel):
    """What to do where there is nothing to show yet."""

    def __init__(self) -> None:
        super().__init__()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setEnabled(False)
        self.setWordWrap(True)
