"""The webhook: written down before Telegram is told, strangers kept out cheaply."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest
from structlog.testing import capture_logs

from bots.desk import Desk
from bots.telegram import surface, webhook
from bots.telegram.webhook import HEADER, LARGEST, Strangers
from core.commands.incoming import Invocation
from core.ports.rows import InboxItem
from core.ports.store import StoreAway
from core.reply import Reply
from tests.fakes.telegram import TOKEN
from tests.surfaces.telegram.conftest import HOOK_SECRET, SPECS, Running, card, listening


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def update(number: int, words: str = "/buy", user: int = 7) -> dict[str, object]:
    ada = {"id": user, "is_bot": False, "first_name": "Ada"}
    chat = {"id": user, "type": "private", "first_name": "Ada"}
    said = {"message_id": number, "date": 1, "chat": chat, "from": ada, "text": words}
    return {"update_id": number, "message": said}


async def test_updates_come_by_the_webhook_and_are_answered(hooked: Running) -> None:
    ada = hooked.telegram.user(7, "Ada")
    async with hooked.process():
        sent = await hooked.telegram.say(ada, "/buy")
        await hooked.telegram.shown(ada, "A quote")
    assert hooked.telegram.hook.posts == [(sent, 200)]
    assert "getUpdates" not in [name for name, _ in hooked.telegram.calls]


async def test_an_update_is_in_the_inbox_before_telegram_is_told(hooked: Running) -> None:
    """The handler has not even begun when Telegram has its 200; after a kill the update is handled."""
    ada = hooked.telegram.user(7, "Ada")
    held = asyncio.Event()

    async def never(_: Invocation) -> Reply:
        held.set()
        await asyncio.Event().wait()
        raise AssertionError("killed before")

    hooked.core.on("/buy", never)
    process = asyncio.create_task(
        surface.serve(hooked.desk, hooked.settings, stop=asyncio.Event(), specs=SPECS)
    )
    sent = await hooked.telegram.say(ada, "/buy")
    await held.wait()
    await hooked.telegram.until(lambda: hooked.telegram.hook.posts == [(sent, 200)])
    process.cancel()
    await asyncio.gather(process, return_exceptions=True)

    hooked.core.on("/buy", Reply(card("A quote")))
    async with hooked.process():
        await hooked.telegram.shown(ada, "A quote")
    assert [asked.event_id for asked in hooked.core.asked] == [str(sent), str(sent)]


async def test_a_repeated_update_is_taken_again_and_handled_once(hooked: Running) -> None:
    ada = hooked.telegram.user(7, "Ada")
    hooked.core.on("/start", Reply(card("Hello")))
    async with hooked.process():
        first = await hooked.telegram.say(ada, "/buy")
        await hooked.telegram.shown(ada, "A quote")
        await hooked.telegram.redeliver(first)
        second = await hooked.telegram.say(ada, "/start")
        await hooked.telegram.shown(ada, "Hello")
        await hooked.telegram.until(lambda: len(hooked.telegram.hook.posts) == 3)
    assert hooked.telegram.hook.posts == [(first, 200), (first, 200), (second, 200)]
    assert hooked.core.lines == ["/buy", "/start"]


async def test_updates_out_of_order_are_each_handled_once(
    hooked: Running, http: aiohttp.ClientSession
) -> None:
    """Posts overtake each other, and come twice; a number says what an update is, not when it may come."""
    ada = hooked.telegram.user(7, "Ada")
    for number in range(5):
        hooked.core.on(f"/n{number}", Reply(card(f"Number {number}")))
    async with hooked.process():
        where = await listening(hooked)

        async def post(number: int) -> int:
            body = update(100 + number, f"/n{number}")
            async with http.post(where, json=body, headers={HEADER: HOOK_SECRET}) as answer:
                return answer.status

        assert await asyncio.gather(*(post(n) for n in (4, 0, 3, 3, 1, 2, 0))) == [200] * 7
        await hooked.telegram.until(lambda: len(hooked.telegram.messages(ada)) == 5)
    assert sorted(hooked.core.lines) == [f"/n{n}" for n in range(5)]


async def test_without_the_database_telegram_keeps_the_update(
    hooked: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = hooked.telegram.user(7, "Ada")
    accept, failures = Desk.accept, [StoreAway("gone"), StoreAway("gone")]

    async def flaky(desk: Desk, items: Sequence[InboxItem]) -> list[InboxItem]:
        if failures:
            raise failures.pop()
        return await accept(desk, items)

    monkeypatch.setattr(Desk, "accept", flaky)
    async with hooked.process():
        sent = await hooked.telegram.say(ada, "/buy")
        await hooked.telegram.shown(ada, "A quote")
    assert hooked.telegram.hook.posts == [(sent, 503), (sent, 503), (sent, 200)]
    assert hooked.core.lines == ["/buy"]


async def test_what_comes_while_one_is_written_is_written_together(
    hooked: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty posts at a time don't wait for forty commits."""
    people = [hooked.telegram.user(number, "Ada") for number in range(1, 13)]
    accept, batches, release = Desk.accept, list[int](), asyncio.Event()

    async def slow(desk: Desk, items: Sequence[InboxItem]) -> list[InboxItem]:
        batches.append(len(items))
        if len(batches) == 1:
            await release.wait()
        return await accept(desk, items)

    monkeypatch.setattr(Desk, "accept", slow)
    arrived = 0
    post = webhook.Receiver.post

    async def counted(receiver: webhook.Receiver, request: aiohttp.web.Request) -> aiohttp.web.Response:
        nonlocal arrived
        arrived += 1
        if arrived == len(people):
            asyncio.get_running_loop().call_soon(release.set)
        return await post(receiver, request)

    monkeypatch.setattr(webhook.Receiver, "post", counted)
    async with hooked.process():
        for person in people:
            await hooked.telegram.say(person, "/buy")
        for person in people:
            await hooked.telegram.shown(person, "A quote")
    assert sum(batches) == len(people)
    assert len(batches) <= 3


