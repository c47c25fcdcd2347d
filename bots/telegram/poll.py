"""Polling: updates from Telegram into the inbox, then confirmed; through conflicts, floods and outages."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any

import structlog
import telegram
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, TelegramError
from telegram.request import HTTPXRequest

from bots.desk import Desk
from bots.inbox import InboxRunner
from bots.patience import patiently
from bots.telegram.calls import seconds_of
from bots.telegram.inbound import PLATFORM, UPDATES, overheard
from bots.telegram.inline import Inline
from core.ports.rows import InboxItem
from core.ports.store import StoreAway

log = structlog.get_logger()

LONG_POLL = 25  # seconds that Telegram may hold getUpdates
BATCH = 100  # updates
CONFLICT_PAUSE = 5.0  # seconds between tries while another process polls
STORE_PAUSE = 1.0  # seconds before Telegram is asked again for what we could not write down

NOTHING = b'{"ok": true, "result": []}'
NO_ANSWER = b'{"ok": false, "description": "Bad Gateway: what came is no answer to getUpdates"}'

Raw = dict[str, Any]


class TelegramRefused(Exception):
    """Telegram does not take our token: nothing to do but give another one."""


class WireRequest(HTTPXRequest):
    """Keeps the updates that the last call brought, as they came, and shows the library none: what is written
    down is whole, one that it can't read (a newer Bot API's, or a stranger's) doesn't stop those beside it,
    and none is read twice."""

    updates: list[Raw] = []

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, body = await super().do_request(*args, **kwargs)
        if status != HTTPStatus.OK:
            return status, body  # the library knows what each refusal means
        found = _result(body)
        if found is None:
            return HTTPStatus.BAD_GATEWAY, NO_ANSWER
        self.updates = found
        return status, NOTHING


def _result(body: bytes) -> list[Raw] | None:
    try:
        found = json.loads(body)["result"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if isinstance(found, list) else None


async def poll(
    bot: telegram.Bot,
    wire: WireRequest,
    desk: Desk,
    runner: InboxRunner,
    inline: Inline,
    stop: asyncio.Event,
) -> None:
    """getUpdates, for ever. What was accepted is confirmed by the next call's offset. `wire`: the bot's own.

    We begin without an offset: Telegram gives what is not confirmed, and the inbox knows what it had.
    (A remembered offset would swallow updates after a quiet week, when Telegram numbers anew.) For the
    same reason the offset is dropped as soon as nothing is left to confirm. Raises `TelegramRefused`.
    """
    offset: int | None = None
    while not stop.is_set():
        updates = await _updates(bot, wire, offset)
        if not updates:
            offset = None
            continue
        try:
            items = [
                item_of(desk, update)
                for update in updates
                if not (inline.take(update) or overheard(update, bot.id))
            ]
            if items:
                await runner.take(items)
        except StoreAway as unreachable:
            log.warning("telegram.store_away", error=str(unreachable))
            await asyncio.sleep(STORE_PAUSE)
            continue  # the same updates come again
        offset = max(update["update_id"] for update in updates) + 1


async def _updates(bot: telegram.Bot, wire: WireRequest, offset: int | None) -> list[Raw]:
    try:
        return await patiently("telegram.getUpdates", _again, lambda: _get(bot, wire, offset))
    except InvalidToken:
        raise TelegramRefused("Telegram does not take TELEGRAM_TOKEN any more: was it revoked?") from None


async def _get(bot: telegram.Bot, wire: WireRequest, offset: int | None) -> list[Raw]:
    await bot.get_updates(offset, BATCH, LONG_POLL, UPDATES)
    return wire.updates


def away(error: Exception) -> bool | float:
    """Whether Telegram can't be reached, so that it is worth trying again; a number: after so many seconds."""
    if isinstance(error, telegram.error.RetryAfter):
        return seconds_of(error)
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)


def _again(error: Exception) -> bool | float:
    if isinstance(error, Conflict):
        following = "stop the other process that polls with this token, or delete the webhook"
        log.warning("telegram.conflict", error=str(error), next=following)
        return CONFLICT_PAUSE
    return away(error) or (isinstance(error, TelegramError) and not isinstance(error, InvalidToken))


def item_of(desk: Desk, update: Raw) -> InboxItem:
    """As the inbox keeps it."""
    return InboxItem(PLATFORM, str(update["update_id"]), update, desk.clock.now())
