"""The actions about plans: lock, rank, and the pages that search, repair and compare."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

from rkviz.gui.action_spec import ActionSpec, Need

PLAN_ACTIONS = (
    ActionSpec(
        "lock", "layer", QT_TRANSLATE_NOOP("Actions", "&Lock the type, or unlock it"),
        lambda commands: commands.on_plans.toggle_lock(), ("K",), need=Need.SELECTION,
        separated=True,
    ),
    ActionSpec(
        "rank", "run", QT_TRANSLATE_NOOP("Actions", "Rank by &effect on the output"),
        lambda commands: commands.on_plans.rank(), ("Ctrl+R",), need=Need.PLAN, separated=True,
    ),
    ActionSpec(
        "best_plan", "run", QT_TRANSLATE_NOOP("Actions", "Find the best &plan…"),
        lambda commands: commands.on_plans.bring_up("best_plan"), ("Ctrl+B",), need=Need.PROJECT,
    ),
    ActionSpec(
        "repairs", "run", QT_TRANSLATE_NOOP("Actions", "Repair &weights…"),
        lambda commands: commands.on_plans.bring_up("repairs"), ("Ctrl+W",), need=Need.PROJECT,
    ),
    ActionSpec(
        "plans", "run", QT_TRANSLATE_NOOP("Actions", "Plans and r&uns"),
        lambda commands: commands.on_plans.bring_up("plans"), ("Ctrl+P",), need=Need.PROJECT,
    ),
)  # fmt: skip
