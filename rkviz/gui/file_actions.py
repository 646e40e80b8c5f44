"""The actions of the File menu: documents, what is read from other tools and written for them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QT_TRANSLATE_NOOP

from rkviz.gui.action_spec import ActionSpec, Need
from rkviz.gui.commands import Commands


def _export(
    id: str,
    text: str,
    keys: tuple[str, ...] = (),
    need: Need = Need.PLAN,
    *,
    has_icon: bool = False,
    separated: bool = False,
) -> ActionSpec:
    handler = partial(Commands.export, id=id, title=text)
    return ActionSpec(
        id, "export", text, handler, keys, id if has_icon else "", need, separated=separated
    )


FILE_ACTIONS = (
    ActionSpec(
        "open", "file", QT_TRANSLATE_NOOP("Actions", "&Open…"), Commands.open,
        ("Ctrl+O",), "open",
    ),
    ActionSpec(
        "save", "file", QT_TRANSLATE_NOOP("Actions", "&Save project"), Commands.save,
        ("Ctrl+S",), "save", Need.PROJECT, separated=True,
    ),
    ActionSpec(
        "save_as", "file", QT_TRANSLATE_NOOP("Actions", "Save project &as…"),
        Commands.save_as, ("Ctrl+Shift+S",), need=Need.PROJECT,
    ),
    ActionSpec(
        "add_pictures", "file", QT_TRANSLATE_NOOP("Actions", "Choose &pictures…"),
        Commands.choose_pictures, ("Ctrl+I",), "pictures", Need.PROJECT, separated=True,
    ),
    ActionSpec(
        "add_folder", "file", QT_TRANSLATE_NOOP("Actions", "Choose picture &folder…"),
        Commands.choose_folder, ("Ctrl+Shift+I",), need=Need.PROJECT,
    ),
    ActionSpec(
        "import_cfg", "import", QT_TRANSLATE_NOOP("Actions", "Import &quantization.cfg…"),
        Commands.import_cfg, need=Need.PROJECT, separated=True,
    ),
    ActionSpec(
        "import_step1", "import",
        QT_TRANSLATE_NOOP("Actions", "Import quantization.cfg as &step 1 wrote it…"),
        Commands.import_step1, need=Need.PROJECT,
    ),
    ActionSpec(
        "import_analysis", "import",
        QT_TRANSLATE_NOOP("Actions", "Import &accuracy analysis folder…"),
        Commands.import_analysis, need=Need.PROJECT, separated=True,
    ),
    ActionSpec(
        "import_report", "import", QT_TRANSLATE_NOOP("Actions", "Import accuracy &report…"),
        Commands.import_report, need=Need.PROJECT,
    ),
    ActionSpec(
        "compare_tensors", "import", QT_TRANSLATE_NOOP("Actions", "&Compare its dumped tensors"),
        Commands.compare_tensors, need=Need.DUMPS,
    ),
    _export(
        "export_cfg", QT_TRANSLATE_NOOP("Actions", "Export &quantization.cfg…"), ("Ctrl+E",),
        has_icon=True,
    ),
    _export(
        "export_quant_params", QT_TRANSLATE_NOOP("Actions", "Export quantization &parameters…")
    ),
    _export("export_script", QT_TRANSLATE_NOOP("Actions", "Export &script for the toolkit…")),
    _export("export_rknn", QT_TRANSLATE_NOOP("Actions", "Export .r&knn (experimental)…")),
    _export(
        "export_accuracy", QT_TRANSLATE_NOOP("Actions", "Export &accuracy analysis…"),
        need=Need.REPORT, separated=True,
    ),
    _export(
        "export_tensors", QT_TRANSLATE_NOOP("Actions", "Export accuracy analysis with &tensors…"),
        need=Need.REPORT,
    ),
    _export("export_histograms", QT_TRANSLATE_NOOP("Actions", "Export &histograms…")),
    _export(
        "export_qdq", QT_TRANSLATE_NOOP("Actions", "Export QDQ O&NNX…"), separated=True
    ),
    _export("export_repaired", QT_TRANSLATE_NOOP("Actions", "Export repaired ONN&X…")),
    _export(
        "export_report", QT_TRANSLATE_NOOP("Actions", "Export HTML &report…"),
        ("Ctrl+Shift+E",), Need.REPORT, has_icon=True,
    ),
    ActionSpec(
        "quit", "file", QT_TRANSLATE_NOOP("Actions", "&Quit"), Commands.quit,
        ("Ctrl+Q",), separated=True,
    ),
)  # fmt: skip
