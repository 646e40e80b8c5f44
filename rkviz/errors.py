"""The errors a user can meet: one sentence each, saying what, where and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class RkvizError(Exception):
    """Base of every error that is shown to the user as it is.

    `details` holds the single findings when there are several (every bad line of a list,
    every unknown layer name), so that all of them are reported at once.
    """

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)

    def __str__(self) -> str:
        return "\n  ".join((self.message, *self.details))


class ModelError(RkvizError):
    """A model file cannot be read, or what it holds is not a network rkviz can open."""


class UnknownSizeError(ModelError):
    """An input has sizes the model leaves open; `inputs` maps its name to the known part."""

    def __init__(self, message: str, inputs: dict[str, tuple[int | None, ...]]) -> None:
        super().__init__(message)
        self.inputs = inputs


class UntakenParamsError(ModelError):
    """A quantized file states parameters the NPU cannot take; rkviz can choose others."""


class UnsupportedOpError(RkvizError):
    """An operator cannot be computed in the type asked for."""


class DatasetError(RkvizError):
    """Pictures or arrays are missing, unreadable or of the wrong shape."""


class ConfigError(RkvizError):
    """A quantization setting is impossible, contradictory or names something unknown."""


class FormatError(RkvizError):
    """A file of another tool does not follow its format."""


class ProjectError(RkvizError):
    """A project file cannot be read or written."""


class TargetError(RkvizError):
    """A target chip is unknown or cannot do what is asked."""


def close_matches(name: str, known: Iterable[str], limit: int = 3) -> str:
    """A hint ` (did you mean 'x' or 'y'?)` for a misspelt `name`, or an empty string."""
    found = difflib.get_close_matches(name, list(known), n=limit, cutoff=0.6)
    if not found:
        return ""
    return f" (did you mean {' or '.join(repr(match) for match in found)}?)"
