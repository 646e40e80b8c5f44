"""Pictures become network inputs: fitted to the size, channels reordered, mean and std."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rkviz.errors import ConfigError, DatasetError

_LETTERBOX_GREY = 114


class Fit(Enum):
    """How a picture of another size becomes one of the network's size."""

    STRETCH = "stretch"
    """Resized to the size, whatever that does to the proportions (the toolkit's way)."""
    LETTERBOX = "letterbox"
    """Resized to fit inside, centred, the rest filled with grey 114 (as YOLO is trained)."""
    CROP = "crop"
    """Short side resized to `crop_from`, then the centre cut out (as ImageNet nets are tested)."""


@dataclass(frozen=True)
class InputSettings:
    """How samples are prepared for one input: y = (x - mean) / std after reordering channels.

    `mean_values` and `std_values` hold one number for all channels or one a channel;
    `reorder_channel` (2, 1, 0) turns RGB into BGR. `crop_from` is the length of the short side
    before Fit.CROP cuts; None takes the network's size. Raises ConfigError.
    """

    mean_values: tuple[float, ...] = (0.0,)
    std_values: tuple[float, ...] = (1.0,)
    reorder_channel: tuple[int, ...] | None = None
    fit: Fit = Fit.STRETCH
    crop_from: int | None = None

    def __post_init__(self) -> None:
        wrong = list(self._wrong())
        if wrong:
            raise ConfigError("The settings of an input cannot be used:", wrong)

    def _wrong(self) -> list[str]:
        wrong: list[str] = []
        for name, values in (("mean_values", self.mean_values), ("std_values", self.std_values)):
            if not values:
                wrong.append(f"{name} is empty; give one number, or one a channel.")
            if not all(math.isfinite(value) for value in values):
                wrong.append(f"{name} {_listed(values)} holds something that is not a number.")
        if any(value == 0 for value in self.std_values):
            wrong.append(f"std_values {_listed(self.std_values)} holds 0, which divides by zero.")
        lengths = {len(self.mean_values), len(self.std_values)} - {1}
        order = self.reorder_channel
        if order is not None:
            if sorted(order) != list(range(len(order))) or not order:
                wrong.append(
                    f"reorder_channel {_listed(order)} must name every channel once, counted "
                    "from 0, like 2 1 0."
                )
            lengths |= {len(order)}
        if len(lengths) > 1:
            wrong.append(
                f"mean_values ({len(self.mean_values)}), std_values ({len(self.std_values)}) and "
                "reorder_channel speak of different numbers of channels."
            )
        if self.crop_from is not None and self.crop_from < 1:
            wrong.append(f"crop_from {self.crop_from} is not a length in pixels.")
        return wrong

    def check_channels(self, channels: int, input_name: str) -> None:
        """Raise ConfigError when the settings are made for another number than `channels`."""
        for name, values in (
            ("mean_values", self.mean_values),
            ("std_values", self.std_values),
            ("reorder_channel", self.reorder_channel or (0,)),
        ):
            # A single reorder entry says nothing: it leaves every channel where it is.
            if len(values) not in (1, channels):
                raise ConfigError(
                    f"{name} has {len(values)} entries, but input {input_name!r} has {channels} "
                    f"channel(s); give 1 or {channels}."
                )


@dataclass(frozen=True)
class PictureLayout:
    """Where the sizes of a picture stand in the shape of a 4-D input."""

    batch: int
    channels: int
    height: int
    width: int
    channels_last: bool = False


def picture_layout(shape: tuple[int, ...]) -> PictureLayout | None:
    """The layout of an input that takes pictures, or None for one that takes arrays only.

    (N, C, H, W) with 1 or 3 channels; (N, H, W, C) where only the last size can be the channels,
    as models exported from TensorFlow have it.
    """
    if len(shape) != 4 or min(shape) < 1:
        return None
    if shape[1] in (1, 3):
        return PictureLayout(shape[0], shape[1], shape[2], shape[3])
    if shape[3] in (1, 3):
        return PictureLayout(shape[0], shape[3], shape[1], shape[2], channels_last=True)
    return None


def preprocess(
    picture: NDArray[np.uint8], settings: InputSettings, shape: tuple[int, ...], name: str = ""
) -> NDArray[np.float32]:
    """`picture` (H, W, C) 0..255, RGB or grey, as the float32 array of input `name` of `shape`.

    The picture is fitted to the size (see `Fit`), its channels reordered, then
    y = (x - mean) / std in float32. A coloured picture becomes grey (ITU-R 601 luma) for an input
    of one channel, a grey one is repeated for three; a batch is filled with copies. Resizing is
    Pillow's BILINEAR, which averages over the covered area when it shrinks. Raises DatasetError
    when `shape` is none of a picture, ConfigError when the settings do not fit it.
    """
    layout = picture_layout(shape)
    if layout is None:
        raise DatasetError(
            f"Input {name!r} has shape {shape}, which no picture fits; give npy files for it."
        )
    settings.check_channels(layout.channels, name)
    image = _as_image(picture, layout.channels)
    fitted = np.asarray(_FITTERS[settings.fit](image, layout.width, layout.height, settings))
    channels_last = normalise(np.atleast_3d(fitted), settings)
    array = channels_last if layout.channels_last else channels_last.transpose(2, 0, 1)
    return np.ascontiguousarray(np.broadcast_to(array, shape))


