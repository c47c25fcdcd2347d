"""Ephemeral messages: what is said to one person of a group is shown to them alone, where that is wanted."""

from __future__ import annotations

from typing import Any

from core.reply import Button, Form, FormField, Kind, Message, Reply, Style, Visibility, t
from tests.fakes.telegram import Group, User
from tests.surfaces.telegram.conftest import Running, card

OOPS = Reply(card("That is too little"), kind=Kind.ERROR, visibility=Visibility.QUIET)


def people(running: Running, *, wanted: bool = True, admin: bool = True) -> tuple[User, Group]:
    running.more["telegram_ephemeral"] = wanted
    group = running.telegram.group(-100, "Cats")
    group.bot_is_admin = admin
    return running.telegram.user(7, "Ada"), group


def button(style: Style) -> tuple[tuple[Button, ...], ...]:
    return ((Button(t("value", value="Confirm"), press=("x", {}), token="tok", style=style),),)


async def test_a_refusal_is_for_who_was_refused(running: Running) -> None:
    ada, group = people(running)
    running.core.on("/buy", OOPS)
    async with running.process():
        await running.telegram.say(ada, "/buy", group)
        await running.telegram.until(lambda: running.telegram.whispers)
    (whisper,) = running.telegram.whispers[-100, 7]
    assert whisper.text == "That is too little"
    assert running.telegram.messages(group) == []


async def test_off_unless_it_is_wanted(running: Running) -> None:
    ada, group = people(running, wanted=False)
    running.core.on("/buy", OOPS)
    async with running.process():
        await running.telegram.say(ada, "/buy", group)
        await running.telegram.shown(group, "That is too little")
    assert running.telegram.whispers == {}


async def test_where_we_may_not_the_group_is_answered_and_we_do_not_try_again(running: Running) -> None:
    ada, group = people(running, admin=False)
    running.core.on("/buy", OOPS)
    async with running.process():
        for count in (1, 2):
            await running.telegram.say(ada, "/buy", group)
            await running.telegram.until(lambda n=count: len(running.telegram.messages(group)) == n)
    tried = [
        "ephemeral_message_parameters" in p for name, p in running.telegram.calls if name == "sendMessage"
    ]
    assert tried == [True, False, False]


async def test_an_older_server_reads_over_it_and_the_group_is_answered(running: Running) -> None:
    ada, group = people(running)
    running.telegram.api = (10, 1)
    running.core.on("/buy", OOPS)
    async with running.process():
        await running.telegram.say(ada, "/buy", group)
        await running.telegram.shown(group, "That is too little")


async def never_whispered(running: Running, reply: Reply, **more: Any) -> None:
    ada, group = people(running)
    running.core.on("/buy", reply)
    async with running.process():
        await running.telegram.say(ada, "/buy", group)
        await running.telegram.shown(group, "A card")
    assert running.telegram.whispers == {}


async def test_what_money_hangs_on_must_not_vanish(running: Running) -> None:
    quote = card("A card", buttons=button(Style.SUCCESS))
    await never_whispered(running, Reply(quote, visibility=Visibility.QUIET))


async def test_what_will_be_edited_must_not_vanish(running: Running) -> None:
    await never_whispered(running, Reply(card("A card"), visibility=Visibility.QUIET, subject="order:1"))


async def test_a_question_must_not_vanish(running: Running) -> None:
    form = Form(t("value", value="Buy"), (FormField("coin", t("value", value="Which?")),), "buy", token="f")
    await never_whispered(running, Reply(card("A card", form=form), visibility=Visibility.QUIET))


async def test_what_is_for_all_stays_for_all(running: Running) -> None:
    await never_whispered(running, Reply(card("A card"), visibility=Visibility.PUBLIC))


async def test_a_private_answer_goes_to_the_private_chat_as_ever(running: Running) -> None:
    ada, group = people(running)
    running.core.on("/wallet", Reply(card("Your balance: 12 SOL"), visibility=Visibility.PRIVATE))
    async with running.process():
        await running.telegram.say(ada, "/wallet", group)
        await running.telegram.shown(ada, "12 SOL")
        await running.telegram.shown(group, "I answered in our private chat")
    assert running.telegram.whispers == {}


async def test_a_press_on_what_one_alone_sees_is_answered(running: Running) -> None:
    ada, group = people(running)
    offer = Message(t("value", value="Try again?"), buttons=button(Style.PRIMARY))
    running.core.on("/buy", Reply(offer, kind=Kind.ERROR, visibility=Visibility.QUIET))
    running.core.on("tok", Reply(card("A quote"), subject="order:1", visibility=Visibility.QUIET))
    async with running.process():
        await running.telegram.say(ada, "/buy", group)
        await running.telegram.until(lambda: running.telegram.whispers)
        await running.telegram.press(ada, running.telegram.whispers[-100, 7][0], "Confirm")
        await running.telegram.shown(group, "A quote")
        await running.telegram.until(lambda: running.telegram.alerts)
