"""Places beyond: space, under the sea, the city at night, candy, gold."""

from core.adapters.ai.art.canvas import (
    SIZE,
    Canvas,
    Mask,
    darker,
    ellipse,
    lighter,
    mix,
    points,
    spline,
    star,
    sunburst,
)
from core.adapters.ai.art.palette import Palette
from core.adapters.ai.art.sky import mist, planet, ridge, stars
from core.domain.box import Draw


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
    rays = sunburst(512, 540, 1100, 12, share=0.5, turn=draw.between(0, 1))
    canvas.paint(Mask(rays), palette.glow, 0.42)
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
    canvas.paint(Mask(sunburst(512, 500, 1100, 14)), palette.glow, 0.16)
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
