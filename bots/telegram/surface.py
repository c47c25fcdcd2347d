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
from functools import cache
from typing import Any, TypeVar

import httpx
import structlog
import telegram
from telegram.error import InvalidToken
from telegram.request import HTTPXRequest

from bots.desk import Desk
from bots.inbox import InboxRunner
from bots.life import live, unless
from bots.patience import patiently
from bots.telegram.answer import Answers
from bots.telegram.handle import Handler
from bots.telegram.home import Homes
from bots.telegram.inbound import lane_of
from bots.telegram.inline import Inline
from bots.telegram.limiter import Limiter
from bots.telegram.members import ManagedDesk, Members
from bots.telegram.optional import Optional
from bots.telegram.poll import TelegramRefused, WireRequest, away, poll
from bots.telegram.register import register
from bots.telegram.send import Sender
from bots.telegram.webhook import Webhook, receive
from core.commands.spec import Spec
from core.settings import Settings

log = structlog.get_logger()

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
        name = await unless(stop, _identify(bot, hook))
        if name is not None:
            log.info("telegram.started", bot=name, by="polling" if hook is None else "webhook")
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
    """No call may take as long as `bots.outbox.LEASE`: its row would be sent again beside it."""
    tls = {"verify": _tls()}
    return kind(connections, 10, 10, 5, 5, media_write_timeout=15, httpx_kwargs=tls)


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the authorities takes a tenth of a second."""
    return httpx.create_ssl_context()


async def _identify(bot: telegram.Bot, hook: Webhook | None) -> str:
    """getMe, and no webhook if we poll; for as long as Telegram can't be reached. The bot's user name."""

    async def ask() -> None:
        await bot.initialize()
        if hook is None:
            await bot.delete_webhook()  # what it has not delivered is kept, and polled

    try:
        await patiently("telegram.getMe", away, ask)
    except InvalidToken:
        # The library's message holds the token.
        raise TelegramRefused("Telegram refused TELEGRAM_TOKEN: copy it anew from @BotFather") from None
    return bot.username


async def _run(
    bot: telegram.Bot,
    updates: Callable[[InboxRunner, Inline], Coroutine[Any, Any, None]],
    settings: Settings,
    desk: Desk,
    specs: Mapping[str, Spec],
    stop: asyncio.Event,
) -> None:
    async def moved(old: int, new: int) -> None:
        await desk.moved(str(old), str(new))

    desk = ManagedDesk.over(desk, Members(bot))
    sender = Sender(
        bot,
        Limiter(per_second=settings.telegram_per_second),
        moved,
        rich=Optional("rich", settings.telegram_rich),
        whispers=Optional("ephemeral", settings.telegram_ephemeral),
    )
    answers = Answers(desk, sender, bot.username, richly=settings.telegram_rich)
    homes = Homes(desk, sender, answers.send)
    inline = Inline(bot, desk, answers, settings.public_url)
    runner = InboxRunner(
        desk, Handler(bot, desk, sender, answers, specs).handle, lambda i: lane_of(i.payload)
    )
    listen, menus = updates(runner, inline), register(bot, desk, specs)
    try:
        await live(desk, runner, listen, homes.send, stop, menus)
    finally:
        await inline.close()
