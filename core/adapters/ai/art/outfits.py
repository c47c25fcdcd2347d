"""What a hero wears. Each takes the pen and an accent colour; the head's top is near y = -0.9."""

from collections.abc import Callable

from core.adapters.ai.art.canvas import Color, Mask, darker, ellipse, lighter, points, spline, squircle, star
from core.adapters.ai.art.pen import Pen, mirrored

Outfit = Callable[[Pen, Color], None]
GOLD: Color = (255, 205, 70)
WHITE: Color = (255, 255, 255)
CREAM: Color = (255, 244, 220)


def helmet(pen: Pen, accent: Color) -> None:
    """A glass dome with a metal collar."""
    collar = squircle(0, 1.08, 1.05, 0.22, 3.2)
    pen.shape(collar, (232, 236, 248), shade=0.06)
    dome = ellipse(0, -0.12, 1.56, 1.5)
    pen.flat(dome, (190, 230, 255), 0.14)
    rim = Mask(pen.placed(dome), stroke=0.07 * pen.scale, fill=False)
    pen.canvas.paint(rim, (235, 247, 255), 0.9)
    pen.line(spline([(-1.25, -0.35), (-1.02, -0.85), (-0.6, -1.2)], closed=False), WHITE, 0.13, 0.85)
    pen.line(spline([(-1.3, 0.0), (-1.29, -0.1), (-1.27, -0.16)], closed=False), WHITE, 0.13, 0.85)
    pen.line(spline([(1.26, 0.3), (1.1, 0.66), (0.9, 0.88)], closed=False), WHITE, 0.06, 0.5)


def crown(pen: Pen, accent: Color) -> None:
    """Gold with jewels."""
    body = points(
        [
            (-0.56, -0.72),
            (-0.7, -1.36),
            (-0.34, -1.08),
            (0, -1.5),
            (0.34, -1.08),
            (0.7, -1.36),
            (0.56, -0.72),
            (0, -0.64),
        ]
    )
    pen.glow(0, -1.05, 1.1, GOLD, 0.45)
    pen.shape(body, GOLD, shade=0.07)
    pen.flat(
        spline([(-0.54, -0.86), (0, -0.78), (0.54, -0.86), (0.55, -0.75), (0, -0.67), (-0.55, -0.75)]),
        darker(GOLD, 0.25),
    )
    for x, y in ((-0.7, -1.38), (0.0, -1.52), (0.7, -1.38)):
        pen.shape(ellipse(x, y, 0.09), (255, 92, 122))
        pen.flat(ellipse(x - 0.03, y - 0.03, 0.03), WHITE)
    pen.shape(ellipse(0, -0.93, 0.1, 0.12), accent)
    pen.flat(ellipse(-0.03, -0.97, 0.03), WHITE)


def wizard(pen: Pen, accent: Color) -> None:
    """A bent cone with stars."""
    cloth = darker(accent, 0.45)
    cone = spline(
        [(-0.72, -0.7), (-0.42, -1.3), (-0.02, -1.86), (0.52, -2.0), (0.28, -1.6), (0.5, -1.2), (0.72, -0.7)]
    )
    pen.shape(cone, cloth, shade=0.09)
    for x, y, r in ((-0.2, -1.15, 0.14), (0.22, -1.45, 0.1), (0.3, -0.98, 0.09)):
        pen.flat(star(x, y, r, r * 0.45), GOLD)
    pen.shape(ellipse(0, -0.7, 1.12, 0.22), cloth, shade=0.05)
    pen.shape(
        spline([(-0.7, -0.86), (0, -0.76), (0.7, -0.86), (0.72, -0.7), (0, -0.58), (-0.72, -0.7)]),
        GOLD,
        shade=0.03,
    )


