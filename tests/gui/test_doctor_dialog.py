"""Help > System information: the text of `rkviz doctor`, ready to paste; after a mistake with
its story."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton

import rkviz
from rkviz.gui.doctor_dialog import DoctorDialog
from rkviz.gui.jobs import Job
from tests.gui.user import Button, button, notices


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


def test_a_mistake_of_rkviz_is_told_in_a_bar_with_a_report_to_copy(window, qtbot):
    session = window.session

    def work(_progress, _publish):
        raise ZeroDivisionError("by hand")

    session.runner.submit(
        Job("test", "", work, failed=lambda error: session.message.emit("error", str(error)))
    )
    qtbot.waitUntil(lambda: bool(notices(window)))
    (said,) = notices(window)
    assert "rkviz made a mistake (ZeroDivisionError)" in said
    assert "Traceback" not in said
    qtbot.mouseClick(button(window.notices.notices[0], "Report…"), Button.LeftButton)
    dialog = window.findChild(DoctorDialog)
    copy = next(b for b in dialog.findChildren(QPushButton) if b.text() == "&Copy")
    assert copy.isEnabled()  # though the examination is still to come, or may fail
    copy.click()
    assert "ZeroDivisionError: by hand" in QGuiApplication.clipboard().text()
    qtbot.waitUntil(lambda: not session.runner.is_running("doctor"), timeout=20_000)
    copy.click()
    report = QGuiApplication.clipboard().text()
    assert "ZeroDivisionError: by hand" in report
    assert rkviz.__version__ in report
    assert dialog.windowTitle() == "Report of a mistake"
    dialog.reject()
