"""Files written for others, each as a job of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from PySide6.QtCore import QCoreApplication

from rkviz.errors import RkvizError
from rkviz.gui.jobs import Job
from rkviz.gui.session import Session


def cfg_name(graph_name: str) -> str:
    """The file name the toolkit's step 2 expects: the graph's name, letters and digits only."""
    return (re.sub(r"[^A-Za-z0-9_]", "", graph_name) or "model") + ".quantization.cfg"


def is_ready(session: Session, current: bool) -> bool:
    """`current`; where results are not those of the settings any more, says what to do."""
    if not current:
        text = QCoreApplication.translate(
            "Exports", "The settings have changed since the last run; run first (F5)."
        )
        session.message.emit("warning", text)
    return current


def export_cfg(session: Session, path: Path) -> None:
    """Write the plan as the toolkit's hybrid configuration."""
    project, results = session.project, session.results
    if project is not None and results.plan is not None:
        _submit(session, path, lambda: _exchange().export_cfg(project, results, path))


def export_qdq(session: Session, path: Path) -> None:
    """Write the plan as QDQ ONNX."""
    results = session.results
    if results.plan is not None:
        _submit(session, path, lambda: _exchange().export_qdq(results, path))


def export_report(session: Session, path: Path, language: str) -> None:
    """Write the whole report as one HTML file in the language of the window."""
    project, results = session.project, session.results
    if project is not None and results.report is not None:
        _submit(session, path, lambda: _exchange().export_report(project, results, path, language))


def _exchange() -> ModuleType:
    """Imported by the worker: it loads the engines."""
    from rkviz import exchange

    return exchange


def _submit(session: Session, path: Path, write: Callable[[], object]) -> None:
    def done(_facts: object) -> None:
        text = QCoreApplication.translate("Exports", "Exported {file}.").format(file=path)
        session.message.emit("info", text)

    def failed(error: RkvizError) -> None:
        session.message.emit("error", str(error))

    title = QCoreApplication.translate("Exports", "Exporting")
    lane = f"export {path.suffix}"
    session.runner.submit(Job(lane, title, lambda _progress, _publish: write(), done, failed))
