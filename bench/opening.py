"""From dropping a model on the open window to its first picture; Netron in a browser beside it.

    python -m bench.opening [NODES ...]

Residual blocks of small convolutions. Every number is of a fresh process. Netron is measured where
`netron` and `websocket` can be imported and a Chromium is on PATH: its page is served on this
machine, and the time runs from going to the page until it shows the graph instead of its
welcome, whose nodes are there.
Wall time, and processor time of everything that took part; prints, judges nothing.
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
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

SIZES = (1_000, 10_000)
PATIENCE_S = 120.0
CHANNELS = 8
_SHOWN = """(() => {
    for (const button of document.querySelectorAll('#message-button')) button.click();
    const shown = document.body.classList.contains('default');
    return shown ? document.querySelectorAll('g.node').length : 0;
})()"""


def network(nodes: int, path: Path) -> None:
    """Two convolutions with a relu between and an add around them, over and over."""
    random = np.random.default_rng(1)
    shape = (CHANNELS, CHANNELS, 1, 1)
    weight = numpy_helper.from_array(random.normal(0, 0.1, shape).astype(np.float32), "weight")
    made, x = [], "input"

    def add(op: str, *inputs: str) -> str:
        name = f"{op.lower()}_{len(made)}"
        made.append(helper.make_node(op, inputs, [name], name=name))
        return name

    while len(made) < nodes:
        y = add("Conv", add("Sigmoid", add("Conv", x, "weight")), "weight")
        x = add("Add", x, y)
    sides = [1, CHANNELS, 8, 8]
    given = helper.make_tensor_value_info("input", TensorProto.FLOAT, sides)
    result = helper.make_tensor_value_info(x, TensorProto.FLOAT, sides)
    graph = helper.make_graph(made, "opening", [given], [result], [weight])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def open_in_window(path: Path) -> None:
    """Print wall and processor seconds; the window is there and idle before."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
    from PySide6.QtWidgets import QApplication

    from rkviz.gui.main_window import MainWindow
    from rkviz.gui.screenshot import wait_until_drawn
    from rkviz.gui.session import Session
    from rkviz.gui.settings import Settings

    app = QApplication([])
    session = Session()
    window = MainWindow(session, Settings(path.parent / "rkviz.ini"), path.parent / "recovery")
    window.resize(1600, 1000)
    window.show()
    app.processEvents()
    wall, used = time.perf_counter(), time.process_time()
    session.open_path(path)
    if not wait_until_drawn(window) or not session.results.graph:
        print("not in a minute")
        return
    print(f"{time.perf_counter() - wall:6.2f} s, {time.process_time() - used:6.2f} processor s")
    window.close()


@contextlib.contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as it:
        try:
            yield it
        finally:
            it.terminate()


def open_in_netron(path: Path, folder: Path) -> str:
    """The same for Netron; "" where it cannot be tried."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None or find_spec("netron") is None or find_spec("websocket") is None:
        return "not installed here"
    import websocket  # type: ignore[import-not-found]

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = f"import netron; netron.start({str(path)!r}, ('127.0.0.1', {port}), browse=False)"
    serve += "; netron.wait()"
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    options += ["--remote-allow-origins=*", f"--user-data-dir={folder / 'browser'}", "about:blank"]
    with started([sys.executable, "-c", serve]), started([browser, *options]) as shown:
        assert shown.stderr is not None
        found = None
        while found is None:
            found = re.search(r"ws://127\.0\.0\.1:(\d+)/", shown.stderr.readline())
        time.sleep(2)
        with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/json") as listed:
            (page,) = [one for one in json.load(listed) if one["type"] == "page"]
        line = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=PATIENCE_S)

        def ask(method: str, **params: object) -> dict[str, dict[str, object]]:
            line.send(json.dumps({"id": 1, "method": method, "params": params}))
            while True:
                answer = json.loads(line.recv())
                if answer.get("id") == 1:
                    return answer.get("result", {})

        wall, used = time.perf_counter(), _tree_seconds(shown.pid)
        ask("Page.navigate", url=f"http://127.0.0.1:{port}/")
        while time.perf_counter() - wall < PATIENCE_S:
            nodes = ask("Runtime.evaluate", expression=_SHOWN)["result"].get("value", 0)
            if nodes:
                elapsed = time.perf_counter() - wall
                spent = _tree_seconds(shown.pid) - used
                return f"{elapsed:6.2f} s, {spent:6.2f} processor s ({nodes} nodes drawn)"
            time.sleep(0.02)
        return f"not in {PATIENCE_S:.0f} s"


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


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["window"]:
        open_in_window(Path(arguments[1]))
        return 0
    for nodes in map(int, arguments or SIZES):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
            path = Path(place) / f"nodes_{nodes}.onnx"
            network(nodes, path)
            command = [sys.executable, "-m", "bench.opening", "window", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            print(f"{nodes:6} nodes: rkviz  {done.stdout.strip()}")
            print(f"               Netron {open_in_netron(path, Path(place))}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
