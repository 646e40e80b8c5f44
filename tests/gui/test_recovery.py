"""Unsaved work survives a program that ended badly, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QLockFile, QSysInfo

from rkviz.gui import steps
from rkviz.gui.recovery import Recovery
from rkviz.gui.session import Session
from rkviz.numerics import QuantScheme
from rkviz.project import load_project, save_project
from rkviz.results import Results
from tests.gui.sample_results import sample_project, sample_results


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "recovery"


@pytest.fixture
def session(qtbot):
    made = Session()
    made.set_live(False)
    made.show_document(sample_project(), Path("/somewhere/net.rkviz"), sample_results())
    yield made
    made.close()


def write_now(session: Session, recovery: Recovery, qtbot) -> None:
    with qtbot.waitSignal(session.runner.ended):
        recovery.write()


def left_behind(folder: Path, original: str = "/somewhere/net.rkviz") -> Path:
    """What a program that was killed leaves: a project, where it came from, a lock."""
    folder.mkdir()
    file = folder / "4242-abcd.rkviz"
    config = sample_project().config.with_scheme(["body1"], QuantScheme.I16)
    save_project(sample_project(config=config), file)
    file.with_suffix(".origin").write_text(original, encoding="utf-8")
    lock = f"999999999\nrkviz\n{QSysInfo.machineHostName()}\n"
    file.with_suffix(".lock").write_text(lock, encoding="utf-8")
    return file


def test_unsaved_work_lies_in_a_file_and_goes_with_the_save(session, folder, qtbot, tmp_path):
    recovery = Recovery(session, folder)
    session.set_scheme(["body1"], QuantScheme.I16)
    write_now(session, recovery, qtbot)
    assert load_project(recovery.file).config == session.project.config
    with qtbot.waitSignal(session.runner.ended):
        assert session.save(tmp_path / "net.rkviz")
    assert not recovery.file.exists()


def test_edits_that_follow_each_other_do_not_put_the_copy_off(session, folder, qtbot):
    recovery = Recovery(session, folder)
    timer = recovery._timer
    timer.setInterval(60_000)
    session.set_scheme(["body1"], QuantScheme.I16)
    assert timer.isActive()
    begun = timer.remainingTime()
    qtbot.waitUntil(lambda: timer.remainingTime() < begun - 50)
    waited = timer.remainingTime()
    session.set_scheme(["body2"], QuantScheme.I16)
    assert timer.remainingTime() <= waited
    timer.stop()


def test_undone_work_needs_no_recovery(session, folder, qtbot):
    recovery = Recovery(session, folder)
    session.set_scheme(["body1"], QuantScheme.I16)
    write_now(session, recovery, qtbot)
    with qtbot.waitSignal(session.runner.ended):
        session.undo_stack.undo()
    assert not recovery.file.exists()


def test_a_regular_end_leaves_nothing(session, folder, qtbot):
    recovery = Recovery(session, folder)
    session.set_scheme(["body1"], QuantScheme.I16)
    write_now(session, recovery, qtbot)
    session.close()
    recovery.release()
    assert list(folder.iterdir()) == []


def test_work_of_a_running_rkviz_is_not_offered(session, folder, qtbot):
    recovery = Recovery(session, folder)
    file = left_behind(folder)
    file.with_suffix(".lock").unlink()
    lock = QLockFile(str(file.with_suffix(".lock")))
    assert lock.tryLock(0)
    assert recovery.abandoned() == []
    lock.unlock()
    assert [work.file for work in recovery.abandoned()] == [file]


def test_abandoned_work_opens_as_unsaved_changes(session, folder, qtbot, monkeypatch):
    monkeypatch.setattr(
        steps,
        "open_document",
        lambda project, path, modified, progress: steps.Opened(
            project, path, Results(graph=sample_results().graph), modified
        ),
    )
    file = left_behind(folder)
    recovery = Recovery(session, folder)
    (work,) = recovery.abandoned()
    assert work.original == Path("/somewhere/net.rkviz")
    with qtbot.waitSignal(session.opened):
        recovery.adopt(work)
    assert session.project.config.for_layer("body1").scheme is QuantScheme.I16
    assert session.path == Path("/somewhere/net.rkviz")
    assert session.is_modified
    assert not file.exists()
    qtbot.waitUntil(lambda: recovery.file.exists() and not session.runner.is_busy)


def test_damaged_copies_are_removed_without_a_word(session, folder):
    file = left_behind(folder)
    file.write_bytes(b"\xff{")
    assert Recovery(session, folder).abandoned() == []
    assert not file.exists()


def test_without_a_folder_to_write_to_nothing_else_suffers(session, tmp_path, qtbot):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    recovery = Recovery(session, blocked / "recovery")
    session.set_scheme(["body1"], QuantScheme.I16)
    write_now(session, recovery, qtbot)
    assert recovery.abandoned() == []
    assert session.is_modified
