"""About: the version, and what rkviz is built on, with versions and licences."""

from __future__ import annotations

from importlib import metadata

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rkviz import __version__
from rkviz.gui.resources import application_icon

LICENCES = {
    "PySide6_Essentials": "LGPL-3.0-only",
    "numpy": "BSD-3-Clause",
    "onnx": "Apache-2.0",
    "onnxruntime": "MIT",
    "pillow": "MIT-CMU",
    "platformdirs": "MIT",
    "pyqtgraph": "MIT",
    "ruamel.yaml": "MIT",
    "tflite": "Apache-2.0",
}
"""Distribution -> the licence it is used under; THIRD-PARTY.md has all of them."""


class AboutDialog(QDialog):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About rkviz"))
        picture = QLabel()
        picture.setPixmap(application_icon().pixmap(64, 64))
        self.text = QLabel(
            f"<h2>rkviz {__version__}</h2><p>"
            + self.tr(
                "Quantization of vision networks for Rockchip RV1126 boards: seen, understood and "
                "repaired."
            )
            + "</p><p>"
            + self.tr("Everything is computed on this computer; nothing is sent anywhere.")
            + "</p><p>"
            + self.tr("Under the Apache licence 2.0. Built on:")
            + f"</p><table cellspacing='0' cellpadding='2'>{_rows()}</table>"
        )
        self.text.setWordWrap(True)
        self.text.setMinimumWidth(400)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.text, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("&Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip(self.tr("Copies the versions, for a report"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(versions()))
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(buttons)


def versions() -> str:
    """rkviz and what it is built on, a line each, to paste into a report."""
    lines = [f"{name} {_version(name)} ({licence})" for name, licence in LICENCES.items()]
    return "\n".join((f"rkviz {__version__} (Apache-2.0)", *lines))


def _rows() -> str:
    return "".join(
        f"<tr><td>{name.replace('_', '-')}&nbsp;&nbsp;</td><td>{_version(name)}&nbsp;&nbsp;</td>"
        f"<td>{licence}</td></tr>"
        for name, licence in LICENCES.items()
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # a package that was built without its papers
        return "?"
