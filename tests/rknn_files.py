"""Small `.rknn` files written by hand, key by key as the toolkit has them: what the tests read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rkviz.formats.rknn_container import container_of, pack

AFFINE = "VSI_NN_QNT_TYPE_AFFINE_ASYMMETRIC"
Dtype = dict[str, object]


def u8(scale: float, zero_point: int) -> Dtype:
    stored = float(np.float32(scale))
    return {
        "scale": stored, "zero_point": zero_point,
        "qnt_type": AFFINE, "vx_type": "VSI_NN_TYPE_UINT8",
    }  # fmt: skip


def i32(scale: float) -> Dtype:
    return {
        "scale": scale, "zero_point": 0, "qnt_type": AFFINE, "vx_type": "VSI_NN_TYPE_INT32",
    }  # fmt: skip


class RknnFile:
    """Collects nodes; sizes are given as the file has them, fastest axis first."""

    def __init__(self, size: Sequence[int], dtype: Dtype, channels_last: bool = False) -> None:
        self.channels_last = channels_last
        self.channels = size[0] if channels_last else size[2]
        self.nodes: list[dict[str, object]] = []
        self.norm: list[dict[str, object]] = []
        self.constants: list[dict[str, object]] = []
        self.dtypes: dict[int, Dtype] = {}
        self.edges: list[dict[str, object]] = []
        self.graph: list[dict[str, object]] = []
        self.body = b""
        self.rng = np.random.default_rng(5)
        self._norm(size, dtype, "images_9")
        self.graph.append(
            {"left": "input", "left_tensor_id": 0, "right": "norm_tensor", "right_tensor_id": 0}
        )

    def _norm(self, size: Sequence[int], dtype: Dtype, url: str) -> int:
        number = len(self.norm)
        self.norm.append(
            {"tensor_id": number, "size": list(size), "dim_num": len(size), "dtype": dtype,
             "url": url}
        )  # fmt: skip
        return number

    def constant(self, size: Sequence[int], dtype: Dtype, codes: NDArray[np.generic]) -> str:
        data = codes.tobytes()
        number = len(self.constants)
        self.constants.append(
            {"tensor_id": number, "size": list(size), "dim_num": len(size), "dtype": dtype,
             "offset": len(self.body), "len": len(data)}
        )  # fmt: skip
        self.body += data
        return f"const {number}"

    def node(
        self,
        op: str,
        name: str,
        inputs: Sequence[int | str],
        dtype: Dtype,
        nn: Mapping[str, object] | None = None,
    ) -> int:
        """Add a node; inputs are node indices, "images" or constants. Returns its index."""
        index = len(self.nodes)
        node: dict[str, object] = {
            "lid": f"{name}_{index + 1}", "name": name, "op": f"VSI_NN_OP_{op}", "uid": index + 1,
            "input_num": len(inputs), "output_num": 1,
        }  # fmt: skip
        if nn is not None:
            node["nn"] = {op.lower(): dict(nn)}
        self.nodes.append(node)
        self.dtypes[index] = dtype
        for port, source in enumerate(inputs):
            edge: dict[str, object] = {"node_id": index, "left": "input", "left_tensor_id": port}
            if isinstance(source, int):
                edge["right_node"] = {"node_id": source, "tensor_id": 0}
            else:
                kind, _, number = source.partition(" ")
                edge["right_tensor"] = {
                    "type": "const_tensor" if kind == "const" else "norm_tensor",
                    "tensor_id": int(number or 0),
                }
            self.edges.append(edge)
        return index

    def conv(
        self,
        name: str,
        source: int | str,
        scale_in: float,
        shape: tuple[int, int, int, int],
        dtype: Dtype,
        pad: Sequence[int] = (0, 0, 0, 0),
        group: int = 1,
    ) -> int:
        """A convolution with weights of `shape` (O, I / group, H, W) and a bias."""
        out, inner, height, width = shape
        size = [width, height, out, 1] if group > 1 else [width, height, inner, out]
        codes = self.rng.integers(0, 256, shape).astype(np.uint8)
        weight = self.constant(size, u8(0.01, 120), codes)
        scale = float(np.float32(scale_in)) * float(np.float32(0.01))
        bias = self.rng.integers(-900, 900, out).astype("<i4")
        return self.node(
            "CONV2D", name, [source, weight, self.constant([out], i32(scale), bias)], dtype,
            {"ksize": [width, height], "weights": out, "stride": [1, 1], "pad": list(pad),
             "group": group, "dilation": [1, 1], "multiplier": int(group > 1)},
        )  # fmt: skip

    def output(self, node: int, size: Sequence[int]) -> None:
        port = len(self.norm) - 1
        url = f"{self.nodes[node]['name']}/out0_{port}"
        number = self._norm(size, self.dtypes.pop(node), url)
        self.graph.append(
            {"left": "output", "left_tensor_id": port, "right": "norm_tensor",
             "right_tensor_id": number}
        )  # fmt: skip
        self.edges.append(
            {"node_id": node, "left": "output", "left_tensor_id": 0,
             "right_tensor": {"type": "norm_tensor", "tensor_id": number}}
        )  # fmt: skip

    def description(self) -> dict[str, object]:
        means = [0] * self.channels
        return {
            "target_platform": ["RV1126"], "network_platform": "caffe",
            "ori_network_platform": "caffe", "input_fmt": int(self.channels_last),
            "input_transpose": int(not self.channels_last), "name": "small", "version": "1.7.5",
            "ovxlib_version": "1.1.26", "node_num": len(self.nodes),
            "norm_tensor_num": len(self.norm), "const_tensor_num": len(self.constants),
            "virtual_tensor_num": len(self.nodes), "optimization_level": 3,
            "mean_value": means, "mean_value_chns": [self.channels],
            "std_value": [255.0] * self.channels, "reorder": [0, 1, 2], "input_num": 1,
            "output_num": len(self.norm) - 1, "pre_compile": 0, "case_type": -1,
            "nodes": self.nodes, "norm_tensor": self.norm, "const_tensor": self.constants,
            "virtual_tensor": [
                {"node_id": node, "output_port": 0, "dtype": dtype}
                for node, dtype in self.dtypes.items()
            ],
            "connection": self.edges, "graph": self.graph,
        }  # fmt: skip

    def data(self) -> bytes:
        return pack(container_of(self.description(), self.body))


def tiny() -> RknnFile:
    """One convolution of two pictures' channels: the smallest network."""
    file = RknnFile([4, 4, 1, 1], u8(1 / 255, 0))
    conv = file.conv("Conv_c1", "images", 1 / 255, (2, 1, 3, 3), u8(0.02, 100))
    file.output(conv, [2, 2, 2, 1])
    return file


