"""From dropping a model on the open window to its first picture; Netron in a browser beside it.

    python -m bench.opening [NODES ...]

Residual blocks of small convolutions. Every number is of a fresh process. Netron is measured
(bench/netron.py), its frames included, where `netron` and `websocket` can be imported and a
Chromium is on PATH.
Wall time, and processor time of everything that took part; prints, judges nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

from bench import netron

SIZES = (1_000, 10_000)
CHANNELS = 8


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
            print(f"               Netron {netron.measure(path, Path(place))}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
