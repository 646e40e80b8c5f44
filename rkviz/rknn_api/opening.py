"""The first calls: config, load_* and release, and the state that all calls share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rkviz.emulate.compiled.programs import Programs
from rkviz.errors import ConfigError
from rkviz.project import Project
from rkviz.quantize.plan import QuantPlan
from rkviz.results import Results
from rkviz.rknn_api.arguments import flag
from rkviz.rknn_api.building import project_of, unquantized
from rkviz.rknn_api.loading import EXPORTERS, Network, load, platforms_of
from rkviz.rknn_api.messages import Messages, guarded
from rkviz.rknn_api.on_board import OnBoard
from rkviz.rknn_api.options import Options, read_options

_NOT_CALLED = Options()


class Opening:
    """What the toolkit's object knows: options, an open network, results of the pipeline."""

    def __init__(self, verbose: bool = False, verbose_file: str | None = None) -> None:
        self.messages = Messages(verbose, verbose_file)
        self._chosen: Options | None = _NOT_CALLED
        self._network: Network | None = None
        self._project: Project | None = None
        self._results = Results()
        self._programs: Programs | None = None
        self._board: OnBoard | None = None
        self._batch = 1
        self._perf_debug = False

    @guarded()
    def config(
        self,
        batch_size: int = 100,
        mean_values: Sequence[Sequence[float]] | None = None,
        std_values: Sequence[Sequence[float]] | None = None,
        epochs: int = -1,
        channel_mean_value: str | None = None,
        reorder_channel: str | None = None,
        need_horizontal_merge: bool = False,
        quantized_dtype: str = "asymmetric_quantized-u8",
        quantized_algorithm: str = "normal",
        mmse_epoch: int = 3,
        optimization_level: int = 3,
        target_platform: Sequence[str] | str = ("rk1808",),
        quantize_input_node: bool = False,
        merge_dequant_layer_and_output_node: bool = False,
        model_pruning: bool = False,
        force_builtin_perm: bool = False,
        output_optimize: bool | int = False,
        do_sparse_network: bool = True,
        **unknown: object,
    ) -> int:
        """How pictures are prepared and numbers quantized; 0, or -1 naming all that is wrong."""
        given = {name: value for name, value in locals().items() if name not in ("self", "unknown")}
        self._chosen = None
        self._chosen = read_options(given, unknown)
        for sentence in self._chosen.warnings:
            self.messages.once(sentence)
        return 0

    @guarded()
    def load_onnx(
        self,
        model: str,
        inputs: Sequence[str] | None = None,
        input_size_list: Sequence[Sequence[int]] | None = None,
        outputs: Sequence[str] | None = None,
    ) -> int:
        """Open an ONNX file, or the part between the tensors `inputs` and `outputs`; 0 or -1.

        `input_size_list` holds one size an input without the batch, e.g. [[3, 224, 224]].
        """
        self.release()  # so that nobody builds the model before where this one fails
        return self._take(load(model, inputs, input_size_list, outputs))

    @guarded()
    def load_tflite(self, model: str) -> int:
        """Open a TensorFlow Lite file; 0 or -1."""
        self.release()
        return self._take(load(model))

    @guarded()
    def load_rknn(self, path: str, load_model_in_npu: bool = False) -> int:
        """Open an `.rknn` file that is not pre-compiled, ready to run; 0 or -1."""
        if flag("load_model_in_npu", load_model_in_npu):
            self.messages.once("load_model_in_npu has no effect: there is no board here.")
        self.release()
        options, network = self._options, load(path)
        platforms = platforms_of(network.model)
        if platforms and options.platform not in platforms:
            self._chosen = options = replace(options, platform=platforms[0])
        self._take(network)
        self._keep(*unquantized(network, project_of(network, options, None)))
        return 0

    def load_caffe(self, *arguments: object, **named: object) -> int:
        return self._by_exporter("load_caffe")

    def load_darknet(self, *arguments: object, **named: object) -> int:
        return self._by_exporter("load_darknet")

    def load_keras(self, *arguments: object, **named: object) -> int:
        return self._by_exporter("load_keras")

    def load_mxnet(self, *arguments: object, **named: object) -> int:
        return self._by_exporter("load_mxnet")

    def load_pytorch(self, *arguments: object, **named: object) -> int:
        return self._by_exporter("load_pytorch")

    def load_tensorflow(self, *arguments: object, **named: object) -> int:
        return self._by_exporter("load_tensorflow")

    def release(self) -> int:
        """Forget the model and everything made from it."""
        self._network = self._project = self._programs = self._board = None
        self._results = Results()
        return 0

    def _take(self, network: Network) -> int:
        self.release()
        self._network = network
        graph = network.graph
        self.messages.info(f"{network.model}: {len(graph.nodes)} layers.")
        return 0

    def _by_exporter(self, call: str) -> int:
        self.messages.error(
            f"{call}(): rkviz opens ONNX models; export one with {EXPORTERS[call]} and call "
            "load_onnx."
        )
        return -1

    def _keep(self, project: Project, results: Results) -> None:
        """Make `results` those of this object and say what is missing in them."""
        assert results.plan is not None
        self._project, self._results, self._programs = project, results, None
        self._board = None
        for sentence in (*results.problems, *dict.fromkeys(results.plan.skipped.values())):
            self.messages.warn(sentence)

    @property
    def _options(self) -> Options:
        """What `config` decided; what it refused is not replaced by defaults nobody asked for."""
        if self._chosen is None:
            raise ConfigError("config() failed; correct its arguments first.")
        return self._chosen

    def _configured(self) -> Options:
        """The same for a network that is built now: says once where nobody called `config`."""
        stated = self._network is not None and bool(self._network.stated)
        if self._chosen is _NOT_CALLED and not stated:
            self.messages.once("config() was not called: pictures go in as 0..255, for rk1808.")
        return self._options

    def _loaded(self) -> Network:
        if self._network is None:
            raise ConfigError("No model is loaded; call load_onnx() first.")
        return self._network

    def _built(self) -> tuple[Project, Results]:
        if self._project is None:
            raise ConfigError("The model is not built; call load_onnx() and build() first.")
        return self._project, self._results

    def _plan(self) -> QuantPlan:
        if self._results.plan is None:
            raise ConfigError("The model is not built; call load_onnx() and build() first.")
        return self._results.plan
