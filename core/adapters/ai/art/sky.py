"""What several places share: mist, stars, planets, a ridge of land."""

from math import pi

import numpy as np
from PIL import Image

from core.adapters.ai.art.canvas import (
    SIZE,
    Canvas,
    Color,
    Mask,
    Points,
    cloud,
    darker,
    ellipse,
    lighter,
    points,
    star,
)
from core.domain.box import Draw


def mist(canvas: Canvas, draw: Draw, color: Color, strength: float) -> None:
    """Drifting clouds of ``color`` over the whole picture."""
    noise = np.clip(cloud(draw.u64()) * 1.7 - 0.65, 0, 1)
    cover = Image.fromarray((noise * 255 * strength).astype(np.uint8)).resize(
        (SIZE, SIZE), Image.Resampling.BILINEAR
    )
    canvas.image.paste(color, (0, 0), cover)


def stars(canvas: Canvas, draw: Draw, color: Color, count: int, low: int = SIZE) -> None:
    """Points of light above ``low``, a few of them with rays."""
    for index in range(count):
        x, y = draw.between(0, SIZE), draw.between(0, low)
        size = draw.between(1.5, 4.5)
        if index % 9 == 0:
            canvas.glow(x, y, size * 9, color, 0.5)
            canvas.paint(Mask(star(x, y, size * 5, size * 0.8, 4)), color)
        else:
            canvas.paint(Mask(ellipse(x, y, size)), color, draw.between(0.4, 1.0))


def ridge(draw: Draw, height: float, rough: float, waves: float) -> Points:
    """The outline of land from the left edge to the right, closed along the bottom."""
    phase, second = draw.between(0, 2 * pi), draw.between(0, 2 * pi)
    across = np.linspace(-20, SIZE + 20, 60)
    along = across / SIZE * 2 * pi
    y = height - rough * (0.65 * np.sin(along * waves + phase) + 0.35 * np.sin(along * waves * 2.3 + second))
    top = np.column_stack((across, y))
    return np.concatenate((top, points([(SIZE + 20, SIZE + 20), (-20, SIZE + 20)])))


def planet(canvas: Canvas, draw: Draw, x: float, y: float, r: float, color: Color, ring: Color) -> None:
    """A shaded globe with craters; two in three have a ring."""
    ringed = draw.chance(2, 3)
    turn = draw.between(-0.5, 0.5)
    hoop = ellipse(x, y, r * 1.75, r * 0.42, turn)
    if ringed:
        canvas.paint(Mask(hoop, stroke=r * 0.16, fill=False), ring, 0.9)
    canvas.glow(x, y, r * 1.8, lighter(color, 0.3), 0.4)
    canvas.shape(ellipse(x, y, r), color, shade=r * 0.42)
    for dx, dy, size in ((-0.35, -0.25, 0.17), (0.25, 0.3, 0.24), (0.35, -0.4, 0.11), (-0.3, 0.42, 0.12)):
        canvas.paint(
            Mask(ellipse(x + dx * r, y + dy * r, size * r, size * r * 0.9)), darker(color, 0.25), 0.55
        )
    if ringed:
        near = hoop[: len(hoop) // 2]  # the half that passes before the globe
        canvas.line(near, ring, r * 0.16)
        canvas.line(near, lighter(ring, 0.5), r * 0.04, 0.8)
