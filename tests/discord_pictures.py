"""Looks at Discord's cards as people see them: `python -m tests.discord_pictures FOLDER [CARD...]`.

simcord's preview draws what the bot sends in a browser. That needs `pip install "simcord[screenshot]"` and
Debian's chromium (or CHROMIUM=path); neither is among the development requirements. A card is a name of
tests/surfaces/cards.py, `modal-` before it draws its form; without names all cards are drawn. `--docs` instead
of all this makes the pictures of docs/discord.md.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import simcord
from PIL import Image
from playwright.async_api import FloatRect, async_playwright

from bots.discord.answer import SHOW_MODAL
from bots.discord.forms import modal
from bots.discord.render import render
from bots.discord.wire import Wire
from core.adapters.ai.offline_namer import OfflineNamer
from core.adapters.ai.procedural_art import ProceduralRenderer
from core.domain import box
from core.domain.theme import check_theme
from core.ports.renderer import ArtBrief
from core.reply import Form, Message
from tests.surfaces.cards import CARDS, write_pictures

ROOT = Path(__file__).parents[1]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
DOCS = {"discord-box": ("box-opened",), "discord-trade": ("coin", "buy-quoted", "buy-landed")}
WIDTH, HEIGHT, MARGIN = 640, 4_000, 12


async def art() -> bytes:
    """A coin's picture of the product's own, instead of the squares of the tests."""

    async def free(name: str, ticker: str) -> bool:
        return False

    seed, theme = box.derive(bytes([7]) * 32, "sheet"), check_theme("space cats")
    proposal = await OfflineNamer().propose(theme, seed, free)
    brief = ArtBrief(seed, theme, proposal.name, proposal.ticker, box.rarity(seed))
    return (await ProceduralRenderer().render(brief)).image


def placed(card: Message, folder: Path) -> Message:
    media = card.media
    return card if media is None else replace(card, media=replace(media, path=str(folder / media.path)))


class Bot(discord.Client):
    """Answers every press with the form of the card, as the surface does where it has one."""

    form: Form | None = None

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        assert self.form is not None, "only forms are pressed"
        await Wire(self).respond(
            str(interaction.id), interaction.token, SHOW_MODAL, modal(self.form, "en-US")
        )


async def draw(names: Sequence[str], files: Path) -> bytes:
    """One picture of these cards below each other; `modal-x` is the form of the card x."""
    client = Bot(intents=discord.Intents(guilds=True))
    async with simcord.run(client) as env, async_playwright() as player:
        env.backend.bot_user.name = "pumpbox"
        guild = env.create_guild()
        room, ann = guild.create_text_channel("general"), guild.add_member(env.create_user("ann"))
        for number, name in enumerate(names):
            card = CARDS[name.removeprefix("modal-")]
            client.form = card.form
            await Wire(client).post(str(room.id), render(placed(card, files), "en-US"), f"n{number}")
        async with env.preview(room, viewers=[ann], layout="channel", width=WIDTH, height=HEIGHT) as preview:
            browser = await player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            await page.goto(preview.url)
            await page.get_by_text("Viewport updated").wait_for()
            await page.wait_for_load_state("networkidle")
            if names[0].startswith("modal-"):
                await page.set_viewport_size({"width": WIDTH, "height": 700})
                await page.get_by_role("button", name="Fill in").click()
                picture = await page.get_by_role("dialog").screenshot()
            else:
                boxes = [await each.bounding_box() for each in await page.locator("article").all()]
                seen = [box for box in boxes if box is not None]
                top = min(box["y"] for box in seen) - MARGIN
                bottom = max(box["y"] + box["height"] for box in seen) + MARGIN
                clip: FloatRect = {"x": 0, "y": top, "width": WIDTH, "height": bottom - top}
                picture = await page.screenshot(clip=clip)
            await browser.close()
    return picture


async def main(pictures: Mapping[str, Sequence[str]], folder: Path, kind: str) -> None:
    """pictures: a file's name to the cards in it."""
    drawn = Image.open(io.BytesIO(await art())).convert("RGB")
    with tempfile.TemporaryDirectory() as kept:
        files = Path(kept)
        write_pictures(files)
        for card in CARDS.values():
            if card.media is not None:
                drawn.save(files / card.media.path, quality=90)
        for name, cards in pictures.items():
            shown = Image.open(io.BytesIO(await draw(cards, files)))
            shown.convert("RGB").save(folder / f"{name}.{kind}", quality=80, method=6)


if __name__ == "__main__":
    if sys.argv[1:] == ["--docs"]:
        asyncio.run(main(DOCS, ROOT / "docs" / "images", "webp"))
    else:
        names = sys.argv[2:] or list(CARDS)
        asyncio.run(main({name: (name,) for name in names}, Path(sys.argv[1]), "png"))
