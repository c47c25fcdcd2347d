"""What people do, and what they see: over the wire, on a real store, with a scripted core."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.commands.incoming import Invocation, Line, Press, Submit
from core.ports.rows import InboxItem
from core.reply import Form, FormField, Kind, Media, Reply, Style, Visibility, t
from tests.fakes.matrix import FakeMatrix
from tests.fakes.matrix_people import Person
from tests.surfaces.matrix.conftest import Running, button, buttons, card


async def test_an_invitation_is_answered_with_a_greeting(running: Running, ann: Person) -> None:
    async with running.process():
        chat, group = await running.chat(ann), await running.group(ann)
    first, second = (invocation.caller for invocation in running.core.asked)
    assert (first.user_id, first.chat_id) == (ann.id, None), "a direct chat is private"
    assert (second.user_id, second.chat_id) == (ann.id, group)
    assert chat != group


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("!buy CATS 1", "/buy CATS 1"),
        ("//buy CATS 1", "/buy CATS 1"),
        ("/buy CATS 1", "/buy CATS 1"),
        ("{bot}: buy CATS 1", "/buy CATS 1"),
        ("{name}: !nonsense", "/nonsense"),
        ("{bot} what is CATS?", "what is CATS?"),
    ],
)
async def test_a_group_calls_by_a_command_or_a_mention(
    running: Running, ann: Person, typed: str, heard: str
) -> None:
    running.core.on(heard, Reply(card("Heard")))
    words = typed.format(bot=running.bot, name=running.bot[1:].partition(":")[0])
    async with running.process():
        group = await running.group(ann)
        await ann.say(group, words, **{"m.mentions": {"user_ids": [running.bot] if "{" in typed else []}})
        await ann.sees(group, "Heard")
    assert running.core.lines == [heard]


async def test_what_a_group_says_otherwise_is_not_even_written_down(running: Running, ann: Person) -> None:
    running.core.on("/help", Reply(card("Helped")))
    async with running.process():
        group = await running.group(ann)
        said = await ann.say(group, "hello, did anybody buy CATS?")
        other = await ann.say(group, "!echo of another bot")
        notice = await ann.send(group, {"msgtype": "m.notice", "body": "!buy CATS 1"})
        relation = {"rel_type": "m.replace", "event_id": said}
        edit = {"m.relates_to": relation, "m.new_content": {"msgtype": "m.text", "body": "!buy CATS 2"}}
        edited = await ann.say(group, "* !buy CATS 2", **edit)
        await ann.say(group, "!help")
        await ann.sees(group, "Helped")
    assert running.core.lines == ["/help"]
    items = [InboxItem("matrix", event_id, {}, 1) for event_id in (said, other, notice, edited)]
    async with running.store.begin() as work:
        assert await work.inbox.put(items) == items, "the inbox has never seen them"


async def test_a_choice_by_number_and_by_reaction(running: Running, ann: Person) -> None:
    running.core.on(
        "/buy CATS 1", Reply(card("Quote", buttons=buttons(("Confirm", "yes"), ("Cheaper", "less"))))
    )
    running.core.on("less", Reply(card("Less", buttons=buttons(("Confirm", "sure"))), edit=True))
    running.core.on("sure", Reply(card("Bought"), edit=True))
    async with running.process():
        group = await running.group(ann)
        await ann.say(group, "!buy CATS 1")
        quote = await ann.sees(group, "Quote")
        offered = await ann.until(lambda: [m for m in ann.shown(group) if len(m.reactions) == 2])
        assert [key for _, key in offered[0].reactions] == ["1", "2"], "one tap chooses"
        await ann.say(group, quote.number("Cheaper"), quote)
        less = await ann.sees(group, "Less")
        assert less.event_id == quote.event_id, "the card itself changes"
        await ann.tap(group, less, "1")
        assert (await ann.sees(group, "Bought")).event_id == quote.event_id
    assert running.core.lines == ["/buy CATS 1", "less", "sure"]


async def test_the_answer_of_an_older_client_carries_a_quote(running: Running, ann: Person) -> None:
    running.core.on("/help", Reply(card("Card", buttons=buttons(("Go", "go")))))
    running.core.on("go", Reply(card("Gone there")))
    async with running.process():
        group = await running.group(ann)
        await ann.say(group, "!help")
        shown = await ann.sees(group, "Card")
        await ann.say(group, f"> <{running.bot}> Card\n> [1] Go\n\n1", shown)
        await ann.sees(group, "Gone there")


async def test_a_number_that_is_not_there_any_more(running: Running, ann: Person) -> None:
    running.core.on("/help", Reply(card("Card", buttons=buttons(("Go", "go")))))
    async with running.process():
        group = await running.group(ann)
        await ann.say(group, "!help")
        await ann.say(group, "7", await ann.sees(group, "Card"))
        await ann.sees(group, "There is no choice 7")
    assert running.core.lines == ["/help"]


async def test_cancel_has_its_own_number_that_nothing_else_gets(running: Running, ann: Person) -> None:
    away = button("Cancel", "away", Style.DANGER)
    running.core.on(
        "/help", Reply(card("Card", buttons=((button("Go", "go"), away, button("Stay", "stay")),)))
    )
    async with running.process():
        chat = await running.chat(ann)
        await ann.say(chat, "help")
        shown = await ann.sees(chat, "Card")
    assert [shown.number(label) for label in ("Go", "Stay", "Cancel")] == ["1", "2", "0"]


async def test_a_number_means_what_stood_there_when_it_was_chosen(
    running: Running, ann: Person, homeserver: FakeMatrix
) -> None:
    running.core.on("/help", Reply(card("Card", buttons=buttons(("Safe", "safe")))))
    async with running.process():
        chat = await running.chat(ann)
        await ann.say(chat, "help")
        shown = await ann.sees(chat, "Card")
        homeserver.tick = 0
        await running.deliver(card("News", buttons=buttons(("Spend", "spend"))), user_id=ann.id)
        await ann.sees(chat, "News")
        await ann.say(chat, "1")  # meant for the card, typed before she saw the news
        await ann.sees(chat, "has just changed")
        homeserver.tick = 2_000
        running.core.on("safe", Reply(card("Safe it is")))
        await ann.say(chat, "1", shown)
        await ann.sees(chat, "Safe it is")
    assert "spend" not in running.core.lines


async def test_a_private_chat_takes_plain_answers(running: Running, ann: Person) -> None:
    form = Form(t("value", value="Buy"), _fields("coin", "sol"), "buy", token="form-1")
    filled: list[Invocation] = []

    async def submitted(invocation: Invocation) -> Reply:
        filled.append(invocation)
        return Reply(card("Quote", buttons=buttons(("Confirm", "yes"))))

    running.core.on("/buy", Reply(card("Buy what?", form=form)))
    running.core.on("form-1", submitted)
    running.core.on("yes", Reply(card("Bought"), edit=True))
    running.core.on("thanks", None)
    async with running.process():
        chat = await running.chat(ann)
        await ann.say(chat, "buy")
        await ann.sees(chat, "with both, in one line")
        await ann.say(chat, "CATS 0.5")
        await ann.sees(chat, "Quote")
        await ann.say(chat, "1")
        await ann.sees(chat, "Bought")
    assert filled[0].what == Submit("form-1", {"coin": "CATS", "sol": "0.5"})
    assert running.core.asked[-1].what == Press("yes")


async def test_a_form_in_a_group_is_answered_below_it(running: Running, ann: Person) -> None:
    form = Form(t("value", value="Sell"), _fields("amount", presets=("50%", "100%")), "sell", token="form-2")
    running.core.on("/buy CATS", Reply(card("How much?", form=form, buttons=buttons(("50%", "half")))))
    running.core.on("form-2", Reply(card("Sold")))
    async with running.process():
        group = await running.group(ann)
        await ann.say(group, "!buy CATS")
        shown = await ann.sees(group, "How much?")
        assert "For example: 50% · 100%" in shown.text
        assert "[1]" not in shown.text, "a number is an answer there, not a choice"
        await ann.say(group, "1", shown)
        await ann.sees(group, "Sold")
    assert running.core.asked[-1].what == Submit("form-2", {"amount": "1"})


def _fields(*names: str, presets: tuple[str, ...] = ()) -> tuple[FormField, ...]:
    return tuple(FormField(name, t("value", value=name), presets=presets) for name in names)


async def test_private_answers_never_show_in_a_group(running: Running, ann: Person, bob: Person) -> None:
    running.core.on("/wallet", Reply(card("Secret"), visibility=Visibility.PRIVATE, subject="wallet:1"))
    async with running.process():
        group = await running.group(ann, bob)
        await ann.say(group, "!wallet")
        await ann.sees(group, f"https://matrix.to/#/{running.bot}")
        chat = await running.chat(ann)
        await ann.say(group, "!wallet")
        await ann.sees(chat, "Secret")
        await bob.sees(group, "I answered in our private chat")
        # A guest in the private chat makes it a group.
        await ann.do(chat, "invite", user_id=bob.id)
        await bob.join(chat)
        await ann.say(chat, "!wallet")
        await bob.sees(chat, f"https://matrix.to/#/{running.bot}")
        await running.deliver(card("More of it"), subject="wallet:1", kind="result", user_id=ann.id)
        await running.deliver(card("Last"), chat_id=group, user_id=ann.id, visibility="private")
        await bob.until(lambda: len([m for m in bob.shown(group) if "for you alone" in m.text]) == 2)
        assert not any(words in m.text for m in bob.shown(group) for words in ("Secret", "More", "Last"))
        assert not any("More" in m.text or "Last" in m.text for m in bob.shown(chat))


async def test_a_quiet_answer_stands_below_the_question_in_its_thread(running: Running, ann: Person) -> None:
    refusal = Reply(card("Too little"), kind=Kind.ERROR, visibility=Visibility.QUIET)
    running.core.on("/buy CATS 0", refusal)
    async with running.process():
        group = await running.group(ann)
        asked = await ann.say(group, "!buy CATS 0")
        answer = await ann.sees(group, "Too little")
        assert answer.content["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
        assert answer.content["msgtype"] == "m.notice", "other bots do not listen to it"
        assert answer.content["m.mentions"] == {}, "and nobody is pinged"
        thread = {"rel_type": "m.thread", "event_id": asked, "is_falling_back": True}
        thread["m.in_reply_to"] = {"event_id": asked}
        inside = await ann.say(group, "!buy CATS 0", **{"m.relates_to": thread})
        below = await ann.until(
            lambda: [
                m
                for m in ann.shown(group)
                if m.content.get("m.relates_to", {}).get("rel_type") == "m.thread" and m.sender == running.bot
            ]
        )
        assert below[0].content["m.relates_to"]["event_id"] == asked
        assert below[0].content["m.relates_to"]["m.in_reply_to"] == {"event_id": inside}
    assert running.core.asked[-1].caller.thread_id == asked


async def test_a_picture_is_uploaded_once(
    running: Running, ann: Person, homeserver: FakeMatrix, picture: Callable[[str], Media]
) -> None:
    running.core.on("/help", Reply(card("Cat", media=picture("cat"))))
    async with running.process():
        chat = await running.chat(ann)
        await ann.say(chat, "help")
        shown = await ann.sees(chat, "Cat")
    assert homeserver.uploads[shown.content["url"]] == b"\x89PNGcat"
    assert (shown.content["msgtype"], shown.content["filename"]) == ("m.image", "cat")
    async with running.process():
        await ann.say(chat, "help")
        await ann.until(lambda: len([m for m in ann.shown(chat) if "Cat" in m.text]) == 2)
    assert len(homeserver.uploads) == 1, "also over a restart"


async def test_a_picture_that_is_refused_leaves_its_text(
    running: Running, ann: Person, homeserver: FakeMatrix, picture: Callable[[str], Media]
) -> None:
    homeserver.fail("upload", 413, "M_TOO_LARGE")
    running.core.on("/help", Reply(card("Cat", media=picture("cat"))))
    async with running.process():
        chat = await running.chat(ann)
        await ann.say(chat, "help")
        assert (await ann.sees(chat, "Cat")).content["msgtype"] == "m.notice"


async def test_who_may_change_the_room_manages_it(running: Running, ann: Person, bob: Person) -> None:
    managed: dict[str, bool] = {}

    async def ask(invocation: Invocation) -> Reply:
        assert invocation.what == Line("/help")
        managed[invocation.caller.user_id] = await invocation.manages()
        return Reply(card(f"Asked for {invocation.caller.name}"))

    running.core.on("/help", ask)
    async with running.process():
        group = await running.group(ann, bob)
        for who in (ann, bob):
            await who.say(group, "!help")
            await who.sees(group, f"Asked for {who.id[1:].partition(':')[0]}")
    assert managed == {ann.id: True, bob.id: False}
