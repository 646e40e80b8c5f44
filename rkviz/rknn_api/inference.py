"""inference: arrays in the toolkit's layouts through the integers of the NPU, real numbers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rkviz.calibrate.preprocess import InputSettings, array_shapes, prepare_array
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import as_real
from rkviz.errors import ConfigError, DatasetError
from rkviz.numerics.arithmetic import dequantize
from rkviz.quantize.plan import QuantPlan
from rkviz.rknn_api.arguments import flag, items

Array = NDArray[np.generic]
DATA_TYPES = ("uint8", "int8", "int16", "float16", "float32")
_LAYOUTS = ("nhwc", "nchw")


def infer(
    plan: QuantPlan,
    programs: Programs,
    settings: Mapping[str, InputSettings],
    inputs: object,
    *,
    data_type: object,
    data_format: object,
    pass_through: object,
    batch: int = 1,
) -> list[NDArray[np.float32]]:
    """The outputs of the network, float32 in the layout of the model, for one array an input.

    Arrays are (N, H, W, C) or (H, W, C) for data_format "nhwc", (N, C, H, W) or (C, H, W) for
    "nchw"; N counts the pictures of all `batch` runs, whose outputs are joined along the first
    axis. Where `pass_through` is set for an input, its array is what the NPU holds: codes, or
    real numbers, without mean, std and channel order. Raises ConfigError, DatasetError.
    """
    graph = plan.graph
    lost = [name for name in graph.outputs if name not in plan.value_tensor]
    if lost:
        reasons = [plan.skipped.get(graph.producer[name].name, "not computed") for name in lost]
        raise ConfigError("These outputs cannot be computed:", reasons)
    arrays = _arrays(inputs, graph.inputs, data_type)
    layouts = _layouts(data_format, graph.inputs)
    passed = _passed(pass_through, graph.inputs)
    runs: list[dict[str, Array]] = [{} for _ in range(batch)]
    for name, array in arrays.items():
        shape = graph.shape(name)
        if layouts[name] == "nchw" and len(shape) == 4 and array.ndim >= 3:
            array = np.moveaxis(array, -3, -1)
        chosen = settings[name]
        if passed[name]:
            array, chosen = _as_held(plan, name, array), InputSettings()
        for run, piece in zip(runs, _pieces(array, shape, batch, name), strict=True):
            run[name] = prepare_array(piece, chosen, shape, name)
    results = [programs.run_plan(plan, run) for run in runs]
    return [_joined(plan, plan.value_tensor[name], results) for name in graph.outputs]


def _joined(
    plan: QuantPlan, tensor: str, results: Sequence[Mapping[str, Array]]
) -> NDArray[np.float32]:
    parts = [np.asarray(as_real(plan, tensor, codes[tensor]), np.float32) for codes in results]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _arrays(inputs: object, names: Sequence[str], data_type: object) -> dict[str, Array]:
    """Input name -> array of numbers of the type said; raises ConfigError."""
    if not isinstance(data_type, str) or data_type not in DATA_TYPES:
        raise ConfigError(f"data_type is {data_type!r}; choose one of {', '.join(DATA_TYPES)}.")
    given = [inputs] if isinstance(inputs, np.ndarray) else items(inputs)
    if given is None or len(given) != len(names):
        held = type(inputs).__name__ if given is None else f"{len(given)} entries"
        raise ConfigError(
            f"inputs holds {held}; give a list with one array for each of the {len(names)} "
            f"input(s) ({', '.join(names)})."
        )
    return {
        name: _array(entry, name, str(data_type)) for name, entry in zip(names, given, strict=True)
    }


def _array(entry: object, name: str, data_type: str) -> Array:
    given = np.asarray(entry if isinstance(entry, np.ndarray) else None)
    if given.dtype.kind not in "buif":
        raise ConfigError(f"The data of input {name!r} is no numpy array of numbers.")
    with np.errstate(invalid="ignore", over="ignore"):
        array = given.astype(np.dtype(data_type))
        # A float that merely loses digits is no mistake; a picture of 0..1 cut to 0 is.
        lost = array.dtype.kind != "f" and not np.array_equal(array, given)
    if lost:
        own = given.dtype.name if given.dtype.name in DATA_TYPES else "float32"
        raise ConfigError(
            f"The data of input {name!r} is {given.dtype} and does not fit into {data_type}; say "
            f"data_type={own!r}, or give pictures as they are (0..255), because "
            "mean and std are applied here."
        )
    return array


def _layouts(value: object, names: Sequence[str]) -> dict[str, str]:
    listed = [value] * len(names) if isinstance(value, str) else items(value) or []
    layouts = [entry for entry in listed if isinstance(entry, str) and entry in _LAYOUTS]
    if not len(layouts) == len(listed) == len(names):
        raise ConfigError("data_format has to be 'nhwc' or 'nchw', for all inputs or for each.")
    return dict(zip(names, layouts, strict=True))


def _passed(value: object, names: Sequence[str]) -> dict[str, bool]:
    if value is None:
        return dict.fromkeys(names, False)
    listed = items(value) or []
    if len(listed) != len(names):
        raise ConfigError(
            f"inputs_pass_through is {value!r}; give one 0 or 1 for each of the {len(names)} "
            "input(s)."
        )
    return {
        name: flag("inputs_pass_through", entry) for name, entry in zip(names, listed, strict=True)
    }


def _as_held(plan: QuantPlan, name: str, array: Array) -> Array:
    """Real numbers of what is passed to input `name` as the NPU holds it."""
    if array.dtype.kind == "f":
        return array
    params = plan.tensors[plan.value_tensor[name]].params
    if array.dtype != params.scheme.dtype:
        raise ConfigError(
            f"Input {name!r} holds {params.scheme.dtype} on the NPU; pass that or float32 "
            f"through, not {array.dtype}."
        )
    return dequantize(array, params)


def _pieces(array: Array, shape: tuple[int, ...], batch: int, name: str) -> list[Array]:
    """The arrays of each of `batch` runs; raises DatasetError when the shape does not fit."""
    allowed = array_shapes(shape)
    if batch == 1 and array.shape in allowed:
        return [array]
    whole = allowed[0]
    if array.shape == (batch * whole[0], *whole[1:]):
        return np.split(array, batch)
    wanted = (batch * whole[0], *whole[1:])
    raise DatasetError(
        f"Input {name!r} takes {wanted}"
        + (" (NHWC)" if len(shape) == 4 else "")
        + f", the array has {array.shape}; resize it, or say data_format."
    )
