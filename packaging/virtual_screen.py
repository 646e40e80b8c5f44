"""A screen in memory, to start the packaged window on: what it shows, and when.

    python packaging/virtual_screen.py time PROGRAM       seconds from start to the drawn window
    python packaging/virtual_screen.py picture FILE.xwd PNG

Needs Xvfb. The screen is read from the file Xvfb keeps it in, so that no other tool is needed.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

SIZE = (1366, 768)
_DRAWN_SHARE = 0.5
_PATIENCE_S = 30.0


@contextlib.contextmanager
def screen() -> Iterator[tuple[str, Path]]:
    """A running Xvfb; gives (DISPLAY, the file with what is on it)."""
    with tempfile.TemporaryDirectory() as folder:
        size = f"{SIZE[0]}x{SIZE[1]}x24"
        command = ["Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-screen", "0", size]
        with subprocess.Popen(
            [*command, "-fbdir", folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as server:
            assert server.stdout is not None
            number = server.stdout.readline().decode().strip()
            try:
                yield f":{number}", Path(folder) / "Xvfb_screen0"
            finally:
                server.terminate()


def picture(dump: bytes) -> Image.Image:
    """The picture in an X window dump of 32 bits a pixel."""
    header = struct.unpack(">25I", dump[:100])
    header_bytes, width, height, line_bytes, colours = (header[i] for i in (0, 4, 5, 12, 19))
    pixels = dump[header_bytes + 12 * colours :]
    return Image.frombytes("RGB", (width, height), pixels, "raw", "BGRX", line_bytes)


def seconds_to_window(executable: Path, tries: int = 5) -> float:
    """From starting the program until its window covers half of the screen; the best of `tries`.

    Raises TimeoutError after half a minute without a window.
    """
    return min(_seconds(executable) for _ in range(tries))


def _seconds(executable: Path) -> float:
    with screen() as (display, file), tempfile.TemporaryDirectory() as home:
        environment = {"DISPLAY": display, "HOME": home, "PATH": os.environ["PATH"]}
        environment["LC_ALL"] = "C.UTF-8"  # Qt warns of any other without UTF-8
        began = time.monotonic()
        with subprocess.Popen([str(executable)], env=environment) as running:
            try:
                while time.monotonic() - began < _PATIENCE_S:
                    if _is_drawn(file):
                        return time.monotonic() - began
                    time.sleep(0.01)
            finally:
                running.terminate()
    raise TimeoutError(f"{executable} shows no window")


def _is_drawn(file: Path) -> bool:
    dump = file.read_bytes()
    row = dump[100:]
    return len(row) - row.count(0) > _DRAWN_SHARE * len(row) * 0.75  # a fourth byte is unused


if __name__ == "__main__":
    if sys.argv[1] == "time":
        print(f"{seconds_to_window(Path(sys.argv[2])):.2f} s")
    else:
        picture(Path(sys.argv[2]).read_bytes()).save(sys.argv[3])
