"""Places under the sky: forest, fire, ice, desert."""

from math import sin

from core.adapters.ai.art.canvas import (
    SIZE,
    Canvas,
    Color,
    Mask,
    darker,
    ellipse,
    lighter,
    mix,
    points,
    spline,
)
from core.adapters.ai.art.palette import Palette
from core.adapters.ai.art.sky import mist, ridge
from core.domain.box import Draw


def _hills(canvas: Canvas, draw: Draw, palette: Palette, rough: float = 40) -> None:
    for height, color in zip((660, 770, 880), palette.land, strict=True):
        outline = ridge(draw, height, rough, draw.between(0.8, 1.6))
        canvas.paint(Mask(outline), color)
        canvas.line(outline[:-2], lighter(color, 0.25), 6, 0.5)


def _sun(canvas: Canvas, draw: Draw, palette: Palette, size: float = 150) -> None:
    x, y = draw.between(180, 840), draw.between(170, 330)
    canvas.glow(x, y, size * 3.2, palette.glow, 0.75)
    canvas.paint(Mask(ellipse(x, y, size)), palette.glow)
    canvas.paint(Mask(ellipse(x, y, size * 0.8)), lighter(palette.glow, 0.5), 0.6)


def _puffs(canvas: Canvas, draw: Draw, color: Color, count: int) -> None:
    for _ in range(count):
        x, y, size = draw.between(0, SIZE), draw.between(90, 520), draw.between(36, 74)
        for dx, dy, r in ((-1.5, 0.35, 0.7), (-0.6, -0.1, 1.0), (0.55, -0.3, 1.15), (1.5, 0.3, 0.75)):
            canvas.paint(Mask(ellipse(x + dx * size, y + dy * size, r * size, r * size * 0.8)), color, 0.85)
        canvas.paint(Mask(ellipse(x, y + size * 0.55, size * 2.2, size * 0.45)), color, 0.85)


def forest(canvas: Canvas, draw: Draw, palette: Palette) -> None:
    """Hills, round and pointed trees, a sun and clouds."""
    _sun(canvas, draw, palette, 110)
    _puffs(canvas, draw, lighter(palette.sky[2], 0.6), 4)
    _hills(canvas, draw, palette)
    for _ in range(12):
        x, y, size = draw.between(-20, SIZE + 20), draw.between(700, 900), draw.between(50, 120)
        if 300 < x < 724:
            continue  # the hero stands there
        color = mix(draw.pick(palette.land[:2]), palette.glow, draw.between(0.0, 0.2))
        canvas.line(points([(x, y), (x, y - size)]), darker(palette.land[2], 0.3), size * 0.18)
        if draw.chance(1, 2):
            canvas.shape(ellipse(x, y - size * 1.35, size * 0.72, size * 0.85), color, shade=size * 0.2)
        else:
            for step in range(3):
                top, wide = y - size * (1.0 + 0.45 * step), size * (0.75 - 0.17 * step)
                canvas.shape(
                    points([(x - wide, top), (x, top - size * 0.85), (x + wide, top)]),
                    mix(color, palette.land[2], 0.2),
                    shade=size * 0.1,
                )
    _specks(canvas, draw, palette.accent, 18)


def _specks(canvas: Canvas, draw: Draw, color: Color, count: int) -> None:
    for _ in range(count):
        x, y, r = draw.between(0, SIZE), draw.between(870, SIZE), draw.between(6, 13)
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            canvas.paint(Mask(ellipse(x + dx * r * 0.8, y + dy * r * 0.8, r * 0.7)), color)
        canvas.paint(Mask(ellipse(x, y, r * 0.55)), (255, 240, 170))


def fire(canvas: Canvas, draw: Draw, palette: Palette) -> None:
    """Volcanoes, streams of lava, embers."""
    canvas.glow(512, 640, 640, palette.glow, 0.55)
    mist(canvas, draw, palette.land[1], 0.5)
    for x in (draw.between(120, 300), draw.between(720, 900)):
        top = draw.between(380, 520)
        cone = points(
            [
                (x - 330, 900),
                (x - 60, top),
                (x - 20, top + 22),
                (x + 26, top + 18),
                (x + 60, top),
                (x + 330, 900),
            ]
        )
        canvas.glow(x, top - 20, 210, palette.glow, 0.9)
        canvas.shape(cone, palette.land[0], shade=26)
        flow = spline(
            [(x - 44, top + 6), (x - 12, top + 90), (x + 34, top + 190), (x - 10, top + 320)], closed=False
        )
        canvas.line(flow, mix(palette.sky[2], palette.glow, 0.35), 34)
        canvas.line(flow, palette.glow, 12)
    for outline, color in zip(
        (ridge(draw, 800, 46, 1.4), ridge(draw, 905, 34, 1.8)), palette.land[1:], strict=True
    ):
        canvas.paint(Mask(outline), color)
        canvas.line(outline[:-2], palette.sky[2], 8, 0.85)
    for _ in range(50):
        x, y, r = draw.between(0, SIZE), draw.between(0, SIZE), draw.between(2, 7)
        canvas.glow(x, y, r * 5, palette.sky[2], 0.6)
        canvas.paint(Mask(ellipse(x, y, r)), palette.glow)


