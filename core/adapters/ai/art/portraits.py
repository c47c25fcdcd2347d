"""Styles that show the hero in its place: painted, printed, in pixels, as a sign."""

from PIL import Image

from core.adapters.ai.art.canvas import (
    SIZE,
    Canvas,
    Mask,
    darker,
    ellipse,
    gradient,
    grain,
    lighter,
    mix,
    points,
    star,
)
from core.adapters.ai.art.creature import draw_hero
from core.adapters.ai.art.lettering import fit_text
from core.adapters.ai.art.motif import chosen
from core.adapters.ai.art.palette import Palette
from core.adapters.ai.art.pen import Pen
from core.adapters.ai.art.printing import halftone, inks, neon_lines, pixelate
from core.adapters.ai.art.scenes import paint_scene
from core.domain.box import Draw
from core.ports.renderer import ArtBrief


def _portrait(brief: ArtBrief, draw: Draw) -> tuple[Canvas, Palette]:
    motif, palette = chosen(brief, draw)
    canvas = paint_scene(motif.place, draw, palette)
    canvas.glow(512, 520, 620, palette.glow, 0.35)
    scale = draw.between(238, 262)
    pen = Pen(canvas, 512 + draw.between(-24, 24), 515, scale, draw.between(-0.09, 0.09), palette.ink)
    draw_hero(pen, draw, motif, palette)
    return canvas, palette


def mascot(brief: ArtBrief, draw: Draw) -> Image.Image:
    """The hero in its place, softly lit."""
    return grain(_portrait(brief, draw)[0].image, draw.u64(), 9)


def pixel(brief: ArtBrief, draw: Draw) -> Image.Image:
    """The portrait as pixel art: 64 pixels a side, few colours, dithered sky."""
    return pixelate(_portrait(brief, draw)[0].image, 64, 28)


def poster(brief: ArtBrief, draw: Draw) -> Image.Image:
    """A printed poster: nine inks, halftone shadows, a paper border, the name below."""
    canvas, palette = _portrait(brief, draw)
    scene = canvas.image
    paper, dark = mix((250, 240, 218), palette.glow, 0.15), darker(palette.ink, 0.1)
    printed = halftone(inks(scene, 9, paper), scene, dark)
    sheet = Canvas(Image.new("RGB", (SIZE, SIZE), paper))
    sheet.image.paste(printed.resize((888, 888), Image.Resampling.BICUBIC).crop((0, 0, 888, 800)), (68, 64))
    frame = points([(68, 64), (956, 64), (956, 864), (68, 864)])
    sheet.paint(Mask(frame, stroke=9, fill=False), dark)
    fit_text(sheet, brief.name.upper(), (512, 936), 860, 74, dark, None)
    return grain(sheet.image, draw.u64(), 13)


def neon(brief: ArtBrief, draw: Draw) -> Image.Image:
    """A neon sign of the hero on a dark wall."""
    motif, palette = chosen(brief, draw)
    layer = Canvas.transparent((0, 0, 0))
    pen = Pen(layer, 512, 410 if motif.hero != "star" else 500, 186, draw.between(-0.06, 0.06), (0, 0, 0))
    draw_hero(pen, draw, motif, palette)
    wall = Canvas(
        gradient((darker(palette.ink, 0.5), darker(palette.sky[0], 0.55), darker(palette.ink, 0.35)))
    )
    for row in range(17):
        for column in range(-1, 9):
            x, y = column * 130 + (row % 2) * 65, row * 62
            brick = points([(x + 4, y + 4), (x + 126, y + 4), (x + 126, y + 58), (x + 4, y + 58)])
            wall.paint(Mask(brick), lighter(palette.sky[0], 0.1), draw.between(0.05, 0.16))
    wall.glow(512, 520, 660, palette.sky[2], 0.3)
    tubes = Canvas(Image.new("RGB", (SIZE, SIZE)))
    hoop = draw.pick(
        (
            ellipse(512, 512, 452),
            star(512, 530, 500, 440, 12),
            points([(80, 80), (944, 80), (944, 944), (80, 944)]),
        )
    )
    tubes.paint(Mask(hoop, stroke=11, fill=False), palette.accent)
    return neon_lines(wall.image, layer.image, tubes.image)
