"""What each operation of an `.rknn` file means in the vocabulary of our Graph.

The file counts axes from the fastest one (W, H, C, N); a Graph from the slowest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from rkviz.emulate.reference.windows import Windows
from rkviz.formats.rknn_assembly import Site
from rkviz.graph.model import Attr

MAX_POOL = "VX_CONVOLUTIONAL_NETWORK_POOLING_MAX"
_CEIL = "VSI_NN_ROUND_CEIL"
NEAREST = "VSI_NN_INTERPOLATION_NEAREST_NEIGHBOR"
BILINEAR = "VSI_NN_INTERPOLATION_BILINEAR"
SWISHES = {"VSI_NN_SWISH": "Swish", "VSI_NN_HSWISH": "HardSwish"}
_LARGEST_WINDOW = 1 << 12


def read_node(site: Site) -> bool:
    """Add the layer or layers of a node; False, and nothing added, where its meaning is unknown.

    Raises FormatError when the node contradicts itself or its tensors.
    """
    reader = _READERS.get(site.node.op)
    return reader is not None and reader(site)


def _conv(site: Site) -> bool:
    settings, x, stored = site.node.settings, site.value(0), site.stored(1)
    source, group = site.shape(x), settings.get("group").whole(1)
    if stored is None or settings.get("multiplier").whole() not in (0, 1):
        return False
    if len(source) != 4 or len(stored.shape) != 4 or source[1] % group:
        raise site.fail(f"convolves {source} with weights {stored.shape} in {group} group(s)")
    width, height = settings.get("ksize").wholes(2, 1)
    channels = settings.get("weights").whole(1)
    shape = (channels, source[1] // group, height, width)
    # Depthwise: the axis of filters and that of 1 have changed places, the numbers have not.
    if stored.shape not in (shape, (shape[1], shape[0], height, width)):
        raise site.fail(f"has weights of shape {stored.shape}, its tensors need {shape}")
    weight = site.constant(1, "weight", shape)
    attrs = _window(site, (height, width))
    attrs |= {"dilations": settings.get("dilation").wholes(2, 1)[::-1], "group": group}
    inputs = (x, weight)
    if 2 in site.node.inputs:
        inputs += (site.bias(2, x, weight, channels),)
    size = Windows.of(attrs, (height, width)).out_size((source[2], source[3]))
    site.sums("Conv", inputs, (source[0], channels, *size), attrs)
    return True


def _window(site: Site, kernel: tuple[int, int]) -> dict[str, Attr]:
    settings = site.node.settings
    left, right, top, bottom = settings.get("pad").wholes(4)
    strides = settings.get("stride").wholes(2, 1)[::-1]
    if max(*kernel, *strides, left, right, top, bottom) > _LARGEST_WINDOW:
        raise site.fail("has a window larger than any picture")
    return {"kernel_shape": kernel, "strides": strides, "pads": (top, left, bottom, right)}


def _fully_connected(site: Site) -> bool:
    x, stored = site.value(0), site.stored(1)
    if stored is None:
        return False
    source, count = site.shape(x), site.node.settings.get("weights").whole(1)
    features = math.prod(stored.shape) // count
    if math.prod(source) % max(features, 1):
        raise site.fail(f"multiplies {source} with weights {stored.shape}")
    rows = math.prod(source) // max(features, 1)
    flat = (rows, features)
    if len(source) != 2:
        x = site.layer("Reshape", (x,), flat, {"shape": flat}, "flatten")
    elif source[1] != features:
        raise site.fail(f"multiplies {source} with weights {stored.shape}")
    weight = site.constant(1, "weight", (count, features))
    inputs = (x, weight)
    if 2 in site.node.inputs:
        inputs += (site.bias(2, x, weight, count),)
    attrs: dict[str, Attr] = {"transA": 0, "transB": 1, "alpha": 1.0, "beta": 1.0}
    site.sums("Gemm", inputs, (rows, count), attrs)
    return True


def _pool(site: Site) -> bool:
    settings, x = site.node.settings, site.value(0)
    if settings.get("type").text() != MAX_POOL:
        return False
    source = site.shape(x)
    if len(source) != 4:
        raise site.fail(f"pools a tensor of shape {source}")
    width, height = settings.get("ksize").wholes(2, 1)
    attrs = _window(site, (height, width))
    ceil = settings.has("round_type") and settings.get("round_type").text() == _CEIL
    attrs |= {"dilations": (1, 1), "ceil_mode": int(ceil), "storage_order": 0}
    size = Windows.of(attrs, (height, width)).out_size((source[2], source[3]))
    site.layer("MaxPool", (x,), (*source[:2], *size), attrs)
    return True


def _resize(site: Site) -> bool:
    settings, x = site.node.settings, site.value(0)
    source = site.shape(x)
    kind = settings.get("type").text()
    aligned, half = (_flag(site, key) for key in ("align_corners", "half_pixel_centers"))
    if kind not in (NEAREST, BILINEAR) or len(source) != 4 or (aligned and half):
        return False
    factor = settings.get("factor").number() if settings.has("factor") else 0.0
    if factor:
        size = tuple(int(length * factor) for length in source[2:] if abs(factor) < 1 << 20)
    else:
        size = settings.get("size").wholes(low=1)[1::-1]
    if len(size) != 2 or min(size) < 1:
        raise site.fail(f"resizes {source} to {size}")
    shape = (*source[:2], *size)
    coordinates = "align_corners" if aligned else "half_pixel" if half else "asymmetric"
    # floor((d + .5) in / out) is ONNX's half_pixel with halves rounded up.
    rounding = "round_prefer_ceil" if coordinates != "asymmetric" else "floor"
    attrs: dict[str, Attr] = {
        "mode": "nearest" if kind == NEAREST else "linear",
        "coordinate_transformation_mode": coordinates,
        "nearest_mode": rounding,
        "scales": tuple(float(np.float32(o / i)) for o, i in zip(shape, source, strict=True)),
        "sizes": shape,
    }
    site.layer("Resize", (x,), shape, attrs)
    return True


def _flag(site: Site, key: str) -> bool:
    settings = site.node.settings
    if settings.has(key) and isinstance(settings.get(key).value, bool):
        return bool(settings.get(key).value)
    return settings.has(key) and settings.get(key).whole(0, 1) == 1


def _concat(site: Site) -> bool:
    names = site.values()
    shapes = [site.shape(name) for name in names]
    if not names or site.stored(0) is not None:
        return False
    axis = len(shapes[0]) - 1 - site.node.settings.get("axis").whole(0, len(shapes[0]) - 1)
    others = {(len(shape), *shape[:axis], *shape[axis + 1 :]) for shape in shapes}
    if len(others) != 1:
        raise site.fail(f"joins tensors of shapes {shapes} along axis {axis}")
    shape = list(shapes[0])
    shape[axis] = sum(one[axis] for one in shapes)
    site.layer("Concat", names, tuple(shape), {"axis": axis})
    return True


def _add(site: Site) -> bool:
    names = site.values()
    if len(names) != 2 or site.stored(0) is not None:
        return False
    shapes = [site.shape(name) for name in names]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise site.fail(f"adds tensors of shapes {shapes[0]} and {shapes[1]}") from None
    site.layer("Add", names, tuple(int(size) for size in shape))
    return True


def _permute(site: Site) -> bool:
    x = site.value(0)
    source = site.shape(x)
    rank = len(source)
    order = site.node.settings.get("perm").wholes()
    if sorted(order) != list(range(rank)):
        raise site.fail(f"permutes {rank} axes by {list(order)}")
    perm = tuple(rank - 1 - order[rank - 1 - axis] for axis in range(rank))
    site.layer("Transpose", (x,), tuple(source[axis] for axis in perm), {"perm": perm})
    return True


def _reshape(site: Site) -> bool:
    x = site.value(0)
    total = math.prod(site.shape(x))
    sizes = list(site.node.settings.get("size").wholes(low=-1))[::-1]
    if sizes.count(-1) == 1:
        rest = -math.prod(sizes)
        sizes[sizes.index(-1)] = total // rest if rest > 0 else 0
    if not sizes or min(sizes) < 1 or math.prod(sizes) != total:
        raise site.fail(f"gives {total} numbers the shape {sizes}")
    site.layer("Reshape", (x,), tuple(sizes), {"shape": tuple(sizes)})
    return True


def _slice(site: Site) -> bool:
    x = site.value(0)
    source = site.shape(x)
    starts, lengths = (
        site.node.settings.get(key).wholes(len(source))[::-1] for key in ("start", "length")
    )
    ends = tuple(start + length for start, length in zip(starts, lengths, strict=True))
    if any(end > size for end, size in zip(ends, source, strict=True)):
        raise site.fail(f"takes {starts} to {ends} of a tensor of shape {source}")
    site.layer(
        "Slice",
        (x,),
        lengths,
        {
            "starts": starts,
            "ends": ends,
            "axes": tuple(range(len(source))),
            "steps": (1,) * len(source),
        },
    )
    return True


def _shuffle(site: Site) -> bool:
    x = site.value(0)
    source, groups = site.shape(x), site.node.settings.get("group_number").whole(1)
    if len(source) != 4 or source[1] % groups:
        raise site.fail(f"shuffles {source} in {groups} groups")
    batch, channels, *size = source
    split = (batch, groups, channels // groups, *size)
    mixed = (batch, channels // groups, groups, *size)
    parts = site.layer("Reshape", (x,), split, {"shape": split}, "split")
    turned = site.layer("Transpose", (parts,), mixed, {"perm": (0, 2, 1, 3, 4)}, "swap")
    site.layer("Reshape", (turned,), source, {"shape": source})
    return True


def _swish(site: Site) -> bool:
    op = SWISHES.get(site.node.settings.get("type").text())
    if op is None:
        return False
    site.layer(op, (site.value(0),), site.shape(site.value(0)))
    return True


def _elementwise(op: str) -> Callable[[Site], bool]:
    def read(site: Site) -> bool:
        x = site.value(0)
        site.layer(op, (x,), site.shape(x))
        return True

    return read


_READERS: Mapping[str, Callable[[Site], bool]] = {
    "VSI_NN_OP_CONV2D": _conv, "VSI_NN_OP_FCL": _fully_connected, "VSI_NN_OP_POOL": _pool,
    "VSI_NN_OP_RESIZE": _resize, "VSI_NN_OP_CONCAT": _concat, "VSI_NN_OP_ADD": _add,
    "VSI_NN_OP_PERMUTE": _permute, "VSI_NN_OP_RESHAPE": _reshape, "VSI_NN_OP_SLICE": _slice,
    "VSI_NN_OP_SHUFFLECHANNEL": _shuffle, "VSI_NN_OP_SWISH": _swish,
    "VSI_NN_OP_RELU": _elementwise("Relu"), "VSI_NN_OP_SIGMOID": _elementwise("Sigmoid"),
}  # fmt: skip