def pirate(pen: Pen, accent: Color) -> None:
    """A hat with a skull and an eye patch."""
    hat = spline(
        [
            (-1.1, -0.55),
            (-0.9, -1.0),
            (-0.4, -1.3),
            (0, -1.4),
            (0.4, -1.3),
            (0.9, -1.0),
            (1.1, -0.55),
            (0.5, -0.75),
            (-0.5, -0.75),
        ]
    )
    pen.shape(hat, (52, 44, 70), shade=0.07)
    pen.line(
        spline([(-1.02, -0.62), (-0.5, -0.8), (0, -0.82), (0.5, -0.8), (1.02, -0.62)], closed=False),
        GOLD,
        0.05,
    )
    pen.flat(ellipse(0, -1.05, 0.16, 0.14), CREAM)
    pen.flat(squircle(0, -0.93, 0.09, 0.06), CREAM)
    for side in (-1, 1):
        pen.flat(ellipse(side * 0.06, -1.05, 0.04), (52, 44, 70))
    pen.line(points([(-0.92, -0.3), (0.9, -0.42)]), pen.ink, 0.05)
    pen.shape(
        spline([(0.2, -0.22), (0.68, -0.26), (0.64, 0.14), (0.44, 0.26), (0.24, 0.12)]),
        (40, 34, 56),
        shade=0.04,
    )


def party(pen: Pen, accent: Color) -> None:
    """A striped cone, a little to the side."""
    cone = points([(-0.16, -0.92), (0.36, -1.78), (0.74, -0.76)])
    pen.shape(cone, accent, shade=0.06)
    pen.flat(points([(-0.02, -1.13), (0.1, -1.34), (0.62, -1.08), (0.67, -0.95)]), WHITE, 0.9)
    pen.flat(points([(0.2, -1.52), (0.27, -1.63), (0.45, -1.54), (0.5, -1.41)]), WHITE, 0.9)
    for x, y in ((0.3, -1.84), (0.46, -1.84), (0.38, -1.74), (0.38, -1.94)):
        pen.shape(ellipse(x, y, 0.11), GOLD)
    pen.flat(ellipse(0.38, -1.84, 0.14), GOLD)


def shades(pen: Pen, accent: Color) -> None:
    """Sunglasses with a gleam."""
    pen.line(points([(-0.95, -0.1), (0.95, -0.1)]), (28, 22, 44), 0.09)
    lens = spline([(0.06, -0.16), (0.42, -0.2), (0.84, -0.16), (0.8, 0.16), (0.5, 0.28), (0.16, 0.18)])
    for side in (-1, 1):
        pen.shape(mirrored(lens, side), (28, 22, 44), shade=0.02)
    for x in (-0.68, 0.22):
        pen.flat(
            points([(x, -0.1), (x + 0.16, -0.12), (x + 0.06, 0.14), (x - 0.04, 0.1)]),
            lighter(accent, 0.3),
            0.75,
        )
        pen.flat(points([(x + 0.24, -0.12), (x + 0.3, -0.12), (x + 0.2, 0.16), (x + 0.14, 0.15)]), WHITE, 0.6)


def headphones(pen: Pen, accent: Color) -> None:
    """A band over the head and two cushions."""
    band = spline(
        [(-1.1, 0.0), (-1.02, -0.62), (-0.56, -1.06), (0, -1.18), (0.56, -1.06), (1.02, -0.62), (1.1, 0.0)],
        closed=False,
    )
    pen.line(band, pen.ink, 0.25)
    pen.line(band, darker(accent, 0.35), 0.15)
    for side in (-1, 1):
        pen.shape(squircle(side * 1.1, 0.1, 0.24, 0.38, 3), accent, shade=0.06)
        pen.flat(ellipse(side * 1.14, 0.1, 0.1, 0.2), lighter(accent, 0.5))


def cowboy(pen: Pen, accent: Color) -> None:
    """A wide brim."""
    leather = (176, 108, 62)
    pen.shape(
        spline(
            [
                (-0.62, -0.7),
                (-0.58, -1.3),
                (-0.22, -1.42),
                (0, -1.32),
                (0.22, -1.42),
                (0.58, -1.3),
                (0.62, -0.7),
            ]
        ),
        leather,
        shade=0.08,
    )
    pen.shape(
        spline(
            [
                (-1.4, -0.98),
                (-0.9, -0.76),
                (0, -0.7),
                (0.9, -0.76),
                (1.4, -0.98),
                (1.0, -0.56),
                (0, -0.5),
                (-1.0, -0.56),
            ]
        ),
        leather,
        shade=0.06,
    )
    pen.line(spline([(-0.58, -0.84), (0, -0.76), (0.58, -0.84)], closed=False), accent, 0.12)
    pen.shape(star(0, -0.8, 0.15, 0.07), GOLD)


