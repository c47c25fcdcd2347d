"""The product through Telegram's wire: from the first line typed to coins on the chain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from bots.desk import Desk
from bots.telegram.surface import serve
from tests.fakes.installation import Home, installation
from tests.fakes.telegram import TOKEN, FakeTelegram


@asynccontextmanager
async def surface(home: Home, telegram: FakeTelegram) -> AsyncIterator[None]:
    stop = asyncio.Event()
    given = {"telegram_token": SecretStr(TOKEN), "telegram_api_base": telegram.base}
    settings = home.settings.model_copy(update=given)
    desk = Desk.of(home.app, "telegram")
    task = asyncio.create_task(serve(desk, settings, stop=stop, specs=home.app.specs))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)


async def test_launch_buy_sell_and_look(tmp_path: Path, telegram: FakeTelegram) -> None:
    ann, bob = telegram.user(1, "Ann <b>"), telegram.user(2, "Bob")
    group = telegram.group(-100, "Cats & Co")
    async with installation(tmp_path) as home, surface(home, telegram):
        # A box in the group: sealed, opened and launched in one message, with its picture.
        await telegram.say(ann, "/launch space cats", group)
        box = await telegram.shown(group, "sealed")
        assert box.photo is not None
        sealed_picture = box.photo
        await telegram.until(lambda: any("Launch" in words for words in box.labels))
        assert box.photo != sealed_picture
        await telegram.press(bob, box, "Launch")  # somebody else's button
        await telegram.until(lambda: telegram.alerts)
        await telegram.press(ann, box, "Launch")
        await telegram.until(lambda: any("Buy" in words for words in box.labels))
        assert telegram.messages(group) == [box]

        async def indexed() -> bool:
            async with home.app.store.read() as work:
                return bool(await work.coins.newest(1))

        await home.until(indexed)

        # Bob presses the coin's open button there: his own quote, which he confirms.
        await telegram.press(bob, box, "0.5")
        quote = await telegram.until(
            lambda: next((m for m in telegram.messages(group) if "Confirm buy" in m.labels), None)
        )
        await telegram.press(ann, quote, "Confirm buy")  # not hers
        await telegram.until(lambda: len(telegram.alerts) >= 4)
        await telegram.press(bob, quote, "Confirm buy")
        await telegram.until(lambda: "✅" in quote.text)

        async with home.app.store.read() as work:
            (coin,) = await work.coins.newest(5)
            account = await work.accounts.get("telegram", "2")
            assert account is not None
            wallet = await work.wallets.of_person(account.person_id)
            assert wallet is not None
        held = await home.app.chain.token_balance(wallet.address, coin.mint)
        assert held > 0

        # He sells it all in private, asking without arguments first.
        await telegram.say(bob, "/sell")
        await telegram.shown(bob, "1 of 2")
        await telegram.say(bob, f"${coin.ticker}")
        amount = await telegram.shown(bob, "2 of 2")
        await telegram.press(bob, amount, "100%")
        sale = await telegram.until(
            lambda: next((m for m in telegram.messages(bob) if "Confirm sale" in m.labels), None)
        )
        await telegram.press(bob, sale, "Confirm sale")
        await telegram.until(lambda: "✅" in sale.text)
        assert await home.app.chain.token_balance(wallet.address, coin.mint) == 0

        # What is his alone never shows in the group.
        await telegram.say(bob, "/wallet", group)
        await telegram.shown(bob, wallet.address)
        await telegram.shown(group, "I answered in our private chat")
        assert not any(wallet.address in m.text for m in telegram.messages(group))

        # Nonsense is answered with what to do.
        await telegram.say(bob, "/buy NOPE -1")
        await telegram.say(bob, "/lanch cats")
        await telegram.shown(bob, "/launch")
    assert not telegram.unconfirmed
