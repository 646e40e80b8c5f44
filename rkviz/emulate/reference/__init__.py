"""The definition of the arithmetic, bit for bit: codes in, codes out, one function an operator.

Written to be read and to be right for every network; `rkviz.emulate.compiled` is the speed and
must give the same integers. The rules and their numbers (4.1.1 ...) are those of the NPU notes,
measured on the vendor's bit-accurate model of the core.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rkviz.emulate.reference import (
    conv,
    convert,
    elementwise,
    matmul,
    moves,
    norm,
    pool,
    power,
    recurrent,
    reduce,
    residual,
    resize,
    softmax,
    unary,
)
from rkviz.emulate.reference.accumulate import Accumulate
from rkviz.emulate.reference.operand import Codes, Kernel, Operand
from rkviz.emulate.reference.tables import TABLE_KERNELS
from rkviz.numerics import QuantParams
from rkviz.quantize.plan import Step
from rkviz.target import Engine

__all__ = ["ACCUMULATORS", "KERNELS", "Kernel", "Operand"]


def _add(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """The residual add on the NN engine, the shader's add elsewhere."""
    kernel = residual.residual_add if step.engine is Engine.NN else elementwise.add
    return kernel(step, inputs, outputs)


KERNELS: Mapping[str, Kernel] = MappingProxyType(
    {
        "Conv": conv.conv,
        "ConvTranspose": conv.conv_transpose,
        "Gemm": matmul.gemm,
        "MatMul": matmul.matmul,
        "Add": _add,
        "Sub": elementwise.sub,
        "Mul": elementwise.mul,
        "Div": elementwise.div,
        "Max": elementwise.maximum,
        "Min": elementwise.minimum,
        "PRelu": elementwise.prelu,
        "AveragePool": pool.average_pool,
        "GlobalAveragePool": pool.average_pool,
        "MaxPool": pool.max_pool,
        "GlobalMaxPool": pool.max_pool,
        **TABLE_KERNELS,
        "Exp": unary.exp,
        "Softplus": unary.softplus,
        "Sqrt": unary.sqrt,
        "Log": unary.log,
        "Floor": unary.floor,
        "Round": unary.round_half_even,
        "Neg": unary.neg,
        "Pow": power.power,
        "Softmax": softmax.softmax,
        "LogSoftmax": softmax.log_softmax,
        "ReduceMean": reduce.reduce_mean,
        "ReduceSum": reduce.reduce_sum,
        "ReduceMax": reduce.reduce_max,
        "ReduceMin": reduce.reduce_min,
        "ReduceProd": reduce.reduce_prod,
        "CumSum": reduce.cumulative_sum,
        "LayerNormalization": norm.layer_normalization,
        "InstanceNormalization": norm.instance_normalization,
        "GroupNormalization": norm.group_normalization,
        "LSTM": recurrent.lstm,
        "GRU": recurrent.gru,
        "Resize": resize.resize,
        "Concat": convert.concat,
        "Convert": convert.convert,
        "Transpose": moves.transpose,
        "Reshape": moves.reshape,
        "Flatten": moves.flatten,
        "Squeeze": moves.squeeze,
        "Unsqueeze": moves.unsqueeze,
        "Slice": moves.slices,
        "Split": moves.split,
        "Pad": moves.pad,
        "Gather": moves.gather,
        "Expand": moves.expand,
        "Tile": moves.tile,
        "Identity": moves.identity,
        "SpaceToDepth": moves.space_to_depth,
        "DepthToSpace": moves.depth_to_space,
    }
)
"""Operator name -> kernel. "Input" is not here: the executor quantises."""

ACCUMULATORS: Mapping[str, Accumulate] = MappingProxyType(
    {
        "Conv": conv.conv_accumulator,
        "ConvTranspose": conv.conv_transpose_accumulator,
        "Gemm": matmul.gemm_accumulator,
        "MatMul": matmul.matmul_accumulator,
    }
)
"""Operator -> its accumulators before they wrap; its kernel is `accumulating` that."""
