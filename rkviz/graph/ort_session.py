"""onnxruntime sessions as rkviz opens them: quiet, few threads, no spinning between runs."""

from __future__ import annotations

from functools import lru_cache

import onnxruntime as ort
from onnxruntime.capi import (
    onnxruntime_pybind11_state as _state,  # pyright: ignore[reportAttributeAccessIssue]
)

from rkviz.threads import thread_count

ORT_ERRORS: tuple[type[Exception], ...] = (
    _state.Fail, _state.InvalidArgument, _state.InvalidGraph, _state.InvalidProtobuf,
    _state.NotImplemented, _state.RuntimeException, _state.NoModel, _state.EPFail,
    ValueError, RuntimeError, TypeError, OverflowError,
)  # fmt: skip
"""What onnxruntime raises for a network or arrays it cannot work with."""


@lru_cache(maxsize=1)
def _prepare() -> None:
    """Let all sessions take their memory from one place, which grows by what is asked for.

    Each would otherwise keep the most it ever needed for itself, rounded up to a power of two.
    """
    place = ort.OrtMemoryInfo(
        "Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT
    )
    as_requested = ort.OrtArenaCfg({"arena_extend_strategy": 1})
    ort.create_and_register_allocator(place, as_requested)
    # What rkviz/__init__.py forbids elsewhere, builds for Windows are told here.
    ort.disable_telemetry_events()


def open_session(model: bytes, threads: int = 0, optimize: bool = True) -> ort.InferenceSession:
    """A CPU session of the serialized `model`, with `threads` or, for 0, as many as are chosen
    for networks; raises one of ORT_ERRORS."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or thread_count()
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Threads wait awake within a run, where falling asleep between its layers costs a quarter of
    # the time, and sleep as soon as it ends: the window and the next session want the cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    _prepare()
    options.add_session_config_entry("session.use_env_allocators", "1")
    if not optimize:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(model, options, ["CPUExecutionProvider"])
