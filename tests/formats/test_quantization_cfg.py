"""The toolkit's hybrid configuration: every spelling seen is read, one layout is written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.errors import ConfigError, FormatError
from rkviz.formats.quantization_cfg import (
    CfgFile,
    CfgTensor,
    cfg_from_plan,
    cfg_text,
    parse_cfg,
    read_cfg,
    read_cfg_text,
    write_cfg,
    write_cfg_text,
)
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

WEIGHT = CfgTensor(
    "asymmetric_affine", "layer", -0.23170341551303864, 0.19608229398727417, 138,
    0.001677591004408896, qtype="u8",
)  # fmt: skip
BIAS = CfgTensor(
    "asymmetric_affine", "layer", zero_point=0, scale=5.767133552581071e-05, qtype="i32"
)
WIDE = CfgTensor("dynamic_fixed_point", "layer", -3.0, 2.5, fl=13, qtype="i16")
EXAMPLE = CfgFile(
    {"Conv_/newCnn/Conv_3": QuantScheme.FLOAT, "Conv_卷积 2_14": QuantScheme.I16},
    {
        "@Conv_/feature/Conv_23:weight": WEIGHT,
        "@Conv_/feature/Conv_23:bias": BIAS,
        "@Conv_卷积 2_14:out0": WIDE,
        "@Conv_/newCnn/Conv_3:out0": CfgTensor(),
    },
)
GOLDEN = """\
%YAML 1.2
---
# layer name: type it runs in, where that is not the type of all the others
customized_quantize_layers:
    "Conv_/newCnn/Conv_3": float32
    "Conv_卷积 2_14": dynamic_fixed_point-i16
quantize_parameters:
    '@Conv_/feature/Conv_23:weight':
        dtype: asymmetric_affine
        method: layer
        max_value:
        -   0.19608229398727417
        min_value:
        -   -0.23170341551303864
        zero_point:
        -   138
        scale:
        -   0.001677591004408896
        qtype: u8
    '@Conv_/feature/Conv_23:bias':
        dtype: asymmetric_affine
        method: layer
        max_value:
        min_value:
        zero_point:
        -   0
        scale:
        -   5.767133552581071e-05
        qtype: i32
    '@Conv_卷积 2_14:out0':
        dtype: dynamic_fixed_point
        method: layer
        max_value:
        -   2.5
        min_value:
        -   -3.0
        fl:
        -   13
        qtype: i16
    '@Conv_/newCnn/Conv_3:out0':
        dtype: None
