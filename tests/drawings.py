"""Graphs whose pictures are judged by the tests of the canvas and of the layout."""

from __future__ import annotations

from rkviz.graph.model import Graph, Node, Value
from tests.graphs import Sketch


def residual_net(blocks: int = 3) -> Graph:
    """x -> (conv, conv, add with what came in) per block."""
    s = Sketch()
    x = s.conv("stem", "x")
    for block in range(blocks):
        y = s.conv(f"b{block}.conv2", s.conv(f"b{block}.conv1", x))
        x = s.add(f"b{block}.add", "Add", y, x)
    return s.graph(x)


def branches() -> Graph:
    """A block of four branches of different length that are concatenated, and a head."""
    s = Sketch()
    long = s.conv("long3", s.conv("long2", s.conv("long1", "x")))
    middle = s.conv("middle2", s.conv("middle1", "x"))
    short = s.conv("short1", "x")
    pool = s.add("pool", "MaxPool", "x")
    joined = s.add("joined", "Concat", long, middle, short, pool)
    return s.graph(s.conv("head", joined))


def pyramid() -> Graph:
    """Down, up again with skips, and an output at each resolution."""
    s = Sketch()
    down1 = s.add("down1", "Conv", "x", shape=(1, 4, 32, 32))
    down2 = s.add("down2", "Conv", down1, shape=(1, 4, 16, 16))
    down3 = s.add("down3", "Conv", down2, shape=(1, 4, 8, 8))
    up2 = s.add("up2", "Resize", down3, shape=(1, 4, 16, 16))
    join2 = s.add("join2", "Concat", up2, down2, shape=(1, 8, 16, 16))
    up1 = s.add("up1", "Resize", join2, shape=(1, 8, 32, 32))
    join1 = s.add("join1", "Concat", up1, down1, shape=(1, 12, 32, 32))
    out1 = s.add("out1", "Conv", join1, shape=(1, 4, 32, 32))
    out2 = s.add("out2", "Conv", join2, shape=(1, 4, 16, 16))
    out3 = s.add("out3", "Conv", down3, shape=(1, 4, 8, 8))
    return s.graph(out1, out2, out3)


def wired(parents: list[list[int]], two_outputs: frozenset[int] = frozenset()) -> Graph:
    """Box i reads the boxes `parents[i]`; those in `two_outputs` give two values, read in turn."""
    nodes: list[Node] = []
    outputs: list[tuple[str, ...]] = []
    for box, sources in enumerate(parents):
        inputs = tuple(outputs[s][box % len(outputs[s])] for s in sources)
        given = (f"v{box}", f"w{box}") if box in two_outputs else (f"v{box}",)
        outputs.append(given)
        nodes.append(Node(f"n{box}", "Foo" if sources else "Input", inputs, given))
    values = {name: Value(name, (1, 4, 8, 8)) for given in outputs for name in given}
    return Graph("wired", tuple(nodes), values, {}, (), ())
