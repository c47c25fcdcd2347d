"""What people type: lines to the bot, typeahead, an address in somebody's message."""

from __future__ import annotations

import pytest

from core.commands.incoming import Call, Line
from core.reply import Message, Reply, Visibility, t
from tests.fakes.discord import FakeDiscord, text
from tests.surfaces.discord.parts import Script, Serving

NEWS = "## There is news"
MINT = "So11111111111111111111111111111111111111112"
PLAIN = Message(t("discord-news"))


async def test_typeahead_offers_what_the_core_suggests(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.suggestions = [
        ("mint1", "Space \u202ecats"),
        ("x" * 101, "too long to be a value"),
        ("mint2", "\u200b"),
    ]
    async with serving():
        asked = await discord.answered(await discord.typing(ann, room, "buy", "coin", "spa"))
    assert asked.choices == [{"name": "Space cats", "value": "mint1"}]
    assert script.typed == [("buy", "coin", "spa")]
    assert script.asked == []


async def test_words_said_to_the_bot_are_a_line(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(PLAIN))
    async with serving():
        await discord.say(ann, room, "not for the bot")
        await discord.say(ann, room, "So1111", mention=True)
        await discord.until(lambda: len(room.messages) == 3)
        await discord.say(ann, discord.dm(ann), "/coin SPACE")
        await discord.until(lambda: len(discord.dm(ann).messages) == 2)
    assert [i.what for i in script.asked] == [Line("So1111"), Line("/coin SPACE")]
    assert text(room.messages[-1]) == text(discord.dm(ann).messages[-1]) == NEWS


@pytest.mark.parametrize(
    ("visibility", "in_room"),
    [(Visibility.PUBLIC, True), (Visibility.QUIET, True), (Visibility.PRIVATE, False)],
)
async def test_what_is_said_in_a_channel_is_answered_there_unless_private(
    discord: FakeDiscord, script: Script, serving: Serving, visibility: Visibility, in_room: bool
) -> None:
    """The bot writes first to nobody: only what must not be seen goes to the private chat."""
    ann, room = discord.acquainted("ann"), discord.room()
    script.answers(Reply(PLAIN, visibility=visibility))
    where = room if in_room else discord.dm(ann)
    async with serving():
        await discord.say(ann, room, "/wallet", mention=True)
        await discord.until(lambda: bool(where.messages) and where.messages[-1].author is discord.bot)
    assert (len(room.messages), len(discord.dm(ann).messages)) == ((2, 0) if in_room else (1, 1))


@pytest.mark.parametrize(
    ("words", "coin"),
    [
        (f"look: {MINT} !!", {"coin": MINT}),
        (f"/withdraw {MINT} 5", {"coin": MINT}),
        ("no address here", {}),
    ],
)
async def test_the_menu_of_a_message_looks_up_its_coin_and_does_nothing_else(
    discord: FakeDiscord, script: Script, serving: Serving, words: str, coin: dict[str, str]
) -> None:
    """Whatever somebody else wrote there, it is no command of who looks it up."""
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    script.answers(Reply(PLAIN))
    async with serving():
        written = await discord.say(bob, room, words)
        asked = await discord.answered(await discord.look_up(ann, written))
    assert [i.what for i in script.asked] == [Call("coin", coin)]
    assert script.asked[0].caller.user_id == ann.id
    assert text(asked.message) == NEWS