"""
HEAD = "%YAML 1.2\n---\n"
ENTRY = "quantize_parameters:\n    '@a:out0':\n        dtype: asymmetric_affine\n"


class TestText:
    def test_the_layout_is_the_toolkits(self) -> None:
        assert cfg_text(EXAMPLE) == GOLDEN
        assert parse_cfg(GOLDEN, "x.cfg") == EXAMPLE

    def test_nothing_customised_is_an_empty_table(self) -> None:
        text = cfg_text(CfgFile())
        assert text.splitlines()[3:] == [
            "customized_quantize_layers: {}",
            "quantize_parameters: {}",
        ]
        assert parse_cfg(text, "x.cfg") == CfgFile()

    def test_names_too_long_for_yaml_are_refused(self) -> None:
        with pytest.raises(FormatError, match="rename the layer"):
            cfg_text(CfgFile({"x" * 2000: QuantScheme.I8}))

    def test_files_with_spaces_and_chinese_names(self, tmp_path: Path) -> None:
        path = tmp_path / "量化 配置" / "网络.quantization.cfg"
        with pytest.raises(FormatError, match="its folder does not exist"):
            write_cfg(EXAMPLE, path)
        path.parent.mkdir()
        write_cfg(EXAMPLE, path)
        assert path.read_bytes() == GOLDEN.encode()
        assert read_cfg(path) == EXAMPLE


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
REALS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
WHOLES = st.none() | st.integers(-(2**31), 2**31)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | NAMES | REALS,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=6,
)
KNOWN = {"dtype", "method", "max_value", "min_value", "zero_point", "scale", "fl", "qtype"}
TENSORS = st.builds(
    CfgTensor,
    dtype=st.sampled_from(["asymmetric_affine", "dynamic_fixed_point", None, "None"]) | NAMES,
    method=st.sampled_from(["layer", None]) | NAMES,
    low=REALS,
    high=REALS,
    zero_point=WHOLES,
    scale=REALS,
    fl=WHOLES,
    qtype=st.sampled_from(["u8", "i8", "i16", "i32", "i64", None]) | NAMES,
    extra=st.dictionaries(NAMES.filter(lambda name: name not in KNOWN), PLAIN, max_size=2),
)
TOP = {"customized_quantize_layers", "quantize_parameters"}
FILES = st.builds(
    CfgFile,
    st.dictionaries(NAMES, st.sampled_from(QuantScheme), max_size=4),
    st.dictionaries(NAMES, TENSORS, max_size=3),
    st.dictionaries(NAMES.filter(lambda name: name not in TOP), PLAIN, max_size=2),
)


@given(FILES)
def test_what_is_written_is_read(cfg: CfgFile) -> None:
    assert parse_cfg(cfg_text(cfg), "x.cfg") == cfg


class TestSpellings:
    @pytest.mark.parametrize(
        "layers",
        [
            'customized_quantize_layers:\n    "c 1": float32\n    c2: dynamic_fixed_point-i16\n',
            "customized_quantize_layers: {'c 1': float32, c2: dynamic_fixed_point-i16}\n",
            'customized_quantize_layers: \n  c 1: float32\n  c2: "dynamic_fixed_point-16"\n\n',
        ],
    )
    def test_tables_of_layers(self, layers: str) -> None:
        expected = {"c 1": QuantScheme.FLOAT, "c2": QuantScheme.I16}
        assert parse_cfg(HEAD + layers, "x.cfg").customized == expected

    @pytest.mark.parametrize("empty", ["", " {}", " ~", " []", " null"])
    def test_empty_tables(self, empty: str) -> None:
        text = f"customized_quantize_layers:{empty}\nquantize_parameters:{empty}\n"
        assert parse_cfg(text, "x.cfg") == CfgFile()

    @pytest.mark.parametrize(
        "written", [" 3", " [3]", " 3.0", "\n        - 3", "\n        -   3", "\n            - 3"]
    )
    def test_numbers_alone_or_in_a_list(self, written: str) -> None:
        text = f"{ENTRY}        zero_point:{written}\n"
        assert parse_cfg(text, "x.cfg").parameters["@a:out0"].zero_point == 3

    @pytest.mark.parametrize("nothing", ["", " []", " ~", "\n        - null"])
    def test_a_bias_has_no_range(self, nothing: str) -> None:
        text = f"{ENTRY}        max_value:{nothing}\n"
        assert parse_cfg(text, "x.cfg").parameters["@a:out0"].high is None

    @pytest.mark.parametrize("dtype", ["None", "none", "~", ""])
    def test_a_tensor_that_stays_float(self, dtype: str) -> None:
        text = f"quantize_parameters:\n    '@a:out0':\n        dtype: {dtype}\n"
        assert parse_cfg(text, "x.cfg").parameters == {"@a:out0": CfgTensor()}

    def test_old_spellings_of_types(self) -> None:
        text = "customized_quantize_layers: {a: dynamic_fixed_point-8, b: asymmetric_quantized-u8}"
        assert parse_cfg(text, "x.cfg").customized == {"a": QuantScheme.I8, "b": QuantScheme.U8}

    def test_unknown_fields_are_kept(self) -> None:
        text = f"version: '1.7'\n{ENTRY}        seen: [1, x]\n"
        cfg = parse_cfg(text, "x.cfg")
        assert cfg.extra == {"version": "1.7"}
        assert cfg.parameters["@a:out0"].extra == {"seen": (1, "x")}


class TestRefusals:
    def test_all_unknown_types_are_told_at_once_with_those_allowed(self) -> None:
        text = "customized_quantize_layers:\n    a: float16\n    b: dynamic_fixed-i16\n    c: [1]\n"
        with pytest.raises(FormatError, match=r"x\.cfg: 3 value\(s\) cannot be used") as caught:
            parse_cfg(text, "x.cfg")
        assert caught.value.details[0].startswith(
            "line 2, column 8: layer 'a' has the unknown type 'float16' (did you mean 'float32'"
        )
        assert "'dynamic_fixed_point-i16'" in caught.value.details[1]
        assert all("choose one of asymmetric_affine-u8, " in line for line in caught.value.details)

    @pytest.mark.parametrize(
        ("field", "sentence"),
        [
            ("zero_point: 1.5", "zero_point 1.5 is not a whole number"),
            ("zero_point: 99999999999999999999", "not a whole number"),
            ("scale: .nan", "scale '.nan' is not a finite number"),
            ("scale: 1e999", "not a finite number"),
            ("scale: [0.1, 0.2]", "scale has 2 values; the NPU has one for all channels"),
            ("scale: {a: 1}", "scale must be a single value"),
            ("qtype: [[u8]]", "must be a single value"),
        ],
    )
    def test_values_that_are_none(self, field: str, sentence: str) -> None:
        text = f"{ENTRY}        {field}\n"
        with pytest.raises(FormatError) as caught:
            parse_cfg(text, "x.cfg")
        assert caught.value.details[0].startswith("line 4, column ")
        assert sentence in caught.value.details[0]

    @pytest.mark.parametrize("text", ["", "a: 1\n", "{}", "just text", "- 1\n"])
    def test_other_files(self, text: str) -> None:
        with pytest.raises(FormatError, match=r"x\.cfg"):
            parse_cfg(text, "x.cfg")

    def test_a_forgotten_space_is_explained(self) -> None:
        text = "customized_quantize_layers:\n    c1:float16\nquantize_parameters: {}\n"
        with pytest.raises(FormatError, match=r"line 2, column 5: .*write 'c1: float16'"):
            parse_cfg(text, "x.cfg")

    def test_an_entry_without_dtype(self) -> None:
        with pytest.raises(FormatError) as caught:
            parse_cfg("quantize_parameters:\n    a:\n        scale: 1.0\n", "x.cfg")
        assert caught.value.details == ("line 2, column 5: 'a' has no dtype; add it.",)

    def test_a_huge_file(self, tmp_path: Path) -> None:
        path = tmp_path / "x.cfg"
        path.write_bytes(b" " * ((8 << 20) + 1))
        with pytest.raises(FormatError, match="larger than 8 MiB"):
            read_cfg(path)


class TestFromPlan:
    """x -> a (conv) -> b (conv) with b.relu in the same operation."""

    def plan(self, config: HybridConfig) -> QuantPlan:
        sketch = Sketch()
        sketch.add("b.relu", "Relu", sketch.conv("b", sketch.conv("a", "x", 1), 2))
        graph = sketch.graph("b.relu")
        stats = stats_of(graph, b=(-4.0, 2.0), **{"b.relu": (0.0, 2.0)})
        return build_plan(graph, stats, config, target_named("rv1126"))

    def names(self, plan: QuantPlan) -> dict[str, str]:
        return {node.name: f"{node.op}_{node.name}_{i}" for i, node in enumerate(plan.graph.nodes)}

    def cfg(self, config: HybridConfig) -> tuple[CfgFile, QuantPlan]:
        plan = self.plan(config)
        return cfg_from_plan(plan, config, self.names(plan)), plan

    def test_every_tensor_has_an_entry_and_nothing_is_customised(self) -> None:
        cfg, plan = self.cfg(HybridConfig())
        assert cfg.customized == {}
        assert list(cfg.parameters) == [
            "@Input_x_0:out0",
            "@Conv_a_1:out0", "@Conv_a_1:weight", "@Conv_a_1:bias",
            "@Conv_b_2:out0", "@Conv_b_2:weight", "@Conv_b_2:bias",
            "@Relu_b.relu_3:out0",
        ]  # fmt: skip
        tensor = plan.tensor_of("a")
        assert tensor is not None
        assert cfg.parameters["@Conv_a_1:out0"] == CfgTensor(
            "asymmetric_affine", "layer", -1.0, 1.0, tensor.params.zero_point, tensor.params.scale,
            qtype="u8",
        )  # fmt: skip

    def test_a_fused_relu_and_its_conv_have_the_same_entry(self) -> None:
        cfg, _ = self.cfg(HybridConfig())
        assert cfg.parameters["@Conv_b_2:out0"] == cfg.parameters["@Relu_b.relu_3:out0"]
        assert cfg.parameters["@Conv_b_2:out0"].zero_point == 0

    def test_a_bias_has_the_product_of_two_scales_and_no_range(self) -> None:
        cfg, _ = self.cfg(HybridConfig())
        data, weight = (
            cfg.parameters[f"@{name}"] for name in ("Input_x_0:out0", "Conv_a_1:weight")
        )
        assert data.scale is not None
        assert weight.scale is not None
        assert cfg.parameters["@Conv_a_1:bias"] == CfgTensor(
            "asymmetric_affine", "layer", zero_point=0, scale=data.scale * weight.scale, qtype="i32"
        )

    def test_fixed_point_layers_are_customised_and_carry_fl(self) -> None:
        cfg, plan = self.cfg(HybridConfig().with_scheme(["b"], QuantScheme.I16))
        assert cfg.customized == {"Conv_b_2": QuantScheme.I16, "Relu_b.relu_3": QuantScheme.I16}
        output, weight, bias = (
            cfg.parameters[f"@Conv_b_2:{p}"] for p in ("out0", "weight", "bias")
        )
        assert output == CfgTensor("dynamic_fixed_point", "layer", 0.0, 2.0, fl=14, qtype="i16")
        assert (weight.qtype, weight.scale, weight.zero_point) == ("i16", None, None)
        data = plan.tensors[plan.step_of["b"].inputs[0]].params
        assert data.fl is not None
        assert weight.fl is not None
        assert bias == CfgTensor(
            "dynamic_fixed_point", "layer", fl=data.fl + weight.fl, qtype="i64"
        )

    def test_eight_bit_fixed_point_as_the_default(self) -> None:
        cfg, _ = self.cfg(HybridConfig(QuantScheme.I8))
        assert cfg.customized == {}
        assert {tensor.qtype for tensor in cfg.parameters.values()} == {"i8", "i32"}

    def test_float_layers_have_only_a_dtype(self) -> None:
        cfg, _ = self.cfg(HybridConfig().with_scheme(["a"], QuantScheme.FLOAT))
        assert cfg.customized == {"Conv_a_1": QuantScheme.FLOAT}
        assert [cfg.parameters[f"@Conv_a_1:{p}"] for p in ("out0", "weight", "bias")] == [
            CfgTensor()
        ] * 3

    def test_range_and_explicit_parameters_agree(self) -> None:
        params = QuantParams.affine(0.5, 10)
        cfg, _ = self.cfg(HybridConfig(overrides={"a": LayerConfig(params=params)}))
        entry = cfg.parameters["@Conv_a_1:out0"]
        assert (entry.low, entry.high, entry.zero_point, entry.scale) == (-5.0, 122.5, 10, 0.5)

    def test_what_it_writes_is_read_back(self) -> None:
        cfg, _ = self.cfg(HybridConfig().with_scheme(["b"], QuantScheme.I16))
        assert parse_cfg(cfg_text(cfg), "x.cfg") == cfg

    def test_layers_that_cannot_run_are_left_out(self) -> None:
        sketch = Sketch()
        sketch.add("odd", "Mystery", sketch.conv("a", "x"))
        graph = sketch.graph("odd")
        stats = stats_of(graph)
        known = {name: entry for name, entry in stats.tensors.items() if name != "odd"}
        partial = type(stats)(known, 1, "partial")
        plan = build_plan(graph, partial, HybridConfig(), target_named("rv1126"))
        cfg = cfg_from_plan(plan, HybridConfig(), {"x": "x_1", "a": "a_0"})
        assert not [key for key in cfg.parameters if "odd" in key]

    def test_layers_without_a_name_are_told_at_once(self) -> None:
        plan = self.plan(HybridConfig())
        with pytest.raises(
            ConfigError, match=r"3 layer\(s\) have no name in the toolkit"
        ) as caught:
            cfg_from_plan(plan, HybridConfig(), {"x": "x_9"})
        assert caught.value.details == ("'a'", "'b'", "'b.relu'")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_changed_text_keeps_the_encoding_of_its_file(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "net.quantization.cfg"
    path.write_bytes("# 备注\r\ncustomized_quantize_layers: {}".encode(encoding))
    text, found = read_cfg_text(path)
    write_cfg_text(text.replace("{}", "{a: float32}"), path, found)
    changed = "# 备注\r\ncustomized_quantize_layers: {a: float32}"
    assert path.read_bytes() == changed.encode(encoding)
    assert read_cfg(path).customized == {"a": QuantScheme.FLOAT}
