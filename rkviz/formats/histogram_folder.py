"""A folder of histograms: outputs, weights and biases of layers, named as the toolkit names them.

The toolkit writes them with RKNN_DRAW_DATA_DISTRIBUTE=1: `{layer}_weight.png`, `{layer}_bias.png`,
`{layer}_out0_nchw_{sizes}.png`. Here only of the layers asked for, and over all pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rkviz.calibrate.histogram import Histogram, observe_histogram
from rkviz.errors import ConfigError, FormatError, close_matches
from rkviz.formats.histogram_png import file_name, output_kind, write_histogram_png
from rkviz.graph.model import Graph, Node
from rkviz.graph.naming import find_layer, layer_names
from rkviz.progress import Progress, silent

_ROLES = {1: "weight", 2: "bias"}
_WEIGHTED = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})


def layers_meant(graph: Graph, names: Sequence[str]) -> tuple[str, ...]:
    """The layers `names` mean, ours or the toolkit's names; all layers where there is none.

    Raises ConfigError naming all that are not in the network.
    """
    if not names:
        return tuple(node.name for node in graph.nodes)
    found = {
        name: name if name in graph.by_name else find_layer(graph, name)
        for name in dict.fromkeys(names)
    }
    unknown = [name for name, layer in found.items() if layer is None]
    if unknown:
        raise ConfigError(
            "These layers are not in the network:",
            [f"{name!r}{close_matches(name, graph.by_name)}" for name in unknown],
        )
    return tuple(dict.fromkeys(layer for layer in found.values() if layer is not None))


def outputs_of(graph: Graph, layers: Sequence[str]) -> frozenset[str]:
    """The values whose histograms `write_histograms` needs for `layers`."""
    return frozenset(
        name for layer in layers for name in graph.by_name[layer].outputs if name
    )  # fmt: skip


def write_histograms(
    graph: Graph,
    layers: Sequence[str],
    outputs: Mapping[str, Histogram],
    folder: Path,
    progress: Progress = silent,
) -> int:
    """Write one picture for every output (from `outputs`), weight and bias of `layers`.

    The folder is made where it is missing. Returns how many were written. Raises FormatError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FormatError(f"The folder {folder} cannot be made: {reason}.") from None
    names = layer_names(graph)
    count = 0
    for done, layer in enumerate(layers):
        progress(done, len(layers), layer)
        node = graph.by_name[layer]
        shown = names.get(layer, layer)
        for kind, histogram in _of(graph, node, outputs).items():
            target = folder / file_name(shown, kind)
            write_histogram_png(histogram, f"{shown}_{kind.split('_')[0]}", target)
            count += 1
    progress(len(layers), len(layers))
    return count


def _of(graph: Graph, node: Node, outputs: Mapping[str, Histogram]) -> dict[str, Histogram]:
    """Kind ("weight", "out0_nchw_1_8_4_4") -> histogram, for one layer."""
    found: dict[str, Histogram] = {}
    for position, role in _ROLES.items():
        name = node.inputs[position] if len(node.inputs) > position else ""
        if node.op in _WEIGHTED and graph.is_constant(name):
            found[role] = observe_histogram(graph.constants[name])
    for port, name in enumerate(node.outputs):
        if name in outputs:
            shape = graph.values[name].shape or ()
            found[output_kind(shape, port, node.op == "Input")] = outputs[name]
    return found
