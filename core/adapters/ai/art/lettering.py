"""Words on pictures, in the font that Pillow carries."""

from functools import lru_cache

from PIL import ImageDraw, ImageFont

from core.adapters.ai.art.canvas import Canvas, Color


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def fit_text(
    canvas: Canvas,
    text: str,
    at: tuple[float, float],
    width: float,
    height: int,
    color: Color,
    edge: Color | None,
) -> None:
    """``text`` centred at ``at``, bold, at most ``width`` wide and ``height`` high (pixels), with an ``edge`` line."""
    draw = ImageDraw.Draw(canvas.image)
    size = height
    while size > 12 and draw.textlength(text, font=_font(size)) > width:
        size -= 4
    weight = max(1, size // 26)  # the font has one weight: thickened by its own colour
    if edge is not None:
        draw.text(
            at, text, fill=edge, font=_font(size), anchor="mm", stroke_width=weight + 6, stroke_fill=edge
        )
    draw.text(at, text, fill=color, font=_font(size), anchor="mm", stroke_width=weight, stroke_fill=color)
