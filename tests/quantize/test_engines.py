"""The engine of an average pool: the NN engine divides every window by the same number."""

import pytest

from rkviz.numerics import QuantScheme
from rkviz.quantize.engines import engine_of
from rkviz.target import Engine, target_named
from tests.graphs import Sketch

SMALL = {"kernel_shape": (3, 3), "strides": (2, 2)}
PADS = (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("size", "attrs", "engine"),
    [
        (4, {"pads": PADS, "count_include_pad": 1}, Engine.NN),
        (4, {"pads": PADS}, Engine.SHADER),
        (3, {}, Engine.NN),
        (4, {"ceil_mode": 1}, Engine.SHADER),
        (5, {"pads": PADS, "ceil_mode": 1, "count_include_pad": 1}, Engine.SHADER),
        (3, {"ceil_mode": 1}, Engine.NN),
    ],
    ids=["counted", "excluded", "none", "reaches beyond", "beyond the pads", "nothing to round"],
)
def test_average_pools_of_8_rows_and_their_engine(
    size: int, attrs: dict[str, int], engine: Engine
) -> None:
    sketch = Sketch((1, 4, 8, 8))
    sketch.add("pool", "AveragePool", "x", shape=(1, 4, size, size), **SMALL, **attrs)
    graph = sketch.graph("pool")
    node = graph.by_name["pool"]
    assert engine_of(graph, node, QuantScheme.U8, False, target_named("rv1126")) is engine
