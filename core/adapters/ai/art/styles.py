"""The styles: each turns a brief into a picture of 1024 x 1024."""

from collections.abc import Callable

from PIL import Image

from core.adapters.ai.art.canvas import grain
from core.adapters.ai.art.creature import draw_hero
from core.adapters.ai.art.motif import choose_motif
from core.adapters.ai.art.palette import choose_palette
from core.adapters.ai.art.pen import Pen
from core.adapters.ai.art.scenes import paint_scene
from core.domain.box import Draw
from core.ports.renderer import ArtBrief

Style = Callable[[ArtBrief, Draw], Image.Image]


def mascot(brief: ArtBrief, draw: Draw) -> Image.Image:
    """The hero in its place, softly lit."""
    motif = choose_motif(brief.theme, draw, brief.rarity)
    palette = choose_palette(draw, motif.place)
    canvas = paint_scene(motif.place, draw, palette)
    canvas.glow(512, 520, 620, palette.glow, 0.35)
    scale = draw.between(238, 262)
    pen = Pen(canvas, 512 + draw.between(-24, 24), 505, scale, draw.between(-0.09, 0.09), palette.ink)
    draw_hero(pen, draw, motif, palette)
    return grain(canvas.image, draw.u64(), 9)


STYLES: dict[str, Style] = {"mascot": mascot}
