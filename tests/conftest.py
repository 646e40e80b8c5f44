"""What holds for every test."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# Before anything loads Qt: the tests open windows on a machine without a screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Before anything loads onnxruntime; rkviz sets it too, but may come second here.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# No deadline: a slow machine is no bug. In CI the same examples every time.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    """The application of rkviz itself, also under pytest-qt."""
    from rkviz.gui.app import Application

    return Application


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test protects nothing, so it counts as failed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped; make it run here or remove it."
    return report