def prepare_array(
    array: NDArray[np.generic], settings: InputSettings, shape: tuple[int, ...], name: str = ""
) -> NDArray[np.float32]:
    """`array` as read from a npy file, as the float32 array of input `name` of `shape`.

    It has one of `array_shapes(shape)`: for a 4-D input channels come last, as the toolkit wants
    it. Mean, std and channel order are applied as to a picture; an input of another rank has no
    channels, so it takes one mean and one std. Raises ConfigError.
    """
    if len(shape) != 4:
        if max(len(settings.mean_values), len(settings.std_values)) > 1 or (
            settings.reorder_channel is not None
        ):
            raise ConfigError(
                f"Input {name!r} of shape {shape} has no channels; give it settings of its own "
                "with one mean, one std and no reorder_channel."
            )
        return np.ascontiguousarray(normalise(array.reshape(shape), settings))
    layout = picture_layout(shape)
    channels_last = layout is not None and layout.channels_last
    settings.check_channels(shape[3] if channels_last else shape[1], name)
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    result = normalise(array, settings)
    if not channels_last:
        result = np.moveaxis(result, -1, -3)
    return np.ascontiguousarray(np.broadcast_to(result, shape))


def array_shapes(shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """The shapes a npy file may have for an input of `shape`, the preferred one first.

    4-D: (N, H, W, C), or (H, W, C) and for one channel (H, W), which fill the whole batch.
    Others: `shape` itself, or without a leading 1.
    """
    if len(shape) != 4:
        return (shape, shape[1:]) if len(shape) > 1 and shape[0] == 1 else (shape,)
    layout = picture_layout(shape)
    batch, *rest = shape
    last = tuple(rest) if layout is not None and layout.channels_last else (*rest[1:], rest[0])
    grey = (last[:2],) if last[2] == 1 else ()
    return ((batch, *last), last, *grey)


def normalise(array: NDArray[np.generic], settings: InputSettings) -> NDArray[np.float32]:
    """y = (x - mean) / std in float32 over the last axis, after reordering it."""
    order = settings.reorder_channel
    if order is not None and len(order) > 1:
        array = array[..., list(order)]
    mean = np.asarray(settings.mean_values, np.float32)
    std = np.asarray(settings.std_values, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        return (array.astype(np.float32) - mean) / std


def _as_image(picture: NDArray[np.uint8], channels: int) -> Image.Image:
    if picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[:, :, 0]
    if picture.ndim != 2 and (picture.ndim != 3 or picture.shape[2] != 3):
        raise DatasetError(
            f"A picture of shape {picture.shape} is neither (H, W, 3) RGB nor (H, W, 1) grey."
        )
    return Image.fromarray(picture).convert("L" if channels == 1 else "RGB")


def _stretch(image: Image.Image, width: int, height: int, settings: InputSettings) -> Image.Image:
    return _resize(image, width, height)


def _letterbox(image: Image.Image, width: int, height: int, settings: InputSettings) -> Image.Image:
    ratio = min(width / image.width, height / image.height)
    inner_width = min(width, max(1, round(image.width * ratio)))
    inner_height = min(height, max(1, round(image.height * ratio)))
    grey = _LETTERBOX_GREY
    canvas = Image.new(image.mode, (width, height), grey if image.mode == "L" else (grey,) * 3)
    corner = ((width - inner_width) // 2, (height - inner_height) // 2)
    canvas.paste(_resize(image, inner_width, inner_height), corner)
    return canvas


def _crop(image: Image.Image, width: int, height: int, settings: InputSettings) -> Image.Image:
    """The centre of the picture after its short side was resized to `crop_from`.

    Sizes and offsets are rounded as torchvision does. Only what stays is resized, so that a
    picture of extreme proportions takes no memory for what is cut away.
    """
    wanted = settings.crop_from
    if wanted is not None and wanted < max(width, height):
        raise ConfigError(
            f"crop_from {wanted} is smaller than the network's input of {width} x {height}; "
            f"give {max(width, height)} or more."
        )
    # Without crop_from: the smallest resize that still covers the network's input.
    ratio = (
        max(width / image.width, height / image.height)
        if wanted is None
        else wanted / min(image.width, image.height)
    )
    # The guard against 223.99999 of a division that is exact in the real numbers.
    resized_width = max(width, int(image.width * ratio + 1e-6))
    resized_height = max(height, int(image.height * ratio + 1e-6))
    left = round((resized_width - width) / 2)
    top = round((resized_height - height) / 2)
    x, y = image.width / resized_width, image.height / resized_height
    box = (left * x, top * y, (left + width) * x, (top + height) * y)
    return image.resize((width, height), Image.Resampling.BILINEAR, box=_inside(box, image))


def _inside(
    box: tuple[float, float, float, float], image: Image.Image
) -> tuple[float, float, float, float]:
    """`box` without what rounding put beyond the edges of `image`."""
    return box[0], box[1], min(box[2], image.width), min(box[3], image.height)


def _resize(image: Image.Image, width: int, height: int) -> Image.Image:
    if image.size == (width, height):
        return image
    return image.resize((width, height), Image.Resampling.BILINEAR)


_FITTERS = {Fit.STRETCH: _stretch, Fit.LETTERBOX: _letterbox, Fit.CROP: _crop}


def _listed(values: tuple[float, ...]) -> str:
    return "(" + ", ".join(f"{value:g}" for value in values) + ")"
