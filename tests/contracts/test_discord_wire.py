"""Our fake Discord and simcord, an independent model of Discord, take and refuse the same messages.

What the fake refuses is what keeps the surface honest, so it is held against somebody else's reading.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
import simcord
from discord.http import HTTPClient, Route
from PIL import Image

from bots.discord.home import Homes
from bots.discord.render import Attachment, Look, render
from bots.discord.wire import UNKNOWN_MESSAGE, Wire
from core.ports.rows import Delivery
from core.reply import Button, Item, Media, Message, Row, Style, Tone, t
from tests.fakes.discord import TOKEN, FakeDiscord
from tests.fakes.discord_world import FORUM

Json = dict[str, Any]
INVALID = 50035


@dataclass
class Place:
    """A channel, and the wire to it."""

    wire: Wire
    channel: str
    person: str
    forum: str

    async def post(self, *components: Json, attachments: tuple[Attachment, ...] = ()) -> Json:
        return await self.wire.post(self.channel, Look(list(components), attachments), "nonce-1")


@asynccontextmanager
async def simcords() -> AsyncIterator[Place]:
    client = discord.Client(intents=discord.Intents(guilds=True))
    async with simcord.run(client) as env:
        guild = env.create_guild()
        room, ann = guild.create_text_channel("general"), guild.add_member(env.create_user("ann"))
        yield Place(Wire(client), str(room.id), str(ann.id), str(guild.create_forum_channel("coins").id))


@asynccontextmanager
async def ours() -> AsyncIterator[Place]:
    async with FakeDiscord() as fake:
        room, ann = fake.room(), fake.user("ann")
        before, Route.BASE = Route.BASE, fake.api
        http = HTTPClient(asyncio.get_running_loop())
        http._global_over = asyncio.Event()
        http._global_over.set()
        await http.static_login(TOKEN)
        forum = fake.beside(room, "coins", FORUM)
        yield Place(Wire(SimpleNamespace(http=http)), room.id, ann.id, forum.id)
        await http.close()
        Route.BASE = before


Open = Callable[[], AbstractAsyncContextManager[Place]]


@pytest.fixture(params=[ours, simcords])
def at(request: pytest.FixtureRequest) -> Open:
    """Opened in the test itself: simcord keeps its clock in the task that opens it."""
    opener: Open = request.param
    return opener


def words(content: str) -> Json:
    return {"type": 10, "content": content}


def button(**more: Any) -> Json:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": "pb:1"} | more


def row(*buttons: Json) -> Json:
    return {"type": 1, "components": list(buttons)}


def said(value: str) -> Any:
    return t("value", value=value)


async def test_a_full_card_is_taken(at: Open, tmp_path: Path) -> None:
    async with at() as place:
        Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
        press = Button(said("Look"), press=("coin", {}), style=Style.PRIMARY, token="t1")
        card = Message(
            said("Title"),
            body=(said("Body"),),
            rows=(Row(said("Price"), said("1 SOL")),),
            items=(Item(said("SPACE"), said("first"), press), Item(said("CATS"))),
            media=Media("image/png", str(tmp_path / "a.png"), "k", said("a picture")),
            progress=50,
            footer=said("bye"),
            buttons=(
                (
                    Button(said("Yes"), press=("x", {}), token="t2"),
                    Button(said("Web"), url="https://solana.com"),
                ),
            ),
            tone=Tone.GOOD,
        )
        look = render(card, None)
        made = await place.wire.post(place.channel, look, "nonce-2")
        assert made["flags"] & 1 << 15
        assert [a["filename"] for a in made["attachments"]] == ["pk.png"]
        assert made["components"][0]["accent_color"] == 0x22C55E


@pytest.mark.parametrize(
    "components",
    [
        pytest.param([words("x" * 4001)], id="4,000 characters"),
        pytest.param([words("x" * 2500), words("y" * 1501)], id="4,000 characters in all"),
        pytest.param([words("x") for _ in range(41)], id="40 components"),
        pytest.param(
            [{"type": 17, "components": [words("x") for _ in range(40)]}], id="40 nested components"
        ),
        pytest.param([words("")], id="an empty text"),
        pytest.param([], id="nothing"),
        pytest.param([row(*(button(custom_id=str(n)) for n in range(6)))], id="5 buttons in a row"),
        pytest.param([row(button(), button())], id="one custom id twice"),
        pytest.param([row(button(custom_id="x" * 101))], id="100 characters of custom id"),
        pytest.param([row(button(label="x" * 81))], id="80 characters of label"),
        pytest.param([row({"type": 2, "style": 5, "label": "x"})], id="a link without url"),
        pytest.param([row(button(style=5, url="https://a.example"))], id="a link with a custom id"),
        pytest.param([button()], id="a button outside a row"),
        pytest.param(
            [{"type": 9, "components": [words("x") for _ in range(4)], "accessory": button()}],
            id="3 texts in a section",
        ),
        pytest.param(
            [{"type": 12, "items": [{"media": {"url": "attachment://none.png"}}]}], id="a missing attachment"
        ),
        pytest.param([{"type": 12, "items": []}], id="an empty gallery"),
    ],
)
async def test_what_is_over_a_limit_is_refused(at: Open, components: list[Json]) -> None:
    async with at() as place:
        with pytest.raises(discord.HTTPException) as refused:
            await place.post(*components)
        assert (refused.value.status, refused.value.code) == (400, INVALID)


async def test_exactly_at_the_limit_is_taken(at: Open) -> None:
    async with at() as place:
        await place.post(words("x" * 4000))
        await place.post(*(words("x") for _ in range(40)))
        await place.post(row(*(button(custom_id=str(n).rjust(100, "x"), label="x" * 80) for n in range(5))))


async def test_an_edit_replaces_text_and_drops_the_picture(at: Open, tmp_path: Path) -> None:
    async with at() as place:
        Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
        gallery = {"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}
        made = await place.post(gallery, attachments=(Attachment("a.png", str(tmp_path / "a.png")),))
        await place.wire.edit(place.channel, made["id"], Look([words("after")]))
        again = await place.wire.request(
            Route("GET", "/channels/{c}/messages/{m}", c=place.channel, m=made["id"])
        )
        assert again["attachments"] == []
        assert again["components"][0]["content"] == "after"


async def test_an_edit_of_what_is_not_there_is_refused(at: Open) -> None:
    async with at() as place:
        with pytest.raises(discord.NotFound) as refused:
            await place.wire.edit(place.channel, "1", Look([words("x")]))
        assert refused.value.code == UNKNOWN_MESSAGE


async def test_a_person_has_one_private_chat(at: Open) -> None:
    async with at() as place:
        channel = await place.wire.private_channel(place.person)
        assert channel["last_message_id"] is None, "nothing was ever said there"
        made = await place.wire.post(channel["id"], Look([words("hello")]), "nonce-3")
        again = await place.wire.private_channel(place.person)
        assert (again["id"], again["last_message_id"]) == (channel["id"], made["id"])


def a_home(place: Place, where: str) -> Delivery:
    return Delivery(
        7, "7", "discord", "home", place.channel, where, None, "home:m", "public", "", 1, created_at=0
    )


@pytest.mark.parametrize("where", ["here", "forum"])
async def test_a_coin_gets_a_thread(at: Open, tmp_path: Path, where: str) -> None:
    async with at() as place:
        Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
        card = Message(said("Cats"), media=Media("image/png", str(tmp_path / "a.png"), "k", said("a cat")))
        wanted = place.forum if where == "forum" else where
        shown = await Homes(place.wire).begin(a_home(place, wanted), card, None)
        assert shown.thread_id is not None
        thread = await place.wire.channel(shown.thread_id)
        assert (thread["name"], thread["parent_id"]) == (
            "Cats",
            place.forum if where == "forum" else place.channel,
        )
        news = await place.wire.post(shown.thread_id, Look([words("news")]), "nonce-4")
        assert news["channel_id"] == shown.thread_id


async def test_a_home_that_holds_no_threads_is_named_in_the_chat(at: Open) -> None:
    async with at() as place:
        thread = (await Homes(place.wire).begin(a_home(place, "here"), Message(said("Cats")), None)).thread_id
        assert thread is not None
        shown = await Homes(place.wire).begin(a_home(place, thread), Message(said("Dogs")), None)
        assert (shown.chat_id, shown.thread_id) == (place.channel, None)
