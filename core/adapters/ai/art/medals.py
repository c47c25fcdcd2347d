"""Styles in the round: a badge and a coin."""

from math import pi

import numpy as np
from PIL import Image, ImageChops

from core.adapters.ai.art.canvas import (
    SIZE,
    Canvas,
    Color,
    Mask,
    darker,
    ellipse,
    gradient,
    grain,
    mix,
    moved,
    points,
    spline,
    star,
    sunburst,
)
from core.adapters.ai.art.creature import draw_hero
from core.adapters.ai.art.lettering import fit_text
from core.adapters.ai.art.motif import chosen
from core.adapters.ai.art.palette import Palette
from core.adapters.ai.art.pen import Pen, mirrored
from core.adapters.ai.art.printing import relief
from core.adapters.ai.art.scenes import paint_scene
from core.adapters.ai.art.sky import mist, stars
from core.domain.box import Draw, Rarity
from core.ports.renderer import ArtBrief

# A coin's metal tells its rarity: darkest to lightest.
METALS: dict[Rarity, tuple[Color, ...]] = {
    Rarity.COMMON: ((58, 26, 20), (140, 74, 44), (214, 138, 88), (255, 214, 170)),
    Rarity.UNCOMMON: ((34, 38, 58), (104, 114, 144), (182, 192, 214), (250, 252, 255)),
    Rarity.RARE: ((74, 36, 8), (176, 108, 20), (246, 190, 62), (255, 246, 190)),
    Rarity.EPIC: ((40, 14, 84), (116, 58, 196), (188, 140, 250), (246, 232, 255)),
    Rarity.LEGENDARY: ((6, 60, 74), (24, 150, 150), (130, 236, 206), (255, 252, 214)),
}


def badge(brief: ArtBrief, draw: Draw) -> Image.Image:
    """A club's badge: the hero leaning out of its place, the ticker on a ribbon."""
    motif, palette = chosen(brief, draw)
    canvas = Canvas(gradient((darker(palette.sky[0], 0.2), palette.sky[1]), tilt=0.3))
    canvas.paint(Mask(sunburst(512, 500, 900, 16)), palette.glow, 0.1)
    rim = mix((255, 205, 90), palette.glow, 0.3)
    tips = draw.pick((14, 18, 24))
    canvas.shape(
        spline(star(512, 500, 452, 418, tips), steps=6), palette.accent, edge=palette.ink, width=12, shade=26
    )
    canvas.shape(ellipse(512, 500, 392), rim, edge=palette.ink, width=9, shade=22)
    inner = paint_scene(motif.place, draw, palette).image.resize(
        (720, 720), Image.Resampling.BILINEAR, reducing_gap=2
    )
    window = Mask(ellipse(512, 500, 344))
    canvas.paint(Mask(ellipse(512, 500, 354)), palette.ink)
    whole = Image.new("RGB", (SIZE, SIZE))
    whole.paste(inner, (152, 140))
    left, top = window.at
    canvas.image.paste(
        whole.crop((left, top, left + window.cover.width, top + window.cover.height)), window.at, window.cover
    )
    for index in range(36):
        a = index * pi / 18
        canvas.paint(Mask(ellipse(512 + 373 * np.cos(a), 500 + 373 * np.sin(a), 7)), darker(rim, 0.45))
    layer = Canvas.transparent(palette.ink)
    pen = Pen(layer, 512, 440, 205, draw.between(-0.06, 0.06), palette.ink)
    draw_hero(pen, draw, motif, palette)
    cover = layer.image.getchannel("A")
    # Below its middle the hero stays inside the window; its head may lean out.
    keep = Image.new("L", (SIZE, SIZE), 0)
    keep.paste(255, (0, 0, SIZE, 520))
    keep.paste(window.cover, window.at, window.cover)
    canvas.image.paste(layer.image.convert("RGB"), (0, 0), ImageChops.multiply(cover, keep))
    _ribbon(canvas, palette, brief.ticker)
    return grain(canvas.image, draw.u64(), 8)


def _ribbon(canvas: Canvas, palette: Palette, text: str) -> None:
    cloth = mix((226, 62, 96), palette.accent, 0.12)
    for side in (-1, 1):
        tail = mirrored(points([(300, 40), (446, 20), (406, 84), (452, 152), (290, 160)]), side)
        canvas.shape(moved(tail, 512, 780), darker(cloth, 0.4), edge=palette.ink, width=9)
    band = spline([(-350, 10), (0, 44), (350, 10), (356, 132), (0, 170), (-356, 132)], steps=12)
    canvas.shape(moved(band, 512, 752), cloth, edge=palette.ink, width=10, shade=14)
    fit_text(canvas, f"${text}", (512, 850), 480, 96, (255, 252, 240), palette.ink)


def coin(brief: ArtBrief, draw: Draw) -> Image.Image:
    """A struck coin with the hero's head; its metal tells the rarity."""
    motif, palette = chosen(brief, draw)
    metal = METALS[brief.rarity]
    canvas = Canvas(gradient((darker(palette.sky[0], 0.25), palette.sky[0], palette.sky[1]), tilt=0.3))
    mist(canvas, draw, palette.sky[2], 0.35)
    stars(canvas, draw, palette.glow, 40)
    canvas.glow(512, 512, 640, metal[2], 0.5)
    canvas.paint(Mask(ellipse(524, 548, 416)), darker(palette.ink, 0.4), 0.5)
    canvas.shape(ellipse(512, 512, 416), metal[1], edge=metal[0], width=8, shade=30)
    for index in range(72):
        a = index * pi / 36
        notch = points([(512 + r * np.cos(a), 512 + r * np.sin(a)) for r in (394, 414)])
        canvas.line(notch, metal[0], 6, 0.6)
    canvas.shape(ellipse(512, 512, 384), metal[2], edge=metal[0], width=5, shade=20)
    canvas.shape(ellipse(512, 512, 346), mix(metal[1], metal[2], 0.45), edge=metal[3], width=5)
    for index in range(24):
        a = (index + 0.5) * pi / 12
        canvas.shape(ellipse(512 + 365 * np.cos(a), 512 + 365 * np.sin(a), 8), metal[3], shade=4)
    layer = Canvas.transparent(metal[0])
    tall = motif.hero in ("bunny", "unicorn") or motif.outfit in ("wizard", "party", "chef")
    pen = Pen(layer, 512, 580 if tall else 535, 166 if tall else 192, 0.0, metal[0])
    draw_hero(pen, draw, motif, palette, body=False)
    canvas.image.paste(relief(layer.image, metal), (0, 0), layer.image.getchannel("A"))
    for x, y, size in ((250, 270, 74), (770, 742, 52), (800, 300, 34)):
        canvas.glow(x, y, size * 1.6, metal[3], 0.8)
        canvas.paint(Mask(star(x, y, size, size * 0.13, 4)), (255, 255, 250))
    return grain(canvas.image, draw.u64(), 9)
