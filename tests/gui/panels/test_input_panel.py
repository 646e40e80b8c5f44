"""Pictures and preprocessing, chosen and checked in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit

from rkviz.calibrate.dataset import Dataset, open_dataset
from rkviz.calibrate.preprocess import Fit, InputSettings
from rkviz.gui.panels.input_panel import InputPanel
from rkviz.gui.panels.input_preview import make_preview
from rkviz.gui.session import Session
from rkviz.gui.widgets.number_entry import numbers_as_text, parse_numbers
from rkviz.project import Project
from rkviz.results import Results
from tests.gui.sample_results import sample_graph, sample_project

ORANGE = (250, 120, 10)
PROBLEM = "dataset.txt, line 3: missing.jpg does not exist."


@pytest.fixture
def panel(qtbot, session: Session) -> InputPanel:
    panel = InputPanel(session)
    qtbot.addWidget(panel)
    panel.resize(340, 900)
    panel.show()
    return panel


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "orange.png"
    Image.new("RGB", (80, 40), ORANGE).save(path)
    return path


def project_of(session: Session) -> Project:
    assert session.project is not None
    return session.project


def enter(field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    field.insert(text)  # what an input method does, which also knows a Chinese comma
    QTest.keyClick(field, Qt.Key.Key_Return)


def show_dataset(session: Session, dataset: Dataset, **changes: object) -> None:
    results = Results(graph=sample_graph(), dataset=dataset)
    session.show_document(sample_project(**changes), None, results)


def test_sources_are_added_once_and_removed(panel: InputPanel, session: Session) -> None:
    box = panel.pictures
    folder = Path("/pictures").absolute()
    box.add([folder])
    box.add([folder])
    assert project_of(session).dataset == (Path("/nowhere/dataset.txt"), folder)
    assert box.sources.count() == 2
    box.sources.item(0).setSelected(True)
    box.remove.click()
    assert project_of(session).dataset == (folder,)
    session.undo_stack.undo()
    assert box.sources.count() == 2


@pytest.mark.parametrize("button", ["add_files", "add_folder"])
def test_files_are_asked_for_without_holding_up_the_window(
    panel: InputPanel, session: Session, button: str, picture: Path
) -> None:
    getattr(panel.pictures, button).click()
    dialog = panel.pictures.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.isVisible()
    dialog.filesSelected.emit([str(picture)])
    dialog.close()
    assert project_of(session).dataset[-1] == picture


def test_what_was_left_out_is_listed_to_copy(panel: InputPanel, session: Session) -> None:
    assert not panel.pictures.problems.isVisible()
    show_dataset(session, Dataset((), (PROBLEM,)))
    assert panel.pictures.problems.isVisible()
    assert panel.pictures.problems.toPlainText() == PROBLEM
    assert panel.pictures.problems.isReadOnly()


def test_how_many_pictures_are_used(panel: InputPanel, session: Session) -> None:
    box = panel.pictures
    assert box.calibration.text() == "all"
    enter(box.calibration.lineEdit(), "40")
    enter(box.analysis.lineEdit(), "9")
    assert project_of(session).calibration_images == 40
    assert project_of(session).analysis_images == 9


def test_preprocessing_is_typed_in_the_toolkits_words(panel: InputPanel, session: Session) -> None:
    box = panel.preprocessing
    enter(box.mean, "[123.675, 116.28，103.53]")
    enter(box.std, "58.395 57.12 57.375")
    enter(box.reorder.lineEdit(), "2 1 0")
    settings = project_of(session).settings_for("images")
    assert settings == InputSettings((123.675, 116.28, 103.53), (58.395, 57.12, 57.375), (2, 1, 0))
    assert box.mean.text() == "123.675 116.28 103.53"
    session.undo_stack.undo()
    assert box.reorder.currentText() == ""
    session.undo_stack.undo()
    assert (box.mean.text(), box.std.text()) == ("123.675 116.28 103.53", "1")


def test_what_a_project_says_of_its_only_input_by_name_is_shown(
    panel: InputPanel, session: Session
) -> None:
    session.set_inputs({"images": InputSettings((127.5,), (128.0,))})
    assert (panel.preprocessing.mean.text(), panel.preprocessing.std.text()) == ("127.5", "128")


def test_the_fit_is_chosen_and_the_crop_only_asked_for_with_it(
    panel: InputPanel, session: Session
) -> None:
    box = panel.preprocessing
    assert not box.crop.isVisible()
    box.fit.setCurrentIndex(box.fit.findData(Fit.CROP))
    box.fit.activated.emit(box.fit.currentIndex())
    assert box.crop.isVisible()
    enter(box.crop.lineEdit(), "72")
    assert project_of(session).settings_for("images").crop_from == 72


@pytest.mark.parametrize(
    ("mean", "std", "order", "words"),
    [
        ("0", "0", "", "divides by zero"),
        ("1 2", "1", "", "channel"),
        ("a", "1", "", "a"),
        ("", "1", "", "empty"),
        ("0", "1", "0 1 1", "every channel once"),
        ("0", "1", "1.5", "1.5"),
    ],
)
def test_a_wrong_entry_stays_with_its_sentence(
    panel: InputPanel, session: Session, mean: str, std: str, order: str, words: str
) -> None:
    box = panel.preprocessing
    before = project_of(session)
    for field, text in ((box.mean, mean), (box.std, std), (box.reorder.lineEdit(), order)):
        field.setFocus()
        field.selectAll()
        QTest.keyClick(field, Qt.Key.Key_Delete)
        QTest.keyClicks(field, text)
    box.apply()
    assert box.wrong.isVisible()
    assert words in box.wrong.text()
    assert project_of(session) == before


def test_the_preview_is_what_the_network_sees(
    qtbot, panel: InputPanel, session: Session, picture: Path
) -> None:
    dataset = open_dataset([picture], ("images",))
    show_dataset(session, dataset, inputs={"": InputSettings((100.0,), (50.0,))})
    qtbot.waitUntil(lambda: panel.preview.picture.isVisible())
    colour = panel.preview.picture.pixmap().toImage().pixelColor(5, 5)
    assert (colour.red(), colour.green(), colour.blue()) == ORANGE
    assert "orange.png, 64×64" in panel.preview.caption.text()
    assert "−1.8 … 3" in panel.preview.caption.text()


def test_channels_the_network_gets_reversed_look_reversed(picture: Path) -> None:
    dataset = open_dataset([picture], ("images",))
    project = sample_project(inputs={"": InputSettings(reorder_channel=(2, 1, 0))})
    made = make_preview(project, sample_graph(), dataset)
    assert made is not None
    assert tuple(made.pixels[:3]) == ORANGE[::-1]


def test_a_picture_that_is_gone_is_a_sentence(
    qtbot, panel: InputPanel, session: Session, picture: Path
) -> None:
    dataset = open_dataset([picture], ("images",))
    picture.unlink()
    show_dataset(session, dataset)
    qtbot.waitUntil(lambda: "orange.png" in panel.preview.caption.text())
    assert not panel.preview.picture.isVisible()


def test_without_a_model_there_is_nothing_to_prepare(qtbot, nothing_open: Session) -> None:
    panel = InputPanel(nothing_open)
    qtbot.addWidget(panel)
    panel.show()
    assert not panel.pictures.isVisible()


@pytest.mark.parametrize(
    "numbers", [(0.0,), (123.675, 116.28, 103.53), (1 / 3, -2.0), (1e-12, 65504.0)]
)
def test_numbers_are_read_as_they_are_written(numbers: tuple[float, ...]) -> None:
    assert parse_numbers(numbers_as_text(numbers)) == numbers
