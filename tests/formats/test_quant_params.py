"""The parameters toolkit 1.7.5 exports: read as it writes them, written so that they are read."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.errors import FormatError
from rkviz.formats.quant_params import (
    QuantParamFile,
    TensorParams,
    parse_quant_params,
    quant_params_from_plan,
    quant_params_text,
    read_quant_params,
    write_quant_params,
)
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

SAMPLE = """\
%YAML 1.2
model_name: MobilenetV1A
quant_params:
    input_0:
        qtype: asymmetric_affine
        dtype: u8
        scale: 0.007843137718737125
        zero_point: 127
    Predictions/Reshape_1_58_59:
        qtype: none
        dtype: fp16
    Conv2d_0/Relu6_1:out0:
        op: VSI_NN_OP_CONV2D
        qtype: dynamic_fixed_point
        dtype: i16
        fl: 12
        seen: [1]
"""


def plan_of(config: HybridConfig) -> QuantPlan:
    """x -> a (conv) -> b (conv) with b.relu in the same operation."""
    sketch = Sketch()
    sketch.add("b.relu", "Relu", sketch.conv("b", sketch.conv("a", "x", 1), 2))
    graph = sketch.graph("b.relu")
    return build_plan(graph, stats_of(graph), config, target_named("rv1126"))


def test_a_file_as_the_toolkit_writes_it() -> None:
    file = parse_quant_params(SAMPLE, "x.yml")
    assert file == QuantParamFile(
        "MobilenetV1A",
        {
            "input_0": TensorParams("asymmetric_affine", "u8", 0.007843137718737125, 127),
            "Predictions/Reshape_1_58_59": TensorParams(None, "fp16"),
            "Conv2d_0/Relu6_1:out0": TensorParams(
                "dynamic_fixed_point", "i16", fl=12, op="VSI_NN_OP_CONV2D", extra={"seen": (1,)}
            ),
        },
    )
    assert parse_quant_params(quant_params_text(file), "x.yml") == file


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
TENSORS = st.builds(
    TensorParams,
    qtype=st.sampled_from(["asymmetric_affine", "dynamic_fixed_point", None]),
    dtype=st.sampled_from(["u8", "i16", "fp16", None]),
    scale=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    zero_point=st.none() | st.integers(0, 255),
    fl=st.none() | st.integers(-300, 300),
    op=st.none() | st.just("VSI_NN_OP_ADD"),
)


@given(st.builds(QuantParamFile, NAMES, st.dictionaries(NAMES, TENSORS, max_size=3)))
def test_what_is_written_is_read(file: QuantParamFile) -> None:
    assert parse_quant_params(quant_params_text(file), "x.yml") == file


class TestFromPlan:
    def test_inputs_and_outputs_alone(self) -> None:
        plan = plan_of(HybridConfig())
        file = quant_params_from_plan(plan)
        assert file.model_name == "sketch"
        assert list(file.tensors) == ["x_4", "Relu_b.relu_1"]
        params = plan.tensors["b.relu"].params
        assert file.tensors["Relu_b.relu_1"] == TensorParams(
            "asymmetric_affine", "u8", params.scale, params.zero_point
        )

    def test_every_tensor_under_the_last_layer_of_its_operation(self) -> None:
        tensors = quant_params_from_plan(plan_of(HybridConfig()), only_io=False).tensors
        assert list(tensors)[2:] == [
            f"{layer}:{port}" for layer in ("Conv_a_3", "Relu_b.relu_1")
            for port in ("out0", "in1", "in2")
        ]  # fmt: skip
        assert {entry.op for entry in list(tensors.values())[2:]} == {"VSI_NN_OP_CONV2D"}
        bias = tensors["Conv_a_3:in2"]
        assert (bias.dtype, bias.zero_point) == ("i32", 0)
        scales = tensors["x_4"].scale, tensors["Conv_a_3:in1"].scale
        assert bias.scale == pytest.approx(scales[0] * scales[1])

    def test_other_types(self) -> None:
        config = HybridConfig().with_scheme(["a"], QuantScheme.I16)
        tensors = quant_params_from_plan(
            plan_of(config.with_scheme(["b"], QuantScheme.FLOAT)), only_io=False
        ).tensors
        assert [tensors[f"Conv_a_3:{port}"].dtype for port in ("out0", "in1", "in2")] == [
            "i16", "i16", "i64",
        ]  # fmt: skip
        assert tensors["Conv_a_3:out0"].fl == 15
        assert tensors["Relu_b.relu_1:in1"] == TensorParams(None, "fp16", op="VSI_NN_OP_CONV2D")


class TestBadFiles:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "has no quant_params"),
            ("a: 1\n", "has no quant_params"),
            ("quant_params: 3\n", "must be a table"),
            ("quant_params:\n  a: {dtype: u8}\n", "line 2, column 3: 'a' has no qtype"),
            ("quant_params:\n  a: {qtype: x, scale: .inf}\n", "not a finite number"),
            ("quant_params:\n  a: {qtype: x, fl: 99999999999999999999}\n", "whole number"),
            ("quant_params: !!python/object:os.system {}\n", "tags"),
            ("quant_params: " + "[" * 500, "nested"),
        ],
    )
    def test_each_is_a_sentence_with_its_place(self, text: str, sentence: str) -> None:
        with pytest.raises(FormatError, match=r"x\.yml") as caught:
            parse_quant_params(text, "x.yml")
        assert sentence in str(caught.value)

    def test_a_file_cut_anywhere_is_read_or_refused(self) -> None:
        for length in range(len(SAMPLE)):
            with contextlib.suppress(FormatError):
                parse_quant_params(SAMPLE[:length], "x.yml")

    @given(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255))
    def test_a_flipped_byte_is_read_or_refused(self, place: int, value: int) -> None:
        data = bytearray(SAMPLE.encode())
        data[place] = value
        with contextlib.suppress(FormatError):
            parse_quant_params(data.decode("latin-1"), "x.yml")

    def test_a_huge_file(self, tmp_path: Path) -> None:
        path = tmp_path / "a.yml"
        path.write_bytes(b" " * ((8 << 20) + 1))
        with pytest.raises(FormatError, match="larger than 8 MiB"):
            read_quant_params(path)
        write_quant_params(QuantParamFile("m"), path)
        assert read_quant_params(path) == QuantParamFile("m")
