"""What a user gets wrong on the command line: one sentence, an exit code, and nothing lost."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rkviz import cli
from rkviz.cli import exit_codes
from tests import models
from tests.pictures import save_pictures


@pytest.fixture
def work(tmp_path: Path) -> Path:
    models.save(models.depthwise_net(), tmp_path / "net.onnx")
    save_pictures(tmp_path / "pictures", 3)
    return tmp_path


def run(work: Path, command: str, *options: str) -> int:
    return cli.main(
        [command, str(work / "net.onnx"), "--dataset", str(work / "pictures"), *options]
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--layer", "pw_1=i16"), "did you mean"),
        (("--layer", "pw1"), "NAME=TYPE"),
        (("--layer", "pw1=u4"), "choose u8, i8, i16 or float"),
        (("--mean", "a,b"), "list of numbers"),
        (("--input-shape", "images:1xAx3"), "does not read"),
        (("--target", "rv1127"), "rv1126"),
        (("--save", "/nowhere/at/all.rkviz"), "folder does not exist"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_1(
    work: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], sentence: str
) -> None:
    assert run(work, "analyze", "--quiet", *options) == exit_codes.ERROR
    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error


def test_missing_files_are_sentences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["analyze", str(tmp_path / "no.onnx")]) == exit_codes.ERROR
    assert "no.onnx" in capsys.readouterr().err
    assert cli.main(["analyse"]) == exit_codes.USAGE
    assert "did you mean 'analyze'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    ["export-cfg", "export-qdq", "export-rknn", "export-script", "export-quant-params", "report"],
)
def test_the_model_is_never_overwritten(
    work: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    model = work / "net.onnx"
    before = model.read_bytes()
    assert run(work, command, "--quiet", "-o", str(model)) == exit_codes.ERROR
    assert "is the model itself" in capsys.readouterr().err
    assert model.read_bytes() == before


def test_an_interruption_while_loading_is_a_cancellation(
    work: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "rkviz.cli.commands", Interrupted("rkviz.cli.commands"))
    assert run(work, "analyze") == exit_codes.CANCELLED
    assert "cancelled" in capsys.readouterr().err


def test_bad_pictures_are_told_and_the_good_ones_used(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "pictures" / "broken.png").write_bytes(b"not a picture")
    assert run(work, "analyze", "--json", "--quiet") == exit_codes.OK
    captured = capsys.readouterr()
    assert "broken.png" in captured.err
    assert len(json.loads(captured.out)["images"]) == 3


def test_open_sizes_are_asked_for_in_the_words_of_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    b = models.Builder("open_sizes")
    b.output(b.conv(b.input(shape=("N", 3, "H", "W")), "conv", 3, 4))
    model = models.save(b.model(), tmp_path / "net.onnx")
    given = ["analyze", str(model), "--quiet", "--dataset", str(save_pictures(tmp_path / "p", 1))]
    assert cli.main(given) == exit_codes.ERROR
    assert "--input-shape images:1x3x?x?" in capsys.readouterr().err
    assert cli.main([*given, "--input-shape", "1x3x16x16"]) == exit_codes.OK
    assert cli.main([*given, "--input-shape", "images:1x3x16x16"]) == exit_codes.OK
