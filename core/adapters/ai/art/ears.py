"""What stands out behind and above a hero's head."""

from collections.abc import Callable

from core.adapters.ai.art.canvas import Color, darker, ellipse, lighter, mix, points, spline, star
from core.adapters.ai.art.pen import Pen, mirrored

Ears = Callable[[Pen, Color, Color], None]  # pen, body colour, accent
PINK: Color = (255, 158, 170)


def pointed(pen: Pen, body: Color, accent: Color) -> None:
    """Cat: two triangles with soft tips and a pink inside."""
    outer = spline([(0.2, -0.62), (0.42, -1.02), (0.8, -1.38), (0.93, -0.9), (0.96, -0.3), (0.5, -0.3)])
    inner = spline([(0.42, -0.7), (0.56, -0.98), (0.76, -1.16), (0.82, -0.8), (0.8, -0.5), (0.55, -0.5)])
    for side in (-1, 1):
        pen.shape(mirrored(outer, side), body, shade=0.08)
        pen.flat(mirrored(inner, side), mix(body, PINK, 0.75))


def broad(pen: Pen, body: Color, accent: Color) -> None:
    """Fox: tall, dark-tipped."""
    outer = spline([(0.1, -0.6), (0.5, -1.15), (0.95, -1.6), (1.04, -0.95), (1.0, -0.2), (0.5, -0.3)])
    tip = spline([(0.56, -1.2), (0.95, -1.58), (1.02, -1.1), (0.8, -1.05)])
    inner = spline([(0.42, -0.7), (0.62, -1.0), (0.84, -1.1), (0.86, -0.75), (0.8, -0.5), (0.55, -0.5)])
    for side in (-1, 1):
        pen.shape(mirrored(outer, side), body, shade=0.08)
        pen.flat(mirrored(tip, side), darker(body, 0.65))
        pen.flat(mirrored(inner, side), lighter(body, 0.65))


def floppy(pen: Pen, body: Color, accent: Color) -> None:
    """Dog: hanging to the sides."""
    outer = spline([(0.5, -0.85), (1.0, -0.88), (1.36, -0.4), (1.42, 0.2), (1.12, 0.42), (0.9, 0.0)])
    for side in (-1, 1):
        pen.shape(mirrored(outer, side), darker(body, 0.32), shade=0.08)


def round_(pen: Pen, body: Color, accent: Color) -> None:
    """Bear: two discs."""
    for side in (-1, 1):
        pen.shape(ellipse(side * 0.74, -0.78, 0.36), body, shade=0.07)
        pen.flat(ellipse(side * 0.74, -0.76, 0.2), mix(body, PINK, 0.7))


def black(pen: Pen, body: Color, accent: Color) -> None:
    """Panda: as a bear's, dark."""
    for side in (-1, 1):
        pen.shape(ellipse(side * 0.74, -0.78, 0.36), mix(pen.ink, (70, 66, 92), 0.7), shade=0.07)


def huge(pen: Pen, body: Color, accent: Color) -> None:
    """Mouse: wide discs."""
    for side in (-1, 1):
        pen.shape(ellipse(side * 0.95, -0.72, 0.56), body, shade=0.09)
        pen.flat(ellipse(side * 0.95, -0.7, 0.36), mix(body, PINK, 0.7))


def long(pen: Pen, body: Color, accent: Color) -> None:
    """Bunny: one up, one bent."""
    straight = spline([(0.2, -0.7), (0.16, -1.3), (0.36, -1.86), (0.62, -1.8), (0.72, -1.2), (0.62, -0.6)])
    inner = spline([(0.34, -0.8), (0.31, -1.3), (0.42, -1.66), (0.52, -1.6), (0.58, -1.2), (0.52, -0.8)])
    for side in (-1, 1):
        pen.shape(mirrored(straight, side), body, shade=0.08)
        pen.flat(mirrored(inner, side), mix(body, PINK, 0.75))


def bumps(pen: Pen, body: Color, accent: Color) -> None:
    """Frog: the mounds that its eyes sit on."""
    for side in (-1, 1):
        pen.shape(ellipse(side * 0.56, -0.66, 0.38), body, shade=0.08)


