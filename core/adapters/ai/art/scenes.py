"""Places by name, painted back to front: sky, lights, land."""

from collections.abc import Callable

from core.adapters.ai.art.canvas import Canvas, gradient
from core.adapters.ai.art.elsewhere import candy, city, gold, sea, space
from core.adapters.ai.art.outdoors import desert, fire, forest, ice
from core.adapters.ai.art.palette import Palette
from core.domain.box import Draw

Scene = Callable[[Canvas, Draw, Palette], None]

SCENES: dict[str, Scene] = {
    "space": space,
    "sea": sea,
    "forest": forest,
    "fire": fire,
    "ice": ice,
    "desert": desert,
    "city": city,
    "candy": candy,
    "gold": gold,
}


def paint_scene(place: str, draw: Draw, palette: Palette) -> Canvas:
    """A new canvas showing ``place``."""
    canvas = Canvas(gradient(palette.sky, tilt=draw.between(-0.25, 0.25)))
    SCENES[place](canvas, draw, palette)
    return canvas
