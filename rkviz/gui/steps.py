"""What the worker threads run: plain functions without Qt; engines are imported on first use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from rkviz.progress import Progress
from rkviz.project import Project, load_project
from rkviz.results import Results

if TYPE_CHECKING:
    from rkviz.analyse.analysis import CodeCache


@dataclass(frozen=True)
class Opened:
    """A document as it was read. `results` is None where the model was not found."""

    project: Project
    path: Path | None
    results: Results | None
    modified: bool = False
    """Whether it differs from the file at `path`."""


@dataclass
class Memory:
    """What one document keeps between runs so that a small change is answered quickly.

    Only one worker thread touches it at a time.
    """

    cache: CodeCache | None = field(default=None)


def open_project(path: Path, progress: Progress) -> Opened:
    """Read a project and its model; raises RkvizError."""
    project = load_project(path)
    if not project.model.exists():
        return Opened(project, path, None)
    return open_document(project, path, False, progress)


def open_document(
    project: Project, path: Path | None, modified: bool, progress: Progress
) -> Opened:
    """Open the model of `project`, with the preprocessing its file states; raises RkvizError."""
    from rkviz import pipeline

    project = pipeline.with_stated_inputs(project)
    results = pipeline.run(project, until="open", progress=_named(progress, "open"))
    return Opened(project, path, results, modified)


def bring_up_to_date(
    project: Project,
    results: Results,
    memory: Memory,
    progress: Progress,
    publish: Callable[[tuple[str, Results]], None],
    until: str = "analyse",
) -> Results:
    """Run what is stale, step by step; each finished step is published as (step, results).

    So a calibration that took minutes survives when the user cancels what comes after it.
    """
    from rkviz import pipeline
    from rkviz.analyse.analysis import CodeCache

    memory.cache = memory.cache or CodeCache()
    for step in pipeline.STEPS[: pipeline.STEPS.index(until) + 1]:
        after = pipeline.run(project, results, step, _named(progress, step), memory.cache)
        if step == "open" and after is not results:
            after = replace(after, dataset=None, stats=None, repaired=None, plan=None, report=None)
        if after is not results:
            publish((step, after))
        results = after
    return results


def load_engines(progress: Progress) -> None:
    """Import what takes long to import and is not needed to show the window."""
    for module in ("rkviz.pipeline", "rkviz.gui.plots"):
        progress(0, 0)
        import_module(module)


def _named(progress: Progress, step: str) -> Progress:
    """Progress that always says which step it belongs to; the window has the words."""

    def named(done: float, total: float, text: str = "") -> None:
        progress(done, total, step)

    return named
