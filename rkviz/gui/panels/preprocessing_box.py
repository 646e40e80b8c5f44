"""PreprocessingBox: mean, std, channel order and fit of an input, checked while typed."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from rkviz.calibrate.preprocess import Fit, InputSettings, picture_layout
from rkviz.errors import ConfigError
from rkviz.gui.session import Session
from rkviz.gui.widgets.banner import Banner
from rkviz.gui.widgets.number_entry import numbers_as_text, parse_numbers

ALL_INPUTS = ""
"""The entry of `Project.inputs` for inputs that are not named."""

_LARGEST_CROP = 16384
_NARROW = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon


class PreprocessingBox(QWidget):
    """The names are those of the toolkit's config(). A wrong entry stays, with its sentence."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.input = QComboBox()
        self.mean, self.std = QLineEdit(), QLineEdit()
        self.reorder = QComboBox()
        self.reorder.setEditable(True)
        self.reorder.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.fit = QComboBox()
        for fit in Fit:
            self.fit.addItem("", fit)
        for box in (self.input, self.reorder, self.fit):
            box.setSizeAdjustPolicy(_NARROW)
            box.setMinimumContentsLength(8)
        self.crop = QSpinBox()
        self.crop.setRange(0, _LARGEST_CROP)
        self.crop.setSuffix(" px")
        self.wrong = Banner("bad")
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._input_caption, self._fit_caption, self._crop_caption = QLabel(), QLabel(), QLabel()
        form.addRow(self._input_caption, self.input)
        form.addRow("mean_values", self.mean)
        form.addRow("std_values", self.std)
        form.addRow("reorder_channel", self.reorder)
        form.addRow(self._fit_caption, self.fit)
        form.addRow(self._crop_caption, self.crop)
        self._form = form
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        layout.addWidget(self.wrong)
        self._inputs: tuple[str, ...] = ()
        self.input.currentIndexChanged.connect(self._show_settings)
        for field in (self.mean, self.std, self.reorder.lineEdit()):
            field.editingFinished.connect(self.apply)
            field.textEdited.connect(self._check)
        self.reorder.activated.connect(self.apply)
        self.fit.activated.connect(self.apply)
        self.crop.editingFinished.connect(self.apply)
        session.project_changed.connect(self.refresh)
        session.results_changed.connect(self.refresh)

    def retranslate(self) -> None:
        self._input_caption.setText(self.tr("Input"))
        self._fit_caption.setText(self.tr("Fit"))
        self._crop_caption.setText(self.tr("Short side first"))
        words = {
            Fit.STRETCH: self.tr("stretch (as the toolkit does)"),
            Fit.LETTERBOX: self.tr("letterbox (fit inside, grey border: YOLO)"),
            Fit.CROP: self.tr("crop (centre cut out: ImageNet)"),
        }
        for fit in Fit:
            self.fit.setItemText(self.fit.findData(fit), words[fit])
        self.fit.setToolTip(
            self.tr("How a picture of another size becomes the input; as in training is best")
        )
        self.mean.setToolTip(self.tr("Subtracted: one number, or one a channel, of 0 … 255"))
        self.std.setToolTip(self.tr("Divided by: one number, or one a channel; not 0"))
        order = self.tr("Order of the channels: empty or 0 1 2 is RGB, 2 1 0 is BGR")
        self.reorder.setToolTip(order)
        self.reorder.lineEdit().setPlaceholderText(self.tr("as it is (RGB)"))
        typed = self.reorder.currentText()
        self.reorder.clear()
        self.reorder.addItems(["", "0 1 2", "2 1 0"])
        self.reorder.setCurrentText(typed)
        self.crop.setSpecialValueText(self.tr("size of the network"))
        self._list_inputs()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        graph = self._session.results.graph
        inputs = graph.inputs if graph else ()
        if inputs != self._inputs:
            self._inputs = inputs
            self._list_inputs()
        self._show_settings()

    def _list_inputs(self) -> None:
        chosen = self.input.currentData()
        self.input.blockSignals(True)
        self.input.clear()
        self.input.addItem(self.tr("all inputs"), ALL_INPUTS)
        for name in self._inputs:
            self.input.addItem(name, name)
        self.input.setCurrentIndex(max(0, self.input.findData(chosen)))
        self.input.blockSignals(False)
        self._form.setRowVisible(self.input, len(self._inputs) > 1)

    @Slot()
    def _show_settings(self) -> None:
        """Show what is in force, without disturbing a field that is being typed in."""
        project = self._session.project
        if project is None:
            return
        only = self._inputs[0] if len(self._inputs) == 1 else ALL_INPUTS
        settings = project.settings_for(self.input.currentData() or only)
        order = settings.reorder_channel
        for field, text in (
            (self.mean, numbers_as_text(settings.mean_values)),
            (self.std, numbers_as_text(settings.std_values)),
            (self.reorder.lineEdit(), " ".join(map(str, order)) if order is not None else ""),
        ):
            if not (field.hasFocus() and field.isModified()) and field.text() != text:
                field.setText(text)
        self.fit.setCurrentIndex(self.fit.findData(settings.fit))
        self.crop.setValue(settings.crop_from or 0)
        self._form.setRowVisible(self.crop, settings.fit is Fit.CROP)
        self._check()

    def typed(self) -> InputSettings:
        """What the fields say; raises ConfigError when that cannot be used."""
        try:
            mean, std = parse_numbers(self.mean.text()), parse_numbers(self.std.text())
            order = parse_numbers(self.reorder.currentText())
            wrong = next((number for number in order if number != int(number)), None)
            if wrong is not None:
                raise ValueError(f"{wrong:g}")
        except ValueError as error:
            text = self.tr("“{part}” is not a number here; write numbers with spaces between.")
            raise ConfigError(text.format(part=error)) from None
        fit = self.fit.currentData()
        settings = InputSettings(
            mean_values=mean,
            std_values=std,
            reorder_channel=tuple(int(number) for number in order) or None,
            fit=fit,
            crop_from=self.crop.value() or None if fit is Fit.CROP else None,
        )
        self._check_channels(settings)
        return settings

    @Slot()
    def apply(self) -> None:
        """Hand what was typed to the session, unless it is wrong."""
        project = self._session.project
        if project is None or not self._check():
            return
        name = self.input.currentData() or ALL_INPUTS
        settings = self.typed()
        for field in (self.mean, self.std, self.reorder.lineEdit()):
            field.setModified(False)
        if settings == project.settings_for(name):
            return
        inputs = {} if name == ALL_INPUTS else dict(project.inputs)
        self._session.set_inputs({**inputs, name: settings})

    @Slot()
    def _check(self) -> bool:
        try:
            self.typed()
        except ConfigError as error:
            self.wrong.show_text(" ".join(error.details) or error.message)
            self.wrong.show()
            return False
        self.wrong.hide()
        return True

    def _check_channels(self, settings: InputSettings) -> None:
        graph = self._session.results.graph
        if graph is None:
            return
        chosen = self.input.currentData() or ALL_INPUTS
        for name in [chosen] if chosen else graph.inputs:
            shape = graph.values[name].shape
            layout = picture_layout(shape) if shape else None
            if layout is not None:
                settings.check_channels(layout.channels, name)
