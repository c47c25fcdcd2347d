"""The Telegram surface: polls, writes down, handles, answers.

An update is in the inbox before the next getUpdates tells Telegram that we have it; what was not handled
when the process died is handled again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

import stamina
import structlog
import telegram
from telegram import Update
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, TelegramError
from telegram.request import HTTPXRequest

from bots.desk import Desk, InboxRunner, run_outbox
from bots.telegram.answer import Answers
from bots.telegram.handle import Handler
from bots.telegram.inbound import PLATFORM, UPDATES, lane
from bots.telegram.limiter import Limiter
from bots.telegram.register import register
from bots.telegram.send import Sender, seconds_of
from core.commands.spec import Spec
from core.ports.bell import deliveries
from core.ports.store import InboxItem, StoreAway
from core.settings import Settings

log = structlog.get_logger()

LONG_POLL = 25  # seconds that Telegram may hold getUpdates
BATCH = 100  # updates
STORE_PAUSE = 1.0  # seconds before Telegram is asked again for what we could not write down
GRACE = 5.0  # seconds for answers that are under way when we are told to stop; the rest comes after a restart
CONFLICT_PAUSE = 5.0  # seconds between tries while another process polls


_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")


class TelegramRefused(Exception):
    """Telegram does not take our token: nothing to do but give another one."""


async def serve(desk: Desk, settings: Settings, *, stop: asyncio.Event, specs: Mapping[str, Spec]) -> None:
    """Runs the surface until `stop` is set. Raises `TelegramRefused` for a missing or wrong token."""
    bot = connect(settings)
    try:
        if await _unless(stop, _identify(bot)):
            log.info("telegram.started", bot=bot.username)
            await _run(bot, desk, specs, stop)
    finally:
        await bot.shutdown()


def connect(settings: Settings) -> telegram.Bot:
    """The bot of `TELEGRAM_TOKEN` at `TELEGRAM_API_BASE`; makes no call yet."""
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
    return telegram.Bot(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=HTTPXRequest(64, 10, 10, 5, 10, media_write_timeout=15),
        get_updates_request=HTTPXRequest(2, 10, 10, 5, 10),
    )


async def _identify(bot: telegram.Bot) -> None:
    """getMe, and polling instead of an earlier webhook; for as long as Telegram can't be reached."""
    try:
        async for attempt in stamina.retry_context(_away, attempts=None, timeout=None, wait_max=20.0):
            with attempt:
                await bot.initialize()
                await bot.delete_webhook()
    except InvalidToken:
        # The library's message holds the token.
        raise TelegramRefused("Telegram refused TELEGRAM_TOKEN: copy it anew from @BotFather") from None


async def _run(bot: telegram.Bot, desk: Desk, specs: Mapping[str, Spec], stop: asyncio.Event) -> None:
    async def moved(old: int, new: int) -> None:
        async with desk.store.begin() as work:
            await work.chats.migrate(PLATFORM, str(old), str(new))

    sender = Sender(bot, Limiter(), moved)
    answers = Answers(desk, sender, bot.username)
    runner = InboxRunner(desk, Handler(bot, desk, sender, answers, specs).handle, lambda i: lane(i.payload))
    # Before polling: what is fed by both would be handled twice.
    if not await _unless(stop, _resume(runner)):
        return
    tasks = [
        asyncio.create_task(_poll(bot, desk, runner, stop)),
        asyncio.create_task(run_outbox(desk, answers.send, stop)),
        asyncio.create_task(register(bot, desk, specs)),
    ]
    stopped = asyncio.create_task(stop.wait())
    try:
        await _first_failure(tasks, stopped)
        tasks[0].cancel()  # nothing new comes in; what is being answered is answered
        with suppress(TimeoutError):
            await asyncio.wait_for(runner.idle(), GRACE)
        await desk.bell.ring(deliveries(PLATFORM))  # wakes the outbox, so that it sees the stop
        await tasks[1]
    finally:
        for task in (*tasks, stopped):
            task.cancel()
        await asyncio.gather(*tasks, stopped, return_exceptions=True)
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
    async for attempt in stamina.retry_context(StoreAway, attempts=None, timeout=None):
        with attempt:
            await runner.resume()


async def _first_failure(tasks: list[asyncio.Task[None]], stopped: asyncio.Task[bool]) -> None:
    """Returns when we are told to stop; raises what a task raised."""
    waiting: set[asyncio.Task[None] | asyncio.Task[bool]] = {*tasks, stopped}
    while not stopped.done():
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopped}:
            task.result()


async def _poll(bot: telegram.Bot, desk: Desk, runner: InboxRunner, stop: asyncio.Event) -> None:
    """getUpdates, for ever. What was accepted is confirmed by the next call's offset.

    We begin without an offset: Telegram gives what is not confirmed, and the inbox knows what it had.
    (A remembered offset would swallow updates after a quiet week, when Telegram numbers anew.) For the
    same reason the offset is dropped as soon as nothing is left to confirm.
    """
    offset: int | None = None
    while not stop.is_set():
        updates = await _updates(bot, offset)
        if not updates:
            offset = None
            continue
        try:
            new = await desk.accept([_item(desk, update) for update in updates])
        except StoreAway as away:
            log.warning("telegram.store_away", error=str(away))
            await asyncio.sleep(STORE_PAUSE)
            continue  # the same updates come again
        runner.feed(new)
        offset = max(update.update_id for update in updates) + 1


async def _updates(bot: telegram.Bot, offset: int | None) -> tuple[Update, ...]:
    """The next batch, through conflicts, floods and outages. Raises `TelegramRefused`."""
    try:
        async for attempt in stamina.retry_context(_poll_again, attempts=None, timeout=None, wait_max=20.0):
            with attempt:
                return await bot.get_updates(offset, BATCH, LONG_POLL, UPDATES)
    except InvalidToken:
        raise TelegramRefused("Telegram does not take TELEGRAM_TOKEN any more: was it revoked?") from None
    raise AssertionError("unreachable: the attempts don't end")


def _away(error: Exception) -> bool | float:
    """Whether to try again; a number: after so many seconds."""
    if isinstance(error, telegram.error.RetryAfter):
        return seconds_of(error)
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)


def _poll_again(error: Exception) -> bool | float:
    if isinstance(error, Conflict):
        log.warning(
            "telegram.conflict", error=str(error), next="stop the other process, or delete the webhook"
        )
        return CONFLICT_PAUSE
    return _away(error) or (isinstance(error, TelegramError) and not isinstance(error, InvalidToken))


def _item(desk: Desk, update: Update) -> InboxItem:
    return InboxItem(PLATFORM, str(update.update_id), update.to_dict(), desk.clock.now())
