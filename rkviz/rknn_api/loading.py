"""load_*: a model file, or the part of it between named tensors, becomes a Graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rkviz.calibrate.preprocess import InputSettings
from rkviz.errors import ConfigError, ModelError, UnknownSizeError
from rkviz.formats.network_file import open_network, stated_inputs
from rkviz.formats.rknn_model import open_rknn
from rkviz.graph.cut import cut
from rkviz.graph.model import Graph
from rkviz.rknn_api.arguments import items, named_file, whole_number

EXPORTERS: Mapping[str, str] = {
    "load_caffe": "caffe2onnx, or OpenCV and x2paddle",
    "load_darknet": "darknet2onnx of pytorch-YOLOv4, or torch.onnx.export",
    "load_keras": "tf2onnx (python -m tf2onnx.convert --keras model.h5 --output model.onnx)",
    "load_mxnet": "mxnet.onnx.export_model",
    "load_pytorch": "torch.onnx.export(model, sample, 'model.onnx', opset_version=12)",
    "load_tensorflow": "tf2onnx (python -m tf2onnx.convert --graphdef model.pb --output "
    "model.onnx --inputs in:0 --outputs out:0)",
}
"""Call -> what makes an ONNX model of what it would load."""


@dataclass(frozen=True, eq=False)
class Network:
    """An open network and the file it came from."""

    graph: Graph
    model: Path
    stated: Mapping[str, InputSettings] = field(default_factory=dict[str, InputSettings])
    """How pictures are prepared by the file itself, by input; "" is the only one."""


def load(
    model: object,
    inputs: object = None,
    input_size_list: object = None,
    outputs: object = None,
) -> Network:
    """The network in the file `model` between `inputs` and `outputs` (None: all of it).

    `input_size_list` holds the sizes of the inputs without the batch, e.g. [[3, 224, 224]].
    Raises ModelError, FormatError and ConfigError.
    """
    path = named_file("model", model)
    starts, ends = _names("inputs", inputs), _names("outputs", outputs)
    sizes = _sizes(input_size_list, starts)
    try:
        whole = open_network(path, {})
        names: Sequence[str] = starts or whole.inputs
    except UnknownSizeError as error:
        names = starts or tuple(error.inputs)
        shapes = dict(zip(names, sizes, strict=False)) if _fit(sizes, names) else {}
        if not set(error.inputs) <= set(shapes):
            raise ModelError(_SIZES.format(path=path, names=", ".join(error.inputs))) from None
        whole = open_network(path, {name: shapes[name] for name in error.inputs})
    if sizes and not _fit(sizes, names):
        raise ConfigError(
            f"input_size_list has {len(sizes)} entries for {len(names)} input(s) "
            f"({', '.join(names)}); give one size an input."
        )
    wanted = dict(zip(names, sizes, strict=False))
    other = {n: s for n, s in wanted.items() if n in whole.inputs and whole.shape(n) != s}
    if other:
        whole = open_network(path, {**{name: whole.shape(name) for name in whole.inputs}, **other})
    part = cut(whole, starts, ends)
    _check_sizes(part, dict(zip(part.inputs, sizes, strict=False)))
    return Network(part, path, stated_inputs(path))


def platforms_of(path: Path) -> tuple[str, ...]:
    """The chips an `.rknn` file names, in lower case; raises FormatError."""
    named = open_rknn(path).facts.get("Target", "").lower().split(", ")
    return tuple(name for name in named if name)


_SIZES = (
    "{path} leaves sizes of its inputs open; give them, as in inputs=['{names}'], "
    "input_size_list=[[3, 224, 224]] (without the batch)."
)


def _fit(sizes: Sequence[tuple[int, ...]], names: Sequence[str]) -> bool:
    return len(sizes) == len(names)


def _check_sizes(part: Graph, wanted: Mapping[str, tuple[int, ...]]) -> None:
    """Raise ConfigError for inputs inside the network whose tensor has another size."""
    wrong = [
        f"{name!r} has the size {list(part.shape(name)[1:])}, not {list(size[1:])}"
        for name, size in wanted.items()
        if part.shape(name)[1:] != size[1:]
    ]
    if wrong:
        raise ConfigError("input_size_list does not fit the model:", wrong)


def _names(what: str, value: object) -> tuple[str, ...] | None:
    """A list of names; one name counts as a list of one."""
    if value is None or isinstance(value, str):
        return None if value is None else (value,)
    entries = items(value) or []
    names = tuple(name for name in entries if isinstance(name, str) and name)
    if names and len(names) == len(entries):
        return names
    raise ConfigError(f"{what} is {value!r}; give a list of names, like ['images'].")


def _sizes(value: object, starts: Sequence[str] | None) -> tuple[tuple[int, ...], ...]:
    """The sizes with a batch of 1 in front."""
    if value is None:
        return ()
    rows = items(value) or []
    sizes: list[tuple[int, ...]] = []
    for row in rows:
        entries = [whole_number(entry) for entry in items(row) or []]
        good = [entry for entry in entries if entry is not None and 0 < entry < 1 << 31]
        if good and len(good) == len(entries):
            sizes.append((1, *good))
    if not sizes or len(sizes) != len(rows):
        raise ConfigError(
            f"input_size_list is {value!r}; give one list of sizes an input without the batch, "
            "like [[3, 224, 224]]."
        )
    if starts is not None and len(starts) != len(sizes):
        raise ConfigError(
            f"inputs names {len(starts)} tensors and input_size_list {len(sizes)} sizes; give one "
            "size an input."
        )
    return tuple(sizes)
