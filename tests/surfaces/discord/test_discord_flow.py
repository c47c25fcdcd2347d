"""People use the bot: slash commands, buttons, forms, through the wire."""

from __future__ import annotations

from core.commands.incoming import Call, Press
from core.reply import Button, Message, Reply, t
from tests.fakes.discord import FakeDiscord, text
from tests.surfaces.discord.parts import Script, Serving

CARD = Message(
    t("discord-news"), buttons=((Button(t("discord-open-form"), press=("buy", {}), token="tok-1"),),)
)


async def test_a_command_is_answered_and_a_press_edits_its_message(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(CARD, subject="order:1"), Reply(Message(t("discord-open-form")), subject="order:1"))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy", coin="SPACE", sol="0.1"))
        assert text(asked.message) == "## There is news"
        pressed = await discord.answered(await discord.press(ann, asked.message, "Fill in"))

    assert pressed.state == "updated"
    assert [text(m) for m in room.messages] == ["## Fill in"]
    assert script.asked[0].what == Call("buy", {"coin": "SPACE", "sol": "0.1"})
    assert script.asked[1].what == Press("tok-1")
    assert script.asked[1].caller.user_id == ann.id
    assert script.asked[1].caller.chat_id == room.id
