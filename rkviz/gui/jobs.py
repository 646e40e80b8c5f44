"""Work outside the GUI thread: one runner, lanes in which the latest request wins."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from rkviz.errors import RkvizError
from rkviz.gui import crash
from rkviz.progress import Cancelled, Progress

_PROGRESS_EVERY_S = 0.1
_log = logging.getLogger(__name__)

Publish = Callable[[Any], None]
"""Hands a part of the result to the GUI thread while the job goes on."""

Work = Callable[[Progress, Publish], Any]


class Outcome(Enum):
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


def _ignore(_value: object) -> None:
    """For callers that do not want to know."""


@dataclass(eq=False)
class Job:
    """One request. `done`, `failed` and `part` are called in the GUI thread, and only while the
    job is the latest of its lane."""

    lane: str
    title: str
    work: Work
    done: Callable[[Any], None] = _ignore
    failed: Callable[[RkvizError], None] = _ignore
    part: Callable[[Any], None] = _ignore
    cancel: threading.Event = field(default_factory=threading.Event)


class JobRunner(QObject):
    """Runs jobs, one at a time in each lane; a new request cancels the one before it.

    All signals live here, on an object as long-lived as the window, because a job that owns its
    signals loses the last of them when it is collected.
    """

    started = Signal(object)
    """Job"""
    progressed = Signal(object, float, str)
    """Job, share 0..1 (-1 while unknown), text; at most every 0.1 s"""
    ended = Signal(object, object)
    """Job, Outcome"""
    crashed = Signal(object)
    """crash.UnexpectedError: a job met a mistake in rkviz; after its `failed`"""

    _reported = Signal(object, str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[str, ThreadPoolExecutor] = {}
        self._current: dict[str, Job] = {}
        self._closed = False
        self._reported.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        return bool(self._current)

    @property
    def has_told_work(self) -> bool:
        """Whether a job runs that the user is told of: the others only keep views up to date."""
        return any(job.title for job in self._current.values())

    def is_running(self, lane: str) -> bool:
        return lane in self._current

    def submit(self, job: Job) -> None:
        """Start `job` as soon as the job before it in its lane has noticed that it is cancelled."""
        if self._closed:
            return
        self.cancel(job.lane)
        if job.lane not in self._lanes:
            self._lanes[job.lane] = ThreadPoolExecutor(1, thread_name_prefix=f"rkviz-{job.lane}")
        self._current[job.lane] = job
        self.started.emit(job)
        self._lanes[job.lane].submit(self._work, job)

    def cancel(self, lane: str) -> None:
        """Forget the job of `lane` at once; its thread stops at its next report of progress."""
        job = self._current.pop(lane, None)
        if job is not None:
            job.cancel.set()
            self.ended.emit(job, Outcome.CANCELLED)

    def cancel_told(self) -> None:
        """Cancel what the user is told of; views still get what they wait for."""
        for lane, job in list(self._current.items()):
            if job.title:
                self.cancel(lane)

    def cancel_all(self) -> None:
        for lane in list(self._current):
            self.cancel(lane)

    def close(self) -> None:
        """Cancel everything and wait for the threads; nothing is accepted afterwards."""
        self.cancel_all()
        self._closed = True
        for lane in self._lanes.values():
            lane.shutdown(wait=True, cancel_futures=True)
        self._lanes.clear()

    def _work(self, job: Job) -> None:
        """In the worker thread: run the job and report how it ended."""
        progress = self._progress_of(job)
        try:
            progress(0.0, 0.0)
            value = job.work(progress, lambda part: self._report(job, "part", part))
            self._report(job, "done", value)
        except Cancelled:
            self._report(job, "cancelled", None)
        except RkvizError as error:
            self._report(job, "failed", error)
        except Exception as error:
            self._report(job, "failed", crash.described(error))

    def _progress_of(self, job: Job) -> Progress:
        last = 0.0

        def progress(done: float, total: float, text: str = "") -> None:
            nonlocal last
            if job.cancel.is_set():
                raise Cancelled
            now = time.monotonic()
            if now - last >= _PROGRESS_EVERY_S:
                last = now
                share = min(1.0, done / total) if total > 0 else -1.0
                self._report(job, "progress", (share, text))

        return progress

    def _report(self, job: Job, what: str, value: object) -> None:
        try:
            self._reported.emit(job, what, value)
        except RuntimeError:  # the window went away and took the C++ half of the runner with it
            _log.info("report %r of %r came after the end", what, job.title)

    @Slot(object, str, object)
    def _receive(self, job: Job, what: str, value: Any) -> None:
        """In the GUI thread: pass on what the latest job of its lane reports, drop the rest."""
        if self._current.get(job.lane) is not job:
            return
        if what == "progress":
            self.progressed.emit(job, *value)
        elif what == "part":
            _tell(job.part, value)
        else:
            del self._current[job.lane]
            self.ended.emit(job, Outcome(what))
            if what == "done":
                _tell(job.done, value)
            elif what == "failed":
                _tell(job.failed, value)
                if isinstance(value, crash.UnexpectedError):
                    self.crashed.emit(value)


def _tell(callback: Callable[[Any], None], value: Any) -> None:
    """Call it, unless the widget whose method it is was deleted while the job went on."""
    owner = getattr(callback, "__self__", None)
    if not isinstance(owner, QObject) or isValid(owner):
        callback(value)
