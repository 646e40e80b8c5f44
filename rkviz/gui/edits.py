"""The one undo command: it swaps the whole project, which is a small frozen value."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from rkviz.project import Project

_MERGING = 1


class EditProject(QUndoCommand):
    """Replaces `before` by `after`; edits in a row with one `merge_key` become one step.

    A drag of a range handle passes the same key with every move. An edit that is merged back to
    where it began removes itself.
    """

    def __init__(
        self,
        apply: Callable[[Project], None],
        before: Project,
        after: Project,
        text: str,
        merge_key: str = "",
    ) -> None:
        super().__init__(text)
        self._apply = apply
        self._before = before
        self._after = after
        self._merge_key = merge_key

    def redo(self) -> None:
        self._apply(self._after)

    def undo(self) -> None:
        self._apply(self._before)

    def id(self) -> int:
        return _MERGING if self._merge_key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, EditProject) or other._merge_key != self._merge_key:
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True
