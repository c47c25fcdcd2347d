"""Eyes, muzzles, mouths: where a hero gets its character."""

from collections.abc import Callable

from core.adapters.ai.art.canvas import Color, darker, ellipse, lighter, mix, points, spline, squircle, star
from core.adapters.ai.art.pen import Pen, mirrored
from core.domain.box import Draw

WHITE: Color = (255, 255, 255)
BLUSH: Color = (255, 105, 130)
Face = Callable[[Pen, Draw, Color, Color], None]  # pen, draw, body colour, accent


def _shiny(pen: Pen, x: float, y: float, size: float, iris: Color) -> None:
    pen.flat(ellipse(x, y, 0.19 * size, 0.25 * size), pen.ink)
    pen.flat(ellipse(x, y + 0.07 * size, 0.14 * size, 0.15 * size), mix(pen.ink, iris, 0.75))
    pen.flat(ellipse(x, y + 0.12 * size, 0.09 * size, 0.08 * size), lighter(iris, 0.3), 0.9)
    pen.flat(ellipse(x - 0.06 * size, y - 0.1 * size, 0.08 * size, 0.095 * size), WHITE)
    pen.flat(ellipse(x + 0.08 * size, y + 0.1 * size, 0.035 * size), WHITE, 0.9)


def _happy(pen: Pen, x: float, y: float, size: float) -> None:
    arc = spline(
        [(x - 0.18 * size, y + 0.06), (x, y - 0.13 * size), (x + 0.18 * size, y + 0.06)], closed=False
    )
    pen.line(arc, pen.ink, 0.075)


def _wide(pen: Pen, x: float, y: float, size: float, look: float) -> None:
    pen.shape(ellipse(x, y, 0.26 * size), WHITE)
    pen.flat(ellipse(x + look, y + 0.02, 0.14 * size), pen.ink)
    pen.flat(ellipse(x + look - 0.05, y - 0.05, 0.05 * size), WHITE)


def _sleepy(pen: Pen, x: float, y: float, size: float, lid: Color) -> None:
    pen.flat(ellipse(x, y, 0.19 * size, 0.22 * size), pen.ink)
    pen.flat(ellipse(x - 0.05, y + 0.05, 0.055 * size), WHITE)
    pen.flat(
        spline([(x - 0.24, y - 0.28), (x + 0.24, y - 0.28), (x + 0.22, y - 0.02), (x - 0.22, y - 0.02)]), lid
    )
    pen.line(points([(x - 0.21, y - 0.02), (x + 0.21, y - 0.02)]), pen.ink, 0.06)


def eyes(pen: Pen, draw: Draw, body: Color, accent: Color, *, apart: float = 0.43, y: float = 0.02) -> None:
    """A pair of eyes in one of the moods: mostly shiny, sometimes happy, winking, sleepy, wide or starry."""
    mood = draw.pick(("shiny",) * 5 + ("happy", "wink", "wink", "sleepy", "wide", "stars"))
    iris = draw.pick((accent, (90, 200, 255), (255, 180, 70), (120, 220, 130), (190, 130, 255)))
    look = draw.between(-0.06, 0.06)
    for side in (-1, 1):
        x = side * apart
        if mood == "happy" or (mood == "wink" and side == 1):
            _happy(pen, x, y, 1.0)
        elif mood == "sleepy":
            _sleepy(pen, x, y, 1.0, body)
        elif mood == "wide":
            _wide(pen, x, y, 1.0, look)
        elif mood == "stars":
            pen.shape(star(x, y, 0.28, 0.13), (255, 221, 89))
        else:
            _shiny(pen, x, y, 1.05, iris)


def cheeks(pen: Pen, *, apart: float = 0.68, y: float = 0.32) -> None:
    """A blush below the eyes."""
    for side in (-1, 1):
        pen.flat(ellipse(side * apart, y, 0.16, 0.1), BLUSH, 0.5)