async def test_a_flood_of_wrong_secrets_is_cheap_and_delays_nobody(
    hooked: Running, http: aiohttp.ClientSession
) -> None:
    """Not a byte of their bodies is read, nothing is written down, and the log has one line of them."""
    ada = hooked.telegram.user(7, "Ada")
    with capture_logs() as logs:
        async with hooked.process():
            where = await listening(hooked)

            async def knock(secret: dict[str, str]) -> int:
                async with http.post(where, json=update(5), headers=secret) as answer:
                    return answer.status

            wrong = [{}, {HEADER: ""}, {HEADER: HOOK_SECRET[:-1]}, {HEADER: "ünïcode"}, {HEADER: TOKEN}]
            flood = asyncio.gather(*(knock(secret) for secret in wrong * 60))
            await hooked.telegram.say(ada, "/buy")
            await hooked.telegram.shown(ada, "A quote")
            assert await flood == [401] * 300
    assert hooked.core.lines == ["/buy"]
    assert [line["count"] for line in logs if line["event"] == "telegram.webhook_strangers"] == [1]


async def test_a_stranger_is_refused_before_sending_a_body(hooked: Running) -> None:
    async with hooked.process():
        await listening(hooked)
        reader, writer = await asyncio.open_connection("127.0.0.1", hooked.telegram.hook.port)
        head = f"POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n{HEADER}: guess\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.read()  # and then the connection is closed
        writer.close()
    assert answer.startswith(b"HTTP/1.1 401")


def test_strangers_are_counted_in_one_line_a_minute() -> None:
    now = 0.0
    strangers = Strangers(lambda: now)
    with capture_logs() as logs:
        for second in range(130):
            now = float(second)
            for _ in range(10):
                strangers.came()
    assert [line["count"] for line in logs] == [1, 600, 600]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[1]", 400),
        (b'{"message": {}}', 400),
        (b'{"update_id": "5"}', 400),
        (b'{"update_id": true}', 400),
        (b"[" * 200_000, 400),
        (b"\xff\xfe", 400),
        (b'{"update_id": 5}' + b" " * LARGEST, 413),
    ],
)
async def test_what_is_no_update_is_refused_and_not_kept(
    hooked: Running, http: aiohttp.ClientSession, body: bytes, status: int
) -> None:
    async with hooked.process():
        where = await listening(hooked)
        async with http.post(where, data=io.BytesIO(body), headers={HEADER: HOOK_SECRET}) as answer:
            assert answer.status == status
        async with http.get(where, headers={HEADER: HOOK_SECRET}) as answer:
            assert answer.status == 405
    async with hooked.store.read() as work:
        assert await work.inbox.pending("telegram") == []


async def test_what_is_posted_while_we_stop_is_kept_for_the_next_process(hooked: Running) -> None:
    ada, bob = hooked.telegram.user(7, "Ada"), hooked.telegram.user(8, "Bob")
    held, release, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_: Invocation) -> Reply:
        held.set()
        await release.wait()
        return Reply(card("Done"))

    hooked.core.on("/slow", slow)
    process = asyncio.create_task(surface.serve(hooked.desk, hooked.settings, stop=stop, specs=SPECS))
    await hooked.telegram.say(ada, "/slow")
    await held.wait()
    stop.set()
    await hooked.telegram.say(bob, "/buy")
    release.set()
    await process
    assert [m.text for m in hooked.telegram.messages(ada)] == ["Done"]
    async with hooked.process():
        await hooked.telegram.shown(bob, "A quote")
    assert len(hooked.telegram.messages(bob)) == 1
