"""The demo's pictures: things with writing on them, drawn, so that nothing has to be shipped.

Six kinds of scenes, two of each. Every picture is the same on every machine: the random numbers
are seeded and the font is the one that comes inside Pillow.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from PIL.Image import Resampling

SIDE = 480
"""Width and height of every picture in pixels."""

Colour = tuple[int, int, int]
Scene = Callable[[np.random.Generator], Image.Image]

_TEXT = (
    "calibration of the scale follows the range that was seen while the zero point moves every "
    "real zero onto a code of its own so padding stays exact and a single outlier may cost half "
    "of all the codes that the other values could have used in the same tensor"
)
_WORDS = _TEXT.split()
_GOODS = (
    "Espresso", "Oat milk", "Rye bread", "Apples 1 kg", "Olive oil", "Dark chocolate", "Basil",
    "Orange juice", "Sea salt", "Tomatoes", "Black tea", "Goat cheese",
)  # fmt: skip
_STREETS = ("HARBOUR ST", "MILL LANE", "STATION RD", "CHAPEL HILL", "MARKET SQ", "OAK AVENUE")


def make_pictures(folder: Path) -> list[Path]:
    """Draw the pictures into `folder` (made when missing) as PNG; returns them in order.

    The first six are one of each kind, so that the few an analysis takes are unlike each other.
    Raises OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for number, (copy, kind) in enumerate(itertools.product((1, 2), _SCENES), 1):
        rng = np.random.default_rng([copy, *kind.encode()])
        path = folder / f"{number:02}_{kind}.png"
        _photographed(_SCENES[kind](rng), rng).save(path)
        paths.append(path)
    return paths


def _page(rng: np.random.Generator) -> Image.Image:
    """A printed page in two sizes of type on a desk, slightly turned."""
    sheet = Image.new("RGB", (380, 470), _light(rng))
    draw = ImageDraw.Draw(sheet)
    ink = _dark(rng)
    draw.text((28, 24), str(rng.choice(["Field notes", "Annual report"])), ink, _font(40))
    size = int(rng.integers(15, 20))
    for top in range(92, 400, int(size * 1.7)):
        if rng.random() < 0.15:
            continue
        draw.text((28, top), _line(rng, 330, size), ink, _font(size))
    draw.line((28, 424, 352, 424), ink)
    draw.text((180, 434), str(rng.integers(2, 300)), ink, _font(16))
    return _laid(sheet, _ground(rng, (96, 70, 48), (58, 40, 30)), float(rng.uniform(-7, 7)))


def _receipt(rng: np.random.Generator) -> Image.Image:
    """A narrow till receipt with prices in a column."""
    slip = Image.new("RGB", (250, 450), (246, 246, 242))
    draw = ImageDraw.Draw(slip)
    ink = (50, 50, 62)
    draw.text((125, 18), "CORNER SHOP", ink, _font(26), anchor="ma")
    draw.text((125, 52), f"No. {rng.integers(1000, 9999)}", ink, _font(15), anchor="ma")
    total, top = 0, 88
    for item in rng.choice(_GOODS, 10, replace=False):
        cents = int(rng.integers(80, 1500))
        total += cents
        draw.text((16, top), str(item), ink, _font(18))
        draw.text((234, top), f"{cents / 100:.2f}", ink, _font(18), anchor="ra")
        top += 28
    draw.line((16, top + 4, 234, top + 4), ink, 2)
    draw.text((16, top + 12), "TOTAL", ink, _font(28))
    draw.text((234, top + 12), f"{total / 100:.2f}", ink, _font(28), anchor="ra")
    return _laid(slip, _ground(rng, (60, 84, 92), (30, 44, 52)), float(rng.uniform(-14, 14)))


