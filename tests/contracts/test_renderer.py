"""What every Renderer does."""

import hashlib
from io import BytesIO

import pytest
from PIL import Image

from core.adapters.ai.procedural_art import ProceduralRenderer
from core.domain.box import Rarity
from core.domain.errors import UserError
from core.domain.theme import check_theme
from core.ports.renderer import ArtBrief, Renderer
from tests.fakes.renderer import FakeRenderer


@pytest.fixture(params=[FakeRenderer, ProceduralRenderer])
def renderer(request: pytest.FixtureRequest) -> Renderer:
    made: Renderer = request.param()
    return made


def brief(seed: int = 1, style: str | None = None) -> ArtBrief:
    return ArtBrief(bytes([seed]) * 32, check_theme("space cats"), "Turbo Cat", "TCAT", Rarity.COMMON, style)


async def test_a_picture_comes_with_thumbnail_and_hash(renderer: Renderer) -> None:
    art = await renderer.render(brief())
    for blob, media_type, side in (
        (art.image, art.media_type, 1024),
        (art.thumbnail, art.thumbnail_type, 256),
    ):
        with Image.open(BytesIO(blob)) as image:
            assert image.size == (side, side)
            assert Image.MIME[image.format or ""] == media_type
            assert not image.getexif()
    assert art.sha256 == hashlib.sha256(art.image).digest()
    assert 0 <= art.dhash < 2**64
    assert art.style in renderer.styles


async def test_equal_briefs_give_equal_bytes_and_others_do_not(renderer: Renderer) -> None:
    style = renderer.styles[0]
    one, again, other = [await renderer.render(brief(seed, style)) for seed in (1, 1, 2)]
    assert one == again
    assert one.sha256 != other.sha256


async def test_progress_ends_with_all_steps_done(renderer: Renderer) -> None:
    steps: list[tuple[int, int]] = []

    async def note(done: int, total: int) -> None:
        steps.append((done, total))

    await renderer.render(brief(), note)
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


async def test_an_unknown_style_is_refused_with_those_there_are(renderer: Renderer) -> None:
    with pytest.raises(UserError) as caught:
        await renderer.render(brief(style="cubist"))
    assert caught.value.code == "style-unknown"
    assert renderer.styles[0] in str(caught.value.arguments["styles"])
