"""Port: who draws a coin's picture."""

from dataclasses import dataclass
from typing import Protocol

from core.domain.box import Rarity
from core.domain.theme import Theme


@dataclass(frozen=True, slots=True)
class ArtBrief:
    """What to draw. ``seed`` decides everything that the other fields leave open."""

    seed: bytes
    theme: Theme
    name: str
    ticker: str
    rarity: Rarity
    style: str | None = None  # one of the renderer's styles; None lets the seed choose


@dataclass(frozen=True, slots=True)
class Artwork:
    """A finished picture, 1024 x 1024, with its thumbnail, 256 x 256."""

    image: bytes
    media_type: str
    thumbnail: bytes
    thumbnail_type: str
    sha256: bytes  # of ``image``
    dhash: int  # 64 bits; few differing bits mean that two pictures look alike
    style: str
    source: str  # who drew it and which version, for example "procedural:1"


class RenderProgress(Protocol):
    """Told how far the drawing is: ``done`` of ``total`` steps."""

    async def __call__(self, done: int, total: int) -> None: ...


class Renderer(Protocol):
    """Draws coins."""

    @property
    def styles(self) -> tuple[str, ...]:
        """The styles a brief may name."""
        ...

    async def render(self, brief: ArtBrief, progress: RenderProgress | None = None) -> Artwork:
        """The picture for ``brief``; progress ends with ``done == total``.

        Raises UserError("style-unknown") for a style that this renderer doesn't have.
        """
        ...
