"""The pictures: every hero, place, outfit and style draws; and each style stays what it is."""

from functools import cache

import pytest
from PIL import Image

from core.adapters.ai.art.canvas import Canvas
from core.adapters.ai.art.creature import LOOKS, draw_hero
from core.adapters.ai.art.medals import METALS
from core.adapters.ai.art.motif import HEROES, OUTFITS, PLACES, Motif, choose_motif
from core.adapters.ai.art.outfits import OUTFITS as DRAWN_OUTFITS
from core.adapters.ai.art.palette import PALETTES
from core.adapters.ai.art.pen import Pen
from core.adapters.ai.art.scenes import SCENES, paint_scene
from core.adapters.ai.art.styles import STYLES
from core.adapters.ai.perceptual import ALIKE, dhash, distance
from core.adapters.ai.procedural_art import choose_style, draw_picture
from core.domain.box import Draw, Rarity
from core.domain.theme import check_theme
from core.ports.renderer import ArtBrief

GOLDEN = {
    "mascot": 0xABCEA2D0E8F0E0F0,
    "sticker": 0xB054D68ED4B0B690,
    "planet": 0x1898D97455A89682,
    "badge": 0xF1F0F2F0B2F0E0D2,
    "pixel": 0x7BCCEAF4E8F079F0,
    "poster": 0x676D29716973710E,
    "coin": 0x3AF0C8B0A8F0F0F1,
    "neon": 0xF0E86971686CB8D4,
}


def brief(seed: int, theme: str = "space cats", rarity: Rarity = Rarity.COMMON) -> ArtBrief:
    return ArtBrief(bytes([seed]) * 32, check_theme(theme), "Turbo Cat", "TCAT", rarity)


def test_whatever_a_motif_names_can_be_drawn() -> None:
    assert set(HEROES) == set(LOOKS)
    assert set(PLACES) == set(SCENES) == set(PALETTES)
    assert set(OUTFITS) == set(DRAWN_OUTFITS)
    assert set(METALS) == set(Rarity)


@pytest.mark.parametrize(
    ("theme", "hero", "place"),
    [
        ("space cats", "cat", "space"),
        ("frogs in the snow", "frog", "ice"),
        ("pirate dogs", "dog", "sea"),
        ("🐼", "panda", None),
    ],
)
def test_the_theme_chooses_hero_and_place(theme: str, hero: str, place: str | None) -> None:
    motif = choose_motif(check_theme(theme), Draw(bytes(32)), Rarity.COMMON)
    assert motif.hero == hero
    assert place is None or motif.place == place


def test_a_legend_wears_a_crown() -> None:
    assert choose_motif(check_theme("space cats"), Draw(bytes(32)), Rarity.LEGENDARY).outfit == "crown"


@pytest.mark.parametrize("hero", HEROES)
def test_each_hero_fills_the_middle_of_the_picture(hero: str) -> None:
    canvas = Canvas.transparent((0, 0, 0))
    palette = PALETTES["candy"][0]
    outfit = OUTFITS[HEROES.index(hero) % len(OUTFITS)]
    draw_hero(
        Pen(canvas, 512, 425, 200, 0.0, palette.ink), Draw(bytes(32)), Motif(hero, "candy", outfit), palette
    )
    cover = canvas.image.getchannel("A")
    left, top, right, bottom = cover.getbbox() or (0, 0, 0, 0)
    assert right - left > 350
    assert bottom - top > 400
    assert cover.getpixel((512, 425)) == 255


@pytest.mark.parametrize("place", PLACES)
def test_each_place_is_painted_all_over(place: str) -> None:
    picture = paint_scene(place, Draw(bytes(32)), PALETTES[place][0]).image
    assert picture.size == (1024, 1024)
    # A place is more than a gradient: many colours, light and dark.
    low, high = picture.convert("L").getextrema()
    assert high - low > 90


@cache
def picture(seed: int, theme: str, style: str) -> Image.Image:
    """Drawn once for all tests that look at it."""
    return draw_picture(brief(seed, theme), style)


@pytest.mark.parametrize("style", STYLES)
def test_a_style_looks_as_it_always_did(style: str) -> None:
    """If this fails, a drawing changed: raise SOURCE, look at the pictures, then write the new hash here."""
    assert distance(dhash(picture(7, "space cats", style)), GOLDEN[style]) <= ALIKE


@pytest.mark.parametrize("style", STYLES)
def test_seeds_and_themes_give_pictures_that_differ(style: str) -> None:
    one = dhash(picture(7, "space cats", style))
    two = dhash(picture(2, "frogs in the snow", style))
    assert distance(one, two) > ALIKE


def test_seeds_choose_among_all_styles() -> None:
    assert {choose_style(bytes([index]) * 32) for index in range(100)} == set(STYLES)


def test_a_fingerprint_survives_scaling_and_sees_a_mirror_image() -> None:
    drawn = picture(7, "space cats", "mascot")
    small = drawn.resize((200, 200), Image.Resampling.BILINEAR)
    assert distance(dhash(drawn), dhash(small)) <= ALIKE
    assert distance(dhash(drawn), dhash(drawn.transpose(Image.Transpose.FLIP_LEFT_RIGHT))) > ALIKE
