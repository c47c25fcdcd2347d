"""What a surface asks of the desk: about chats, people, pictures and messages that are on show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots.desk import Desk
from core.ports.rows import Chat
from core.reply import Media, Message, Reply, t
from tests.fakes.house import house
from tests.fakes.rows import a_delivery, a_message

PLATFORM = "terminal"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with house(tmp_path) as home:
        core: Any = None  # nothing here is dispatched
        yield Desk(PLATFORM, home.store, core, home.bell, home.clock, tmp_path)


async def test_a_chat_is_closed_opened_and_renamed(desk: Desk) -> None:
    async with desk.store.begin() as work:
        await work.chats.ensure(Chat(PLATFORM, "old", "group", "Degens"))
    await desk.active("old", False)
    await desk.moved("old", "new")
    async with desk.store.read() as work:
        assert await work.chats.get(PLATFORM, "old") is None
        chat = await work.chats.get(PLATFORM, "new")
    assert chat == Chat(PLATFORM, "new", "group", "Degens", active=False)
    await desk.active("new", True)
    async with desk.store.read() as work:
        assert await work.chats.get(PLATFORM, "new") == replace(chat, active=True)


async def test_a_delivery_speaks_its_groups_language_and_in_private_its_users(desk: Desk) -> None:
    async with desk.store.begin() as work:
        await work.chats.ensure(Chat(PLATFORM, "group", "group", "Degens", locale="de"))
        await work.accounts.ensure(PLATFORM, "ada", "Ada", "fr")
    asked = a_delivery("1", chat_id="group", user_id="ada")
    assert await desk.locale(asked) == "de"
    assert await desk.locale(replace(asked, chat_id=None)) == "fr"
    assert await desk.locale(replace(asked, chat_id="elsewhere")) is None
    assert await desk.locale(replace(asked, chat_id=None, user_id=None)) is None


async def test_messages_that_show_a_subject(desk: Desk) -> None:
    await desk.shown(Reply(Message(t("start-title")), subject="box:1"), a_message("m1"))
    await desk.shown(Reply(Message(t("start-title"))), a_message("m2"))
    assert [live.message_id for live in await desk.showing("box:1")] == ["m1"]
    assert await desk.showing(None) == ()


def test_an_apology_carries_the_reference_of_the_log() -> None:
    nothing: Any = None
    desk = Desk("test", nothing, nothing, nothing, nothing, Path())
    said = desk.apology("event 7")
    assert said.data["error"]["code"] == "internal"
    assert desk.apology("event 7") == said != desk.apology("event 8")


async def test_pictures_are_found_in_the_installation(desk: Desk) -> None:
    media = Media("image/webp", "i/abc.webp", "abc", t("value", value=""))
    found = desk.with_files(Message(t("start-title"), media=media)).media
    assert found == replace(media, path=str(desk.files / "i/abc.webp"))
