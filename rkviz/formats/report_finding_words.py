"""What the rules say, in Chinese, for the HTML report: patterns as in `analyse.finding_texts`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rkviz.analyse.finding import Finding
from rkviz.analyse.finding_texts import TEXTS, Text

_NUMBERED = re.compile(r"(?:anchor (\d+), )?channel (\d+)")

CHINESE: Mapping[str, Text] = {
    "drops-in-8-bits": Text(
        "厂商提示 {op} 在 8 位下可能损失精度。", "与该层使用 i16 时的单层误差比较一下。"
    ),
    "unequal-dilation": Text(
        "两个轴上的膨胀率分别为 {first:.0f} 和 {second:.0f}，工具链不支持。",
        "请在两个轴上使用相同的膨胀率。",
    ),
    "large-kernel": Text(
        "卷积核 {kernel} 大于卷积单元在该步长下支持的最大尺寸 {largest:.0f}。",
        "请用较小的卷积核组合代替；3x3 最快。",
    ),
    "ceil-mode": Text(
        "ceil_mode 使输出变大，而工具链读取 ONNX 时忽略该属性。",
        "请改为填充输入，使向下取整得到相同尺寸。",
    ),
    "division-with-broadcast": Text(
        "相除的两个张量形状不同，工具链不支持。", "请先扩展较小的操作数。"
    ),
    "division-by-constant": Text("除以形状不同的常量，工具链不支持。", "请改为乘以其倒数。"),
    "softmax-1d": Text("对只有一个轴的张量做 softmax，工具链不支持。", "请保留批次轴。"),
    "pad-value": Text(
        "填充值为 {value:g}；量化后工具链只能填充 0。", "请填充 0，或将该层设为浮点。"
    ),
    "negative-power": Text(
        "指数为 {exponent:g}；工具链不支持负指数的幂。", "请用 1 除以正指数的幂。"
    ),
    "elu-alpha": Text(
        "alpha 为 {alpha:g}；工具链只支持 alpha 为 1 的 elu。", "请改用 alpha 为 1 训练。"
    ),
    "expanded-batch": Text(
        "它把批次扩展到 {batch:.0f}；工具链只能扩展其他轴。",
        "请保持批次为 1，沿其他轴扩展。",
    ),
    "uneven-resize": Text(
        "从 {source} 缩放到 {result}；工具链只支持整数倍。",
        "请选择成整数倍的尺寸，或在板上核对结果。",
    ),
    "nearest-mode": Text(
        "nearest_mode {mode} 取的像素与芯片不同，芯片对坐标向下取整。",
        "导出时请使用 asymmetric 坐标和 nearest_mode floor。",
    ),
    "not-in-toolkit": Text(
        "芯片能够计算 {operator}，但工具链的 ONNX 算子列表中没有它。",
        "使用前请先试验工具链能否转换。",
    ),
    "unlike-ranges": Text(
        "它合并的范围相差 {ratio:.0f} 倍：与 {wide} 合并后，{narrow} 的 8 位中约只剩 "
        "{bits:.1f} 位。",
        "请在网络中缩放其中之一，让它们成为各自的输出，或使用 i16。",
    ),
    "boxes-with-scores": Text(
        "它把 0 到 1 之间的得分（{scores}）与数值可能大得多的 {others} 合并：8 位下所有得分可能"
        "变成同一个数。",
        "请在此处截断网络，使两者成为各自的输出，或让通向此处的层使用 i16 或浮点。",
    ),
    "mixed-concat": Text(
        "它的输入以不同类型计算（{types}）；曾有开发板拒绝 concat 输入参数不同的模型。",
        "请让它前面的层使用同一类型。",
    ),
    "clipped-sigmoid": Text(
        "与工具链一样，其输入从 {low:.3g} .. {high:.3g} 截断到 {to_low:.3g} .. {to_high:.3g}："
        "低于 {least:.4f} 或高于 {most:.4f} 的得分无法区分。",
        "如果这些得分重要，请让 sigmoid 及其前一层使用 i16。",
    ),
    "weight-outliers": Text(
        "最大的权重（{count:.0f} 个）达到 {largest:.3g}，其余都在 {rest:.3g} 以内：范围是所需的 "
        "{ratio:.1f} 倍。",
        "请截断或重新训练这些权重，均衡各通道，或让该层使用 i16。",
    ),
    "always-zero": Text(
        "在所有校准图片上输出都是 0，因此其他图片会饱和。",
        "请加入能激活它的图片，或手动设置其范围。",
    ),
    "raw-picture": Text(
        "第一层看到的数值为 {low:.3g} 到 {high:.3g}。",
        "除非网络就是用这样的数值训练的，否则请设置 mean 和 std。",
    ),
    "slow-float": Text(
        "它以 fp16 运行，而芯片没有 fp16 卷积单元：由着色器计算，慢得多。",
        "请先试 i16，精度几乎相同。",
    ),
    "channel-imbalance": Text(
        "各通道权重的范围相差 {ratio:.0f} 倍：{channels:.0f} 个通道中有 {starved:.0f} 个分到的"
        "量化值不足 {codes:.0f} 个。",
        "请均衡各通道、校正偏置，或让该层使用 i16。",
    ),
    "not-finite": Text(
        "有 {count:.0f} 个权重不是有限数（NaN 或无穷大）：其后的结果都没有意义。",
        "请用完好的检查点重新导出网络。",
    ),
    "bias-saturates": Text(
        "有 {count:.0f} 个偏置放不进 32 位：输入与权重的步长之积对它们来说太小。",
        "请让该层使用 i16，或查找权重接近 0 的通道。",
    ),
    "coarse-accumulator": Text(
        "累加和的一步使输出变化 {steps:.1f} 个量化值：相对输出范围，输入和权重的步长过粗。",
        "请缩小其输入或权重的范围，或让该层使用 i16。",
    ),
    "collapsed": Text(
        "所有数值都变成同一个量化值：自身范围为 {low:.3g} .. {high:.3g}，步长为 {unit:.3g}。",
        "请给它单独的范围，或使用 i16 或浮点。",
    ),
    "few-codes": Text(
        "只用到 {all:.0f} 个量化值中的 {codes:.0f} 个：自身范围为 {low:.3g} .. {high:.3g}，"
        "却被给予 {to_low:.3g} .. {to_high:.3g}。",
        "请给它单独的范围，或使用 i16。",
    ),
    "accumulator-overflow": Text(
        "累加器溢出：最大的和是 {bits:.0f} 位所能容纳的 {filling:.2f} 倍，回绕成错误的数。",
        "请使用累加器更宽的 i16，或减小权重，或减少求和的输入。",
    ),
    "accumulator-near": Text(
        "累加器距 {bits:.0f} 位溢出只差 {margin:.2f} 倍；其他图片可能会溢出。",
        "请使用累加器更宽的 i16，或减小权重，或减少求和的输入。",
    ),
    "outliers": Text(
        "范围由 {count:.0f} 个数值（占 {share:.3%}）决定：其余都在 {low:.3g} .. {high:.3g} 之内，"
        "范围窄 {ratio:.1f} 倍。",
        "请为其范围选择 percentile、mmse 或 kl_divergence，或使用 i16。",
    ),
    "one-picture": Text(
        "仅第 {picture:.0f} 张校准图片就使其范围扩大到 {ratio:.1f} 倍：在其余图片中都在 "
        "{low:.3g} .. {high:.3g} 之内。",
        "请检查这张图片是否合适；percentile、moving_average 或 mmse 可以排除它的影响。",
    ),
    "long-tail": Text(
        "大多数数值挤在少数几个量化值上：一个标准差只有 {codes:.1f} 步，而范围有 {width:.0f} 个"
        "标准差。",
        "请为其范围选择 percentile、mmse 或 kl_divergence，或使用 i16。",
    ),
    "saturated": Text(
        "有 {share:.2%} 的数值超出其范围 {low:.3g} .. {high:.3g} 而被截断。",
        "请用更多这类图片校准，或放宽范围。",
    ),
    "flat-sigmoid": Text(
        "有 {share:.2%} 的数值被截断，但其后的 {culprit} 在那里已趋于饱和：自身指标看起来比实际影响"
        "更差。",
        "请改看 {culprit} 的误差。",
    ),
    "inherited": Text(
        "误差来自前面：单独量化时为 {own:.1f} dB，在网络中为 {accumulated:.1f} dB；损失最多的是 "
        "{culprit}（{lost:.1f} dB）。",
        "请先看 {culprit}；在此处更换类型作用不大。",
    ),
    "adds-up": Text(
        "误差来自前面：单独量化时为 {own:.1f} dB，在网络中为 {accumulated:.1f} dB。误差由许多层"
        "累积而成，其中最差的是 {culprit}（{lost:.1f} dB）。",
        "请启用修复，或搜索最佳混合量化方案；单改一层作用不大。",
    ),
    "dead-slice": Text(
        "其输出中的 {slice} 处处是同一个数 {value:.4g}，而原网络能区分不同数值。",
        "请给这一部分单独的范围，或让通向它的层使用 i16 或浮点。",
    ),
    "unlike-slices": Text(
        "其输出中的数值大小悬殊：{wide} 达到 {high:.4g}，{narrow} 只有 {low:.4g}，相差 "
        "{ratio:.0f} 倍。",
        "请让它们成为各自的输出，或让通向它们的层使用 i16 或浮点。",
    ),
}


def finding_parts(finding: Finding, language: str) -> tuple[str, str]:
    """(sentence, advice) in `language`, "en" or "zh_CN"."""
    text = (CHINESE if language == "zh_CN" else TEXTS)[finding.rule]
    values = {
        name: part_text(value, language) if isinstance(value, str) else value
        for name, value in finding.values.items()
    }
    return text.sentence.format(**values), text.advice.format(**values)


def finding_text(finding: Finding, language: str) -> str:
    """Sentence and advice in one."""
    return ("" if language == "zh_CN" else " ").join(finding_parts(finding, language))


def part_text(name: str, language: str) -> str:
    """The name of a slice: "channel 7" is a word of ours, that of a layer stays as it is."""
    found = _NUMBERED.fullmatch(name) if language == "zh_CN" else None
    if found is None:
        return name
    anchor, channel = found.groups()
    return f"通道 {channel}" if anchor is None else f"锚框 {anchor} 通道 {channel}"
