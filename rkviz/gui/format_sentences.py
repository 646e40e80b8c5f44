"""What reading and writing files of other tools says, with the Chinese beside it."""

from __future__ import annotations

FORMATS: tuple[tuple[str, str], ...] = (
    (" (did you mean {}?)", "（是否指 {0}？）"),
    # cfg and quant_param.yml
    ("{} is no layer of this network{}; what the cfg says of it has no effect here and stays in "
     "the file.", "网络中没有层 {0}{1}；cfg 中与它有关的内容在这里不起作用，但会保留在文件中。"),
    ("{} is a layer the toolkit added ({}); what the cfg says of it has no effect here and stays "
     "in the file.",
     "{0} 是工具链加入的层（{1}）；cfg 中与它有关的内容在这里不起作用，但会保留在文件中。"),
    ("{} layer(s) have a type that step 1 suggests, not one that you chose: {}.",
     "{0} 个层的类型由 step 1 建议，而非由您选择：{1}。"),
    ("{} layer(s) have other weight parameters in the cfg than their weights give; those of the "
     "cfg are used: {}.",
     "{0} 个层在 cfg 中的权重量化参数与按权重算出的不同；以 cfg 为准：{1}。"),
    ("{} layer(s) have parameters in the cfg that no tensor can have and are measured instead: "
     "{}.", "{0} 个层在 cfg 中的量化参数不可能成立，将改由校准得出：{1}。"),
    ("{} layer(s) have other weights in {} than in the open model, so the cfg is of another "
     "training: {}.",
     "{0} 个层在 {1} 中的权重与当前模型不同，因此该 cfg 来自另一次训练：{2}。"),
    ("{}: layer {} has the unknown type {}{}; choose one of {}.",
     "{0}：层 {1} 的类型 {2} 无法识别{3}；可选 {4}。"),
    ("{}: {} has no dtype; add it.", "{0}：{1} 缺少 dtype，请补上。"),
    ("{}: {} has no qtype; add it.", "{0}：{1} 缺少 qtype，请补上。"),
    ("{} {} is not a finite number", "{0} 的值 {1} 不是有限的数"),
    ("{} has {} values; the NPU has one for all channels",
     "{0} 有 {1} 个值，而 NPU 的所有通道共用一个"),
    ("{} must be a single value", "{0} 应为单个值"),
    ("The rest of the file was not read.", "文件的其余部分没有读取。"),
    ("{} has no quant_params; choose the _quant_param.yml that export_rknn_quant_params wrote.",
     "{0} 中没有 quant_params；请选择 export_rknn_quant_params 生成的 _quant_param.yml。"),
    ("The cfg is laid out in a way that cannot be changed in place; export without it to write a "
     "new one.", "该 cfg 的排版无法就地修改；请不以它为基础导出，另写一个新文件。"),
    ("{} layer(s) have no name in the toolkit and cannot be written:",
     "{0} 个层在工具链中没有名称，无法写出："),
    ("The name {}... is too long for a cfg ({} characters); rename the layer in the model.",
     "名称 {0}… 对 cfg 来说太长（{1} 个字符）；请在模型中改名。"),
    # YAML
    ("line {}, column {}", "第 {0} 行第 {1} 列"),
    ("{}, {}: {} must be a table of lines 'name: value', or {}.",
     "{0}，{1}：{2} 应为由“name: value”各行组成的表，或 {3}。"),
    ("{}, {}: anchors (&) and aliases (*) are not used in such files; write the values out, or "
     "quote the name.", "{0}，{1}：这类文件不使用锚点（&）和别名（*）；请写出值，或给名称加引号。"),
    ("{}, {}: tags (!) are not used in such files; remove it, or quote the name.",
     "{0}，{1}：这类文件不使用标签（!）；请删除，或给名称加引号。"),
    ("{}, {}: this is not YAML ({}){}.", "{0}，{1}：不是有效的 YAML（{2}）{3}。"),
    ("{}, line {}, column 1: this is not YAML (a character or escape that it does not allow); "
     "save the file as plain text.",
     "{0}，第 {1} 行：不是有效的 YAML（含有不允许的字符或转义）；请把文件另存为纯文本。"),
    ("{}, {}: the line is indented with a tab; YAML takes only spaces.",
     "{0}，{1}：该行用 TAB 缩进；YAML 只允许空格。"),
    ("a tab where only spaces may stand", "只能用空格的位置出现了 TAB"),
    ("{}, {}: a name is expected here, not a list.", "{0}，{1}：此处应为名称，而不是列表。"),
    ("{}, {}: {} is there twice, first in line {}; keep one of the two.",
     "{0}，{1}：{2} 出现了两次，第一次在第 {3} 行；请只保留一个。"),
    ("{}, {}: a second document begins; remove the `---` in front of it.",
     "{0}，{1}：这里开始了第二个文档；请删除它前面的“---”。"),
    ("{}, {}: lists and tables are nested more than {} deep; choose the right file.",
     "{0}，{1}：列表和表的嵌套超过 {2} 层；请选择正确的文件。"),
    ("{}, {}: this is a heap of short values, no file of the toolkit's; choose the right file.",
     "{0}，{1}：文件只是一堆零碎的值，不是工具链的文件；请选择正确的文件。"),
    ("; {} in line {}", "；见第 {1} 行：{0}"),
    ("a space is missing after the colon: write '{}: {}'", "冒号后缺少空格，应写成“{0}: {1}”"),
    ("; put the name in line {} into quotes", "；请给第 {0} 行的名称加引号"),
    # accuracy analysis
    ("{} is not an accuracy table: rows '[Conv] name   cosine | distance' below a line of dashes "
     "are expected; choose the error_analysis.txt of RKNN-Toolkit 2.",
     "{0} 不是精度分析表：横线之下各行应为“[Conv] 层名   余弦相似度 | 距离”；请选择 "
     "RKNN-Toolkit 2 的 error_analysis.txt。"),
    ("There is no picture number {}; the dataset has {}.", "没有第 {0} 张图片；数据集共 {1} 张。"),
    ("{} holds no dumped tensors of this network; choose the output_dir of accuracy_analysis, "
     "with the folders of tensors in it.",
     "{0} 中没有该网络的张量；请选择 accuracy_analysis 的 output_dir，其中应有张量文件夹。"),
    ("{}: layer {} has no fixed size to compare with.", "{0}：层 {1} 没有固定尺寸，无法比较。"),
    ("{} is of shape {}, layer {} gives {} (NHWC); analyse the same network at the same size.",
     "{0} 的形状为 {1}，层 {2} 的输出为 {3}（NHWC）；请以相同尺寸分析同一个网络。"),
    ("{} does not hold one number a line, {} of them; it is damaged or cut short, dump it again.",
     "{0} 应为每行一个数、共 {1} 个；文件已损坏或不完整，请重新导出。"),
    ("{} has {} bytes, which {} numbers do not take; it is damaged or cut short, dump it again.",
     "{0} 为 {1} 字节，与 {2} 个数不符；文件已损坏或不完整，请重新导出。"),
    ("These layers are not in the network:", "网络中没有这些层："),
    # files of step 1
    ("{} is no network but a heap of brackets; choose the right file.",
     "{0} 不是网络，只是一堆括号；请选择正确的文件。"),
    ("{} holds no table of layers; choose the .data of step 1.",
     "{0} 中没有层的表；请选择 step 1 的 .data。"),
    ("{} has no tables 'MetaData' and 'Layers'; choose the .json that hybrid_quantization_step1 "
     "wrote.", "{0} 中没有“MetaData”和“Layers”；请选择 hybrid_quantization_step1 生成的 .json。"),
    ("{} is nested deeper than any network.", "{0} 的嵌套超过任何网络。"),
    ("{}, line {}: this is not JSON ({}); choose the .json that hybrid_quantization_step1 wrote.",
     "{0} 第 {1} 行：不是有效的 JSON（{2}）；请选择 hybrid_quantization_step1 生成的 .json。"),
    ("{}: these layers are not as step 1 writes them:", "{0}：以下层与 step 1 的写法不符："),
    ("{} is larger than 2 GiB, more than any network for this chip.",
     "{0} 超过 2 GiB，该芯片上不会有这么大的网络。"),
    ("{} repeats its entries until they fill the memory.", "{0} 不断重复其中的内容，会占满内存。"),
    ("{} holds more than weights:", "{0} 中不只有权重："),
    ("{} is no .npy file of one object, as hybrid_quantization_step1 writes its .data; choose the "
     "right file.", "{0} 不是 hybrid_quantization_step1 写出的 .data（含一个对象的 .npy）；"
     "请选择正确的文件。"),
    ("{}, byte {}: this {}; a file of weights holds arrays of numbers under names and nothing "
     "else. Nothing of it was executed.",
     "{0}，第 {1} 字节：{2}；权重文件只应含有带名称的数组。其中没有任何内容被执行。"),
    # .rknn
    ("{} is cut off: at byte {} a length of 8 bytes should stand, the file ends at byte {}; copy "
     "it again.",
     "{0} 不完整：第 {1} 字节处应有 8 字节的长度，而文件止于第 {2} 字节；请重新拷贝。"),
    ("{} is cut off: at byte {} it gives {} {} bytes, the file has {} left; copy it again.",
     "{0} 不完整：第 {1} 字节处声明 {2} 为 {3} 字节，而文件只剩 {4} 字节；请重新拷贝。"),
    ("the constants", "常量"),
    ("the description", "描述"),
    ("{}: its description is no network but a heap of empty lists.",
     "{0}：其描述不是网络，只是一堆空列表。"),
    ("{}: its description is not a table of names and values.",
     "{0}：其描述不是由名称和值组成的表。"),
    ("{} is larger than 2 GB, more than any network for this chip.",
     "{0} 超过 2 GB，该芯片上不会有这么大的网络。"),
    ("{}: its description is not JSON ({}).", "{0}：其描述不是有效的 JSON（{1}）。"),
    ("{}: its output {} has shape {}, its nodes compute {}; the file is damaged, or an operation "
     "means something else than known.",
     "{0}：输出 {1} 的形状为 {2}，而各节点算出 {3}；文件已损坏，或某个算子的含义与已知的不同。"),
    ("{}: two nodes are called {}, or one has no name; the file is damaged.",
     "{0}：有两个节点名为 {1}，或有节点没有名称；文件已损坏。"),
    ("{}: its nodes read the same constants again and again, which no toolkit writes; the file is "
     "damaged.", "{0}：各节点反复读取相同的常量，工具链不会这样写；文件已损坏。"),
    ("{}: {} nodes are more than any network has.", "{0}：{1} 个节点超过任何网络。"),
    ("{}: no node is joined to {}; the file is damaged.", "{0}：没有节点与 {1} 相连；文件已损坏。"),
    ("{}: {} is missing; expected {}.", "{0}：缺少 {1}；应为 {2}。"),
    ("{}: {} is {}; expected {}.", "{0}：{1} 为 {2}；应为 {3}。"),
    ("a table of names and values", "由名称和值组成的表"),
    ("a whole number from {} to {}", "{0} 到 {1} 的整数"),
    ("a finite number", "有限的数"),
    ("The file is pre-compiled: it holds a program for the chip instead of layers and weights, so "
     "only inputs and outputs can be shown and nothing can be run; build the .rknn without "
     "pre_compile, or open the ONNX model it was made from.",
     "该文件是预编译的：其中是芯片的程序，而不是层和权重，因此只能显示输入和输出，无法运行；"
     "请不用 pre_compile 重新生成 .rknn，或打开原来的 ONNX 模型。"),
    ("{}: the sizes of an .rknn file are fixed; leave out those given for {}.",
     "{0}：.rknn 文件的尺寸是固定的；请去掉为 {1} 指定的尺寸。"),
    ("The network has {} inputs; an .rknn file with more than one was never seen, so rkviz cannot "
     "write it. Use the vendor's toolkit for it.",
     "网络有 {0} 个输入；从未见过多输入的 .rknn 文件，因此 rkviz 无法写出。请使用厂商工具链。"),
    ("The network gives its input out unchanged, which no .rknn file does.",
     "网络原样输出其输入，而 .rknn 文件中没有这种情况。"),
    ("The input has shape {}, which no picture fits; rkviz writes .rknn files for pictures only. "
     "Use the vendor's toolkit for it.",
     "输入的形状为 {0}，不是图片；rkviz 只为图片输入写 .rknn 文件。请使用厂商工具链。"),
    ("The plan cannot be written as .rknn; change these layers, or let the vendor's toolkit build "
     "it (rkviz export-script):",
     "该方案无法写成 .rknn；请修改以下各层，或用厂商工具链生成（导出工具链脚本）："),
    ("its input changes its type, and no file with several types was ever readable",
     "其输入需要转换类型，而含多种类型的文件至今没有可读的样本"),
    ("no readable file of the vendor's has a layer in {}", "厂商的可读文件中没有 {0} 类型的层"),
    ("no vendor's file that could be read has a {}", "厂商的可读文件中没有 {0}"),
    ("it works on tensors of more than {} axes", "它的张量超过 {0} 维"),
    ("a {} with a constant operand was never seen", "从未见过带常量操作数的 {0}"),
    ("a convolution over one axis was never seen", "从未见过一维卷积"),
    ("it gets its weights at run time", "其权重在运行时才给出"),
    ("a convolution in {} groups of several channels was never seen",
     "从未见过分为 {0} 组、每组多个通道的卷积"),
    ("padding that differs between the sides was never seen", "从未见过两侧不对称的填充"),
    ("a pool that rounds sizes up was never seen", "从未见过尺寸向上取整的池化"),
    ("a pool over one axis, or a dilated one, was never seen", "从未见过一维或带空洞的池化"),
    ("a resize of other axes than height and width was never seen",
     "从未见过在高和宽以外的轴上缩放"),
    ("a nearest resize with {} was never seen", "从未见过 {0} 方式的最近邻缩放"),
    ("only nearest and half-pixel bilinear resizes were seen", "只见过最近邻和半像素双线性缩放"),
    ("an add of tensors of different sizes was never seen", "从未见过不同尺寸张量的相加"),
    ("a slice with steps was never seen", "从未见过带步长的切片"),
    # ONNX written here, and the script
    ("The network cannot be written as QDQ ONNX: these layers cannot be run; replace them in the "
     "model or cut it in front of them.",
     "网络无法写成 QDQ ONNX：以下层无法运行；请在模型中替换它们，或在其之前截断模型。"),
    ("The weights take {} MiB; one ONNX file holds at most 2048: choose u8 for more layers.",
     "权重为 {0} MiB，而一个 ONNX 文件最多 2048 MiB：请让更多层使用 u8。"),
    ("Layer {} ({} of {}) is no operator of ONNX.", "层 {0}（{1}，{2}）不是 ONNX 算子。"),
    ("{} is the model itself; choose another name for the repaired one.",
     "{0} 就是模型文件本身；请为修复后的模型另取文件名。"),
    ("{} cannot be written with repaired weights: these layers are not in it as they are in the "
     "opened network.", "无法把修复后的权重写入 {0}：以下层在其中与已打开的网络不同。"),
    ("{}: rkviz took it apart when it opened the file", "{0}：rkviz 打开文件时把它拆开了"),
    ("{}: shares a node with another layer", "{0}：与另一层共用一个节点"),
    ("{}: what is inside it is read elsewhere too", "{0}：其内部的张量还在别处使用"),
    ("The repaired network is larger than 2 GB, more than {} can be.",
     "修复后的网络超过 2 GB，{0} 容不下。"),
    ("{} is not an ONNX file; only those can be cut.", "{0} 不是 ONNX 文件；只能截断 ONNX 文件。"),
    ("{} is the model itself; choose another name for the cut one.",
     "{0} 就是模型文件本身；请为截断后的模型另取文件名。"),
    ("{} cannot be cut: it computes no tensors of these names.",
     "{0} 无法截断：其中没有这些名称的张量。"),
    ("The cut network is larger than 2 GB, more than {} can be.",
     "截断后的网络超过 2 GB，{0} 容不下。"),
    ("{} is what the toolkit makes, so there is no script to make it again; open the ONNX model "
     "it came from.",
     "{0} 本身就是工具链生成的，没有脚本可以重新生成它；请打开原来的 ONNX 模型。"),
    # the toolkit and the board
    ("The toolkit cannot be started in {}: {}.", "无法在 {0} 中启动工具链：{1}。"),
    ("The board's times cannot be read.", "无法读取板上的耗时。"),
    ("The board's outputs cannot be read: {}.", "无法读取板上的输出：{0}。"),
    ("The toolkit's answer cannot be read.", "无法读取工具链的回答。"),
)  # fmt: skip
"""Sentence or part of one with {} for what is filled in; the more special ones first."""
