"""The script for the vendor's toolkit: one file that says what this project does."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rkviz import exchange, pipeline
from rkviz.calibrate.preprocess import Fit, InputSettings
from rkviz.errors import FormatError
from rkviz.formats.toolkit_script import IMPORT_LINE, toolkit_script
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.project import Project
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.range_method import RangeMethod
from tests import models
from tests.pictures import save_pictures


@pytest.fixture
def project(tmp_path: Path) -> Project:
    model = models.save(models.detector_with_concat(), tmp_path / "it's a net.onnx")
    return Project(model, (save_pictures(tmp_path / "pictures", 2),))


def script_of(project: Project) -> str:
    results = pipeline.run(project, until="quantize")
    assert results.plan is not None
    assert results.dataset is not None
    return toolkit_script(
        results.plan,
        project.config,
        model=project.model,
        settings={name: project.settings_for(name) for name in results.plan.graph.inputs},
        samples=[sample.files for sample in results.dataset.samples],
        target=project.target,
    )


def constants_in(script: str) -> dict[str, Any]:
    """The literals at the top of `script`, which must be a whole Python program."""
    compile(script, "convert.py", "exec")
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(script, feature_version=(3, 7)).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and not isinstance(node.value, ast.Call)
    }


def test_everything_of_the_project_stands_in_it(project: Project) -> None:
    settings = InputSettings((127.5,), (128.0,), (2, 1, 0))
    script = script_of(replace(project, inputs={"": settings}, target="rv1109"))
    found = constants_in(script)
    assert IMPORT_LINE in script.splitlines()
    assert found["MODEL"] == project.model.as_posix()
    assert found["INPUTS"] == ["images"]
    assert found["INPUT_SIZES"] == [[3, 16, 16]]
    assert found["CONFIG"] == {
        "mean_values": [[127.5] * 3],
        "std_values": [[128.0] * 3],
        "reorder_channel": "2 1 0",
        "quantized_dtype": "asymmetric_quantized-u8",
        "target_platform": ["rv1109"],
    }
    assert found["QUANTIZE"] is True
    assert [Path(row[0]).name for row in found["SAMPLES"]] == ["picture0.png", "picture1.png"]
    assert found["TYPES"] == found["PARAMETERS"] == {}
    assert found["NOTES"] == []


def test_layers_are_named_as_the_toolkit_does_without_ids(project: Project) -> None:
    config = project.config.with_scheme(["deep"], QuantScheme.I16)
    config = config.with_override("head_fine", LayerConfig(range=(-2.0, 3.0)))
    found = constants_in(script_of(replace(project, config=config)))
    assert found["TYPES"] == {
        "Conv_deep": "dynamic_fixed_point-i16",
        "Relu_deep_relu": "dynamic_fixed_point-i16",
    }
    assert found["PARAMETERS"]["Conv_head_fine:out0"][:6] == [
        "dtype: asymmetric_affine",
        "method: layer",
        "max_value:",
        "-   3.0",
        "min_value:",
        "-   -2.0",
    ]


@pytest.mark.parametrize("method", ["kl_divergence", "mmse"])
def test_an_algorithm_of_the_toolkit_is_left_to_it(project: Project, method: str) -> None:
    config = HybridConfig(range_method=RangeMethod.parse(method))
    found = constants_in(script_of(replace(project, config=config)))
    assert found["CONFIG"]["quantized_algorithm"] == method
    assert found["PARAMETERS"] == {}
    assert f"no formula of {method}" in found["NOTES"][0]


def test_ranges_the_toolkit_cannot_choose_are_given_as_parameters(project: Project) -> None:
    config = HybridConfig(range_method=RangeMethod.parse("percentile:99"))
    found = constants_in(script_of(replace(project, config=config)))
    assert "quantized_algorithm" not in found["CONFIG"]
    assert {"images:out0", "Conv_stem:out0", "Conv_deep:out0"} <= {
        key.removeprefix("Input_") for key in found["PARAMETERS"]
    }
    config = HybridConfig().with_range_method(["deep"], RangeMethod.parse("mmse"))
    config = config.with_weights_method(["deep"], RangeMethod.parse("kl_divergence"))
    found = constants_in(script_of(replace(project, config=config)))
    assert "quantized_algorithm" not in found["CONFIG"]
    assert {"Conv_deep:out0", "Relu_deep_relu:out0", "Concat_concat:out0"} <= set(
        found["PARAMETERS"]
    )
    assert [key for key in found["PARAMETERS"] if ":weight" in key] == ["Conv_deep:weight"]


def test_parameters_of_a_constant_operand_stand_at_its_own_name(
    project: Project, tmp_path: Path
) -> None:
    b = models.Builder()
    factor = b.constant("factor", np.linspace(-1, 2, 16, dtype=np.float32))
    b.output(b.node("Mul", [b.conv(b.input(), "stem", 3, 3), factor], "scaled"))
    given = LayerConfig(weights_params=QuantParams.affine(0.125, 9))
    config = HybridConfig().with_override("scaled", given)
    model = models.save(b.model(), tmp_path / "scaled.onnx")
    found = constants_in(script_of(replace(project, model=model, config=config)))
    lines = found["PARAMETERS"].pop("Initializer_factor:out0")
    assert found["PARAMETERS"] == {}
    assert [line for line in lines if "0.125" in line or line.endswith(" 9")] != []


@pytest.mark.parametrize(
    ("default", "single", "quantize", "dtype"),
    [
        (QuantScheme.FLOAT, None, False, None),
        (QuantScheme.I8, None, True, "dynamic_fixed_point-i8"),
        (QuantScheme.FLOAT, QuantScheme.I16, True, "dynamic_fixed_point-i16"),
    ],
)
def test_the_type_of_all_layers(
    project: Project,
    default: QuantScheme,
    single: QuantScheme | None,
    quantize: bool,
    dtype: str | None,
) -> None:
    config = HybridConfig(default)
    if single is not None:
        config = config.with_scheme(["deep"], single)
    found = constants_in(script_of(replace(project, config=config)))
    assert found["QUANTIZE"] is quantize
    assert found["CONFIG"].get("quantized_dtype") == dtype
    # Where the toolkit has no float default, every other layer is named.
    floats = [name for name, kind in found["TYPES"].items() if kind == "float32"]
    assert ("Conv_stem" in floats) is (single is not None)


def test_what_the_toolkit_will_do_otherwise_is_said(project: Project, tmp_path: Path) -> None:
    spaced = save_pictures(tmp_path / "my pictures", 1)
    settings = InputSettings(fit=Fit.LETTERBOX)
    notes = constants_in(script_of(replace(project, dataset=(spaced,), inputs={"": settings})))
    stretch, space = notes["NOTES"]
    assert "letterbox" in stretch
    assert "picture0.png" in space


def test_names_of_a_stranger_stay_names(tmp_path: Path) -> None:
    b = models.Builder('"""\nimport os')
    b.output(b.conv(b.input("x'); print('"), 'a"""\nb', 3, 4))
    model = models.save(b.model(), tmp_path / "net.onnx")
    config = HybridConfig().with_scheme(['a"""\nb'], QuantScheme.I16)
    found = constants_in(
        script_of(Project(model, (save_pictures(tmp_path / "p", 1),), config=config))
    )
    assert found["INPUTS"] == ["x'); print('"]
    assert list(found["TYPES"]) == ['Conv_a"""\nb']


def test_a_model_that_is_already_converted_is_refused(project: Project) -> None:
    plan = pipeline.run(project, until="quantize").plan
    assert plan is not None
    settings = {"images": InputSettings()}
    with pytest.raises(FormatError, match="ONNX model it came from"):
        toolkit_script(
            plan,
            project.config,
            model=Path("net.RKNN"),
            settings=settings,
            samples=[],
            target="rv1126",
        )


def test_a_place_that_cannot_be_written_is_a_sentence(project: Project, tmp_path: Path) -> None:
    results = pipeline.run(project, until="quantize")
    with pytest.raises(FormatError, match="folder does not exist"):
        exchange.export_script(project, results, tmp_path / "nowhere" / "convert.py")
