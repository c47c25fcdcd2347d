"""The BoxStage port: a sealed gift box, frames by rarity, and the moment between them."""

import asyncio
from io import BytesIO
from math import pi, sin

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.adapters.ai.art.canvas import (
    SIZE,
    Canvas,
    Color,
    Mask,
    Points,
    darker,
    ellipse,
    gradient,
    lighter,
    mix,
    moved,
    points,
    spline,
    squircle,
    star,
    sunburst,
)
from core.adapters.ai.art.lettering import fit_text
from core.adapters.ai.art.palette import PALETTES, Palette
from core.adapters.ai.art.sky import stars
from core.adapters.ai.procedural_art import encode
from core.domain.box import ODDS, Draw, Rarity, derive

GIF_SIDE = 400  # pixels; a GIF of this size stays below two megabytes
SHAKES, BURSTS = 10, 8  # frames before the lid goes, and while the light fades
FRAME_MS, LAST_MS = 80, 1_600
# Outer and inner colour of the frame. Stars, not words, name the rarity: a picture has no language.
FRAMES: dict[Rarity, tuple[Color, Color]] = {
    Rarity.COMMON: ((150, 160, 180), (222, 228, 240)),
    Rarity.UNCOMMON: ((46, 160, 110), (150, 240, 180)),
    Rarity.RARE: ((40, 110, 220), (140, 210, 255)),
    Rarity.EPIC: ((130, 60, 220), (226, 160, 255)),
    Rarity.LEGENDARY: ((226, 140, 20), (255, 236, 140)),
}


class BoxArtist:
    """Draws in a worker thread, so that the event loop stays free."""

    async def sealed(self, commitment: bytes) -> bytes:
        """See the port."""
        return await asyncio.to_thread(lambda: encode(draw_sealed(commitment)))

    async def revealed(self, picture: bytes, rarity: Rarity) -> bytes:
        """See the port."""
        return await asyncio.to_thread(lambda: encode(draw_framed(_opened(picture), rarity)))

    async def opening(self, picture: bytes, rarity: Rarity, commitment: bytes) -> bytes:
        """See the port."""
        return await asyncio.to_thread(lambda: _animate(_opened(picture), rarity, commitment))


def draw_sealed(commitment: bytes) -> Image.Image:
    """The closed box before its lights, with the commitment's first digits on a tag."""
    canvas, paper, palette = _stage(commitment)
    _gift(canvas, paper, palette, lift=0.0, lean=0.0)
    _tag(canvas, palette, commitment)
    return canvas.image


def draw_framed(picture: Image.Image, rarity: Rarity) -> Image.Image:
    """``picture`` within the frame of ``rarity``, one star more for each tier."""
    outer, inner = FRAMES[rarity]
    canvas = Canvas(picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.LANCZOS))
    dark = darker(outer, 0.65)
    for inset, width, color in ((0, 84, dark), (6, 56, outer), (14, 22, inner), (42, 8, dark)):
        canvas.paint(Mask(_square(inset), stroke=width, fill=False), color)
    for x in (44, SIZE - 44):
        for y in (44, SIZE - 44):
            gem = points([(x, y - 44), (x + 44, y), (x, y + 44), (x - 44, y)])
            canvas.shape(gem, outer, edge=dark, width=7, shade=14)
            canvas.shape(points([(x, y - 20), (x + 20, y), (x, y + 20), (x - 20, y)]), inner)
    tier = [odds.rarity for odds in ODDS].index(rarity) + 1
    wide = 60 * tier + 50
    canvas.shape(squircle(512, 968, wide * 0.62, 48, 5), dark, edge=inner, width=5)
    for index in range(tier):
        place = 512 + (index - (tier - 1) / 2) * 62
        canvas.shape(star(place, 970, 32, 15), (255, 224, 110), edge=darker(dark, 0.3), width=4, shade=5)
    return canvas.image


def _square(inset: float) -> Points:
    low, high = inset, SIZE - inset
    return points([(low, low), (high, low), (high, high), (low, high)])


def _stage(commitment: bytes) -> tuple[Canvas, Color, Palette]:
    # The commitment is public: nothing drawn from it can hint at what is inside.
    draw = Draw(derive(commitment, "sealed-picture"))
    palette = draw.pick(
        tuple(p for place in ("space", "candy", "city", "gold", "sea") for p in PALETTES[place])
    )
    top, middle, bottom = palette.sky
    canvas = Canvas(gradient((darker(top, 0.35), mix(top, middle, 0.6), mix(middle, bottom, 0.5))))
    canvas.paint(Mask(sunburst(512, 560, 1100, 14)), palette.glow, 0.13)
    canvas.glow(512, 560, 620, palette.glow, 0.65)
    stars(canvas, draw, palette.glow, 60)
    canvas.paint(Mask(ellipse(512, 890, 400, 62)), palette.ink, 0.5)
    return canvas, draw.pick(palette.heroes), palette


