"""Small pictures on disk for tests, from a fixed seed."""

from pathlib import Path

import numpy as np
from PIL import Image


def save_pictures(folder: Path, count: int = 4, size: tuple[int, int] = (16, 16)) -> Path:
    """Write `count` noisy pictures of `size` (width, height) into `folder` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(3)
    for index in range(count):
        pixels = random.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"picture{index}.png")
    return folder
