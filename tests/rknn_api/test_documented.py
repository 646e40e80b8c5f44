"""The call sequences of the toolkit's manual as scripts, of which only the import line changes."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

IMPORT = "from rknn.api import RKNN"
START = """
import numpy as np
from rknn.api import RKNN
"""
INFERENCE = (
    START
    + """
rknn = RKNN(verbose=True, verbose_file='./build.log')
print('--> config model')
rknn.config(mean_values=[[123.675, 116.28, 103.53]], std_values=[[58.82, 58.82, 58.82]],
            reorder_channel='0 1 2', target_platform='rv1126',
            quantized_dtype='asymmetric_affine-u8', quantized_algorithm='normal',
            optimization_level=3, batch_size=2, epochs=-1)
ret = rknn.load_onnx(model='./net.onnx')
if ret != 0:
    print('Load failed!')
    exit(ret)
ret = rknn.build(do_quantization=True, dataset='./dataset.txt', pre_compile=False)
if ret != 0:
    exit(ret)
ret = rknn.init_runtime()
if ret != 0:
    exit(ret)
img = np.full((16, 16, 3), 90, np.uint8)
outputs = rknn.inference(inputs=[img])
perf = rknn.eval_perf(inputs=[img], is_print=True)
rknn.release()
"""
)
ACCURACY = (
    START
    + """
rknn = RKNN()
rknn.config(mean_values=[[0, 0, 0]], std_values=[[255, 255, 255]], target_platform=['rv1126'])
assert rknn.load_onnx(model='net.onnx') == 0
assert rknn.build(do_quantization=True, dataset='dataset.txt') == 0
ret = rknn.accuracy_analysis('one.txt', output_dir='./snapshot', calc_qnt_error=True,
                             dump_file_type='npy')
rknn.release()
"""
)
HYBRID = (
    START
    + """
rknn = RKNN()
rknn.config(mean_values=[[0, 0, 0]], std_values=[[255, 255, 255]], target_platform=['rv1126'])
rknn.load_onnx(model='./net.onnx')
assert rknn.hybrid_quantization_step1(dataset='./dataset.txt') == 0
rknn.release()
with open('detector.quantization.cfg') as file:
    text = file.read()
name = [line for line in text.splitlines() if 'head_fine' in line and ':out0' in line][0]
name = name.strip().strip("':").lstrip('@').rpartition(':')[0]
text = text.replace('customized_quantize_layers: {}',
                    'customized_quantize_layers:\\n    "%s": dynamic_fixed_point-i16' % name)
with open('detector.quantization.cfg', 'w') as file:
    file.write(text)
rknn = RKNN()
rknn.config(mean_values=[[0, 0, 0]], std_values=[[255, 255, 255]], target_platform=['rv1126'])
assert rknn.hybrid_quantization_step2(
    model_input='./detector.json', data_input='./detector.data',
    model_quantization_cfg='./detector.quantization.cfg', dataset='./dataset.txt') == 0
assert rknn.accuracy_analysis('./one.txt') == 0
assert rknn.init_runtime() == 0
outputs = rknn.inference(inputs=[np.zeros((16, 16, 3), np.uint8)], data_format='nhwc')
rknn.release()
"""
)
BATCH = (
    START
    + """
rknn = RKNN()
rknn.config(mean_values=[[0, 0, 0]], std_values=[[1, 1, 1]], target_platform=['rv1126'])
rknn.load_onnx(model='net.onnx')
assert rknn.build(do_quantization=True, dataset='dataset.txt', rknn_batch_size=3) == 0
assert rknn.init_runtime() == 0
outputs = rknn.inference(inputs=[np.zeros((3, 16, 16, 3), np.uint8)])
rknn.release()
"""
)
TWO_INPUTS = (
    START
    + """
rknn = RKNN()
rknn.config(mean_values=[[127.5, 127.5, 127.5], [0, 0, 0]], reorder_channel='2 1 0#0 1 2',
            std_values=[[127.5, 127.5, 127.5], [255, 255, 255]], target_platform=['rv1126'])
assert rknn.load_onnx(model='two.onnx', inputs=['left', 'right'],
                      input_size_list=[[3, 16, 16], [3, 16, 16]]) == 0
assert rknn.build(do_quantization=True, dataset='pairs.txt') == 0
assert rknn.init_runtime() == 0
image = np.arange(768).astype(np.uint8).reshape(16, 16, 3)
outputs = rknn.inference(inputs=[image, image], data_type='uint8', data_format='nhwc',
                         inputs_pass_through=[0, 0])
rknn.release()
"""
)
FLOAT = (
    START
    + """
rknn = RKNN()
rknn.config(channel_mean_value='0 0 0 255', target_platform=['rv1126'])
assert rknn.load_onnx('net.onnx') == 0
assert rknn.build(do_quantization=False) == 0
assert rknn.init_runtime() == 0
outputs = rknn.inference([np.zeros((16, 16, 3), np.uint8)])
"""
)
Checks = Callable[[Path, dict[str, object], str], None]


def plain(work: Path, after: dict[str, object], said: str) -> None:
    assert "FPS: " in said
    log = (work / "build.log").read_text(encoding="utf-8")
    assert {line[:2] for line in log.splitlines()} <= {"I ", "W "}
    assert "batch_size" not in log


def analysed(work: Path, after: dict[str, object], said: str) -> None:
    assert after["ret"] == 0
    names = {path.name for path in (work / "snapshot").iterdir()}
    assert names == {"entire_qnt", "fp32", "individual_qnt", "entire_qnt_error_analysis.txt",
                     "individual_qnt_error_analysis.txt"}  # fmt: skip


def hybrid(work: Path, after: dict[str, object], said: str) -> None:
    assert (work / "snapshot" / "entire_qnt" / "order.txt").exists()


def nothing_more(work: Path, after: dict[str, object], said: str) -> None:
    assert "E " not in {line[:2] for line in said.splitlines()}


@pytest.mark.parametrize(
    ("script", "shapes", "check"),
    [
        (INFERENCE, [(1, 6, 16, 16), (1, 6, 8, 8)], plain),
        (ACCURACY, None, analysed),
        (HYBRID, [(1, 6, 16, 16), (1, 6, 8, 8)], hybrid),
        (BATCH, [(3, 6, 16, 16), (3, 6, 8, 8)], nothing_more),
        (TWO_INPUTS, None, nothing_more),
        (FLOAT, [(1, 6, 16, 16), (1, 6, 8, 8)], nothing_more),
    ],
    ids=["inference", "accuracy", "hybrid", "batch", "two inputs", "float"],
)
def test_a_script_of_the_manual_runs(
    work: Path,
    script: str,
    shapes: list[tuple[int, ...]] | None,
    check: Checks,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert script.count(IMPORT) == 1
    file = work / "convert.py"
    file.write_text(script.replace(IMPORT, "from rkviz.rknn_api import RKNN"), encoding="utf-8")
    after = runpy.run_path(str(file), run_name="__main__")
    outputs = after.get("outputs")
    if outputs is not None:
        assert all(output.dtype == np.float32 for output in outputs)
    if shapes is not None:
        assert [output.shape for output in outputs] == shapes
    check(work, after, capsys.readouterr().out)
