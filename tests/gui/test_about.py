"""About names what rkviz is built on, as THIRD-PARTY.md does."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

import rkviz
from rkviz.doctor import _PACKAGES
from rkviz.gui.about import LICENCES, AboutDialog, versions

_THIRD_PARTY = Path(rkviz.__file__).parent.parent / "THIRD-PARTY.md"


def test_licences_are_those_of_the_paper():
    table = _THIRD_PARTY.read_text(encoding="utf-8").splitlines()
    for name, licence in LICENCES.items():
        (row,) = [line for line in table if line.startswith(f"| [{name}](")]
        assert licence in row, name


def test_what_the_doctor_looks_at_is_named():
    assert set(_PACKAGES) == set(LICENCES)


def test_versions_are_shown_and_copied(qtbot):
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    assert f"rkviz {rkviz.__version__}" in dialog.text.text()
    next(b for b in dialog.findChildren(QPushButton) if b.text() == "&Copy").click()
    copied = QGuiApplication.clipboard().text()
    assert copied == versions()
    assert "numpy 2" in copied
    assert "?" not in copied
