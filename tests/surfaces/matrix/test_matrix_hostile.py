"""What somebody sends to stop us for everybody: a sync brings it again until it is taken."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.matrix.wire import DEEPEST, Homeserver
from core.ports.rows import InboxItem
from core.reply import Reply
from tests.fakes.matrix import FakeMatrix
from tests.fakes.matrix_people import Person
from tests.surfaces.matrix.conftest import Running, card


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
