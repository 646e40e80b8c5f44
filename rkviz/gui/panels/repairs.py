"""RepairsPanel: turn repairs on, or have every combination measured and take the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from rkviz.errors import RkvizError
from rkviz.gui.error_words import error_words
from rkviz.gui.jobs import Job, Outcome, Publish
from rkviz.gui.panels.judging_box import JudgingBox
from rkviz.gui.panels.plan_words import repairs_words
from rkviz.gui.panels.repair_trials import RepairTrials
from rkviz.gui.session import Session
from rkviz.gui.widgets.adapting import Adapting, EmptyNote
from rkviz.gui.widgets.banner import Banner
from rkviz.gui.widgets.facts import value_label
from rkviz.gui.widgets.section import Section, scrolled
from rkviz.progress import Progress, part_of
from rkviz.project import Project
from rkviz.repair.choice import ALL_CHOICES, NO_REPAIRS, BiasCorrection, Repairs

if TYPE_CHECKING:
    from rkviz.search.trials import Trials

LANE = "repairs"
_PREPARING = 0.1


class RepairsPanel(Adapting, QWidget):
    """`trials` is what was measured last; it stays, greyed, when settings change."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.trials: Trials | None = None
        self._made_for: Project | None = None
        self._takes_best = False
        self.equalize, self.rounding, self.bias = QCheckBox(), QCheckBox(), QComboBox()
        self.bias.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for kind in BiasCorrection:
            self.bias.addItem("", kind)
        self._bias_caption = QLabel()
        self._bias_caption.setBuddy(self.bias)
        self.auto, self.measure, self.cancel = QPushButton(), QPushButton(), QPushButton()
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(10)
        self.judging, self.table = JudgingBox(session), RepairTrials()
        self.problem, self.outdated = Banner("bad"), Banner("warning")
        self.notes = value_label()
        self._empty = EmptyNote()
        self._pages = QStackedWidget()
        self._pages.addWidget(scrolled(self._empty))
        self._pages.addWidget(scrolled(*self._content()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._connect()
        self.retranslate()

    def _content(self) -> list[QWidget]:
        bias, buttons = QHBoxLayout(), QHBoxLayout()
        bias.addWidget(self._bias_caption)
        bias.addWidget(self.bias, 1)
        buttons.addWidget(self.auto, 1)
        buttons.addWidget(self.measure, 1)
        buttons.addWidget(self.cancel)
        self._choice = Section(self.equalize, self.rounding, bias, self.notes)
        self._trying = Section(
            self.judging, buttons, self.progress, self.problem, self.outdated, self.table
        )
        return [self._choice, self._trying]

    def _connect(self) -> None:
        session = self._session
        for box in (self.equalize, self.rounding):
            box.clicked.connect(self._choose)
        self.bias.activated.connect(self._choose)
        self.auto.clicked.connect(lambda: self._try(ALL_CHOICES, takes_best=True))
        self.measure.clicked.connect(self._try_present)
        self.cancel.clicked.connect(lambda: session.runner.cancel(LANE))
        self.table.applied.connect(self.apply)
        session.project_changed.connect(self.refresh)
        session.results_changed.connect(self.refresh)
        session.opened.connect(self._forget)
        session.runner.progressed.connect(self._progressed)
        session.runner.ended.connect(self._ended)

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Repairs"))
        self._empty.setText(
            self.tr("Open a model and choose pictures; then its weights can be repaired here.")
        )
        self._choice.set_heading(self.tr("Repairs, all within per-tensor formats"))
        self._trying.set_heading(self.tr("What they are worth"))
        self.equalize.setText(self.tr("Equalize channels across layers"))
        self.equalize.setToolTip(
            self.tr("Scales channels between neighbours, so that one step fits all of them")
        )
        self.rounding.setText(self.tr("Round weights by second order"))
        self.rounding.setToolTip(
            self.tr("Chooses the codes that change the output of the layer least")
        )
        self._bias_caption.setText(self.tr("Correct biases"))
        self.bias.setToolTip(
            self.tr(
                "All repairs are worked out for the default type. Layers in another 8-bit type "
                "have only their biases corrected, each for itself; i16 and float stay as they are."
            )
        )
        texts = {
            BiasCorrection.NONE: self.tr("no"),
            BiasCorrection.ANALYTIC: self.tr("each layer for itself"),
            BiasCorrection.SEQUENTIAL: self.tr("in sequence, layer by layer"),
        }
        for row in range(self.bias.count()):
            self.bias.setItemText(row, texts[self.bias.itemData(row)])
        self.auto.setText(self.tr("Auto"))
        self.auto.setToolTip(self.tr("Measures all combinations and turns the best one on"))
        self.measure.setText(self.tr("Measure these"))
        self.measure.setToolTip(self.tr("The repairs that are on, beside none"))
        self.cancel.setText(self.tr("Cancel"))
        self.outdated.show_text(self.tr("Measured with other settings than the present ones."))
        self.judging.retranslate()
        self.table.retranslate()
        self.refresh()

    @Slot()
    def refresh(self, _value: object = None) -> None:
        project, results = self._session.project, self._session.results
        self._pages.setCurrentIndex(1 if project is not None and project.dataset else 0)
        if project is None:
            return
        chosen = project.repairs
        self.equalize.setChecked(chosen.equalize)
        self.rounding.setChecked(chosen.rounding)
        self.bias.setCurrentIndex(self.bias.findData(chosen.bias))
        notes = results.repaired.notes if results.repaired is not None else ()
        self.notes.setText("\n".join(map(error_words, notes)))
        self.notes.setVisible(bool(notes))
        is_running = self._session.runner.is_running(LANE)
        has_pictures = results.dataset is not None
        self.auto.setEnabled(has_pictures and not is_running)
        self.measure.setEnabled(has_pictures and not is_running and chosen.any)
        self.cancel.setVisible(is_running)
        self.progress.setVisible(is_running)
        is_old = self.trials is not None and self._made_for != _settings(project)
        self.outdated.setVisible(is_old)
        self.table.show_trials(self.trials, chosen, is_old)
        if self.judging.is_warning:
            self.table.warning.hide()  # said already

    # -- edits --------------------------------------------------------------------------------

    @Slot()
    def _choose(self, _value: object = None) -> None:
        self.apply(
            Repairs(
                self.equalize.isChecked(), self.rounding.isChecked(), self.bias.currentData()
            )
        )  # fmt: skip

    @Slot(object)
    def apply(self, repairs: Repairs) -> None:
        """Turn on exactly these; one undo step."""
        project = self._session.project
        if project is not None:
            text = self.tr("Repairs: {names}").format(names=repairs_words(repairs))
            self._session.edit_project(replace(project, repairs=repairs), text)

    # -- measuring ----------------------------------------------------------------------------

    @Slot()
    def _try_present(self) -> None:
        project = self._session.project
        if project is not None and project.repairs.any:
            self._try((NO_REPAIRS, project.repairs), takes_best=False)

    def _try(self, choices: Sequence[Repairs], takes_best: bool) -> None:
        self.judging.set_aside()
        session, project = self._session, self._session.project
        if project is None or session.results.graph is None:
            return
        results = session.results
        self._made_for, self._takes_best = _settings(project), takes_best
        self.trials = None
        self.problem.hide()

        def work(progress: Progress, publish: Publish) -> Trials:
            from rkviz import judging, pipeline

            now = pipeline.run(project, results, "calibrate", part_of(progress, 0.0, _PREPARING))
            part = part_of(progress, _PREPARING, 1.0)
            return judging.measure_repairs(project, now, choices, part, publish)

        title = self.tr("Measuring repairs")
        session.runner.submit(Job(LANE, title, work, self._done, self._failed, self._keep))
        self.refresh()

    def _keep(self, trials: Trials) -> None:
        self.trials = trials
        self.refresh()

    def _done(self, trials: Trials) -> None:
        self._keep(trials)
        project = self._session.project
        if self._takes_best and project is not None and self._made_for == _settings(project):
            self.apply(trials.best.repairs)

    def _failed(self, error: RkvizError) -> None:
        self.problem.show_text(error_words(str(error)))
        self.problem.show()

    def _forget(self, _project: Project) -> None:
        self._session.runner.cancel(LANE)
        self.trials, self._made_for = None, None
        self.problem.hide()
        self.refresh()

    @Slot(object, float, str)
    def _progressed(self, job: Job, share: float, _text: str) -> None:
        if job.lane == LANE:
            self.progress.setValue(round(max(0.0, share) * 1000))

    @Slot(object, object)
    def _ended(self, job: Job, _outcome: Outcome) -> None:
        if job.lane == LANE:
            self.refresh()


def _settings(project: Project) -> Project:
    """What trials depend on: all that results do but the repairs, and the judging pictures."""
    return replace(
        project.basis, repairs=NO_REPAIRS, snapshot=None, cfg=None, analysis_images=0,
        judging=project.judging, judging_images=project.judging_images,
    )  # fmt: skip
