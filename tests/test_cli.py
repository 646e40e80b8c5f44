"""The command line: the same job without a window, for scripts and CI."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rkviz import cli
from rkviz.cli import exit_codes
from rkviz.cli.settings import parse_project
from rkviz.formats.quant_params import read_quant_params
from rkviz.formats.quantization_cfg import read_cfg
from rkviz.graph.ort_session import open_session
from rkviz.numerics import QuantScheme
from rkviz.quantize.config import LayerConfig
from rkviz.quantize.range_method import NORMAL, RangeMethod
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


def test_analyze_prints_the_worst_layers_and_the_outputs(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(work, "analyze", "--worst", "3") == exit_codes.OK
    out = capsys.readouterr().out.splitlines()
    assert out[0].split()[:2] == ["layer", "type"]
    blank = out.index("")
    assert all(line.startswith("why ") for line in out[4:blank])
    assert out[blank + 1].startswith("output ")
    assert out[blank + 2].startswith("  worst part channel ")
    assert out[blank + 3].startswith("speed on rv1126: ")
    assert out[blank + 3].endswith("MB (estimate, ±12 %)")


def test_the_effect_on_the_outputs_is_ranked(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(work, "analyze", "--effect", "--quiet", "--worst", "3") == exit_codes.OK
    out = capsys.readouterr().out.splitlines()
    head = next(i for i, line in enumerate(out) if "if it alone were quantized" in line)
    numbers = [float(line.split()[2]) for line in out[head + 1 : head + 4]]
    assert numbers == sorted(numbers)
    assert run(work, "analyze", "--effect", "--json", "--quiet") == exit_codes.OK
    effects = json.loads(capsys.readouterr().out)["effects"]
    assert effects["dw1"]["u8"] < effects["dw1"]["i16"]


def test_json_is_strict_and_complete(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(work, "analyze", "--json", "--mean", "127.5", "--std", "127.5") == exit_codes.OK
    captured = capsys.readouterr()
    report = json.loads(captured.out, parse_constant=lambda name: pytest.fail(name))
    assert len(report["images"]) == 3
    for layer in report["layers"].values():
        assert layer["own"]["cosine"] <= 1
        assert layer["type"] == "u8"
    assert "100 %" in captured.err
    estimate = report["estimate"]
    assert estimate["fps"] == pytest.approx(1000 / estimate["milliseconds"])
    assert estimate["milliseconds"] == pytest.approx(
        sum(layer["estimated_ms"] for layer in report["layers"].values())
    )
    assert estimate["note"] == "estimate, ±12 %"


@pytest.mark.parametrize(("as_json", "said"), [(False, "\\u51fa.cfg"), (True, "出.cfg")])
def test_a_name_that_a_redirected_code_page_lacks_is_escaped(
    work: Path, monkeypatch: pytest.MonkeyPatch, as_json: bool, said: str
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="cp1252"))
    given = ["export-cfg", str(work / "net.onnx"), "--dataset", str(work / "pictures"), "--quiet"]
    given += ["--output", str(work / "出.cfg"), *(["--json"] if as_json else [])]
    assert cli.main(given) == exit_codes.OK
    sys.stdout.flush()
    assert said in written.getvalue().decode("utf-8")


def test_repairs_are_measured_and_the_best_are_taken(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = ("--calibration-images", "2", "--quiet")
    assert run(work, "repairs", *split) == exit_codes.OK
    table = capsys.readouterr().out.splitlines()
    assert "1 picture(s), calibrated on 2 other(s)" in table[0]
    assert len([line for line in table if " of 1" in line]) == 12
    assert run(work, "repairs", "--json", *split) == exit_codes.OK
    trials = json.loads(capsys.readouterr().out)["trials"]
    (best,) = (trial["repairs"] for trial in trials if trial["taken"])
    assert run(work, "analyze", "--json", "--repair", "auto", *split) == exit_codes.OK
    captured = capsys.readouterr()
    assert json.loads(captured.out)["repairs"] == best
    assert captured.err.splitlines() == table


def test_repaired_weights_are_exported(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ("--repair", "equalize,sequential", "--save", str(work / "net.rkviz"))
    out = work / "repaired.onnx"
    assert run(work, "export-onnx", "-o", str(out), *chosen) == exit_codes.OK
    assert "equalize, sequential" in capsys.readouterr().out
    open_session(out.read_bytes())
    saved = parse_project(["analyze", str(work / "net.rkviz")])
    assert str(saved.repairs) == "equalize, sequential"
    assert run(work, "export-onnx", "-o", str(out)) == exit_codes.ERROR
    assert "No repair is turned on" in capsys.readouterr().err


def test_without_pictures_to_judge_by_nothing_is_measured(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(work, "analyze", "--repair", "auto", "--quiet") == exit_codes.ERROR
    assert "none is left to judge by" in capsys.readouterr().err
    others = save_pictures(work / "others", 2, (8, 8))
    judged = ("--repair", "auto", "--judge", str(others), "--judge-images", "1", "--quiet")
    assert run(work, "analyze", *judged) == exit_codes.OK
    assert "measured on 1 picture(s), calibrated on 3" in capsys.readouterr().err


def test_a_limit_that_is_not_reached_is_exit_code_3(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(work, "analyze", "--quiet", "--min-cosine", "1.01") == exit_codes.BELOW_LIMIT
    assert "is below 1.01" in capsys.readouterr().err
    assert run(work, "analyze", "--quiet", "--min-cosine", "0.1") == exit_codes.OK


def test_export_cfg_carries_the_layers_that_differ(work: Path) -> None:
    assert run(work, "analyze", "--quiet", "--save", str(work / "a.rkviz")) == exit_codes.OK
    options = ("--layer", "pw1=i16", "-o", str(work / "n.cfg"))
    assert cli.main(["export-cfg", str(work / "a.rkviz"), *options]) == exit_codes.OK
    customized = read_cfg(work / "n.cfg").customized
    assert set(customized.values()) == {QuantScheme.I16}
    assert len(customized) == 2, "the convolution and the relu6 that runs with it"
    assert all("pw1" in name for name in customized)


def test_ranges_are_chosen_by_the_methods_named(work: Path) -> None:
    options = (
        *("--algorithm", "mmse", "--weights-algorithm", "percentile:99"),
        *("--layer-range", "pw1=normal", "--layer-range", "dw=kl_divergence"),
        *("--layer-range", "stem=-1..2.5", "--layer-weights", "pw1=kl_divergence"),
    )
    config = parse_project(["analyze", str(work / "net.onnx"), *options]).config
    assert config.range_method == RangeMethod.parse("mmse")
    assert config.weights_method == RangeMethod.parse("percentile:99")
    kl = RangeMethod.parse("kl_divergence")
    assert config.for_layer("pw1") == LayerConfig(range_method=NORMAL, weights_method=kl)
    assert config.for_layer("dw") == LayerConfig(range_method=kl)
    assert config.for_layer("stem") == LayerConfig(range=(-1.0, 2.5))


def test_a_method_reaches_the_cfg(work: Path) -> None:
    ranges = {}
    for method in ("normal", "percentile:90"):
        options = ("--quiet", "--algorithm", method, "-o", str(work / "n.cfg"))
        assert run(work, "export-cfg", *options) == exit_codes.OK
        ranges[method] = {
            name: tensor.high for name, tensor in read_cfg(work / "n.cfg").parameters.items()
        }
    assert ranges["normal"].keys() == ranges["percentile:90"].keys()
    narrowed = {n for n, high in ranges["percentile:90"].items() if high != ranges["normal"][n]}
    assert {name.split("_")[0] for name in narrowed} >= {"@images", "@Conv", "@Clip"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--algorithm", "kl"], "kl_divergence"),
        (["--weights-algorithm", "moving_average"], "the same for every picture"),
        (["--layer-range", "pw1"], "does not read NAME=METHOD"),
        (["--layer-range", "pw1=3..x"], "is no range"),
        (["--layer-range", "pw1=3..1"], "is no range"),
        (["--layer-range", "pw1=0..inf"], "is no range"),
        (["--layer-weights", "pw1=mean"], "not known"),
    ],
)
def test_a_range_that_cannot_be_used_is_one_sentence(
    work: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(work, "analyze", "--quiet", *options) == exit_codes.ERROR
    assert said in capsys.readouterr().err


def test_export_qdq_is_a_model_onnxruntime_opens(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--quiet", "--json", "--layer", "pw1=i16", "-o", str(work / "q.onnx"))
    assert run(work, "export-qdq", *options) == exit_codes.OK
    summary = json.loads(capsys.readouterr().out)
    assert (summary["i16 tensors"], summary["written"]) == (2, str(work / "q.onnx"))
    session = open_session((work / "q.onnx").read_bytes())
    assert [value.name for value in session.get_inputs()] == ["images"]


def test_export_script_is_one_python_program(work: Path) -> None:
    options = ("--layer", "pw1=i16", "--calibration-images", "2")
    assert run(work, "export-script", *options, "-o", str(work / "convert.py")) == exit_codes.OK
    script = (work / "convert.py").read_text(encoding="utf-8")
    compile(script, "convert.py", "exec")
    assert "'Conv_pw1': 'dynamic_fixed_point-i16'" in script
    assert "picture1.png" in script
    assert "picture2.png" not in script, "only the pictures of the calibration"


def test_a_cfg_is_read_and_written_back_with_one_line_more(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = work / "step1.cfg", work / "out.cfg"
    assert run(work, "export-cfg", "--quiet", "-o", str(first)) == exit_codes.OK
    text = first.read_text(encoding="utf-8").replace("# layer name", "# mine: layer name")
    text = text.replace("layers: {}", "layers: {Gone_3: float32}")
    first.write_text(text, encoding="utf-8")
    capsys.readouterr()
    options = ("--quiet", "--cfg", str(first), "--layer", "pw1=float", "-o", str(second))
    assert run(work, "export-cfg", *options) == exit_codes.OK
    assert "'Gone_3' is no layer of this network" in capsys.readouterr().err
    lines = second.read_text(encoding="utf-8").splitlines()
    differing = [line for line in lines if line not in text.splitlines()]
    assert len(differing) == 1
    assert "Gone_3: float32" in differing[0]
    assert differing[0].count("pw1") == 2, "the convolution and the relu6 that runs with it"
    assert run(work, "analyze", "--quiet", "--json", "--cfg", str(second)) == exit_codes.OK
    layers = json.loads(capsys.readouterr().out)["layers"]
    assert {name for name, layer in layers.items() if layer["type"] == "F"} >= {"pw1"}


def test_histograms_draws_the_layers_asked_for(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--layers", "stem,dw1", "--layers", "pw1", "-o", str(work / "drawn"))
    assert run(work, "histograms", "--quiet", "--json", *options) == exit_codes.OK
    assert json.loads(capsys.readouterr().out)["histograms"] == 9
    drawn = sorted(path.name for path in (work / "drawn").iterdir())
    assert len(drawn) == 9
    assert next(name for name in drawn if name.startswith("Conv_stem_")).endswith("_bias.png")
    assert run(work, "histograms", "--layers", "stm", "-o", str(work / "drawn")) == exit_codes.ERROR
    assert "'stm' (did you mean 'stem'" in capsys.readouterr().err


def test_quant_params_are_those_of_the_plan(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--quiet", "--json", "-o", str(work / "n.yml"))
    for more, count in (((), 2), (("--all",), 17)):
        assert run(work, "export-quant-params", *options, *more) == exit_codes.OK
        assert json.loads(capsys.readouterr().out)["tensors"] == count
        assert len(read_quant_params(work / "n.yml").tensors) == count


def test_a_report_of_the_toolkit_is_held_against_the_emulator(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "snapshot").mkdir()
    row = "{:60} \tNone\teculidean_norm={}\tcosine_norm={}\n"
    text = row.format("Conv_pw1_7", 0.9, 0.595) + row.format("Conv_gone_3", 0.0, 1.0)
    file = work / "snapshot" / "individual_qnt_error_analysis.txt"
    file.write_text(text.rstrip("\n"), encoding="utf-8")
    options = ("--dataset", str(work / "pictures"), "--quiet")
    given = ["compare", str(file.parent), str(work / "net.onnx"), *options]
    assert cli.main([*given, "--json"]) == exit_codes.OK
    document = json.loads(capsys.readouterr().out)
    (compared,) = document["rows"]
    assert (compared["layer"], compared["part"], compared["toolkit_cosine"]) == (
        "pw1", "individual", 0.595,
    )  # fmt: skip
    assert compared["disagree"]
    assert document["unmapped"] == ["Conv_gone_3"]
    assert cli.main([*given, "--only"]) == exit_codes.OK
    assert capsys.readouterr().out.splitlines()[-2] == (
        "2 rows individual; 1 compared, 1 disagree."
    )


def test_the_accuracy_analysis_is_the_toolkits_tree(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = work / "snapshot"
    options = ("--quiet", "-o", str(folder))
    for dump in ("tensor", "npy"):
        assert (
            run(work, "accuracy-analysis", *options, "--parts", "all", "--dump", dump)
            == exit_codes.OK
        )
    order = (folder / "fp32" / "order.txt").read_text(encoding="utf-8").splitlines()
    assert order[0].startswith("images_")
    assert order[0].endswith("_out0_nhwc_1_16_16_3.npy")
    assert order[-1].startswith("attach_")
    for part in ("fp32", "entire_qnt"):
        assert {path.name for path in (folder / part).glob("*.npy")} == set(order)
    alone = {path.name for path in (folder / "individual_qnt").iterdir()}
    assert {name for name in alone if name.endswith(".npy")} == set(order[1:-1])
    array = np.load(folder / "entire_qnt" / order[1])
    lines = np.loadtxt((folder / "entire_qnt" / order[1]).with_suffix(".tensor"))
    np.testing.assert_allclose(lines, array.ravel(), atol=1e-6)
    capsys.readouterr()
    given = ["compare", str(folder), str(work / "net.onnx"), "--dataset", str(work / "pictures")]
    assert cli.main([*given, "--quiet", "--json", "--images", "1"]) == exit_codes.OK
    document = json.loads(capsys.readouterr().out)
    assert document["unmapped"] == []
    assert document["read"] == {"entire": len(order) - 1, "individual": len(order) - 2}
    assert not any(row["disagree"] for row in document["rows"])
    for row in document["rows"]:
        assert row["toolkit_cosine"] == pytest.approx(row["rkviz_cosine"], abs=1e-6)
    assert cli.main([*given, "--quiet", "--json", "--images", "1", "--tensors"]) == exit_codes.OK
    document = json.loads(capsys.readouterr().out)
    assert document["picture"].endswith("0.png")
    assert {row["part"] for row in document["compared_tensors"]} == {
        "float", "entire", "individual",
    }  # fmt: skip
    codes = [row for row in document["compared_tensors"] if row["part"] != "float"]
    assert {row["codes_apart"] for row in codes} == {0}
    assert cli.main([*given, "--quiet", "--tensors", "--picture", "2", "--only"]) == exit_codes.OK
    out = capsys.readouterr().out
    assert "codes  apart" in out
    assert cli.main([*given, "--quiet", "--tensors", "--picture", "9"]) == exit_codes.ERROR
    assert "no picture number 9; the dataset has 3" in capsys.readouterr().err
    assert run(work, "accuracy-analysis", *options, "--parts", "fp_32") == exit_codes.ERROR
    assert "did you mean 'fp32'" in capsys.readouterr().err


def test_report_is_one_html_file(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(work, "report", "--json", "-o", str(work / "r.html")) == exit_codes.OK
    assert json.loads(capsys.readouterr().out)["written"] == str(work / "r.html")
    page = (work / "r.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype")
    assert "Estimate, ±12 %" in page


def test_no_qt_is_imported(work: Path) -> None:
    script = (
        "import sys; from rkviz import cli\n"
        f"code = cli.main(['analyze', {str(work / 'net.onnx')!r}, '--quiet', "
        f"'--dataset', {str(work / 'pictures')!r}])\n"
        "found = [name for name in sys.modules if name.startswith(('PySide6', 'pyqtgraph'))]\n"
        "sys.exit(code or len(found))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, stdout=-1).returncode == 0
