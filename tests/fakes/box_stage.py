"""A BoxStage of plain colours; passes the contract suite of the real one."""

import hashlib
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from core.domain.box import Rarity


class FakeBoxStage:
    """The sealed box is a colour, a frame a border, the opening two frames."""

    async def sealed(self, commitment: bytes) -> bytes:
        return _webp(Image.new("RGB", (1024, 1024), tuple(hashlib.sha256(commitment).digest()[:3])))

    async def revealed(self, picture: bytes, rarity: Rarity) -> bytes:
        return _webp(self._framed(picture, rarity))

    async def opening(self, picture: bytes, rarity: Rarity, commitment: bytes) -> bytes:
        out = BytesIO()
        last = self._framed(picture, rarity).resize((64, 64))
        Image.new("RGB", (64, 64)).save(out, "GIF", save_all=True, append_images=[last], duration=100)
        return out.getvalue()

    def _framed(self, picture: bytes, rarity: Rarity) -> Image.Image:
        try:
            inside = Image.open(BytesIO(picture)).convert("RGB").resize((960, 960))
        except (UnidentifiedImageError, OSError) as error:
            raise ValueError("not a picture") from error
        frame = Image.new("RGB", (1024, 1024), tuple(hashlib.sha256(rarity.encode()).digest()[:3]))
        frame.paste(inside, (32, 32))
        return frame


def _webp(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "WEBP", lossless=True)
    return out.getvalue()
