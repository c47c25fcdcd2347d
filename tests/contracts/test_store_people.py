"""Who talks to us, where, with which button: accounts, chats, wallets, inbox, buttons, live messages."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.adapters.db.store import SqlStore
from core.ports.rows import Chat, InboxItem
from tests.fakes.rows import a_box, a_button, a_delivery, a_message, a_person, a_wallet, an_order


async def test_an_account_gets_a_person_of_its_own_once(store: SqlStore) -> None:
    async with store.begin() as work:
        assert await work.accounts.get("telegram", "7") is None
        first = await work.accounts.ensure("telegram", "7", "Ann", "en")
        same_number = await work.accounts.ensure("discord", "7", "Bob", None)
    async with store.begin() as work:
        renamed = await work.accounts.ensure("telegram", "7", "Anna", "de")
        unsaid = await work.accounts.ensure("telegram", "7", "Anna", None)
    assert renamed == replace(first, name="Anna", locale="de")
    assert unsaid == renamed  # a platform that says no language doesn't take one away
    assert same_number.person_id != first.person_id
    async with store.read() as work:
        assert await work.accounts.get("telegram", "7") == renamed
        assert await work.accounts.of_person(first.person_id) == [renamed]
        assert await work.accounts.of_person("nobody") == []


async def test_two_first_messages_at_once_are_one_person(store: SqlStore, other_store: SqlStore) -> None:
    async def arrive(mine: SqlStore) -> str:
        async with mine.begin() as work:
            return await a_person(work, "7")

    found = await asyncio.gather(*(arrive(each) for each in (store, other_store) for _ in range(4)))
    assert len(set(found)) == 1


async def test_a_hostile_name_is_kept_as_far_as_it_is_text(store: SqlStore) -> None:
    name = "a\x00b\ud800c '; DROP TABLE accounts; -- \u202e\U0001f408" + "x" * 5_000
    async with store.begin() as work:
        given = await work.accounts.ensure("terminal", "7", name, None)
    async with store.begin() as work:
        assert await work.accounts.get("terminal", "7") == given
        assert await work.accounts.ensure("terminal", "7", name, None) == given
    assert given.name == name.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")


async def test_a_chat_is_brought_up_to_date(store: SqlStore) -> None:
    chat = Chat("telegram", "-1", "group", "Cats", locale="de")
    async with store.begin() as work:
        assert await work.chats.ensure(chat) == chat
        await work.chats.set_active("telegram", "-1", False)
    async with store.read() as work:
        assert await work.chats.get("telegram", "-1") == replace(chat, active=False)
        assert await work.chats.get("discord", "-1") is None
    async with store.begin() as work:
        renamed = await work.chats.ensure(replace(chat, title="Space Cats", locale=None))
    assert renamed == replace(chat, title="Space Cats")


async def test_where_a_chats_coins_are_at_home_stays_until_it_is_changed(store: SqlStore) -> None:
    chat = Chat("telegram", "-1", "group", "Cats")
    async with store.begin() as work:
        await work.chats.ensure(chat)
        await work.chats.set_home("telegram", "-1", "here")
        await work.chats.set_home("telegram", "-2", "here")  # no such chat
    async with store.begin() as work:
        assert (await work.chats.ensure(replace(chat, title="Space Cats"))).home == "here"
        assert await work.chats.get("telegram", "-2") is None
        await work.chats.set_home("telegram", "-1", None)
    async with store.read() as work:
        assert await work.chats.get("telegram", "-1") == replace(chat, title="Space Cats")


async def test_a_chat_moves_with_all_that_names_it(store: SqlStore) -> None:
    async with store.begin() as work:
        person = await a_person(work)
        await work.chats.ensure(Chat("terminal", "old", "group", "Cats"))
        await work.buttons.add(
            [a_button("t1", chat_id="old"), a_button("t2", chat_id="old", platform="discord")]
        )
        await work.messages.record(a_message("m1", chat_id="old"))
        await work.boxes.add(a_box("b1", person, chat_id="old"))
        await work.orders.add(an_order("o1", person, chat_id="old"))
        await work.deliveries.add([a_delivery("d1", chat_id="old")])
    async with store.begin() as work:
        await work.chats.migrate("terminal", "old", "new")
    async with store.begin() as work:
        assert await work.chats.get("terminal", "old") is None
        moved = [
            await work.chats.get("terminal", "new"),
            await work.buttons.get("t1"),
            *await work.messages.of_subject("terminal", "box:1"),
            await work.boxes.get("b1"),
            await work.orders.get("o1"),
            *await work.deliveries.claim("terminal", "me", 1, 2, 10),
        ]
        assert [each and each.chat_id for each in moved] == ["new"] * 6
        elsewhere = await work.buttons.get("t2")
        assert elsewhere is not None
        assert elsewhere.chat_id == "old"


async def test_a_chat_moves_onto_one_that_is_known(store: SqlStore) -> None:
    """The platform's first message from the new chat can come before the news of the move."""
    async with store.begin() as work:
        await work.chats.ensure(Chat("terminal", "old", "group", "before"))
        await work.chats.ensure(Chat("terminal", "new", "group", "after"))
        await work.messages.record(a_message("1", chat_id="old", subject="old subject"))
        await work.messages.record(a_message("1", chat_id="new", subject="new subject"))
        await work.chats.migrate("terminal", "old", "new")
        chat = await work.chats.get("terminal", "new")
        assert chat is not None
        assert chat.title == "after"
        assert await work.messages.of_subject("terminal", "old subject") == []
        assert len(await work.messages.of_subject("terminal", "new subject")) == 1


