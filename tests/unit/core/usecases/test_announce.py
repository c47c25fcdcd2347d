"""Events become deliveries once each, with the look that their subject has now."""

from __future__ import annotations

from typing import Any

import pytest

from core.cards.box import box_card
from core.cards.coin import bought_card, coin_card, complete_card, graduated_card
from core.cards.links import Links
from core.cards.order import order_card
from core.cards.tokens import tokenized
from core.domain.money import Lamports
from core.ports.rows import Chat, Delivery, LiveMessage, StoredButton
from core.reply import Message, decode
from core.usecases.announce import Announce, Looks, Target
from core.usecases.open_box import MAX_REROLLS
from tests.fakes.house import PLATFORM, House, Process
from tests.fakes.installation import all_buttons, words
from tests.fakes.mortal import Fuse, Killed, MortalStore


def token(message: Message, target: Target, now: int) -> tuple[Message, list[StoredButton]]:
    return tokenized(
        message,
        platform=target.platform,
        user_id=target.user_id,
        chat_id=target.chat_id,
        subject=target.subject,
        now=now,
    )


def announcer(home: House, store: Any = None) -> Announce:
    looks = Looks(
        box=lambda box: box_card(box, MAX_REROLLS - box.rerolls),
        order=lambda order: order_card(order, Links("localnet", "http://127.0.0.1:1")),
        coin=coin_card,
        bought=bought_card,
        complete=complete_card,
        graduated=lambda coin, platform: graduated_card(coin),
        token=token,
    )
    return Announce(store or home.store, home.bell, home.clock, looks)


async def waiting(home: House) -> list[Delivery]:
    """What the surface would be given; taking it marks it done."""
    now = home.clock.now()
    async with home.store.begin() as work:
        found = await work.deliveries.claim(PLATFORM, "a surface", now, now + 30, 100)
        for delivery in found:
            await work.deliveries.done(delivery.id)
    return found


async def bought(home: House, process: Process, chat: str | None = None) -> str:
    """The subject of a purchase that landed."""
    order = await process.quotes.buy(home.mint, Lamports(10**9), await home.asker("ann", chat))
    await process.orders.confirm(order.id, order.person_id, "a press")
    await process.keeper.round()
    return f"order:{order.id}"


async def test_a_box_shows_its_progress_and_then_opens_in_its_message(home: House, process: Process) -> None:
    box = await process.boxes.seal("space cats", await home.asker("ann", "group"))
    await process.prepare.next()
    assert await announcer(home).next() == 4
    (delivery,) = await waiting(home)  # of four looks of one message only the newest is worth showing
    assert (delivery.kind, delivery.subject, delivery.visibility) == ("result", f"box:{box.id}", "public")
    assert (delivery.chat_id, delivery.user_id) == ("group", "ann")
    card = decode(delivery.message)
    assert card.data["box"]["state"] == "opened"
    tokens = [button.token for button in all_buttons(card)]
    async with home.store.read() as work:
        stored = [await work.buttons.get(token or "") for token in tokens]
    assert [button and button.command for button in stored] == ["box_launch", "box_reroll", "box_cancel"]
    assert {button and button.user_id for button in stored} == {"ann"}


async def test_nothing_is_announced_twice(home: House, process: Process) -> None:
    await bought(home, process)
    first, second = announcer(home), announcer(home)
    await first.next()
    await second.next()
    await announcer(home).next()
    assert len(await waiting(home)) == 1
    assert await announcer(home).next() == 0


async def test_killed_at_any_step_everything_is_announced_once(home: House, process: Process) -> None:
    for step in range(8):
        subject = await bought(home, process)
        fuse = Fuse(step)
        try:
            await announcer(home, MortalStore(home.store, fuse)).next()
        except Killed:
            await announcer(home).next()
        assert [delivery.subject for delivery in await waiting(home)] == [subject]


