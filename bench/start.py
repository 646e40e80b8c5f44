"""From starting rkviz until its empty window is painted: `python -m bench.start`, best of five.

Warm; Python starts anew each time; the window is on the offscreen platform and goes at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

TRIES = 5
_UNTIL_PAINTED = """
import time
from PySide6.QtWidgets import QApplication
from rkviz.gui import app

def painted(application):
    application.processEvents()
    print(time.time(), time.process_time(), flush=True)
    return 0

QApplication.exec = painted
app.run()
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": home}
        environment |= {"QT_LOGGING_RULES": "default.warning=false"}
        seconds: list[tuple[float, float]] = []
        for _ in range(TRIES):
            started = time.time()
            command = [sys.executable, "-c", _UNTIL_PAINTED]
            done = subprocess.run(command, env=environment, capture_output=True, check=True)
            ended, used = map(float, done.stdout.split()[-2:])
            seconds.append((ended - started, used))
        wall, used = (min(column) for column in zip(*seconds, strict=True))
        print(f"start to painted window: {wall:.2f} s, {used:.2f} processor s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
