"""Netron in a Chromium without a screen, driven through the browser's devtools protocol.

Its page is served on this machine. Opening runs from going to the page until it shows the graph
instead of its welcome, whose nodes are there. Then the wheel zooms and pans as a hand would, and
the page's animation frames are counted: what the browser paints is drawn by the processor here.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

PATIENCE_S = 120.0
NOTCHES = 60
_NOTCH, _CTRL = 120, 2
_SHOWN = """(() => {
    for (const button of document.querySelectorAll('#message-button')) button.click();
    const shown = document.body.classList.contains('default');
    return shown ? document.querySelectorAll('g.node').length : 0;
})()"""
_WATCH = """(() => {
    window.frames_ms = []; let last = performance.now();
    const next = now => { window.frames_ms.push(now - last); last = now; window.watching =
        requestAnimationFrame(next); };
    window.watching = requestAnimationFrame(next);
})()"""
_WATCHED = "cancelAnimationFrame(window.watching), JSON.stringify(window.frames_ms.slice(1))"

Ask = Callable[..., dict[str, Any]]


def measure(path: Path, folder: Path) -> str:
    """Time to the graph and to its frames, in words; why not, where it cannot be tried."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None or find_spec("netron") is None or find_spec("websocket") is None:
        return "not installed here"
    with _page(path, browser, folder) as (ask, address, pid):
        wall, used = time.perf_counter(), _tree_seconds(pid)
        ask("Page.navigate", url=address)
        while time.perf_counter() - wall < PATIENCE_S:
            nodes = ask("Runtime.evaluate", expression=_SHOWN)["result"].get("value", 0)
            if nodes:
                elapsed, spent = time.perf_counter() - wall, _tree_seconds(pid) - used
                shown = f"{elapsed:6.2f} s, {spent:6.2f} processor s ({nodes} nodes drawn)"
                return "\n".join([shown, *_frames(ask, pid)])
            time.sleep(0.02)
    return f"not in {PATIENCE_S:.0f} s"


def _frames(ask: Ask, pid: int) -> Iterator[str]:
    """The wheel in the middle of the page; every turn waits until the page has taken it."""
    for what, keys, notch in (
        ("zoom out", _CTRL, _NOTCH),
        ("pan", 0, _NOTCH),
        ("zoom in", _CTRL, -_NOTCH),
    ):
        ask("Runtime.evaluate", expression=_WATCH)
        used = _tree_seconds(pid)
        for _ in range(NOTCHES):
            ask("Input.dispatchMouseEvent", type="mouseWheel", x=600, y=400, deltaX=0,
                deltaY=notch, modifiers=keys)  # fmt: skip
        spent = _tree_seconds(pid) - used
        said = ask("Runtime.evaluate", expression=_WATCHED)["result"]["value"]
        frames = np.array(json.loads(said))
        p50, p95 = np.percentile(frames, (50, 95))
        yield (
            f"               {what:8} {len(frames)} frames, p50 {p50:.1f} ms, p95 {p95:.1f} ms, "
            f"{spent / len(frames) * 1e3:.1f} processor ms each"
        )


@contextlib.contextmanager
def _page(path: Path, browser: str, folder: Path) -> Iterator[tuple[Ask, str, int]]:
    """(what asks the page, address of Netron's page, process of the browser)."""
    import websocket  # type: ignore[import-not-found]

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = f"import netron; netron.start({str(path)!r}, ('127.0.0.1', {port}), browse=False)"
    serve += "; netron.wait()"
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    options += ["--remote-allow-origins=*", "--window-size=1600,1000"]
    options += [f"--user-data-dir={folder / 'browser'}", "about:blank"]
    with _started([sys.executable, "-c", serve]), _started([browser, *options]) as shown:
        assert shown.stderr is not None
        found = None
        while found is None:
            found = re.search(r"ws://127\.0\.0\.1:(\d+)/", shown.stderr.readline())
        time.sleep(2)
        with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/json") as listed:
            (page,) = [one for one in json.load(listed) if one["type"] == "page"]
        line = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=PATIENCE_S)

        def ask(method: str, **params: object) -> dict[str, Any]:
            line.send(json.dumps({"id": 1, "method": method, "params": params}))
            while True:
                answer = json.loads(line.recv())
                if answer.get("id") == 1:
                    return answer.get("result", {})

        yield ask, f"http://127.0.0.1:{port}/", shown.pid


@contextlib.contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as it:
        try:
            yield it
        finally:
            it.terminate()


def _tree_seconds(pid: int) -> float:
    """Processor seconds of a process and all it started (Linux)."""
    ticks, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += int(stat[11]) + int(stat[12])
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return ticks / os.sysconf("SC_CLK_TCK")