def _sign(rng: np.random.Generator) -> Image.Image:
    """Street signs on a post before the sky."""
    picture = _ground(rng, (118, 164, 214), (222, 230, 236))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((232, 60, 248, SIDE), fill=(92, 94, 98))
    boards = [(18, 92, 40), (24, 60, 150), (176, 30, 36), (236, 196, 40)]
    names = rng.choice(_STREETS, 3, replace=False)
    for index, (name, which) in enumerate(zip(names, rng.permutation(4)[:3], strict=True)):
        colour = boards[int(which)]
        board = Image.new("RGB", (360, 84), colour)
        inner = ImageDraw.Draw(board)
        letters = (20, 20, 20) if sum(colour) > 400 else (250, 250, 250)
        inner.rectangle((4, 4, 355, 79), outline=letters, width=3)
        inner.text((180, 42), str(name), letters, _font(int(rng.integers(36, 50))), anchor="mm")
        picture = _laid(board, picture, float(rng.uniform(-9, 9)), (240, 110 + 125 * index))
    return picture


def _poster(rng: np.random.Generator) -> Image.Image:
    """Large type over a strong gradient and discs of colour."""
    picture = _ground(rng, _dark(rng), _vivid(rng))
    draw = ImageDraw.Draw(picture)
    for _ in range(7):
        x, y, radius = (int(v) for v in rng.integers((0, 0, 20), (SIDE, SIDE, 110)))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_vivid(rng))
    title = (("OPEN AIR", "JAZZ", "SUMMER"), ("IN THE", "BY THE"), ("CITY", "RIVER", "PARK"))
    for index, words in enumerate(title):
        word = str(rng.choice(words))
        at = (240, 90 + 95 * index)
        draw.text(at, word, (255, 255, 255), _font(84), "mm", stroke_width=2, stroke_fill=(0, 0, 0))
    text = f"Saturday {rng.integers(1, 28)} June, {rng.integers(5, 10)} pm"
    draw.rectangle((60, 385, 420, 440), fill=(250, 240, 210))
    draw.text((240, 412), text, (40, 20, 20), _font(30), anchor="mm")
    return picture


def _screen(rng: np.random.Generator) -> Image.Image:
    """A dark display with small bright text, and a bright dialog on it."""
    picture = _ground(rng, (18, 20, 26), (34, 38, 48))
    draw = ImageDraw.Draw(picture)
    shades = [(124, 200, 255), (160, 230, 150), (240, 200, 120), (220, 220, 226)]
    for index, top in enumerate(range(18, SIDE - 24, 24)):
        colour = shades[int(rng.integers(len(shades)))]
        draw.text((14, top), f"{index + 1:>2}", (96, 100, 112), _font(15))
        draw.text((48 + 22 * int(rng.integers(3)), top), _line(rng, 300, 16), colour, _font(16))
    left, top = (int(v) for v in rng.integers((60, 120), (150, 240)))
    draw.rectangle((left, top, left + 280, top + 120), fill=(238, 240, 244))
    draw.text((left + 20, top + 18), "Save changes?", (30, 34, 40), _font(28))
    draw.rectangle((left + 20, top + 70, left + 120, top + 104), fill=(30, 110, 220))
    draw.text((left + 70, top + 87), "Save", (255, 255, 255), _font(20), anchor="mm")
    draw.text((left + 200, top + 87), "Discard", (60, 66, 76), _font(20), anchor="mm")
    return picture


def _label(rng: np.random.Generator) -> Image.Image:
    """A shipping label with a bar code on cardboard, turned further than the others."""
    paper = Image.new("RGB", (370, 270), (250, 250, 250))
    draw = ImageDraw.Draw(paper)
    ink = (12, 12, 12)
    draw.text((16, 12), "TO: Rockridge Labs", ink, _font(30))
    draw.text(
        (16, 52), f"{rng.integers(2, 180)} {str(rng.choice(_STREETS)).title()}", ink, _font(22)
    )
    draw.text((16, 82), f"{rng.integers(10000, 99999)} Newport", ink, _font(22))
    draw.line((0, 118, 370, 118), ink, 3)
    x = 20
    while x < 345:
        width = int(rng.integers(2, 7))
        draw.rectangle((x, 130, x + width, 200), fill=ink)
        x += width + int(rng.integers(2, 6))
    number = " ".join(str(part) for part in rng.integers(1000, 9999, 4))
    draw.text((185, 208), number, ink, _font(22), anchor="ma")
    draw.text((16, 238), f"{rng.uniform(0.2, 9):.1f} kg  FRAGILE", ink, _font(22))
    angle = float(rng.choice([-1, 1]) * rng.uniform(15, 32))
    return _laid(paper, _ground(rng, (190, 150, 104), (150, 112, 72)), angle)


