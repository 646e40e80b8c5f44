"""The calls that write what was built, and what to do instead where rkviz cannot."""

from __future__ import annotations

from pathlib import Path

from rkviz import exchange
from rkviz.errors import ConfigError
from rkviz.formats.rknn_write import EXPERIMENTAL
from rkviz.formats.step1_network import file_stem
from rkviz.rknn_api.accuracy import one_sample, write_analysis
from rkviz.rknn_api.arguments import flag, named_file
from rkviz.rknn_api.building import project_of, unquantized
from rkviz.rknn_api.loading import load
from rkviz.rknn_api.messages import guarded
from rkviz.rknn_api.on_board import analyse_on_board
from rkviz.rknn_api.opening import Opening
from rkviz.rknn_api.options import Options

_INSTEAD = {
    "export_rknn_precompile_model": "only a board can compile a model for itself; run the "
    "vendor's toolkit with the board on USB.",
    "export_rknn_sync_model": "this marks layers for debugging on a board; run the vendor's "
    "toolkit with the board on USB.",
    "export_encrypted_rknn_model": "encryption is the vendor's; run the vendor's toolkit on the "
    ".rknn file.",
    "register_op": "operators of your own run on a board only; the emulator computes ONNX "
    "operators the NPU lacks on the CPU.",
}
"""Call -> why it fails, and what does the job."""


class Exporting(Opening):
    """The calls of the toolkit that write a file; -1 where only the toolkit or a board can."""

    @guarded()
    def accuracy_analysis(
        self,
        inputs: str,
        output_dir: str = "./snapshot",
        calc_qnt_error: bool = True,
        target: str | None = None,
        device_id: str | None = None,
        dump_file_type: str = "tensor",
    ) -> int:
        """Write every layer's tensors and errors on the one sample in `inputs`; 0 or -1.

        `output_dir` gets the toolkit's folders and, with `calc_qnt_error`, its two texts. With a
        `target` the vendor's toolkit makes all of it, where it is installed.
        """
        (project, results), plan = self._built(), self._plan()
        with_errors = flag("calc_qnt_error", calc_qnt_error)
        folder, sample = named_file("output_dir", output_dir), named_file("inputs", inputs)
        if target is not None:
            files = one_sample(plan, sample).samples[0].files
            analyse_on_board(project, results, files, folder, target, device_id)
            self.messages.info(f"{folder}: the toolkit's analysis, with {target}.")
            return 0
        write_analysis(project, plan, sample, folder, with_errors, str(dump_file_type))
        self.messages.info(f"{folder}: the tensors and errors of every layer are written.")
        return 0

    @guarded()
    def export_rknn(self, export_path: str) -> int:
        """Write an `.rknn` file of a u8 network, made from observation of the format; 0 or -1."""
        project, results, path = *self._built(), named_file("export_path", export_path)
        exchange.export_rknn(project, results, path)
        self.messages.warn(f"{path}: {EXPERIMENTAL}")
        return 0

    @guarded()
    def export_rknn_quant_params(self, model: str | None = None, only_io: bool = True) -> int:
        """Write `{model}_quant_param.yml` to the current folder; 0 or -1.

        `model` is an `.rknn` file; None takes the network that was built. With `only_io` the file
        holds the parameters of inputs and outputs, else those of all tensors.
        """
        if model is None:
            project, results = self._built()
            stem = file_stem(self._plan().graph)
        else:
            network = load(model)
            if not network.graph.given:
                raise ConfigError(
                    f"{network.model} states no quantization parameters; give an .rknn file, or "
                    "load and build the model and leave this argument out."
                )
            stem = network.model.stem
            project, results = unquantized(network, project_of(network, Options(), None))
        path = Path(f"{stem}_quant_param.yml")
        exchange.export_quant_params(project, results, path, flag("only_io", only_io))
        self.messages.info(f"{path} written.")
        return 0

    def export_rknn_precompile_model(self, *arguments: object, **named: object) -> int:
        return self._instead("export_rknn_precompile_model")

    def export_rknn_sync_model(self, *arguments: object, **named: object) -> int:
        return self._instead("export_rknn_sync_model")

    def export_encrypted_rknn_model(self, *arguments: object, **named: object) -> int:
        return self._instead("export_encrypted_rknn_model")

    def register_op(self, *arguments: object, **named: object) -> int:
        return self._instead("register_op")

    def _instead(self, call: str) -> int:
        self.messages.error(f"{call}(): {_INSTEAD[call]}")
        return -1
