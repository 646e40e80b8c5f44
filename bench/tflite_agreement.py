"""Quantized TensorFlow Lite models here and in the interpreter of TensorFlow Lite itself.

    python bench/tflite_agreement.py PICTURES MODEL.tflite [MODEL.tflite ...] [--images 60]

PICTURES is a folder with `labels.txt` (lines `file label`, labels 0..999). Prints how often the
two name the same first class, how often each is right, and how far the codes of every layer are
apart when it is fed with the interpreter's own. Needs the package ai-edge-litert, which rkviz
itself does not; without it, or without the files, it says so and does nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rkviz.calibrate.pictures import read_picture
from rkviz.calibrate.preprocess import Fit, InputSettings, preprocess
from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.executor import run_plan, run_step
from rkviz.graph import open_model
from rkviz.graph.tflite_import_lowering import nchw, unique_names
from rkviz.graph.tflite_import_reader import read_tflite
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import quantize
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.quantize.stated import stats_without_pictures
from rkviz.target import target_named

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    Interpreter = None

Array = NDArray[np.generic]
_CROP = 1.14
"""Short side over the network's size before the centre is cut out, as these nets are judged."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pictures", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--images", type=int, default=60)
    given = parser.parse_args()
    missing = [path for path in (given.pictures / "labels.txt", *given.models) if not path.exists()]
    if Interpreter is None:
        print("Nothing done: the package ai-edge-litert is not installed.")
    elif missing:
        print("Nothing done, there is no " + ", ".join(map(str, missing)))
    else:
        for model in given.models:
            _compare(model, given.pictures, given.images)


def _compare(model: Path, pictures: Path, count: int) -> None:
    graph = open_model(model)
    plan = None
    if graph.given:
        stats = stats_without_pictures(graph, FloatNet(graph).wanted, graph.digest)
        plan = build_plan(graph, stats, HybridConfig(), target_named("rv1126"))
    net = FloatNet(graph, graph.outputs)
    theirs = _Theirs(model)
    (name,), (output,) = graph.inputs, graph.outputs
    same = right = their_right = total = 0
    apart: dict[str, list[int]] = {}
    furthest = 0.0
    for picture, label in _labelled(pictures, count):
        shape = graph.shape(name)
        settings = InputSettings((128.0,), (128.0,), None, Fit.CROP, round(shape[2] * _CROP))
        feeds = {name: preprocess(read_picture(picture), settings, shape)}
        tensors = theirs.run(feeds[name], graph.given.get(name))
        if plan is None:
            ours = net.run(feeds)[output]
            furthest = max(furthest, float(np.abs(ours - tensors[output]).max()))
        else:
            ours = run_plan(plan, feeds)[plan.value_tensor[output]]
            _by_layer(plan, tensors, apart)
        best, their_best = int(np.argmax(ours)), int(np.argmax(tensors[output]))
        offset = ours.size - 1000  # 1001 outputs begin with the background
        same += best == their_best
        right += best - offset == label
        their_right += their_best - offset == label
        total += 1
    print(f"{model.name}: {total} pictures, same first class {same}, right {right}, "
          f"the interpreter {their_right}")  # fmt: skip
    if plan is None:
        print(f"  float: outputs at most {furthest:.2e} apart")
    for layer, histogram in apart.items():
        off = {i: n for i, n in enumerate(histogram) if i and n}
        if off:
            print(f"  {layer}: {sum(histogram)} codes, " + ", ".join(
                f"{n} apart by {i}{' or more' if i == len(histogram) - 1 else ''}"
                for i, n in off.items()
            ))  # fmt: skip


class _Theirs:
    """The interpreter with every tensor kept, under the names rkviz gives them, NCHW."""

    def __init__(self, model: Path) -> None:
        network = read_tflite(model)
        self._names = unique_names(network.tensors)
        self._computed = [i for i, tensor in enumerate(network.tensors) if tensor.data is None]
        self._interpreter: Any = Interpreter(
            str(model), num_threads=2, experimental_preserve_all_tensors=True
        )
        self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()

    def run(self, real: NDArray[np.float32], params: QuantParams | None) -> Mapping[str, Array]:
        codes = real if params is None else quantize(real, params)
        if self._input["dtype"] == np.int8:
            codes = (codes.astype(np.int16) - 128).astype(np.int8)
        self._interpreter.set_tensor(self._input["index"], codes.transpose(0, 2, 3, 1))
        self._interpreter.invoke()
        tensors: dict[str, Array] = {}
        for index in self._computed:
            array = self._interpreter.get_tensor(index)
            if array.dtype == np.int8:
                array = (array.astype(np.int16) + 128).astype(np.uint8)
            turned = array.transpose(0, 3, 1, 2) if array.ndim == 4 else array
            tensors[self._names[index]] = turned.reshape(nchw(array.shape))
        return tensors


def _by_layer(plan: QuantPlan, theirs: Mapping[str, Array], apart: dict[str, list[int]]) -> None:
    """Count by how much each layer alone, fed with their codes, differs from their result."""
    for step in plan.steps:
        inputs = [name for name in step.inputs if name and plan.tensors[name].codes is None]
        known = all(name in theirs for name in (*inputs, *step.outputs))
        if step.op == "Input" or not known:
            continue
        for name, codes in run_step(plan, step, {n: theirs[n] for n in inputs}).items():
            if plan.tensors[name].params.scheme is not QuantScheme.U8:
                continue
            difference = np.abs(codes.astype(int) - theirs[name].astype(int))
            found = np.bincount(np.minimum(difference, 4).ravel(), minlength=5)
            before = apart.get(step.name, [0] * 5)
            apart[step.name] = [a + int(b) for a, b in zip(before, found, strict=True)]


def _labelled(folder: Path, count: int) -> Iterator[tuple[Path, int]]:
    lines = (folder / "labels.txt").read_text(encoding="utf-8").splitlines()
    step = max(1, len(lines) // count)
    for line in lines[::step][:count]:
        name, label = line.split()[:2]
        yield folder / name, int(label)


if __name__ == "__main__":
    main()
