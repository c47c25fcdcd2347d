"""The sticker style."""

from PIL import Image, ImageFilter

from core.adapters.ai.art.canvas import (
    SIZE,
    Canvas,
    Color,
    Mask,
    darker,
    ellipse,
    gradient,
    grain,
    lighter,
    mix,
    moved,
    points,
    spline,
    star,
)
from core.adapters.ai.art.creature import draw_hero
from core.adapters.ai.art.motif import chosen
from core.adapters.ai.art.palette import Palette
from core.adapters.ai.art.pen import Pen
from core.adapters.ai.art.sky import planet
from core.domain.box import Draw
from core.ports.renderer import ArtBrief


def sticker(brief: ArtBrief, draw: Draw) -> Image.Image:
    """A die-cut sticker of the whole hero on a patterned sheet, small ones around it."""
    motif, palette = chosen(brief, draw)
    canvas = Canvas(
        gradient((lighter(palette.sky[2], 0.25), mix(palette.sky[2], palette.accent, 0.35)), tilt=0.5)
    )
    _pattern(canvas, draw, lighter(palette.sky[2], 0.55))
    layer = Canvas.transparent(palette.ink)
    for x, y in ((130, 160), (894, 180), (120, 850), (904, 850)):
        _trinket(layer, draw, palette, x + draw.between(-20, 20), y + draw.between(-30, 30))
    pen = Pen(layer, 512, 425 if motif.hero != "star" else 520, 208, draw.between(-0.1, 0.1), palette.ink)
    draw_hero(pen, draw, motif, palette)
    cover = layer.image.getchannel("A")
    # Blurred and steepened, the outline grows evenly: the white rim of a sticker.
    small = cover.resize((512, 512), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(9))
    rim = small.point([min(255, max(0, (level - 14) * 9)) for level in range(256)])
    rim = rim.resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    shadow = small.filter(ImageFilter.GaussianBlur(7)).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    canvas.image.paste(
        darker(palette.ink, 0.2), (12, 24), shadow.point([level * 11 // 20 for level in range(256)])
    )
    canvas.image.paste((255, 255, 255), (0, 0), rim)
    canvas.image.paste(layer.image.convert("RGB"), (0, 0), cover)
    return grain(canvas.image, draw.u64(), 6)


def _pattern(canvas: Canvas, draw: Draw, color: Color) -> None:
    kind = draw.pick(("dots", "stripes", "checks"))
    step = draw.pick((64, 80, 100))
    if kind == "stripes":
        for x in range(-SIZE, SIZE, step * 2):
            canvas.paint(
                Mask(points([(x, 0), (x + step, 0), (x + step + SIZE, SIZE), (x + SIZE, SIZE)])), color, 0.4
            )
        return
    for row in range(SIZE // step + 2):
        for column in range(row % 2, SIZE // step + 2, 2):
            x, y = column * step, row * step
            outline = (
                ellipse(x, y, step * 0.3)
                if kind == "dots"
                else points([(x, y), (x + step, y), (x + step, y + step), (x, y + step)])
            )
            canvas.paint(Mask(outline), color, 0.45)


def _trinket(layer: Canvas, draw: Draw, palette: Palette, x: float, y: float) -> None:
    color, size = draw.pick((*palette.heroes, palette.accent)), draw.between(46, 66)
    kind = draw.pick(("star", "bolt", "heart", "moon", "planet"))
    if kind == "planet":
        planet(layer, draw, x, y, size * 0.8, color, palette.accent)
        return
    outline = {
        "star": star(x, y, size, size * 0.5, 5, draw.between(-2, -1)),
        "bolt": points([(0.15, -1), (-0.6, 0.2), (-0.05, 0.2), (-0.2, 1), (0.6, -0.25), (0.08, -0.25)]) * size
        + (x, y),
        "heart": spline(
            [
                (0, -0.4),
                (0.5, -0.8),
                (0.95, -0.3),
                (0.5, 0.4),
                (0, 0.85),
                (-0.5, 0.4),
                (-0.95, -0.3),
                (-0.5, -0.8),
            ]
        )
        * size
        + (x, y),
        "moon": spline(
            [(0.3, -0.9), (-0.5, -0.7), (-0.85, 0.1), (-0.3, 0.8), (0.6, 0.7), (0.0, 0.35), (-0.2, -0.25)]
        )
        * size
        + (x, y),
    }[kind]
    if kind != "star":
        outline = moved(outline, x, y, scale=size)
    layer.shape(outline, color, edge=palette.ink, width=9, shade=size * 0.16)
