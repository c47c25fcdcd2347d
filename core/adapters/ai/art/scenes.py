"""Places, painted back to front: sky, lights, land."""

from collections.abc import Callable
from math import pi, sin

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
    gradient,
    lighter,
    mix,
    points,
    spline,
    star,
)
from core.adapters.ai.art.palette import Palette
from core.domain.box import Draw

Scene = Callable[[Canvas, Draw, Palette], None]


def paint_scene(place: str, draw: Draw, palette: Palette) -> Canvas:
    """A new canvas showing ``place``."""
    canvas = Canvas(gradient(palette.sky, tilt=draw.between(-0.25, 0.25)))
    SCENES[place](canvas, draw, palette)
    return canvas


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


def space(canvas: Canvas, draw: Draw, palette: Palette) -> None:
    """Nebulae, stars, a ringed planet and a moon."""
    mist(canvas, draw, palette.sky[2], 0.6)
    mist(canvas, draw, palette.accent, 0.28)
    stars(canvas, draw, palette.glow, 90)
    side = draw.pick((-1, 1))
    x, y, r = 512 + side * draw.between(290, 380), draw.between(170, 320), draw.between(90, 150)
    planet(canvas, draw, x, y, r, draw.pick(palette.heroes), mix(palette.land[0], palette.glow, 0.3))
    x, y, r = 512 - side * draw.between(300, 420), draw.between(120, 420), draw.between(30, 60)
    canvas.shape(ellipse(x, y, r), mix(palette.glow, palette.sky[1], 0.25), shade=r * 0.45)
    for outline, color in zip(
        (ridge(draw, 850, 22, 0.7), ridge(draw, 930, 18, 1.1)), palette.land[:2], strict=True
    ):
        canvas.paint(Mask(outline), color)
        canvas.line(outline[:-2], lighter(color, 0.4), 7, 0.7)
    for _ in range(6):
        x, y, r = draw.between(0, SIZE), draw.between(930, 1010), draw.between(14, 42)
        canvas.paint(Mask(ellipse(x, y, r, r * 0.36)), darker(palette.land[1], 0.5))
        canvas.line(
            spline([(x - r, y), (x, y + r * 0.4), (x + r, y)], closed=False),
            lighter(palette.land[1], 0.3),
            4,
            0.6,
        )


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


def sea(canvas: Canvas, draw: Draw, palette: Palette) -> None:
    """Under water: rays of light, bubbles, kelp, sand."""
    for _ in range(6):
        x, spread = draw.between(0, SIZE), draw.between(40, 110)
        beam = points([(x, -10), (x + 40, -10), (x + 40 + spread * 2.4, SIZE), (x - spread, SIZE)])
        canvas.paint(Mask(beam), palette.glow, 0.13)
    for outline, color in zip(
        (ridge(draw, 800, 46, 0.9), ridge(draw, 900, 30, 1.3)), palette.land[1:], strict=True
    ):
        canvas.paint(Mask(outline), color)
    for index in range(8):
        x = index * 140 + draw.between(-50, 50)
        tall, lean = draw.between(160, 420), draw.between(-50, 50)
        weed = spline(
            [
                (x, SIZE),
                (x + lean, SIZE - tall * 0.35),
                (x - lean * 0.6, SIZE - tall * 0.7),
                (x + lean, SIZE - tall),
            ],
            closed=False,
        )
        canvas.line(
            weed,
            draw.pick((palette.accent, palette.land[0], mix(palette.land[0], palette.glow, 0.4))),
            draw.between(14, 30),
        )
    for _ in range(26):
        x, y, r = draw.between(0, SIZE), draw.between(0, SIZE), draw.between(6, 30)
        bubble = ellipse(x, y, r)
        canvas.paint(Mask(bubble), palette.glow, 0.16)
        canvas.paint(Mask(bubble, stroke=3.5, fill=False), palette.glow, 0.7)
        canvas.paint(Mask(ellipse(x - r * 0.35, y - r * 0.4, r * 0.22)), (255, 255, 255), 0.9)


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


