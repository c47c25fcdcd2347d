"""The product behind the surface: a coin is launched, bought and sold in a Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from bots.desk import Desk
from bots.discord import surface
from tests.fakes.discord import TOKEN, FakeDiscord, buttons, text
from tests.fakes.discord_world import FORUM, Message
from tests.fakes.installation import Home, installation

MANAGE_SERVER = 1 << 5


@asynccontextmanager
async def bot(home: Home, discord: FakeDiscord) -> AsyncIterator[None]:
    stop = asyncio.Event()
    given = {"discord_token": SecretStr(TOKEN), "discord_api_base": discord.api}
    settings = home.settings.model_copy(update=given)
    desk = Desk.of(home.app, "discord")
    task = asyncio.create_task(surface.serve(desk, settings, stop=stop, specs=home.app.specs))
    await discord.gateway.connected()
    try:
        yield
    finally:
        stop.set()
        await task


async def indexed(home: Home) -> bool:
    async with home.app.store.read() as work:
        return bool(await work.coins.newest(1))


def labels(message: Message) -> list[str]:
    return [b["label"] for b in buttons(message)]


async def test_a_coin_is_launched_bought_and_sold(tmp_path: Path, discord: FakeDiscord) -> None:
    async with installation(tmp_path) as home, bot(home, discord):
        ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()

        # One message of Ann's is the sealed box, then the opened one, then the coin.
        asked = await discord.answered(await discord.slash(ann, room, "launch", theme="space cats"))
        assert "sealed" in text(asked.message)
        await discord.until(lambda: "Launch" in labels(asked.message))
        assert asked.message.files

        # Her buttons are hers: Bob is told so, and nobody else hears of it.
        foreign = await discord.answered(await discord.press(bob, asked.message, "Launch"))
        assert foreign.message in discord.seen_by(bob, room)
        assert foreign.message not in discord.seen_by(ann, room)
        assert "Launch" in labels(asked.message)

        await discord.answered(await discord.press(ann, asked.message, "Launch"))
        await discord.until(lambda: "is live" in text(asked.message))
        assert len(discord.seen_by(ann, room)) == 1

        await home.until(lambda: indexed(home))

        # Bob finds it by typing, and buys from its card. What he pays is nobody else's business.
        typed = await discord.answered(await discord.typing(bob, room, "coin", "coin", ""))
        assert typed.choices is not None
        mint = typed.choices[0]["value"]
        card = await discord.answered(await discord.slash(bob, room, "coin", coin=mint))
        quote = await discord.answered(await discord.press(bob, card.message, "Buy 0.1"))
        await discord.answered(await discord.press(bob, quote.message, "Confirm buy"))
        await discord.until(lambda: "Bought" in text(quote.message))
        assert quote.message in discord.seen_by(bob, room)
        assert quote.message not in discord.seen_by(ann, room)

        sale = await discord.answered(await discord.slash(bob, room, "sell", coin=mint, amount="100%"))
        await discord.answered(await discord.press(bob, sale.message, "Confirm sale"))
        await discord.until(lambda: "Sold" in text(sale.message))

        # The room saw the coin being launched and looked at, and nothing of anybody's money.
        seen = [text(m).splitlines()[0] for m in discord.seen_by(discord.user("eve"), room)]
        assert len(seen) == 2


async def test_a_form_of_the_product_is_a_modal(tmp_path: Path, discord: FakeDiscord) -> None:
    async with installation(tmp_path) as home, bot(home, discord):
        ann = discord.user("ann")
        chat = discord.dm(ann)
        wallet = await discord.answered(await discord.slash(ann, chat, "wallet"))
        asked = await discord.answered(await discord.press(ann, wallet.message, "Withdraw"))
        assert asked.modal is not None
        refused = await discord.answered(await discord.submit(asked, address="nowhere", sol="lots"))
        assert "address" in text(refused.message).lower()
        again = await discord.answered(await discord.press(ann, refused.message, "Fill in again"))
        assert again.modal is not None
        typed = {c["component"]["custom_id"]: c["component"]["value"] for c in again.modal["components"]}
        assert typed == {"address": "nowhere", "sol": "lots"}


async def test_a_coin_gets_its_thread_where_the_managers_want_it(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    async with installation(tmp_path) as home, bot(home, discord):
        ann, mod, room = discord.user("ann"), discord.user("mod"), discord.room()
        forum = discord.beside(room, "coins", FORUM)
        mod.permissions = MANAGE_SERVER

        refused = await discord.answered(await discord.slash(ann, room, "home", place=f"<#{forum.id}>"))
        assert refused.message in discord.seen_by(ann, room)
        await discord.answered(await discord.slash(mod, room, "home", place=f"<#{forum.id}>"))

        asked = await discord.answered(await discord.slash(ann, room, "launch", theme="space cats"))
        await discord.until(lambda: "Launch" in labels(asked.message))
        await discord.answered(await discord.press(ann, asked.message, "Launch"))
        await discord.until(lambda: any(c.parent is forum for c in discord.channels.values()))
        (post,) = [c for c in discord.channels.values() if c.parent is forum]
        assert "Market cap" in text(post.messages[0])

        # Bob buys from the card in the thread, and nobody there sees his quote.
        bob = discord.user("bob")
        quote = await discord.answered(await discord.press(bob, post.messages[0], "Buy 0.1"))
        assert quote.message in discord.seen_by(bob, post)
        assert quote.message not in discord.seen_by(ann, post)
