"""A Python script that repeats the work of a project with the vendor's toolkit, 1.7.x.

The script is one file: preprocessing, pictures, types and explicit parameters stand in it as
literals. It runs with the toolkit's own Python (3.6 and newer) and, with the import line changed
to `from rkviz.rknn_api import RKNN`, without the toolkit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from pprint import pformat

from rkviz.calibrate.preprocess import Fit, InputSettings, picture_layout
from rkviz.errors import FormatError
from rkviz.formats.quantization_cfg import (
    CfgFile,
    CfgTensor,
    cfg_from_plan,
    cfg_tensor,
    cfg_text,
)
from rkviz.graph.model import Graph, Node
from rkviz.graph.naming import constant_base, layer_names
from rkviz.numerics import QuantScheme
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.quantize.range_method import NORMAL, RangeKind
from rkviz.quantize.weights import has_weights

IMPORT_LINE = "from rknn.api import RKNN"
_ID = re.compile(r"_\d+$")
_DTYPES = {
    QuantScheme.U8: "asymmetric_quantized-u8",
    QuantScheme.I8: "dynamic_fixed_point-i8",
    QuantScheme.I16: "dynamic_fixed_point-i16",
}


def toolkit_script(
    plan: QuantPlan,
    config: HybridConfig,
    *,
    model: Path,
    settings: Mapping[str, InputSettings],
    samples: Sequence[Sequence[Path]],
    target: str,
    board: str | None = None,
    device: str | None = None,
    analysed: Sequence[Path] | None = None,
) -> str:
    """The script for `plan`, made with `config` from the file `model`.

    `settings` holds every input of the network; `samples` the files of each calibration sample,
    one an input. Layers are found in the cfg of the toolkit's step 1 by name without the id,
    because ids differ between versions. `analysed` is the sample the analysis takes (the first of
    `samples`; none where it is empty), `board` and `device` the board on USB that makes it, too.
    Without samples the model file itself states all
    parameters, and nothing is left to quantize. Raises ConfigError when a layer has no name,
    FormatError for a model the toolkit does not convert.
    """
    if model.suffix.lower() == ".rknn":
        raise FormatError(
            f"{model} is what the toolkit makes, so there is no script to make it again; open the "
            "ONNX model it came from."
        )
    graph = plan.graph
    base = _base(plan, config) if samples else None
    customized, parameters = _choices(plan, config, base)
    constants: dict[str, object] = {
        "MODEL": model.absolute().as_posix(),
        "INPUTS": list(graph.inputs),
        "INPUT_SIZES": [list(graph.shape(name)[1:]) for name in graph.inputs],
        "CONFIG": _config(graph, settings, base, target) | _algorithm(config, base),
        "QUANTIZE": base is not None,
        "SAMPLES": [[file.absolute().as_posix() for file in row] for row in samples],
        "TYPES": customized,
        "PARAMETERS": parameters,
        "NOTES": _notes(graph, config, settings, samples),
        "ANALYSED": [
            file.absolute().as_posix()
            for file in (analysed if analysed is not None else (samples[0] if samples else ()))
        ],
        "TARGET": board,
        "DEVICE": device,
    }
    lines = [f"{name} = {pformat(value, width=96)}" for name, value in constants.items()]
    return _HEAD + "\n".join(lines) + "\n" + _BODY


def _base(plan: QuantPlan, config: HybridConfig) -> QuantScheme | None:
    """The type for rknn.config; None when nothing is quantized."""
    if config.default.is_quantized:
        return config.default
    used = [scheme for scheme in plan.scheme.values() if scheme.is_quantized]
    return max(set(used), key=used.count) if used else None


def _choices(
    plan: QuantPlan, config: HybridConfig, base: QuantScheme | None
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Types that differ from `base`, and the cfg lines of what the toolkit would choose otherwise,
    by layer without id: what the user set, and ranges by methods that differ from
    quantized_algorithm.

    What shares its range with such a tensor is set with it.
    """
    if base is None:
        return {}, {}
    names = layer_names(plan.graph)
    cfg = cfg_from_plan(plan, replace(config, default=base), names)
    customized = {_ID.sub("", name): scheme.value for name, scheme in cfg.customized.items()}
    keys: list[str] = []
    parameters: dict[str, list[str]] = {}
    for layer in plan.step_of:
        node = plan.graph.by_name[layer]
        by_hand = config.for_layer(layer).weights_params is not None
        if by_hand and not has_weights(plan.graph, node):
            parameters |= _operand_lines(plan, node)
        elif by_hand or config.weights_method_of(layer) != NORMAL:
            keys.append(f"{names[layer]}:weight")
        tensor = plan.tensor_of(layer)
        if tensor is None or not _is_stated(config, layer):
            continue
        own = (name for name in node.outputs if name)
        for value in (*own, tensor.value, *tensor.shared_with):
            node = plan.graph.producer[value]
            keys.append(f"{names[node.name]}:out{node.outputs.index(value)}")
    for key in dict.fromkeys(keys):
        entry = cfg.parameters.get(f"@{key}")
        if entry is not None and entry.dtype is not None:
            name, _, port = key.rpartition(":")
            parameters[f"{_ID.sub('', name)}:{port}"] = _lines(entry)
    return customized, parameters