def scarf(pen: Pen, accent: Color) -> None:
    """Knitted, wound once."""
    pen.shape(spline([(0.3, 1.0), (0.62, 1.0), (0.74, 1.66), (0.42, 1.74)]), darker(accent, 0.18), shade=0.05)
    pen.shape(squircle(0, 0.98, 0.98, 0.24, 2.8), accent, shade=0.07)
    for x in (-0.6, -0.3, 0.0, 0.3, 0.6):
        pen.line(points([(x - 0.05, 0.83), (x + 0.05, 1.13)]), lighter(accent, 0.45), 0.07)


def flower(pen: Pen, accent: Color) -> None:
    """One blossom at the ear, with leaves."""
    for turn in (-0.5, 0.6):
        pen.shape(ellipse(-0.72 + turn * 0.5, -0.72 + turn * 0.14, 0.26, 0.12, turn), (94, 190, 116))
    for k in range(5):
        petal = star(-0.66, -0.8, 0.24, 0.24, 5)[2 * k]
        pen.shape(ellipse(float(petal[0]), float(petal[1]), 0.2), (255, 246, 250), shade=0.03)
    pen.shape(ellipse(-0.66, -0.8, 0.15), GOLD, shade=0.03)


def viking(pen: Pen, accent: Color) -> None:
    """An iron cap with horns."""
    horn = spline([(0.62, -0.8), (1.06, -0.86), (1.34, -1.2), (1.36, -1.62), (1.0, -1.36), (0.7, -1.14)])
    for side in (-1, 1):
        pen.shape(mirrored(horn, side), CREAM, shade=0.06)
    pen.shape(
        spline([(-0.9, -0.56), (-0.7, -1.1), (0, -1.34), (0.7, -1.1), (0.9, -0.56), (0, -0.66)]),
        (150, 160, 184),
        shade=0.08,
    )
    pen.shape(
        spline([(-0.92, -0.66), (0, -0.78), (0.92, -0.66), (0.92, -0.46), (0, -0.58), (-0.92, -0.46)]),
        GOLD,
        shade=0.04,
    )
    pen.shape(points([(-0.09, -0.7), (0.09, -0.7), (0.09, -1.3), (-0.09, -1.3)]), GOLD)


def chef(pen: Pen, accent: Color) -> None:
    """A tall white toque."""
    for x, y, r in ((-0.42, -1.28, 0.34), (0.42, -1.28, 0.34), (0, -1.46, 0.4)):
        pen.shape(ellipse(x, y, r), WHITE, shade=0.06)
    pen.flat(ellipse(0, -1.26, 0.46, 0.3), WHITE)
    pen.shape(
        points([(-0.56, -1.08), (0.56, -1.08), (0.5, -0.68), (-0.5, -0.68)]), (246, 246, 255), shade=0.05
    )
    for x in (-0.22, 0.0, 0.22):
        pen.line(points([(x, -1.0), (x * 0.95, -0.76)]), (205, 210, 232), 0.04)


def halo(pen: Pen, accent: Color) -> None:
    """A ring of light."""
    ring = ellipse(0, -1.4, 0.62, 0.17)
    pen.glow(0, -1.4, 1.0, (255, 240, 170), 0.6)
    pen.canvas.paint(Mask(pen.placed(ring), stroke=0.2 * pen.scale, fill=False), pen.ink)
    pen.canvas.paint(Mask(pen.placed(ring), stroke=0.11 * pen.scale, fill=False), (255, 226, 110))


OUTFITS: dict[str, Outfit] = {
    "helmet": helmet,
    "crown": crown,
    "wizard": wizard,
    "party": party,
    "pirate": pirate,
    "shades": shades,
    "headphones": headphones,
    "cowboy": cowboy,
    "scarf": scarf,
    "flower": flower,
    "viking": viking,
    "chef": chef,
    "halo": halo,
}