def tufts(pen: Pen, body: Color, accent: Color) -> None:
    """Owl: feathers at the corners."""
    tuft = spline([(0.35, -0.75), (0.7, -1.05), (1.06, -1.22), (1.06, -0.8), (0.95, -0.4)])
    for side in (-1, 1):
        pen.shape(mirrored(tuft, side), darker(body, 0.2), shade=0.05)


def crest(pen: Pen, body: Color, accent: Color) -> None:
    """Chick: three curls on top."""
    for lean in (-0.24, 0.0, 0.24):
        curl = spline(
            [(lean * 0.5 - 0.09, -0.8), (lean - 0.1, -1.16), (lean + 0.06, -1.28), (lean * 0.5 + 0.1, -0.8)]
        )
        pen.shape(curl, accent, shade=0.04)


def horns(pen: Pen, body: Color, accent: Color) -> None:
    """Dragon: two horns, fins beside them."""
    horn = spline([(0.26, -0.75), (0.36, -1.2), (0.66, -1.5), (0.68, -1.1), (0.62, -0.65)])
    fin = points(
        [(0.85, -0.45), (1.45, -0.62), (1.28, -0.28), (1.5, -0.05), (1.18, 0.04), (1.24, 0.3), (0.9, 0.25)]
    )
    for side in (-1, 1):
        pen.shape(mirrored(fin, side), accent, shade=0.06)
        pen.shape(mirrored(horn, side), (255, 238, 200), shade=0.06)


def horn(pen: Pen, body: Color, accent: Color) -> None:
    """Unicorn: small ears, a striped horn, a mane."""
    colors = ((255, 122, 162), (255, 201, 92), (110, 222, 190), (120, 150, 255))
    for step, color in enumerate(colors):
        pen.shape(ellipse(-0.5 - 0.19 * step, -0.82 + 0.26 * step, 0.36), color, shade=0.06)
    ear = spline([(0.4, -0.7), (0.6, -1.08), (0.84, -1.2), (0.9, -0.8), (0.82, -0.5)])
    pen.shape(ear, body, shade=0.06)
    cone = points([(-0.2, -0.8), (0.02, -1.7), (0.24, -0.8)])
    pen.shape(cone, (255, 214, 102), shade=0.05)
    for y, half in ((-1.05, 0.13), (-1.28, 0.08), (-1.48, 0.04)):
        pen.line(points([(-half, y + 0.04), (half + 0.02, y - 0.06)]), (214, 140, 46), 0.035)


def antennae(pen: Pen, body: Color, accent: Color) -> None:
    """Alien: two stalks that glow."""
    for side in (-1, 1):
        stalk = mirrored(spline([(0.35, -0.8), (0.42, -1.15), (0.66, -1.38)], closed=False), side)
        pen.line(stalk, pen.ink, 0.16)
        pen.line(stalk, body, 0.07)
        pen.glow(side * 0.68, -1.42, 0.5, accent, 0.8)
        pen.shape(ellipse(side * 0.68, -1.42, 0.16), accent, shade=0.05)


def aerial(pen: Pen, body: Color, accent: Color) -> None:
    """Robot: a lamp on top and bolts at the sides."""
    pen.line(points([(0, -0.8), (0, -1.3)]), pen.ink, 0.14)
    pen.line(points([(0, -0.8), (0, -1.3)]), lighter(body, 0.4), 0.05)
    pen.glow(0, -1.4, 0.5, accent, 0.8)
    pen.shape(ellipse(0, -1.38, 0.17), accent, shade=0.05)
    for side in (-1, 1):
        pen.shape(ellipse(side * 1.12, 0.02, 0.2, 0.3), darker(body, 0.25), shade=0.05)


def cap(pen: Pen, body: Color, accent: Color) -> None:
    """Mushroom: drawn over the head's top by the hat room; here its far rim."""
    pen.shape(ellipse(0, -0.42, 1.42, 0.4), darker(accent, 0.45))


def none(pen: Pen, body: Color, accent: Color) -> None:
    """Nothing."""


def rays(pen: Pen, body: Color, accent: Color) -> None:
    """Star: a glow and five soft tips behind the face."""
    pen.glow(0, 0, 2.0, lighter(body, 0.4), 0.7)
    tips = star(0, 0.02, 1.66, 1.0, 5)
    soft = spline(tips, steps=8)
    pen.shape(soft, body, shade=0.12)
