"""Errors and notes of the core in the user's language: its sentences as patterns, Chinese beside.

The core speaks English; what is not listed here stays English. A test holds every pattern to a
sentence that the core has.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rkviz.gui.format_sentences import FORMATS
from rkviz.gui.language import current_language
from rkviz.gui.note_sentences import NOTES

_REASONS: tuple[tuple[str, str], ...] = (
    ("No such file or directory", "文件或文件夹不存在"),
    ("Permission denied", "没有访问权限"),
    ("Is a directory", "这是一个文件夹"),
    ("Not a directory", "路径中有一项不是文件夹"),
    ("No space left on device", "磁盘已满"),
    ("Input/output error", "读写磁盘时出错"),
    ("File name too long", "文件名过长"),
)
"""What the system says, in front of which the core has put the file."""

_HINT = r" \(did you mean .+\?\)"

SENTENCES: tuple[tuple[str, str], ...] = (
    # files of any kind
    ("{} cannot be read: {}.", "无法读取 {0}：{1}。"),
    ("{} cannot be written: {}.", "无法写入 {0}：{1}。"),
    ("{} cannot be made: {}; choose another folder.", "无法创建 {0}：{1}；请换一个文件夹。"),
    ("The folder {} cannot be made: {}.", "无法创建文件夹 {0}：{1}。"),
    ("its folder does not exist; create the folder or choose another one",
     "所在文件夹不存在；请先创建，或换一个文件夹"),
    ("the disk is full; free some space or choose another disk",
     "磁盘已满；请清理空间，或换一个磁盘"),
    ("writing there is not permitted; choose another folder", "没有写入权限；请换一个文件夹"),
    ("writing there is not permitted; choose another folder, or close the program that has the "
     "file open", "没有写入权限；请换一个文件夹，或关闭正占用该文件的程序"),
    ("the disk is read-only; choose another folder", "磁盘为只读；请换一个文件夹"),
    ("{} is larger than {} MiB, which no such file needs; choose the right file.",
     "{0} 超过 {1} MiB，这类文件不可能这么大；请选择正确的文件。"),
    ("{}, line {}: this is neither UTF-8 nor GBK text; choose the right file, or save it as "
     "UTF-8.", "{0} 第 {1} 行：既不是 UTF-8 也不是 GBK 文本；请选择正确的文件，或另存为 UTF-8。"),
    # searches
    ("The network has no output of real numbers that could be judged.",
     "网络没有可评估的浮点输出。"),
    ("The float outputs hold NaN or infinity, so that no plan can be compared with them; look at "
     "mean, std and the weights first.",
     "浮点输出含有 NaN 或无穷大，任何方案都无法与之比较；请先检查 mean、std 和权重。"),
    ("The goal of a search is a number: a quality, or milliseconds that are not below 0.",
     "搜索目标须为数字：精度值，或不小于 0 的毫秒数。"),
    ("No layer has a choice of type; unlock some, or allow more types.",
     "没有一层可以选择类型；请解锁一些层，或允许更多类型。"),
    # models
    ("{} is empty; copy or download it again.", "{0} 是空文件；请重新拷贝或下载。"),
    ("{} is not an ONNX file, or it is cut off or damaged; copy or download it again.",
     "{0} 不是 ONNX 文件，或者文件不完整、已损坏；请重新拷贝或下载。"),
    ("{} holds no ONNX network (no graph or no operator set).",
     "{0} 中没有 ONNX 网络（缺少计算图或算子集版本）。"),
    ("{} holds a network without any operator.", "{0} 中的网络没有任何算子。"),
    ("{} uses operator set {}; rkviz opens {} to {}. Export the model again with one of these.",
     "{0} 使用算子集版本 {1}；rkviz 支持 {2} 到 {3}，请用其中一个版本重新导出模型。"),
    ("{} has sparse weights; export it again with dense ones.",
     "{0} 含有稀疏权重；请以稠密权重重新导出。"),
    ("{} has no input: what it computes is constant.", "{0} 没有输入，计算结果是常量。"),
    ("{}: the sizes given do not fit the model.", "{0}：给定的尺寸与模型不符。"),
    ("{} leaves sizes of its inputs open: {}. Give the sizes to use.",
     "{0} 的输入尺寸未定：{1}。请指定要使用的尺寸。"),
    ("{} is not a file; choose an ONNX file.", "{0} 不是文件；请选择 ONNX 文件。"),
    ("{} is larger than 2 GB, more than an ONNX file can be.",
     "{0} 超过 2 GB，ONNX 文件不可能这么大。"),
    ("{}: weights kept outside the file cannot be read: {}", "{0}：无法读取外部权重文件：{1}"),
    ("{} is not a TensorFlow Lite file; choose a .tflite or .onnx file.",
     "{0} 不是 TensorFlow Lite 文件；请选择 .tflite 或 .onnx 文件。"),
    ("{} is cut off or damaged ({}); copy or download it again.",
     "{0} 不完整或已损坏（{1}）；请重新拷贝或下载。"),
    ("{} is {}; rkviz opens ONNX and TensorFlow Lite models.",
     "{0} 是 {1}；rkviz 可打开 ONNX 和 TensorFlow Lite 模型。"),
    ("The network {} is inconsistent; please report this model.",
     "网络 {0} 前后矛盾；请把这个模型反馈给我们。"),
    ("The nodes {} feed each other in a loop.", "节点 {0} 互为输入，形成了环。"),
    ("The sizes inside the network cannot be derived: {}.", "无法推导网络内部的尺寸：{0}。"),
    ("{} is no .rknn file of RKNN-Toolkit 1.x: it does not begin with 'RKNN' and four zeros.",
     "{0} 不是 RKNN-Toolkit 1.x 的 .rknn 文件：开头不是“RKNN”加四个零。"),
    ("{} is an .rknn file of version {}; rkviz reads version 1, which RKNN-Toolkit 1.x writes for "
     "RV1126, RV1109 and RK1808.",
     "{0} 是版本 {1} 的 .rknn 文件；rkviz 只支持版本 1，即 RKNN-Toolkit 1.x 为 RV1126、RV1109、"
     "RK1808 生成的文件。"),
    # operators
    ("Layer {} cannot be computed: {}.", "层 {0} 无法计算：{1}。"),
    ("Layer {}: the emulator has no arithmetic for operator {}.",
     "层 {0}：仿真器不支持算子 {1}。"),
    ("Layer {} ({}) gets its {} only at run time; export the model with constant sizes.",
     "层 {0}（{1}）的 {2} 到运行时才确定；请以固定尺寸导出模型。"),
    ("Operator {} is not known to rkviz and cannot be run; the NPU does not have it either: "
     "replace it, or compute it on the board's CPU.",
     "rkviz 不认识算子 {0}，无法运行；NPU 也没有该算子：请替换它，或在板上由 CPU 计算。"),
    ("The NPU takes at most two quantised types in one network; {} is a third (layer {}): choose "
     "one of the other two, or float.",
     "NPU 在一个网络中最多支持两种量化类型，{0}（层 {1}）是第三种：请改用另外两种之一，"
     "或 float。"),
    # pictures
    ("No calibration pictures are chosen; add a folder or a dataset.txt.",
     "还没有选择校准图片；请添加图片文件夹或 dataset.txt。"),
    ("No usable sample in {}; give a folder of pictures or npy files, or a dataset.txt that names "
     "them.",
     "{0} 中没有可用的样本；请给出图片或 npy 文件所在的文件夹，或列出它们的 dataset.txt。"),
    ("None of the {} sample(s) can be used:", "{0} 个样本全部不可用："),
    ("{} does not exist.", "{0} 不存在。"),
    ("{} holds neither pictures nor npy files.", "{0} 中既没有图片，也没有 npy 文件。"),
    ("{} is of an unknown kind ({}); give one of {}.", "无法识别 {0} 的类型（{1}）；支持 {2}。"),
    ("{} is not there (any more); take it out of the dataset.",
     "{0} 不存在（或已被删除）；请从数据集中去掉它。"),
    ("{} is not a whole picture (damaged, cut short, or of another kind than its name says); "
     "replace it or take it out of the dataset.",
     "{0} 不是完整的图片（已损坏、不完整，或内容与扩展名不符）；请替换它，或从数据集中去掉。"),
    ("{} has more than {} million pixels; shrink it first.", "{0} 超过 {1} 百万像素；请先缩小。"),
    ("{} does not fit into memory; shrink it first.", "内存放不下 {0}；请先缩小。"),
    ("{} is a picture, but input {} has shape {}; give a npy file for it.",
     "{0} 是图片，而输入 {1} 的形状为 {2}；请为它提供 npy 文件。"),
    ("{} has shape {}, but input {} takes {}; save the array in that shape.",
     "{0} 的形状为 {1}，而输入 {2} 需要 {3}；请按该形状保存数组。"),
    ("{} is not a whole npy file of numbers (damaged or cut short); save it again with "
     "numpy.save.", "{0} 不是完整的数值 npy 文件（已损坏或不完整）；请用 numpy.save 重新保存。"),
    ("{} gives one file a sample, but the network has {} inputs ({}); write a dataset.txt with one "
     "file for each on a line.",
     "{0} 每个样本只有一个文件，而网络有 {1} 个输入（{2}）；请写一个 dataset.txt，"
     "每行为每个输入列出一个文件。"),
    ("All {} picture(s) calibrate and none is left to judge by; calibrate with fewer of them, or "
     "choose pictures for judging.",
     "{0} 张图片全部用于校准，没有剩下用于评估的；请减少校准图片，或另选评估图片。"),
    ("Layer {} gives nothing but NaN or infinity on all {} sample(s); check mean, std and the "
     "arrays of the dataset, or the weights of the layer.",
     "层 {0} 在全部 {1} 个样本上只输出 NaN 或无穷；请检查 mean、std、数据集中的数组，"
     "或该层的权重。"),
    # projects and settings
    ("{} is not an rkviz project; open a file saved by rkviz.",
     "{0} 不是 rkviz 工程；请打开由 rkviz 保存的文件。"),
    ("{} was saved by a newer rkviz (project version {}, this one reads up to {}); update rkviz to "
     "open it.",
     "{0} 由更新版本的 rkviz 保存（工程版本 {1}，当前最高支持 {2}）；请升级后再打开。"),
    ("{} is damaged: it is not complete JSON; restore a copy or save the project anew.",
     "{0} 已损坏：不是完整的 JSON；请恢复备份，或重新保存工程。"),
    ("{} is damaged: {}", "{0} 已损坏：{1}"),
    ("{} is the model itself; choose another name.", "{0} 就是模型文件本身；请换一个文件名。"),
    ("A plan needs a name of its own; {} is taken or empty.",
     "方案需要一个独有的名称；{0} 已被使用或为空。"),
    ("{} layer(s) of the configuration are not in the network:", "配置中有 {0} 个层不在网络中："),
    ("No repair is turned on; choose one, then export its weights.",
     "没有启用任何修复；请先选择一种，再导出权重。"),
    # files of the toolkit
    ("{} is no quantization cfg: it has neither {} nor {}; choose the .quantization.cfg that "
     "hybrid_quantization_step1 wrote.",
     "{0} 不是量化配置：既没有 {1}，也没有 {2}；请选择 hybrid_quantization_step1 生成的 "
     ".quantization.cfg。"),
    ("{}: {} value(s) cannot be used:", "{0}：有 {1} 个值不可用："),
    ("The cfg cannot be used: {}", "该 cfg 不可用：{0}"),
    ("{} holds no accuracy analysis: none of {} is there; choose the output_dir of "
     "accuracy_analysis.",
     "{0} 中没有精度分析结果：{1} 一个都不存在；请选择 accuracy_analysis 的 output_dir。"),
    ("{} is not an accuracy report: lines of a name, a TAB and eculidean_norm=... are expected; "
     "choose a file that accuracy_analysis wrote.",
     "{0} 不是精度分析报告：每行应为层名、TAB 和 eculidean_norm=…；请选择 accuracy_analysis 生成的"
     "文件。"),
    ("{} is not an ONNX file; repaired weights go into one.",
     "{0} 不是 ONNX 文件；修复后的权重只能写入 ONNX。"),
    ("The toolkit was ended: it took more than {} s.", "工具链运行超过 {0} 秒，已被终止。"),
    ("The toolkit failed (exit code {}); its last lines say why:",
     "工具链运行失败（退出码 {0}），最后几行输出说明了原因："),
    # a file in front of a sentence; the last, for they fit many
    ("{}, line {}: {}", "{0} 第 {1} 行：{2}"),
    ("{}: {}", "{0}：{1}"),
)  # fmt: skip
"""Sentence of the core with {} for what is filled in -> the same in Chinese, {n} for the n-th."""


def error_words(text: str) -> str:
    """`text`, line by line, in the language of the window."""
    if current_language() != "zh_CN":
        return text
    return "\n".join(_indented(line) for line in text.split("\n"))


def _indented(line: str) -> str:
    words = line.lstrip(" ")
    return line[: len(line) - len(words)] + _chinese(words)


def _chinese(sentence: str) -> str:
    for pattern, chinese in _patterns():
        found = pattern.fullmatch(sentence)
        if found is None:
            continue
        parts = [_chinese(part) for part in found.groups()]
        if chinese == SENTENCES[-1][1] and parts[1] == found.group(2):
            break  # what follows the colon is no sentence of ours either
        return chinese.format(*parts)
    return sentence


def _pattern(english: str) -> re.Pattern[str]:
    """Of two blanks in a row the second is a hint or nothing."""
    whole = re.escape(english).replace(r"\{\}\{\}", rf"(.*?)({_HINT}|)")
    return re.compile(whole.replace(r"\{\}", "(.*?)"))


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (_pattern(english), chinese)
        for english, chinese in (*_REASONS, *NOTES, *FORMATS, *SENTENCES)
    )
