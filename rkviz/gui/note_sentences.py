"""What plan and repairs say besides their results, with the Chinese beside it."""

from __future__ import annotations

NOTES: tuple[tuple[str, str], ...] = (
    ("{}: it is computed in float here, and on the board its CPU has to do it.",
     "{0}：这里以浮点计算，在板上须由 CPU 完成。"),
    ("Not run: it stands behind {}, which cannot be run.", "它位于无法运行的 {0} 之后。"),
    ("Operator {} of the .rknn file is not known to rkviz and cannot be run.",
     "rkviz 不认识 .rknn 文件中的算子 {0}，无法运行。"),
    ("Operator {} is not known to rkviz and cannot be run; the NPU does not have it either: "
     "replace it, or compute it on the board's CPU.",
     "rkviz 不认识算子 {0}，无法运行；NPU 也没有该算子：请替换它，或在板上由 CPU 计算。"),
    ("{} gives indices", "{0} 的结果是下标"),
    ("The NPU does not have operator {}", "NPU 没有算子 {0}"),
    ("The NPU gives only the first result of {}", "NPU 只给出 {0} 的第一个结果"),
    ("{} computes {} numbers here, which the NPU does not",
     "{0} 在这里计算 {1} 类型的数，NPU 不支持"),
    ("The size of what {} computes is known only at run time", "{0} 结果的大小在运行时才知道"),
    ("{} gets its {} only at run time, the NPU needs them constant",
     "{0} 的 {1} 在运行时才给出，而 NPU 要求为常量"),
    ("{} gets its weights or biases only at run time", "{0} 的权重或偏置在运行时才给出"),
    ("Gather gets its indices only at run time", "Gather 的下标在运行时才给出"),
    ("CumSum gets its axis only at run time", "CumSum 的轴在运行时才给出"),
    ("The NPU has {} over one or two axes, not over three",
     "NPU 的 {0} 只支持一维或二维，不支持三维"),
    ("The NPU has Pow only with one constant number as exponent",
     "NPU 的 Pow 只支持一个常数作为指数"),
    ("The NPU has no Pad of mode {}", "NPU 不支持 {0} 模式的 Pad"),
    ("The NPU has {} only for tensors of four axes", "NPU 的 {0} 只支持四维张量"),
    ("The NPU has no Resize of mode {} with coordinates {}",
     "NPU 不支持 {0} 模式、{1} 坐标的 Resize"),
    ("The NPU has no Resize with antialiasing", "NPU 不支持抗锯齿的 Resize"),
    ("The NPU resizes rows and columns only", "NPU 只能缩放行和列"),
    ("The toolkit has {} for a batch of 1 only, this one has {}",
     "工具链的 {0} 只支持批大小为 1，这里为 {1}"),
    ("The NPU has no {} with {}", "NPU 不支持带 {1} 的 {0}"),
    ("Equalization found no two layers whose channels it can scale.",
     "均衡没有找到可以缩放通道的相邻两层。"),
    ("Equalization was left out: pictures outside the calibration reach the clips of relu6 where "
     "it would move them.",
     "未做均衡：校准之外的图片会达到 relu6 的截断值，而均衡会移动它。"),
    ("Equalization was left out: the float outputs hold NaN or infinity.",
     "未做均衡：浮点输出含有 NaN 或无穷大。"),
    ("Equalization was left out: it would change the float outputs ({} dB).",
     "未做均衡：它会改变浮点输出（{0} dB）。"),
    ("{} judging picture(s) also calibrate: left out.", "{0} 张评估图片也用于校准，已排除。"),
    ("Only {} picture(s) judged the repairs: the figures say little; leave at least {} out of the "
     "calibration.", "只有 {0} 张图片参与评估，数字说明不了什么；请至少留出 {1} 张不参与校准。"),
    ("The float outputs hold NaN or infinity: nothing can be compared with them.",
     "浮点输出含有 NaN 或无穷大，无法与之比较。"),
)  # fmt: skip
"""Sentence or half of one with {} for what is filled in; the more special ones first."""
