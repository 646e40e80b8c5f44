"""JobRunner: latest wins, cancel is immediate, nothing a job does can hurt the window."""

from __future__ import annotations

import threading

import pytest

from rkviz import places
from rkviz.errors import ConfigError
from rkviz.gui import crash
from rkviz.gui.jobs import Job, JobRunner, Outcome


@pytest.fixture
def runner(qtbot):
    made = JobRunner()
    yield made
    made.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("rkviz-")]


def _ended(runner: JobRunner) -> list[tuple[str, Outcome]]:
    """(title, outcome) of all jobs, in the order they ended."""
    log: list[tuple[str, Outcome]] = []
    runner.ended.connect(lambda job, outcome: log.append((job.title, outcome)))
    return log


def test_a_result_arrives_in_the_gui_thread(runner, qtbot):
    seen = []
    job = Job(
        "work",
        "add",
        lambda progress, publish: 2 + 3,
        done=lambda value: seen.append((value, threading.current_thread())),
    )
    with qtbot.waitSignal(runner.ended):
        runner.submit(job)
    assert seen == [(5, threading.main_thread())]
    assert not runner.is_busy


def test_parts_arrive_before_the_end_and_in_order(runner, qtbot):
    seen = []

    def work(progress, publish):
        publish("first")
        publish("second")
        return "end"

    with qtbot.waitSignal(runner.ended):
        runner.submit(Job("work", "parts", work, done=seen.append, part=seen.append))
    assert seen == ["first", "second", "end"]


def test_the_latest_request_of_a_lane_wins(runner, qtbot):
    log = _ended(runner)
    begun, seen = threading.Event(), []

    def endless(progress, publish):
        begun.set()
        while True:
            progress(0, 1)

    runner.submit(Job("work", "old", endless, done=seen.append))
    assert begun.wait(5)
    with qtbot.waitSignals([runner.ended, runner.ended]):
        runner.submit(Job("work", "new", lambda progress, publish: "new", done=seen.append))
    assert seen == ["new"]
    assert log == [("old", Outcome.CANCELLED), ("new", Outcome.DONE)]


def test_a_request_that_waited_and_was_overtaken_never_starts(runner, qtbot):
    gate, started = threading.Event(), []

    def hold(progress, publish):
        gate.wait(5)
        progress(0, 1)

    runner.submit(Job("work", "hold", hold))
    runner.submit(Job("work", "waits", lambda progress, publish: started.append("waits")))
    last = Job("work", "last", lambda progress, publish: started.append("last"))
    with qtbot.waitSignal(runner.ended, check_params_cb=lambda job, outcome: job is last):
        runner.submit(last)
        gate.set()
    assert started == ["last"]


def test_lanes_do_not_wait_for_each_other(runner, qtbot):
    gate, seen = threading.Event(), []
    runner.submit(Job("work", "slow", lambda progress, publish: gate.wait(5)))
    with qtbot.waitSignal(runner.ended):
        runner.submit(Job("layout", "quick", lambda progress, publish: 1, done=seen.append))
    assert seen == [1]
    assert runner.is_running("work")
    gate.set()


def test_cancel_frees_the_lane_at_once_and_what_comes_later_is_dropped(runner, qtbot):
    gate, seen = threading.Event(), []

    def work(progress, publish):
        gate.wait(5)
        publish("late")
        return "late"

    runner.submit(Job("work", "late", work, done=seen.append, part=seen.append))
    with qtbot.waitSignal(runner.ended) as ended:
        runner.cancel("work")
    assert ended.args[1] is Outcome.CANCELLED
    assert not runner.is_busy
    gate.set()
    runner.close()
    qtbot.wait(1)
    assert seen == []


def test_what_keeps_views_up_to_date_is_not_the_users_to_cancel(runner, qtbot):
    gate, seen = threading.Event(), []
    ended = _ended(runner)
    for lane, title in (("picture", ""), ("work", "told")):
        runner.submit(Job(lane, title, lambda _p, _q: gate.wait(5), done=seen.append))
    assert runner.has_told_work
    runner.cancel_told()
    assert ended == [("told", Outcome.CANCELLED)]
    assert runner.is_busy
    assert not runner.has_told_work
    gate.set()
    qtbot.waitUntil(lambda: not runner.is_busy)
    assert seen == [True]


def test_progress_is_throttled_and_carries_the_share(runner, qtbot):
    seen = []
    runner.progressed.connect(lambda job, share, text: seen.append((share, text)))

    def work(progress, publish):
        for done in range(100_000):
            progress(done, 100_000, "calibrate")

    with qtbot.waitSignal(runner.ended, timeout=20_000):
        runner.submit(Job("work", "count", work))
    assert 1 <= len(seen) < 100
    assert seen[0] == (-1.0, "")
    assert all(-1.0 <= share <= 1.0 for share, _text in seen)


def test_an_error_of_ours_is_passed_on_as_it_is(runner, qtbot):
    error, seen = ConfigError("No.", ["a", "b"]), []

    def work(progress, publish):
        raise error

    with qtbot.waitSignal(runner.ended) as ended:
        runner.submit(Job("work", "fails", work, failed=seen.append))
    assert seen == [error]
    assert ended.args[1] is Outcome.FAILED


def test_a_mistake_of_ours_becomes_one_sentence_without_a_traceback(runner, qtbot, caplog):
    seen = []

    def work(progress, publish):
        raise ZeroDivisionError("deep inside")

    with qtbot.waitSignal(runner.ended):
        runner.submit(Job("work", "crashes", work, failed=seen.append))
    assert isinstance(seen[0], crash.UnexpectedError)
    assert "Traceback" not in str(seen[0])
    assert str(places.log_file()) in str(seen[0])
    assert "ZeroDivisionError" in caplog.text


def test_no_memory_is_told_as_what_it_is(runner, qtbot):
    seen = []

    def work(progress, publish):
        raise MemoryError

    with qtbot.waitSignal(runner.ended):
        runner.submit(Job("work", "hungry", work, failed=seen.append))
    assert "not enough memory" in str(seen[0])


def test_after_close_nothing_is_accepted(runner):
    runner.close()
    runner.submit(Job("work", "late", lambda progress, publish: 1))
    assert not runner.is_busy
