"""Pictures as what a terminal draws: kitty's graphics protocol, and sixel.

Sixel is our own few lines: the libraries for it are bound to an old Pillow, or unkept for years.
"""

from __future__ import annotations

import fcntl
import io
import re
import struct
import termios
from base64 import b64encode
from pathlib import Path

import numpy as np
from PIL import Image

from bots.terminal.detect import Pictures

ROWS = 12  # lines of text that a picture takes at most
CELL = (10, 20)  # pixels of a character, where the terminal does not say
LARGEST = 480  # pixels of a side that are sent at most, however fine the screen
CHUNK = 4096  # characters of one kitty command, by its specification
COLOURS = 256  # of a sixel picture
_BAND = 6  # pixels high
_RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)


def draw(how: Pictures, picture: Path, rows: int, cell: tuple[int, int] = CELL) -> str | None:
    """What to write to the terminal, the cursor being at the start of a line; None if it can't be drawn.

    rows: lines that the picture may take. cell: pixels of a character, width and height.
    """
    if how not in (Pictures.KITTY, Pictures.SIXEL) or rows < 1:
        return None
    try:
        with Image.open(picture) as opened:
            image = opened.convert("RGB")
    except OSError:  # gone, or not finished: the line that says where it lies is all there is
        return None
    side = min(rows * cell[1], LARGEST)
    image.thumbnail((2 * side, side))
    if how is Pictures.SIXEL:
        return sixel(image)
    png = io.BytesIO()
    image.save(png, "PNG")
    return kitty(png.getvalue(), rows)


def cell_pixels(descriptor: int = 1) -> tuple[int, int]:
    """Pixels of a character, width and height, as the terminal says; `CELL` where it does not."""
    try:
        size = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, b"\0" * 8)
    except OSError:  # not a terminal
        return CELL
    rows, columns, width, height = struct.unpack("4H", size)
    if not all((rows, columns, width, height)):
        return CELL
    return width // columns, height // rows


def kitty(png: bytes, rows: int) -> str:
    """A PNG, shown `rows` lines high at the cursor; the terminal answers nothing."""
    data = b64encode(png).decode()
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    commands = []
    for number, chunk in enumerate(chunks, 1):
        keys = f"a=T,f=100,r={rows},q=2," if number == 1 else ""
        commands.append(f"\x1b_G{keys}m={int(number < len(chunks))};{chunk}\x1b\\")
    return "".join(commands)


def sixel(image: Image.Image) -> str:
    """An RGB picture pixel for pixel, in its best 256 colours."""
    reduced = image.quantize(COLOURS)
    pixels = np.asarray(reduced)
    height, width = pixels.shape
    palette = reduced.getpalette() or []
    colours = [palette[at : at + 3] for at in range(0, len(palette), 3)]
    said = [
        f"#{number};2;{';'.join(str(round(part * 100 / 255)) for part in colour)}"
        for number, colour in enumerate(colours)
    ]
    bands = [_band(pixels[top : top + _BAND]) for top in range(0, height, _BAND)]
    # 0;1: what is not drawn stays as it is; then the pixels' aspect, 1:1, and the size.
    return f'\x1bP0;1q"1;1;{width};{height}{"".join(said)}{"-".join(bands)}\x1b\\'


def _band(pixels: np.ndarray) -> str:
    """Six lines: for each colour in them the columns where it is, a bit a line, equal ones counted."""
    weights = (1 << np.arange(len(pixels)))[:, None]
    parts = []
    for colour in np.unique(pixels):
        columns = ((pixels == colour) * weights).sum(0, dtype=np.uint8) + 63
        row = columns.astype(np.uint8).tobytes().rstrip(b"?")
        counted = _RUN.sub(lambda run: b"!%d%c" % (len(run[0]), run[1][0]), row)
        parts.append(f"#{colour}{counted.decode()}")
    return "$".join(parts)
