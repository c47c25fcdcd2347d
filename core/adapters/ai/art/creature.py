"""Puts a hero together: tail, body, ears, head, face, outfit."""

from dataclasses import dataclass

from core.adapters.ai.art import ears, face
from core.adapters.ai.art.canvas import Color, Points, darker, ellipse, lighter, mix, points, spline, squircle
from core.adapters.ai.art.motif import Motif
from core.adapters.ai.art.outfits import OUTFITS
from core.adapters.ai.art.palette import Palette
from core.adapters.ai.art.pen import Pen, mirrored
from core.domain.box import Draw

_ROUND = squircle(0, 0, 1.08, 0.93, 2.35)
_WIDE = squircle(0, 0.06, 1.16, 0.84, 2.3)
_BOX = squircle(0, 0, 1.04, 0.88, 4.5)
_EGG = spline(
    [
        (0, -0.98),
        (0.72, -0.74),
        (1.08, 0.1),
        (0.86, 0.74),
        (0, 0.96),
        (-0.86, 0.74),
        (-1.08, 0.1),
        (-0.72, -0.74),
    ]
)
_TAPER = spline(
    [
        (0, -0.9),
        (0.75, -0.76),
        (1.12, 0.0),
        (1.0, 0.4),
        (0.45, 0.82),
        (0, 0.95),
        (-0.45, 0.82),
        (-1.0, 0.4),
        (-1.12, 0.0),
        (-0.75, -0.76),
    ]
)
_BULB = spline(
    [
        (0, -1.04),
        (0.85, -0.82),
        (1.16, -0.16),
        (0.78, 0.54),
        (0.3, 0.9),
        (-0.3, 0.9),
        (-0.78, 0.54),
        (-1.16, -0.16),
        (-0.85, -0.82),
    ]
)
_DROP = spline(
    [
        (0, -1.3),
        (0.42, -0.86),
        (1.0, -0.1),
        (1.14, 0.62),
        (0.7, 0.98),
        (-0.7, 0.98),
        (-1.14, 0.62),
        (-1.0, -0.1),
        (-0.42, -0.86),
    ]
)

_SHEET = spline(
    [
        (0, -1.0),
        (0.72, -0.8),
        (1.06, -0.1),
        (1.06, 0.8),
        (1.2, 2.1),
        (0.8, 1.92),
        (0.42, 2.2),
        (0, 1.96),
        (-0.42, 2.2),
        (-0.8, 1.92),
        (-1.2, 2.1),
        (-1.06, 0.8),
        (-1.06, -0.1),
        (-0.72, -0.8),
    ]
)
_PUDDLE = spline(
    [
        (0, -1.3),
        (0.4, -0.84),
        (1.0, -0.1),
        (1.2, 0.8),
        (1.36, 1.5),
        (1.72, 2.0),
        (1.2, 2.2),
        (0, 2.24),
        (-1.2, 2.2),
        (-1.72, 2.0),
        (-1.36, 1.5),
        (-1.2, 0.8),
        (-1.0, -0.1),
        (-0.4, -0.84),
    ]
)


@dataclass(frozen=True, slots=True)
class Look:
    """A kind of hero: the head's outline and what belongs to it. ``color`` overrides the palette's."""

    head: Points
    ears: ears.Ears
    face: face.Face
    tail: str | None = None
    limbs: str = "paws"
    color: Color | None = None
    whole: Points | None = None  # head and body in one outline


LOOKS: dict[str, Look] = {
    "cat": Look(_ROUND, ears.pointed, face.cat, tail="curl"),
    "dog": Look(_ROUND, ears.floppy, face.dog, tail="stub"),
    "bear": Look(_ROUND, ears.round_, face.bear),
    "panda": Look(_ROUND, ears.black, face.panda, limbs="dark", color=(250, 248, 255)),
    "bunny": Look(_EGG, ears.long, face.bear, tail="puff"),
    "fox": Look(_TAPER, ears.broad, face.fox, tail="brush"),
    "frog": Look(_WIDE, ears.bumps, face.frog),
    "owl": Look(_ROUND, ears.tufts, face.bird, limbs="wings"),
    "chick": Look(_EGG, ears.crest, face.chick, limbs="wings"),
    "mouse": Look(_EGG, ears.huge, face.bear, tail="curl"),
    "pig": Look(_ROUND, ears.pointed, face.pig, color=(255, 176, 190)),
    "dragon": Look(_ROUND, ears.horns, face.dragon, tail="spike"),
    "robot": Look(_BOX, ears.aerial, face.robot),
    "alien": Look(_BULB, ears.antennae, face.alien),
    "ghost": Look(_EGG, ears.none, face.plain, limbs="none", color=(247, 246, 255), whole=_SHEET),
    "slime": Look(_DROP, ears.none, face.plain, limbs="none", whole=_PUDDLE),
    "mushroom": Look(_EGG, ears.cap, face.plain, color=(255, 238, 214)),
    "star": Look(ellipse(0, 0.04, 0.98, 0.94), ears.rays, face.plain, limbs="feet"),
    "unicorn": Look(_EGG, ears.horn, face.unicorn, color=(255, 250, 255)),
    "octopus": Look(_BULB, ears.none, face.freckled, limbs="tentacles"),
}


