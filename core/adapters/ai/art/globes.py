"""The planet style."""

from math import pi

import numpy as np
from PIL import Image

from core.adapters.ai.art import face
from core.adapters.ai.art.canvas import (
    Canvas,
    Color,
    darker,
    ellipse,
    gradient,
    grain,
    lighter,
    mix,
    spline,
)
from core.adapters.ai.art.creature import LOOKS
from core.adapters.ai.art.motif import choose_motif
from core.adapters.ai.art.outfits import OUTFITS
from core.adapters.ai.art.palette import choose_palette
from core.adapters.ai.art.pen import Pen
from core.adapters.ai.art.sky import mist, planet, stars
from core.domain.box import Draw
from core.ports.renderer import ArtBrief


def globe(brief: ArtBrief, draw: Draw) -> Image.Image:
    """The hero as a planet of its own, ringed, among stars."""
    motif = choose_motif(brief.theme, draw, brief.rarity)
    palette = choose_palette(draw, "space")
    canvas = Canvas(gradient(palette.sky, tilt=draw.between(-0.6, 0.6)))
    mist(canvas, draw, palette.sky[2], 0.7)
    mist(canvas, draw, palette.accent, 0.35)
    stars(canvas, draw, palette.glow, 120)
    color, ring = draw.pick(palette.heroes), mix(palette.accent, palette.glow, 0.35)
    for side in (-1, 1):
        x, y = 512 + side * draw.between(330, 420), 512 + side * draw.between(250, 400)
        planet(canvas, draw, x, y, draw.between(40, 80), draw.pick(palette.heroes), ring)
    pen = Pen(canvas, 512, 540, 268, draw.between(-0.25, 0.25), palette.ink)
    canvas.glow(512, 540, 640, lighter(color, 0.3), 0.6)
    hoop = ellipse(0, 0.42, 1.72, 0.3)
    half = len(hoop) // 2
    _hoop(pen, hoop[half:], ring)
    look = LOOKS[motif.hero]
    if motif.hero not in ("star", "mushroom"):
        look.ears(pen, color, palette.accent)
    pen.shape(ellipse(0, 0, 1.06, 1.04), color, shade=0.01)
    _bands(pen, draw, color)
    pen.canvas.shade(pen.placed(ellipse(0, 0, 1.06, 1.04)), color, 0.24 * pen.scale)
    painter = face.plain if motif.hero in ("frog", "robot", "panda") else look.face
    painter(pen, draw, color, palette.accent)
    _hoop(pen, hoop[:half], ring)
    if motif.outfit is not None and motif.outfit not in ("scarf", "helmet"):
        OUTFITS[motif.outfit](pen, palette.accent)
    return grain(canvas.image, draw.u64(), 9)


def _hoop(pen: Pen, path: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", color: Color) -> None:
    pen.line(path, pen.ink, 0.27)
    pen.line(path, color, 0.18)
    pen.line(path, lighter(color, 0.55), 0.05, 0.9)


def _bands(pen: Pen, draw: Draw, color: Color) -> None:
    """Bands or seas on a globe."""
    if draw.chance(1, 2):
        for y, thick in ((-0.72, 0.13), (-0.36, 0.2), (0.5, 0.18), (0.82, 0.1)):
            half = (1.0 - y * y) ** 0.5 * 1.04
            bow = spline(
                [
                    (-half, y),
                    (0, y + 0.14),
                    (half, y),
                    (half * 0.97, y + thick),
                    (0, y + thick + 0.14),
                    (-half * 0.97, y + thick),
                ]
            )
            pen.flat(bow, darker(color, 0.22), 0.5)
        return
    for _ in range(9):
        angle, far = draw.between(0, 2 * pi), draw.between(0.3, 0.86)
        r = draw.between(0.07, 0.14)
        x, y = far * float(np.cos(angle)), far * float(np.sin(angle))
        pen.flat(ellipse(x, y, r, r * 0.9), darker(color, 0.25), 0.5)
        pen.flat(ellipse(x + r * 0.15, y + r * 0.2, r * 0.75, r * 0.65), darker(color, 0.12), 0.6)
