"""A cfg that is changed by one layer differs in the lines of that layer, and in no other letter."""

import difflib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.formats.cfg_edit import update_cfg_text
from rkviz.formats.quantization_cfg import CfgFile, CfgTensor, cfg_text, parse_cfg
from rkviz.numerics import QuantScheme

STEP1 = """\
%YAML 1.2
---
# add layer name and corresponding quantized_dtype to customized_quantize_layers, e.g conv2_3: float32
customized_quantize_layers: 
    "Conv_/newCnn/Conv_3": float32   # slow
    # suggested
    Squeeze_29: dynamic_fixed_point-i16

quantize_parameters:
    '@attach_concat_1/out0_0:out0':
        dtype: asymmetric_affine
        method: layer
        max_value:
        - 10.097497940063477
        min_value:
        - -52.340476989746094
        zero_point:
        - 214
        scale:
        - 0.24485479295253754
        qtype: u8
        seen: [1, x]
    '@Conv_230:bias':
        dtype: asymmetric_affine
        method: layer
        max_value:
        min_value:
        zero_point: 0
        scale:
        -   0.00026041566161438823
        qtype: i32
"""  # noqa: E501, W291
FLOW = "customized_quantize_layers: {a: float32, 'b': float32, c: float32}\n"


def changed_lines(before: str, after: str) -> list[str]:
    """The lines that differ, each with - or + in front."""
    lines = difflib.ndiff(before.splitlines(True), after.splitlines(True))
    return [line.rstrip("\n") for line in lines if line[0] in "+-"]


def with_layers(text: str, **layers: QuantScheme | None) -> str:
    """`text` after giving layers another type, or (None) none."""
    before = parse_cfg(text, "x.cfg")
    kept = {name: kind for name, kind in (before.customized | layers).items() if kind is not None}
    after = replace(before, customized=kept)
    changed = update_cfg_text(text, before, after)
    assert parse_cfg(changed, "x.cfg") == after
    return changed


def with_tensor(text: str, name: str, **fields: object) -> str:
    before = parse_cfg(text, "x.cfg")
    entry = replace(before.parameters.get(name, CfgTensor()), **fields)
    after = replace(before, parameters={**before.parameters, name: entry})
    changed = update_cfg_text(text, before, after)
    assert parse_cfg(changed, "x.cfg") == after
    return changed


class TestLayers:
    def test_nothing_changed_is_nothing_written(self) -> None:
        assert with_layers(STEP1) == STEP1

    def test_a_new_layer_is_one_quoted_line_behind_the_others(self) -> None:
        assert changed_lines(STEP1, with_layers(STEP1, **{"Conv_/a_7": QuantScheme.I16})) == [
            '+     "Conv_/a_7": dynamic_fixed_point-i16'
        ]

    def test_another_type_keeps_quotes_and_comment(self) -> None:
        changed = with_layers(STEP1, **{"Conv_/newCnn/Conv_3": QuantScheme.I16})
        assert changed_lines(STEP1, changed)[1] == (
            '+     "Conv_/newCnn/Conv_3": dynamic_fixed_point-i16   # slow'
        )
        assert len(changed_lines(STEP1, changed)) <= 4  # with the marks of ndiff

    def test_a_layer_that_goes_takes_its_line_along(self) -> None:
        assert changed_lines(STEP1, with_layers(STEP1, Squeeze_29=None)) == [
            "-     Squeeze_29: dynamic_fixed_point-i16"
        ]

    def test_the_last_layer_leaves_an_empty_table(self) -> None:
        changed = with_layers(STEP1, **{"Squeeze_29": None, "Conv_/newCnn/Conv_3": None})
        assert "\ncustomized_quantize_layers: {} \n    # suggested\n" in changed

    @pytest.mark.parametrize("empty", [" {}", "", " ~", " []", " {}  # none yet"])
    def test_a_first_layer(self, empty: str) -> None:
        text = f"# mine\ncustomized_quantize_layers:{empty}\nquantize_parameters: {{}}\n"
        changed = with_layers(text, c=QuantScheme.FLOAT)
        assert changed.splitlines()[0] == "# mine"
        assert changed.splitlines()[2] == '    "c": float32'
        assert ("# none yet" in changed) == ("# none yet" in text)

    def test_a_cfg_without_that_table_gets_one(self) -> None:
        changed = with_layers("---\nquantize_parameters: {}\n", c=QuantScheme.FLOAT)
        assert changed == (
            '---\ncustomized_quantize_layers:\n    "c": float32\nquantize_parameters: {}\n'
        )

    @pytest.mark.parametrize("gone", ["a", "b", "c", "ab", "bc", "ac", "abc"])
    @pytest.mark.parametrize("added", [{}, {"d": QuantScheme.I8}])
    def test_tables_in_braces(self, gone: str, added: dict[str, QuantScheme]) -> None:
        changed = with_layers(FLOW, **dict.fromkeys(gone), **added)
        assert changed.count("\n") == 1
        assert ("'b': float32" in changed) == ("b" not in gone)

    def test_windows_line_ends_stay(self) -> None:
        text = STEP1.replace("\n", "\r\n")
        changed = with_layers(text, Squeeze_29=QuantScheme.FLOAT, d=QuantScheme.I16)
        assert changed.count("\n") == changed.count("\r\n") == text.count("\n") + 1

    def test_a_last_line_without_an_end(self) -> None:
        text = "customized_quantize_layers:\n  a: float32"
        assert with_layers(text, b=QuantScheme.I8) == (f'{text}\n  "b": dynamic_fixed_point-i8')

    @pytest.mark.parametrize(
        ("text", "left"),
        [
            ("{\n  a: float32,\n  b: float32,  # b\n  c: float32\n}\n",
             "{\n  b: float32,  # b\n  c: float32\n}\n"),
            ("{a: float32, # a\n  b: float32,  # b\n  c: float32\n}\n",
             "{# a\n  b: float32,  # b\n  c: float32\n}\n"),
        ],
    )  # fmt: skip
    def test_one_of_several_lines_in_braces(self, text: str, left: str) -> None:
        name = "customized_quantize_layers: "
        assert with_layers(name + text, a=None) == name + left


