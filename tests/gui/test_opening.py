"""One function decides what a file is, and says in words what cannot be opened."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFileOpenEvent

from rkviz.gui.language import apply_language
from rkviz.gui.opening import Kind, kind_of, refusal, sort_out
from rkviz.numerics import QuantScheme
from tests import models
from tests.gui.user import chosen_type, drop, notices, settle


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
    assert len(window.session.results.dataset.samples) == 3, "read, before anybody runs"
    assert window.session.results.report is None


def test_what_is_strange_is_told_and_changes_nothing(analysed, tmp_path, qtbot):
    strange = tmp_path / "notes.docx"
    strange.touch()
    before = analysed.session.project
    drop(analysed, [strange])
    assert "nothing rkviz can open" in notices(analysed)[0]
    assert analysed.session.project == before
    settle(analysed, qtbot)


def test_all_that_is_dropped_at_once_is_taken_and_what_is_not_is_told(
    window, model, pictures, tmp_path, qtbot
):
    cfg, other, strange = (tmp_path / name for name in ("a.cfg", "b.cfg", "notes.docx"))
    cfg.write_text("customized_quantize_layers:\n    stem: float32\n", encoding="utf-8")
    other.write_text("customized_quantize_layers: {}\n", encoding="utf-8")
    strange.touch()
    second = models.save(models.conv_relu(), tmp_path / "second.onnx")
    drop(window, [strange, cfg, pictures, model, other, second])
    qtbot.waitUntil(lambda: window.session.project is not None, timeout=20_000)
    qtbot.waitUntil(lambda: chosen_type(window, "stem") is QuantScheme.FLOAT, timeout=20_000)
    assert window.session.project.model == model
    assert window.session.project.dataset == (pictures,)
    assert window.session.undo_stack.undoText() == "Import a.cfg"
    said = "\n".join(notices(window))
    for name in ("notes.docx", "b.cfg", "second.onnx"):
        assert name in said
    settle_without_run(window, qtbot)


def test_what_came_along_with_a_model_that_did_not_open_waits_for_no_other(
    window, model, tmp_path, qtbot
):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    cfg = tmp_path / "a.cfg"
    cfg.write_text("customized_quantize_layers:\n    stem: float32\n", encoding="utf-8")
    drop(window, [broken, cfg])
    qtbot.waitUntil(lambda: bool(notices(window)))
    window.session.open_path(model)
    qtbot.waitUntil(lambda: window.session.project is not None)
    settle_without_run(window, qtbot)
    assert chosen_type(window, "stem") is None


def settle_without_run(window, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.session.runner.is_busy and window.graph.is_settled)


def test_a_file_double_clicked_on_macos_is_asked_for_once(qapp, tmp_path):
    asked = []
    qapp.file_asked_for.connect(asked.append)
    assert qapp.notify(qapp, QFileOpenEvent(str(tmp_path / "工程 a.rkviz")))
    qapp.file_asked_for.disconnect()
    assert asked == [tmp_path / "工程 a.rkviz"]
