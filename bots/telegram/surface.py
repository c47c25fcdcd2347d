"""The Telegram surface: takes updates, by polling or by a webhook, writes down, handles, answers.

An update is in the inbox before Telegram is told that we have it; what was not handled when the process
died is handled again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import ssl
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar

import httpx
import stamina
import structlog
import telegram
from telegram.error import InvalidToken
from telegram.request import HTTPXRequest

from bots.desk import Desk, InboxRunner, run_outbox
from bots.telegram.answer import Answers
from bots.telegram.handle import Handler
from bots.telegram.home import Homes
from bots.telegram.inbound import PLATFORM, lane_of
from bots.telegram.inline import Inline
from bots.telegram.limiter import Limiter
from bots.telegram.members import ManagedDesk, Members
from bots.telegram.optional import Optional
from bots.telegram.outgoing import Outgoing
from bots.telegram.poll import TelegramRefused, WireRequest, away, poll
from bots.telegram.register import register
from bots.telegram.send import Sender
from bots.telegram.webhook import Webhook, receive
from core.commands.spec import Spec
from core.ports.bell import deliveries
from core.ports.store import StoreAway
from core.settings import Settings

log = structlog.get_logger()

GRACE = 5.0  # seconds for answers that are under way when we are told to stop; the rest comes after a restart


Request = TypeVar("Request", bound=HTTPXRequest)

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")


class _Bot(telegram.Bot):
    """The library's shows its token in tracebacks that print local variables."""

    def __repr__(self) -> str:
        return f"Bot({self.token.partition(':')[0]})"


async def serve(desk: Desk, settings: Settings, *, stop: asyncio.Event, specs: Mapping[str, Spec]) -> None:
    """Runs the surface until `stop` is set. Raises `TelegramRefused` for settings that can't work."""
    wire, hook = _request(WireRequest, 2), Webhook.of(settings)
    bot = connect(settings, wire)

    def updates(runner: InboxRunner, inline: Inline) -> Coroutine[Any, Any, None]:
        if hook is None:
            return poll(bot, wire, desk, runner, inline, stop)
        return receive(bot, hook, desk, runner, inline)

    try:
        if await _unless(stop, _identify(bot, hook)):
            log.info("telegram.started", bot=bot.username, by="polling" if hook is None else "webhook")
            await _run(bot, updates, settings, desk, specs, stop)
    finally:
        await bot.shutdown()


def connect(settings: Settings, updates: HTTPXRequest) -> telegram.Bot:
    """The bot of `TELEGRAM_TOKEN` at `TELEGRAM_API_BASE`, which polls by `updates`; makes no call yet."""
    token = "" if settings.telegram_token is None else settings.telegram_token.get_secret_value()
    if not _TOKEN.fullmatch(token):
        raise TelegramRefused(
            "TELEGRAM_TOKEN is no bot token, which looks like 123456:ABC: ask @BotFather for one"
        )
    # They log URLs, which hold the token: httpx at INFO, telegram at DEBUG.
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Else the library warns of its next version's timedeltas at every 429.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    base = settings.telegram_api_base.rstrip("/")
    return _Bot(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=_request(HTTPXRequest, 64),
        get_updates_request=updates,
    )


def _request(kind: type[Request], connections: int) -> Request:
    """No call may take as long as `bots.desk.LEASE`: its row would be sent again beside it."""
    tls = {"verify": _tls()}
    return kind(connections, 10, 10, 5, 5, media_write_timeout=15, httpx_kwargs=tls)


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the authorities takes a tenth of a second."""
    return httpx.create_ssl_context()


async def _identify(bot: telegram.Bot, hook: Webhook | None) -> None:
    """getMe, and no webhook if we poll; for as long as Telegram can't be reached."""
    try:
        async for attempt in stamina.retry_context(
            away, attempts=None, timeout=None, wait_max=20.0
        ).with_name("telegram.getMe", (), {}):
            with attempt:
                await bot.initialize()
                if hook is None:
                    await bot.delete_webhook()  # what it has not delivered is kept, and polled
    except InvalidToken:
        # The library's message holds the token.
        raise TelegramRefused("Telegram refused TELEGRAM_TOKEN: copy it anew from @BotFather") from None


async def _run(
    bot: telegram.Bot,
    updates: Callable[[InboxRunner, Inline], Coroutine[Any, Any, None]],
    settings: Settings,
    desk: Desk,
    specs: Mapping[str, Spec],
    stop: asyncio.Event,
) -> None:
    async def moved(old: int, new: int) -> None:
        async with desk.store.begin() as work:
            await work.chats.migrate(PLATFORM, str(old), str(new))

    desk = ManagedDesk.over(desk, Members(bot))
    sender = Sender(
        bot,
        Limiter(per_second=settings.telegram_per_second),
        moved,
        rich=Optional("rich", settings.telegram_rich),
        whispers=Optional("ephemeral", settings.telegram_ephemeral),
    )
    answers = Answers(desk, sender, bot.username, richly=settings.telegram_rich)
    outgoing = Outgoing(answers.send, Homes(desk, sender, answers.send).send)
    inline = Inline(bot, desk, answers, settings.public_url)
    runner = InboxRunner(
        desk, Handler(bot, desk, sender, answers, specs).handle, lambda i: lane_of(i.payload)
    )
    # Before new updates are taken: what is fed by both would be handled twice.
    if not await _unless(stop, _resume(runner)):
        return
    tasks = [
        asyncio.create_task(updates(runner, inline)),
        asyncio.create_task(run_outbox(desk, outgoing.send, stop, inbox=runner)),
        asyncio.create_task(register(bot, desk, specs)),
    ]
    stopped = asyncio.create_task(stop.wait())
    try:
        await _first_failure(tasks, stopped)
        tasks[0].cancel()  # nothing new comes in; what is being answered is answered
        runner.end()
        with suppress(TimeoutError):
            await asyncio.wait_for(runner.idle(), GRACE)
        await desk.bell.ring(deliveries(PLATFORM))  # wakes the outbox, so that it sees the stop
        await tasks[1]
    finally:
        for task in (*tasks, stopped):
            task.cancel()
        await asyncio.gather(*tasks, stopped, return_exceptions=True)
        await inline.close()
        await runner.close()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Runs `work`, but no longer than until we are told to stop; whether it ended by itself."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        return task.done()
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


async def _resume(runner: InboxRunner) -> None:
    async for attempt in stamina.retry_context(StoreAway, attempts=None, timeout=None).with_name(
        "telegram.resume", (), {}
    ):
        with attempt:
            await runner.resume()


async def _first_failure(tasks: list[asyncio.Task[None]], stopped: asyncio.Task[bool]) -> None:
    """Returns when we are told to stop; raises what a task raised."""
    waiting: set[asyncio.Task[None] | asyncio.Task[bool]] = {*tasks, stopped}
    while not stopped.done():
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopped}:
            task.result()
