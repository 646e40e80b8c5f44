"""The pipeline without a window: `rkviz analyze`, `rkviz report` and what exports the plan.

Exit codes: 0 done; 1 an error the sentence on stderr explains; 2 wrong usage; 3 a quality limit
was not reached; 130 cancelled. Results go to stdout, progress and messages to stderr.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

from rkviz.cli.exit_codes import CANCELLED, ERROR, USAGE
from rkviz.cli.options import COMMANDS, parser
from rkviz.errors import RkvizError, UnknownSizeError, close_matches
from rkviz.progress import Cancelled

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or (given[0] not in COMMANDS and not given[0].startswith("-")):
        # Only a name that ends in nothing we open can have been meant as a command.
        if given and not Path(given[0]).suffix and not Path(given[0]).exists():
            print(
                f"rkviz: {given[0]!r} is neither a command nor a file"
                f"{close_matches(given[0], COMMANDS)}; see rkviz --help.",
                file=sys.stderr,
            )
            return USAGE
        from rkviz.gui.app import main as window

        return window(given)
    arguments = parser().parse_args(given)
    _take_any_name(getattr(arguments, "json", False))
    try:
        from rkviz.cli.commands import work  # `rkviz --help` needs none of it

        return work(arguments)
    except UnknownSizeError as error:
        print(f"rkviz: {error}\n  {_size_hint(error)}", file=sys.stderr)
        return ERROR
    except RkvizError as error:
        print(f"rkviz: {error}", file=sys.stderr)
        return ERROR
    except (KeyboardInterrupt, Cancelled):
        print("rkviz: cancelled.", file=sys.stderr)
        return CANCELLED


def _take_any_name(for_programs: bool) -> None:
    """Let output that is redirected on Windows hold names its code page lacks, as escapes.

    JSON is UTF-8 whatever the machine speaks.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # Windows gives a program without a console none
            own = "utf-8" if for_programs and stream is sys.stdout else stream.encoding
            stream.reconfigure(encoding=own, errors="backslashreplace")


def _size_hint(error: UnknownSizeError) -> str:
    shown = (
        f"--input-shape {name}:" + "x".join("?" if size is None else str(size) for size in shape)
        for name, shape in error.inputs.items()
    )
    return "Give " + " ".join(shown) + " with a number for every ?."
