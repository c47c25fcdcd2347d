"""From a user's message or press to what the chat shows, over the wire."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bots.telegram import handle
from core.commands.incoming import Invocation
from core.ports.ids import reference
from core.reply import Button, Kind, Media, Message, Reply, Row, Style, T, Visibility, t
from tests.surfaces.telegram.conftest import Running, card


def button(words: str, token: str, **more: Any) -> Button:
    return Button(t("value", value=words), press=("x", {}), token=token, **more)


async def test_a_line_is_answered_with_a_card_and_its_buttons(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    buttons = ((button("Confirm", "tok-1", style=Style.SUCCESS),),)
    running.core.on("/buy SPACE 0.1", Reply(card("A quote", buttons=buttons)))
    async with running.process():
        await running.telegram.say(ada, "/buy SPACE 0.1")
        shown = await running.telegram.shown(ada, "A quote")

    assert shown.html == "<b>A quote</b>"
    assert shown.buttons == [{"text": "Confirm", "callback_data": "tok-1", "style": "success"}]
    (asked,) = running.core.asked
    assert asked.caller.user_id == "7"
    assert asked.caller.name == "Ada"
    assert asked.caller.chat_id is None
    assert asked.caller.locale == "en"


async def test_a_press_edits_its_message_in_place_and_is_always_answered(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote", buttons=((button("Confirm", "tok"),),))))
    running.core.on("tok", Reply(card("On its way"), edit=True))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        quote = await running.telegram.shown(ada, "A quote")
        await running.telegram.press(ada, quote, "Confirm")
        after = await running.telegram.shown(ada, "On its way")

    assert after.id == quote.id
    assert after.buttons == []
    assert len(running.telegram.messages(ada)) == 1
    assert len(running.telegram.alerts) == 1


async def test_a_press_whose_reply_has_the_messages_subject_edits_it_and_another_does_not(
    running: Running,
) -> None:
    ada = running.telegram.user(7, "Ada")
    both = ((button("Reroll", "reroll"), button("Look", "look")),)
    running.core.on("/launch", Reply(card("The box", buttons=both), subject="box:1"))
    running.core.on("reroll", Reply(card("The box again", buttons=both), subject="box:1"))
    running.core.on("look", Reply(card("A coin"), subject="coin:1"))
    async with running.process():
        await running.telegram.say(ada, "/launch")
        box = await running.telegram.shown(ada, "The box")
        await running.telegram.press(ada, box, "Reroll")
        await running.telegram.shown(ada, "The box again")
        await running.telegram.press(ada, box, "Look")
        coin = await running.telegram.shown(ada, "A coin")

    assert coin.id != box.id
    assert [m.text for m in running.telegram.messages(ada)] == ["The box again", "A coin"]


async def test_an_error_after_a_press_is_an_alert_and_leaves_the_message(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote", buttons=((button("Confirm", "tok"),),))))
    error = card("This button is used", body=(t("value", value="Ask for a new quote."),))
    running.core.on("tok", Reply(error, kind=Kind.ERROR, visibility=Visibility.QUIET))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        quote = await running.telegram.shown(ada, "A quote")
        await running.telegram.press(ada, quote, "Confirm")
        await running.telegram.until(lambda: running.telegram.alerts)

    (alert,) = running.telegram.alerts
    assert alert["text"] == "This button is used\nAsk for a new quote."
    assert alert["show_alert"] in ("true", "True")
    assert [m.text for m in running.telegram.messages(ada)] == ["A quote"]


async def test_an_error_that_an_alert_cannot_carry_is_shown_as_a_message_too(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote", buttons=((button("Confirm", "tok"),),))))
    again = ((button("Again", "again"),),)
    running.core.on("tok", Reply(card("The quote is too old", buttons=again), kind=Kind.ERROR))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        quote = await running.telegram.shown(ada, "A quote")
        await running.telegram.press(ada, quote, "Confirm")
        error = await running.telegram.shown(ada, "too old")

    assert error.labels == ["Again"]
    assert running.telegram.alerts[0]["text"] == "The quote is too old"
    assert [m.text for m in running.telegram.messages(ada)] == ["A quote", "The quote is too old"]


async def test_a_press_on_a_message_that_is_gone_is_answered_by_a_new_message(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote", buttons=((button("Confirm", "tok"),),)), subject="order:1"))
    running.core.on("tok", Reply(card("On its way"), subject="order:1"))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        quote = await running.telegram.shown(ada, "A quote")
        running.telegram.delete(quote)
        await running.telegram.press(ada, quote, "Confirm")
        fresh = await running.telegram.shown(ada, "On its way")

    async with running.store.read() as work:
        live = await work.messages.of_subject("telegram", "order:1")
    assert [place.message_id for place in live] == [str(fresh.id)]


async def test_a_result_is_edited_into_the_live_message(running: Running, picture: Any) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote"), subject="order:1"))
    landed = card(
        "Bought", media=picture("coin"), rows=(Row(t("value", value="Paid"), t("value", value="0.1")),)
    )
    async with running.process():
        await running.telegram.say(ada, "/buy")
        quote = await running.telegram.shown(ada, "A quote")
        await running.deliver(landed, kind="result", subject="order:1", user_id="7", version=5)
        after = await running.telegram.shown(ada, "Bought")

    assert after.id == quote.id
    assert after.photo == b"\x89PNGcoin"
    assert after.text == "Bought\n\nPaid: 0.1"
    async with running.store.read() as work:
        (live,) = await work.messages.of_subject("telegram", "order:1")
    assert live.version == 5


async def test_a_result_that_may_not_be_edited_in_takes_the_messages_place(running: Running) -> None:
    """For whatever reason: how an order ended is seen."""
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote"), subject="order:1"))
    running.telegram.fail("editMessageText", 400, "Bad Request: A_REASON_OF_TOMORROW")
    async with running.process():
        await running.telegram.say(ada, "/buy")
        quote = await running.telegram.shown(ada, "A quote")
        await running.deliver(card("Bought"), kind="result", subject="order:1", user_id="7")
        await running.telegram.until(lambda: "deleteMessage" in running.telegram.methods())
        await running.deliver(card("Final"), kind="result", subject="order:1", user_id="7", version=9)
        await running.telegram.shown(ada, "Final")
    (result,) = running.telegram.messages(ada)
    assert result.id != quote.id


async def test_a_result_whose_message_was_deleted_is_sent_anew(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote"), subject="order:1"))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        running.telegram.delete(await running.telegram.shown(ada, "A quote"))
        await running.deliver(card("Bought"), kind="result", subject="order:1", user_id="7")
        await running.telegram.shown(ada, "Bought")


async def test_the_result_never_comes_before_the_reply_that_it_follows(running: Running) -> None:
    """A press begins an order whose result is there before the reply to the press has been shown."""
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote", buttons=((button("Confirm", "tok"),),)), subject="order:1"))

    async def confirm(_: Invocation) -> Reply:
        await running.deliver(card("Bought"), kind="result", subject="order:1", user_id="7")
        await running.telegram.until(lambda: True)
        return Reply(card("On its way"), subject="order:1")

    running.core.on("tok", confirm)
    async with running.process():
        await running.telegram.say(ada, "/buy")
        quote = await running.telegram.shown(ada, "A quote")
        await running.telegram.press(ada, quote, "Confirm")
        await running.telegram.shown(ada, "Bought")

    assert [m.text for m in running.telegram.messages(ada)] == ["Bought"]
    edits = [params["text"] for name, params in running.telegram.calls if name == "editMessageText"]
    assert edits == ["<b>On its way</b>", "<b>Bought</b>"]


async def test_text_that_is_nothing_to_us_is_not_answered(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    group = running.telegram.group(-100, "Cats")
    running.core.on("good morning", None)
    running.core.on("/start", Reply(card("Hello")))
    async with running.process():
        await running.telegram.say(ada, "good morning", group)
        await running.telegram.say(ada, "/start", group)
        await running.telegram.shown(group, "Hello")

    assert [m.text for m in running.telegram.messages(group)] == ["Hello"]


async def test_a_picture_in_private_is_answered_and_in_a_group_it_is_not(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    group = running.telegram.group(-100, "Cats")
    sticker = {
        "file_id": "s",
        "file_unique_id": "s",
        "width": 1,
        "height": 1,
        "is_animated": False,
        "is_video": False,
        "type": "regular",
    }
    async with running.process():
        await running.telegram.say(ada, None, group, sticker=sticker)
        await running.telegram.say(ada, None, sticker=sticker)
        await running.telegram.shown(ada, "I read text only")

    assert running.telegram.messages(group) == []


async def test_a_photo_card_is_edited_to_another_photo_and_its_caption_alone(
    running: Running, picture: Any
) -> None:
    ada = running.telegram.user(7, "Ada")
    sealed = card("Sealed", media=picture("sealed"), progress=10)
    running.core.on("/launch", Reply(sealed, subject="box:1"))
    async with running.process():
        await running.telegram.say(ada, "/launch")
        await running.telegram.shown(ada, "Sealed")
        await running.deliver(replace(sealed, progress=90), kind="result", subject="box:1", user_id="7")
        await running.telegram.shown(ada, "90 %")
        opened = card("Turbo Cat", media=picture("cat"))
        await running.deliver(opened, kind="result", subject="box:1", user_id="7")
        await running.telegram.shown(ada, "Turbo Cat")

    (shown,) = running.telegram.messages(ada)
    assert shown.photo == b"\x89PNGcat"
    methods = [m for m in running.telegram.methods() if "Photo" in m or "edit" in m]
    assert methods == ["sendPhoto", "editMessageCaption", "editMessageMedia"]
    assert running.telegram.uploads == 2


async def test_a_moving_picture_takes_the_place_of_a_still_one_and_back(
    running: Running, picture: Any, tmp_path: Path
) -> None:
    ada = running.telegram.user(7, "Ada")
    (tmp_path / "opening.gif").write_bytes(b"GIF89a")
    opening = Media("image/gif", "opening.gif", "opening", t("value", value="A box opens"))
    running.core.on("/launch", Reply(card("Sealed", media=picture("sealed")), subject="box:1"))
    running.core.on("/show", Reply(card("Again", media=opening, buttons=((button("On", "tok"),),))))
    running.core.on("tok", Reply(card("Went on"), edit=True))
    async with running.process():
        await running.telegram.say(ada, "/launch")
        box = await running.telegram.shown(ada, "Sealed")
        await running.deliver(card("Opening", media=opening), kind="result", subject="box:1", user_id="7")
        await running.telegram.shown(ada, "Opening")
        assert (box.animated, box.photo) == (True, b"GIF89a")
        cat = card("Turbo Cat", media=picture("cat"))
        await running.deliver(cat, kind="result", subject="box:1", user_id="7")
        await running.telegram.shown(ada, "Turbo Cat")
        assert (box.animated, box.photo) == (False, b"\x89PNGcat")
        await running.telegram.say(ada, "/show")  # by the file id that the edit brought
        again = await running.telegram.shown(ada, "Again")
        assert (again.animated, running.telegram.uploads) == (True, 3)
        await running.telegram.press(ada, again, "On")  # known as a picture: its caption is edited
        await running.telegram.shown(ada, "Went on")
    assert again.animated
    assert "sendAnimation" in running.telegram.methods()


async def test_a_slow_press_is_answered_before_its_reply(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle, "PROMPT", 0)
    ada = running.telegram.user(7, "Ada")
    release = asyncio.Event()

    async def slow(_: Invocation) -> Reply:
        await release.wait()
        return Reply(card("Not any more"), kind=Kind.ERROR)

    running.core.on("/buy", Reply(card("A quote", buttons=((button("Confirm", "tok"),),))))
    running.core.on("tok", slow)
    async with running.process():
        await running.telegram.say(ada, "/buy")
        quote = await running.telegram.shown(ada, "A quote")
        await running.telegram.press(ada, quote, "Confirm")
        await running.telegram.until(lambda: running.telegram.alerts)
        release.set()
        await running.telegram.shown(ada, "Not any more")  # no alert is left to say it
    assert len(running.telegram.alerts) == 1


async def test_a_slow_line_shows_that_we_are_at_work(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle, "PROMPT", 0)
    ada = running.telegram.user(7, "Ada")

    async def slow(_: Invocation) -> Reply:
        await running.telegram.until(lambda: "sendChatAction" in running.telegram.methods())
        return Reply(card("A quote"))

    running.core.on("/buy", slow)
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "A quote")


async def test_a_picture_follows_a_text_too_long_to_be_its_caption(running: Running, picture: Any) -> None:
    ada = running.telegram.user(7, "Ada")
    long = card("Long", body=(t("value", value="y" * 200),) * 6, media=picture("cat"))
    running.core.on("/coin", Reply(long))
    async with running.process():
        await running.telegram.say(ada, "/coin")
        await running.telegram.until(lambda: len(running.telegram.messages(ada)) == 2)
    words, alone = running.telegram.messages(ada)
    assert (alone.photo, alone.text) == (b"\x89PNGcat", "")
    assert words.photo is None


async def test_a_caption_that_outgrows_its_limit_becomes_a_message(running: Running, picture: Any) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/coin", Reply(card("Short", media=picture("cat")), subject="coin:1"))
    async with running.process():
        await running.telegram.say(ada, "/coin")
        await running.telegram.shown(ada, "Short")
        long = card("Long", body=(t("value", value="y" * 200),) * 6)
        await running.deliver(long, kind="result", subject="coin:1", user_id="7")
        await running.telegram.until(lambda: "deleteMessage" in running.telegram.methods())
    (shown,) = running.telegram.messages(ada)
    assert shown.text.startswith("Long")
    async with running.store.read() as work:
        (live,) = await work.messages.of_subject("telegram", "coin:1")
    assert live.message_id == str(shown.id)


async def test_a_picture_that_is_refused_or_missing_leaves_its_text(running: Running, picture: Any) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/coin", Reply(card("A coin", media=picture("cat"))))
    missing = replace(picture("gone"), path="not-there.png")
    running.core.on("/box", Reply(card("A box", media=missing)))
    running.telegram.fail("sendPhoto", 400, "Bad Request: not enough rights to send photos to the chat")
    async with running.process():
        await running.telegram.say(ada, "/coin")
        await running.telegram.shown(ada, "A coin")
        await running.telegram.say(ada, "/box")
        await running.telegram.shown(ada, "A box")
    assert [m.photo for m in running.telegram.messages(ada)] == [None, None]


async def test_a_picture_that_telegram_has_forgotten_is_uploaded_again(
    running: Running, picture: Any
) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/coin", Reply(card("A coin", media=picture("cat"))))
    async with running.process():
        for _ in range(2):
            await running.telegram.say(ada, "/coin")
        await running.telegram.until(lambda: len(running.telegram.messages(ada)) == 2)
        assert running.telegram.uploads == 1
        running.telegram.forget_files()
        await running.telegram.say(ada, "/coin")
        await running.telegram.until(lambda: len(running.telegram.messages(ada)) == 3)
    assert running.telegram.uploads == 2
    assert all(m.photo for m in running.telegram.messages(ada))


async def test_webp_is_sent_as_png(running: Running, tmp_path: Path) -> None:
    """As WebP some clients take a photo for a sticker and hide its caption."""
    ada = running.telegram.user(7, "Ada")
    Image.new("RGB", (8, 8), "red").save(tmp_path / "cat.webp")
    media = Media("image/webp", "cat.webp", "cat", t("value", value="A cat"))
    running.core.on("/coin", Reply(card("A coin", media=media)))
    async with running.process():
        await running.telegram.say(ada, "/coin")
        shown = await running.telegram.shown(ada, "A coin")
    assert shown.photo is not None
    assert shown.photo.startswith(b"\x89PNG")


async def test_a_fault_of_ours_is_owned_with_the_reference_that_the_log_has(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(Message(title=T("no-such-text"))))
    async with running.process():
        update = await running.telegram.say(ada, "/buy")
        apology = await running.telegram.shown(ada, "Something went wrong")
    assert reference("telegram", str(update)) in apology.text


async def test_a_press_is_answered_even_when_its_private_answer_fails(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    group = running.telegram.group(-100, "Cats")
    running.core.on("/buy", Reply(card("A quote", buttons=((button("Mine", "tok"),),))))
    running.core.on("tok", Reply(Message(title=T("no-such-text")), visibility=Visibility.PRIVATE))
    async with running.process():
        await running.telegram.say(ada, "/buy", group)
        quote = await running.telegram.shown(group, "A quote")
        await running.telegram.press(ada, quote, "Mine")
        await running.telegram.until(lambda: running.telegram.alerts)
