"""Treatments of a finished picture: fewer pixels, fewer inks, metal, neon."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter, ImageOps

from core.adapters.ai.art.canvas import SIZE, Color

_BAYER = (
    np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], dtype=np.float64) / 16 - 0.47
)


def pixelate(image: Image.Image, side: int, colors: int) -> Image.Image:
    """``image`` in ``side`` x ``side`` square pixels of at most ``colors`` colours, dithered by a fixed grid."""
    # Dark lines are made thicker first, or they would drown in their neighbours.
    bold = image.reduce(4).filter(ImageFilter.MinFilter(3))
    small = np.asarray(bold.resize((side, side), Image.Resampling.BOX), dtype=np.float64)
    dither = np.tile(_BAYER, (side // 4, side // 4))[:, :, None]
    shaken = Image.fromarray((small + dither * 9).clip(0, 255).astype(np.uint8))
    few = shaken.quantize(colors, method=Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
    return few.convert("RGB").resize((SIZE, SIZE), Image.Resampling.NEAREST)


def inks(image: Image.Image, count: int, paper: Color) -> Image.Image:
    """``image`` in ``count`` flat colours of its own, a little of the ``paper`` showing through; half its size."""
    calm = image.reduce(2).filter(ImageFilter.MedianFilter(3))
    few = calm.quantize(count, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return Image.blend(few, Image.new("RGB", few.size, paper), 0.12)


@lru_cache(maxsize=1)
def _dot_grid() -> NDArray[np.float64]:
    """-1..1 over 512 x 512 pixels, high at the knots of a grid turned by 45 degrees."""
    y, x = np.mgrid[0:512, 0:512]
    grid: NDArray[np.float64] = np.cos((x + y) * 0.62) * np.cos((x - y) * 0.62)
    return grid


def halftone(printed: Image.Image, original: Image.Image, ink: Color) -> Image.Image:
    """``printed`` (512 x 512) with the original's shadows as slanted rows of dots."""
    gray = np.asarray(ImageOps.autocontrast(original.convert("L").reduce(2)), dtype=np.float64)
    dots = ((_dot_grid() * 70 + 62 - gray) * 6).clip(0, 120).astype(np.uint8)
    out = printed.copy()
    out.paste(ink, (0, 0), Image.fromarray(dots))
    return out


def relief(layer: Image.Image, metal: Sequence[Color]) -> Image.Image:
    """A picture with transparency struck in ``metal`` (darkest to lightest): lit from the upper left."""
    gray = ImageOps.autocontrast(layer.convert("L"), cutoff=1)
    height = gray.filter(ImageFilter.BoxBlur(2))
    lit = ImageChops.subtract(ImageChops.offset(height, 3, 4), height)
    dim = ImageChops.subtract(height, ImageChops.offset(height, 3, 4))
    base = gray.point([60 + level * 5 // 10 for level in range(256)])
    struck = ImageChops.subtract(ImageChops.add(base, dim), lit)
    at = np.linspace(0, 255, len(metal))
    tables = [
        np.interp(np.arange(256), at, [color[channel] for color in metal]).round().astype(int)
        for channel in range(3)
    ]
    return Image.merge("RGB", [struck.point(table.tolist()) for table in tables])


def neon_lines(wall: Image.Image, layer: Image.Image, tubes: Image.Image) -> Image.Image:
    """``wall`` lit by ``tubes`` and by the edges of ``layer`` (RGBA), as bent glass in the colours beside them."""
    flat = Image.new("RGB", layer.size)
    flat.paste(layer.convert("RGB"), (0, 0), layer.getchannel("A"))
    # The colour of a tube is the brightest nearby; its place is where the picture has dark ink.
    near = flat.reduce(8).filter(ImageFilter.MaxFilter(5))
    color = near.resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    ink = layer.convert("L").point(
        [255 if level < 28 else max(0, 255 - (level - 28) * 12) for level in range(256)]
    )
    line = ImageChops.multiply(ink, layer.getchannel("A"))
    # Glass runs around a dark area (an eye, a hat), it doesn't fill it.
    thick = line.reduce(4).filter(ImageFilter.MinFilter(5)).resize(line.size, Image.Resampling.BILINEAR)
    line = ImageChops.subtract(line, thick)
    glass = ImageChops.lighter(ImageChops.multiply(color, Image.merge("RGB", [line] * 3)), tubes)
    small = glass.resize((256, 256), Image.Resampling.BOX)
    wide = small.filter(ImageFilter.GaussianBlur(14)).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    close = small.filter(ImageFilter.GaussianBlur(3)).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    dim = flat.point(lambda level: level * 0.22)
    out = ImageChops.add(ImageChops.add(wall, dim), ImageChops.add(wide, close))
    core = glass.point(lambda level: level * 1.35)
    return ImageChops.lighter(ImageChops.add(out, glass), core)