def _operand_lines(plan: QuantPlan, node: Node) -> dict[str, list[str]]:
    """The cfg lines of the one constant that `node` adds, multiplies by and so on."""
    constants = [name for name in node.inputs if plan.graph.is_constant(name)]
    tensors = dict(zip(node.inputs, plan.step_of[node.name].inputs, strict=True))
    return {
        f"{constant_base(name)}:out0": _lines(cfg_tensor(plan.tensors[tensors[name]]))
        for name in constants
    }


def _is_stated(config: HybridConfig, layer: str) -> bool:
    """Whether the script gives the parameters of `layer` instead of having them measured."""
    own = config.for_layer(layer)
    return (
        own.range is not None
        or own.params is not None
        or own.range_method is not None
        or not config.range_method.kind.is_of_toolkit
    )


def _lines(tensor: CfgTensor) -> list[str]:
    """The fields of `tensor` as they stand in a cfg, without their indent."""
    lines = cfg_text(CfgFile({}, {"x": tensor})).splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip() == "'x':")
    return [line.strip() for line in lines[start + 1 :]]


def _config(
    graph: Graph, settings: Mapping[str, InputSettings], base: QuantScheme | None, target: str
) -> dict[str, object]:
    """The arguments of rknn.config: mean and std one list an input, one number a channel."""
    means: list[list[float]] = []
    stds: list[list[float]] = []
    orders: list[tuple[int, ...]] = []
    for name in graph.inputs:
        channels, chosen = _channels(graph.shape(name)), settings[name]
        means.append(_one_a_channel(chosen.mean_values, channels))
        stds.append(_one_a_channel(chosen.std_values, channels))
        orders.append(chosen.reorder_channel or tuple(range(channels)))
    arguments: dict[str, object] = {
        "mean_values": means,
        "std_values": stds,
        "target_platform": [target],
    }
    if any(order != tuple(sorted(order)) for order in orders):
        arguments["reorder_channel"] = "#".join(" ".join(map(str, order)) for order in orders)
    if base is not None:
        arguments["quantized_dtype"] = _DTYPES[base]
    return arguments


def _algorithm(config: HybridConfig, base: QuantScheme | None) -> dict[str, object]:
    """The argument of rknn.config where it differs from the toolkit's default."""
    kind = config.range_method.kind
    if base is None or kind is RangeKind.NORMAL or not kind.is_of_toolkit:
        return {}
    return {"quantized_algorithm": kind.value}


def _channels(shape: tuple[int, ...]) -> int:
    layout = picture_layout(shape)
    if layout is not None:
        return layout.channels
    return shape[1] if len(shape) == 4 else 1


def _one_a_channel(values: tuple[float, ...], channels: int) -> list[float]:
    return list(values) * channels if len(values) == 1 else list(values)


def _notes(
    graph: Graph,
    config: HybridConfig,
    settings: Mapping[str, InputSettings],
    samples: Sequence[Sequence[Path]],
) -> list[str]:
    """Where the toolkit will do something else than rkviz did."""
    notes = [
        f"rkviz fits pictures to input {name!r} by {settings[name].fit.value}, the toolkit always "
        "by stretching them; give it pictures that have the size of the network already."
        for name in graph.inputs
        if settings[name].fit is not Fit.STRETCH
    ]
    kind = config.range_method.kind
    if kind.is_of_toolkit and kind is not RangeKind.NORMAL:
        notes.append(
            f"The toolkit publishes no formula of {kind.value}, so its ranges can differ from "
            "those of rkviz; the cfg that rkviz exports holds rkviz's own."
        )
    spaced = [file.as_posix() for row in samples for file in row if re.search(r"\s", str(file))]
    if spaced:
        notes.append(
            f"{len(spaced)} file name(s) hold a space, at which the toolkit splits a line of "
            f"dataset.txt: rename {spaced[0]!r}."
        )
    return notes


_HEAD = f'''\
# -*- coding: utf-8 -*-
"""Written by rkviz for RKNN-Toolkit 1.7.x: quantize, analyse and export one network.

Run it where the toolkit is installed. All files go to the folder "<this file>_out". On another
computer, put model and pictures beside this file, in their folders or without them.
"""

import difflib
import glob
import os
import re
import sys

{IMPORT_LINE}

# TARGET = 'rv1126' adds the numbers of a board on USB to the analysis, DEVICE is its id.
'''