def draw_hero(pen: Pen, draw: Draw, motif: Motif, palette: Palette, *, body: bool = True) -> Color:
    """The hero of ``motif``, whole or (``body`` false) only its head. Returns its colour."""
    look = LOOKS[motif.hero]
    drawn = draw.pick(palette.heroes)
    color = look.color or drawn
    accent = palette.accent
    if body:
        if look.tail:
            _tail(pen, look.tail, color)
        _body(pen, look.limbs, color)
    look.ears(pen, color, accent)
    if body and look.whole is not None:
        pen.shape(look.whole, color, shade=0.19)
        _nubs(pen, color)
    elif motif.hero != "star":  # whose rays are its head
        pen.shape(look.head, color, shade=0.17)
    look.face(pen, draw, color, accent)
    if motif.hero == "mushroom":
        _mushroom_cap(pen, accent)
    if motif.outfit is not None and not (motif.outfit == "scarf" and not body):
        OUTFITS[motif.outfit](pen, accent)
    return color


def _body(pen: Pen, limbs: str, color: Color) -> None:
    if limbs == "feet":
        for side in (-1, 1):
            pen.shape(ellipse(side * 0.62, 1.5, 0.3, 0.22), darker(color, 0.12), shade=0.06)
    elif limbs == "tentacles":
        for x, reach in ((-0.95, 1.35), (0.95, 1.35), (-0.36, 0.62), (0.36, 0.62)):
            arm = spline(
                [
                    (x * 0.5, 0.6),
                    (x, 1.3),
                    (x * 1.1 + reach * 0.12, 1.85),
                    (reach * (1 if x > 0 else -1), 2.1),
                ],
                closed=False,
            )
            pen.line(arm, pen.ink, 0.56)
            pen.line(arm, darker(color, 0.1), 0.46)
            pen.line(arm + points([(-0.05, -0.06)]), lighter(color, 0.25), 0.1, 0.7)
    elif limbs != "none":
        _torso(pen, limbs, color)


def _nubs(pen: Pen, color: Color) -> None:
    """Little arms before a body without limbs."""
    arm = spline([(0.62, 0.92), (0.9, 0.8), (1.2, 0.86), (1.2, 1.06), (0.92, 1.14), (0.68, 1.12)])
    for side in (-1, 1):
        pen.shape(mirrored(arm, side), color, shade=0.06)
    pen.flat(ellipse(0, 1.3, 0.5, 0.3), lighter(color, 0.6), 0.35)


def _torso(pen: Pen, limbs: str, color: Color) -> None:
    dark = mix(pen.ink, (70, 66, 92), 0.7) if limbs == "dark" else darker(color, 0.08)
    for side in (-1, 1):
        pen.shape(ellipse(side * 0.42, 2.12, 0.36, 0.22), dark, shade=0.06)
    pen.shape(
        spline(
            [
                (-0.62, 0.6),
                (0.62, 0.6),
                (0.88, 1.3),
                (0.82, 1.9),
                (0.4, 2.16),
                (-0.4, 2.16),
                (-0.82, 1.9),
                (-0.88, 1.3),
            ]
        ),
        color,
        shade=0.13,
    )
    pen.flat(ellipse(0, 1.56, 0.52, 0.5), lighter(color, 0.55), 0.9)
    arm = spline([(0.6, 0.98), (0.9, 1.08), (1.14, 1.5), (1.02, 1.7), (0.82, 1.58)])
    wing = spline(
        [(0.6, 0.92), (1.0, 1.02), (1.4, 1.5), (1.16, 1.56), (1.12, 1.76), (0.9, 1.66), (0.72, 1.7)]
    )
    for side in (-1, 1):
        pen.shape(
            mirrored(wing if limbs == "wings" else arm, side), dark if limbs == "dark" else color, shade=0.06
        )


def _tail(pen: Pen, kind: str, color: Color) -> None:
    if kind == "curl":
        path = spline([(0.6, 1.9), (1.3, 1.9), (1.62, 1.4), (1.44, 0.96)], closed=False)
        pen.line(path, pen.ink, 0.38)
        pen.line(path, darker(color, 0.12), 0.28)
    elif kind == "brush":
        pen.shape(
            spline([(0.5, 1.9), (1.2, 1.9), (1.8, 1.3), (1.76, 0.6), (1.36, 0.9), (1.0, 1.3)]),
            color,
            shade=0.1,
        )
        pen.flat(spline([(1.78, 1.0), (1.76, 0.6), (1.44, 0.86), (1.56, 1.06)]), lighter(color, 0.85))
    elif kind == "spike":
        pen.shape(
            spline([(0.5, 1.7), (1.2, 1.7), (1.6, 1.2), (1.86, 1.3), (1.6, 1.9), (1.0, 2.16), (0.4, 2.1)]),
            color,
            shade=0.08,
        )
    elif kind == "puff":
        pen.shape(ellipse(0.95, 1.86, 0.28), lighter(color, 0.6), shade=0.05)
    else:
        pen.shape(
            spline([(0.7, 1.5), (1.16, 1.1), (1.32, 1.2), (1.1, 1.7), (0.76, 1.86)]),
            darker(color, 0.2),
            shade=0.05,
        )


def _mushroom_cap(pen: Pen, accent: Color) -> None:
    cap = spline(
        [
            (-1.46, -0.4),
            (-1.24, -1.06),
            (-0.62, -1.5),
            (0, -1.6),
            (0.62, -1.5),
            (1.24, -1.06),
            (1.46, -0.4),
            (0.8, -0.26),
            (0, -0.2),
            (-0.8, -0.26),
        ]
    )
    pen.shape(cap, accent, shade=0.14)
    for x, y, r in (
        (-0.78, -0.78, 0.2),
        (0.1, -1.16, 0.27),
        (0.86, -0.7, 0.18),
        (-0.24, -0.55, 0.12),
        (0.5, -0.42, 0.1),
    ):
        pen.flat(ellipse(x, y, r, r * 0.85), (255, 248, 236))
