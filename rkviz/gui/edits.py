"""Edits: what they make of a configuration, and the one undo command, which swaps the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand

from rkviz.calibrate.preprocess import InputSettings
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.project import Project
from rkviz.quantize.config import HybridConfig

_MERGING = 1
_PAUSE_S = 2.0
"""After this long without an edit the next one is another step."""


class EditProject(QUndoCommand):
    """Replaces `before` by `after`; edits in quick succession with one `merge_key` are one step.

    A key held down to move a range passes the same one with every move; what somebody looked at
    for a while is a step to go back to. An edit merged back to where it began removes itself.
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
        self._made_at = monotonic()

    def redo(self) -> None:
        self._apply(self._after)

    def undo(self) -> None:
        self._apply(self._before)

    def id(self) -> int:
        return _MERGING if self._merge_key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, EditProject) or other._merge_key != self._merge_key:
            return False
        if other._made_at - self._made_at > _PAUSE_S:
            return False
        self._after, self._made_at = other._after, other._made_at
        self.setText(other.text())
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


def inputs_text(before: Mapping[str, InputSettings], after: Mapping[str, InputSettings]) -> str:
    """How the undo menu calls a change of preprocessing, in the toolkit's words."""
    unset = InputSettings()
    pairs = [(before.get(name, before.get("", unset)), new) for name, new in after.items()]
    fit = QCoreApplication.translate("Edits", "fit")
    words = {name: name for name in ("mean_values", "std_values", "reorder_channel")}
    changed = dict.fromkeys(
        word
        for name, word in {**words, "fit": fit, "crop_from": fit}.items()
        if any(getattr(old, name) != getattr(new, name) for old, new in pairs)
    )
    if not changed:
        return QCoreApplication.translate("Edits", "Change preprocessing")
    text = QCoreApplication.translate("Edits", "Change {fields}")
    return text.format(fields=", ".join(changed))


def dataset_text(before: Project, after: Project) -> str:
    """How the undo menu calls another choice of pictures."""
    if set(after.dataset) < set(before.dataset):
        return QCoreApplication.translate("Edits", "Remove pictures")
    return QCoreApplication.translate("Edits", "Choose pictures")


def type_text(scheme: QuantScheme) -> str:
    """The type as a sentence names it."""
    if scheme.is_quantized:
        return scheme.short
    return QCoreApplication.translate("Edits", "float")


def refusal(graph: Graph, config: HybridConfig) -> str:
    """Why the chip cannot run `config`, a sentence for the user; empty when it can."""
    types = {config.for_layer(name).scheme or config.default for name in graph.heads}
    types |= {own for name in graph.fused_into if (own := config.for_layer(name).scheme)}
    quantized = sorted(scheme.short for scheme in types if scheme.is_quantized)
    if len(quantized) <= 2:
        return ""
    text = QCoreApplication.translate(
        "Edits",
        "The chip runs at most two quantized types in one network, this would be {types}; "
        "set the layers of one of them back first, or use float.",
    )
    return text.format(types=", ".join(quantized))
