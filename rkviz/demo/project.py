"""The demo's project: the PP-OCRv4 text detector and the drawn pictures."""

from __future__ import annotations

from pathlib import Path

from rkviz.calibrate.preprocess import InputSettings
from rkviz.demo.pictures import SIDE, make_pictures
from rkviz.errors import ModelError
from rkviz.places import DEMO_NETWORK
from rkviz.project import Project

# What the network was trained with: x / 255 less (0.485, 0.456, 0.406), divided by
# (0.229, 0.224, 0.225), on channels in the order B, G, R; here in the toolkit's units of 0..255.
SETTINGS = InputSettings(
    mean_values=(123.675, 116.28, 103.53),
    std_values=(58.395, 57.12, 57.375),
    reorder_channel=(2, 1, 0),
)


def demo_project(folder: Path) -> Project:
    """A project on the pictures, which are drawn into `folder`/pictures.

    Raises ModelError when the network was not fetched, OSError when the folder cannot be written.
    """
    if not DEMO_NETWORK.exists():
        raise ModelError(
            f"{DEMO_NETWORK} is missing; fetch it with `make demo` or packaging/fetch_demo.py."
        )
    return Project(
        model=DEMO_NETWORK,
        # One by one: what an earlier version left in the folder must not join in.
        dataset=tuple(make_pictures(folder.absolute() / "pictures")),
        input_shapes={"x": (1, 3, SIDE, SIDE)},
        inputs={"": SETTINGS},
    )
