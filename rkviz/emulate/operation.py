"""One operation of the NPU on given codes with stated parameters: no network, no pictures.

For golden vectors, and to see what the chip makes of a few numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import run_step
from rkviz.emulate.reference import KERNELS, Operand
from rkviz.emulate.reference.operand import Codes
from rkviz.errors import UnsupportedOpError, close_matches
from rkviz.graph.model import Attr, Graph, Node, Value
from rkviz.numerics import QuantParams
from rkviz.quantize.engines import engine_of
from rkviz.quantize.plan import QuantPlan, Step, TensorPlan
from rkviz.quantize.support import CONSTANT_SETTINGS, why_on_cpu
from rkviz.target import Engine, target_named

__all__ = ["Operand", "run_operation"]

_TARGET = target_named("rv1126")
_OF_COMPUTED = frozenset({"Add", "Sub", "Mul", "Div", "Max", "Min", "MatMul", "Concat"})
"""Operators whose operands are all computed; the others have constants behind the first."""
_BIASED = frozenset({"Conv", "ConvTranspose", "Gemm"})


def run_operation(
    op: str,
    inputs: Sequence[Operand | None],
    outputs: Sequence[QuantParams],
    *,
    engine: Engine | None = None,
    activation: str = "",
    compiled: bool = False,
    **attrs: object,
) -> list[Codes]:
    """Codes of the results of `op`, one array for each of `outputs`.

    `op` is an operator of `rkviz.graph.model`: ONNX's name, or Convert, Swish, HardSwish, Relu6.
    `attrs` are ONNX's attributes with everything explicit, as there: pads and no auto_pad, and what
    newer operator sets have as inputs (axes, sizes, bounds) as attributes. `inputs` are codes and
    their parameters in ONNX's order and layout, None where one is absent; every one may have a type
    of its own. The codes of a bias are int32 or int64, in steps of the input's times the weights'
    scale. `activation` is "", "Relu" or "Relu6", run in the same operation with the parameters of
    the output. `engine` is by default what a plan chooses for a network of this one layer;
    Engine.NN makes an Add the residual add of two NN results. `compiled` takes what analyses run
    in place of the definition: the same codes.

    Raises UnsupportedOpError for what the NPU does not run, ValueError where codes are not of the
    type their parameters state or an attribute is neither number, text nor list of numbers.
    """
    if op not in KERNELS:
        hint = close_matches(op, KERNELS)
        raise UnsupportedOpError(f"The emulator has no arithmetic for operator {op!r}{hint}.")
    for position, operand in enumerate(inputs):
        if operand is not None and not (position == 2 and op in _BIASED):
            _require_type(position, operand)
    names = tuple("" if held is None else f"in{i}" for i, held in enumerate(inputs))
    made = tuple(f"out{i}" for i in range(len(outputs)))
    plain = {name: _plain(name, value) for name, value in attrs.items()}
    step = Step(op.lower(), op, engine or Engine.SHADER, names, made, (), plain, activation)
    plan = _plan(step, inputs, outputs)
    if engine is None:
        plan = replace(plan, steps=(replace(step, engine=_usual_engine(plan, inputs)),))
    codes = {name: held.codes for name, held in zip(names, inputs, strict=True) if held is not None}
    run = Programs().run_step if compiled else run_step
    computed = run(plan, plan.steps[0], codes)
    return [computed[name] for name in made]


def _plain(name: str, value: object) -> Attr:
    if isinstance(value, list | tuple):
        return tuple(value)
    if isinstance(value, int | float | str):
        return value
    raise ValueError(f"attribute {name} is {value!r}: no number, text or list of numbers")


def _require_type(position: int, operand: Operand) -> None:
    scheme, found = operand.params.scheme, operand.codes.dtype
    # Indices and axes are integers, slopes and scales of a norm float32.
    is_setting = not scheme.is_quantized and (found.kind in "iu" or found == "float32")
    if found != scheme.dtype and not is_setting:
        raise ValueError(f"input {position} has codes of type {found}, not {scheme.dtype}")


def _plan(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> QuantPlan:
    """The plan of `step` alone; what stands behind the first input is constant but for sums etc."""
    tensors = {
        name: TensorPlan(name, name, params, ())
        for name, params in zip(step.outputs, outputs, strict=True)
    }
    for position, (name, held) in enumerate(zip(step.inputs, inputs, strict=True)):
        if held is not None:
            constant = position > 0 and step.op not in _OF_COMPUTED
            codes = held.codes.copy() if constant else None
            tensors[name] = TensorPlan(name, name, held.params, held.codes.shape, codes=codes)
    attrs = dict(step.attrs)
    if step.op in CONSTANT_SETTINGS:
        # Nothing comes at run time here: what is not given has the kernel's default.
        attrs.setdefault(CONSTANT_SETTINGS[step.op], 0)
    node = Node(step.name, step.op, step.inputs, step.outputs, attrs)
    values = {name: Value(name, tensor.shape) for name, tensor in tensors.items()}
    constants = {name: t.codes for name, t in tensors.items() if t.codes is not None}
    graph = Graph("one operation", (node,), values, constants, (), step.outputs)
    return QuantPlan(graph, (step,), tensors, {}, {}, _TARGET.accumulator_bits)


def _usual_engine(plan: QuantPlan, inputs: Sequence[Operand | None]) -> Engine:
    """The engine of the one layer, whose size tells, e.g. of a pool that rounds up."""
    (step,) = plan.steps
    if step.op == "Convert":
        return Engine.TP
    results = KERNELS[step.op](step, inputs, [plan.tensors[name].params for name in step.outputs])
    shapes = {name: made.shape for name, made in zip(step.outputs, results, strict=True)}
    values = {
        name: replace(value, shape=shapes.get(name, value.shape))
        for name, value in plan.graph.values.items()
    }
    graph = replace(plan.graph, values=values)
    (node,) = graph.nodes
    schemes = [held.params.scheme for held in inputs if held is not None]
    engine = engine_of(graph, node, schemes[0], False, _TARGET)
    if engine is Engine.CPU:
        raise UnsupportedOpError(f"{why_on_cpu(graph, node, _TARGET)}.")
    return engine