_BODY = '''
HOME = os.path.dirname(os.path.abspath(__file__))
CFG_KEY = re.compile(r"""^\\s+['"]?@(.+):(weight|bias|out\\d+)['"]?:\\s*$""")


def start():
    """A toolkit object with this project's preprocessing."""
    rknn = RKNN(verbose=False)
    need(rknn.config(**CONFIG), 'config')
    return rknn


def load(rknn):
    model = here(MODEL)
    if MODEL.lower().endswith('.tflite'):
        need(rknn.load_tflite(model=model), 'load_tflite')
        return
    need(rknn.load_onnx(model=model, inputs=INPUTS, input_size_list=INPUT_SIZES), 'load_onnx')


def need(code, step):
    if code != 0:
        sys.exit('%s failed; the lines above say why.' % step)


def here(path):
    """The file itself, or what is beside this script of its path: 'a/b.png', else 'b.png'."""
    parts = path.split('/')
    found = [path] + [os.path.join(HOME, *parts[start:]) for start in range(1, len(parts))]
    return next(filter(os.path.isfile, found), path).replace(os.sep, '/')


def write_dataset(name, rows):
    with open(name, 'w') as file:
        file.writelines(' '.join(map(here, row)) + '\\n' for row in rows)
    return './' + name


def base_name(name):
    """A layer's name without its id, which differs between versions of the toolkit."""
    return re.sub(r'_\\d+$', '', name)


def find(wanted, known):
    """Map the names in wanted to those of this toolkit, with or without the operator in front."""
    by_base = {base_name(name): name for name in known}
    found = {}
    for name in wanted:
        short = name.partition('_')[2]
        match = by_base.get(name) or by_base.get(short)
        if match:
            found[name] = match
        else:
            near = difflib.get_close_matches(name, by_base, 1)
            hint = '; the nearest is %s' % near[0] if near else ''
            print('W %s is not in the cfg of step 1 and stays as it is%s' % (name, hint))
    return found


def edit_cfg(path):
    """Put the types and parameters of this project into the cfg that step 1 wrote."""
    with open(path) as file:
        lines = file.read().splitlines()
    keys = [match.groups() for match in map(CFG_KEY.match, lines) if match]
    found = find(list(TYPES) + [key.rpartition(':')[0] for key in PARAMETERS],
                 [layer for layer, _ in keys])
    fields = {(found[key.rpartition(':')[0]], key.rpartition(':')[2]): text
              for key, text in PARAMETERS.items() if key.rpartition(':')[0] in found}
    types = ['    "%s": %s' % (found[name], kind) for name, kind in TYPES.items() if name in found]
    edited, skip = [], None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if skip is not None and (not line.strip() or indent > skip):
            continue
        skip = None
        match = CFG_KEY.match(line)
        if line.startswith('customized_quantize_layers:'):
            edited += ['customized_quantize_layers:' + ('' if types else ' {}')] + types
            skip = 0
        elif match and match.groups() in fields:
            edited += [line] + ['        ' + text for text in fields[match.groups()]]
            skip = indent
        else:
            edited.append(line)
    with open(path, 'w') as file:
        file.write('\\n'.join(edited) + '\\n')


def hybrid(dataset):
    """Steps 1 and 2 of hybrid quantization with the cfg edited in between."""
    rknn = start()
    load(rknn)
    need(rknn.hybrid_quantization_step1(dataset=dataset), 'hybrid_quantization_step1')
    rknn.release()
    cfg = max(glob.glob('*.quantization.cfg'), key=os.path.getmtime)
    stem = cfg[:-len('.quantization.cfg')]
    edit_cfg(cfg)
    rknn = start()
    need(rknn.hybrid_quantization_step2(
        model_input='./%s.json' % stem, data_input='./%s.data' % stem,
        model_quantization_cfg='./%s' % cfg, dataset=dataset), 'hybrid_quantization_step2')
    return rknn


def plain(dataset):
    rknn = start()
    load(rknn)
    need(rknn.build(do_quantization=QUANTIZE, dataset=dataset), 'build')
    return rknn


def main():
    out = os.path.abspath(os.path.splitext(__file__)[0] + '_out')
    if not os.path.isdir(out):
        os.makedirs(out)
    os.chdir(out)
    for note in NOTES:
        print('W ' + note)
    dataset = write_dataset('dataset.txt', SAMPLES)
    rknn = hybrid(dataset) if TYPES or PARAMETERS else plain(dataset)
    failed = []
    if QUANTIZE and ANALYSED:
        one = write_dataset('one_sample.txt', [ANALYSED])
        if rknn.accuracy_analysis(one, output_dir='./snapshot', target=TARGET,
                                  device_id=DEVICE) != 0:
            failed.append('accuracy_analysis')
    name = os.path.splitext(os.path.basename(MODEL))[0] + '.rknn'
    if rknn.export_rknn('./' + name) != 0:
        failed.append('export_rknn')
    rknn.release()
    if failed:
        sys.exit('%s failed; the lines above say why.' % ' and '.join(failed))
    print('Done: see ' + out)


if __name__ == '__main__':
    main()
'''