_SCENES: dict[str, Scene] = {
    "page": _page,
    "receipt": _receipt,
    "sign": _sign,
    "poster": _poster,
    "screen": _screen,
    "label": _label,
}


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font


def _line(rng: np.random.Generator, width: int, size: int) -> str:
    """Words that fill about `width` pixels in type of `size`."""
    font, start = _font(size), int(rng.integers(len(_WORDS)))
    line = ""
    for step in range(len(_WORDS)):
        longer = f"{line} {_WORDS[(start + step) % len(_WORDS)]}".strip()
        if font.getlength(longer) > width:
            break
        line = longer
    return line


def _light(rng: np.random.Generator) -> Colour:
    red, green, blue = (int(v) for v in rng.integers(222, 255, 3))
    return red, green, blue


def _dark(rng: np.random.Generator) -> Colour:
    red, green, blue = (int(v) for v in rng.integers(10, 70, 3))
    return red, green, blue


def _vivid(rng: np.random.Generator) -> Colour:
    levels = rng.permutation([int(rng.integers(150, 255)), int(rng.integers(40, 180)), 30])
    red, green, blue = (int(v) for v in levels)
    return red, green, blue


def _ground(rng: np.random.Generator, top: Colour, bottom: Colour) -> Image.Image:
    """A slanted gradient from `top` to `bottom` with soft blotches."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    slant = float(rng.uniform(-0.4, 0.4))
    share = np.clip(y + slant * (x - 0.5), 0.0, 1.0)[..., None]
    plain = np.array(top) * (1 - share) + np.array(bottom) * share
    coarse = Image.fromarray(rng.integers(0, 255, (24, 24), dtype=np.uint8))
    blotches = np.asarray(coarse.resize((SIDE, SIDE), Resampling.BICUBIC), dtype=np.float64)
    return _as_image(plain + (blotches[..., None] - 127.0) * 0.12)


def _laid(
    sheet: Image.Image, ground: Image.Image, angle: float, centre: tuple[int, int] = (240, 240)
) -> Image.Image:
    """`sheet` lying on `ground`, turned by `angle` degrees, with a soft shadow."""
    turned = sheet.convert("RGBA").rotate(angle, Resampling.BICUBIC, expand=True)
    corner = (centre[0] - turned.width // 2, centre[1] - turned.height // 2)
    shadow = Image.new("L", ground.size)
    shadow.paste(turned.getchannel("A"), (corner[0] + 5, corner[1] + 7))
    shadow = shadow.filter(ImageFilter.GaussianBlur(6)).point([level // 2 for level in range(256)])
    picture = Image.composite(Image.new("RGB", ground.size), ground, shadow)
    picture.paste(turned, corner, turned)
    return picture


def _photographed(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Uneven light, a little blur and sensor noise."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    lit_x, lit_y = rng.uniform(-0.6, 0.6, 2)
    light = 1.05 - 0.16 * ((x - lit_x) ** 2 + (y - lit_y) ** 2)
    soft = picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 0.8))))
    noise = rng.normal(0.0, float(rng.uniform(1.5, 4.0)), (SIDE, SIDE, 3))
    return _as_image(np.asarray(soft, dtype=np.float64) * light[..., None] + noise)


def _as_image(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
