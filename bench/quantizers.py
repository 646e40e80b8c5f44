"""Other post-training quantizers of ONNX files, told to do what the RV1126 can: u8, per tensor.

Each takes the model and the feeds of the calibration pictures and gives a QDQ file that plain
onnxruntime runs. NNCF and AIMET are no part of `.venv`; README.md beside this file tells how to
lend them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

Feeds = Mapping[str, np.ndarray]
Quantizer = Callable[[Path, Sequence[Feeds]], bytes]

AIMET_PER_TENSOR = "common/quantsim_config/dsp_quantsim_config.json"
"""Of the settings AIMET brings, those for Qualcomm's DSP: one scale for a tensor, u8."""


def installed() -> dict[str, Quantizer]:
    """Name -> quantizer, of those that can be imported here."""
    found = {"onnxruntime": by_onnxruntime}
    if find_spec("nncf") is not None:
        found["NNCF"] = by_nncf
    if find_spec("aimet_onnx") is not None:
        found |= {"AIMET": by_aimet, "AIMET, equalized": by_aimet_equalized}
    return found


class _Reader(quantization.CalibrationDataReader):
    def __init__(self, samples: Sequence[Feeds]) -> None:
        self._left = iter(samples)

    def get_next(self) -> dict[str, np.ndarray] | None:
        feeds = next(self._left, None)
        return None if feeds is None else dict(feeds)


def by_onnxruntime(model: Path, samples: Sequence[Feeds]) -> bytes:
    """`quantize_static` after its own preprocessing."""
    with tempfile.TemporaryDirectory() as folder:
        prepared, made = Path(folder) / "prepared.onnx", Path(folder) / "quantized.onnx"
        quant_pre_process(model, prepared, skip_symbolic_shape=True)
        quantization.quantize_static(
            prepared,
            made,
            _Reader(samples),
            per_channel=False,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QUInt8,
        )
        return made.read_bytes()


def by_nncf(model: Path, samples: Sequence[Feeds]) -> bytes:
    """`quantize`: with its bias correction; it leaves the outputs in float."""
    nncf = import_module("nncf")
    advanced = import_module("nncf.quantization.advanced_parameters")
    per_tensor = advanced.QuantizationParameters(per_channel=False)
    settings = advanced.AdvancedQuantizationParameters(
        weights_quantization_params=per_tensor, activations_quantization_params=per_tensor
    )
    data = nncf.Dataset(list(samples), dict)
    given = onnx.load(model)
    made = nncf.quantize(given, data, subset_size=len(samples), advanced_parameters=settings)
    return made.SerializeToString()


def by_aimet(model: Path, samples: Sequence[Feeds]) -> bytes:
    """Normalizations folded, then its `QuantizationSimModel`."""
    return aimet_simulation(onnx.load(model), samples).to_onnx_qdq().SerializeToString()


def by_aimet_equalized(model: Path, samples: Sequence[Feeds]) -> bytes:
    """The same after its cross-layer equalization with high-bias folding."""
    given = onnx.load(model)
    import_module("aimet_onnx.cross_layer_equalization").equalize_model(given)
    return aimet_simulation(given, samples).to_onnx_qdq().SerializeToString()


def aimet_simulation(model: onnx.ModelProto, samples: Sequence[Feeds]) -> Any:
    """AIMET's simulation of `model` in u8, calibrated; `model` itself gets its norms folded."""
    import_module("aimet_onnx.batch_norm_fold").fold_all_batch_norms_to_weight(model)
    aimet = import_module("aimet_onnx")
    settings = Path(aimet.__file__).parent / AIMET_PER_TENSOR
    simulation = aimet.QuantizationSimModel(
        model, param_type="int8", activation_type="int8", config_file=str(settings)
    )
    simulation.compute_encodings([dict(feeds) for feeds in samples])
    return simulation
