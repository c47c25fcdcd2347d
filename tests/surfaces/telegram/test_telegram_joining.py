"""Coming into a group: the link that adds us, the welcome, and who manages it by Telegram's word."""

import pytest
from telegram.request import HTTPXRequest

from bots.telegram.members import Members
from bots.telegram.surface import connect
from core.commands.incoming import Caller, Invocation
from core.reply import Reply
from tests.fakes.telegram import Group, User
from tests.surfaces.telegram.conftest import Running, card


def people(running: Running) -> tuple[User, Group]:
    return running.telegram.user(7, "Ada"), running.telegram.group(-100, "Cats", topics=(42,))


async def test_a_group_that_adds_us_is_welcomed_once(running: Running) -> None:
    """By the link we are told twice: that we are there, and `/start@bot group`."""
    ada, group = people(running)
    async with running.process():
        await running.telegram.member(ada, group, "member")
        await running.telegram.say(ada, "/start@pumpbox_test_bot group", group)
        last = await running.telegram.say(ada, "/start@pumpbox_test_bot group", group)
        await running.telegram.until(lambda: last not in running.telegram.unconfirmed)
        welcome = await running.telegram.shown(group, "I launch coins and trade them")
        await running.telegram.member(ada, group, "kicked")
        last = await running.telegram.member(ada, group, "member")
        await running.telegram.until(lambda: last not in running.telegram.unconfirmed)
    assert running.telegram.messages(group) == [welcome]
    assert "/launch space cats" in welcome.text
    assert "/home here" in welcome.text  # it is a forum
    assert "Bots that message you first are scams" in welcome.text
    assert running.core.asked == []


async def test_a_group_without_topics_is_not_told_of_topics(running: Running) -> None:
    ada, group = running.telegram.user(7, "Ada"), running.telegram.group(-100, "Cats")
    async with running.process():
        await running.telegram.say(ada, "/start@pumpbox_test_bot group", group)
        welcome = await running.telegram.shown(group, "I launch coins and trade them")
    assert "/home" not in welcome.text


async def test_being_unblocked_or_promoted_is_no_reason_to_speak(running: Running) -> None:
    ada, group = people(running)
    running.core.on("/start", Reply(card("Hello")))
    async with running.process():
        await running.telegram.member(ada, ada, "kicked")
        await running.telegram.member(ada, ada, "member")
        await running.telegram.member(ada, group, "member", was="restricted")
        await running.telegram.say(ada, "/start")
        await running.telegram.shown(ada, "Hello")
    assert running.telegram.messages(group) == []
    assert len(running.telegram.messages(ada)) == 1


async def test_a_welcome_where_we_may_not_write_is_no_fault(running: Running) -> None:
    ada, group = people(running)
    running.core.on("/start", Reply(card("Hello")))
    rights = "Bad Request: not enough rights to send text messages to the chat"
    running.telegram.fail("sendMessage", 400, rights, chat=group.id)
    async with running.process():
        await running.telegram.member(ada, group, "member")
        await running.telegram.say(ada, "/start")
        await running.telegram.shown(ada, "Hello")
    async with running.store.read() as work:
        assert await work.inbox.pending("telegram") == []


async def test_the_first_message_in_private_leads_into_a_group(running: Running) -> None:
    ada, group = people(running)
    running.core.on("/start", Reply(card("Hello")))
    async with running.process():
        await running.telegram.say(ada, "/start")
        private = await running.telegram.shown(ada, "Hello")
        await running.telegram.say(ada, "/start", group)
        public = await running.telegram.shown(group, "Hello")
    (add,) = private.buttons
    assert add["url"] == "https://t.me/pumpbox_test_bot?startgroup=group&admin=manage_topics"
    assert public.buttons == []


async def asks_who_manages(invocation: Invocation) -> Reply:
    """A command for managers, as the core runs it."""
    return Reply(card(f"Manages: {await invocation.manages()}"))


@pytest.mark.parametrize(
    ("status", "manages"), [("creator", True), ("administrator", True), ("member", False)]
)
async def test_who_manages_a_group_is_telegrams_word(running: Running, status: str, manages: bool) -> None:
    ada, group = people(running)
    group.admins[ada.id] = status
    running.core.on("/home", asks_who_manages)
    async with running.process():
        await running.telegram.say(ada, "/home", group)
        await running.telegram.shown(group, f"Manages: {manages}")


async def test_who_manages_is_asked_only_where_it_matters_and_remembered(running: Running) -> None:
    ada, group = people(running)
    group.admins[ada.id] = "administrator"
    running.core.on("/home", asks_who_manages)
    running.core.on("/new", Reply(card("New coins")))
    async with running.process():
        await running.telegram.say(ada, "/new", group)
        await running.telegram.shown(group, "New coins")
        assert "getChatMember" not in running.telegram.methods()
        await running.telegram.say(ada, "/home", group)
        await running.telegram.say(ada, "/home", group)
        await running.telegram.until(lambda: len(running.telegram.messages(group)) == 3)
        await running.telegram.say(ada, "/home")
        await running.telegram.shown(ada, "Manages: True")  # in private there is nobody else
    assert running.telegram.methods().count("getChatMember") == 1


@pytest.mark.parametrize("status", [400, 403, 429, 502])
async def test_without_telegrams_word_nobody_manages(running: Running, status: int) -> None:
    ada, group = people(running)
    group.admins[ada.id] = "creator"
    running.telegram.fail("getChatMember", status, "No")
    running.core.on("/home", asks_who_manages)
    async with running.process():
        await running.telegram.say(ada, "/home", group)
        await running.telegram.shown(group, "Manages: False")


async def test_a_manager_who_is_no_more_is_soon_not_taken_for_one(running: Running) -> None:
    ada, group = people(running)
    group.admins[ada.id] = "administrator"
    now = 0.0
    async with connect(running.settings, HTTPXRequest()) as bot:
        members = Members(bot, lambda: now)
        caller = Caller("telegram", "7", "Ada", chat_id="-100")
        assert await members.manages(caller)
        del group.admins[ada.id]
        assert await members.manages(caller)
        now = 61.0
        assert not await members.manages(caller)
        group.admins[ada.id] = "administrator"
        now = 67.0
        assert await members.manages(caller)
