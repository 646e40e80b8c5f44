"""What the plan says of layers that do not run on the NPU, in the user's language."""

from __future__ import annotations

import re

from rkviz.gui.language import current_language

_CHINESE: tuple[tuple[str, str], ...] = (
    (r"(?s)(.*): it is computed in float here, and on the board its CPU has to do it\.",
     "{0}：这里以浮点计算，在板上须由 CPU 完成。"),
    (r"Not run: it stands behind '(.*)', which cannot be run\.", "它位于无法运行的 {0} 之后。"),
    (r"Operator '(.*)' of the \.rknn file is not known to rkviz and cannot be run\.",
     "rkviz 不认识 .rknn 文件中的算子 {0}，无法运行。"),
    (r"Operator '(.*)' is not known to rkviz and cannot be run; the NPU does not have it either: "
     r"replace it, or compute it on the board's CPU\.",
     "rkviz 不认识算子 {0}，无法运行；NPU 也没有该算子：请替换它，或在板上由 CPU 计算。"),
    (r"(\S+) gives indices", "{0} 的结果是下标"),
    (r"The NPU does not have operator '(.*)'", "NPU 没有算子 {0}"),
    (r"The NPU gives only the first result of (.*)", "NPU 只给出 {0} 的第一个结果"),
    (r"(\S+) computes (\S+) numbers here, which the NPU does not",
     "{0} 在这里计算 {1} 类型的数，NPU 不支持"),
    (r"The size of what (\S+) computes is known only at run time", "{0} 结果的大小在运行时才知道"),
    (r"(\S+) gets its (\S+) only at run time, the NPU needs them constant",
     "{0} 的 {1} 在运行时才给出，而 NPU 要求为常量"),
    (r"The NPU has (\S+) over one or two axes, not over three",
     "NPU 的 {0} 只支持一维或二维，不支持三维"),
    (r"(\S+) gets its weights or biases only at run time", "{0} 的权重或偏置在运行时才给出"),
    (r"The NPU has Pow only with one constant number as exponent",
     "NPU 的 Pow 只支持一个常数作为指数"),
    (r"(\S+) gets its (indices|axis) only at run time", "{0} 的 {1} 在运行时才给出"),
    (r"The NPU has no Pad of mode '(.*)'", "NPU 不支持 {0} 模式的 Pad"),
    (r"The NPU has (\S+) only for tensors of four axes", "NPU 的 {0} 只支持四维张量"),
    (r"The NPU has no Resize of mode '(.*)' with coordinates '(.*)'",
     "NPU 不支持 {0} 模式、{1} 坐标的 Resize"),
    (r"The NPU has no Resize with antialiasing", "NPU 不支持抗锯齿的 Resize"),
    (r"The NPU resizes rows and columns only", "NPU 只能缩放行和列"),
    (r"The toolkit has (\S+) for a batch of 1 only, this one has (\S+)",
     "工具链的 {0} 只支持批大小为 1，这里为 {1}"),
    (r"The NPU has no (\S+) with (.*)", "NPU 不支持带 {1} 的 {0}"),
)  # fmt: skip
"""Sentence or half of one, as a pattern -> the same in Chinese, {n} the parts in brackets."""
_PATTERNS = tuple((re.compile(english), chinese) for english, chinese in _CHINESE)


def note_words(note: str) -> str:
    """`note` (Step.note, QuantPlan.skipped) in the language of the window; English where it is
    a sentence nobody translated."""
    return _chinese(note) if current_language() == "zh_CN" else note


def _chinese(note: str) -> str:
    for pattern, text in _PATTERNS:
        found = pattern.fullmatch(note)
        if found is not None:
            parts = found.groups()
            if parts and " " in parts[0]:  # the reason, in front of what follows from it
                parts = (_chinese(parts[0]), *parts[1:])
            return text.format(*parts)
    return note