def every_operation() -> RknnFile:
    """A detector's kinds of layers, each once at least; one input in NHWC, two outputs."""
    file = RknnFile([3, 8, 8, 1], u8(1 / 255, 0), channels_last=True)
    act, wide = u8(0.05, 0), u8(0.08, 90)
    x = file.node("PERMUTE", "images_9_insert_permute_out_0", ["images"], u8(1 / 255, 0),
                  {"perm": [1, 2, 0, 3], "dim_num": 4})  # fmt: skip
    absorbed = file.conv("Conv_c1", x, 1 / 255, (4, 3, 3, 3), act, (1, 1, 1, 1))
    depthwise = file.conv("Conv_c2", absorbed, 0.05, (4, 1, 3, 3), wide, (1, 1, 1, 1), group=4)
    relu = file.node("RELU", "Relu_r2", [depthwise], act)
    other = file.conv("Conv_c3", absorbed, 0.05, (4, 4, 1, 1), wide)
    add = file.node("ADD", "Add_a", [relu, other], wide)
    concat = file.node("CONCAT", "Concat_k", [add, other], u8(0.09, 95), {"axis": 2})
    pool = file.node("POOL", "MaxPool_p", [concat], u8(0.09, 95), {
        "ksize": [2, 2], "stride": [2, 2], "pad": [0, 0, 0, 0],
        "type": "VX_CONVOLUTIONAL_NETWORK_POOLING_MAX", "round_type": "VSI_NN_ROUND_FLOOR",
    })  # fmt: skip
    up = file.node("RESIZE", "Resize_u", [pool], u8(0.09, 95), {
        "type": "VSI_NN_INTERPOLATION_NEAREST_NEIGHBOR", "factor": 0.0, "size": [8, 8],
        "align_corners": 0, "half_pixel_centers": 0,
    })  # fmt: skip
    shuffle = file.node("SHUFFLECHANNEL", "Reshape_s", [up], u8(0.09, 95), {"group_number": 2})
    half = file.node("SLICE", "Slice_h", [shuffle], u8(0.09, 95),
                     {"dims": 4, "start": [0, 0, 2, 0], "length": [8, 8, 6, 1]})  # fmt: skip
    swish = file.node("SWISH", "Sigmoid_g_3_Mul_m", [half], u8(0.06, 5), {"type": "VSI_NN_SWISH"})
    file.nodes[swish]["name"] = "swish"
    file.output(file.conv("Conv_head", swish, 0.06, (2, 6, 1, 1), wide), [8, 8, 2, 1])
    flat = file.node("RESHAPE", "Reshape_f", [pool], u8(0.09, 95), {"size": [-1, 1], "dim_num": 2})
    codes = file.rng.integers(0, 256, (5, 128)).astype(np.uint8)
    weight = file.constant([128, 5], u8(0.002, 128), codes)
    scale = float(np.float32(0.09)) * float(np.float32(0.002))
    bias = file.constant([5], i32(scale), np.arange(5, dtype="<i4"))
    dense = file.node("FCL", "Gemm_d", [flat, weight, bias], u8(0.0494, 128), {"weights": 5})
    file.output(file.node("SIGMOID", "Sigmoid_o", [dense], u8(1 / 255, 0)), [5, 1])
    return file
