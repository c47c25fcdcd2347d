"""People use the bot: slash commands, buttons, forms, through the wire."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bots.discord import surface
from core.commands.incoming import Call, Caller, Invocation, Line, Press, Submit
from core.ports.store import StoreAway
from core.reply import Button, Form, FormField, Kind, Media, Message, Reply, Visibility, t
from tests.fakes.discord import TOKEN, FakeDiscord, button, buttons, text
from tests.surfaces.discord.parts import Script, Serving

NEWS, OTHER = "## There is news", "## Fill in"
MINT = "So11111111111111111111111111111111111111112"
PLAIN = Message(t("discord-news"))
CARD = Message(
    t("discord-news"), buttons=((Button(t("discord-open-form"), press=("buy", {}), token="tok-1"),),)
)
FORM = Form(
    t("discord-news"),
    (FormField("sol", t("discord-open-form"), presets=("0.1", "1")),),
    "buy",
    token="form-1",
)
ASK = Message(t("discord-news"), form=FORM)


class Slow:
    """A core that answers when the test lets it."""

    def __init__(self, reply: Reply) -> None:
        self._reply, self.go = reply, asyncio.Event()

    async def __call__(self, _: Invocation) -> Reply:
        await self.go.wait()
        return self._reply


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "Thinking" is shown at once."""
    monkeypatch.setattr(surface, "DEFER_AFTER", 0.0)


async def test_a_command_is_answered_and_a_press_edits_its_message(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(CARD, subject="order:1"), Reply(Message(t("discord-open-form")), subject="order:1"))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy", coin="SPACE", sol="0.1"))
        assert text(asked.message) == NEWS
        pressed = await discord.answered(await discord.press(ann, asked.message, "Fill in"))

    assert pressed.state == "updated"
    assert [text(m) for m in room.messages] == [OTHER]
    assert script.asked[0].what == Call("buy", {"coin": "SPACE", "sol": "0.1"})
    assert script.asked[1].what == Press("tok-1")
    assert script.asked[1].caller == Caller("discord", ann.id, "ann", room.id, "general", None, "en-US")


