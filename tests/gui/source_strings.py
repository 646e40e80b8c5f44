"""Finds every string the window shows, by reading its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import rkviz.gui

PACKAGE = Path(rkviz.gui.__file__).parent
_EXPLICIT = {"translate", "QT_TRANSLATE_NOOP"}


def source_strings() -> set[tuple[str, str]]:
    """(context, text) of every literal given to tr, translate or QT_TRANSLATE_NOOP."""
    found: set[tuple[str, str]] = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found.update(_strings_of(tree, "", _constants(tree)))
    return found


def _constants(tree: ast.Module) -> dict[str, str]:
    """Names a module gives to texts, such as its context."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def _strings_of(
    node: ast.AST, owner: str, constants: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.ClassDef):
        owner = node.name
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = name or (node.func.id if isinstance(node.func, ast.Name) else "")
        words = [_text(argument, constants) for argument in node.args]
        if name == "tr" and words[0] is not None:
            yield owner, words[0]
        elif name in _EXPLICIT and len(words) == 2 and None not in words:
            yield words[0], words[1]
    for child in ast.iter_child_nodes(node):
        yield from _strings_of(child, owner, constants)


def _text(node: ast.expr, constants: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return constants.get(node.id) if isinstance(node, ast.Name) else None