def ice(canvas: Canvas, draw: Draw, palette: Palette) -> None:
    """Peaks with snow, northern lights, flakes."""
    for index in range(3):
        y = 130 + index * 90
        veil = spline(
            [(-60, y), (250, y - 90 * sin(index + 1)), (520, y + 70), (800, y - 60), (1090, y + 20)],
            closed=False,
        )
        canvas.line(veil, palette.accent if index % 2 else palette.glow, 56, 0.22)
        canvas.line(veil + points([(0, 26)]), palette.glow, 20, 0.25)
    for color, base, count in ((palette.land[0], 420, 4), (palette.land[1], 560, 4)):
        for index in range(count):
            x, top = index * 330 + draw.between(-90, 60), base + draw.between(-80, 60)
            canvas.shape(points([(x - 300, 1000), (x, top), (x + 300, 1000)]), color, shade=20)
            snow = points(
                [
                    (x - 75, top + 145),
                    (x, top),
                    (x + 75, top + 145),
                    (x + 34, top + 108),
                    (x, top + 160),
                    (x - 30, top + 112),
                ]
            )
            canvas.paint(Mask(snow), (255, 255, 255), 0.95)
    ground = ridge(draw, 860, 24, 0.9)
    canvas.paint(Mask(ground), lighter(palette.land[0], 0.75))
    canvas.paint(Mask(ridge(draw, 940, 20, 1.2)), (255, 255, 255), 0.9)
    for _ in range(70):
        canvas.paint(
            Mask(ellipse(draw.between(0, SIZE), draw.between(0, SIZE), draw.between(3, 10))),
            (255, 255, 255),
            0.85,
        )


def desert(canvas: Canvas, draw: Draw, palette: Palette) -> None:
    """A striped sun, dunes, pyramids, cacti."""
    x = draw.between(330, 700)
    canvas.glow(x, 420, 620, palette.glow, 0.6)
    canvas.paint(Mask(ellipse(x, 420, 250)), palette.glow)
    for index in range(5):
        band, thick = 450 + index * 44, 6 + index * 5
        canvas.paint(
            Mask(
                points([(x - 260, band), (x + 260, band), (x + 260, band + thick), (x - 260, band + thick)])
            ),
            palette.sky[1],
            0.9,
        )
    for px, wide in ((draw.between(60, 220), 210), (draw.between(820, 960), 250)):
        canvas.paint(Mask(points([(px - wide, 790), (px, 790 - wide), (px + wide, 790)])), palette.land[0])
        canvas.paint(
            Mask(points([(px, 790 - wide), (px + wide, 790), (px + wide * 0.2, 790)])), palette.land[1]
        )
    _dunes(canvas, draw, palette)
    for cx in (draw.between(60, 180), draw.between(850, 960)):
        color, base = mix(palette.accent, palette.land[2], 0.45), draw.between(850, 930)
        for path in (
            [(cx, base), (cx, base - 230)],
            [(cx, base - 90), (cx - 62, base - 96), (cx - 66, base - 165)],
            [(cx, base - 120), (cx + 58, base - 126), (cx + 62, base - 200)],
        ):
            canvas.line(points(path), color, 42)
            canvas.line(points(path) + points([(-8, 0)]), lighter(color, 0.35), 6, 0.7)


def _dunes(canvas: Canvas, draw: Draw, palette: Palette) -> None:
    for height, color in zip((740, 830, 920), palette.land, strict=True):
        outline = ridge(draw, height, 34, draw.between(0.5, 1.0))
        canvas.paint(Mask(outline), mix(color, palette.glow, 0.12))
        canvas.line(outline[:-2], lighter(color, 0.5), 6, 0.6)
