"""What every BoxStage does: the pictures around an opening tell what they may and nothing else."""

from io import BytesIO

import pytest
from PIL import Image

from core.adapters.ai.sealed import BoxArtist
from core.domain.box import Rarity
from core.ports.box_stage import BoxStage
from tests.fakes.box_stage import FakeBoxStage

COMMITMENT = bytes(32)


def png(color: str, side: int = 64) -> bytes:
    out = BytesIO()
    Image.new("RGB", (side, side), color).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(params=[FakeBoxStage, BoxArtist])
def stage(request: pytest.FixtureRequest) -> BoxStage:
    made: BoxStage = request.param()
    return made


async def test_the_sealed_box_follows_from_the_commitment_alone(stage: BoxStage) -> None:
    one, again, other = [await stage.sealed(bytes([value]) * 32) for value in (1, 1, 2)]
    assert one == again
    assert one != other
    with Image.open(BytesIO(one)) as image:
        assert (image.format, image.size) == ("WEBP", (1024, 1024))


async def test_each_rarity_has_a_frame_of_its_own_and_shows_the_picture(stage: BoxStage) -> None:
    framed = {rarity: await stage.revealed(png("red"), rarity) for rarity in Rarity}
    assert len(set(framed.values())) == len(Rarity)
    for blob in framed.values():
        with Image.open(BytesIO(blob)) as image:
            red, green, blue = image.convert("RGB").getpixel((512, 512))
            assert red > 240 > 15 > max(green, blue)


async def test_the_opening_ends_on_the_picture_and_plays_once(stage: BoxStage) -> None:
    gif = await stage.opening(png("red"), Rarity.EPIC, COMMITMENT)
    with Image.open(BytesIO(gif)) as film:
        assert film.format == "GIF"
        assert "loop" not in film.info
        film.seek(getattr(film, "n_frames", 1) - 1)
        side = film.width
        middle = (side // 3, side // 3, side * 2 // 3, side * 2 // 3)
        red, green, blue = film.convert("RGB").resize((1, 1), box=middle).getpixel((0, 0))
        assert red > 200 > 80 > max(green, blue)


@pytest.mark.parametrize("junk", [b"", b"<svg/>", b"RIFF\x00\x00\x00\x00WEBPVP8 ", png("red")[:40]])
async def test_what_is_no_picture_is_refused(stage: BoxStage, junk: bytes) -> None:
    with pytest.raises(ValueError, match="picture"):
        await stage.revealed(junk, Rarity.COMMON)


async def test_a_picture_is_refused_by_its_size_before_it_unpacks() -> None:
    with pytest.raises(ValueError, match="too large"):
        await BoxArtist().revealed(png("red", 4_097), Rarity.COMMON)
