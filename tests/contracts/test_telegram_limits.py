"""The fake Bot API against the library: rates, deadlines, sizes, topics, members, and the webhook's posts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, NetworkError, RetryAfter

from tests.fakes.telegram import TOKEN, FakeTelegram, Group, User

HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(clock=clock) as fake:
        yield fake


@pytest.fixture
async def bot(server: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    async with Bot(TOKEN, base_url=f"{server.base}/bot") as made:
        yield made


@pytest.fixture
def ada(server: FakeTelegram) -> User:
    return server.user(7, "Ada")


@pytest.fixture
def cats(server: FakeTelegram) -> Group:
    return server.group(-100, "Cats", topics=(1, 42))


async def until_refused(call: Callable[[], Awaitable[Any]]) -> tuple[int, float]:
    """How many calls were taken before a 429, and for how long that asks to wait."""
    taken = 0
    while True:
        try:
            await call()
        except RetryAfter as refused:
            wait = refused.retry_after
            return taken, float(wait if isinstance(wait, int) else wait.total_seconds())
        taken += 1


async def test_a_private_chat_takes_a_burst_and_then_one_a_second(bot: Bot, ada: User, clock: Clock) -> None:
    taken, wait = await until_refused(lambda: bot.send_message(ada.id, "x"))
    assert 5 <= taken <= 6
    assert wait == 1
    clock.now += wait
    assert await until_refused(lambda: bot.send_message(ada.id, "x")) == (1, 1.0)


async def test_a_group_takes_twenty_a_minute_edits_included(
    server: FakeTelegram, bot: Bot, cats: Group, clock: Clock
) -> None:
    sent = await bot.send_message(cats.id, "0")
    numbers = iter(range(1, 100))
    taken, wait = await until_refused(
        lambda: bot.edit_message_text(str(next(numbers)), cats.id, sent.message_id)
    )
    assert 19 <= taken <= 20
    assert wait == 3
    clock.now += 60
    taken, _ = await until_refused(lambda: bot.send_message(cats.id, "x"))
    assert 20 <= taken <= 21


async def test_all_chats_together_take_thirty_a_second(server: FakeTelegram, bot: Bot, clock: Clock) -> None:
    people = iter([server.user(number, "Ada") for number in range(1, 101)])
    taken, wait = await until_refused(lambda: bot.send_message(next(people).id, "x"))
    assert 30 <= taken <= 31
    assert wait == 1
    clock.now += 1
    taken, _ = await until_refused(lambda: bot.send_message(next(people).id, "x"))
    assert taken in (30, 31)


async def test_one_chats_flood_is_not_anothers(server: FakeTelegram, bot: Bot, ada: User) -> None:
    bob = server.user(8, "Bob")
    await until_refused(lambda: bot.send_message(ada.id, "x"))
    assert await bot.send_message(bob.id, "x")


async def test_who_does_not_care_turns_limits_off(bot: Bot, server: FakeTelegram, ada: User) -> None:
    server.limits = None
    for _ in range(40):
        await bot.send_message(ada.id, "x")


async def test_a_press_can_be_answered_for_half_a_minute(
    server: FakeTelegram, bot: Bot, ada: User, clock: Clock
) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
    await bot.send_message(ada.id, "Ready?", reply_markup=keyboard)
    card = await server.shown(ada, "Ready?")
    await server.press(ada, card, "Go")
    await server.press(ada, card, "Go")
    first, second = await bot.get_updates()
    assert first.callback_query is not None
    assert second.callback_query is not None
    clock.now = 29
    assert await first.callback_query.answer()
    clock.now = 31
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await second.callback_query.answer()


async def test_keyboards_and_files_that_are_too_large(bot: Bot, ada: User) -> None:
    def row(many: int) -> list[InlineKeyboardButton]:
        return [InlineKeyboardButton("x", callback_data="x")] * many

    assert await bot.send_message(ada.id, "x", reply_markup=InlineKeyboardMarkup([row(8)] * 12))
    for rows in ([row(9)], [row(8)] * 13):
        with pytest.raises(BadRequest, match=r"(?i)reply markup is too long"):
            await bot.send_message(ada.id, "x", reply_markup=InlineKeyboardMarkup(rows))
    with pytest.raises(NetworkError, match=r"(?i)too large"):
        await bot.send_photo(ada.id, b"\x89PNG" + bytes(10 * 1024 * 1024))


async def test_topics_are_begun_by_who_may_in_a_forum(server: FakeTelegram, bot: Bot, cats: Group) -> None:
    with pytest.raises(BadRequest, match=r"(?i)not enough rights to create a topic"):
        await bot.create_forum_topic(cats.id, "Cat")
    cats.manage_topics = True
    topic = await bot.create_forum_topic(cats.id, "Cat")
    assert server.topics == {(cats.id, topic.message_thread_id): "Cat"}
    sent = await bot.send_message(cats.id, "Hello", message_thread_id=topic.message_thread_id)
    assert sent.message_thread_id == topic.message_thread_id
    with pytest.raises(BadRequest):
        await bot.create_forum_topic(cats.id, "x" * 129)
    plain = server.group(-200, "No forum")
    with pytest.raises(BadRequest, match=r"(?i)the chat is not a forum"):
        await bot.create_forum_topic(plain.id, "Cat")


async def test_a_closed_topic_and_a_deleted_one(bot: Bot, cats: Group) -> None:
    cats.closed.add(42)
    with pytest.raises(BadRequest, match=r"(?i)topic_closed"):
        await bot.send_message(cats.id, "x", message_thread_id=42)
    cats.topics.discard(42)
    with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
        await bot.send_message(cats.id, "x", message_thread_id=42)


@pytest.mark.parametrize("status", ["creator", "administrator", "member"])
async def test_members_have_their_status(bot: Bot, cats: Group, ada: User, status: str) -> None:
    cats.admins[ada.id] = status
    assert (await bot.get_chat_member(cats.id, ada.id)).status == status
    with pytest.raises(BadRequest):
        await bot.get_chat_member(cats.id, 999)


class Endpoint:
    """The bot's server: remembers what was posted, and answers as the test says."""

    def __init__(self) -> None:
        self.posts: list[tuple[int, str]] = []
        self.statuses: list[int] = []
        self.open, self.most = 0, 0

    async def take(self, request: web.Request) -> web.Response:
        self.open += 1
        self.most = max(self.most, self.open)
        self.posts.append(((await request.json())["update_id"], request.headers[HEADER]))
        await asyncio.sleep(0)
        self.open -= 1
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def endpoint(server: FakeTelegram) -> AsyncIterator[Endpoint]:
    made = Endpoint()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    async with TestServer(app) as listening:
        assert listening.port is not None
        server.hook.port = listening.port
        yield made


