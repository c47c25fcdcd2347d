"""The webhook: Telegram posts updates here, and is told 200 when they are in the inbox.

It says who it is by a secret in a header, which we told it with `setWebhook`. TLS ends at the operator's
proxy. One that we could not write down is answered by 503: Telegram keeps it and posts it again.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import structlog
import telegram
from aiohttp import web
from telegram.error import InvalidToken, TelegramError

from bots.desk import Desk
from bots.inbox import InboxRunner
from bots.patience import patiently
from bots.telegram.inbound import UPDATES, overheard
from bots.telegram.inline import Inline
from bots.telegram.poll import TelegramRefused, away, item_of
from core.bootstrap.listening import listening
from core.ports.store import StoreAway
from core.settings import Settings

log = structlog.get_logger()

HEADER = "X-Telegram-Bot-Api-Secret-Token"
PORTS = (443, 80, 88, 8443)  # that Telegram posts to
CONNECTIONS = 40  # posts at a time
LARGEST = 1024 * 1024  # bytes of an update; the longest message with all its entities has a tenth
WATCH = 60.0  # seconds between looks whether Telegram still posts to us, and between lines about strangers

_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")


@dataclass(frozen=True, slots=True)
class Webhook:
    """url: what Telegram posts to. port: where we listen for it, on every address."""

    url: str
    port: int
    secret: str = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Webhook | None:
        """None: polling. Raises `TelegramRefused` for settings that Telegram would refuse."""
        if not settings.telegram_webhook_url:  # unset, or set to nothing
            return None
        url = urlsplit(settings.telegram_webhook_url)
        if url.scheme != "https" or not url.hostname or _port(url.netloc) not in PORTS:
            raise TelegramRefused(
                "TELEGRAM_WEBHOOK_URL must be an https address on port 443, 80, 88 or 8443, such as "
                "https://bot.example.org/telegram"
            )
        return cls(settings.telegram_webhook_url, settings.telegram_webhook_port, _secret(settings))

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"

    def wanted_by(self, info: telegram.WebhookInfo) -> bool:
        """Whether Telegram posts what we want to where we are."""
        now = (info.url, set(info.allowed_updates or ()), info.max_connections)
        return now == (self.url, set(UPDATES), CONNECTIONS)


def _port(netloc: str) -> int:
    port = netloc.rpartition("@")[2].rpartition(":")[2]
    return int(port) if port.isascii() and port.isdecimal() else 443


def _secret(settings: Settings) -> str:
    """The operator's, or one made of the token: who has that can read our updates anyway."""
    if settings.telegram_webhook_secret:
        given = settings.telegram_webhook_secret.get_secret_value()
        if not _SECRET.fullmatch(given):
            raise TelegramRefused("TELEGRAM_WEBHOOK_SECRET must be 16 to 256 of A-Z, a-z, 0-9, _ and -")
        return given
    token = "" if settings.telegram_token is None else settings.telegram_token.get_secret_value()
    return hmac.digest(token.encode(), b"pumpbox telegram webhook", hashlib.sha256).hex()


class Strangers:
    """Posts without the secret: a line at the first, then one a minute with how many there were."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._count, self._told = 0, -WATCH

    def came(self) -> None:
        self._count += 1
        now = self._clock()
        if now - self._told >= WATCH:
            following = "let your proxy pass 149.154.160.0/20 and 91.108.4.0/22 alone, Telegram's networks"
            log.warning("telegram.webhook_strangers", count=self._count, next=following)
            self._count, self._told = 0, now


class Receiver:
    """Answers posts."""

    def __init__(self, hook: Webhook, bot_id: int, desk: Desk, inbox: InboxRunner, inline: Inline) -> None:
        self._secret, self._bot_id, self._desk = hook.secret.encode(), bot_id, desk
        self._inbox, self._inline = inbox, inline
        self._strangers = Strangers()

    async def post(self, request: web.Request) -> web.Response:
        """401 before a byte of the body is read; 400 for what is no update; 503: post it again."""
        given = request.headers.get(HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            self._strangers.came()
            return web.Response(status=401)
        update = _update(await request.read())
        if update is None:
            log.warning("telegram.webhook_nonsense", bytes=request.content_length)
            return web.Response(status=400)
        if self._inline.take(update) or overheard(update, self._bot_id):
            return web.Response()
        try:
            await self._inbox.accept(item_of(self._desk, update))
        except StoreAway as unreachable:
            log.warning("telegram.store_away", error=str(unreachable))
            return web.Response(status=503)
        return web.Response()


def _update(body: bytes) -> dict[str, Any] | None:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    numbered = isinstance(update, dict) and type(update.get("update_id")) is int
    return update if numbered else None


async def receive(bot: telegram.Bot, hook: Webhook, desk: Desk, runner: InboxRunner, inline: Inline) -> None:
    """Takes updates by the webhook until it is cancelled. Raises `TelegramRefused`."""
    receiver = Receiver(hook, bot.id, desk, runner, inline)
    app = web.Application(client_max_size=LARGEST)
    app.router.add_post(hook.path, receiver.post)
    async with AsyncExitStack() as opened:
        try:
            # A stranger's body is not waited for; what is being answered when we stop has its answer soon.
            serving = listening(app, "0.0.0.0", hook.port, lingering_time=0, shutdown_timeout=5)  # noqa: S104 - the proxy may be elsewhere
            await opened.enter_async_context(serving)
        except OSError as taken:
            raise TelegramRefused(
                f"TELEGRAM_WEBHOOK_PORT {hook.port} can't be listened on ({taken.strerror}): give another, and "
                "tell your proxy"
            ) from taken
        log.info("telegram.webhook_listening", port=hook.port)
        await _watch(bot, hook, desk)


async def _watch(bot: telegram.Bot, hook: Webhook, desk: Desk) -> None:
    """Sees to it that Telegram posts to us, also after somebody else has used the token."""
    while True:
        try:
            await patiently("telegram.setWebhook", away, lambda: _set(bot, hook, desk))
        except InvalidToken:
            raise TelegramRefused("Telegram does not take TELEGRAM_TOKEN any more: was it revoked?") from None
        except TelegramError as refused:
            log.error("telegram.webhook_refused", error=str(refused), next="check TELEGRAM_WEBHOOK_URL")
        except StoreAway as unreachable:
            log.warning("telegram.store_away", error=str(unreachable))
        await asyncio.sleep(WATCH)


async def _set(bot: telegram.Bot, hook: Webhook, desk: Desk) -> None:
    """Sets the webhook if what is set differs. Telegram doesn't tell the secret, so we remember which it was."""
    info = await bot.get_webhook_info()
    cursor = f"telegram-webhook:{bot.id}"
    # Keyed by the token: whoever reads the database can't try secrets against it.
    mark = hmac.digest(bot.token.encode(), hook.secret.encode(), hashlib.sha256).hex()
    async with desk.store.read() as work:
        known = await work.cursors.get(cursor)
    if hook.wanted_by(info) and known == {"secret": mark}:
        if info.last_error_message and info.pending_update_count:
            log.warning(
                "telegram.webhook_failing",
                error=info.last_error_message,
                pending=info.pending_update_count,
                next="Telegram can't reach TELEGRAM_WEBHOOK_URL: look at your proxy",
            )
        return
    await bot.set_webhook(
        hook.url, allowed_updates=UPDATES, max_connections=CONNECTIONS, secret_token=hook.secret
    )
    async with desk.store.begin() as work:
        await work.cursors.set(cursor, {"secret": mark})
    log.info("telegram.webhook_set", host=urlsplit(hook.url).hostname)
