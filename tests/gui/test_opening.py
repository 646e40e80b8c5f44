"""One function decides what a file is, and says in words what cannot be opened."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFileOpenEvent

from rkviz.gui.language import apply_language
from rkviz.gui.opening import Kind, kind_of, refusal, sort_out
from tests.gui.user import drop, notices, settle


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("net.onnx", Kind.DOCUMENT),
        ("NET.ONNX", Kind.DOCUMENT),
        ("net.tflite", Kind.DOCUMENT),
        ("net.rknn", Kind.DOCUMENT),
        ("work.rkviz", Kind.DOCUMENT),
        ("net.quantization.cfg", Kind.CFG),
        ("entire_qnt_error_analysis.txt", Kind.SNAPSHOT),
        ("dataset.txt", Kind.PICTURES),
        ("street.JPG", Kind.PICTURES),
        ("tensor.npy", Kind.PICTURES),
        ("net.pth", Kind.NOTHING),
        ("net.json", Kind.NOTHING),
        ("pictures.zip", Kind.NOTHING),
        ("notes.docx", Kind.NOTHING),
        ("no suffix", Kind.NOTHING),
    ],
)
def test_a_file_is_what_its_name_says(tmp_path, name, kind):
    file = tmp_path / name
    file.touch()
    assert kind_of(file) is kind


def test_a_folder_is_what_lies_in_it(tmp_path):
    for folder, file, kind in (
        ("pictures", "a.png", Kind.PICTURES),
        ("analysis", "entire_qnt_error_analysis.txt", Kind.SNAPSHOT),
        ("papers", "a.pdf", Kind.NOTHING),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / file).touch()
        assert kind_of(tmp_path / folder) is kind


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_what_cannot_be_opened_is_told_apart(tmp_path, qapp, language):
    apply_language(qapp, language)
    names = ("net.pth", "net.json", "pictures.zip", "notes.docx")
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    paths = [tmp_path / name for name in (*names, "empty", "gone.onnx")]
    found = sort_out(paths)
    assert len(set(found.refused)) == len(paths)
    assert all(str(path) in said for path, said in zip(paths, found.refused, strict=True))
    assert "ONNX" in refusal(paths[0])
    assert ".quantization.cfg" in refusal(paths[1])
    assert (found.documents, found.cfgs, found.snapshots, found.pictures) == ((), (), (), ())


def test_a_model_opens_with_the_pictures_dropped_beside_it(window, model, pictures, qtbot):
    drop(window, [pictures, model])
    qtbot.waitUntil(lambda: window.session.project is not None)
    assert window.session.project.dataset == (pictures,)
    settle_without_run(window, qtbot)


def test_what_is_strange_is_told_and_changes_nothing(analysed, tmp_path, qtbot):
    strange = tmp_path / "notes.docx"
    strange.touch()
    before = analysed.session.project
    drop(analysed, [strange])
    assert "nothing rkviz can open" in notices(analysed)[0]
    assert analysed.session.project == before
    settle(analysed, qtbot)


def settle_without_run(window, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.session.runner.is_busy and window.graph.is_settled)


def test_a_file_double_clicked_on_macos_is_asked_for_once(qapp, tmp_path):
    asked = []
    qapp.file_asked_for.connect(asked.append)
    assert qapp.notify(qapp, QFileOpenEvent(str(tmp_path / "工程 a.rkviz")))
    qapp.file_asked_for.disconnect()
    assert asked == [tmp_path / "工程 a.rkviz"]
