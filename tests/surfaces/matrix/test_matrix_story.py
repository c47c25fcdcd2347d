"""The product through Matrix's wire: from the first invitation to coins on the chain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from bots.desk import Desk
from bots.matrix.surface import serve
from tests.fakes.installation import Home, installation
from tests.fakes.matrix import FakeMatrix
from tests.fakes.matrix_people import Person, RealHomeserver


@asynccontextmanager
async def surface(home: Home, base: str, bot: Person) -> AsyncIterator[None]:
    stop = asyncio.Event()
    given = {"matrix_token": SecretStr(bot.token), "matrix_homeserver": base}
    settings = home.settings.model_copy(update=given)
    desk = Desk.of(home.app, "matrix")
    task = asyncio.create_task(serve(desk, settings, stop=stop, specs=home.app.specs))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)


async def test_launch_buy_sell_and_look(tmp_path: Path, server: FakeMatrix | RealHomeserver) -> None:
    ann, bob, pumpbot = [await server.person(name) for name in ("ann", "bob", "pumpbot")]
    bot = pumpbot.id
    async with installation(tmp_path) as home, surface(home, server.base, pumpbot):
        group = await ann.room(bot, bob.id)
        await bob.join(group)
        await ann.sees(group, "Launch coins and trade them")

        # A box in the group: sealed, opened and launched in one message, with its picture.
        await ann.say(group, "!launch space cats")
        sealed = await ann.sees(group, "sealed")
        opened = await ann.sees(group, "] Launch")
        assert opened.event_id == sealed.event_id
        assert opened.content["url"] != sealed.content["url"]
        await bob.sees(group, "] Launch")
        await bob.tap(group, opened, opened.number("Launch"))  # somebody else's button
        await bob.sees(group, "belongs to somebody else")
        await ann.tap(group, opened, opened.number("Launch"))
        live = await ann.sees(group, "is live")
        assert live.event_id == sealed.event_id

        async def indexed() -> bool:
            async with home.app.store.read() as work:
                return bool(await work.coins.newest(1))

        await home.until(indexed)

        # Bob chooses from the coin's card: his own quote, which he confirms.
        await bob.sees(group, "is live")
        await bob.say(group, live.number("Buy 0.5"), live)
        quote = await bob.sees(group, "Confirm buy")
        assert "For bob" in quote.text
        await ann.sees(group, "Confirm buy")
        await ann.tap(group, quote, quote.number("Confirm buy"))  # not hers
        await ann.sees(group, "For ann")
        await bob.tap(group, quote, quote.number("Confirm buy"))
        bought = await bob.sees(group, "✅ Bought")
        assert bought.event_id == quote.event_id

        async with home.app.store.read() as work:
            (coin,) = await work.coins.newest(5)
            account = await work.accounts.get("matrix", bob.id)
            assert account is not None
            wallet = await work.wallets.of_person(account.person_id)
            assert wallet is not None
        assert await home.app.chain.token_balance(wallet.address, coin.mint) > 0

        # What is his alone never shows in the group: first he is told the way, then he has a private chat.
        await bob.say(group, "!wallet")
        await bob.sees(group, f"https://matrix.to/#/{bot}")
        chat = await bob.room(bot, direct=True)
        await bob.sees(chat, "Launch coins and trade them")
        await bob.say(group, "!wallet")
        await bob.sees(chat, wallet.address)
        await bob.sees(group, "I answered in our private chat")
        assert not any(wallet.address in m.text for m in bob.shown(group))

        # He sells it all there, asking without arguments first.
        await bob.say(chat, "sell")
        await bob.sees(chat, "with both")
        await bob.say(chat, f"{coin.ticker} 100%")
        sale = await bob.sees(chat, "Confirm sale")
        await bob.say(chat, sale.number("Confirm sale"))
        assert (await bob.sees(chat, "✅ Sold")).event_id == sale.event_id
        assert await home.app.chain.token_balance(wallet.address, coin.mint) == 0

        # Nonsense is answered with what to do.
        await bob.say(chat, "!buy NOPE -1")
        await bob.sees(chat, "That is not an amount")
        await bob.say(chat, "!lanch cats")
        await bob.sees(chat, "!launch")
