"""Edits: what they make of a configuration, and the one undo command, which swaps the project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand

from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.project import Project
from rkviz.quantize.config import HybridConfig

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


def with_scheme(
    graph: Graph, config: HybridConfig, heads: Sequence[str], scheme: QuantScheme | None
) -> HybridConfig:
    """`config` with `heads` in `scheme` (None: the default); what is fused into them follows."""
    fused = [name for head in heads for name in graph.members[head][1:]]
    inherited = scheme or config.default
    following = {name: config.for_layer(name).in_scheme(None, inherited) for name in fused}
    after = config.with_scheme(heads, scheme)
    return replace(after, overrides={**after.overrides, **following})


def scheme_text(heads: Sequence[str], scheme: QuantScheme | None) -> str:
    """How the undo menu calls a change of type."""
    default = QCoreApplication.translate("Edits", "default type")
    short = type_text(scheme) if scheme else default
    if len(heads) == 1:
        text = QCoreApplication.translate("Edits", "{layer} to {type}")
        return text.format(layer=heads[0], type=short)
    text = QCoreApplication.translate("Edits", "{count} layers to {type}")
    return text.format(count=len(heads), type=short)


def type_text(scheme: QuantScheme) -> str:
    """The type as a sentence names it."""
    if scheme.is_quantized:
        return scheme.short
    return QCoreApplication.translate("Edits", "float")


def refusal(graph: Graph, config: HybridConfig) -> str:
    """Why the chip cannot run `config`, a sentence for the user; empty when it can."""
    types = {config.for_layer(name).scheme or config.default for name in graph.heads}
    quantized = sorted(scheme.short for scheme in types if scheme.is_quantized)
    if len(quantized) <= 2:
        return ""
    text = QCoreApplication.translate(
        "Edits",
        "The chip runs at most two quantized types in one network, this would be {types}; "
        "set the layers of one of them back first, or use float.",
    )
    return text.format(types=", ".join(quantized))
