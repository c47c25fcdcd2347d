"""Smooth shapes on Pillow images: everything is a list of points, drawn large and reduced (anti-aliasing)."""

from collections.abc import Iterable, Sequence
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = 1024  # pixels a side of a finished picture
_FINE, _COARSE = 3, 2  # how many times larger a mask is drawn than shown
_MANY = 20  # points of a curve, rather than of a polygon with corners
_LARGE = 300_000  # pixels from which on the coarse one must do: nobody sees it on a long edge

Color = tuple[int, int, int]
Points = NDArray[np.float64]  # shape (n, 2): x to the right, y down


def points(pairs: Iterable[Sequence[float]]) -> Points:
    """``pairs`` of x and y as an array."""
    return np.array(list(pairs), dtype=np.float64)


def ellipse(cx: float, cy: float, rx: float, ry: float | None = None, turn: float = 0.0) -> Points:
    """The outline of an ellipse, turned by ``turn`` radians."""
    angle = np.linspace(0, 2 * pi, 60, endpoint=False)
    x, y = rx * np.cos(angle), (rx if ry is None else ry) * np.sin(angle)
    return np.column_stack((cx + x * cos(turn) - y * sin(turn), cy + x * sin(turn) + y * cos(turn)))


def squircle(cx: float, cy: float, rx: float, ry: float, power: float = 2.6) -> Points:
    """Between an ellipse (2) and a rectangle (large ``power``)."""
    angle = np.linspace(0, 2 * pi, 64, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    x = np.sign(c) * np.abs(c) ** (2 / power)
    y = np.sign(s) * np.abs(s) ** (2 / power)
    return np.column_stack((cx + rx * x, cy + ry * y))


def star(cx: float, cy: float, outer: float, inner: float, tips: int = 5, turn: float = -pi / 2) -> Points:
    """A star with ``tips`` tips, the first at ``turn``."""
    angle = turn + np.arange(2 * tips) * pi / tips
    radius = np.where(np.arange(2 * tips) % 2 == 0, outer, inner)
    return np.column_stack((cx + radius * np.cos(angle), cy + radius * np.sin(angle)))


def sunburst(
    cx: float, cy: float, radius: float, count: int, *, share: float = 0.45, turn: float = 0.0
) -> Points:
    """``count`` rays as one outline through the middle, together covering ``share`` of the circle."""
    step = 2 * pi / count
    corners: list[tuple[float, float]] = []
    for index in range(count):
        start = turn + index * step
        ends = (start, start + step * share)
        corners += [(cx, cy), *((cx + radius * cos(a), cy + radius * sin(a)) for a in ends)]
    return points(corners)


def spline(pairs: Iterable[Sequence[float]], *, closed: bool = True, steps: int = 7) -> Points:
    """A smooth curve through ``pairs`` (Catmull-Rom)."""
    knots = points(pairs)
    n = len(knots)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for i in range(n if closed else n - 1):
        if closed:
            p0, p1, p2, p3 = (knots[(i + k) % n] for k in (-1, 0, 1, 2))
        else:
            p0, p1, p2, p3 = (knots[min(max(i + k, 0), n - 1)] for k in (-1, 0, 1, 2))
        pieces.append(
            0.5
            * (
                2 * p1
                + (p2 - p0) * t
                + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                + (3 * p1 - p0 - 3 * p2 + p3) * t**3
            )
        )
    if not closed:
        pieces.append(knots[-1:])
    return np.concatenate(pieces)


def moved(outline: Points, x: float, y: float, *, scale: float = 1.0) -> Points:
    """``outline`` scaled about 0, 0, then carried there."""
    carried: Points = outline * scale + np.array([x, y])
    return carried


def mix(a: Color, b: Color, share: float) -> Color:
    """``a`` with ``share`` (0..1) of ``b``."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


def lighter(color: Color, share: float = 0.35) -> Color:
    """Towards a warm white."""
    return mix(color, (255, 252, 240), share)


def darker(color: Color, share: float = 0.3) -> Color:
    """Towards a cool dark, which keeps shadows lively."""
    return mix(color, (30, 12, 70), share)


class Mask:
    """Which pixels a shape covers: ``cover`` lies with its corner at ``at``."""

    def __init__(
        self, outline: Points, *, stroke: float = 0.0, fill: bool = True, closed: bool = True
    ) -> None:
        outline = _thinned(outline)
        margin = stroke / 2 + 3
        low = np.floor(np.clip(outline.min(axis=0) - margin, -8, SIZE))
        high = np.ceil(np.clip(outline.max(axis=0) + margin, 0, SIZE + 8))
        width, height = (max(int(side), 1) for side in high - low)
        self.at = (int(low[0]), int(low[1]))
        times = _COARSE if width * height > _LARGE else _FINE
        big = Image.new("L", (width * times, height * times), 0)
        draw = ImageDraw.Draw(big)
        flat = [(float(x), float(y)) for x, y in (outline - low) * times]
        if fill:
            draw.polygon(flat, fill=255)
        if stroke:
            thick = max(1, round(stroke * times))
            path = [*flat, flat[0], flat[1]] if closed else flat
            draw.line(path, fill=255, width=thick, joint="curve")
            if not closed:
                for x, y in (flat[0], flat[-1]):
                    draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)
        self.cover = big.reduce(times)

    def crescent(self, dx: float, dy: float, blur: float) -> Image.Image:
        """The side of the shape away from (dx, dy): what a light from there leaves in the shade."""
        moved = ImageChops.offset(self.cover, round(dx), round(dy))
        side = ImageChops.subtract(self.cover, moved)
        # Blurring at a quarter of the size looks the same and costs a sixteenth.
        small = side.resize((max(1, side.width // 4), max(1, side.height // 4)), Image.Resampling.BOX)
        soft = small.filter(ImageFilter.GaussianBlur(blur / 4)).resize(side.size, Image.Resampling.BILINEAR)
        return ImageChops.multiply(soft, self.cover)


class Canvas:
    """A picture that shapes are painted on, back to front."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image

    @classmethod
    def transparent(cls, edge: Color) -> "Canvas":
        """Nothing yet; ``edge`` is the colour that half-covered border pixels fade from."""
        return cls(Image.new("RGBA", (SIZE, SIZE), (*edge, 0)))

    def paint(self, mask: Mask, color: Color, alpha: float = 1.0) -> None:
        """Fills ``mask`` with one colour."""
        self._paste(color, mask.at, _faded(mask.cover, alpha))

    def shape(
        self,
        outline: Points,
        color: Color,
        *,
        edge: Color | None = None,
        width: float = 0.0,
        shade: float = 0.0,
    ) -> None:
        """A filled shape with an ``edge`` line around it, and soft light from the upper left of depth ``shade``."""
        if edge is not None and width:
            self.paint(Mask(outline, stroke=2 * width), edge)
        mask = Mask(outline)
        self.paint(mask, color)
        if shade:
            self._light(mask, color, shade)

    def shade(self, outline: Points, color: Color, depth: float) -> None:
        """Soft light from the upper left over what is painted within ``outline``, whose colour is about ``color``."""
        self._light(Mask(outline), color, depth)

    def _light(self, mask: Mask, color: Color, depth: float) -> None:
        shadow = _faded(mask.crescent(-depth, -depth, depth * 0.7), 0.85)
        self._paste(darker(color, 0.42), mask.at, shadow)
        shine = _faded(mask.crescent(depth * 0.55, depth * 0.6, depth * 0.6), 0.75)
        self._paste(lighter(color, 0.6), mask.at, shine)

    def line(self, path: Points, color: Color, width: float, alpha: float = 1.0) -> None:
        """An open line with round ends."""
        self.paint(Mask(path, stroke=width, fill=False, closed=False), color, alpha)

    def glow(self, cx: float, cy: float, radius: float, color: Color, alpha: float = 1.0) -> None:
        """A soft light that fades out at ``radius``."""
        side = 64
        axis = np.linspace(-1, 1, side)
        fall = np.clip(1 - np.hypot(axis[None, :], axis[:, None]), 0, 1) ** 2
        soft = Image.fromarray((fall * 255 * alpha).astype(np.uint8))
        cover = soft.resize((max(2, round(2 * radius)),) * 2, Image.Resampling.BICUBIC)
        self._paste(color, (round(cx - radius), round(cy - radius)), cover)

    def _paste(self, color: Color, at: tuple[int, int], cover: Image.Image) -> None:
        ink = (*color, 255) if self.image.mode == "RGBA" else color
        self.image.paste(ink, at, cover)


def _thinned(outline: Points) -> Points:
    """A curve of many points without those that lie closer than three pixels: each joint costs time."""
    count = len(outline)
    if count <= _MANY:
        return outline  # corners, all of which are meant
    spacing = float(np.hypot(*np.diff(outline, axis=0).T).mean())
    step = min(int(3 / max(spacing, 0.2)), count // _MANY)
    # The last point always stays: an open line must reach its end.
    return np.concatenate((outline[:-1:step], outline[-1:])) if step > 1 else outline


def _faded(cover: Image.Image, alpha: float) -> Image.Image:
    return cover if alpha >= 1 else cover.point([round(level * alpha) for level in range(256)])


def gradient(stops: Sequence[Color], *, tilt: float = 0.0) -> Image.Image:
    """A picture that runs through ``stops`` from top to bottom, leaning by ``tilt``."""
    side = 128
    axis = np.linspace(0, 1, side)
    place = np.clip(axis[:, None] + tilt * (axis[None, :] - 0.5), 0, 1)
    at = np.linspace(0, 1, len(stops))
    channels = [np.interp(place, at, [stop[channel] for stop in stops]) for channel in range(3)]
    small = Image.fromarray(np.stack(channels, axis=-1).round().astype(np.uint8))
    return small.resize((SIZE, SIZE), Image.Resampling.BICUBIC)


def cloud(seed: int, *, octaves: int = 4, base: int = 3, side: int = 256) -> NDArray[np.float64]:
    """Soft noise in 0..1, ``side`` pixels square: random grids, each finer and fainter."""
    # RandomState, not Generator: NumPy freezes its stream for ever, so an old box can be redrawn.
    random = np.random.RandomState(seed % 2**32)
    total = np.zeros((side, side))
    for octave in range(octaves):
        grid = Image.fromarray((random.random_sample((base * 2**octave + 1,) * 2) * 255).astype(np.uint8))
        total += np.asarray(grid.resize((side, side), Image.Resampling.BICUBIC), dtype=np.float64) / 2**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / (high - low)


def grain(image: Image.Image, seed: int, strength: float) -> Image.Image:
    """``image`` (RGB) with the tooth of paper: a repeated tile of brightness noise."""
    random = np.random.RandomState(seed % 2**32)
    tile = random.normal(128, strength, (256, 256)).clip(0, 255).astype(np.uint8)
    full = Image.fromarray(np.tile(tile, (SIZE // 256, SIZE // 256)))
    return ImageChops.overlay(image, Image.merge("RGB", (full, full, full)))