class TestParameters:
    def test_a_number_is_changed_where_it_stands(self) -> None:
        changed = with_tensor(STEP1, "@attach_concat_1/out0_0:out0", zero_point=7, scale=0.5)
        assert [line.split()[1:] for line in changed_lines(STEP1, changed) if line[0] == "+"] == [
            ["-", "7"],
            ["-", "0.5"],
        ]

    def test_an_entry_of_other_fields_is_written_anew_alone(self) -> None:
        changed = with_tensor(STEP1, "@Conv_230:bias", low=-1.0, high=1.0)
        first = STEP1.index("    '@Conv_230:bias'")
        assert changed.startswith(STEP1[:first])

    def test_a_new_entry_comes_last(self) -> None:
        changed = with_tensor(STEP1, "@new_1:out0", dtype="asymmetric_affine", scale=1.0)
        assert changed.startswith(STEP1)
        assert changed[len(STEP1) :].splitlines()[:2] == [
            "    '@new_1:out0':",
            "        dtype: asymmetric_affine",
        ]

    @pytest.mark.parametrize(
        "entry", ["{dtype: asymmetric_affine, scale: [0.5]}", "{dtype: None}", "{dtype: ~, fl: 3}"]
    )
    def test_entries_in_braces(self, entry: str) -> None:
        text = f"quantize_parameters: {{'@a:out0': {entry}, '@b:out0': {{dtype: None}}}}\n"
        changed = with_tensor(text, "@a:out0", dtype="asymmetric_affine", scale=2.0, qtype="u8")
        assert changed.endswith(", '@b:out0': {dtype: None}}\n")
        with_tensor(text, "@c:out0", dtype="asymmetric_affine", scale=2.0)


TYPES = st.sampled_from([None, *QuantScheme])
EDITS = st.dictionaries(st.sampled_from(["a b", "Conv_/x_1", "'", "#c", "新", "d: e"]), TYPES)
TENSORS = st.builds(
    CfgTensor,
    dtype=st.sampled_from(["asymmetric_affine", "dynamic_fixed_point", None]),
    low=st.none() | st.floats(-1e6, 1e6),
    high=st.none() | st.floats(-1e6, 1e6),
    zero_point=st.none() | st.integers(0, 255),
    qtype=st.sampled_from(["u8", "None", None]),
)
TABLES = st.dictionaries(st.sampled_from(["@a:out0", "@b c:weight", "@'d':bias"]), TENSORS)


@given(EDITS, TABLES, EDITS, TABLES)
def test_any_change_is_reached(
    layers: dict[str, QuantScheme | None],
    tensors: dict[str, CfgTensor],
    edits: dict[str, QuantScheme | None],
    retuned: dict[str, CfgTensor],
) -> None:
    before = CfgFile({name: kind for name, kind in layers.items() if kind}, tensors)
    wanted = {**before.customized, **edits}
    after = CfgFile({n: kind for n, kind in wanted.items() if kind}, {**tensors, **retuned})
    text = cfg_text(before)
    assert parse_cfg(update_cfg_text(text, before, after), "x.cfg") == after
