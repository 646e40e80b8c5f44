"""The calls that write what was built, and what to do instead where rkviz cannot."""

from __future__ import annotations

from rkviz.rknn_api.opening import Opening

_INSTEAD = {
    "export_rknn": "rkviz writes no .rknn file; write a script for the vendor's toolkit with "
    "`rkviz export-script`, and run it where the toolkit is installed.",
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


class Exporting(Opening):
    """Every call of the toolkit that writes a file for the board; all of them answer -1."""

    def accuracy_analysis(self, *arguments: object, **named: object) -> int:
        return self._instead("accuracy_analysis")

    def export_rknn(self, *arguments: object, **named: object) -> int:
        return self._instead("export_rknn")

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
