"""A session that shows the sample network and runs nothing by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject

from rkviz.gui.session import Session
from rkviz.project import Project
from tests.gui.sample_results import sample_project, sample_results


class Messages(QObject):
    """What the session said, oldest first."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.all: list[tuple[str, str]] = []
        session.message.connect(lambda level, text: self.all.append((level, text)))


@pytest.fixture(autouse=True)
def _no_widget_left_behind(qapp) -> Iterator[None]:
    """Delete now what was closed: left alive, each new style sheet would polish all of it."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def session(qapp) -> Iterator[Session]:
    session = Session()
    session.set_live(False)
    show(session, sample_project())
    yield session
    session.close()
    session.deleteLater()


@pytest.fixture
def nothing_open(qapp) -> Iterator[Session]:
    session = Session()
    session.set_live(False)
    yield session
    session.close()
    session.deleteLater()


@pytest.fixture
def said(session: Session) -> Messages:
    return Messages(session)


def show(session: Session, project: Project) -> None:
    session.show_document(project, None, sample_results(project))
