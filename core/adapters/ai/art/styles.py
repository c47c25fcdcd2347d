"""The styles by name: each turns a brief into a picture of 1024 x 1024, and draws every choice from ``draw``."""

from collections.abc import Callable

from PIL import Image

from core.adapters.ai.art.globes import globe
from core.adapters.ai.art.medals import badge, coin
from core.adapters.ai.art.portraits import mascot, neon, pixel, poster
from core.adapters.ai.art.stickers import sticker
from core.domain.box import Draw
from core.ports.renderer import ArtBrief

Style = Callable[[ArtBrief, Draw], Image.Image]

STYLES: dict[str, Style] = {
    "mascot": mascot,
    "sticker": sticker,
    "planet": globe,
    "badge": badge,
    "pixel": pixel,
    "poster": poster,
    "coin": coin,
    "neon": neon,
}
