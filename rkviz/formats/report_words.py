"""The words of the HTML report, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from rkviz.errors import ConfigError
from rkviz.quantize.plan import Reason, TensorPlan

LANGUAGES = ("en", "zh_CN")

_CHINESE: Mapping[str, str] = {
    "Quantization report": "量化报告",
    "Model": "模型",
    "Target": "目标芯片",
    "Default type": "默认类型",
    "Pictures": "图片",
    "Repairs": "权重修复",
    "Estimate, ±12 %": "速度估计，±12 %",
    "Rough estimate": "粗略的速度估计",
    "Accumulated error of the outputs": "输出的累积误差",
    "Worst own errors: where to begin": "单层误差最大的层：从这里入手",
    "Network": "网络",
    "coloured by": "着色依据",
    "own error": "单层误差",
    "accumulated error": "累积误差",
    "All layers": "所有层",
    "Click a heading to sort.": "点击表头排序。",
    "Layers that did not run": "未运行的层",
    "Notes": "说明",
    "Samples that were left out": "被跳过的样本",
    "Layer": "层",
    "Operator": "算子",
    "Type": "类型",
    "Engine": "执行单元",
    "Shape": "形状",
    "Own": "单层",
    "Accumulated": "累积",
    "Lowest": "最小值",
    "Highest": "最大值",
    "Scale": "缩放因子 scale",
    "Zero point": "零点 zero point",
    "Why": "范围来源",
    "ONNX nodes": "ONNX 节点",
    "cosine": "余弦相似度",
    "SNR dB": "信噪比 dB",
    "Euclidean": "归一化欧氏距离",
    "largest": "最大误差",
    "saturated": "饱和比例",
    "Layers": "层",
    "Own error: only this layer is quantized. Accumulated error: the whole network is.": (
        "单层误差：仅量化该层；累积误差：整个网络都量化。"
    ),
    "no number: all zero": "无数值：全为零",
    "not run": "未运行",
    "Why layers are bad": "各层误差的原因",
    "Search for the best hybrid plan": "搜索最佳混合量化方案",
    "What each choice buys and costs": "每个选择的收益与代价",
    "Estimated ms": "估计耗时 ms",
    "fps": "帧率 fps",
    "Predicted SNR dB": "预测信噪比 dB",
    "Buys dB": "收益 dB",
    "Costs µs": "代价 µs",
    "SNR of the outputs": "输出的信噪比",
    "lowest cosine of the outputs": "输出中最低的余弦相似度",
    "lowest cosine of the outputs' parts": "输出各部分中最低的余弦相似度",
    "top-1 agreement with float": "与浮点结果的 top-1 一致率",
    "top-1 on labels": "按标签的 top-1 准确率",
    "fp16 on the device": "设备上为 fp16",
}
_CHINESE_REASONS: Mapping[Reason, str] = {
    Reason.MEASURED: "校准图片上的最小值和最大值",
    Reason.AVERAGED: "最小值和最大值在校准图片上的滑动平均（moving_average）",
    Reason.PERCENTILE: "包含所选比例数值的范围（percentile）",
    Reason.KL_DIVERGENCE: "截断到量化值最能保持分布的范围（kl_divergence）",
    Reason.MMSE: "截断到平方误差最小的范围（mmse）",
    Reason.ACTIVATION: "取自同一操作中执行的激活层（{layer}）",
    Reason.RELU6: "0 到 6：relu6 的上下限",
    Reason.CONCAT: "由 concat {layer} 合并：其输入和输出共用一个范围",
    Reason.COPIED: "复制自 {layer}：该操作只搬移或选取量化值",
    Reason.SIGMOID: "在 sigmoid {layer} 之前截断到 -6.3 .. 6.3",
    Reason.WEIGHTS: "最小和最大的权重",
    Reason.BIAS: "输入的 scale 乘以权重的 scale",
    Reason.GIVEN: "模型文件给出的参数",
    Reason.EXPLICIT_RANGE: "范围由您设定",
    Reason.EXPLICIT_PARAMS: "参数由您设定",
    Reason.CONVERTED: "为 {layer} 转换，该层使用另一种类型",
    Reason.FLOAT: "设备上为 fp16，无需范围",
}


class Words:
    """Translates the report's own words; raises ConfigError for a language there is not."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise ConfigError(
                f"A report in {language!r} cannot be written; choose one of {', '.join(LANGUAGES)}."
            )
        self.language = language

    def __call__(self, text: str) -> str:
        return _CHINESE.get(text, text) if self.language == "zh_CN" else text

    def why(self, tensor: TensorPlan) -> str:
        """Why a tensor has its range."""
        if self.language == "zh_CN":
            return _CHINESE_REASONS[tensor.reason].format(layer=tensor.because_of)
        return tensor.why()
