"""What goes wrong between us and a homeserver, and what people see of it: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from pydantic import SecretStr

from bots.matrix import sync
from bots.matrix.surface import Surface, serve
from bots.matrix.wire import Homeserver, MatrixRefused
from core.ports.ids import reference
from core.ports.rows import Chat, InboxItem, LiveMessage
from core.reply import Reply
from core.settings import Settings
from tests.fakes.matrix import FakeMatrix
from tests.fakes.matrix_people import Person
from tests.surfaces.matrix.conftest import SPECS, Running, buttons, card


async def test_what_was_said_while_we_were_away_is_answered_once(running: Running, ann: Person) -> None:
    running.core.on("/help", Reply(card("Helped")))
    running.core.on("/wallet", Reply(card("Wallet")))
    async with running.process():
        chat = await running.chat(ann)
        await ann.say(chat, "help")
        await ann.sees(chat, "Helped")
    await ann.say(chat, "wallet")
    async with running.process():
        await ann.sees(chat, "Wallet")
    assert running.core.lines == ["/help", "/wallet"]


async def test_a_sync_that_comes_twice_is_answered_once(running: Running, ann: Person) -> None:
    running.core.on("/help", Reply(card("Helped")))
    running.core.on("/wallet", Reply(card("Wallet")))
    cursor = f"matrix-sync:{running.bot}"
    async with running.process():
        chat = await running.chat(ann)
        async with running.store.read() as work:
            early = await work.cursors.get(cursor)
        await ann.say(chat, "help")
        await ann.sees(chat, "Helped")
    assert early is not None
    async with running.store.begin() as work:
        await work.cursors.set(cursor, early)  # as after a kill between the inbox and the cursor
    async with running.process():
        await ann.say(chat, "wallet")
        await ann.sees(chat, "Wallet")
    assert running.core.lines == ["/help", "/wallet"]


async def test_an_answer_that_was_sent_before_a_kill_is_not_doubled(
    running: Running, ann: Person, http: aiohttp.ClientSession
) -> None:
    running.core.on("/help", Reply(card("Helped")))
    async with running.process():
        chat = await running.chat(ann)
        said = await ann.say(chat, "help")
        await ann.sees(chat, "Helped")
    event = await ann.call("GET", f"rooms/{quote(chat)}/event/{quote(said)}")
    again = await Surface.connected(running.desk, Homeserver(http, running.base, running.token), SPECS)
    await again.handle(InboxItem("matrix", said, {"room": chat, "event": event}, 0))
    await ann.sync()
    assert running.core.lines == ["/help", "/help"], "handled twice"
    assert len([m for m in ann.shown(chat) if "Helped" in m.text]) == 1, "and seen once"


async def test_what_was_said_before_we_ever_came_is_not_for_us(
    running: Running, ann: Person, homeserver: FakeMatrix
) -> None:
    pumpbot = await homeserver.person("pumpbot")
    old = await ann.room(running.bot)
    await pumpbot.join(old)
    await ann.say(old, "!buy CATS 1")
    new = await ann.room(running.bot)
    await ann.say(new, "!buy CATS 2")
    running.core.on("/help", Reply(card("Helped")))
    async with running.process():
        await ann.sees(new, "Welcome")
        for room in (old, new):
            await ann.say(room, "!help")
            await ann.sees(room, "Helped")
    assert running.core.lines == ["/help", "/help"]


async def test_a_sync_that_leaves_out_messages_is_filled_up(
    running: Running, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "FILTER", sync.FILTER.replace(f'"limit": {sync.PAGE}', '"limit": 2'))
    monkeypatch.setattr(sync, "PAGE", 3)
    running.core.on("/help", Reply(card("Helped")))
    async with running.process():
        chat = await running.chat(ann)
    for _ in range(9):
        await ann.say(chat, "help")
    async with running.process():
        await ann.until(lambda: len([m for m in ann.shown(chat) if "Helped" in m.text]) == 9)
    assert running.core.lines == ["/help"] * 9


async def test_a_limit_is_waited_out_and_extras_are_left_out(
    running: Running, ann: Person, homeserver: FakeMatrix
) -> None:
    running.core.on("/help", Reply(card("Card", buttons=buttons(("Go", "go")))))
    async with running.process():
        chat = await running.chat(ann)
        homeserver.fail("/send/m.room.message", 429, "M_LIMIT_EXCEEDED", times=2, retry_after_ms=1)
        await ann.say(chat, "help")
        await ann.sees(chat, "Card")
        running.core.on("/wallet", Reply(card("Wallet")))
        await ann.say(chat, "wallet")
        await ann.sees(chat, "Wallet")
    assert running.core.lines == ["/help", "/wallet"], "asked once, however often it was sent"
    assert not any("m.reaction" in path for method, path in homeserver.calls if method == "PUT")


async def test_a_delivery_is_tried_again_when_the_homeserver_says(
    running: Running, ann: Person, homeserver: FakeMatrix
) -> None:
    async with running.process():
        group = await running.group(ann)
        homeserver.fail("/send/m.room.message", 502, "M_UNKNOWN", retry_after_ms=1)
        await running.deliver(card("News"), chat_id=group)
        await ann.sees(group, "News")
    assert len([m for m in ann.shown(group) if "News" in m.text]) == 1


async def test_a_result_whose_message_was_redacted_is_sent_anew(running: Running, ann: Person) -> None:
    running.core.on("/help", Reply(card("Working"), subject="order:1"))
    async with running.process():
        group = await running.group(ann)
        await ann.say(group, "!help")
        working = await ann.sees(group, "Working")
        await ann.redact(group, working.event_id)
        await running.deliver(card("Done"), chat_id=group, user_id=ann.id, subject="order:1", kind="result")
        done = await ann.sees(group, "Done")
    assert done.event_id != working.event_id


async def test_a_result_is_edited_into_its_message_after_a_restart(running: Running, ann: Person) -> None:
    running.core.on("/help", Reply(card("Working"), subject="order:1"))
    async with running.process():
        chat = await running.chat(ann)
        await ann.say(chat, "help")
        working = await ann.sees(chat, "Working")
    async with running.process():
        row: dict[str, Any] = {"user_id": ann.id, "subject": "order:1", "visibility": "private"}
        await running.deliver(card("Done"), kind="result", **row)
        assert (await ann.sees(chat, "Done")).event_id == working.event_id


async def test_a_room_that_threw_us_out_is_told_nothing_more(running: Running, ann: Person) -> None:
    running.core.on("/help", Reply(card("Helped")))
    async with running.process():
        group, chat = await running.group(ann), await running.chat(ann)
        async with running.store.begin() as work:
            await work.chats.ensure(Chat("matrix", group, "group", "Cats"))
        await ann.do(group, "kick", user_id=running.bot)
        await running.deliver(card("News"), chat_id=group)
        await ann.say(chat, "help")
        await ann.sees(chat, "Helped")

        async def closed() -> bool:
            async with running.store.read() as work:
                known = await work.chats.get("matrix", group)
            return known is not None and not known.active and not await running.open_deliveries()

        await _until(closed)


async def test_a_result_of_a_room_that_threw_us_out_is_told_in_private(running: Running, ann: Person) -> None:
    running.core.on("/help", Reply(card("A quote"), subject="order:1"))
    async with running.process():
        chat = await running.chat(ann)
        group = await running.group(ann)
        await ann.say(group, "!help")
        await ann.sees(group, "A quote")
        await ann.do(group, "kick", user_id=running.bot)
        await running.deliver(card("Bought"), kind="result", subject="order:1", chat_id=group, user_id=ann.id)
        await ann.sees(chat, "Bought")


async def test_what_is_private_is_pointed_at_and_never_edited_into_a_group(
    running: Running, ann: Person
) -> None:
    """Who has no private chat with us is told the way, each time."""
    async with running.process():
        group = await running.group(ann)
        row: dict[str, Any] = {"chat_id": group, "user_id": ann.id, "visibility": "private", "kind": "notice"}
        await running.deliver(card("Withdrawn"), subject="order:1", **row)
        await ann.sees(group, "for you alone")

        async def noted() -> bool:
            return not await running.open_deliveries()

        await _until(noted)
        async with running.store.read() as work:
            assert await work.messages.of_subject("matrix", "order:1") == []
        await running.deliver(card("Bought"), chat_id=group)
        await ann.sees(group, "Bought")
        assert not [said for said in ann.shown(group) if "Withdrawn" in said.text]


async def _until(holds: Any) -> None:
    async with asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110 - asks the database, which wakes nobody
            await asyncio.sleep(0.02)


async def test_the_last_in_a_room_is_not_us(running: Running, ann: Person, homeserver: FakeMatrix) -> None:
    async with running.process():
        group = await running.group(ann)
        await ann.do(group, "leave")
        await _until(lambda: _left(homeserver, group, running.bot))


async def _left(homeserver: FakeMatrix, room: str, user: str) -> bool:
    return homeserver.rooms[room].membership(user) == "leave"


async def test_an_encrypted_room_is_told_so_once(running: Running, ann: Person) -> None:
    running.core.on("/help", Reply(card("Helped")))
    async with running.process():
        group, chat = await running.group(ann), await running.chat(ann)
        await ann.set_state(group, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        await ann.sees(group, "can't read encrypted")
        await ann.send(group, {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"}, "m.room.encrypted")
        await ann.say(chat, "help")
        await ann.sees(chat, "Helped")
    assert len([m for m in ann.shown(group) if "encrypted" in m.text]) == 1


async def test_who_asks_in_an_encrypted_chat_is_invited_to_one_that_we_can_read(
    running: Running, ann: Person
) -> None:
    encryption = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    running.core.on("/help", Reply(card("Helped")))
    async with running.process():
        closed = await ann.room(running.bot, direct=True, initial_state=[encryption])
        await ann.sees(closed, "can't read encrypted")
        (chat,) = await ann.until(lambda: ann.invites)
        await ann.join(chat)
        await ann.sees(chat, "Welcome")
        await ann.say(chat, "help")
        await ann.sees(chat, "Helped")
    assert running.core.asked[-1].caller.chat_id is None, "it is their private chat"


async def test_a_room_on_a_dead_server_keeps_nobody_waiting(
    running: Running, ann: Person, bob: Person, homeserver: FakeMatrix
) -> None:
    dead = await bob.room(running.bot)
    homeserver.fail(f"/join/{dead}", 504, "M_UNKNOWN", times=1_000, retry_after_ms=20)
    async with running.process():
        await bob.sync()
        await running.chat(ann)
    async with running.store.read() as work:
        (waiting,) = await work.inbox.pending("matrix")
    assert waiting.payload["room"] == dead, "it is tried again, for an hour"
    late = replace(waiting, received_at=waiting.received_at - 3_601)
    async with aiohttp.ClientSession() as http:
        wire = Homeserver(http, running.base, running.token)
        surface = await Surface.connected(running.desk, wire, SPECS)
        tried = len(homeserver.calls)
        await surface.handle(late)
    assert len(homeserver.calls) == tried


async def test_what_the_homeserver_refuses_is_not_met_with_silence(
    running: Running, ann: Person, homeserver: FakeMatrix
) -> None:
    running.core.on("/help", Reply(card("Helped")))
    async with running.process():
        chat = await running.chat(ann)
        homeserver.fail("/send/m.room.message", 400, "M_BAD_JSON")
        said = await ann.say(chat, "help")
        apology = await ann.sees(chat, "Something went wrong on our side")
    assert reference("matrix", said) in apology.text


async def test_an_address_that_is_no_homeserver_says_so(running: Running, homeserver: FakeMatrix) -> None:
    homeserver.fail("whoami", 404, "M_UNRECOGNIZED")
    with pytest.raises(MatrixRefused, match="MATRIX_HOMESERVER"):
        await serve(running.desk, running.settings, stop=asyncio.Event(), specs=SPECS)


async def test_news_go_to_their_thread_and_a_home_begins_one(running: Running, ann: Person) -> None:
    async with running.process():
        group = await running.group(ann)
        await running.deliver(card("Coin"), chat_id=group, thread_id="here", subject="home:1", kind="home")
        coin = await ann.sees(group, "Coin")
        assert "m.relates_to" not in coin.content
        live: list[LiveMessage] = []

        async def recorded() -> bool:
            async with running.store.read() as work:
                live[:] = await work.messages.of_subject("matrix", "home:1")
            return bool(live)

        await _until(recorded)
        assert live[0].thread_id == coin.event_id
        await running.deliver(card("Bought"), chat_id=group, thread_id=live[0].thread_id)
        news = await ann.sees(group, "Bought")
    assert news.content["m.relates_to"]["event_id"] == coin.event_id
    assert news.content["m.relates_to"]["rel_type"] == "m.thread"


async def chat(running: Running, room: str) -> Chat | None:
    async with running.store.read() as work:
        return await work.chats.get("matrix", room)


async def test_a_room_goes_on_as_another(running: Running, ann: Person) -> None:
    running.core.on("/help", Reply(card("Working"), subject="order:1"))
    async with running.process():
        old = await running.group(ann)
        await ann.say(old, "!help")
        await ann.sees(old, "Working")
        async with running.store.begin() as work:
            await work.chats.ensure(Chat("matrix", old, "group", "Cats"))
        new = (await ann.do(old, "upgrade", new_version="11"))["replacement_room"]
        await ann.do(new, "invite", user_id=running.bot)
        # It comes by the tombstone or by the invitation, whichever is first.
        async with asyncio.timeout(20):
            while await chat(running, new) is None:
                await ann.sync(timeout=0.05)
        assert await chat(running, old) is None
        await running.deliver(card("Done"), chat_id=new, user_id=ann.id, subject="order:1", kind="result")
        await ann.sees(new, "Done")


async def test_a_room_that_only_claims_to_replace_another_gets_nothing_of_it(
    running: Running, ann: Person, bob: Person
) -> None:
    async with running.process():
        group = await running.group(ann)
        async with running.store.begin() as work:
            await work.chats.ensure(Chat("matrix", group, "group", "Cats"))
        claims = {"predecessor": {"room_id": group}}
        trap = await bob.room(running.bot, creation_content=claims)
        await bob.sees(trap, "Welcome")
        async with running.store.read() as work:
            assert await work.chats.get("matrix", group) is not None


STRANGE: tuple[Any, ...] = (
    {"msgtype": "m.text", "body": 7},
    {"msgtype": "m.text", "body": "!help", "m.relates_to": "x"},
    {"msgtype": "m.text", "body": "!help", "m.relates_to": {"m.in_reply_to": "x"}},
    {"msgtype": "m.text", "body": "!help", "m.mentions": {"user_ids": 7}},
    {"msgtype": ["m.text"], "body": {"a": 1}},
    {"msgtype": "m.text", "body": "!"},
    {"msgtype": "m.text", "body": "> \n"},
    {},
)


async def test_strange_events_stop_nobody(running: Running, ann: Person, homeserver: FakeMatrix) -> None:
    running.core.on("/help", Reply(card("Helped")))
    async with running.process():
        group = await running.group(ann)
        for content in STRANGE:
            await ann.send(group, content)
            await ann.send(group, content, "m.reaction")
        await ann.say(group, "!help please")
        running.core.on("/help please", Reply(card("Helped, please")))
        await ann.sees(group, "Helped, please")
    assert running.core.lines == ["/help please"]


async def test_an_outage_is_waited_out(
    running: Running, ann: Person, homeserver: FakeMatrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.matrix.wire.AWAY", 0.01)
    homeserver.fail("whoami", 502, "M_UNKNOWN", times=3)
    homeserver.fail("sync", 503, "M_UNKNOWN", times=3)
    async with running.process():
        await running.chat(ann)


async def test_a_refused_token_ends_the_role_and_says_what_to_do(
    running: Running, homeserver: FakeMatrix
) -> None:
    homeserver.revoke("pumpbot")
    with pytest.raises(MatrixRefused, match="MATRIX_TOKEN") as refused:
        await serve(running.desk, running.settings, stop=asyncio.Event(), specs=SPECS)
    assert running.token not in str(refused.value)


async def test_a_token_that_is_refused_later_ends_the_role_too(
    running: Running, ann: Person, homeserver: FakeMatrix
) -> None:
    role = asyncio.create_task(serve(running.desk, running.settings, stop=asyncio.Event(), specs=SPECS))
    running.core.on("/help", None)
    chat = await running.chat(ann)
    homeserver.revoke("pumpbot")
    await ann.say(chat, "help")  # with which the sync that is open comes back, and the next is refused
    with pytest.raises(MatrixRefused, match="MATRIX_TOKEN"):
        await asyncio.wait_for(role, 20)


async def test_half_a_configuration_says_what_is_missing(running: Running) -> None:
    half = Settings(matrix_homeserver=None, matrix_token=SecretStr("secret-token"))
    with pytest.raises(MatrixRefused, match="MATRIX_HOMESERVER"):
        await serve(running.desk, half, stop=asyncio.Event(), specs=SPECS)