async def test_a_wallet_is_found_by_its_person(store: SqlStore) -> None:
    async with store.begin() as work:
        wallet = a_wallet(await a_person(work))
        assert await work.wallets.of_person(wallet.person_id) is None
        await work.wallets.add(wallet)
        await work.wallets.mark_funded(wallet.address)
    async with store.read() as work:
        funded = replace(wallet, funded=True)
        assert await work.wallets.of_person(wallet.person_id) == funded


async def test_two_who_make_the_first_wallet_make_one(store: SqlStore, other_store: SqlStore) -> None:
    async with store.begin() as work:
        person = await a_person(work)

    async def make(mine: SqlStore, address: str) -> str:
        async with mine.begin() as work:
            wallet = await work.wallets.of_person(person)
            if wallet is None:
                wallet = a_wallet(person, address=address)
                await work.wallets.add(wallet)
            return wallet.address

    made = await asyncio.gather(*(make(each, f"w{n}") for n, each in enumerate([store, other_store] * 3)))
    assert len(set(made)) == 1


def _event(event_id: str, received_at: int = 1, platform: str = "telegram") -> InboxItem:
    return InboxItem(platform, event_id, {"text": f"/buy {event_id}"}, received_at)


async def test_an_event_comes_in_once(store: SqlStore) -> None:
    one, two, three = _event("1", 5), _event("2", 6), _event("3", 4)
    async with store.begin() as work:
        assert await work.inbox.put([]) == []
        assert await work.inbox.put([one, two, one]) == [one, two]
    async with store.begin() as work:
        again = replace(one, payload={"text": "something else"})
        assert await work.inbox.put([again, three, _event("1", platform="discord")]) == [
            three,
            _event("1", platform="discord"),
        ]
        assert await work.inbox.pending("telegram") == [three, one, two]
        await work.inbox.done("telegram", ["1"], 9)
    async with store.begin() as work:
        assert await work.inbox.pending("telegram") == [three, two]
        assert await work.inbox.put([one]) == []  # also after it was handled


async def test_a_payload_comes_back_to_the_bit(store: SqlStore) -> None:
    payload = {
        "id": 2**64 - 1,
        "huge": 10**40,
        "text": "\x00\ud800🐈:1",
        "list": [None, True, 0.1],
        "ключ": {},
    }
    async with store.begin() as work:
        await work.inbox.put([InboxItem("telegram", "1", payload, 1)])
    async with store.read() as work:
        assert [item.payload for item in await work.inbox.pending("telegram")] == [payload]


async def test_an_action_button_serves_one_event(store: SqlStore) -> None:
    async with store.begin() as work:
        await work.buttons.add([])
        await work.buttons.add([a_button("action"), a_button("card", open=True, user_id=None, chat_id=None)])
        assert await work.buttons.get("action") == a_button("action")
        assert await work.buttons.get("forged") is None
        assert await work.buttons.use("forged", "e1") is None
    used = a_button("action", used_by="e1")
    async with store.begin() as work:
        assert await work.buttons.use("action", "e1") == used
        assert await work.buttons.use("action", "e2") is None
        assert await work.buttons.use("action", "e1") == used
        assert await work.buttons.use("card", "e1") is None  # not an action: nothing to use up
    async with store.read() as work:
        assert await work.buttons.get("action") == used


async def test_a_double_press_is_used_once(store: SqlStore, other_store: SqlStore) -> None:
    async with store.begin() as work:
        await work.buttons.add([a_button("action")])

    async def press(mine: SqlStore, event_id: str) -> bool:
        async with mine.begin() as work:
            return await work.buttons.use("action", event_id) is not None

    served = await asyncio.gather(*(press(each, f"e{n}") for n, each in enumerate([store, other_store] * 4)))
    assert served.count(True) == 1


async def test_a_live_message_never_goes_back(store: SqlStore) -> None:
    message = a_message("m1", handle={"token": "abc"}, cause="e1")
    private = a_message("m1", chat_id=None)
    async with store.begin() as work:
        await work.messages.record(message)
        await work.messages.record(private)
        assert await work.messages.of_subject("terminal", "box:1") == [private, message]
        assert await work.messages.shown(message, 5)
        assert not await work.messages.shown(message, 5)
        assert not await work.messages.shown(message, 4)
        assert await work.messages.shown(message, 6)
        assert await work.messages.shown(private, 1)
        assert not await work.messages.shown(a_message("unknown"), 1)
    async with store.begin() as work:
        assert await work.messages.of_subject("terminal", "box:1") == [
            replace(private, version=1),
            replace(message, version=6),
        ]
        await work.messages.record(replace(message, subject="box:2", handle=None))
        await work.messages.forget("terminal", None, "m1")
        assert await work.messages.of_subject("terminal", "box:1") == []
        assert await work.messages.of_subject("terminal", "box:2") == [
            replace(message, subject="box:2", handle=None)
        ]
