"""rkviz: see, understand and repair the quantization of networks for Rockchip RV1126 boards."""

__version__ = "0.1.0"
