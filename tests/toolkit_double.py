"""A double of the vendor's toolkit: a package `rknn` with recorded answers, for a child process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rkviz.board import PYTHON_VARIABLE

_API = """
import os, sys, time
import numpy as np

ROW = '%-60s \\tNone\\teculidean_norm=%.6f\\tcosine_norm=%.6f\\n'


class RKNN(object):
    def __init__(self, verbose=False, verbose_file=None):
        self.target = None

    def config(self, **arguments):
        print('I config', sorted(arguments))
        return 0

    def load_onnx(self, model, inputs=None, input_size_list=None, outputs=None):
        self.model = model
        return 0 if os.path.exists(model) else -1

    def load_rknn(self, path):
        self.model = path
        return 0 if os.path.exists(path) else -1

    def build(self, do_quantization=True, dataset='./dataset.txt'):
        while os.environ.get('DOUBLE_HANGS'):
            time.sleep(0.05)
        if os.environ.get('DOUBLE_FAILS'):
            print('E Build failed: no such operator')
            return -1
        return 0

    def accuracy_analysis(self, inputs, output_dir='./snapshot', target=None, device_id=None):
        os.makedirs(output_dir)
        rows = [('Conv_stem_9', 0.01, 0.99995), ('Conv_head_fine_2', 0.9, 0.595)]
        names = ['entire_qnt', 'individual_qnt']
        for name in names:
            with open(os.path.join(output_dir, name + '_error_analysis.txt'), 'w') as file:
                file.writelines(ROW % row for row in rows)
        if target:
            path = os.path.join(output_dir, 'individual_qnt_error_analysis_on_npu.txt')
            with open(path, 'w') as file:
                file.writelines(ROW % row for row in rows)
        with open(os.path.join(output_dir, 'asked.txt'), 'w') as file:
            file.write(' '.join([str(target), str(device_id), open(inputs).read().strip()]))
        return 0

    def export_rknn(self, path):
        with open(path, 'wb') as file:
            file.write(b'RKNN of the double')
        return 0

    def init_runtime(self, target=None, device_id=None, perf_debug=False):
        print('I Target is a board')
        self.target = target
        return 0 if target else -1

    def inference(self, inputs, data_type='uint8', data_format='nhwc', inputs_pass_through=None):
        return [array.astype(np.float32) * 2 for array in inputs]

    def eval_perf(self):
        return {'layers': {0: {'name': 'stem', 'operation': 'CONVOLUTION', 'time': 361}},
                'total_time': 5438.98, 'fps': 183.86}

    def list_devices(self):
        return ['1126board'], ['ntb7']

    def release(self):
        pass
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the double into `folder`, where child processes find it; never into this one."""
    package = folder / "double" / "rknn"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "api.py").write_text(_API, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    monkeypatch.setenv(PYTHON_VARIABLE, sys.executable)
