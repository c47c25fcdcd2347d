"""What somebody sends to stop us for everybody: a sync brings it again until it is taken."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.matrix.surface import Surface
from bots.matrix.wire import DEEPEST, Homeserver
from core.ports.rows import InboxItem
from core.reply import Reply
from tests.fakes.matrix import FakeMatrix
from tests.fakes.matrix_people import Person
from tests.surfaces.matrix.conftest import SPECS, Running, card


def nested(levels: int) -> Any:
    value: Any = "here"
    for _ in range(levels):
        value = [value]
    return value


async def test_an_event_whose_id_no_database_holds_stops_nobody(
    running: Running, ann: Person, homeserver: FakeMatrix
) -> None:
    running.core.on("/help", Reply(card("Helped")))
    async with running.process():
        group = await running.group(ann)
        for wrong in ("\0", "\ud800"):
            content = {"msgtype": "m.text", "body": "!help"}
            room = homeserver.rooms[group]
            homeserver.add(room, ann.id, "m.room.message", content, event_id=f"$old{wrong}:elsewhere")
        await ann.say(group, "!help")
        await ann.sees(group, "Helped")
    assert running.core.lines == ["/help"]


async def test_what_is_nested_too_deep_is_not_even_written_down(running: Running, ann: Person) -> None:
    running.core.on("/help", Reply(card("Helped")))
    async with running.process():
        group = await running.group(ann)
        deep = await ann.say(group, "!help", **{"org.example": nested(DEEPEST)})
        await ann.say(group, "!help")
        await ann.sees(group, "Helped")
    assert running.core.lines == ["/help"]
    item = InboxItem("matrix", deep, {}, 1)
    async with running.store.begin() as work:
        assert await work.inbox.put([item]) == [item], "the inbox has never seen it"


@pytest.mark.parametrize("opened", ["[", '{"a":'])
async def test_a_sync_that_is_too_deep_to_be_read_is_read_without_what_is_below(
    http: aiohttp.ClientSession, opened: str
) -> None:
    closed, levels = {"[": "]", '{"a":': "}"}[opened], 30_000
    deep = f'{opened * levels}"]}}\\"{{["{closed * levels}'
    text = f'{{"before": [1], "deep": {deep}, "next_batch": "s1", "words": "[[{{\\"", "after": [{deep}, 2]}}'

    async def sync(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type="application/json")

    app = web.Application()
    app.router.add_get("/_matrix/client/v3/sync", sync)
    async with TestServer(app) as server:
        brought = await Homeserver(http, str(server.make_url("/")), "token").call("GET", "sync")
    assert (brought["before"], brought["next_batch"], brought["words"]) == ([1], "s1", '[[{"')
    assert brought["after"][1] == 2


def invitation(sender: str, bot: str) -> Any:
    content = {"membership": "invite", "is_direct": True}
    return {"type": "m.room.member", "state_key": bot, "sender": sender, "content": content}


@pytest.mark.parametrize("forged_last", [False, True])
async def test_a_server_that_makes_up_an_invitation_opens_no_private_chat_with_somebody_else(
    running: Running, ann: Person, bob: Person, http: aiohttp.ClientSession, forged_last: bool
) -> None:
    """Else what is for Bob alone would be said in a room that Ann made, as soon as he looks in there."""
    room = await ann.room(running.bot)
    surface = await Surface.connected(running.desk, Homeserver(http, running.base, running.token), SPECS)
    told = [invitation(bob.id, running.bot), invitation(ann.id, running.bot)]
    told = told[::-1] if forged_last else told
    await surface.handle(InboxItem("matrix", "invited", {"room": room, "invite": told}, running.clock.now()))
    assert bob.id not in surface._rooms._direct


async def test_a_direct_chat_of_three_is_greeted_as_the_group_that_it_is(
    running: Running, ann: Person, bob: Person, http: aiohttp.ClientSession
) -> None:
    room = await ann.room(bob.id)
    await bob.join(room)
    await ann.do(room, "invite", user_id=running.bot)
    surface = await Surface.connected(running.desk, Homeserver(http, running.base, running.token), SPECS)
    told = [invitation(ann.id, running.bot)]
    await surface.handle(InboxItem("matrix", "invited", {"room": room, "invite": told}, running.clock.now()))
    assert [asked.caller.chat_id for asked in running.core.asked] == [room], "its buttons work there"