@pytest.mark.parametrize(("chat", "visibility"), [(None, "quiet"), ("group", "quiet")])
async def test_a_purchase_is_its_buyers_business(
    home: House, process: Process, chat: str | None, visibility: str
) -> None:
    await bought(home, process, chat)
    await announcer(home).next()
    (delivery,) = await waiting(home)
    assert (delivery.visibility, delivery.chat_id) == (visibility, chat)


async def test_a_launch_is_shown_where_its_box_was_and_to_all(home: House, process: Process) -> None:
    box = await process.boxes.seal("space cats", await home.asker("ann", "group"))
    await process.prepare.next()
    await announcer(home).next()
    await waiting(home)
    order = await process.launch(box.id, await home.asker("ann"))  # pressed in private, after it moved there
    await home.index(order.mint)
    await process.keeper.round()
    await announcer(home).next()
    (delivery,) = await waiting(home)
    assert (delivery.subject, delivery.chat_id, delivery.visibility) == (f"box:{box.id}", "group", "public")
    assert "is live" in words(decode(delivery.message))


async def test_a_coins_news_go_to_the_chat_that_launched_it_and_nowhere_else(
    home: House, process: Process
) -> None:
    box = await process.boxes.seal("space cats", await home.asker("ann", "group"))
    await process.prepare.next()
    told = {
        "mint": home.mint,
        "lamports": 10**9,
        "atoms": 10**12,
        "trader": "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin",
    }
    async with home.store.begin() as work:
        await work.events.add("coin.bought", told, 1)  # a coin without a chat of ours: nobody hears of it
    await announcer(home).next()
    await waiting(home)
    async with home.store.begin() as work:
        await work.boxes.update(box.id, ("opened",), state="launched", mint=home.mint)
        await work.events.add("coin.bought", told, 1)
        await work.events.add("coin.complete", {"mint": home.mint}, 1)
        await work.events.add("coin.graduated", {"mint": home.mint}, 1)
        await work.events.add("coin.launched", {"mint": home.mint}, 1)
    await announcer(home).next()
    news = await waiting(home)
    assert [(d.kind, d.chat_id) for d in news] == [("notice", "group")] * 3
    assert "is on Raydium" in words(decode(news[-1].message))


async def launched_in_a_chat_with_a_home(home: House, process: Process) -> None:
    box = await process.boxes.seal("space cats", await home.asker("ann", "group"))
    async with home.store.begin() as work:
        await work.chats.ensure(Chat(PLATFORM, "group", "group", "Cats"))
        await work.chats.set_home(PLATFORM, "group", "here")
        await work.boxes.update(box.id, ("sealed",), state="launched", mint=home.mint)
        await work.events.add("coin.launched", {"mint": home.mint}, 1)
    await announcer(home).next()


async def test_a_coin_gets_a_thread_where_its_chat_wants_that(home: House, process: Process) -> None:
    await launched_in_a_chat_with_a_home(home, process)
    (begins,) = [d for d in await waiting(home) if d.kind == "home"]
    assert (begins.chat_id, begins.thread_id, begins.subject) == ("group", "here", f"home:{home.mint}")
    assert "(CATS)" in words(decode(begins.message)).replace("$", "")


async def test_a_coins_news_go_to_its_thread_and_the_end_of_its_curve_to_the_chat_too(
    home: House, process: Process
) -> None:
    await launched_in_a_chat_with_a_home(home, process)
    await waiting(home)
    told = {"mint": home.mint, "lamports": 10**9, "atoms": 10**12, "trader": home.mint}
    async with home.store.begin() as work:
        shown = LiveMessage(f"home:{home.mint}", PLATFORM, "forum", "thread 7", "m1", None)
        await work.messages.record(shown)
        await work.events.add("coin.bought", told, 1)
        await work.events.add("coin.complete", {"mint": home.mint}, 1)
    await announcer(home).next()
    news = [(d.chat_id, d.thread_id) for d in await waiting(home) if d.kind == "notice"]
    assert news == [("forum", "thread 7"), ("forum", "thread 7"), ("group", None)]
