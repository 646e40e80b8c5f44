"""Where rkviz has files of its own: beside its code, and in the folders the system has for it."""

from __future__ import annotations

from pathlib import Path

import platformdirs

DEMO_NETWORK = Path(__file__).parent / "demo" / "network" / "ch_PP-OCRv4_det_infer.onnx"
"""Fetched at set-up; part of every package."""

MANUAL = Path(__file__).parent / "manual"
"""Built from docs/manual at set-up; part of every package."""

_NAME = "rkviz"


def settings_file() -> Path:
    return Path(platformdirs.user_config_dir(_NAME, appauthor=False)) / "rkviz.ini"


def log_file() -> Path:
    return Path(platformdirs.user_log_dir(_NAME, appauthor=False)) / "rkviz.log"


def recovery_folder() -> Path:
    """For unsaved work, one file for each running window."""
    return Path(platformdirs.user_state_dir(_NAME, appauthor=False)) / "recovery"


def demo_folder() -> Path:
    """For the pictures of the demo, which are drawn again when they are gone."""
    return Path(platformdirs.user_cache_dir(_NAME, appauthor=False)) / "demo"
