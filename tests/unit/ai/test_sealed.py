"""The pictures around an opening tell what they may and nothing else."""

from io import BytesIO

import pytest
from PIL import Image

from core.adapters.ai.sealed import GIF_SIDE, BoxArtist, draw_framed
from core.domain.box import Rarity


def png(color: str, side: int = 64) -> bytes:
    out = BytesIO()
    Image.new("RGB", (side, side), color).save(out, "PNG")
    return out.getvalue()


async def test_the_sealed_box_follows_from_the_commitment_alone() -> None:
    artist = BoxArtist()
    one, again, other = [await artist.sealed(bytes([value]) * 32) for value in (1, 1, 2)]
    assert one == again
    assert one != other
    with Image.open(BytesIO(one)) as image:
        assert image.size == (1024, 1024)


async def test_each_rarity_has_a_frame_of_its_own_and_shows_the_picture() -> None:
    framed = {rarity: draw_framed(Image.new("RGB", (64, 64), "red"), rarity) for rarity in Rarity}
    assert len({image.tobytes() for image in framed.values()}) == len(Rarity)
    assert all(image.getpixel((512, 512)) == (255, 0, 0) for image in framed.values())


async def test_the_opening_ends_on_the_picture_and_plays_once() -> None:
    gif = await BoxArtist().opening(png("red"), Rarity.EPIC, bytes(32))
    with Image.open(BytesIO(gif)) as film:
        assert film.size == (GIF_SIDE, GIF_SIDE)
        assert "loop" not in film.info
        frames = getattr(film, "n_frames", 1)
        assert frames > 10
        film.seek(frames - 1)
        red, green, blue = film.convert("RGB").resize((1, 1), box=(150, 150, 250, 250)).getpixel((0, 0))
        assert red > 200 > 80 > max(green, blue)


@pytest.mark.parametrize(
    "junk", [b"", b"<svg/>", b"RIFF\x00\x00\x00\x00WEBPVP8 ", png("red")[:40], png("red", 4_097)]
)
async def test_what_is_no_picture_or_too_large_is_refused(junk: bytes) -> None:
    with pytest.raises(ValueError, match="picture"):
        await BoxArtist().revealed(junk, Rarity.COMMON)
