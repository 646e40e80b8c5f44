"""Files written for others: one table of what can be exported, each written by a job of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from rkviz.errors import RkvizError
from rkviz.gui import files
from rkviz.gui.jobs import Job
from rkviz.gui.session import Session
from rkviz.progress import Progress
from rkviz.project import Project
from rkviz.results import Results

translate = QCoreApplication.translate


@dataclass(frozen=True)
class Order:
    """What a writer is given: values as they were when the user asked."""

    exchange: ModuleType
    project: Project
    results: Results
    selection: tuple[str, ...]
    path: Path
    language: str
    progress: Progress


@dataclass(frozen=True)
class Export:
    """One kind of file. `kind` names it in the dialog; none means that a folder is written.

    `suffix` follows the name of the model. `caution` is said before anything is written, and
    again when it is.
    """

    id: str
    kind: str
    suffix: str
    write: Callable[[Order], object]
    needs_report: bool = False
    caution: str = ""


def _simple(name: str, **options: object) -> Callable[[Order], object]:
    """A writer of `exchange` that takes the project, the results and the path."""

    def write(order: Order) -> object:
        written = getattr(order.exchange, name)
        return written(order.project, order.results, order.path, **options)

    return write


def _accuracy(parts: str) -> Callable[[Order], object]:
    return lambda order: order.exchange.export_accuracy(
        order.project, order.results, order.path, parts, progress=order.progress
    )


def _histograms(order: Order) -> object:
    """Of the selected layers, or of all."""
    return order.exchange.export_histograms(
        order.project, order.results, order.selection, order.path, order.progress
    )


def _report(order: Order) -> object:
    return order.exchange.export_report(order.project, order.results, order.path, order.language)


EXPORTS = {
    export.id: export
    for export in (
        Export(
            "export_cfg",
            QT_TRANSLATE_NOOP("Exports", "Quantization configuration"),
            ".quantization.cfg",
            _simple("export_cfg"),
        ),
        Export(
            "export_quant_params",
            QT_TRANSLATE_NOOP("Exports", "Quantization parameters"),
            "_quant_param.yml",
            _simple("export_quant_params", only_io=False),
        ),
        Export(
            "export_script",
            QT_TRANSLATE_NOOP("Exports", "Python programs"),
            "_rknn.py",
            _simple("export_script"),
        ),
        Export("export_accuracy", "", "_snapshot", _accuracy("texts"), True),
        Export("export_tensors", "", "_snapshot", _accuracy("all"), True),
        Export("export_histograms", "", "_histograms", _histograms),
        Export(
            "export_rknn",
            QT_TRANSLATE_NOOP("Exports", "RKNN models"),
            ".rknn",
            _simple("export_rknn"),
            caution=QT_TRANSLATE_NOOP(
                "Exports",
                "Experimental: the file is written from observation of the format, without the "
                "vendor's toolkit, and no such file was ever tried on a board. Compare its "
                "results with the emulator's before you rely on it.",
            ),
        ),
        Export(
            "export_qdq",
            QT_TRANSLATE_NOOP("Exports", "ONNX models"),
            ".qdq.onnx",
            _simple("export_qdq"),
        ),
        Export(
            "export_repaired",
            QT_TRANSLATE_NOOP("Exports", "ONNX models"),
            ".repaired.onnx",
            _simple("export_repaired_onnx"),
        ),
        Export("export_report", QT_TRANSLATE_NOOP("Exports", "Web pages"), ".html", _report, True),
    )
}


def cfg_name(graph_name: str) -> str:
    """The file name the toolkit's step 2 expects: the graph's name, letters and digits only."""
    return (re.sub(r"[^A-Za-z0-9_]", "", graph_name) or "model") + ".quantization.cfg"


def is_current(session: Session, current: bool) -> bool:
    """`current`; where results are not those of the settings any more, says what to do."""
    if not current:
        text = translate("Exports", "The settings have changed since the last run; run first (F5).")
        session.message.emit("warning", text)
    return current


def ask_and_export(
    window: QWidget, session: Session, export: Export, title: str, language: str
) -> None:
    """Ask where to, then write; first say what has to be done or known, if anything.

    `title` names the dialog, `language` is that of the window.
    """
    project, graph = session.project, session.results.graph
    current = not session.is_stale if export.needs_report else session.has_current_plan
    if is_current(session, current) and project is not None and graph is not None:
        proposed = project.model.with_name(f"{project.model.stem}{export.suffix}")
        if export.id == "export_cfg":
            proposed = project.model.with_name(cfg_name(graph.name))

        def chosen(path: Path) -> None:
            _submit(session, export, path, language)

        def ask() -> None:
            if not export.kind:
                files.ask_new_folder(window, title, proposed, chosen)
            else:
                filters = f"{translate('Exports', export.kind)} (*{Path(export.suffix).suffix})"
                files.ask_where(window, title, proposed, filters, chosen)

        if export.caution:
            _warn_first(window, title, translate("Exports", export.caution), ask)
        else:
            ask()


def _warn_first(window: QWidget, title: str, text: str, go_on: Callable[[], None]) -> None:
    box = QMessageBox(window)
    box.setObjectName("caution")
    box.setWindowTitle(title)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setText(text)
    going_on = box.addButton(
        translate("Exports", "Write it anyway…"), QMessageBox.ButtonRole.AcceptRole
    )
    box.addButton(QMessageBox.StandardButton.Cancel)

    def answered(_result: int) -> None:
        box.deleteLater()
        if box.clickedButton() is going_on:
            go_on()

    box.finished.connect(answered)
    box.open()


def _submit(session: Session, export: Export, path: Path, language: str) -> None:
    project, results, selection = session.project, session.results, session.selection
    if project is None:
        return

    def write(progress: Progress) -> object:
        from rkviz import exchange  # by the worker: it loads the engines

        return export.write(Order(exchange, project, results, selection, path, language, progress))

    def done(_facts: object) -> None:
        text = translate("Exports", "Exported {file}.").format(file=path)
        if export.caution:
            text += "\n" + translate("Exports", export.caution)
        session.message.emit("warning" if export.caution else "info", text)

    def failed(error: RkvizError) -> None:
        session.message.emit("error", str(error))

    title = translate("Exports", "Exporting")
    job = Job(
        f"export {export.suffix}", title, lambda progress, _publish: write(progress), done, failed
    )
    session.runner.submit(job)
