"""Operators one by one with drawn attributes: the program and the reference agree in every code."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rkviz.emulate.compiled import conv
from rkviz.emulate.compiled.program import Program
from rkviz.emulate.compiled.programs import MAKERS
from rkviz.emulate.reference import KERNELS, Operand
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.plan import Step, TensorPlan
from rkviz.target import Engine

seeds = st.integers(0, 2**32 - 1)
schemes = st.sampled_from([scheme for scheme in QuantScheme if scheme.is_quantized])
activations = st.sampled_from(["", "Relu", "Relu6"])
small = st.integers(1, 3)


def params(draw: st.DrawFn, scheme: QuantScheme, near: float = 1.0) -> QuantParams:
    if scheme is QuantScheme.U8:
        scale = near * draw(st.floats(2**-7, 4.0, width=32))
        return QuantParams.affine(scale, draw(st.integers(0, 255)))
    if scheme is QuantScheme.FLOAT:
        return QuantParams.floating()
    return QuantParams.fixed_point(scheme, draw(st.integers(-2, 9)) - int(np.log2(near)))


def codes(scheme: QuantScheme, shape: tuple[int, ...], seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    if scheme is QuantScheme.FLOAT:
        # Any bit pattern but those of infinity and of no number, which no kernel gives.
        drawn = random.integers(0, 1 << 16, shape).astype(np.uint16).view(np.float16)
        return np.where(np.isfinite(drawn), drawn, np.float16(1)).astype(np.float16)
    return random.integers(scheme.qmin, scheme.qmax + 1, shape).astype(scheme.dtype)


def tensor(held: Operand, constant: bool) -> TensorPlan:
    return TensorPlan("", "", held.params, held.codes.shape, codes=held.codes if constant else None)


def made(
    step: Step, inputs: list[Operand | None], out: QuantParams, constant: tuple[int, ...] = ()
) -> Program | None:
    tensors = [
        tensor(held, i in constant) if held is not None else None for i, held in enumerate(inputs)
    ]
    return MAKERS[step.op](step, tensors, [TensorPlan("", "", out, ())])


def assert_agree(
    step: Step,
    inputs: list[Operand | None],
    out: QuantParams,
    constant: tuple[int, ...] = (),
    must: bool = True,
) -> None:
    program = made(step, inputs, out, constant)
    if program is None:
        assert not must, "no program"
        return
    (wanted,) = KERNELS[step.op](step, inputs, [out])
    (got,) = program([held.codes if held is not None else None for held in inputs])
    assert got.dtype == wanted.dtype
    np.testing.assert_array_equal(got, wanted)


def step_of(op: str, activation: str = "", engine: Engine = Engine.NN, **attrs: object) -> Step:
    return Step("layer", op, engine, (), (), attrs=attrs, activation=activation)  # type: ignore[arg-type]


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[Step, list[Operand | None], QuantParams]:
    scheme, group = draw(schemes), draw(st.sampled_from([1, 1, 2, 3]))
    rank = draw(st.sampled_from([2, 2, 1]))
    per_group = draw(small)
    channels = group * per_group
    out_channels = group * draw(small)
    kernel = tuple(draw(small) for _ in range(rank))
    pads = tuple(draw(st.integers(0, 2)) for _ in range(2 * rank))
    size = tuple(draw(st.integers(7, 9)) for _ in range(rank))
    step = step_of(
        "Conv",
        draw(activations),
        kernel_shape=kernel,
        strides=tuple(draw(small) for _ in range(rank)),
        dilations=tuple(draw(small) for _ in range(rank)),
        pads=pads,
        group=group,
    )
    seed = draw(seeds)
    x = Operand(codes(scheme, (1, channels, *size), seed), params(draw, scheme, 2**-6))
    w = Operand(
        codes(scheme, (out_channels, per_group, *kernel), seed + 1), params(draw, scheme, 2**-6)
    )
    spread = 40_000 if scheme.bits == 8 else 2**40
    drawn = np.random.default_rng(seed).integers(-spread, spread, out_channels)
    bias = Operand(drawn.astype(np.int32 if scheme.bits == 8 else np.int64), QuantParams(scheme))
    return step, [x, w, draw(st.sampled_from([bias, None]))], params(draw, scheme)


@settings(max_examples=150, deadline=None)
@given(convolutions())
def test_convolutions(drawn: tuple[Step, list[Operand | None], QuantParams]) -> None:
    assert_agree(*drawn, constant=(1, 2))


@pytest.mark.parametrize("zero_point", [0, 117])
@pytest.mark.parametrize("activation", ["", "Relu", "Relu6"])
def test_convolutions_no_float32_multiplier_is_proven_for(
    activation: str, zero_point: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conv, "float32_multiplier", lambda *_: None)
    step = step_of("Conv", activation, kernel_shape=(3, 3), pads=(1, 1, 1, 1))
    for scheme in (QuantScheme.U8, QuantScheme.I8):
        x = Operand(codes(scheme, (1, 4, 9, 9), 1), QuantParams(scheme, 2**-7))
        w = Operand(codes(scheme, (5, 4, 3, 3), 2), QuantParams(scheme, 2**-6))
        bias = Operand(np.arange(5, dtype=np.int32) * 999, QuantParams(scheme))
        out = QuantParams(scheme, 0.125, zero_point if scheme is QuantScheme.U8 else 0)
        assert_agree(step, [x, w, bias], out, constant=(1, 2))


@settings(max_examples=40, deadline=None)
@given(st.data(), schemes, seeds, activations, st.booleans())
def test_matrix_products(
    data: st.DataObject, scheme: QuantScheme, seed: int, activation: str, transposed: bool
) -> None:
    rows, depth, columns = (data.draw(st.integers(1, 9)) for _ in range(3))
    x = Operand(codes(scheme, (rows, depth), seed), params(data.draw, scheme, 2**-6))
    shape = (columns, depth) if transposed else (depth, columns)
    w = Operand(codes(scheme, shape, seed + 1), params(data.draw, scheme, 2**-6))
    bias = Operand(np.arange(columns, dtype=np.int32) * 500, QuantParams(scheme))
    out = params(data.draw, scheme)
    gemm = step_of("Gemm", activation, transB=int(transposed))
    assert_agree(gemm, [x, w, bias], out, constant=(1, 2))
    if not transposed:
        stack = Operand(np.stack([x.codes, x.codes[::-1]]), x.params)
        assert_agree(step_of("MatMul", activation), [stack, w], out, constant=(1,))


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from(list(QuantScheme)), seeds)
def test_deconvolutions(data: st.DataObject, scheme: QuantScheme, seed: int) -> None:
    rank, group = data.draw(st.sampled_from([1, 2])), data.draw(st.integers(1, 2))
    kernel, strides = (tuple(data.draw(small) for _ in range(rank)) for _ in range(2))
    step = step_of(
        "ConvTranspose",
        data.draw(activations),
        kernel_shape=kernel,
        strides=strides,
        pads=tuple(data.draw(st.integers(0, k - 1)) for k in (*kernel, *kernel)),
        output_padding=tuple(data.draw(st.integers(0, stride - 1)) for stride in strides),
        group=group,
    )
    size = (4, 5)[:rank]
    x = Operand(codes(scheme, (2, 2 * group, *size), seed), params(data.draw, scheme, 2**-6))
    w = Operand(codes(scheme, (2 * group, 3, *kernel), seed + 1), params(data.draw, scheme, 2**-6))
    drawn = np.random.default_rng(seed).integers(-900, 900, 3 * group)
    dtype = np.int32 if scheme.is_quantized else np.float16
    bias = data.draw(st.sampled_from([Operand(drawn.astype(dtype), QuantParams(scheme)), None]))
    assert_agree(step, [x, w, bias], params(data.draw, scheme), constant=(1, 2))


def test_dilated_deconvolutions_are_left_to_the_reference() -> None:
    x = Operand(codes(QuantScheme.U8, (1, 2, 3, 3), 0), QuantParams.affine(1, 0))
    w = Operand(codes(QuantScheme.U8, (2, 2, 2, 2), 0), QuantParams.affine(1, 0))
    step = step_of("ConvTranspose", kernel_shape=(2, 2), dilations=(2, 2))
    assert made(step, [x, w], QuantParams.affine(1, 0), (1,)) is None


@settings(max_examples=60, deadline=None)
@given(st.data(), seeds, activations)
def test_convolutions_in_float(data: st.DataObject, seed: int, activation: str) -> None:
    group, per_group, rank = data.draw(small), data.draw(small), data.draw(st.sampled_from([1, 2]))
    kernel = tuple(data.draw(small) for _ in range(rank))
    step = step_of(
        "Conv",
        activation,
        engine=Engine.SHADER,
        group=group,
        strides=tuple(data.draw(small) for _ in range(rank)),
        pads=tuple(data.draw(st.integers(0, 1)) for _ in range(2 * rank)),
    )
    size = (6, 7)[:rank]
    fp16 = QuantParams.floating()
    x = Operand(codes(QuantScheme.FLOAT, (2, group * per_group, *size), seed), fp16)
    w = Operand(codes(QuantScheme.FLOAT, (2 * group, per_group, *kernel), seed + 1), fp16)
    bias = Operand(codes(QuantScheme.FLOAT, (2 * group,), seed + 2), fp16)
    assert_agree(step, [x, w, data.draw(st.sampled_from([bias, None]))], fp16, constant=(1, 2))


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(list(QuantScheme)), seeds)
def test_products_of_two_computed_tensors(
    data: st.DataObject, scheme: QuantScheme, seed: int
) -> None:
    rows, depth, columns = (data.draw(st.integers(1, 9)) for _ in range(3))
    left = data.draw(st.sampled_from([(rows, depth), (2, rows, depth), (3, 1, rows, depth)]))
    right = data.draw(st.sampled_from([(depth, columns), (2, depth, columns)]))
    x = Operand(codes(scheme, left, seed), params(data.draw, scheme, 2**-6))
    y = Operand(codes(scheme, right, seed + 1), params(data.draw, scheme, 2**-6))
    assert_agree(step_of("MatMul"), [x, y], params(data.draw, scheme))


def test_products_that_could_wrap_are_left_to_the_reference() -> None:
    params = QuantParams.affine(1, 0)
    x, y = (Operand(codes(QuantScheme.U8, s, 0), params) for s in ((1, 17_000), (17_000, 1)))
    assert made(step_of("MatMul"), [x, y], params) is None


def test_accumulators_that_could_wrap_are_left_to_the_reference() -> None:
    x = Operand(codes(QuantScheme.U8, (1, 2, 3, 3), 0), QuantParams.affine(1, 0))
    w = Operand(codes(QuantScheme.U8, (1, 2, 1, 1), 0), QuantParams.affine(1, 0))
    bias = Operand(np.array([2**31 - 10_000], np.int32), QuantParams(QuantScheme.U8))
    step = step_of("Conv", kernel_shape=(1, 1))
    assert made(step, [x, w, bias], QuantParams.affine(1e7, 0), (1, 2)) is None


PAIRS = ("Add", "Sub", "Mul", "Div", "Max", "Min", "PRelu")


@pytest.mark.parametrize("op", PAIRS)
@settings(max_examples=20, deadline=None)
@given(data=st.data(), seed=seeds, activation=activations)
def test_two_operands(op: str, data: st.DataObject, seed: int, activation: str) -> None:
    scheme, other, out = (data.draw(st.sampled_from(list(QuantScheme))) for _ in range(3))
    engine = data.draw(st.sampled_from([Engine.SHADER, Engine.NN]))
    shape = data.draw(st.sampled_from([(1, 3, 5, 5), (1, 3, 1, 1), (1, 1, 1, 5), (3, 5, 5)]))
    x = Operand(codes(scheme, (1, 3, 5, 5), seed), params(data.draw, scheme, 2**-4))
    y = Operand(codes(other, shape, seed + 1), params(data.draw, other, 2**-4))
    step = step_of(op, activation, engine)
    assert_agree(step, [x, y], params(data.draw, out, 2**-4), must=scheme.bits == other.bits == 8)
    wide = data.draw(st.sampled_from([QuantScheme.I16, QuantScheme.FLOAT]))
    a, b = (
        Operand(codes(wide, held.codes.shape, seed), params(data.draw, wide, 2**-4))
        for held in (x, y)
    )
    must = op in ("Add", "Sub", "Mul")
    assert_agree(step, [a, b], params(data.draw, wide, 2**-4), must=must)


@settings(max_examples=40, deadline=None)
@given(st.data(), seeds, st.sampled_from(PAIRS), st.booleans())
def test_an_operand_that_is_one_constant(
    data: st.DataObject, seed: int, op: str, first: bool
) -> None:
    scheme = data.draw(st.sampled_from([QuantScheme.U8, QuantScheme.I8]))
    shape = data.draw(st.sampled_from([(), (1,), (1, 1, 1, 1), (1, 1, 1, 1, 1)]))
    x = Operand(codes(scheme, (1, 3, 5, 5), seed), params(data.draw, scheme, 2**-4))
    y = Operand(codes(scheme, shape, seed + 1), params(data.draw, scheme, 2**-4))
    out = params(data.draw, scheme, 2**-4)
    step = step_of(op, engine=Engine.SHADER)
    assert_agree(step, [y, x] if first else [x, y], out, constant=(0,) if first else (1,))


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(list(QuantScheme)), seeds)
def test_slopes_and_exponents(data: st.DataObject, scheme: QuantScheme, seed: int) -> None:
    drawn = data.draw(st.sampled_from([(), (1,), (3, 1, 1), (1, 3, 1, 1), (1, 1, 1)]))
    slopes = np.random.default_rng(seed).normal(size=drawn).astype(np.float32)
    x = Operand(codes(scheme, (2, 3, 4, 5), seed), params(data.draw, scheme, 2**-4))
    step = step_of("PRelu", engine=Engine.SHADER)
    inputs: list[Operand | None] = [x, Operand(slopes, QuantParams.floating())]
    out = params(data.draw, scheme, 2**-4)
    assert_agree(step, inputs, out, constant=(1,), must=scheme.bits == 8 or slopes.size == 1)
    exponent = data.draw(st.sampled_from([2.0, 3.0, 0.5, -1.0]))
    inputs[1] = Operand(np.array(exponent, np.float32), QuantParams.floating())
    engine = Engine.TP if exponent == 2 else Engine.SHADER
    assert_agree(step_of("Pow", engine=engine), inputs, out, constant=(1,))


ALONE = (
    "Relu", "Abs", "LeakyRelu", "Tanh", "Sigmoid", "Swish", "HardSwish", "Relu6", "Elu", "Mish",
    "HardSigmoid", "Convert", "Exp", "Softplus", "Sqrt", "Log", "Floor", "Round", "Neg",
)  # fmt: skip


@pytest.mark.parametrize("op", ALONE)
@settings(max_examples=4, deadline=None)
@given(data=st.data(), seed=seeds)
def test_one_operand(op: str, data: st.DataObject, seed: int) -> None:
    scheme, out = (data.draw(st.sampled_from(list(QuantScheme))) for _ in range(2))
    x = Operand(codes(scheme, (1, 3, 5, 5), seed), params(data.draw, scheme, 2**-4))
    assert_agree(step_of(op, engine=Engine.TP), [x], params(data.draw, out, 2**-4))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(list(QuantScheme)), seeds)
def test_maximum_pools(data: st.DataObject, scheme: QuantScheme, seed: int) -> None:
    kernel, dilations = (data.draw(small), data.draw(small)), (data.draw(small), data.draw(small))
    step = step_of(
        "MaxPool",
        engine=Engine.TP,
        kernel_shape=kernel,
        strides=(data.draw(small), data.draw(small)),
        dilations=dilations,
        pads=tuple(data.draw(st.integers(0, k - 1)) for k in (*kernel, *kernel)),
        ceil_mode=data.draw(st.integers(0, 1)),
    )
    x = Operand(codes(scheme, (1, 2, 7, 8), seed), params(data.draw, scheme))
    out = data.draw(st.sampled_from([x.params, params(data.draw, scheme)]))
    assert_agree(step, [x], out)
    assert_agree(step_of("GlobalMaxPool", engine=Engine.TP), [x], out)


@pytest.mark.parametrize("scheme", [QuantScheme.U8, QuantScheme.I8, QuantScheme.I16])
def test_maximum_pools_of_nothing_but_padding(scheme: QuantScheme) -> None:
    step = step_of(
        "MaxPool", kernel_shape=(2, 1), strides=(4, 4), dilations=(2, 1), pads=(1, 0, 1, 0)
    )
    x = Operand(codes(scheme, (1, 2, 1, 1), 0), QuantParams(scheme, 0.5))
    assert_agree(step, [x], x.params)


@settings(max_examples=120, deadline=None)
@given(st.data(), st.sampled_from(list(QuantScheme)), seeds, activations)
def test_average_pools(
    data: st.DataObject, scheme: QuantScheme, seed: int, activation: str
) -> None:
    kernel = data.draw(st.sampled_from([(1, 2), (2, 2), (3, 3), (3, 1), (14, 2)]))
    engine = data.draw(st.sampled_from([Engine.NN, Engine.SHADER]))
    padding = 0 if kernel[0] == 14 else data.draw(st.integers(0, min(kernel) - 1))
    counted = 1 if engine is Engine.NN else data.draw(st.integers(0, 1))
    step = step_of(
        "AveragePool",
        activation,
        engine,
        kernel_shape=kernel,
        strides=(data.draw(small), data.draw(small)),
        pads=(padding,) * 4,
        count_include_pad=counted,
    )
    x = Operand(codes(scheme, (1, 2, 15, 8), seed), params(data.draw, scheme))
    out = params(data.draw, scheme)
    quick = {Engine.NN: (QuantScheme.U8,), Engine.SHADER: (QuantScheme.U8, QuantScheme.I8)}
    assert_agree(step, [x], out, must=scheme in quick[engine])
    assert_agree(step_of("GlobalAveragePool", activation, engine), [x], out)


@settings(max_examples=40, deadline=None)
@given(st.data(), schemes, seeds, st.sampled_from(["ReduceMean", "ReduceSum"]))
def test_reductions(data: st.DataObject, scheme: QuantScheme, seed: int, op: str) -> None:
    axes = data.draw(st.sampled_from([(2, 3), (1,), (-1,), ()]))
    step = step_of(op, engine=Engine.SHADER, axes=axes, keepdims=data.draw(st.integers(0, 1)))
    x = Operand(codes(scheme, (1, 3, 4, 5), seed), params(data.draw, scheme))
    assert_agree(step, [x], params(data.draw, data.draw(schemes)))


@settings(max_examples=30, deadline=None)
@given(st.data(), st.sampled_from(list(QuantScheme)), seeds)
def test_moves_and_concat_convert_where_parameters_differ(
    data: st.DataObject, scheme: QuantScheme, seed: int
) -> None:
    x = Operand(codes(scheme, (1, 4, 2, 6), seed), params(data.draw, scheme))
    out = data.draw(st.sampled_from([x.params, params(data.draw, scheme)]))
    moves = [
        step_of("Transpose", perm=(0, 2, 3, 1)),
        step_of("Reshape", shape=(0, -1)),
        step_of("Slice", starts=(1,), ends=(5,), axes=(3,), steps=(2,)),
        step_of("Pad", pads=(0, 0, 1, 0, 0, 0, 0, 2)),
        step_of("SpaceToDepth", blocksize=2, mode="CRD"),
    ]
    for step in moves:
        assert_agree(step, [x], out)
    y = Operand(codes(scheme, (1, 2, 2, 6), seed + 1), params(data.draw, scheme))
    assert_agree(step_of("Concat", axis=1), [x, y], out)
