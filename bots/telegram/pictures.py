"""Pictures as Telegram takes them, uploaded once: afterwards the file id is enough."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import telegram
from PIL import Image
from telegram import InputFile

from core.reply import Media

MOVING = "image/gif"  # the type that Telegram calls an animation


class Pictures:
    """File ids by the pictures' keys, in memory: what is lost is uploaded again."""

    def __init__(self) -> None:
        self._file_ids: dict[str, str] = {}

    async def file(self, media: Media) -> str | InputFile:
        """What to send for the picture. Raises `OSError` if it can't be read."""
        known = self._file_ids.get(media.key)
        return known if known is not None else await asyncio.to_thread(_upload, media)

    def remember(self, media: Media, sent: telegram.Message | bool) -> None:
        if not isinstance(sent, telegram.Message):
            return
        shown = sent.animation or (sent.photo[-1] if sent.photo else None)
        if shown is not None:
            self._file_ids[media.key] = shown.file_id

    def forget(self, media: Media) -> bool:
        """Telegram does not know the file any more; False if we had none in mind."""
        return self._file_ids.pop(media.key, None) is not None


def _upload(media: Media) -> InputFile:
    """The picture's bytes, under a name whose ending says what they are: Telegram goes by that.

    WebP goes as PNG: as a photo it loses colours, and some clients take it for a sticker without caption.
    """
    data = Path(media.path).read_bytes()
    if media.type != "image/webp":
        return InputFile(data, f"picture.{media.type.removeprefix('image/')}", attach=True)
    with Image.open(io.BytesIO(data)) as image, io.BytesIO() as png:
        image.save(png, "PNG")
        return InputFile(png.getvalue(), "picture.png", attach=True)
