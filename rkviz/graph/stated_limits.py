"""What quantized files state and the NPU cannot hold, told with the way out."""

from __future__ import annotations

from collections.abc import Sequence

from rkviz.errors import UntakenParamsError


def refuse_untaken(
    per_channel: Sequence[str], other_types: Sequence[str], requantize: bool
) -> None:
    """Raise UntakenParamsError naming weights with a scale for every channel, and unknown types.

    With `requantize` nothing is raised: those parameters are left out and chosen anew.
    """
    if requantize:
        return
    if per_channel:
        raise UntakenParamsError(
            "its weights have a scale for every channel; the RV1126 takes one scale and zero point "
            "for a whole tensor. Quantize the model again per tensor, or open it with --requantize "
            "to have rkviz choose them:",
            list(dict.fromkeys(per_channel)),
        )
    if other_types:
        raise UntakenParamsError(
            "it holds types the RV1126 does not have: 8-bit codes with scale and zero point, and "
            "16-bit codes whose scale is a power of two and whose zero point is 0, are what it "
            "takes. Quantize the model again, or open it with --requantize to have rkviz choose:",
            list(dict.fromkeys(other_types)),
        )
