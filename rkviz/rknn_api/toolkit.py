"""class RKNN: the toolkit's calls, their arguments and return codes, on top of the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from rkviz.board import find_toolkit, list_devices
from rkviz.emulate.compiled.programs import Programs
from rkviz.errors import ConfigError
from rkviz.rknn_api.arguments import count, flag, named_file
from rkviz.rknn_api.building import project_of, quantized, unquantized
from rkviz.rknn_api.exporting import Exporting
from rkviz.rknn_api.hybrid import read_step1, with_cfg, write_step1
from rkviz.rknn_api.inference import infer
from rkviz.rknn_api.loading import platforms_of
from rkviz.rknn_api.messages import guarded
from rkviz.rknn_api.on_board import OnBoard, open_board
from rkviz.rknn_api.options import family_of
from rkviz.rknn_api.performance import memory_text, performance, performance_text
from rkviz.target import TARGETS

_VERSION = "1.7.5"
"""The toolkit whose calls these are."""
_NOTHING_TO_COMPILE = "pre_compile has no effect: the emulator needs nothing compiled."


class RKNN(Exporting):
    """The toolkit's class. A mistake is an E line and -1 (None where a call returns something).

    Arguments are those of RKNN-Toolkit 1.7.5. What rkviz takes no notice of is said once, as a W
    line. `verbose` shows I lines as well; `verbose_file` receives every line.
    """

    @guarded()
    def build(
        self,
        do_quantization: bool = True,
        dataset: str = "./dataset.txt",
        pre_compile: bool = False,
        rknn_batch_size: int = 1,
    ) -> int:
        """Quantize the network on the pictures of `dataset`; 0 or -1.

        Without quantization it runs in fp16, or as a quantized model file states. With
        `rknn_batch_size` above 1, `inference` takes and gives that many pictures at once.
        """
        network, batch = self._loaded(), count("rknn_batch_size", rknn_batch_size)
        if flag("pre_compile", pre_compile):
            self.messages.once(_NOTHING_TO_COMPILE)
        if flag("do_quantization", do_quantization):
            project = project_of(network, self._configured(), dataset)
            self._keep(project, quantized(network, project))
        else:
            project = project_of(network, self._configured(), None)
            self._keep(*unquantized(network, project))
        self._batch = batch
        return 0

    @guarded()
    def init_runtime(
        self,
        target: str | None = None,
        device_id: str | None = None,
        perf_debug: bool = False,
        eval_mem: bool = False,
        async_mode: bool = False,
        rknn2precompile: bool = False,
    ) -> int:
        """Make the emulator ready; 0 or -1. A `target` is a board, reached through the toolkit."""
        plan, (project, results) = self._plan(), self._built()
        self._board = None
        if target is not None:
            self._board = open_board(project, results, target, device_id)
            self.messages.info(f"{target} runs {self._board.model.name}.")
            return 0
        for name, value in (("async_mode", async_mode), ("rknn2precompile", rknn2precompile)):
            if flag(name, value):
                self.messages.once(f"{name} has no effect on the emulator.")
        self._perf_debug = flag("perf_debug", perf_debug)
        self._programs = Programs()
        self.messages.info(f"The emulator is ready: {len(plan.steps)} operations.")
        return 0

    @guarded(failure=None)
    def inference(
        self,
        inputs: Sequence[NDArray[np.generic]],
        data_type: str = "uint8",
        data_format: str | Sequence[str] = "nhwc",
        inputs_pass_through: Sequence[int] | None = None,
    ) -> list[NDArray[np.float32]] | None:
        """The outputs as float32 arrays for one array an input (see `inference.infer`), or None."""
        plan, project = self._plan(), self._project
        if self._board is not None:
            return self._board.infer(
                inputs,
                data_type=data_type,
                data_format=data_format,
                inputs_pass_through=inputs_pass_through,
            )
        if self._programs is None or project is None:
            raise ConfigError("The runtime is not ready; call init_runtime() first.")
        return infer(
            plan,
            self._programs,
            {name: project.settings_for(name) for name in plan.graph.inputs},
            inputs,
            data_type=data_type,
            data_format=data_format,
            pass_through=inputs_pass_through,
            batch=self._batch,
        )

    @guarded()
    def hybrid_quantization_step1(self, dataset: str = "./dataset.txt") -> int:
        """Write `{name}.json`, `{name}.data` and `{name}.quantization.cfg` to edit; 0 or -1.

        They go to the current folder, named after the network in the model file. `.data` is a zip
        of npy files, no pickle. A cfg that was edited is kept beside the new one as `.bak`. No
        layers are suggested for i16 as the toolkit does: by which rule is not published.
        """
        network = self._loaded()
        project = project_of(network, self._configured(), dataset)
        results = quantized(network, project)
        for sentence in write_step1(project, results):
            self.messages.warn(sentence)
        self._keep(project, results)
        return 0

    @guarded()
    def hybrid_quantization_step2(
        self,
        model_input: str,
        data_input: str,
        model_quantization_cfg: str,
        dataset: str = "./dataset.txt",
        pre_compile: bool = False,
    ) -> int:
        """Build the network of step 1 with the types and parameters of the cfg; 0 or -1.

        `config` has to be called with the same arguments before; `load_*` has not.
        """
        if flag("pre_compile", pre_compile):
            self.messages.once(_NOTHING_TO_COMPILE)
        network, edited = read_step1(model_input, data_input, model_quantization_cfg)
        project, sentences = with_cfg(network, self._configured(), dataset, edited)
        results = quantized(network, project)
        self._take(network)
        for sentence in sentences:
            self.messages.warn(sentence)
        self._keep(project, results)
        return 0

    @guarded(failure=None)
    def eval_perf(
        self,
        loop_cnt: int = 1,
        export_perf_statistics: bool = False,
        is_print: bool = True,
        **older: object,
    ) -> dict[str, object] | None:
        """Print and return the estimated time: {"layers", "total_time" in us, "fps"}, or None.

        Nothing is measured, so `loop_cnt` and the inputs that older toolkits took do not matter;
        after init_runtime with a target the times are those of the board.
        """
        plan = self._plan()
        count("loop_cnt", loop_cnt)
        if self._board is not None:
            return self._on_board(self._board, flag("is_print", is_print))
        found = performance(plan, self._options.platform)
        by_operator = flag("export_perf_statistics", export_perf_statistics)
        if flag("is_print", is_print):
            print(performance_text(found, self._perf_debug, by_operator))
        layers = {
            number: {"name": row.name, "operation": row.operation, "time": row.time_us}
            for number, row in enumerate(found.layers)
        }
        return {"layers": layers, "total_time": found.time_us, "fps": found.total.fps}

    def _on_board(self, board: OnBoard, is_print: bool) -> dict[str, object]:
        timing = board.measure()
        fps = 1e6 / timing.total_us if timing.total_us > 0 else 0.0
        if is_print:
            for name, operation, time_us in timing.layers:
                print(f"{name:40} {operation:20} {time_us:10.0f}")
            print(f"Total Time(us): {timing.total_us:.0f}\nFPS: {fps:.2f}")
        layers = {
            number: {"name": name, "operation": operation, "time": time_us}
            for number, (name, operation, time_us) in enumerate(timing.layers)
        }
        return {"layers": layers, "total_time": timing.total_us, "fps": fps}

    @guarded(failure=None)
    def eval_memory(self, is_print: bool = True) -> dict[str, dict[str, int]] | None:
        """Print and return the estimated bytes by kind of memory, or None."""
        text, tables = memory_text(self._plan(), self._options.platform)
        if flag("is_print", is_print):
            print(text)
        return tables

    @guarded(failure=None)
    def list_support_target_platform(
        self, rknn_model: str | None = None
    ) -> dict[str, list[str]] | None:
        """Print and return the chips an `.rknn` file names and those it runs on, or None.

        {"filled_target_platform": [...], "support_target_platform": [...]} as the vendor's calls
        return it; without a file none is named, and those that are emulated are supported.
        """
        filled: list[str] = []
        supported = [name.upper() for name in TARGETS]
        if rknn_model is None:
            print(f"Target platforms that are emulated: {supported}")
        else:
            named = platforms_of(named_file("rknn_model", rknn_model))
            filled = [name.upper() for name in named]
            supported = [name.upper() for name in family_of(named)]
            print(f"Target platforms filled in RKNN model:         {filled}")
            print(f"Target platforms supported by this RKNN model: {supported}")
        return {"filled_target_platform": filled, "support_target_platform": supported}

    @guarded(failure=([], []))
    def list_devices(self) -> tuple[list[str], list[str]]:
        """Boards on USB, which the vendor's toolkit looks for where it is installed."""
        toolkit = find_toolkit()
        if toolkit is None:
            self.messages.info("The vendor's toolkit, which finds boards, is not installed here.")
            return [], []
        with TemporaryDirectory(prefix="rkviz_board_") as folder:
            return list(list_devices(toolkit, Path(folder))), []

    def get_sdk_version(self) -> str:
        """Whose calls these are, in words."""
        return f"rkviz emulator, calls of RKNN-Toolkit {_VERSION}, no driver"