def mouth(
    pen: Pen, draw: Draw, y: float, kinds: tuple[str, ...] = ("cat", "open", "smile", "fang", "oh")
) -> None:
    """A mouth at height ``y``."""
    kind = draw.pick(kinds)
    if kind == "cat":
        for side in (-1, 1):
            arc = [(0, y), (0.02, y + 0.09), (0.13, y + 0.12), (0.22, y + 0.03)]
            pen.line(mirrored(spline(arc, closed=False), side), pen.ink)
    elif kind == "open":
        pen.shape(
            spline([(-0.2, y), (0, y + 0.02), (0.2, y), (0.15, y + 0.2), (0, y + 0.28), (-0.15, y + 0.2)]),
            (120, 24, 52),
        )
        pen.flat(ellipse(0, y + 0.2, 0.11, 0.07), (255, 120, 140))
    elif kind == "oh":
        pen.shape(ellipse(0, y + 0.1, 0.09, 0.11), (120, 24, 52))
    else:
        pen.line(spline([(-0.2, y + 0.02), (0, y + 0.13), (0.2, y + 0.02)], closed=False), pen.ink)
        if kind == "fang":
            pen.flat(points([(0.07, y + 0.1), (0.17, y + 0.06), (0.13, y + 0.2)]), WHITE)


def _nose(pen: Pen, y: float, color: Color, size: float = 1.0) -> None:
    s = size
    pen.shape(
        spline(
            [
                (-0.11 * s, y - 0.06 * s),
                (0.11 * s, y - 0.06 * s),
                (0.06 * s, y + 0.05 * s),
                (-0.06 * s, y + 0.05 * s),
            ]
        ),
        color,
    )
    pen.flat(ellipse(-0.03 * s, y - 0.05 * s, 0.04 * s, 0.02 * s), WHITE, 0.8)


def _whiskers(pen: Pen) -> None:
    for side in (-1, 1):
        for y0, y1 in ((0.3, 0.22), (0.4, 0.44)):
            pen.line(mirrored(points([(0.84, y0), (1.28, y1)]), side), pen.ink, 0.035)


