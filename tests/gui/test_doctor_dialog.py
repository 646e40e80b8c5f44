"""Help > System information: the text of `rkviz doctor`, ready to paste."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton

import rkviz
from rkviz.gui.doctor_dialog import DoctorDialog


def test_the_text_is_shown_and_copied(window, qtbot):
    window.actions_by_id.by_id["doctor"].trigger()
    dialog = window.findChild(DoctorDialog)
    text = dialog.findChild(QPlainTextEdit)
    copy = next(b for b in dialog.findChildren(QPushButton) if b.text() == "&Copy")
    assert not copy.isEnabled()
    qtbot.waitUntil(copy.isEnabled, timeout=20_000)
    assert f"rkviz         {rkviz.__version__}\n" in text.toPlainText()
    assert text.toPlainText().endswith("Qt platform  offscreen")
    copy.click()
    assert QGuiApplication.clipboard().text() == text.toPlainText()
    dialog.reject()
