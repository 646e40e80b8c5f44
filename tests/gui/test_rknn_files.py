"""A file of the vendor's toolkit in the window: dropped like any model, prepared as it says."""

from __future__ import annotations

from tests.gui.user import drop
from tests.rknn_files import every_operation


def test_a_dropped_rknn_file_opens_with_its_own_preprocessing(window, tmp_path, qtbot):
    file = tmp_path / "net.rknn"
    file.write_bytes(every_operation().data())
    with qtbot.waitSignal(window.session.opened):
        drop(window, [file])
    session = window.session
    assert session.project.settings_for("images").std_values == (255.0,) * 3
    assert "Conv_c2_3" in session.results.graph.heads
    assert not session.is_modified
