"""rkviz: see, understand and repair the quantization of networks for Rockchip RV1126 boards."""

import os

__version__ = "0.1.0"

# onnxruntime from 1.29 on tells its maker of every process, and keeps a number for this machine in
# the user's cache, unless this is set before it is loaded. rkviz sends nothing anywhere.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
