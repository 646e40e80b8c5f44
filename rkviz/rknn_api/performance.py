"""eval_perf and eval_memory: the toolkit's tables, filled with the estimate of `emulate.cost`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rkviz.emulate.cost import NetworkCost, layer_costs, total_cost
from rkviz.quantize.plan import QuantPlan, Step
from rkviz.target import COST_TARGETS, Engine

_WIDTH = 72
_NAME_WIDTH = 44
_MIB = 1 << 20
_KERNELS = {
    "Conv": "CONVOLUTION",
    "Gemm": "CONVOLUTION",
    "MatMul": "CONVOLUTION",
    "ConvTranspose": "DECONVOLUTION",
    "Convert": "TENSOR_TRANS",
    "Input": "TENSOR_TRANS",
    "MaxPool": "POOLING",
    "AveragePool": "POOLING",
    "GlobalAveragePool": "POOLING",
    "GlobalMaxPool": "POOLING",
}
"""Operator -> the toolkit's word for what runs it; others go by their own name."""


@dataclass(frozen=True)
class LayerTime:
    """One row of the table."""

    name: str
    operation: str
    time_us: float


@dataclass(frozen=True)
class Performance:
    """What a plan costs on `platform`: an estimate, no board is asked."""

    platform: str
    layers: tuple[LayerTime, ...]
    total: NetworkCost

    @property
    def time_us(self) -> float:
        return self.total.milliseconds * 1000


def performance(plan: QuantPlan, platform: str) -> Performance:
    """The estimate for `platform`; its family's chip where no figures of its own are known."""
    target = COST_TARGETS.get(platform, COST_TARGETS["rk1808"])
    costs = layer_costs(plan, target)
    rows = tuple(
        LayerTime(step.name, _operation(step), costs[step.name].milliseconds * 1000)
        for step in plan.steps
    )
    return Performance(target.name, rows, total_cost(plan, target))


def performance_text(found: Performance, layers: bool, statistics: bool) -> str:
    """The toolkit's table: with `layers` a row for every operation, `statistics` by operator."""
    lines = _layer_lines(found) if layers else _average_lines(found)
    return "\n".join([*lines, *(_statistics(found) if statistics else ())])


def memory_text(plan: QuantPlan, platform: str) -> tuple[str, dict[str, dict[str, int]]]:
    """The memory table in MiB, and the same in bytes as the toolkit returns it.

    The NPU holds the weights and the tensors alive at one time; system memory takes no part in
    the estimate.
    """
    total = performance(plan, platform).total
    npu = {
        "maximum_allocation": total.model_bytes + total.peak_activation_bytes,
        "total_allocation": total.model_bytes + total.peak_activation_bytes,
    }
    nothing = {"maximum_allocation": 0, "total_allocation": 0}
    tables = {"system_memory": nothing, "npu_memory": npu, "total_memory": npu}
    lines = ["=" * _WIDTH, "Memory Profile Info Dump".center(_WIDTH).rstrip(), "=" * _WIDTH]
    lines.append("estimate for the weights and tensors on the NPU; system memory is not estimated")
    for title, key in (("NPU memory:", "npu_memory"), ("Total memory:", "total_memory")):
        lines.append(title)
        for row in ("maximum_allocation", "total_allocation"):
            label = row.replace("_", " ")
            lines.append(f"    {label:<20}: {tables[key][row] / _MIB:.2f} MiB")
    lines += [f"Model size: {total.model_bytes / _MIB:.2f} MiB", "=" * _WIDTH]
    return "\n".join(lines), tables


def _operation(step: Step) -> str:
    return "CPU" if step.engine is Engine.CPU else _KERNELS.get(step.op, step.op.upper())


def _average_lines(found: Performance) -> list[str]:
    return [
        "=" * _WIDTH,
        f"    Average inference Time(us): {found.time_us:.2f}",
        f"    FPS: {found.total.fps:.2f}",
        f"    ({found.platform}: {found.total.note}, not measured)",
        "=" * _WIDTH,
    ]


def _layer_lines(found: Performance) -> list[str]:
    note = f"#### {found.platform}: {found.total.note}, not measured ####"
    lines = ["=" * _WIDTH, "Performance".center(_WIDTH).rstrip(), note.center(_WIDTH).rstrip()]
    lines += ["=" * _WIDTH, _row("Layer ID", "Name", "Operator", "Uid", "Time(us)")]
    for number, layer in enumerate(found.layers):
        pieces = list(_folded(layer.name))
        time = f"{layer.time_us:.0f}"
        lines.append(_row(str(number), pieces[0], layer.operation, str(number), time))
        lines += [_row("", piece, "", "", "") for piece in pieces[1:]]
    return [*lines, f"Total Time(us): {found.time_us:.0f}", f"FPS: {found.total.fps:.2f}"]


def _row(number: str, name: str, operation: str, uid: str, time: str) -> str:
    row = f"{number:<12}{name:<{_NAME_WIDTH + 1}}{operation:<20}{uid:<10}{time}"
    return row.rstrip()


def _folded(name: str) -> Iterator[str]:
    """A long name goes on in the next row."""
    yield name[:_NAME_WIDTH]
    for start in range(_NAME_WIDTH, len(name), _NAME_WIDTH):
        yield name[start : start + _NAME_WIDTH]


def _statistics(found: Performance) -> Iterator[str]:
    """Operators by the time they take, the longest first."""
    calls, times = Counter[str](), Counter[str]()
    for layer in found.layers:
        calls[layer.operation] += 1
        times[layer.operation] += layer.time_us  # pyright: ignore[reportArgumentType]
    yield " Operator time-consuming statistics ".center(_WIDTH, "=")
    yield f"{'OP':<26}{'Call Number':<15}{'Total Time(us)':<18}Time Ratio(%)"
    whole = sum(times.values()) or 1.0
    for name, time in times.most_common():
        yield f"{name:<26}{calls[name]:<15}{time:<18.0f}{100 * time / whole:.2f}"
