"""Files written for others, each as a job of its own."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from rkviz.errors import RkvizError
from rkviz.gui.jobs import Job
from rkviz.gui.session import Session
from rkviz.progress import Progress
from rkviz.project import Project
from rkviz.quantize.plan import QuantPlan
from rkviz.results import Results


def cfg_name(graph_name: str) -> str:
    """The file name the toolkit's step 2 expects: the graph's name, letters and digits only."""
    return (re.sub(r"[^A-Za-z0-9_]", "", graph_name) or "model") + ".quantization.cfg"


def export_cfg(session: Session, path: Path) -> None:
    """Write the plan as the toolkit's hybrid configuration."""
    plan = session.results.plan
    if plan is not None:
        _submit(session, path, lambda progress: _write_cfg(plan, path))


def export_report(session: Session, path: Path) -> None:
    """Write the whole report as one HTML file."""
    project, results = session.project, session.results
    if project is not None and results.report is not None:
        _submit(session, path, lambda progress: _write_report(project, results, path, progress))


def _submit(session: Session, path: Path, write: object) -> None:
    assert callable(write)

    def done(_nothing: object) -> None:
        text = QCoreApplication.translate("Exports", "Exported {file}.").format(file=path)
        session.message.emit("info", text)

    def failed(error: RkvizError) -> None:
        session.message.emit("error", str(error))

    title = QCoreApplication.translate("Exports", "Export")
    lane = f"export {path.suffix}"
    session.runner.submit(Job(lane, title, lambda progress, publish: write(progress), done, failed))


def _write_cfg(plan: QuantPlan, path: Path) -> None:
    from rkviz.formats.quantization_cfg import cfg_from_plan, write_cfg
    from rkviz.graph.naming import layer_names

    write_cfg(cfg_from_plan(plan, layer_names(plan.graph)), path)


def _write_report(project: Project, results: Results, path: Path, progress: Progress) -> None:
    from rkviz.formats.report_html import write_report

    write_report(project, results, path)
