"""A folder like a user's: a model, pictures, a dataset.txt, and the working directory in it."""

from pathlib import Path

import pytest

from tests import models
from tests.pictures import save_pictures


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    models.save(models.detector_with_concat(), tmp_path / "net.onnx")
    models.save(models.two_inputs(), tmp_path / "two.onnx")
    save_pictures(tmp_path / "pictures", 3)
    rows = [f"pictures/picture{index}.png" for index in range(3)]
    (tmp_path / "dataset.txt").write_text("".join(f"{row}\n" for row in rows))
    (tmp_path / "one.txt").write_text(f"{rows[0]}\n")
    (tmp_path / "pairs.txt").write_text(f"{rows[0]} {rows[1]}\n{rows[1]} {rows[2]}\n")
    return tmp_path