def _gift(canvas: Canvas, paper: Color, palette: Palette, *, lift: float, lean: float) -> None:
    """The box; ``lift`` raises the lid by pixels, ``lean`` turns everything by radians."""
    ribbon = palette.accent

    def put(outline: Points, up: float = 0.0) -> Points:
        x, y = outline[:, 0] - 512, outline[:, 1] - 880
        turned = np.column_stack((x * np.cos(lean) - y * np.sin(lean), x * np.sin(lean) + y * np.cos(lean)))
        return moved(turned, 512, 880 - up)

    body = points([(262, 470), (762, 470), (742, 880), (282, 880)])
    canvas.shape(put(body), paper, edge=palette.ink, width=14, shade=44)
    canvas.paint(
        Mask(put(points([(262, 470), (762, 470), (758, 530), (266, 530)]))), darker(paper, 0.45), 0.6
    )
    if lift:
        canvas.glow(512, 470, 380, lighter(palette.glow, 0.5), 1.0)
    canvas.shape(
        put(points([(462, 470), (562, 470), (558, 880), (466, 880)])),
        ribbon,
        edge=palette.ink,
        width=8,
        shade=12,
    )
    mark = Canvas.transparent(palette.ink)
    fit_text(mark, "?", (512, 690), 300, 250, (255, 252, 236), palette.ink)
    canvas.glow(512, 690, 190, palette.glow, 0.6)
    turned = mark.image.rotate(-lean * 180 / pi, center=(512, 880), resample=Image.Resampling.BILINEAR)
    canvas.image.paste(turned.convert("RGB"), (0, 0), turned.getchannel("A"))
    lid = spline(
        [(226, 372), (512, 360), (798, 372), (806, 430), (792, 492), (512, 500), (232, 492), (218, 430)],
        steps=8,
    )
    canvas.shape(put(lid, lift), lighter(paper, 0.12), edge=palette.ink, width=14, shade=26)
    canvas.shape(
        put(points([(456, 366), (568, 366), (568, 494), (456, 494)]), lift),
        ribbon,
        edge=palette.ink,
        width=8,
        shade=10,
    )
    loop = spline([(0, 0), (-70, -110), (-190, -150), (-230, -70), (-150, -6)])
    for side in (-1, 1):
        bow = moved(loop * np.array([side, 1.0]), 512, 362)
        canvas.shape(put(bow, lift), ribbon, edge=palette.ink, width=12, shade=20)
        hole = moved(loop * np.array([side * 0.5, 0.5]), 512 - side * 62, 326)
        canvas.paint(Mask(put(hole, lift)), darker(ribbon, 0.4))
    canvas.shape(
        put(ellipse(512, 356, 54, 46), lift), lighter(ribbon, 0.15), edge=palette.ink, width=11, shade=14
    )


def _tag(canvas: Canvas, palette: Palette, commitment: bytes) -> None:
    tag = squircle(512, 952, 250, 40, 6)
    canvas.shape(tag, (255, 250, 236), edge=palette.ink, width=8)
    fit_text(canvas, commitment.hex()[:16], (512, 953), 420, 44, palette.ink, None)


def _animate(picture: Image.Image, rarity: Rarity, commitment: bytes) -> bytes:
    last = draw_framed(picture, rarity).resize((GIF_SIDE, GIF_SIDE), Image.Resampling.LANCZOS)
    # Drawn thrice and reused: a shake is the same box a little turned.
    stage = _stage(commitment)
    poses = [_pose(*stage, lean) for lean in (-0.05, 0.0, 0.05)]
    frames = [poses[round(1 + sin(index * 2.1))] for index in range(SHAKES)]
    frames.append(_pose(*stage, 0.0, 120))
    frames.append(_pose(*stage, 0.0, 300))
    light = FRAMES[rarity][1]
    frames += [_burst(frames[-1], last, light, (step + 1) / BURSTS) for step in range(BURSTS)]
    frames.append(last)
    # One palette for all frames keeps colours from flickering: made of the box, the light and the picture.
    chosen = (frames[SHAKES + 1], frames[SHAKES + 4], last, last)
    sheet = Image.new("RGB", (GIF_SIDE * len(chosen), GIF_SIDE))
    for index, frame in enumerate(chosen):
        sheet.paste(frame, (GIF_SIDE * index, 0))
    shared = sheet.resize((GIF_SIDE, GIF_SIDE // 4)).quantize(255, method=Image.Quantize.MEDIANCUT)
    indexed = [frame.quantize(palette=shared, dither=Image.Dither.FLOYDSTEINBERG) for frame in frames]
    out = BytesIO()
    durations = [FRAME_MS] * (len(indexed) - 1) + [LAST_MS]
    indexed[0].save(out, "GIF", save_all=True, append_images=indexed[1:], duration=durations, optimize=False)
    return out.getvalue()


def _pose(stage: Canvas, paper: Color, palette: Palette, lean: float, lift: float = 0.0) -> Image.Image:
    canvas = Canvas(stage.image.copy())
    _gift(canvas, paper, palette, lift=lift, lean=lean)
    return canvas.image.resize((GIF_SIDE, GIF_SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)


def _burst(before: Image.Image, last: Image.Image, light: Color, progress: float) -> Image.Image:
    """Between the open box and the picture: white light that gives way to it as it grows."""
    frame = Image.blend(before, Image.new("RGB", before.size, light), min(1.0, progress * 1.6))
    side = max(8, round(GIF_SIDE * (0.25 + 0.75 * sin(progress * pi / 2))))
    small = last.resize((side, side), Image.Resampling.BILINEAR)
    frame.paste(small, ((GIF_SIDE - side) // 2, (GIF_SIDE - side) // 2))
    return Image.blend(Image.new("RGB", before.size, light), frame, min(1.0, 0.35 + progress * 0.65))


def _opened(picture: bytes) -> Image.Image:
    try:
        image = Image.open(BytesIO(picture))
        if max(image.size) > 4 * SIZE:
            # Size is in the header: refused before a bomb unpacks.
            raise ValueError("the picture is too large")
        return image.convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError("not a picture") from error
