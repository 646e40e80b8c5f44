"""The calls that write what was built, and what to do instead where rkviz cannot."""

from __future__ import annotations

from rkviz import pipeline
from rkviz.errors import FormatError
from rkviz.formats.rknn_write import EXPERIMENTAL
from rkviz.rknn_api.arguments import named_file
from rkviz.rknn_api.messages import guarded
from rkviz.rknn_api.opening import Opening

_INSTEAD = {
    "export_rknn_quant_params": "rkviz does not write this yml; hybrid_quantization_step1 and "
    "`rkviz export-cfg` write the same parameters as .quantization.cfg.",
    "accuracy_analysis": "rkviz does not write this folder; `rkviz analyze` prints, and `rkviz "
    "report` writes, both errors of every layer.",
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
_SCRIPT = (
    "To have the vendor's toolkit write it, make a script with `rkviz export-script` and run it "
    "where the toolkit is installed."
)


class Exporting(Opening):
    """The calls of the toolkit that write a file; -1 where only the toolkit or a board can."""

    def accuracy_analysis(self, *arguments: object, **named: object) -> int:
        return self._instead("accuracy_analysis")

    @guarded()
    def export_rknn(self, export_path: str) -> int:
        """Write an `.rknn` file of a u8 network, made from observation of the format; 0 or -1."""
        project, results, path = *self._built(), named_file("export_path", export_path)
        try:
            pipeline.export_rknn(project, results, path)
        except FormatError as error:
            raise FormatError(error.message, (*error.details, _SCRIPT)) from None
        self.messages.warn(f"{path}: {EXPERIMENTAL}")
        return 0

    def export_rknn_quant_params(self, *arguments: object, **named: object) -> int:
        return self._instead("export_rknn_quant_params")

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