async def test_the_webhook_is_posted_to_until_it_takes_the_update(
    server: FakeTelegram, bot: Bot, ada: User, endpoint: Endpoint
) -> None:
    endpoint.statuses = [503, 500]
    await bot.set_webhook("https://bot.example.org/hook", secret_token="s3cret")
    first = await server.say(ada, "one")
    second = await server.say(ada, "two")
    await server.until(lambda: server.unconfirmed == [])
    # One chat's updates in order, the second only after the first was taken.
    assert endpoint.posts == [(first, "s3cret")] * 3 + [(second, "s3cret")]
    assert server.hook.posts == [(first, 503), (first, 500), (first, 200), (second, 200)]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 500"


async def test_no_more_posts_at_a_time_than_were_asked_for(
    server: FakeTelegram, bot: Bot, endpoint: Endpoint
) -> None:
    for number in range(1, 13):
        await server.say(server.user(number, "Ada"), "x")
    await bot.set_webhook("https://bot.example.org/hook", max_connections=3)
    await server.until(lambda: server.unconfirmed == [])
    assert endpoint.most <= 3


async def test_a_deleted_webhook_leaves_what_waits_to_polling(
    server: FakeTelegram, bot: Bot, ada: User
) -> None:
    await bot.set_webhook("https://bot.example.org/hook", allowed_updates=["message"], max_connections=7)
    info = await bot.get_webhook_info()
    assert (info.url, info.allowed_updates, info.max_connections) == (
        "https://bot.example.org/hook",
        ("message",),
        7,
    )
    await server.say(ada, "one")
    await bot.delete_webhook()
    assert (await bot.get_webhook_info()).url == ""
    assert len(await bot.get_updates()) == 1
    await server.say(ada, "two")
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


@pytest.mark.parametrize(
    "url", ["http://bot.example.org/hook", "https://bot.example.org:8080/hook", "https:///hook"]
)
async def test_webhooks_that_are_refused(bot: Bot, url: str) -> None:
    with pytest.raises(BadRequest, match=r"(?i)bad webhook"):
        await bot.set_webhook(url)
    with pytest.raises(BadRequest, match=r"(?i)unallowed characters"):
        await bot.set_webhook("https://bot.example.org/hook", secret_token="with spaces")
