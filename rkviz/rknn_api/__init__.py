"""The calls of RKNN-Toolkit 1.7.x without the toolkit: `from rkviz.rknn_api import RKNN`.

A script written for the toolkit runs after changing its import line; the NPU is the emulator.
"""

from __future__ import annotations

from rkviz.rknn_api.toolkit import RKNN

__all__ = ["RKNN"]
