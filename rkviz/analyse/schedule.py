"""When each step can be judged, and how long a float tensor is needed for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rkviz.quantize.plan import QuantPlan, Step


@dataclass(frozen=True)
class Schedule:
    """Steps by the piece of the float network after which all they are compared with is there.

    `piece_of` never falls along the plan, so that taking the steps piece by piece is taking them
    in order. `last_piece` tells after which piece no step looks at a float value any more.
    """

    piece_of: Mapping[str, int]
    last_piece: Mapping[str, int]

    def of_piece(self, steps: Sequence[Step], piece: int) -> list[Step]:
        return [step for step in steps if self.piece_of[step.name] == piece]


def schedule(plan: QuantPlan, pieces: Sequence[Sequence[str]]) -> Schedule:
    """The schedule of all steps of `plan`; `pieces` are the values each piece gives, in order."""
    given = {value: index for index, values in enumerate(pieces) for value in values}
    piece_of: dict[str, int] = {}
    last_piece: dict[str, int] = {}
    piece = 0
    for step in plan.steps:
        seen = [plan.tensors[name].value for name in (*step.inputs, *step.outputs) if name]
        piece = max([piece, *(given.get(value, 0) for value in seen)])
        piece_of[step.name] = piece
        last_piece.update(dict.fromkeys(seen, piece))
    return Schedule(piece_of, last_piece)
