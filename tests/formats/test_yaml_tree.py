"""YAML from strangers: every refusal tells its place; nothing grows or runs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rkviz.errors import FormatError
from rkviz.formats.yaml_tree import Scalar, Tree, parse_yaml, plain


def read(text: str) -> object:
    return plain(parse_yaml(text, "a.cfg"))


def refusal(text: str) -> str:
    with pytest.raises(FormatError) as caught:
        parse_yaml(text, "a.cfg")
    return caught.value.message


def test_block_and_flow_quoted_and_not() -> None:
    block = "a:\n    b: 1\n    'c d': x\nlist:\n-   1\n- 2\n"
    flow = "{a: {'b': 1, \"c d\": x}, list: [1, 2]}"
    assert read(block) == read(flow) == {"a": {"b": 1, "c d": "x"}, "list": (1, 2)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("~", None), ("null", None), ("true", True), ("False", False), ("12", 12), ("-3", -3),
        ("1.5", 1.5), ("5.767e-05", 5.767e-05), ("1e-05", 1e-05), (".5", 0.5),
        ("'null'", "null"), ('"1"', "1"), ("yes", "yes"), ("0x10", "0x10"), (".inf", ".inf"),
        ("1e999", "1e999"), ("9" * 50, "9" * 50),
    ],
)  # fmt: skip
def test_words_and_numbers_follow_yaml_1_2(text: str, value: object) -> None:
    assert read(f"a: {text}") == {"a": value}


@pytest.mark.parametrize(
    "head", ["%YAML 1.2\n---\n", "%YAML 1.2\n", "%YAML 1.1\n---\n", "---\n", "\ufeff%YAML 1.2\n"]
)
def test_every_head_is_read(head: str) -> None:
    assert read(head + "# comment\na: 1\n") == {"a": 1}


def test_windows_line_ends() -> None:
    assert read("%YAML 1.2\r\n---\r\na:\r\n    b: 1\r\n") == {"a": {"b": 1}}


@pytest.mark.parametrize("text", ["", "---\n", "# only a comment\n", "%YAML 1.2\n---\n"])
def test_nothing_is_nothing(text: str) -> None:
    assert read(text) is None


def test_duplicate_names_tell_both_lines() -> None:
    message = refusal("a:\n    b: 1\n    c: 2\n    b: 3\n")
    assert (
        message
        == "a.cfg, line 4, column 5: 'b' is there twice, first in line 2; keep one of the two."
    )
    assert refusal("{b: 1, 'b': 2}").startswith("a.cfg, line 1, column 8: 'b' is there twice")


def test_tabs_as_indentation() -> None:
    assert refusal("a:\n\tb: 1\n").startswith(
        "a.cfg, line 2, column 1: the line is indented with a tab"
    )
    assert refusal("a:\n    b:\n    \tc: 1\n").startswith("a.cfg, line 3, column 5: ")
    assert "line 2, column 3: this is not YAML (a tab" in refusal("a: 1\nb:\t2\n")
    assert read("a: 1 # a\ttab\n") == {"a": 1}


def test_a_forgotten_space_is_explained() -> None:
    message = refusal("names:\n    c1:float16\n    c2: float32\n")
    assert "a.cfg, line 3" in message
    assert "write 'c1: float16' in line 2" in message


def test_an_unquoted_at_sign_is_explained() -> None:
    assert "put the name in line 2 into quotes" in refusal("a:\n    @conv:out0: 1\n")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: &x [1]\nb: *x\n", "line 1, column 4: anchors"),
        ("a: *x\n", "line 1, column 4: anchors"),
        ("a: !!python/object/apply:os.system ['true']\n", "line 1, column 4: tags"),
        ("a: !thing 1\n", "line 1, column 4: tags"),
        ("a: 1\n---\nb: 2\n", "a second document"),
        ("? [1]\n: 2\n", "a name is expected"),
        ("a: [1\n", "this is not YAML"),
        ("a: 'x\n", "this is not YAML"),
        ("a: \x00\n", "line 1"),
        ("b: 1\na: \x01\n", "line 2"),
        ('a: "\\U00110000"\n', "this is not YAML"),
        ("- 1\na: 2\n", "line 2"),
    ],
)
def test_refusals_tell_their_place(text: str, what: str) -> None:
    message = refusal(text)
    assert message.startswith("a.cfg, line ")
    assert what in message


def test_entries_that_are_taken_are_not_in_the_tree() -> None:
    taken: list[tuple[str, str, object]] = []

    def take(table: Scalar, name: Scalar, value: Tree) -> bool:
        taken.append((table.text, name.text, plain(value)))
        return table.text == "a"

    text = "a: {x: 1, y: {z: [2]}}\nb:\n    x: 1\nc: [{x: 3}]\n"
    left = plain(parse_yaml(text, "a.cfg", take))
    assert left == {"a": {}, "b": {"x": 1}, "c": ({"x": 3},)}
    assert taken == [("a", "x", 1), ("a", "y", {"z": (2,)}), ("b", "x", 1)]
    with pytest.raises(FormatError, match="line 1, column 11: 'x' is there twice"):
        parse_yaml("a: {x: 1, x: 2}", "a.cfg", take)


DOUBLING = "".join(
    f"{name}: &{name} [*{before}, *{before}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 50_000,
        "".join(" " * depth + "a:\n" for depth in range(1000)),
        "- " * 50_000,
        "a: &a [x]\n" + DOUBLING,
    ],
    ids=["lists", "tables", "blocks", "dashes", "aliases"],
)
def test_bombs_are_refused_at_once(text: str) -> None:
    assert refusal(text).startswith("a.cfg, line ")


@settings(max_examples=400)
@given(st.text("ab:-'\"[]{},&*!|>%#@?~ \n\t\r\\\0\x85\ufeff0é", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_yaml(text, "a.cfg")
    except FormatError as error:
        assert error.message.startswith("a.cfg, line ")  # noqa: PT017
