"""Port: the pictures around a box's opening, before and beside the coin's own."""

from typing import Protocol

from core.domain.box import Rarity


class BoxStage(Protocol):
    """Draws the sealed box, the rarity frame and the opening. All bytes are whole image files."""

    async def sealed(self, commitment: bytes) -> bytes:
        """The closed box, WebP 1024 x 1024. It is drawn from the public commitment and tells nothing else."""
        ...

    async def revealed(self, picture: bytes, rarity: Rarity) -> bytes:
        """``picture`` in its rarity's frame, WebP 1024 x 1024. Raises ValueError if it is no picture."""
        ...

    async def opening(self, picture: bytes, rarity: Rarity, commitment: bytes) -> bytes:
        """The box opening on ``picture``: a GIF of about two seconds that ends on the framed picture."""
        ...
