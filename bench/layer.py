"""The layer panel: selecting layer after layer, dragging a range, and the answer to the drag.

python -m bench.layer MODEL PICTURE_FOLDER
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from bench.canvas import percentiles
from rkviz import pipeline
from rkviz.gui.panels.layer_panel import LayerPanel
from rkviz.gui.session import Session
from rkviz.gui.theme import apply_theme
from rkviz.project import Project

SIZE = (340, 700)
PICTURES = 8


def wait_for(done: Callable[[], bool]) -> float:
    """Let the window work until `done`; returns seconds."""
    started, loop, watch = time.perf_counter(), QEventLoop(), QTimer()
    watch.timeout.connect(lambda: loop.quit() if done() else None)
    watch.start(2)
    loop.exec()
    return time.perf_counter() - started


def spent(app: QApplication, act: Callable[[], object]) -> tuple[float, float]:
    """Processor milliseconds of the window's thread for `act`, and with drawing what came of it."""
    began = time.thread_time()
    act()
    done = time.thread_time()
    app.processEvents()
    return 1e3 * (done - began), 1e3 * (time.thread_time() - began)


def drag(app: QApplication, panel: LayerPanel) -> list[float]:
    """Processor milliseconds of every move of the upper handle, drawing included."""
    view = panel.layer.range.histogram
    panel._areas[panel.layer].ensureWidgetVisible(view)
    app.processEvents()
    at = QPointF(view.axis.x_of(view.spread.high), 40)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=at.toPoint())
    moves = [
        spent(app, lambda step=step: QTest.mouseMove(view, QPoint(round(at.x()) - step, 40)))[1]
        for step in range(1, 90)
    ]
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(round(at.x()) - 89, 40))
    return moves


def main() -> None:
    model, folder = (Path(argument).absolute() for argument in sys.argv[1:3])
    app = QApplication(sys.argv[:1])
    apply_theme(app, False)
    project = pipeline.with_stated_inputs(
        Project(model, (folder,), calibration_images=PICTURES, analysis_images=PICTURES)
    )
    results = pipeline.with_histograms(project, pipeline.run(project))
    session = Session()
    panel = LayerPanel(session)
    panel.resize(*SIZE)
    panel.show()
    session.show_document(project, None, results)
    heads = results.graph.heads
    print(f"{len(heads)} layers, {PICTURES} pictures; wait for the findings: "
          f"{1e3 * wait_for(lambda: bool(panel.diagnosis.findings)):.0f} ms")  # fmt: skip
    chosen = heads[1 : 1 + 60]
    times = [spent(app, lambda head=head: session.select([head])) for head in chosen]
    for title, column in (("select", 0), ("select and draw", 1)):
        print(f"{title:16} {percentiles([time[column] for time in times])}")
    session.select([next(h for h in heads[len(heads) // 2 :] if results.plan.tensor_of(h).high)])
    app.processEvents()
    moves = drag(app, panel)
    print(f"{'drag, a move':16} {percentiles(moves)}")
    answered = wait_for(lambda: not session.is_stale and not session.runner.is_busy)
    print(f"let go to numbers of the network (wall): {1e3 * answered:.0f} ms")
    session.close()


if __name__ == "__main__":
    main()