def city(canvas: Canvas, draw: Draw, palette: Palette) -> None:
    """A neon skyline below a large moon, a grid for a street."""
    x = draw.between(300, 720)
    canvas.glow(x, 360, 560, palette.sky[2], 0.8)
    canvas.paint(Mask(ellipse(x, 360, 210)), mix(palette.glow, palette.sky[2], 0.15))
    stars(canvas, draw, palette.glow, 40, 400)
    for color, low, high, step in ((palette.land[0], 300, 560, 96), (palette.land[1], 480, 700, 120)):
        for left in range(-30, SIZE, step):
            top = draw.between(low, high)
            canvas.paint(
                Mask(points([(left, top), (left + step - 10, top), (left + step - 10, 900), (left, 900)])),
                color,
            )
            _windows(canvas, draw, palette, left, top, step)
    canvas.paint(Mask(points([(0, 850), (SIZE, 850), (SIZE, SIZE), (0, SIZE)])), palette.land[2])
    for index in range(-8, 9):
        canvas.line(points([(512 + index * 60, 850), (512 + index * 190, SIZE)]), palette.accent, 4, 0.6)
    for y in (852, 880, 920, 980):
        canvas.line(points([(0, y), (SIZE, y)]), palette.accent, 4, 0.6)


def _windows(canvas: Canvas, draw: Draw, palette: Palette, left: float, top: float, step: int) -> None:
    for row in range(4):
        for column in range(3):
            if draw.chance(2, 5):
                x, y = left + 14 + column * (step - 30) / 3, top + 26 + row * 52
                pane = points([(x, y), (x + 14, y), (x + 14, y + 22), (x, y + 22)])
                canvas.paint(Mask(pane), draw.pick((palette.glow, palette.accent, palette.sky[2])), 0.85)


def candy(canvas: Canvas, draw: Draw, palette: Palette) -> None:
    """Rays of a sunburst and confetti."""
    turn, count = draw.between(0, 1), 12
    for index in range(count):
        a = (index * 2 + turn) * pi / count
        b = a + pi / count
        tip = points(
            [
                (512, 540),
                (512 + 1100 * np.cos(a), 540 + 1100 * np.sin(a)),
                (512 + 1100 * np.cos(b), 540 + 1100 * np.sin(b)),
            ]
        )
        canvas.paint(Mask(tip), palette.glow, 0.42)
    canvas.glow(512, 520, 560, palette.glow, 0.8)
    for _ in range(34):
        x, y, r = draw.between(0, SIZE), draw.between(0, SIZE), draw.between(10, 26)
        color = draw.pick((*palette.heroes, palette.accent))
        shape = draw.pick(("dot", "star", "bar"))
        if shape == "dot":
            canvas.paint(Mask(ellipse(x, y, r * 0.7)), color)
        elif shape == "star":
            canvas.paint(Mask(star(x, y, r * 1.2, r * 0.55, 5, draw.between(0, 6))), color)
        else:
            canvas.line(points([(x, y), (x + draw.between(-30, 30), y + draw.between(10, 30))]), color, 12)
    canvas.paint(Mask(ridge(draw, 900, 26, 1.0)), palette.land[0])
    canvas.paint(Mask(ridge(draw, 965, 18, 1.5)), palette.land[1])


def gold(canvas: Canvas, draw: Draw, palette: Palette) -> None:
    """Rays, and heaps of coins."""
    for index in range(14):
        a = index * 2 * pi / 14
        tip = points(
            [
                (512, 500),
                (512 + 1100 * np.cos(a), 500 + 1100 * np.sin(a)),
                (512 + 1100 * np.cos(a + 0.2), 500 + 1100 * np.sin(a + 0.2)),
            ]
        )
        canvas.paint(Mask(tip), palette.glow, 0.16)
    canvas.glow(512, 480, 620, palette.glow, 0.6)
    stars(canvas, draw, palette.glow, 50, 800)
    metal = (255, 203, 74)
    for row in range(4):
        for index in range(10):
            x, y = (
                index * 116 + draw.between(-40, 20),
                830 + row * 56 + abs(index - 4.5) * -14 + draw.between(0, 20),
            )
            canvas.shape(ellipse(x, y, 66, 40), metal, edge=darker(metal, 0.55), width=6, shade=12)
            canvas.paint(Mask(ellipse(x, y, 42, 24), stroke=5, fill=False), darker(metal, 0.3), 0.8)


SCENES: dict[str, Scene] = {
    "space": space,
    "sea": sea,
    "forest": forest,
    "fire": fire,
    "ice": ice,
    "desert": desert,
    "city": city,
    "candy": candy,
    "gold": gold,
}