def cat(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """Whiskers, sometimes tiger stripes, a pink nose."""
    if draw.chance(1, 2):
        for x in (-0.24, 0.0, 0.24):
            stripe = spline([(x - 0.06, -0.9), (x + 0.06, -0.9), (x * 0.8, -0.5)])
            pen.flat(stripe, darker(body, 0.42))
    pen.flat(ellipse(0, 0.42, 0.42, 0.3), lighter(body, 0.6))
    eyes(pen, draw, body, accent)
    cheeks(pen)
    _whiskers(pen)
    _nose(pen, 0.27, (255, 110, 130), 0.8)
    mouth(pen, draw, 0.33, ("cat", "cat", "open", "fang"))


def dog(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """A patch over one eye, a pale muzzle, perhaps the tongue out."""
    if draw.chance(1, 2):
        pen.flat(ellipse(0.43, 0.0, 0.34, 0.4, 0.3), darker(body, 0.3))
    pen.flat(
        spline(
            [
                (0, -0.9),
                (0.16, -0.2),
                (0.5, 0.3),
                (0.4, 0.7),
                (0, 0.82),
                (-0.4, 0.7),
                (-0.5, 0.3),
                (-0.16, -0.2),
            ]
        ),
        lighter(body, 0.7),
    )
    eyes(pen, draw, body, accent)
    cheeks(pen)
    _nose(pen, 0.26, mix(pen.ink, (60, 50, 70), 0.5), 1.3)
    mouth(pen, draw, 0.4, ("cat", "open", "open"))


def bear(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """A round muzzle."""
    pen.flat(ellipse(0, 0.42, 0.44, 0.34), lighter(body, 0.6))
    eyes(pen, draw, body, accent)
    cheeks(pen)
    _nose(pen, 0.28, mix(pen.ink, (70, 50, 60), 0.5), 1.2)
    mouth(pen, draw, 0.4, ("cat", "open", "smile"))


def panda(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """Dark patches around the eyes."""
    patch = mix(pen.ink, (70, 66, 92), 0.7)
    for side in (-1, 1):
        pen.flat(ellipse(side * 0.46, 0.06, 0.3, 0.37, side * 0.5), patch)
        _wide(pen, side * 0.42, 0.03, 0.78, 0.0)
    cheeks(pen, y=0.42)
    _nose(pen, 0.34, mix(pen.ink, (70, 50, 60), 0.5))
    mouth(pen, draw, 0.42, ("cat", "open", "smile"))


def fox(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """White cheeks running to a point."""
    pale = lighter(body, 0.85)
    for side in (-1, 1):
        cheek = [(0, 0.3), (0.3, 0.12), (0.75, 0.2), (0.98, 0.3), (0.72, 0.66), (0.3, 0.84), (0, 0.88)]
        pen.flat(mirrored(spline(cheek), side), pale)
    eyes(pen, draw, body, accent)
    _nose(pen, 0.36, mix(pen.ink, (60, 50, 70), 0.4), 1.1)
    mouth(pen, draw, 0.45, ("cat", "smile", "fang"))


def frog(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """Eyes on top, a mouth from side to side."""
    pen.flat(ellipse(0, 0.55, 0.8, 0.36), lighter(body, 0.55), 0.8)
    for side in (-1, 1):
        _wide(pen, side * 0.56, -0.64, 0.96, draw.between(-0.03, 0.03))
    cheeks(pen, apart=0.72, y=0.2)
    grin = spline([(-0.66, 0.1), (-0.3, 0.3), (0.3, 0.3), (0.66, 0.1)], closed=False)
    pen.line(grin, pen.ink, 0.06)
    if draw.chance(1, 3):
        pen.shape(
            spline([(0.1, 0.29), (0.38, 0.25), (0.36, 0.55), (0.24, 0.62), (0.12, 0.54)]), (255, 120, 145)
        )


def bird(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """Round eyes in pale discs and a beak."""
    for side in (-1, 1):
        pen.flat(ellipse(side * 0.4, 0.02, 0.46, 0.5), lighter(body, 0.62))
    eyes(pen, draw, lighter(body, 0.62), accent, apart=0.42)
    cheeks(pen, apart=0.76, y=0.4)
    pen.shape(
        spline([(-0.2, 0.24), (0, 0.16), (0.2, 0.24), (0.06, 0.48), (0, 0.52), (-0.06, 0.48)]),
        (255, 176, 46),
        shade=0.03,
    )


def chick(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """Plain face, small beak."""
    eyes(pen, draw, body, accent, apart=0.46)
    cheeks(pen, apart=0.74, y=0.28)
    pen.shape(spline([(-0.22, 0.22), (0, 0.13), (0.22, 0.22), (0, 0.36)]), (255, 150, 46))
    pen.shape(spline([(-0.13, 0.32), (0.13, 0.32), (0, 0.46)]), (235, 110, 40))


def pig(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """A snout."""
    eyes(pen, draw, body, accent, apart=0.46, y=-0.06)
    cheeks(pen, apart=0.74, y=0.24)
    pen.shape(ellipse(0, 0.28, 0.32, 0.23), mix(body, (255, 130, 150), 0.6), shade=0.04)
    for side in (-1, 1):
        pen.flat(ellipse(side * 0.11, 0.28, 0.05, 0.09), darker(body, 0.6))
    mouth(pen, draw, 0.56, ("smile", "open", "fang"))


def dragon(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """A pale snout with nostrils, spots on the brow."""
    pen.flat(ellipse(0, 0.46, 0.66, 0.4), lighter(body, 0.5))
    for x, y, r in ((-0.2, -0.6, 0.07), (0.05, -0.7, 0.09), (0.26, -0.56, 0.06)):
        pen.flat(ellipse(x, y, r), darker(body, 0.3))
    eyes(pen, draw, body, accent, apart=0.5, y=-0.08)
    cheeks(pen, apart=0.8, y=0.26)
    for side in (-1, 1):
        pen.flat(ellipse(side * 0.16, 0.32, 0.045, 0.06), darker(body, 0.6))
    mouth(pen, draw, 0.5, ("fang", "open", "cat"))


def robot(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """A dark screen with glowing eyes."""
    screen = mix(pen.ink, (24, 36, 70), 0.6)
    pen.shape(squircle(0, 0.06, 0.82, 0.6, 4), screen)
    light = lighter(accent, 0.25)
    mood = draw.pick(("bars", "arcs", "rounds"))
    for side in (-1, 1):
        pen.glow(side * 0.36, 0.0, 0.42, accent, 0.6)
        if mood == "bars":
            pen.line(points([(side * 0.36, -0.12), (side * 0.36, 0.12)]), light, 0.17)
        elif mood == "arcs":
            arc = [(side * 0.36 - 0.15, 0.08), (side * 0.36, -0.12), (side * 0.36 + 0.15, 0.08)]
            pen.line(spline(arc, closed=False), light, 0.09)
        else:
            pen.flat(ellipse(side * 0.36, 0, 0.16), light)
            pen.flat(ellipse(side * 0.36 - 0.04, -0.05, 0.05), WHITE)
    pen.line(spline([(-0.16, 0.32), (0, 0.4), (0.16, 0.32)], closed=False), light, 0.06)
    pen.flat(spline([(-0.62, -0.4), (-0.1, -0.42), (-0.4, 0.0), (-0.68, 0.1)]), WHITE, 0.1)


def alien(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """Large slanted eyes, sometimes three."""
    for side in (-1, 1):
        pen.flat(ellipse(side * 0.42, 0.0, 0.27, 0.38, side * 0.35), pen.ink)
        pen.flat(ellipse(side * 0.42, 0.12, 0.17, 0.2, side * 0.35), mix(pen.ink, accent, 0.55))
        pen.flat(ellipse(side * 0.42 - 0.08, -0.14, 0.09, 0.12), WHITE)
        pen.flat(ellipse(side * 0.42 + 0.1, 0.16, 0.045), WHITE, 0.9)
    if draw.chance(1, 3):
        _shiny(pen, 0, -0.48, 0.75, accent)
    cheeks(pen, apart=0.72, y=0.42)
    mouth(pen, draw, 0.44, ("smile", "open", "oh", "fang"))


def plain(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """Eyes, cheeks and a mouth: for ghosts, slimes, stars and whoever has no muzzle."""
    eyes(pen, draw, body, accent, apart=0.36, y=0.0)
    cheeks(pen, apart=0.6, y=0.26)
    mouth(pen, draw, 0.24, ("cat", "open", "open", "smile", "fang", "oh"))


def freckled(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """As ``plain``, with light spots: octopus, mushroom."""
    for x, y, r in ((-0.66, -0.4, 0.1), (-0.46, -0.62, 0.07), (0.64, -0.46, 0.11), (0.4, -0.66, 0.06)):
        pen.flat(ellipse(x, y, r), lighter(body, 0.5), 0.8)
    plain(pen, draw, body, accent)


def unicorn(pen: Pen, draw: Draw, body: Color, accent: Color) -> None:
    """Long lashes and a soft muzzle."""
    pen.flat(ellipse(0, 0.46, 0.5, 0.32), mix(body, (255, 170, 190), 0.45))
    eyes(pen, draw, body, accent)
    cheeks(pen)
    for side in (-1, 1):
        pen.flat(ellipse(side * 0.14, 0.38, 0.04, 0.05), darker(body, 0.5))
    mouth(pen, draw, 0.5, ("smile", "open"))
