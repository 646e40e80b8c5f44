<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>About rkviz</source>
        <translation>关于 rkviz</translation>
    </message>
    <message>
        <source>Copies the versions, for a report</source>
        <translation>复制版本信息，便于反馈问题</translation>
    </message>
    <message>
        <source>Everything is computed on this computer; nothing is sent anywhere.</source>
        <translation>所有计算都在本机完成，不会向任何地方发送数据。</translation>
    </message>
    <message>
        <source>Quantization of vision networks for Rockchip RV1126 boards: seen, understood and repaired.</source>
        <translation>面向 Rockchip RV1126 的视觉网络量化：看得见，看得懂，修得好。</translation>
    </message>
    <message>
        <source>Under the Apache licence 2.0. Built on:</source>
        <translation>采用 Apache 2.0 许可证。基于以下组件：</translation>
    </message>
</context>
<context>
    <name>Actions</name>
    <message>
        <source>&amp;1 thread</source>
        <translation>1 个线程(&amp;1)</translation>
    </message>
    <message>
        <source>&amp;2 threads</source>
        <translation>2 个线程(&amp;2)</translation>
    </message>
    <message>
        <source>&amp;4 threads</source>
        <translation>4 个线程(&amp;4)</translation>
    </message>
    <message>
        <source>&amp;8 threads</source>
        <translation>8 个线程(&amp;8)</translation>
    </message>
    <message>
        <source>&amp;About rkviz</source>
        <translation>关于 rkviz(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;As many as there are cores</source>
        <translation>与 CPU 核数相同(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Cividis: for every eye</source>
        <translation>Cividis：色觉友好(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Colours</source>
        <translation>颜色(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Compare its dumped tensors</source>
        <translation>比较导出的张量(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Copy what is visible</source>
        <translation>复制可见部分(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>深色(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>导出(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Export the whole graph…</source>
        <translation>导出整个网络图(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Find layers…</source>
        <translation>查找层(&amp;F)…</translation>
    </message>
    <message>
        <source>&amp;Fit the graph</source>
        <translation>适合窗口(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Graph</source>
        <translation>网络图(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Green to red</source>
        <translation>绿到红(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Import</source>
        <translation>导入(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>键盘快捷键(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Layer</source>
        <translation>层(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>浅色(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Live: run after every edit</source>
        <translation>实时：每次修改后自动运行(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Lock the type, or unlock it</source>
        <translation>锁定 / 解锁类型(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Manual</source>
        <translation>用户手册(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Next hit</source>
        <translation>下一个结果(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Next worst layer</source>
        <translation>下一个最差层(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Open all stages</source>
        <translation>展开全部阶段(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation>打开(&amp;O)…</translation>
    </message>
    <message>
        <source>&amp;Preferences…</source>
        <translation>首选项(&amp;P)…</translation>
    </message>
    <message>
        <source>&amp;Previous hit</source>
        <translation>上一个结果(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Previous worst layer</source>
        <translation>上一个最差层(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Reset the panels</source>
        <translation>恢复面板布局(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>运行(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Save project</source>
        <translation>保存工程(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;System information…</source>
        <translation>系统信息(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Threads</source>
        <translation>计算线程(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Viridis: for every eye</source>
        <translation>Viridis：色觉友好(&amp;V)</translation>
    </message>
    <message>
        <source>A&amp;nimations</source>
        <translation>动画效果(&amp;N)</translation>
    </message>
    <message>
        <source>Add to the selection, or take away</source>
        <translation>加入选择或取消选择</translation>
    </message>
    <message>
        <source>Analyse on the &amp;board…</source>
        <translation>在开发板上分析(&amp;B)…</translation>
    </message>
    <message>
        <source>Back to the &amp;default type</source>
        <translation>恢复默认类型(&amp;D)</translation>
    </message>
    <message>
        <source>Choose &amp;pictures…</source>
        <translation>选择图片(&amp;P)…</translation>
    </message>
    <message>
        <source>Choose picture &amp;folder…</source>
        <translation>选择图片文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>Colours of the next p&amp;icture</source>
        <translation>下一张图片的颜色(&amp;I)</translation>
    </message>
    <message>
        <source>Colours of the pre&amp;vious picture</source>
        <translation>上一张图片的颜色(&amp;V)</translation>
    </message>
    <message>
        <source>Copy the &amp;whole graph</source>
        <translation>复制整个网络图(&amp;W)</translation>
    </message>
    <message>
        <source>Ctrl + wheel</source>
        <translation>Ctrl + 滚轮</translation>
    </message>
    <message>
        <source>Ctrl / Shift + click</source>
        <translation>Ctrl / Shift + 单击</translation>
    </message>
    <message>
        <source>Drop the selection, or a frame being drawn</source>
        <translation>取消选择，或放弃正在拉出的选框</translation>
    </message>
    <message>
        <source>Export &amp;accuracy analysis…</source>
        <translation>导出精度分析(&amp;A)…</translation>
    </message>
    <message>
        <source>Export &amp;histograms…</source>
        <translation>导出直方图(&amp;H)…</translation>
    </message>
    <message>
        <source>Export &amp;quantization.cfg…</source>
        <translation>导出 quantization.cfg(&amp;Q)…</translation>
    </message>
    <message>
        <source>Export &amp;script for the toolkit…</source>
        <translation>导出工具链脚本(&amp;S)…</translation>
    </message>
    <message>
        <source>Export .r&amp;knn (experimental)…</source>
        <translation>导出 .rknn（实验性）(&amp;K)…</translation>
    </message>
    <message>
        <source>Export HTML &amp;report…</source>
        <translation>导出 HTML 报告(&amp;R)…</translation>
    </message>
    <message>
        <source>Export QDQ O&amp;NNX…</source>
        <translation>导出 QDQ ONNX(&amp;N)…</translation>
    </message>
    <message>
        <source>Export accuracy analysis with &amp;tensors…</source>
        <translation>导出精度分析及张量(&amp;T)…</translation>
    </message>
    <message>
        <source>Export quantization &amp;parameters…</source>
        <translation>导出量化参数(&amp;P)…</translation>
    </message>
    <message>
        <source>Export repaired ONN&amp;X…</source>
        <translation>导出修复后的 ONNX(&amp;X)…</translation>
    </message>
    <message>
        <source>Export what is &amp;visible…</source>
        <translation>导出可见部分(&amp;V)…</translation>
    </message>
    <message>
        <source>Find the best &amp;plan…</source>
        <translation>搜索最佳方案(&amp;P)…</translation>
    </message>
    <message>
        <source>First layers, a page on, a page back</source>
        <translation>回到开头、下翻一页、上翻一页</translation>
    </message>
    <message>
        <source>Fo&amp;ld all stages</source>
        <translation>折叠全部阶段(&amp;L)</translation>
    </message>
    <message>
        <source>Fold or open the &amp;stage</source>
        <translation>折叠或展开阶段(&amp;S)</translation>
    </message>
    <message>
        <source>Import &amp;accuracy analysis folder…</source>
        <translation>导入精度分析文件夹(&amp;A)…</translation>
    </message>
    <message>
        <source>Import &amp;quantization.cfg…</source>
        <translation>导入 quantization.cfg(&amp;Q)…</translation>
    </message>
    <message>
        <source>Import accuracy &amp;report…</source>
        <translation>导入精度报告(&amp;R)…</translation>
    </message>
    <message>
        <source>Import quantization.cfg as &amp;step 1 wrote it…</source>
        <translation>导入第 1 步生成的原始 quantization.cfg(&amp;S)…</translation>
    </message>
    <message>
        <source>L&amp;anguage</source>
        <translation>语言(&amp;A)</translation>
    </message>
    <message>
        <source>Like the &amp;system</source>
        <translation>跟随系统(&amp;S)</translation>
    </message>
    <message>
        <source>Open the &amp;demo</source>
        <translation>打开演示(&amp;D)</translation>
    </message>
    <message>
        <source>Open the &amp;log folder</source>
        <translation>打开日志文件夹(&amp;L)</translation>
    </message>
    <message>
        <source>Pictu&amp;re</source>
        <translation>保存为图像(&amp;R)</translation>
    </message>
    <message>
        <source>Plans and r&amp;uns</source>
        <translation>方案与运行(&amp;U)</translation>
    </message>
    <message>
        <source>Rank by &amp;effect on the output</source>
        <translation>按对输出的影响排序(&amp;E)</translation>
    </message>
    <message>
        <source>Repair &amp;weights…</source>
        <translation>修复权重(&amp;W)…</translation>
    </message>
    <message>
        <source>Save project &amp;as…</source>
        <translation>工程另存为(&amp;A)…</translation>
    </message>
    <message>
        <source>Scroll (Shift: sideways)</source>
        <translation>滚动（按住 Shift 横向）</translation>
    </message>
    <message>
        <source>Select &amp;all layers</source>
        <translation>选中全部层(&amp;A)</translation>
    </message>
    <message>
        <source>Select &amp;downstream</source>
        <translation>选中下游各层(&amp;D)</translation>
    </message>
    <message>
        <source>Select &amp;upstream</source>
        <translation>选中上游各层(&amp;U)</translation>
    </message>
    <message>
        <source>Select all &amp;hits</source>
        <translation>选中全部结果(&amp;H)</translation>
    </message>
    <message>
        <source>Select with a frame (Ctrl adds)</source>
        <translation>框选（按住 Ctrl 追加）</translation>
    </message>
    <message>
        <source>Shift + drag</source>
        <translation>Shift + 拖动</translation>
    </message>
    <message>
        <source>Type &amp;float</source>
        <translation>浮点类型(&amp;F)</translation>
    </message>
    <message>
        <source>Type &amp;i8</source>
        <translation>i8 类型(&amp;I)</translation>
    </message>
    <message>
        <source>Type &amp;u8</source>
        <translation>u8 类型(&amp;U)</translation>
    </message>
    <message>
        <source>Type i1&amp;6</source>
        <translation>i16 类型(&amp;6)</translation>
    </message>
    <message>
        <source>Walk along the lines</source>
        <translation>沿连线移动</translation>
    </message>
    <message>
        <source>What the &amp;system speaks</source>
        <translation>跟随系统(&amp;S)</translation>
    </message>
    <message>
        <source>Wheel, drag</source>
        <translation>滚轮、拖动</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>放大(&amp;I)</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>缩小(&amp;O)</translation>
    </message>
    <message>
        <source>Zoom around the mouse</source>
        <translation>以鼠标为中心缩放</translation>
    </message>
</context>
<context>
    <name>BestPlanPanel</name>
    <message>
        <source>Best plan</source>
        <translation>最佳方案</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Choose the type of every layer; each point is emulated on judging pictures</source>
        <translation>为每一层选择类型；每个点都在评估图片上实际仿真</translation>
    </message>
    <message>
        <source>Goal</source>
        <translation>目标</translation>
    </message>
    <message>
        <source>Only rank the layers by their effect</source>
        <translation>只按对输出的影响排序各层</translation>
    </message>
    <message>
        <source>Open a model and choose pictures; then the best plan is searched here.</source>
        <translation>先打开模型并选择图片，然后在这里搜索最佳方案。</translation>
    </message>
    <message>
        <source>Pictures to judge by</source>
        <translation>评估图片</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>The search did not end: this is what it found so far.</source>
        <translation>搜索未完成：以下是目前找到的结果。</translation>
    </message>
    <message>
        <source>Unlock all</source>
        <translation>全部解锁</translation>
    </message>
    <message>
        <source>Unlock all layers</source>
        <translation>解锁所有层</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>搜索结果</translation>
    </message>
    <message>
        <source>What was found so far stays</source>
        <translation>已找到的结果会保留</translation>
    </message>
    <message>
        <source>{count} layers are locked (K).</source>
        <translation>已锁定 {count} 层（K）。</translation>
    </message>
</context>
<context>
    <name>BoardRun</name>
    <message>
        <source>Analyse on the board</source>
        <translation>在开发板上分析</translation>
    </message>
    <message>
        <source>Folder for what the toolkit writes</source>
        <translation>存放工具链输出的文件夹</translation>
    </message>
    <message>
        <source>Looking for boards</source>
        <translation>正在查找开发板</translation>
    </message>
    <message>
        <source>Several boards are connected:</source>
        <translation>连接了多块开发板：</translation>
    </message>
    <message>
        <source>The toolkit analyses on the board</source>
        <translation>工具链正在开发板上分析</translation>
    </message>
    <message>
        <source>The toolkit sees no board; connect one by USB and switch it on.</source>
        <translation>工具链没有发现开发板；请用 USB 连接开发板并打开电源。</translation>
    </message>
</context>
<context>
    <name>BoxWords</name>
    <message>
        <source>{metric}: own {own}, accumulated {accumulated}</source>
        <translation>{metric}：单层 {own}，累积 {accumulated}</translation>
    </message>
</context>
<context>
    <name>Colouring</name>
    <message>
        <source>mean {value}</source>
        <translation>平均 {value}</translation>
    </message>
    <message>
        <source>worst {value}</source>
        <translation>最差 {value}</translation>
    </message>
    <message>
        <source>sum {value}</source>
        <translation>合计 {value}</translation>
    </message>
    <message>
        <source>most {value}</source>
        <translation>最大 {value}</translation>
    </message>
    <message>
        <source>{count} layers</source>
        <translation>{count} 层</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Accuracy reports</source>
        <translation>精度报告</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>所有文件</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>已取消。</translation>
    </message>
    <message>
        <source>Choose picture folder</source>
        <translation>选择图片文件夹</translation>
    </message>
    <message>
        <source>Choose pictures</source>
        <translation>选择图片</translation>
    </message>
    <message>
        <source>Import an accuracy report</source>
        <translation>导入精度报告</translation>
    </message>
    <message>
        <source>Import quantization.cfg</source>
        <translation>导入 quantization.cfg</translation>
    </message>
    <message>
        <source>Import quantization.cfg as step 1 wrote it</source>
        <translation>导入第 1 步生成的原始 quantization.cfg</translation>
    </message>
    <message>
        <source>Import the output_dir of accuracy_analysis</source>
        <translation>导入 accuracy_analysis 的 output_dir</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Models and projects</source>
        <translation>模型和工程</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Pictures, arrays and dataset.txt</source>
        <translation>图片、数组和 dataset.txt</translation>
    </message>
    <message>
        <source>Quantization configuration</source>
        <translation>量化配置</translation>
    </message>
    <message>
        <source>Save project as</source>
        <translation>工程另存为</translation>
    </message>
    <message>
        <source>Save them first?</source>
        <translation>先保存吗？</translation>
    </message>
    <message>
        <source>The log is in {folder}.</source>
        <translation>日志在 {folder}。</translation>
    </message>
    <message>
        <source>The project has unsaved changes.</source>
        <translation>工程有未保存的修改。</translation>
    </message>
    <message>
        <source>Where is the model now?</source>
        <translation>模型现在在哪里？</translation>
    </message>
    <message>
        <source>rkviz projects</source>
        <translation>rkviz 工程</translation>
    </message>
</context>
<context>
    <name>Comparing</name>
    <message>
        <source>Comparing tensors</source>
        <translation>正在比较张量</translation>
    </message>
    <message>
        <source>Most of what was read is of another network: check that the two belong together.</source>
        <translation>读到的内容大多属于另一个网络，请检查两者是否对应。</translation>
    </message>
    <message>
        <source>Not layers of this network ({count}): {names}</source>
        <translation>不是本网络的层（{count} 个）：{names}</translation>
    </message>
    <message>
        <source>Run first (F5); then {file} is shown beside the emulator.</source>
        <translation>请先运行（F5），之后 {file} 会与仿真器的结果并列显示。</translation>
    </message>
    <message>
        <source>{count} dumped tensors could not be compared:</source>
        <translation>有 {count} 个导出的张量无法比较：</translation>
    </message>
    <message>
        <source>{file} beside the emulator: {layers} layers, {apart} disagree.</source>
        <translation>{file} 与仿真器对照：共 {layers} 层，{apart} 层不一致。</translation>
    </message>
    <message>
        <source>{file} holds no layer of this network.</source>
        <translation>{file} 中没有本网络的层。</translation>
    </message>
</context>
<context>
    <name>Counting</name>
    <message>
        <source>Counting values</source>
        <translation>正在统计数值分布</translation>
    </message>
</context>
<context>
    <name>Crash</name>
    <message>
        <source>There is not enough memory for this step; close other programs or use fewer pictures.</source>
        <translation>内存不足，无法完成这一步；请关闭其他程序，或减少图片数量。</translation>
    </message>
    <message>
        <source>rkviz made a mistake ({kind}); your work is kept. The details are in {file}: please report them.</source>
        <translation>rkviz 内部出错（{kind}），您的工作没有丢失。详细信息已写入 {file}，欢迎反馈给我们。</translation>
    </message>
</context>
<context>
    <name>Demo</name>
    <message>
        <source>Drawing the pictures of the demo</source>
        <translation>正在绘制演示图片</translation>
    </message>
    <message>
        <source>The pictures of the demo cannot be written to {folder}: {reason}.</source>
        <translation>无法将演示图片写入 {folder}：{reason}。</translation>
    </message>
</context>
<context>
    <name>Derived</name>
    <message>
        <source>Analysing</source>
        <translation>正在分析</translation>
    </message>
    <message>
        <source>Looking at the pictures</source>
        <translation>正在检查图片</translation>
    </message>
    <message>
        <source>{count} samples were left out:</source>
        <translation>有 {count} 个样本未被使用：</translation>
    </message>
</context>
<context>
    <name>Dock</name>
    <message>
        <source>A window of its own, or back to its place</source>
        <translation>浮动为独立窗口，或放回原处</translation>
    </message>
    <message>
        <source>Hide; View &gt; Panels brings it back</source>
        <translation>隐藏；可从“视图 &gt; 面板”重新打开</translation>
    </message>
</context>
<context>
    <name>DoctorDialog</name>
    <message>
        <source>System information</source>
        <translation>系统信息</translation>
    </message>
    <message>
        <source>Copy this into a bug report. It names no file of yours, and nothing is sent anywhere.</source>
        <translation>请将以下内容复制到问题报告中。其中不包含您的任何文件名，也不会发送到任何地方。</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>正在收集…</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>Looking at this computer</source>
        <translation>正在查看本机环境</translation>
    </message>
    <message>
        <source>Report of a mistake</source>
        <translation>错误报告</translation>
    </message>
</context>
<context>
    <name>Edits</name>
    <message>
        <source>Change preprocessing</source>
        <translation>修改预处理</translation>
    </message>
    <message>
        <source>Change {fields}</source>
        <translation>修改 {fields}</translation>
    </message>
    <message>
        <source>Choose pictures</source>
        <translation>选择图片</translation>
    </message>
    <message>
        <source>Remove pictures</source>
        <translation>移除图片</translation>
    </message>
    <message>
        <source>The chip runs at most two quantized types in one network, this would be {types}; set the layers of one of them back first, or use float.</source>
        <translation>芯片在一个网络中最多支持两种量化类型，现在会有 {types}；请先把其中一种类型的层改回去，或使用浮点。</translation>
    </message>
    <message>
        <source>default type</source>
        <translation>默认类型</translation>
    </message>
    <message>
        <source>fit</source>
        <translation>缩放方式</translation>
    </message>
    <message>
        <source>float</source>
        <translation>浮点</translation>
    </message>
    <message>
        <source>{count} layers to {type}</source>
        <translation>{count} 个层改为 {type}</translation>
    </message>
    <message>
        <source>{layer} to {type}</source>
        <translation>{layer} 改为 {type}</translation>
    </message>
</context>
<context>
    <name>ErrorProfile</name>
    <message>
        <source>1 − cosine similarity</source>
        <translation>1 − 余弦相似度</translation>
    </message>
    <message>
        <source>Accumulated</source>
        <translation>累积误差</translation>
    </message>
    <message>
        <source>After a run: the error of each layer along the network.</source>
        <translation>运行后在此显示沿网络深度的各层误差。</translation>
    </message>
    <message>
        <source>Click selects the layer; the wheel zooms.</source>
        <translation>单击选中该层；滚轮缩放。</translation>
    </message>
    <message>
        <source>Error profile</source>
        <translation>误差曲线</translation>
    </message>
    <message>
        <source>Layers, from input to output</source>
        <translation>层（从输入到输出）</translation>
    </message>
    <message>
        <source>Own</source>
        <translation>单层误差</translation>
    </message>
    <message>
        <source>{layer} — own {own}, accumulated {accumulated}</source>
        <translation>{layer} — 单层误差 {own}，累积误差 {accumulated}</translation>
    </message>
</context>
<context>
    <name>Exports</name>
    <message>
        <source>The settings have changed since the last run; run first (F5).</source>
        <translation>上次运行之后设置已改变，请先运行（F5）。</translation>
    </message>
    <message>
        <source>Exported {file}.</source>
        <translation>已导出 {file}。</translation>
    </message>
    <message>
        <source>Exporting</source>
        <translation>正在导出</translation>
    </message>
    <message>
        <source>Experimental: the file is written from observation of the format, without the vendor's toolkit, and no such file was ever tried on a board. Compare its results with the emulator's before you rely on it.</source>
        <translation>实验性功能：该文件根据对格式的观察写成，没有使用厂商工具链，也从未在开发板上验证过。使用之前请先与仿真器的结果进行比较。</translation>
    </message>
    <message>
        <source>ONNX models</source>
        <translation>ONNX 模型</translation>
    </message>
    <message>
        <source>Python programs</source>
        <translation>Python 程序</translation>
    </message>
    <message>
        <source>Quantization configuration</source>
        <translation>量化配置</translation>
    </message>
    <message>
        <source>Quantization parameters</source>
        <translation>量化参数</translation>
    </message>
    <message>
        <source>RKNN models</source>
        <translation>RKNN 模型</translation>
    </message>
    <message>
        <source>Web pages</source>
        <translation>网页</translation>
    </message>
    <message>
        <source>Write it anyway…</source>
        <translation>仍然写入…</translation>
    </message>
</context>
<context>
    <name>Finding</name>
    <message>
        <source>{term} is not a complete regular expression.</source>
        <translation>{term} 不是完整的正则表达式。</translation>
    </message>
    <message>
        <source>{term} cannot be compared; write for example {examples}.</source>
        <translation>{term} 无法比较；可写成例如 {examples}。</translation>
    </message>
    <message>
        <source>Words are sought in names and operators; /pattern/ is a regular expression.
Conditions: err &gt; 5%, cos &lt; 0.99, snr &lt; 20, max, sat, own.cos …, own and acc (the metric in view),
time &gt; 1ms, ddr &gt; 1MB, type = i16, op, engine, name. All of them must hold.</source>
        <translation>单词在层名和算子名中查找；/模式/ 是正则表达式。
条件：err &gt; 5%、cos &lt; 0.99、snr &lt; 20、max、sat、own.cos …，own 和 acc（当前指标），
time &gt; 1ms、ddr &gt; 1MB、type = i16、op、engine、name。所有条件必须同时满足。</translation>
    </message>
</context>
<context>
    <name>FindingCard</name>
    <message>
        <source>Go to {layer}</source>
        <translation>转到 {layer}</translation>
    </message>
    <message>
        <source>In force already.</source>
        <translation>已经生效。</translation>
    </message>
</context>
<context>
    <name>FindingWords</name>
    <message>
        <source>Correct biases</source>
        <translation>偏置校正</translation>
    </message>
    <message>
        <source>Equalize channels</source>
        <translation>均衡通道</translation>
    </message>
    <message>
        <source>Mean {mean}, std {std}</source>
        <translation>均值 {mean}，标准差 {std}</translation>
    </message>
    <message>
        <source>One step to undo.</source>
        <translation>一步即可撤销。</translation>
    </message>
    <message>
        <source>Pictures of 0 … 255 become {low} … {high}. One step to undo.</source>
        <translation>图片的 0 … 255 变为 {low} … {high}。可一步撤销。</translation>
    </message>
    <message>
        <source>Range by mmse</source>
        <translation>用 mmse 选择范围</translation>
    </message>
    <message>
        <source>Run in {type}</source>
        <translation>改用 {type}</translation>
    </message>
    <message>
        <source>Run {count} layers in {type}</source>
        <translation>{count} 层改用 {type}</translation>
    </message>
    <message>
        <source>Run {layer} in {type}</source>
        <translation>{layer} 改用 {type}</translation>
    </message>
    <message>
        <source>Set the range {low} … {high}</source>
        <translation>把范围设为 {low} … {high}</translation>
    </message>
    <message>
        <source>Turns on this repair for all layers; one step to undo.</source>
        <translation>为所有层启用此项权重修复；一步即可撤销。</translation>
    </message>
    <message>
        <source>Write a model cut here…</source>
        <translation>写出在此截断的模型…</translation>
    </message>
    <message>
        <source>Writes an ONNX model that ends in front of this concat; the board's CPU computes the rest.</source>
        <translation>写出在该 concat 之前结束的 ONNX 模型；其余部分由板上的 CPU 计算。</translation>
    </message>
</context>
<context>
    <name>GoalBox</name>
    <message>
        <source>At least</source>
        <translation>不低于</translation>
    </message>
    <message>
        <source>At most</source>
        <translation>不超过</translation>
    </message>
    <message>
        <source>Choose the file</source>
        <translation>选择文件</translation>
    </message>
    <message>
        <source>FILE.py:function(outputs, float_outputs)</source>
        <translation>文件.py:函数(outputs, float_outputs)</translation>
    </message>
    <message>
        <source>Function of your own…</source>
        <translation>自定义函数…</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Labels file, lines: picture class</source>
        <translation>标签文件，每行：图片 类别</translation>
    </message>
    <message>
        <source>Least quality</source>
        <translation>最低精度</translation>
    </message>
    <message>
        <source>Lowest cosine of the outputs</source>
        <translation>各输出的最低余弦相似度</translation>
    </message>
    <message>
        <source>Lowest cosine of their parts</source>
        <translation>输出各部分的最低余弦相似度</translation>
    </message>
    <message>
        <source>Most time</source>
        <translation>最长耗时</translation>
    </message>
    <message>
        <source>No goal: points along the whole curve</source>
        <translation>不设目标：沿整条曲线取点</translation>
    </message>
    <message>
        <source>Python files</source>
        <translation>Python 文件</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>精度指标</translation>
    </message>
    <message>
        <source>SNR of the outputs (dB)</source>
        <translation>输出的信噪比 (dB)</translation>
    </message>
    <message>
        <source>The best plan within this estimated time</source>
        <translation>在该估计耗时内最好的方案</translation>
    </message>
    <message>
        <source>The fastest plan with this quality</source>
        <translation>达到该精度的最快方案</translation>
    </message>
    <message>
        <source>Top-1 agreement with float</source>
        <translation>与浮点 top-1 一致率</translation>
    </message>
    <message>
        <source>Top-1 on labels…</source>
        <translation>按标签的 top-1…</translation>
    </message>
    <message>
        <source>Types</source>
        <translation>类型</translation>
    </message>
</context>
<context>
    <name>GraphArea</name>
    <message>
        <source>Drawing the graph</source>
        <translation>正在绘制网络图</translation>
    </message>
    <message>
        <source>Graph of the network; arrow keys walk along its lines</source>
        <translation>网络图；用方向键沿连线移动</translation>
    </message>
    <message>
        <source>Legend</source>
        <translation>图例</translation>
    </message>
</context>
<context>
    <name>GraphCommands</name>
    <message>
        <source>Copied the picture.</source>
        <translation>已复制图片。</translation>
    </message>
    <message>
        <source>Exported {file}.</source>
        <translation>已导出 {file}。</translation>
    </message>
    <message>
        <source>PNG pictures</source>
        <translation>PNG 图片</translation>
    </message>
    <message>
        <source>SVG pictures</source>
        <translation>SVG 图片</translation>
    </message>
    <message>
        <source>Export the graph as a picture</source>
        <translation>将网络图导出为图片</translation>
    </message>
    <message>
        <source>Drawing the picture</source>
        <translation>正在绘制图片</translation>
    </message>
</context>
<context>
    <name>GraphView</name>
    <message>
        <source>Click to fold or open this stage.</source>
        <translation>单击可折叠或展开此阶段。</translation>
    </message>
</context>
<context>
    <name>HeatMap</name>
    <message>
        <source>Accumulated</source>
        <translation>累积误差</translation>
    </message>
    <message>
        <source>After a run: the error of every layer on every picture.</source>
        <translation>运行后：显示每一层在每张图片上的误差。</translation>
    </message>
    <message>
        <source>All pictures</source>
        <translation>全部图片</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>热力图</translation>
    </message>
    <message>
        <source>Layers from left to right, pictures below each other</source>
        <translation>从左到右为各层，从上到下为各图片</translation>
    </message>
    <message>
        <source>Own</source>
        <translation>单层误差</translation>
    </message>
    <message>
        <source>{metric}, {kind}; a click selects layer and picture.</source>
        <translation>{metric}，{kind}；单击选中该层和图片。</translation>
    </message>
</context>
<context>
    <name>HistogramView</name>
    <message>
        <source>(log counts)</source>
        <translation>（计数取对数）</translation>
    </message>
    <message>
        <source>Arrow keys move it, Tab goes to the other end</source>
        <translation>方向键移动该端点，Tab 键切换到另一端</translation>
    </message>
    <message>
        <source>Lower end</source>
        <translation>下端</translation>
    </message>
    <message>
        <source>Upper end</source>
        <translation>上端</translation>
    </message>
    <message>
        <source>as {type}</source>
        <translation>{type} 量化后</translation>
    </message>
    <message>
        <source>every code</source>
        <translation>每个量化值</translation>
    </message>
    <message>
        <source>every {count} codes</source>
        <translation>每 {count} 个量化值</translation>
    </message>
    <message>
        <source>float</source>
        <translation>浮点</translation>
    </message>
</context>
<context>
    <name>Imports</name>
    <message>
        <source>Import {file}</source>
        <translation>导入 {file}</translation>
    </message>
    <message>
        <source>Importing</source>
        <translation>正在导入</translation>
    </message>
    <message>
        <source>Open a model first, then import its cfg.</source>
        <translation>请先打开模型，再导入它的 cfg。</translation>
    </message>
    <message>
        <source>Types and parameters are those of {file} now.</source>
        <translation>类型和参数现在与 {file} 一致。</translation>
    </message>
    <message>
        <source>Open a model first, then import its report.</source>
        <translation>请先打开模型，再导入它的报告。</translation>
    </message>
</context>
<context>
    <name>InputPanel</name>
    <message>
        <source>First picture as the network sees it</source>
        <translation>网络实际看到的第一张图片</translation>
    </message>
    <message>
        <source>Input</source>
        <translation>输入</translation>
    </message>
    <message>
        <source>Open a model first; then choose pictures for it here.</source>
        <translation>请先打开模型，然后在此选择图片。</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Preprocessing, in the toolkit's words</source>
        <translation>预处理（参数名与 RKNN-Toolkit 相同）</translation>
    </message>
</context>
<context>
    <name>InputPreview</name>
    <message>
        <source>Appears when pictures are chosen.</source>
        <translation>选择图片后在此显示。</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>预览</translation>
    </message>
    <message>
        <source>{name}, {width}×{height}; values after preprocessing: {low} … {high}</source>
        <translation>{name}，{width}×{height}；预处理后的数值：{low} … {high}</translation>
    </message>
</context>
<context>
    <name>JudgingBox</name>
    <message>
        <source>All pictures calibrate. Before it measures, rkviz keeps half of them to judge by.</source>
        <translation>所有图片都参与了校准。测量前 rkviz 会留出一半图片用于评估。</translation>
    </message>
    <message>
        <source>Calibrate with half of the pictures</source>
        <translation>只用一半图片校准</translation>
    </message>
    <message>
        <source>Calibrate with {count} pictures</source>
        <translation>用 {count} 张图片校准</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Choose pictures to judge by</source>
        <translation>选择评估图片</translation>
    </message>
    <message>
        <source>Few pictures judge: it may be chance. {few} or more are better.</source>
        <translation>评估图片太少，结果可能只是偶然；最好有 {few} 张以上。</translation>
    </message>
    <message>
        <source>Judge by the pictures that do not calibrate</source>
        <translation>用未参与校准的图片评估</translation>
    </message>
    <message>
        <source>Judged on the pictures that calibration leaves over.</source>
        <translation>用未参与校准的图片评估。</translation>
    </message>
    <message>
        <source>Judged on {names}.</source>
        <translation>评估图片：{names}。</translation>
    </message>
    <message>
        <source>Pictures that judge plans and repairs, and only that</source>
        <translation>只用于评估方案和修复的图片</translation>
    </message>
    <message>
        <source>The only picture calibrates; choose others to judge by.</source>
        <translation>仅有的一张图片已用于校准，请另选图片用于评估。</translation>
    </message>
    <message>
        <source>The other half judges; one undo step</source>
        <translation>另一半用于评估；可一步撤销</translation>
    </message>
    <message>
        <source>Those left over</source>
        <translation>用剩余图片</translation>
    </message>
    <message>
        <source>{used} of {count} pictures calibrate now, the others judge; undo takes it back.</source>
        <translation>现在用 {count} 张图片中的 {used} 张校准，其余用于评估；可撤销。</translation>
    </message>
    <message>
        <source>{used} pictures calibrate, {left} others judge.</source>
        <translation>{used} 张图片校准，另外 {left} 张评估。</translation>
    </message>
</context>
<context>
    <name>LayerComparison</name>
    <message>
        <source>Accum.</source>
        <translation>累积</translation>
    </message>
    <message>
        <source>Own</source>
        <translation>单层</translation>
    </message>
    <message>
        <source>Board</source>
        <translation>板端</translation>
    </message>
    <message>
        <source>Emulator</source>
        <translation>仿真器</translation>
    </message>
    <message>
        <source>Toolkit</source>
        <translation>工具链</translation>
    </message>
    <message>
        <source>Board, all quantized: {codes}</source>
        <translation>板端，全部量化：{codes}</translation>
    </message>
    <message>
        <source>Board, this layer alone: {codes}</source>
        <translation>板端，仅此层：{codes}</translation>
    </message>
    <message>
        <source>Float tensor: cosine {cosine}</source>
        <translation>浮点张量：余弦相似度 {cosine}</translation>
    </message>
    <message>
        <source>Toolkit, all quantized: {codes}</source>
        <translation>工具链，全部量化：{codes}</translation>
    </message>
    <message>
        <source>Toolkit, this layer alone: {codes}</source>
        <translation>工具链，仅此层：{codes}</translation>
    </message>
    <message>
        <source>all codes equal</source>
        <translation>量化值全部相同</translation>
    </message>
    <message>
        <source>cosine {cosine}</source>
        <translation>余弦相似度 {cosine}</translation>
    </message>
    <message>
        <source>{share} of the codes equal, {apart} apart at most, cosine {cosine}</source>
        <translation>{share} 的量化值相同，最多相差 {apart}，余弦相似度 {cosine}</translation>
    </message>
    <message>
        <source>≠ They disagree: the distances differ more than three times.</source>
        <translation>≠ 结果不一致：两者的距离相差三倍以上。</translation>
    </message>
</context>
<context>
    <name>LayerDetails</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>DDR traffic</source>
        <translation>DDR 访问量</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>说明</translation>
    </message>
    <message>
        <source>ONNX</source>
        <translation>ONNX</translation>
    </message>
    <message>
        <source>Runs on</source>
        <translation>运行于</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>耗时</translation>
    </message>
    <message>
        <source>Toolkit</source>
        <translation>Toolkit</translation>
    </message>
    <message>
        <source>≈ {cost}, {share} % of the network</source>
        <translation>≈ {cost}，占整个网络的 {share} %</translation>
    </message>
</context>
<context>
    <name>LayerErrors</name>
    <message>
        <source>Accumulated</source>
        <translation>累积误差</translation>
    </message>
    <message>
        <source>Only this layer is quantized, fed with float tensors (individual)</source>
        <translation>仅量化该层，输入为浮点张量（individual）</translation>
    </message>
    <message>
        <source>Own</source>
        <translation>单层误差</translation>
    </message>
    <message>
        <source>Picture by picture</source>
        <translation>逐张图片</translation>
    </message>
    <message>
        <source>The whole network is quantized (entire)</source>
        <translation>整个网络都量化（entire）</translation>
    </message>
</context>
<context>
    <name>LayerMaps</name>
    <message>
        <source>({steps} steps)</source>
        <translation>（{steps} 步）</translation>
    </message>
    <message>
        <source>Channel</source>
        <translation>通道</translation>
    </message>
    <message>
        <source>Computing one layer</source>
        <translation>正在计算单层</translation>
    </message>
    <message>
        <source>Computing…</source>
        <translation>正在计算…</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差值</translation>
    </message>
    <message>
        <source>Float</source>
        <translation>浮点</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Quantized</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Row {row}, column {column}: {real} → {emulated}</source>
        <translation>第 {row} 行，第 {column} 列：{real} → {emulated}</translation>
    </message>
    <message>
        <source>This layer alone</source>
        <translation>仅量化该层</translation>
    </message>
    <message>
        <source>What is quantized</source>
        <translation>量化哪些层</translation>
    </message>
    <message>
        <source>Whole network</source>
        <translation>整个网络</translation>
    </message>
    <message>
        <source>{low} … {high}; largest difference {apart}</source>
        <translation>{low} … {high}；最大差值 {apart}</translation>
    </message>
</context>
<context>
    <name>LayerPage</name>
    <message>
        <source>, then </source>
        <translation>，接 </translation>
    </message>
    <message>
        <source>Beside toolkit and board (cosine)</source>
        <translation>与工具链和板端对照（余弦相似度）</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the name of the layer</source>
        <translation>复制层名</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>误差</translation>
    </message>
    <message>
        <source>Feature maps</source>
        <translation>特征图</translation>
    </message>
    <message>
        <source>Inherited: the type of the whole network.</source>
        <translation>继承：与整个网络的类型一致。</translation>
    </message>
    <message>
        <source>Name of the layer</source>
        <translation>层名</translation>
    </message>
    <message>
        <source>Not run: {reason}</source>
        <translation>未运行：{reason}</translation>
    </message>
    <message>
        <source>Range of the output</source>
        <translation>输出范围</translation>
    </message>
    <message>
        <source>Suggested by step 1 of the toolkit; choose a type to decide yourself.</source>
        <translation>由工具链第 1 步建议；选择一种类型即可自行决定。</translation>
    </message>
    <message>
        <source>These errors are of the settings before the change.</source>
        <translation>这些误差仍为修改前设置的结果。</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Where it runs and what it is called</source>
        <translation>执行单元与名称</translation>
    </message>
    <message>
        <source>Why, and what to try</source>
        <translation>原因与建议</translation>
    </message>
    <message>
        <source>You asked for {asked}; the chip runs this operator in {runs} only.</source>
        <translation>设定为 {asked}，但芯片只能以 {runs} 运行该算子。</translation>
    </message>
    <message>
        <source>output {shape}</source>
        <translation>输出 {shape}</translation>
    </message>
</context>
<context>
    <name>LayerPanel</name>
    <message>
        <source>Layer</source>
        <translation>层详情</translation>
    </message>
</context>
<context>
    <name>LayerRange</name>
    <message>
        <source>Add pictures and run: then it is shown how the values are spread.</source>
        <translation>添加图片并运行后，这里显示数值的分布。</translation>
    </message>
    <message>
        <source>Becomes</source>
        <translation>量化参数</translation>
    </message>
    <message>
        <source>Converters</source>
        <translation>转换</translation>
    </message>
    <message>
        <source>Counting how the values are spread…</source>
        <translation>正在统计数值的分布…</translation>
    </message>
    <message>
        <source>Filled: the values of the float network, counts on a logarithmic scale. Line: what the codes make of them. Red: outside the range, clipped. Drag the ends; Tab and the arrow keys move them too; Ctrl and the wheel zoom, a double click shows all.</source>
        <translation>填充：浮点网络的数值，个数取对数。折线：量化后的分布。红色：范围之外，被截断。可拖动两端，也可用 Tab 和方向键移动；Ctrl 加滚轮缩放，双击显示全部。</translation>
    </message>
    <message>
        <source>How the values are spread is counted once the run is finished.</source>
        <translation>运行结束后统计数值的分布。</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Parameters of {layer}</source>
        <translation>修改 {layer} 的量化参数</translation>
    </message>
    <message>
        <source>Range method of {layer}</source>
        <translation>修改 {layer} 的范围选择方法</translation>
    </message>
    <message>
        <source>Range of {layer}</source>
        <translation>修改 {layer} 的范围</translation>
    </message>
    <message>
        <source>Reset the range of {layer}</source>
        <translation>重置 {layer} 的范围</translation>
    </message>
    <message>
        <source>Shared with</source>
        <translation>共用范围</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
</context>
<context>
    <name>LayerTable</name>
    <message>
        <source>Copy names</source>
        <translation>复制层名</translation>
    </message>
    <message>
        <source>Copy rows</source>
        <translation>复制所选行</translation>
    </message>
    <message>
        <source>Default type</source>
        <translation>默认类型</translation>
    </message>
    <message>
        <source>Filter the layers</source>
        <translation>筛选层</translation>
    </message>
    <message>
        <source>Filter: name, own&lt;0.99, acc&lt;0.99, type=i16</source>
        <translation>筛选：层名、own&lt;0.99、acc&lt;0.99、type=i16</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层列表</translation>
    </message>
    <message>
        <source>Layers of the network</source>
        <translation>网络的各层</translation>
    </message>
    <message>
        <source>Open a model to see its layers.</source>
        <translation>打开模型后在此显示各层。</translation>
    </message>
    <message>
        <source>{shown} of {known}</source>
        <translation>{shown} / {known}</translation>
    </message>
</context>
<context>
    <name>LayerTableModel</name>
    <message>
        <source>#</source>
        <translation>#</translation>
    </message>
    <message>
        <source>Accumulated</source>
        <translation>累积误差</translation>
    </message>
    <message>
        <source>Board</source>
        <translation>板端</translation>
    </message>
    <message>
        <source>Cosine on the board; ≠ where the emulator disagrees</source>
        <translation>板端的余弦相似度；≠ 表示与仿真器不一致</translation>
    </message>
    <message>
        <source>Cosine the toolkit reports; ≠ where the emulator disagrees</source>
        <translation>工具链报告的余弦相似度；≠ 表示与仿真器不一致</translation>
    </message>
    <message>
        <source>Effect</source>
        <translation>影响</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>执行单元</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Locked: a search leaves its type alone (K)</source>
        <translation>已锁定：搜索不会改变其类型（K）</translation>
    </message>
    <message>
        <source>Name of the layer, as in the ONNX file</source>
        <translation>层名，与 ONNX 文件一致</translation>
    </message>
    <message>
        <source>Number type the layer runs in; filled where you chose it</source>
        <translation>该层运行的数据类型；由您指定时以实心显示</translation>
    </message>
    <message>
        <source>Of the settings before the last change</source>
        <translation>上次修改之前设置的结果</translation>
    </message>
    <message>
        <source>One of the two tensors is all zero</source>
        <translation>两个张量之一全为零</translation>
    </message>
    <message>
        <source>Operator</source>
        <translation>算子</translation>
    </message>
    <message>
        <source>Operator, with the activation that runs in the same operation</source>
        <translation>算子，以及在同一操作中执行的激活</translation>
    </message>
    <message>
        <source>Own error</source>
        <translation>单层误差</translation>
    </message>
    <message>
        <source>Part of the chip that runs the layer: NN, TP (tensor processor), SH (shader) or CPU</source>
        <translation>运行该层的芯片单元：NN、TP（张量处理器）、SH（着色器）或 CPU</translation>
    </message>
    <message>
        <source>Place in the network, counted from the input</source>
        <translation>在网络中的次序，从输入开始</translation>
    </message>
    <message>
        <source>Range from</source>
        <translation>范围来源</translation>
    </message>
    <message>
        <source>SNR in dB the outputs would have if only this layer were quantized; low is to blame</source>
        <translation>只量化该层时输出的信噪比 (dB)；越低影响越大</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>形状</translation>
    </message>
    <message>
        <source>Shape of the output</source>
        <translation>输出形状</translation>
    </message>
    <message>
        <source>Suggested by step 1 of the toolkit, chosen by nobody</source>
        <translation>由工具链第 1 步建议，尚无人选定</translation>
    </message>
    <message>
        <source>The emulator says {cosine}.</source>
        <translation>仿真器的结果是 {cosine}。</translation>
    </message>
    <message>
        <source>This layer only moves codes; it adds no error of its own</source>
        <translation>该层只搬移量化值，本身不产生误差</translation>
    </message>
    <message>
        <source>Toolkit</source>
        <translation>工具链</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Why the output has the range it has</source>
        <translation>输出为何采用该范围</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>未运行</translation>
    </message>
    <message>
        <source>{metric}, only this layer quantized (individual): finds the culprit</source>
        <translation>{metric}，仅量化该层（individual）：找出误差源头</translation>
    </message>
    <message>
        <source>{metric}, the whole network quantized (entire): shows the victims</source>
        <translation>{metric}，整个网络都量化（entire）：显示受影响的层</translation>
    </message>
</context>
<context>
    <name>LayerWeights</name>
    <message>
        <source>A bar for each output channel. All of them share the codes between the dashed lines: a short bar has few of them left.</source>
        <translation>每个输出通道一根条。所有通道共用虚线之间的量化值：条越短，分到的量化值越少。</translation>
    </message>
    <message>
        <source>As they are in the model, or those that lose most by one range for all first</source>
        <translation>按模型中的顺序，或把因共用范围而损失最多的通道排在前面</translation>
    </message>
    <message>
        <source>Bias</source>
        <translation>偏置</translation>
    </message>
    <message>
        <source>Biases in steps</source>
        <translation>偏置（以步长计）</translation>
    </message>
    <message>
        <source>Channel {channel}: {low} … {high}</source>
        <translation>通道 {channel}：{low} … {high}</translation>
    </message>
    <message>
        <source>In their order</source>
        <translation>按通道顺序</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Move over a bar to read its channel.</source>
        <translation>将鼠标移到条上可查看该通道。</translation>
    </message>
    <message>
        <source>Narrowest first</source>
        <translation>最窄的在前</translation>
    </message>
    <message>
        <source>Order of the channels</source>
        <translation>通道的排序</translation>
    </message>
    <message>
        <source>Range</source>
        <translation>范围</translation>
    </message>
    <message>
        <source>Range method of the weights of {layer}</source>
        <translation>修改 {layer} 权重的范围选择方法</translation>
    </message>
    <message>
        <source>The range of each channel, or its bias in steps of the accumulator</source>
        <translation>各通道的权重范围，或以累加器步长计的偏置</translation>
    </message>
    <message>
        <source>Weight ranges</source>
        <translation>权重范围</translation>
    </message>
    <message>
        <source>What the bars show</source>
        <translation>条形图的内容</translation>
    </message>
    <message>
        <source>bias {bias} = {steps} steps</source>
        <translation>偏置 {bias} = {steps} 步</translation>
    </message>
    <message>
        <source>step {step}; the largest is {largest} steps</source>
        <translation>量化步长 {step}；最大的偏置为 {largest} 步</translation>
    </message>
    <message>
        <source>{codes} of {every} codes</source>
        <translation>{every} 个量化值中的 {codes} 个</translation>
    </message>
    <message>
        <source>{count} are less than half a step and become 0</source>
        <translation>{count} 个小于半步，变为 0</translation>
    </message>
    <message>
        <source>{starved} of {channels} channels have fewer than 16 codes; channel {worst} has the fewest: {codes} of {every} ({bits} bits).</source>
        <translation>{channels} 个通道中有 {starved} 个分到的量化值不足 16 个；通道 {worst} 最少：{every} 个中的 {codes} 个（{bits} 位）。</translation>
    </message>
</context>
<context>
    <name>LayerWords</name>
    <message>
        <source>0 to 6: the bounds of relu6, which runs in the same operation.</source>
        <translation>0 到 6：relu6 的上下限，与该层在同一操作中完成。</translation>
    </message>
    <message>
        <source>As in {layer}: this operation only moves or selects codes.</source>
        <translation>与 {layer} 相同：该操作只搬移或选取量化值。</translation>
    </message>
    <message>
        <source>Clipped to −6.3 … 6.3, because the sigmoid {layer} is flat beyond that.</source>
        <translation>截断到 −6.3 … 6.3，因为 sigmoid {layer} 在此之外已趋于饱和。</translation>
    </message>
    <message>
        <source>Converted for {layer}, which runs in another type.</source>
        <translation>为 {layer} 转换，该层使用另一种类型。</translation>
    </message>
    <message>
        <source>Cosine similarity</source>
        <translation>余弦相似度</translation>
    </message>
    <message>
        <source>Euclidean, normalised</source>
        <translation>归一化欧氏距离</translation>
    </message>
    <message>
        <source>Floating point (fp16 on the device) needs no range.</source>
        <translation>浮点（设备上为 fp16），无需范围。</translation>
    </message>
    <message>
        <source>Joined by {layer}: a concat copies codes, so its inputs and its output share one range.</source>
        <translation>由 {layer} 合并：concat 直接复制量化值，因此其输入和输出共用一个范围。</translation>
    </message>
    <message>
        <source>KL divergence</source>
        <translation>KL 散度</translation>
    </message>
    <message>
        <source>Largest error</source>
        <translation>最大误差</translation>
    </message>
    <message>
        <source>MMSE</source>
        <translation>MMSE</translation>
    </message>
    <message>
        <source>Measured: the smallest and the largest value over the calibration pictures.</source>
        <translation>实测：校准图片上的最小值和最大值。</translation>
    </message>
    <message>
        <source>NN engine (convolution)</source>
        <translation>NN 引擎（卷积）</translation>
    </message>
    <message>
        <source>Not on the NPU: the CPU computes it in float</source>
        <translation>NPU 不支持：由 CPU 以浮点计算</translation>
    </message>
    <message>
        <source>Saturated share</source>
        <translation>饱和比例</translation>
    </message>
    <message>
        <source>Shader (slow: one after another)</source>
        <translation>着色器（串行执行，较慢）</translation>
    </message>
    <message>
        <source>Signal to noise</source>
        <translation>信噪比</translation>
    </message>
    <message>
        <source>Tensor processor</source>
        <translation>张量处理器 TP</translation>
    </message>
    <message>
        <source>The model file states these parameters.</source>
        <translation>模型文件给出的参数。</translation>
    </message>
    <message>
        <source>The range of {layer}, because that activation runs in the same operation.</source>
        <translation>取 {layer} 的范围，因为该激活在同一操作中执行。</translation>
    </message>
    <message>
        <source>The scale of the input times the scale of the weights.</source>
        <translation>输入的缩放因子乘以权重的缩放因子。</translation>
    </message>
    <message>
        <source>The smallest and the largest weight.</source>
        <translation>最小和最大的权重。</translation>
    </message>
    <message>
        <source>You set these parameters at {layer}.</source>
        <translation>您在 {layer} 上设定了这些参数。</translation>
    </message>
    <message>
        <source>You set these parameters.</source>
        <translation>这些参数由您设定。</translation>
    </message>
    <message>
        <source>You set this range at {layer}.</source>
        <translation>您在 {layer} 上设定了该范围。</translation>
    </message>
    <message>
        <source>You set this range.</source>
        <translation>该范围由您设定。</translation>
    </message>
    <message>
        <source>activation {layer}</source>
        <translation>激活 {layer}</translation>
    </message>
    <message>
        <source>bias</source>
        <translation>偏置</translation>
    </message>
    <message>
        <source>concat {layer}</source>
        <translation>concat {layer}</translation>
    </message>
    <message>
        <source>converted for {layer}</source>
        <translation>为 {layer} 转换</translation>
    </message>
    <message>
        <source>copied from {layer}</source>
        <translation>复制自 {layer}</translation>
    </message>
    <message>
        <source>depthwise</source>
        <translation>逐通道卷积（depthwise）</translation>
    </message>
    <message>
        <source>dilation {value}</source>
        <translation>膨胀率 {value}</translation>
    </message>
    <message>
        <source>fl {fl} (scale {scale})</source>
        <translation>fl {fl}（缩放因子 {scale}）</translation>
    </message>
    <message>
        <source>float</source>
        <translation>浮点</translation>
    </message>
    <message>
        <source>fp16 on the device</source>
        <translation>设备上为 fp16</translation>
    </message>
    <message>
        <source>kl_divergence: clipped where the codes keep the distribution best.</source>
        <translation>kl_divergence：截断到量化值最能保持分布的范围。</translation>
    </message>
    <message>
        <source>measured</source>
        <translation>实测</translation>
    </message>
    <message>
        <source>mmse: clipped where the squared error is least.</source>
        <translation>mmse：截断到平方误差最小的范围。</translation>
    </message>
    <message>
        <source>model file</source>
        <translation>模型文件给出</translation>
    </message>
    <message>
        <source>moving average</source>
        <translation>滑动平均</translation>
    </message>
    <message>
        <source>moving_average: minimum and maximum averaged over the calibration pictures.</source>
        <translation>moving_average：最小值和最大值在校准图片上的滑动平均。</translation>
    </message>
    <message>
        <source>padding {value}</source>
        <translation>填充 {value}</translation>
    </message>
    <message>
        <source>percentile</source>
        <translation>百分位</translation>
    </message>
    <message>
        <source>percentile: the range that holds the chosen share of all values.</source>
        <translation>percentile：包含所选比例数值的范围。</translation>
    </message>
    <message>
        <source>relu6</source>
        <translation>relu6</translation>
    </message>
    <message>
        <source>scale {scale}</source>
        <translation>缩放因子 {scale}</translation>
    </message>
    <message>
        <source>scale {scale}, zero point {zero}</source>
        <translation>缩放因子 {scale}，零点 {zero}</translation>
    </message>
    <message>
        <source>sigmoid {layer}</source>
        <translation>sigmoid {layer}</translation>
    </message>
    <message>
        <source>stride {value}</source>
        <translation>步长 {value}</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>your parameters</source>
        <translation>手动参数</translation>
    </message>
    <message>
        <source>your range</source>
        <translation>手动范围</translation>
    </message>
    <message>
        <source>{count} groups</source>
        <translation>{count} 组</translation>
    </message>
    <message>
        <source>{outputs} channels from {inputs}</source>
        <translation>{inputs} 通道 → {outputs} 通道</translation>
    </message>
</context>
<context>
    <name>LayersPage</name>
    <message>
        <source>How ranges are chosen</source>
        <translation>范围的选择方法</translation>
    </message>
    <message>
        <source>Outputs</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>Range method of the weights of {count} layers</source>
        <translation>修改 {count} 层权重的范围选择方法</translation>
    </message>
    <message>
        <source>Range method of {count} layers</source>
        <translation>修改 {count} 层的范围选择方法</translation>
    </message>
    <message>
        <source>Selected layers, worst first</source>
        <translation>所选各层（误差大的在前）</translation>
    </message>
    <message>
        <source>The chosen layers, worst first</source>
        <translation>所选的层，误差大的在前</translation>
    </message>
    <message>
        <source>Type of all of them</source>
        <translation>所选各层的类型</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>{count} layers</source>
        <translation>{count} 个层</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>Drag the handles to change where the colours change; double-click to reset them.</source>
        <translation>拖动滑块可改变颜色分界，双击恢复默认。</translation>
    </message>
    <message>
        <source>Legend</source>
        <translation>图例</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>恢复默认</translation>
    </message>
    <message>
        <source>bars in boxes: own, accumulated</source>
        <translation>方框内横条：单层、累积误差</translation>
    </message>
    <message>
        <source>no number</source>
        <translation>无数值</translation>
    </message>
    <message>
        <source>no number: all zero</source>
        <translation>无数值：全为零</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>未运行</translation>
    </message>
    <message>
        <source>pale: of older settings</source>
        <translation>浅色：对应旧设置</translation>
    </message>
</context>
<context>
    <name>Lessons</name>
    <message>
        <source>Angle between the float and the quantized tensor: 1 is the same direction. Blind to a common factor and to single values, so look at SNR as well.</source>
        <translation>浮点张量与量化张量之间的夹角：1 表示方向完全一致。它看不出整体的比例变化，也看不出个别数值的错误，请同时参考信噪比。</translation>
    </message>
    <message>
        <source>Energy of the float tensor over that of the difference, in decibels: 20 dB is an error of 10 %, 40 dB of 1 %. Adds up well from layer to layer.</source>
        <translation>浮点张量与差值的能量之比，以分贝表示：20 dB 相当于 10 % 的误差，40 dB 相当于 1 %。适合逐层比较和累加。</translation>
    </message>
    <message>
        <source>Length of the difference over that of the float tensor; 0 is equal. The toolkit's reports have the same number.</source>
        <translation>差值的长度与浮点张量的长度之比；0 表示完全相同。工具链的报告中也有这个数。</translation>
    </message>
    <message>
        <source>The largest difference of any value, in the unit of the tensor. Tells of a single value that went wrong, which the others average away.</source>
        <translation>所有数值中最大的差值，单位与张量相同。能发现被平均值掩盖的个别错误。</translation>
    </message>
    <message>
        <source>Share of the values outside the range, which are clipped to its ends. Much of it: the range is too narrow, or the calibration pictures are not typical.</source>
        <translation>超出范围而被截断的数值所占的比例，即饱和比例。比例高说明范围过窄，或校准图片没有代表性。</translation>
    </message>
    <message>
        <source>What one step of the code is worth: value = scale × (code − zero point). A wider range needs a larger scale, and small values lose their digits.</source>
        <translation>量化值每一步代表的大小：数值 = 缩放因子 ×（量化值 − 零点）。范围越宽，缩放因子越大，小数值的精度越低。</translation>
    </message>
    <message>
        <source>The code that stands for 0, so that zeros of padding and ReLU stay exact. Only u8 has one.</source>
        <translation>代表 0 的量化值，即零点；它使填充和 ReLU 产生的 0 保持精确。只有 u8 有零点。</translation>
    </message>
    <message>
        <source>Bits behind the point: value = code / 2^fl. One more halves the step and the range.</source>
        <translation>小数位数：数值 = 量化值 / 2^fl。每增加一位，步长和范围都减半。</translation>
    </message>
    <message>
        <source>What a plan is judged by, on pictures that calibration never saw. Parts of an output are its groups of channels: a dead class or box shows there first.</source>
        <translation>评估方案的指标，用未参与校准的图片计算。输出的各部分指按通道划分的组：失效的类别或检测框会最先在那里显现。</translation>
    </message>
</context>
<context>
    <name>LineWords</name>
    <message>
        <source>range {low} … {high}</source>
        <translation>范围 {low} … {high}</translation>
    </message>
    <message>
        <source>converted {before}→{after}: {words}</source>
        <translation>转换 {before}→{after}：{words}</translation>
    </message>
</context>
<context>
    <name>LogPanel</name>
    <message>
        <source>Clear</source>
        <translation>清空</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the selected text, or everything shown</source>
        <translation>复制选中的文字，未选中时复制全部显示内容</translation>
    </message>
    <message>
        <source>Empties this page; the log file keeps everything</source>
        <translation>清空此页；日志文件仍保留全部内容</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Hides messages of less weight; none is lost</source>
        <translation>隐藏级别较低的消息，不会丢失</translation>
    </message>
    <message>
        <source>Info</source>
        <translation>信息</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Nothing to report.</source>
        <translation>暂无消息。</translation>
    </message>
    <message>
        <source>Show from:</source>
        <translation>显示级别：</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>{work}: done in {seconds} s</source>
        <translation>{work}……完成（{seconds} 秒）</translation>
    </message>
</context>
<context>
    <name>Manual</name>
    <message>
        <source>The manual was not built beside these sources; run `make manual` there once.</source>
        <translation>源码旁还没有生成用户手册；请在源码目录运行一次 `make manual`。</translation>
    </message>
    <message>
        <source>No browser answered; open {file} yourself to read the manual.</source>
        <translation>没有可用的浏览器；请自行打开 {file} 阅读手册。</translation>
    </message>
</context>
<context>
    <name>Measures</name>
    <message>
        <source>Cosine by the toolkit</source>
        <translation>工具链的余弦相似度</translation>
    </message>
    <message>
        <source>Cosine on the board</source>
        <translation>板端的余弦相似度</translation>
    </message>
    <message>
        <source>DDR traffic</source>
        <translation>DDR 访问量</translation>
    </message>
    <message>
        <source>Effect on the output</source>
        <translation>对输出的影响</translation>
    </message>
    <message>
        <source>Emulator against board</source>
        <translation>仿真器与板端的差异</translation>
    </message>
    <message>
        <source>Emulator against toolkit</source>
        <translation>仿真器与工具链的差异</translation>
    </message>
    <message>
        <source>Estimated time</source>
        <translation>估计耗时</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>accumulated</source>
        <translation>累积</translation>
    </message>
    <message>
        <source>own</source>
        <translation>单层</translation>
    </message>
</context>
<context>
    <name>Menus</name>
    <message>
        <source>&amp;Clear the list</source>
        <translation>清空列表(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Panels</source>
        <translation>面板(&amp;P)</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
        <source>Toolbar</source>
        <translation>工具栏</translation>
    </message>
    <message>
        <source>{action}: {step}</source>
        <translation>{action}：{step}</translation>
    </message>
</context>
<context>
    <name>MethodChoice</name>
    <message>
        <source>Different methods</source>
        <translation>方法各不相同</translation>
    </message>
    <message>
        <source>How the range follows from the values seen; all methods stay per tensor</source>
        <translation>如何由观测到的数值确定范围；所有方法都是逐张量的</translation>
    </message>
    <message>
        <source>Inherited: {method}</source>
        <translation>继承：{method}</translation>
    </message>
    <message>
        <source>Parameter of the range method</source>
        <translation>范围选择方法的参数</translation>
    </message>
    <message>
        <source>Percent of the values inside, or the weight of each further picture</source>
        <translation>范围内数值的百分比，或每增加一张图片的权重</translation>
    </message>
    <message>
        <source>Range method</source>
        <translation>范围选择方法</translation>
    </message>
    <message>
        <source>minimum and maximum averaged over the pictures</source>
        <translation>各图片最小值和最大值的滑动平均</translation>
    </message>
    <message>
        <source>smallest and largest value</source>
        <translation>最小值和最大值</translation>
    </message>
    <message>
        <source>the clipping that keeps the distribution best</source>
        <translation>最能保持分布的截断</translation>
    </message>
    <message>
        <source>the clipping with the least squared error</source>
        <translation>平方误差最小的截断</translation>
    </message>
    <message>
        <source>the range that holds a share of all values</source>
        <translation>包含给定比例数值的范围</translation>
    </message>
</context>
<context>
    <name>NetworkPage</name>
    <message>
        <source> and {count} more</source>
        <translation> 等，另有 {count} 层</translation>
    </message>
    <message>
        <source>Add pictures, then run: each layer gets its error.</source>
        <translation>添加图片后运行，即可得到每一层的误差。</translation>
    </message>
    <message>
        <source>Beside toolkit and board</source>
        <translation>与工具链和板端对照</translation>
    </message>
    <message>
        <source>Choose anew what the NPU cannot take</source>
        <translation>重新选择 NPU 不支持的参数</translation>
    </message>
    <message>
        <source>Dumped tensors lie beside it: File &gt; Import compares them.</source>
        <translation>旁边有导出的张量：用“文件 &gt; 导入”进行比较。</translation>
    </message>
    <message>
        <source>How ranges are chosen</source>
        <translation>范围的选择方法</translation>
    </message>
    <message>
        <source>Keep what the file states</source>
        <translation>保留文件给出的参数</translation>
    </message>
    <message>
        <source>Layers that do not run</source>
        <translation>无法运行的层</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>说明</translation>
    </message>
    <message>
        <source>Open a model, or drop one on the window.</source>
        <translation>打开模型，或将其拖到窗口中。</translation>
    </message>
    <message>
        <source>Outputs</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>Outputs, accumulated error</source>
        <translation>输出（累积误差）</translation>
    </message>
    <message>
        <source>Parameters of the model file</source>
        <translation>模型文件中的量化参数</translation>
    </message>
    <message>
        <source>Ranges of the network by {method}</source>
        <translation>网络的范围选择方法改为 {method}</translation>
    </message>
    <message>
        <source>Ranges of the weights by {method}</source>
        <translation>权重的范围选择方法改为 {method}</translation>
    </message>
    <message>
        <source>Run to see the error of each layer.</source>
        <translation>运行后即可查看每一层的误差。</translation>
    </message>
    <message>
        <source>Select a layer to see why it has the error it has.</source>
        <translation>选择一个层，查看其误差的原因。</translation>
    </message>
    <message>
        <source>The file is quantized already. Its parameters are used where the NPU can take them, all others are chosen from the pictures; switched off, it is refused.</source>
        <translation>该文件已经量化。NPU 支持的参数照用，其余由图片重新选择；关闭后将拒绝打开。</translation>
    </message>
    <message>
        <source>The file is quantized already: its scales and zero points are used as they are.</source>
        <translation>该文件已经量化：直接使用其中的缩放因子和零点。</translation>
    </message>
    <message>
        <source>These errors are of the settings before the change.</source>
        <translation>这些误差仍为修改前设置的结果。</translation>
    </message>
    <message>
        <source>Type of the whole network</source>
        <translation>整个网络的类型</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>发现的问题</translation>
    </message>
    <message>
        <source>Whole network to {type}</source>
        <translation>整个网络改为 {type}</translation>
    </message>
    <message>
        <source>Worst own errors: where to begin</source>
        <translation>单层误差最大的层：从这里入手</translation>
    </message>
    <message>
        <source>{exact} of {all} dumped tensors have equal codes, for {picture}.</source>
        <translation>图片 {picture}：{all} 个导出张量中有 {exact} 个的量化值完全相同。</translation>
    </message>
    <message>
        <source>{layers} layers of the accuracy analysis are known here; {apart} disagree.</source>
        <translation>精度分析中有 {layers} 层与本网络对应；{apart} 层结果不一致。</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Copy the message</source>
        <translation>复制消息</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详情</translation>
    </message>
</context>
<context>
    <name>Opening</name>
    <message>
        <source>There is no {file}; was it moved or renamed?</source>
        <translation>找不到 {file}，是否已被移动或改名？</translation>
    </message>
    <message>
        <source>{file} holds neither pictures nor an accuracy analysis; drop the folder in which they lie.</source>
        <translation>{file} 中既没有图片，也没有精度分析结果；请拖入直接包含这些文件的文件夹。</translation>
    </message>
    <message>
        <source>{file} is a model of another framework; export it to ONNX and open that.</source>
        <translation>{file} 是其他框架的模型；请先导出为 ONNX，再打开 ONNX 文件。</translation>
    </message>
    <message>
        <source>{file} is not read; of what hybrid step 1 writes, drop the .quantization.cfg.</source>
        <translation>无需打开 {file}；混合量化第 1 步生成的文件中，请拖入 .quantization.cfg。</translation>
    </message>
    <message>
        <source>{file} is nothing rkviz can open: it takes models (.onnx, .tflite, .rknn), .rkviz projects, pictures, .npy arrays, a dataset.txt, a .quantization.cfg, and the output folder of accuracy_analysis.</source>
        <translation>rkviz 无法打开 {file}。可以打开：模型（.onnx、.tflite、.rknn）、.rkviz 工程、图片、.npy 数组、dataset.txt、.quantization.cfg，以及 accuracy_analysis 的输出文件夹。</translation>
    </message>
    <message>
        <source>{file} is packed; unpack it and drop what is inside.</source>
        <translation>{file} 是压缩包；请先解压，再拖入其中的文件。</translation>
    </message>
    <message>
        <source>{taken} was taken; only one of its kind at a time, so not {others}.</source>
        <translation>已使用 {taken}；同类文件一次只能打开一个，未使用 {others}。</translation>
    </message>
</context>
<context>
    <name>OutputMaps</name>
    <message>
        <source>Channel</source>
        <translation>通道</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差值</translation>
    </message>
    <message>
        <source>Float</source>
        <translation>浮点</translation>
    </message>
    <message>
        <source>Largest difference {apart}</source>
        <translation>最大差值 {apart}</translation>
    </message>
    <message>
        <source>Quantized</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Row {row}, column {column}: {real} → {emulated}</source>
        <translation>第 {row} 行，第 {column} 列：{real} → {emulated}</translation>
    </message>
</context>
<context>
    <name>OutputParts</name>
    <message>
        <source>Change</source>
        <translation>变化</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>Float</source>
        <translation>浮点</translation>
    </message>
    <message>
        <source>Output, part</source>
        <translation>输出 / 部分</translation>
    </message>
    <message>
        <source>Parts of the outputs</source>
        <translation>输出的各部分</translation>
    </message>
    <message>
        <source>Quantized</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>SNR</source>
        <translation>信噪比</translation>
    </message>
    <message>
        <source>SNR against the run before, on the same pictures</source>
        <translation>与上一次运行（相同图片）相比的信噪比</translation>
    </message>
</context>
<context>
    <name>OutputWords</name>
    <message>
        <source>{names} and {count} more</source>
        <translation>{names} 等，另有 {count} 处</translation>
    </message>
    <message>
        <source>{sign} Dead after quantization, one number for every picture: {names}. The cosine of the whole output does not show it.</source>
        <translation>{sign} 量化后失效，所有图片都是同一个数：{names}。整个输出的余弦相似度看不出这一点。</translation>
    </message>
    <message>
        <source>{sign} all {value}</source>
        <translation>{sign} 全为 {value}</translation>
    </message>
</context>
<context>
    <name>OutputsPanel</name>
    <message>
        <source>After a run: the outputs, float beside quantized.</source>
        <translation>运行后：显示输出，浮点与量化并列。</translation>
    </message>
    <message>
        <source>All pictures</source>
        <translation>全部图片</translation>
    </message>
    <message>
        <source>Choose class names</source>
        <translation>选择类别名称</translation>
    </message>
    <message>
        <source>Choose the class names</source>
        <translation>选择类别名称文件</translation>
    </message>
    <message>
        <source>Class names</source>
        <translation>类别名称</translation>
    </message>
    <message>
        <source>Next picture (.)</source>
        <translation>下一张图片（.）</translation>
    </message>
    <message>
        <source>No output of real numbers was computed.</source>
        <translation>没有可显示的浮点输出。</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>Outputs</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Picture before (,)</source>
        <translation>上一张图片（,）</translation>
    </message>
    <message>
        <source>Which of the network's outputs is shown below</source>
        <translation>下方显示网络的哪个输出</translation>
    </message>
    <message>
        <source>Whose outputs are shown, for all the first; it colours the graph, too</source>
        <translation>显示哪张图片的输出（选择全部时显示第一张）；网络图也按该图片着色</translation>
    </message>
</context>
<context>
    <name>ParamsEntry</name>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>缩放因子</translation>
    </message>
    <message>
        <source>The scale has to be a number above 0.</source>
        <translation>缩放因子必须是大于 0 的数。</translation>
    </message>
    <message>
        <source>Use these parameters as they are, whatever the range is</source>
        <translation>直接使用这些参数，不由范围推算</translation>
    </message>
    <message>
        <source>Zero point</source>
        <translation>零点</translation>
    </message>
    <message>
        <source>fl (fraction length)</source>
        <translation>fl（小数位数）</translation>
    </message>
    <message>
        <source>“{part}” is not a number.</source>
        <translation>“{part}”不是数字。</translation>
    </message>
    <message>
        <source>“{part}” is not a whole number from {least} to {most}.</source>
        <translation>“{part}”不是 {least} 到 {most} 之间的整数。</translation>
    </message>
</context>
<context>
    <name>Pictures</name>
    <message>
        <source>The graph is large: it was drawn at {percent} % of its size to stay below {pixels} million pixels. An SVG shows every word.</source>
        <translation>网络图很大：为不超过 {pixels} 百万像素，已按 {percent} % 的比例绘制。SVG 可显示全部文字。</translation>
    </message>
</context>
<context>
    <name>PicturesBox</name>
    <message>
        <source>Add a folder of pictures</source>
        <translation>添加图片文件夹</translation>
    </message>
    <message>
        <source>Add files…</source>
        <translation>添加文件…</translation>
    </message>
    <message>
        <source>Add folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>Add pictures</source>
        <translation>添加图片</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>All pictures and npy files that lie in it</source>
        <translation>该文件夹中的全部图片和 npy 文件</translation>
    </message>
    <message>
        <source>Folders, files and lists in use; drop others here</source>
        <translation>正在使用的文件夹、文件和列表；可将其他来源拖放到窗口中</translation>
    </message>
    <message>
        <source>How many pictures set the ranges, taken from the front</source>
        <translation>用多少张图片确定量化范围（从前往后取）</translation>
    </message>
    <message>
        <source>How many pictures the errors are measured on, taken from the front</source>
        <translation>用多少张图片计算误差（从前往后取）</translation>
    </message>
    <message>
        <source>Left out ({count}):</source>
        <translation>已跳过（{count}）：</translation>
    </message>
    <message>
        <source>No pictures yet. Twenty to a hundred that are typical for the use are a good start.</source>
        <translation>尚无图片。建议先用 20 到 100 张有代表性的图片。</translation>
    </message>
    <message>
        <source>Not read yet.</source>
        <translation>尚未读取。</translation>
    </message>
    <message>
        <source>Number of pictures</source>
        <translation>修改图片数量</translation>
    </message>
    <message>
        <source>Pictures, npy and dataset.txt ({suffixes})</source>
        <translation>图片、npy 和 dataset.txt ({suffixes})</translation>
    </message>
    <message>
        <source>Pictures, npy files or a dataset.txt</source>
        <translation>图片、npy 文件或 dataset.txt</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Samples that were left out</source>
        <translation>被跳过的样本</translation>
    </message>
    <message>
        <source>Sources of pictures</source>
        <translation>图片来源</translation>
    </message>
    <message>
        <source>To analyse:</source>
        <translation>用于分析：</translation>
    </message>
    <message>
        <source>To calibrate:</source>
        <translation>用于校准：</translation>
    </message>
    <message>
        <source>Use what is marked no longer; the files stay</source>
        <translation>不再使用选中的来源；文件不会被删除</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>{count} samples can be used.</source>
        <translation>可用样本 {count} 个。</translation>
    </message>
</context>
<context>
    <name>PlanCommands</name>
    <message>
        <source>Lock {count} layers</source>
        <translation>锁定 {count} 层</translation>
    </message>
    <message>
        <source>Unlock {count} layers</source>
        <translation>解锁 {count} 层</translation>
    </message>
    <message>
        <source>Lock {layer}</source>
        <translation>锁定 {layer}</translation>
    </message>
    <message>
        <source>Unlock {layer}</source>
        <translation>解锁 {layer}</translation>
    </message>
</context>
<context>
    <name>PlanDifference</name>
    <message>
        <source>; worst part {part} {cosine}</source>
        <translation>；最差部分 {part} {cosine}</translation>
    </message>
    <message>
        <source>Accumulated</source>
        <translation>累积误差</translation>
    </message>
    <message>
        <source>Choose two plans or runs (Ctrl + click) to compare them.</source>
        <translation>选择两个方案或两次运行（Ctrl + 单击）进行比较。</translation>
    </message>
    <message>
        <source>Every layer has the same type, range and method in both.</source>
        <translation>两者中每一层的类型、范围和方法都相同。</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Layers the two plans choose differently for</source>
        <translation>两个方案设置不同的层</translation>
    </message>
    <message>
        <source>Own error</source>
        <translation>单层误差</translation>
    </message>
    <message>
        <source>{before} → {after}: {count} layers differ</source>
        <translation>{before} → {after}：{count} 层不同</translation>
    </message>
    <message>
        <source>{plan} has no numbers yet: Measure runs it.</source>
        <translation>{plan} 还没有结果：点“测量”即可运行。</translation>
    </message>
</context>
<context>
    <name>PlanTradeOff</name>
    <message>
        <source>A click opens the plan or run.</source>
        <translation>单击即打开该方案，或回到该次运行。</translation>
    </message>
    <message>
        <source>After a run: the quality of every plan over its time.</source>
        <translation>运行后：显示每个方案的精度与耗时。</translation>
    </message>
    <message>
        <source>Estimated time (ms)</source>
        <translation>估计耗时 (ms)</translation>
    </message>
    <message>
        <source>SNR (dB)</source>
        <translation>信噪比 (dB)</translation>
    </message>
    <message>
        <source>plans</source>
        <translation>方案</translation>
    </message>
    <message>
        <source>runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>search, predicted</source>
        <translation>搜索（预测）</translation>
    </message>
    <message>
        <source>search, predicted: {db} dB, {time}</source>
        <translation>搜索（预测）：{db} dB，{time}</translation>
    </message>
</context>
<context>
    <name>PlanTree</name>
    <message>
        <source>Cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>Estimated for the chip</source>
        <translation>芯片上的估计值</translation>
    </message>
    <message>
        <source>Of the worst output, over all pictures</source>
        <translation>最差输出在全部图片上的值</translation>
    </message>
    <message>
        <source>Plan, run</source>
        <translation>方案 / 运行</translation>
    </message>
    <message>
        <source>Plans</source>
        <translation>方案</translation>
    </message>
    <message>
        <source>Plans and runs</source>
        <translation>方案与运行</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行历史</translation>
    </message>
    <message>
        <source>SNR (dB)</source>
        <translation>信噪比 (dB)</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>耗时</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Worst part of an output</source>
        <translation>最差的输出部分</translation>
    </message>
    <message>
        <source>fps</source>
        <translation>帧率</translation>
    </message>
</context>
<context>
    <name>PlanWords</name>
    <message>
        <source>biases</source>
        <translation>偏置校正</translation>
    </message>
    <message>
        <source>biases in sequence</source>
        <translation>逐层偏置校正</translation>
    </message>
    <message>
        <source>equalize</source>
        <translation>通道均衡</translation>
    </message>
    <message>
        <source>no repairs</source>
        <translation>无修复</translation>
    </message>
    <message>
        <source>round</source>
        <translation>权重舍入优化</translation>
    </message>
    <message>
        <source>{count} dead: {part}</source>
        <translation>{count} 处失效：{part}</translation>
    </message>
</context>
<context>
    <name>PlansPanel</name>
    <message>
        <source>A plan needs a name of its own: “{name}” is empty or taken.</source>
        <translation>方案名称不能为空或重复：“{name}”。</translation>
    </message>
    <message>
        <source>Back to the run of {time}</source>
        <translation>回到 {time} 的运行</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>清空历史</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Delete plan {name}</source>
        <translation>删除方案 {name}</translation>
    </message>
    <message>
        <source>Delete the chosen plans (Del); undo brings them back</source>
        <translation>删除所选方案（Del）；可撤销</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差异</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>创建副本</translation>
    </message>
    <message>
        <source>Duplicate plan {name}</source>
        <translation>创建方案 {name} 的副本</translation>
    </message>
    <message>
        <source>Forget all runs but the newest</source>
        <translation>只保留最近一次运行</translation>
    </message>
    <message>
        <source>Give the plan another name (F2)</source>
        <translation>为方案改名（F2）</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>测量</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open a copy as a plan (Ctrl+D)</source>
        <translation>创建副本并作为新方案打开（Ctrl+D）</translation>
    </message>
    <message>
        <source>Open plan {name}</source>
        <translation>打开方案 {name}</translation>
    </message>
    <message>
        <source>Open the plan, or go back to the run (Enter)</source>
        <translation>打开该方案，或回到该次运行的设置（回车）</translation>
    </message>
    <message>
        <source>Plans</source>
        <translation>方案</translation>
    </message>
    <message>
        <source>Quality and time</source>
        <translation>精度与耗时</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Rename plan {name}</source>
        <translation>重命名方案 {name}</translation>
    </message>
    <message>
        <source>Run every plan that has no numbers yet</source>
        <translation>运行所有还没有结果的方案</translation>
    </message>
</context>
<context>
    <name>Preferences</name>
    <message>
        <source>After an edit, only what depends on it is computed again. Turn this off on a slow computer and press F5 yourself.</source>
        <translation>修改后只重算受影响的部分。电脑较慢时可关闭，改为自己按 F5。</translation>
    </message>
    <message>
        <source>Boxes and panels slide to their new places, so that the eye can follow. Turned off, they jump.</source>
        <translation>方框和面板会滑动到新位置，便于目光跟随；关闭后直接跳到位。</translation>
    </message>
    <message>
        <source>Changes at once; files written for the toolkit stay the same.</source>
        <translation>立即生效；导出给工具链的文件不受影响。</translation>
    </message>
    <message>
        <source>Colours of errors</source>
        <translation>误差配色</translation>
    </message>
    <message>
        <source>Computing</source>
        <translation>计算线程</translation>
    </message>
    <message>
        <source>For the float network, from the next model that is opened. More is faster on a computer of many cores; fewer leave room for other programs.</source>
        <translation>用于浮点网络，从下次打开模型起生效。核数多的电脑上线程越多越快；线程少则给其他程序留出余量。</translation>
    </message>
    <message>
        <source>Green to red needs full colour vision; cividis and viridis do not, and stay in order when printed in grey.</source>
        <translation>“绿到红”需要正常的色觉；cividis 和 viridis 对色觉障碍者同样清晰，灰度打印后深浅顺序也不变。</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Light, dark, or whatever the system uses at this time of the day.</source>
        <translation>浅色、深色，或跟随系统当前的设置。</translation>
    </message>
    <message>
        <source>Preferences</source>
        <translation>首选项</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
</context>
<context>
    <name>PreprocessingBox</name>
    <message>
        <source>Divided by: one number, or one a channel; not 0</source>
        <translation>除以的数：一个数，或每通道一个数；不能为 0</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>缩放方式</translation>
    </message>
    <message>
        <source>How a picture of another size becomes the input; as in training is best</source>
        <translation>图片尺寸与输入不同时的处理方式；应与训练时一致</translation>
    </message>
    <message>
        <source>Input</source>
        <translation>输入</translation>
    </message>
    <message>
        <source>Order of the channels: empty or 0 1 2 is RGB, 2 1 0 is BGR</source>
        <translation>通道顺序：留空或 0 1 2 为 RGB，2 1 0 为 BGR</translation>
    </message>
    <message>
        <source>Short side first</source>
        <translation>短边先缩放到</translation>
    </message>
    <message>
        <source>Subtracted: one number, or one a channel, of 0 … 255</source>
        <translation>减去的均值：一个数，或每通道一个数，范围 0 … 255</translation>
    </message>
    <message>
        <source>all inputs</source>
        <translation>所有输入</translation>
    </message>
    <message>
        <source>as it is (RGB)</source>
        <translation>不变（RGB）</translation>
    </message>
    <message>
        <source>crop (centre cut out: ImageNet)</source>
        <translation>裁剪（取中心区域，ImageNet 用）</translation>
    </message>
    <message>
        <source>letterbox (fit inside, grey border: YOLO)</source>
        <translation>letterbox（等比缩放加灰边，YOLO 用）</translation>
    </message>
    <message>
        <source>size of the network</source>
        <translation>网络输入尺寸</translation>
    </message>
    <message>
        <source>stretch (as the toolkit does)</source>
        <translation>拉伸（与工具链相同）</translation>
    </message>
    <message>
        <source>“{part}” is not a number here; write numbers with spaces between.</source>
        <translation>“{part}”不是有效的数字；请用空格分隔各个数字。</translation>
    </message>
</context>
<context>
    <name>Questions</name>
    <message>
        <source>Choose anew what the NPU cannot take</source>
        <translation>重新选择 NPU 不支持的参数</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>Next: check the preprocessing on the Input page, then run.</source>
        <translation>下一步：在“输入”页核对预处理，然后运行。</translation>
    </message>
    <message>
        <source>Next: drop pictures to calibrate with, or choose them.</source>
        <translation>下一步：拖入或选择用于校准的图片。</translation>
    </message>
    <message>
        <source>Pictures…</source>
        <translation>图片…</translation>
    </message>
    <message>
        <source>Report…</source>
        <translation>错误报告…</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Run (F5)</source>
        <translation>运行（F5）</translation>
    </message>
    <message>
        <source>Save as…</source>
        <translation>另存为…</translation>
    </message>
    <message>
        <source>Show where it is…</source>
        <translation>指定位置…</translation>
    </message>
    <message>
        <source>The model of this project is not where it was: {file}</source>
        <translation>该工程的模型已不在原处：{file}</translation>
    </message>
    <message>
        <source>rkviz ended with unsaved changes of {name}.</source>
        <translation>rkviz 上次退出时，{name} 有未保存的修改。</translation>
    </message>
</context>
<context>
    <name>RangeEntry</name>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Back to the range that follows from the pictures</source>
        <translation>恢复为由图片得出的范围</translation>
    </message>
    <message>
        <source>Largest value of the range</source>
        <translation>范围的最大值</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>重置</translation>
    </message>
    <message>
        <source>Smallest value of the range</source>
        <translation>范围的最小值</translation>
    </message>
    <message>
        <source>The left end has to be smaller than the right one.</source>
        <translation>左端必须小于右端。</translation>
    </message>
    <message>
        <source>The range is wider than the chip's numbers reach.</source>
        <translation>该范围超出了芯片所能表示的数值。</translation>
    </message>
    <message>
        <source>Use this range instead of the measured one</source>
        <translation>用该范围代替实测范围</translation>
    </message>
    <message>
        <source>“{part}” is not a number.</source>
        <translation>“{part}”不是数字。</translation>
    </message>
</context>
<context>
    <name>RangeReading</name>
    <message>
        <source>All {count} tensors that share the range get it.</source>
        <translation>共用该范围的 {count} 个张量都会随之改变。</translation>
    </message>
    <message>
        <source>Clipped: {below} below, {above} above.</source>
        <translation>被截断：下方 {below}，上方 {above}。</translation>
    </message>
    <message>
        <source>Error of this range alone, predicted: {metric} {after}.</source>
        <translation>仅此范围带来的误差（预测）：{metric} {after}。</translation>
    </message>
    <message>
        <source>Nothing is clipped on the calibration pictures.</source>
        <translation>在校准图片上没有数值被截断。</translation>
    </message>
    <message>
        <source>Own error, predicted: {metric} {after} (measured before: {before}).</source>
        <translation>单层误差（预测）：{metric} {after}（此前实测：{before}）。</translation>
    </message>
</context>
<context>
    <name>Remedies</name>
    <message>
        <source>Cutting the network</source>
        <translation>正在截断网络</translation>
    </message>
    <message>
        <source>ONNX models</source>
        <translation>ONNX 模型</translation>
    </message>
    <message>
        <source>Write a model cut here</source>
        <translation>写出在此截断的模型</translation>
    </message>
    <message>
        <source>Wrote {file}: open it to quantize the shorter network.</source>
        <translation>已写出 {file}：打开它即可量化截短后的网络。</translation>
    </message>
</context>
<context>
    <name>RepairTrials</name>
    <message>
        <source>Better</source>
        <translation>更好</translation>
    </message>
    <message>
        <source>Gain</source>
        <translation>提升</translation>
    </message>
    <message>
        <source>Of the worst output, on the judging pictures</source>
        <translation>最差输出在评估图片上的值</translation>
    </message>
    <message>
        <source>On how many judging pictures it is better than without repairs</source>
        <translation>在多少张评估图片上优于不修复</translation>
    </message>
    <message>
        <source>Repairs</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>Repairs that were measured</source>
        <translation>已测量的修复</translation>
    </message>
    <message>
        <source>SNR</source>
        <translation>信噪比</translation>
    </message>
    <message>
        <source>SNR of the worst output, over that without repairs</source>
        <translation>最差输出的信噪比相对不修复的提高</translation>
    </message>
    <message>
        <source>Share of the pictures whose best class is that of the float network</source>
        <translation>首选类别与浮点网络一致的图片比例</translation>
    </message>
    <message>
        <source>Top-1</source>
        <translation>Top-1</translation>
    </message>
    <message>
        <source>Turn the chosen ones on</source>
        <translation>启用所选修复</translation>
    </message>
    <message>
        <source>{judged} pictures judged, none of the {calibrated} that calibrate.</source>
        <translation>用 {judged} 张图片评估，与 {calibrated} 张校准图片无重叠。</translation>
    </message>
</context>
<context>
    <name>RepairsPanel</name>
    <message>
        <source>All repairs are worked out for the default type. Layers in another 8-bit type have only their biases corrected, each for itself; i16 and float stay as they are.</source>
        <translation>所有修复都按默认类型计算。使用其他 8 位类型的层只各自校正偏置；i16 和浮点层保持不变。</translation>
    </message>
    <message>
        <source>Auto</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Chooses the codes that change the output of the layer least</source>
        <translation>选择对该层输出改变最小的量化值</translation>
    </message>
    <message>
        <source>Correct biases</source>
        <translation>偏置校正</translation>
    </message>
    <message>
        <source>Equalize channels across layers</source>
        <translation>跨层通道均衡</translation>
    </message>
    <message>
        <source>Measure these</source>
        <translation>测量当前修复</translation>
    </message>
    <message>
        <source>Measured with other settings than the present ones.</source>
        <translation>这些结果是用其他设置测得的。</translation>
    </message>
    <message>
        <source>Measures all combinations and turns the best one on</source>
        <translation>测量所有组合并启用最好的一种</translation>
    </message>
    <message>
        <source>Measuring repairs</source>
        <translation>正在测量修复效果</translation>
    </message>
    <message>
        <source>Open a model and choose pictures; then its weights can be repaired here.</source>
        <translation>先打开模型并选择图片，然后在这里修复权重。</translation>
    </message>
    <message>
        <source>Repairs</source>
        <translation>权重修复</translation>
    </message>
    <message>
        <source>Repairs, all within per-tensor formats</source>
        <translation>修复方法（均保持逐张量量化格式）</translation>
    </message>
    <message>
        <source>Repairs: {names}</source>
        <translation>修复：{names}</translation>
    </message>
    <message>
        <source>Round weights by second order</source>
        <translation>二阶权重舍入</translation>
    </message>
    <message>
        <source>Scales channels between neighbours, so that one step fits all of them</source>
        <translation>在相邻层之间缩放通道，使同一量化步长适合所有通道</translation>
    </message>
    <message>
        <source>The repairs that are on, beside none</source>
        <translation>已启用的修复与不修复对比</translation>
    </message>
    <message>
        <source>What they are worth</source>
        <translation>修复效果</translation>
    </message>
    <message>
        <source>each layer for itself</source>
        <translation>每层单独校正</translation>
    </message>
    <message>
        <source>in sequence, layer by layer</source>
        <translation>按顺序逐层校正</translation>
    </message>
    <message>
        <source>no</source>
        <translation>不校正</translation>
    </message>
</context>
<context>
    <name>Runs</name>
    <message>
        <source>Measuring plans</source>
        <translation>正在测量方案</translation>
    </message>
</context>
<context>
    <name>SearchBar</name>
    <message>
        <source>{place} of {count}</source>
        <translation>第 {place} 个，共 {count} 个</translation>
    </message>
    <message>
        <source>{count} found</source>
        <translation>找到 {count} 个</translation>
    </message>
    <message>
        <source>Find: name, /pattern/, err &gt; 5%, type = i16</source>
        <translation>查找：名称、/模式/、err &gt; 5%、type = i16</translation>
    </message>
    <message>
        <source>Find layers</source>
        <translation>查找层</translation>
    </message>
    <message>
        <source>Previous hit</source>
        <translation>上一个结果</translation>
    </message>
    <message>
        <source>Next hit</source>
        <translation>下一个结果</translation>
    </message>
    <message>
        <source>Select all hits</source>
        <translation>选中全部结果</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
</context>
<context>
    <name>SearchPoints</name>
    <message>
        <source>A click chooses a point.</source>
        <translation>单击选择一个点。</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Apply the plan of {ms}</source>
        <translation>应用 {ms} 的方案</translation>
    </message>
    <message>
        <source>Best so far: {plan}</source>
        <translation>目前最佳：{plan}</translation>
    </message>
    <message>
        <source>Best: {plan}</source>
        <translation>最佳：{plan}</translation>
    </message>
    <message>
        <source>Buys</source>
        <translation>收益</translation>
    </message>
    <message>
        <source>Costs</source>
        <translation>代价</translation>
    </message>
    <message>
        <source>Estimated time (ms)</source>
        <translation>估计耗时 (ms)</translation>
    </message>
    <message>
        <source>It is the plan the search began with.</source>
        <translation>这就是搜索开始时的方案。</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>实测</translation>
    </message>
    <message>
        <source>Nothing measured yet.</source>
        <translation>还没有实测结果。</translation>
    </message>
    <message>
        <source>Plans the search measured</source>
        <translation>搜索中实测过的方案</translation>
    </message>
    <message>
        <source>Predicted</source>
        <translation>预测</translation>
    </message>
    <message>
        <source>SNR (dB)</source>
        <translation>信噪比 (dB)</translation>
    </message>
    <message>
        <source>The goal is out of reach; nearest: {plan}</source>
        <translation>目标无法达到；最接近：{plan}</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>耗时</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>What the plan changes, and why</source>
        <translation>方案改变了什么，为什么</translation>
    </message>
    <message>
        <source>best</source>
        <translation>最佳</translation>
    </message>
    <message>
        <source>fps</source>
        <translation>帧率</translation>
    </message>
    <message>
        <source>measured</source>
        <translation>实测</translation>
    </message>
    <message>
        <source>predicted</source>
        <translation>预测</translation>
    </message>
    <message>
        <source>predicted {db} dB</source>
        <translation>预测 {db} dB</translation>
    </message>
    <message>
        <source>start</source>
        <translation>起点</translation>
    </message>
    <message>
        <source>{count} groups of layers change; what buys most comes first:</source>
        <translation>改变了 {count} 组层；收益最大的排在前面：</translation>
    </message>
</context>
<context>
    <name>Searching</name>
    <message>
        <source>Measuring effects on the outputs</source>
        <translation>正在测量各层对输出的影响</translation>
    </message>
    <message>
        <source>Plan of {ms} ms from the search</source>
        <translation>搜索得到的 {ms} ms 方案</translation>
    </message>
    <message>
        <source>Searching the best plan</source>
        <translation>正在搜索最佳方案</translation>
    </message>
</context>
<context>
    <name>Section</name>
    <message>
        <source>Shows or hides what is below; kept for the next time</source>
        <translation>展开或收起下方内容，下次启动时保持不变</translation>
    </message>
</context>
<context>
    <name>Session</name>
    <message>
        <source>Add pictures first: a folder, image files or a dataset.txt.</source>
        <translation>请先添加图片：文件夹、图片文件或 dataset.txt。</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open a model first, then add pictures.</source>
        <translation>请先打开模型，再添加图片。</translation>
    </message>
    <message>
        <source>Open a model first, then run.</source>
        <translation>请先打开模型，再运行。</translation>
    </message>
    <message>
        <source>Saved {file}.</source>
        <translation>已保存 {file}。</translation>
    </message>
</context>
<context>
    <name>ShortcutsDialog</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
</context>
<context>
    <name>SizesDialog</name>
    <message>
        <source>Input sizes</source>
        <translation>输入尺寸</translation>
    </message>
    <message>
        <source>The model leaves sizes of its input open. The NPU needs fixed ones; they are kept in the project.</source>
        <translation>模型的输入尺寸没有固定。NPU 需要固定尺寸，所填的值会保存在工程里。</translation>
    </message>
    <message>
        <source>The size the network will run with; ask who trained it</source>
        <translation>网络运行时的输入尺寸；如不确定请咨询模型训练者</translation>
    </message>
    <message>
        <source>{name}, axis {axis}</source>
        <translation>{name}，第 {axis} 维</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>≈ {ms} ms, {fps} fps</source>
        <translation>约 {ms} ms，{fps} fps</translation>
    </message>
    <message>
        <source>Rough estimate: no measured model exists for 16-bit and float layers.</source>
        <translation>粗略估计：16 位与浮点层没有实测模型。</translation>
    </message>
    <message>
        <source>Estimate of the time on the chip, ±12 %.</source>
        <translation>芯片上耗时的估计值，±12 %。</translation>
    </message>
    <message>
        <source>Weights {weights} MB, largest activations {activations} MB.</source>
        <translation>权重 {weights} MB，激活峰值 {activations} MB。</translation>
    </message>
    <message>
        <source>Accumulated error of the worst output</source>
        <translation>最差输出的累积误差</translation>
    </message>
    <message>
        <source>Analysing</source>
        <translation>正在分析</translation>
    </message>
    <message>
        <source>Calibrating</source>
        <translation>正在校准</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Drawing the graph</source>
        <translation>正在绘制网络图</translation>
    </message>
    <message>
        <source>Looking at the pictures</source>
        <translation>正在检查图片</translation>
    </message>
    <message>
        <source>Opening the model</source>
        <translation>正在打开模型</translation>
    </message>
    <message>
        <source>Quantizing</source>
        <translation>正在量化</translation>
    </message>
    <message>
        <source>Repairing weights</source>
        <translation>正在修复权重</translation>
    </message>
    <message>
        <source>The colours belong to older settings; F5 computes them again.</source>
        <translation>颜色对应的是旧设置；按 F5 重新计算。</translation>
    </message>
    <message>
        <source>no pictures</source>
        <translation>没有图片</translation>
    </message>
    <message>
        <source>older settings</source>
        <translation>旧设置</translation>
    </message>
    <message>
        <source>output {value}</source>
        <translation>输出 {value}</translation>
    </message>
    <message>
        <source>pictures not read yet</source>
        <translation>图片尚未读取</translation>
    </message>
    <message>
        <source>worst: {layer} {value}</source>
        <translation>最差：{layer} {value}</translation>
    </message>
    <message>
        <source>{count} pictures</source>
        <translation>{count} 张图片</translation>
    </message>
</context>
<context>
    <name>TopClasses</name>
    <message>
        <source>A text file, one name a line</source>
        <translation>文本文件，每行一个名称</translation>
    </message>
    <message>
        <source>Best classes</source>
        <translation>得分最高的类别</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Class names…</source>
        <translation>类别名称…</translation>
    </message>
    <message>
        <source>Float</source>
        <translation>浮点</translation>
    </message>
    <message>
        <source>Quantized</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>名次</translation>
    </message>
    <message>
        <source>The file names {names}, the network has {classes} classes.</source>
        <translation>文件中有 {names} 个名称，而网络有 {classes} 个类别。</translation>
    </message>
    <message>
        <source>background</source>
        <translation>背景</translation>
    </message>
    <message>
        <source>{names} names, {classes} classes: the first is taken as background.</source>
        <translation>{names} 个名称、{classes} 个类别：第 0 类视为背景。</translation>
    </message>
    <message>
        <source>✓ Both networks see the same class first.</source>
        <translation>✓ 量化前后首选类别相同。</translation>
    </message>
    <message>
        <source>✗ Quantized, another class comes first; that of float is at rank {rank}.</source>
        <translation>✗ 量化后首选类别变了；浮点网络的首选类别排在第 {rank} 名。</translation>
    </message>
</context>
<context>
    <name>TypeButtons</name>
    <message>
        <source>Back to the type of the whole network</source>
        <translation>恢复为整个网络的类型</translation>
    </message>
    <message>
        <source>Default</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>Key {key}</source>
        <translation>快捷键 {key}</translation>
    </message>
    <message>
        <source>asymmetric_affine-u8: 8 bits with scale and zero point</source>
        <translation>asymmetric_affine-u8：8 位，带缩放因子和零点</translation>
    </message>
    <message>
        <source>dynamic_fixed_point-i16: 16 bits, slower and finer</source>
        <translation>dynamic_fixed_point-i16：16 位，精度更高但更慢</translation>
    </message>
    <message>
        <source>dynamic_fixed_point-i8: 8 bits, the scale a power of two</source>
        <translation>dynamic_fixed_point-i8：8 位，缩放因子为 2 的幂</translation>
    </message>
    <message>
        <source>float32 in the cfg; the device computes fp16, slowly</source>
        <translation>cfg 中为 float32；设备上以 fp16 计算，较慢</translation>
    </message>
</context>
<context>
    <name>ValueTable</name>
    <message>
        <source>Difference</source>
        <translation>差值</translation>
    </message>
    <message>
        <source>Float</source>
        <translation>浮点</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Quantized</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>The values that differ most come first.</source>
        <translation>差值最大的值排在前面。</translation>
    </message>
    <message>
        <source>Values of the output</source>
        <translation>输出的数值</translation>
    </message>
</context>
<context>
    <name>ViewBar</name>
    <message>
        <source>Accumulated</source>
        <translation>累积</translation>
    </message>
    <message>
        <source>All pictures</source>
        <translation>全部图片</translation>
    </message>
    <message>
        <source>Colour:</source>
        <translation>着色：</translation>
    </message>
    <message>
        <source>Errors over all pictures, or of one; , and . step through them</source>
        <translation>所有图片或某一张图片的误差；按 , 和 . 逐张切换</translation>
    </message>
    <message>
        <source>Only this layer is quantized (individual): finds the culprit</source>
        <translation>只量化这一层（individual）：找出根源</translation>
    </message>
    <message>
        <source>Own</source>
        <translation>单层</translation>
    </message>
    <message>
        <source>Picture the errors belong to</source>
        <translation>误差所属的图片</translation>
    </message>
    <message>
        <source>The whole network is quantized (entire): shows the victims</source>
        <translation>整个网络都量化（entire）：看到受影响的层</translation>
    </message>
    <message>
        <source>What colours the graph</source>
        <translation>网络图按什么着色</translation>
    </message>
    <message>
        <source>Worst for the layer</source>
        <translation>对该层最差的图片</translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>Drop a folder of pictures or a dataset.txt on it.</source>
        <translation>把图片文件夹或 dataset.txt 拖进来。</translation>
    </message>
    <message>
        <source>Open a model or project…</source>
        <translation>打开模型或工程…</translation>
    </message>
    <message>
        <source>Open an ONNX, TensorFlow Lite or .rknn model, or drop it here.</source>
        <translation>打开 ONNX、TensorFlow Lite 或 .rknn 模型，或把它拖到这里。</translation>
    </message>
    <message>
        <source>Press F5: every layer is coloured by its error.</source>
        <translation>按 F5：每一层都按误差着色。</translation>
    </message>
    <message>
        <source>Recent files</source>
        <translation>最近打开的文件</translation>
    </message>
    <message>
        <source>See where quantization hurts a network on the RV1126, and repair it.</source>
        <translation>看清网络在 RV1126 上哪里因量化受损，并修复它。</translation>
    </message>
    <message>
        <source>Show me the demo</source>
        <translation>查看演示</translation>
    </message>
    <message>
        <source>{file} is not there any more.</source>
        <translation>{file} 已不存在。</translation>
    </message>
</context>
</TS>