async def test_a_press_with_another_subject_gets_a_message_of_its_own(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(CARD, subject="coin:1"), Reply(Message(t("discord-open-form")), subject="order:1"))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin", coin="SPACE"))
        await discord.answered(await discord.press(ann, asked.message, "Fill in"))
    assert [text(m) for m in room.messages] == [NEWS, OTHER]


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.QUIET])
async def test_what_is_private_is_seen_by_the_caller_alone(
    discord: FakeDiscord, script: Script, serving: Serving, visibility: Visibility
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    script.answers(Reply(PLAIN, visibility=visibility))
    async with serving():
        await discord.answered(await discord.slash(ann, room, "wallet"))
    assert [text(m) for m in discord.seen_by(ann, room)] == [NEWS]
    assert discord.seen_by(bob, room) == []


async def test_a_private_reply_never_takes_the_place_of_a_public_message(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    secret = Reply(Message(t("discord-open-form")), visibility=Visibility.PRIVATE, edit=True)
    script.answers(Reply(CARD), secret)
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin", coin="SPACE"))
        await discord.answered(await discord.press(ann, asked.message, "Fill in"))
    assert [text(m) for m in discord.seen_by(bob, room)] == [NEWS]
    assert [text(m) for m in discord.seen_by(ann, room)] == [NEWS, OTHER]


async def test_an_error_is_told_to_the_caller_alone_and_leaves_the_pressed_message(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    script.answers(Reply(CARD), Reply(Message(t("discord-open-form")), kind=Kind.ERROR))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin", coin="SPACE"))
        await discord.answered(await discord.press(bob, asked.message, "Fill in"))
    assert [text(m) for m in discord.seen_by(ann, room)] == [NEWS]
    assert [text(m) for m in discord.seen_by(bob, room)] == [NEWS, OTHER]


@pytest.mark.usefixtures("impatient")
async def test_a_slow_answer_is_deferred_and_takes_that_place(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    slow = script.act = Slow(Reply(PLAIN))
    async with serving():
        asked = await discord.slash(ann, room, "coin", coin="SPACE")
        await discord.until(lambda: asked.state == "deferred")
        assert asked.message.loading
        slow.go.set()
        await discord.answered(asked)
    assert [text(m) for m in room.messages] == [NEWS]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("command", "visibility", "bob_sees"),
    [
        ("coin", Visibility.PRIVATE, []),  # "thinking" was public, the reply is not
        ("wallet", Visibility.PUBLIC, [NEWS]),  # and the other way round
        ("wallet", Visibility.PRIVATE, []),
    ],
)
async def test_a_deferred_answer_is_seen_by_whom_it_is_for(
    discord: FakeDiscord,
    script: Script,
    serving: Serving,
    command: str,
    visibility: Visibility,
    bob_sees: list[str],
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    slow = script.act = Slow(Reply(PLAIN, visibility=visibility))
    async with serving():
        asked = await discord.slash(ann, room, command)
        await discord.until(lambda: asked.state == "deferred")
        assert asked.message.ephemeral is (command == "wallet")
        slow.go.set()
        await discord.until(lambda: text(asked.message) == NEWS)
    assert [text(m) for m in discord.seen_by(bob, room)] == bob_sees
    assert [text(m) for m in discord.seen_by(ann, room)] == [NEWS]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("edit", [True, False])
async def test_a_slow_press_edits_or_follows_up(
    discord: FakeDiscord, script: Script, serving: Serving, edit: bool
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(CARD))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin", coin="SPACE"))
        slow = script.act = Slow(Reply(Message(t("discord-open-form")), edit=edit))
        pressed = await discord.press(ann, asked.message, "Fill in")
        await discord.until(lambda: pressed.state == "deferred_update")
        slow.go.set()
        await discord.answered(pressed)
    assert [text(m) for m in room.messages] == ([OTHER] if edit else [NEWS, OTHER])


async def test_a_form_is_a_modal_and_its_fields_come_back(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(ASK), Reply(PLAIN))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy", coin="SPACE"))
        assert asked.state == "modal"
        submitted = await discord.answered(await discord.submit(asked, sol="0.25"))
    assert script.asked[1].what == Submit("form-1", {"sol": "0.25"})
    assert text(submitted.message) == NEWS


async def test_a_form_after_a_form_is_behind_a_button(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    """Discord takes no modal as the answer to a modal."""
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(ASK))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy", coin="SPACE"))
        again = await discord.answered(await discord.submit(asked, sol="lots"))
        assert button(again.message, "Fill in")["custom_id"] == "pb:form-1"
        reopened = await discord.answered(await discord.press(ann, again.message, "Fill in"))
    assert reopened.modal is not None
    assert script.asked[-1].what == Press("form-1")


async def test_a_refused_form_opens_again_with_what_was_typed(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    wrong = Message(t("discord-open-form"), data={"error": {"code": "amount-zero"}})
    script.answers(Reply(ASK), Reply(wrong, kind=Kind.ERROR), Reply(ASK))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy", coin="SPACE"))
        refused = await discord.answered(await discord.submit(asked, sol="0,1O"))
        again = await discord.answered(await discord.press(ann, refused.message, "Fill in again"))
    assert again.modal is not None
    assert again.modal["components"][0]["component"]["value"] == "0,1O"


async def test_a_form_whose_button_is_too_old_is_not_offered_again(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    old = Message(t("discord-open-form"), data={"error": {"code": "button-expired"}})
    script.answers(Reply(ASK), Reply(old, kind=Kind.ERROR))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy", coin="SPACE"))
        refused = await discord.answered(await discord.submit(asked, sol="1"))
    assert buttons(refused.message) == []


@pytest.mark.usefixtures("impatient")
async def test_a_form_that_took_long_is_behind_a_button(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    slow = script.act = Slow(Reply(ASK))
    async with serving():
        asked = await discord.slash(ann, room, "buy", coin="SPACE")
        await discord.until(lambda: asked.state == "deferred")
        slow.go.set()
        await discord.answered(asked)
        assert button(asked.message, "Fill in")


async def test_in_the_bots_own_chat_nothing_is_hidden(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann = discord.user("ann", locale="de")
    script.answers(Reply(PLAIN, visibility=Visibility.PRIVATE))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, discord.dm(ann), "wallet"))
    assert not asked.message.ephemeral
    assert script.asked[0].caller == Caller("discord", ann.id, "ann", locale="de")


async def test_a_thread_is_a_place_in_its_channel(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    thread = discord.thread(room)
    script.answers(Reply(PLAIN))
    async with serving():
        await discord.answered(await discord.slash(ann, thread, "coin", coin="SPACE"))
    assert script.asked[0].caller.chat_id == room.id
    assert script.asked[0].caller.thread_id == thread.id


async def test_where_the_bot_is_no_member_private_things_stay_private(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    """As a user-installed app it answers in any group, and is a stranger there."""
    ann, friends = discord.user("ann"), discord.group()
    script.answers(Reply(PLAIN, visibility=Visibility.PRIVATE))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, friends, "wallet"))
    assert asked.message.ephemeral
    assert script.asked[0].caller.chat_id == friends.id


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


async def test_while_the_database_is_away_the_caller_is_told(
    discord: FakeDiscord, script: Script, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreAway("gone fishing")

    ann, room = discord.user("ann"), discord.room()
    async with serving():
        monkeypatch.setattr("bots.desk.Desk.accept", away)
        asked = await discord.answered(await discord.slash(ann, room, "wallet"))
    assert "Nothing was lost" in text(asked.message)
    assert asked.message.ephemeral
    assert script.asked == []


async def test_an_old_button_of_another_version_is_answered_too(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(CARD), Reply(PLAIN, kind=Kind.ERROR))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin", coin="SPACE"))
        await discord.answered(await discord.press_id(ann, asked.message, "some:other:scheme"))
    assert script.asked[-1].what == Press("some:other:scheme")


@pytest.fixture
def picture(tmp_path: Path) -> Media:
    Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
    return Media("image/png", "a.png", "a1", t("discord-news"))


async def test_a_picture_is_shown_and_changed_in_place(
    discord: FakeDiscord, script: Script, serving: Serving, picture: Media, tmp_path: Path
) -> None:
    ann, room = discord.user("ann"), discord.room()
    Image.new("RGB", (3, 3)).save(tmp_path / "b.png")
    after = replace(CARD, media=replace(picture, path="b.png", key="b2"))
    script.answers(Reply(replace(CARD, media=picture)), Reply(after, edit=True), Reply(CARD, edit=True))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
        assert asked.message.files == {"pa1.png": (tmp_path / "a.png").read_bytes()}
        await discord.answered(await discord.press(ann, asked.message, "Fill in"))
        assert asked.message.files == {"pb2.png": (tmp_path / "b.png").read_bytes()}
        await discord.answered(await discord.press(ann, asked.message, "Fill in"))
    assert asked.message.files == {}


async def test_a_picture_that_discord_refuses_is_said_in_words(
    discord: FakeDiscord, script: Script, serving: Serving, picture: Media
) -> None:
    ann, room = discord.user("ann"), discord.room()
    discord.fail("POST /interactions", 400, 50035)
    script.answers(Reply(replace(CARD, media=picture)))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
    assert text(asked.message) == f"{NEWS}\nThere is news"
    assert button(asked.message, "Fill in")


async def test_one_slow_person_delays_nobody_else(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    slow = Slow(Reply(PLAIN))

    async def act(invocation: Invocation) -> Reply:
        return await slow(invocation) if invocation.caller.user_id == ann.id else Reply(PLAIN)

    script.act = act
    async with serving():
        first = await discord.slash(ann, room, "coin")
        await discord.answered(await discord.slash(bob, room, "coin"))
        assert first.state is None
        slow.go.set()
        await discord.answered(first)


async def test_tokens_are_not_logged(
    discord: FakeDiscord,
    script: Script,
    serving: Serving,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither the bot's nor an interaction's, which lets anybody speak as the bot for 15 minutes."""
    caplog.set_level("DEBUG", "discord")
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(PLAIN))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
    out, err = capsys.readouterr()
    for secret in (TOKEN, asked.token):
        assert secret not in caplog.text + out + err
    assert asked.token not in repr(script.asked)
