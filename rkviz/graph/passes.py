"""The passes that turn an imported network into the layers the toolkit and the NPU know.

Each is a function Graph -> Graph that changes no float output (beyond rounding), returns its
argument when it finds nothing, and keeps in `Node.origins` the ONNX names of all it joined, the
one that names the layer first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rkviz.graph.activations import find_activations, join_clips
from rkviz.graph.cleanup import drop_no_ops, join_moves
from rkviz.graph.folding import fold_affine, lower_batch_norm, matmul_to_gemm, merge_pads
from rkviz.graph.model import Graph
from rkviz.graph.normalization import find_layer_normalization
from rkviz.graph.space_to_depth import find_space_to_depth

PASSES: Sequence[Callable[[Graph], Graph]] = (
    drop_no_ops,
    join_clips,
    find_activations,
    find_layer_normalization,
    find_space_to_depth,
    join_moves,
    matmul_to_gemm,
    merge_pads,
    fold_affine,
)
"""In the order they run; formulas come before the foldings that would take them apart."""
_MOST_ROUNDS = 50


def simplify_graph(graph: Graph) -> Graph:
    """`graph` after all passes, repeated until none finds anything."""
    for _ in range(_MOST_ROUNDS):
        before = graph
        for change in PASSES:
            graph = change(graph)
        if graph is before:
            break
    # Only now is it certain that nothing takes a batch normalization in.
    return lower_batch_norm(graph)
