"""An `.rknn` file of RKNN-Toolkit 1.x opened as what it is: a quantized network, or a program.

A file that is not pre-compiled holds parameters of every tensor and all weights: it becomes a Graph
that states them (`Graph.given`), so that emulating it needs neither calibration nor decisions.
A pre-compiled one has inputs, outputs and one node in between that only the chip understands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rkviz.calibrate.preprocess import InputSettings, picture_layout
from rkviz.errors import ConfigError, FormatError, ModelError
from rkviz.formats.rknn_assembly import Assembly, Site, toolkit_name
from rkviz.formats.rknn_container import Container, read_container, unpack
from rkviz.formats.rknn_operators import read_node
from rkviz.formats.rknn_tables import Entry, StoredNode, StoredTensor, Tables, tables_of
from rkviz.graph.check import check
from rkviz.graph.model import RKNN_DOMAIN, Graph, Node

_COMPILED = "VSI_NN_OP_NBG"
_ID = re.compile(r"_\d+$")


@dataclass(frozen=True, eq=False)
class RknnModel:
    """What a file holds. `inputs` is how the runtime prepares pictures, by input name."""

    graph: Graph
    inputs: Mapping[str, InputSettings]
    facts: Mapping[str, str]
    """Target, toolkit version and the like, as the file states them."""
    layers: tuple[str, ...] = ()
    """The nodes of the file in its order; the graph has the inputs and absorbed activations too."""

    @property
    def why_no_more(self) -> str:
        """Why the network itself cannot be seen, or ""."""
        return why_not_run(self.graph)


def open_rknn(path: Path) -> RknnModel:
    """Read a file; raises FormatError for what is not one, ModelError for an unsound network."""
    return model_of(read_container(path))


def why_not_run(graph: Graph) -> str:
    """Why nothing of an opened network can be run, or "": the file is a program for the chip."""
    if all(node.op != _COMPILED or node.domain != RKNN_DOMAIN for node in graph.nodes):
        return ""
    return (
        "The file is pre-compiled: it holds a program for the chip instead of layers and weights, "
        "so only inputs and outputs can be shown and nothing can be run; build the .rknn without "
        "pre_compile, or open the ONNX model it was made from."
    )


def model_in(data: bytes, where: str = "the file") -> RknnModel:
    """`open_rknn` for the bytes of a file."""
    return model_of(unpack(data, where))


def model_of(container: Container) -> RknnModel:
    """The network in a container that was taken apart; raises FormatError and ModelError."""
    tables = tables_of(container)
    top = Entry(container.description, "the description", container.where)
    assembly = Assembly(tables, container, _input_names(tables))
    _require_unique(container, tables.nodes)
    for index in range(len(tables.nodes)):
        _add(assembly.site(index))
    name = top.get("name").text() if top.has("name") else Path(container.where).stem
    graph = assembly.graph(name)
    for tensor, node, port in tables.outputs:
        _check_output(container, graph, assembly.value_of(node, port), tensor)
    graph = graph.with_nodes(graph.nodes)
    try:
        check(graph)
    except ModelError as error:
        raise ModelError(f"{container.where}: {error.message}", error.details) from None
    return RknnModel(
        graph=graph,
        inputs=_settings(top, graph, container),
        facts=_facts(top, graph),
        layers=tuple(node.lid for node in tables.nodes),
    )


def _add(site: Site) -> None:
    """The layers of one node; a node nobody can read becomes one layer of an unknown operator."""
    before = [site.value(p) for p in sorted(site.node.inputs) if site.stored(p) is None]
    assembly = site.assembly
    known = all(assembly.values[name].shape is not None for name in before)
    if known and site.node.output_count == 1 and site.node.op != _COMPILED and read_node(site):
        return
    kind, origin = toolkit_name(site.node.name, site.node.lid)
    outputs: list[str] = []
    for port in assembly.used_ports(site.index):
        name, dtype = assembly.value_of(site.index, port), site.node.outputs.get(port)
        shape = assembly.output_shapes.get((site.index, port))
        assembly.describe(name, shape, dtype.params if dtype else None)
        outputs.append(name)
    assembly.nodes.append(
        Node(site.node.lid, site.node.op, tuple(before), tuple(outputs), {}, (origin,),
             RKNN_DOMAIN, kind)
    )  # fmt: skip


def _require_unique(container: Container, nodes: Sequence[StoredNode]) -> None:
    seen: set[str] = set()
    for node in nodes:
        if not node.lid or node.lid in seen:
            raise FormatError(
                f"{container.where}: two nodes are called {node.lid!r}, or one has no name; the "
                "file is damaged."
            )
        seen.add(node.lid)


def _input_names(tables: Tables) -> tuple[str, ...]:
    """`images` of `images_145`; numbered where the file gives no or the same names."""
    names = [_ID.sub("", tensor.url) or f"input_{i}" for i, tensor in enumerate(tables.inputs)]
    if len(set(names)) < len(names):
        names = [f"{name}_{index}" for index, name in enumerate(names)]
    return tuple(names)


def _check_output(container: Container, graph: Graph, name: str, stated: StoredTensor) -> None:
    """Hold the computed size of an output against what the file says of it."""
    value = graph.values.get(name)
    if value is None or value.shape not in (None, stated.shape):
        found = None if value is None else value.shape
        raise FormatError(
            f"{container.where}: its output {name!r} has shape {stated.shape}, its nodes compute "
            f"{found}; the file is damaged, or an operation means something else than known."
        )


def _settings(top: Entry, graph: Graph, container: Container) -> dict[str, InputSettings]:
    """The runtime's mean, std and channel order of every input.

    `mean_value_chns` says how many means belong to which input. Before toolkit 1.6 there is no
    std_value: the last of the means is what everything is divided by.
    """
    if not top.has("mean_value"):
        return {}
    means = [item.number() for item in top.get("mean_value").items()]
    counts = top.get("mean_value_chns").wholes() if top.has("mean_value_chns") else ()
    stds = (
        [item.number() for item in top.get("std_value").items()] if top.has("std_value") else None
    )
    order = list(top.get("reorder").wholes()) if top.has("reorder") else []
    found: dict[str, InputSettings] = {}
    for name in graph.inputs:
        layout = picture_layout(graph.shape(name))
        channels = layout.channels if layout else 1
        taken = counts[len(found)] if len(found) < len(counts) else len(means)
        mine, means = means[:taken], means[taken:]
        if stds is None:
            mine, divisors = mine[:-1], mine[-1:]
        else:
            divisors, stds = stds[:taken], stds[taken:]
        mixed, order = order[:channels], order[max(channels, 3) :]
        try:
            found[name] = InputSettings(
                mean_values=tuple(mine) or (0.0,),
                std_values=tuple(divisors) or (1.0,),
                reorder_channel=None if mixed == sorted(mixed) else tuple(mixed),
            )
        except ConfigError as error:
            raise FormatError(f"{container.where}: {error.message}", error.details) from None
    return found


def _facts(top: Entry, graph: Graph) -> dict[str, str]:
    facts: dict[str, str] = {}
    if top.has("target_platform"):
        names = [item.text() for item in top.get("target_platform").items()]
        facts["Target"] = ", ".join(names)
    for key, title in (("version", "Toolkit"), ("ovxlib_version", "ovxlib")):
        if top.has(key):
            facts[title] = top.get(key).text()
    facts["Inputs"] = ", ".join(f"{name} {_by(graph.shape(name))}" for name in graph.inputs)
    return facts


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
