"""What a click on a remedy does: one edit that can be undone, or a file written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from rkviz.analyse.remedies import (
    CorrectBias,
    CutConcat,
    EqualizeChannels,
    LeaveOutOutliers,
    Normalize,
    Remedy,
    applied,
)
from rkviz.errors import RkvizError
from rkviz.gui import files
from rkviz.gui.jobs import Job
from rkviz.gui.session import Session
from rkviz.project import Project
from rkviz.quantize.range_method import RangeKind, RangeMethod
from rkviz.repair.choice import BiasCorrection

_LANE = "cut concat"


def remedied(remedy: Remedy, project: Project) -> Project | None:
    """`project` with the remedy; None for one that is no edit. Equal where it is in force."""
    match remedy:
        case LeaveOutOutliers(layer):
            method = RangeMethod(RangeKind.MMSE)
            return replace(project, config=project.config.with_range_method([layer], method))
        case EqualizeChannels():
            return replace(project, repairs=replace(project.repairs, equalize=True))
        case CorrectBias():
            bias = project.repairs.bias
            chosen = BiasCorrection.ANALYTIC if bias is BiasCorrection.NONE else bias
            return replace(project, repairs=replace(project.repairs, bias=chosen))
        case Normalize(name):
            chosen = replace(
                project.settings_for(name), mean_values=(remedy.mean,), std_values=(remedy.std,)
            )
            return replace(project, inputs={**project.inputs, name: chosen})
        case _:
            config = applied(remedy, project.config)
            return replace(project, config=config) if config is not None else None


def apply_remedy(session: Session, remedy: Remedy, text: str, parent: QWidget) -> None:
    """Do it; `text` names the undo step. A cut asks first where to write the model."""
    project = session.project
    if project is None:
        return
    after = remedied(remedy, project)
    if isinstance(remedy, CutConcat):
        _cut(session, remedy, parent)
    elif after is not None and after.config != project.config:
        session.edit_config(after.config, text)
    elif after is not None:
        session.edit_project(after, text)


def _cut(session: Session, remedy: CutConcat, parent: QWidget) -> None:
    project, results = session.project, session.results
    assert project is not None
    translate = QCoreApplication.translate

    def chosen(path: Path) -> None:
        def work(_progress: object, _publish: object) -> Path:
            from rkviz import exchange  # by the worker: it loads the engines

            exchange.export_cut(project, results, remedy, path)
            return path

        def done(written: Path) -> None:
            text = translate("Remedies", "Wrote {file}: open it to quantize the shorter network.")
            session.message.emit("info", text.format(file=written))

        def failed(error: RkvizError) -> None:
            session.message.emit("error", str(error))

        title = translate("Remedies", "Cutting the network")
        session.runner.submit(Job(_LANE, title, work, done, failed))

    proposed = project.model.with_name(f"{project.model.stem}_cut.onnx")
    kinds = f"{translate('Remedies', 'ONNX models')} (*.onnx)"
    files.ask_where(
        parent, translate("Remedies", "Write a model cut here"), proposed, kinds, chosen
    )
