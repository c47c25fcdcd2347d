"""A Renderer that draws one plain colour; passes the contract suite of the real ones."""

import hashlib
from io import BytesIO

from PIL import Image

from core.domain.box import derive
from core.domain.errors import UserError
from core.ports.renderer import ArtBrief, Artwork, RenderProgress


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


class FakeRenderer:
    """The left half in the seed's colour, the right half in another."""

    styles = ("plain", "dotted")

    async def render(self, brief: ArtBrief, progress: RenderProgress | None = None) -> Artwork:
        style = brief.style or self.styles[0]
        if style not in self.styles:
            raise UserError("style-unknown", styles=", ".join(self.styles))
        paint = derive(derive(brief.seed, style), brief.theme.text)
        image = Image.new("RGB", (1024, 1024), tuple(paint[:3]))
        image.paste(tuple(paint[3:6]), (512, 0, 1024, 1024))
        if progress is not None:
            await progress(1, 1)
        full = _png(image)
        return Artwork(
            image=full,
            media_type="image/png",
            thumbnail=_png(image.resize((256, 256))),
            thumbnail_type="image/png",
            sha256=hashlib.sha256(full).digest(),
            dhash=int.from_bytes(paint[8:16], "big"),
            style=style,
            source="fake:1",
        )
