"""To Discord: the calls of its API that we make, and the way out of deliveries.

The HTTP client is discord.py's, for its buckets and waits. We make the calls ourselves, since what is
answered after a restart has no `Interaction` object any more, only ids and a token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import structlog
from discord.http import HTTPClient, Route

from bots.desk import Desk, Gone, MessageGone, RetryAfter
from bots.discord.inbound import PLATFORM
from bots.discord.render import Json, Look, render
from core.ports.store import Delivery, LiveMessage
from core.reply import Message, Visibility, t

log = structlog.get_logger()

COMPONENTS_V2, EPHEMERAL = 1 << 15, 1 << 6
TOKEN_LIFE = 15 * 60 - 30  # seconds that we still trust an interaction's token
OUTAGE = 3.0  # seconds to wait after a fault of the network or of Discord's own
ORIGINAL = "@original"

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10003, 10008, 10015, 10062
ACKNOWLEDGED, BAD_TOKEN, INVALID_RECIPIENT = 40060, 50027, 50033
TOKEN_GONE = (UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, BAD_TOKEN)


class Wire:
    """Calls to the API. All raise `RetryAfter` where another try may help, else `discord.HTTPException`."""

    def __init__(self, http: HTTPClient) -> None:
        self._http = http

    async def request(
        self, route: Route, payload: Any = None, look: Look | None = None, params: Json | None = None
    ) -> Any:
        """One call, with the files of `look` if it has any."""
        options: dict[str, Any] = {"params": params} if params else {}
        files: list[discord.File] = []
        try:
            if look is not None and look.attachments:
                files = [discord.File(a.path, filename=a.name) for a in look.attachments]
                options |= {"form": _form(payload, files), "files": files}
            elif payload is not None:
                options["json"] = payload
            return await self._http.request(route, **options)
        except discord.RateLimited as limited:
            raise RetryAfter(limited.retry_after) from limited
        except discord.DiscordServerError as fault:
            raise RetryAfter(OUTAGE) from fault
        except discord.HTTPException as refused:
            if refused.status == 429:
                raise RetryAfter(_wait(refused)) from refused
            raise
        except (TimeoutError, aiohttp.ClientError, ConnectionError) as fault:
            raise RetryAfter(OUTAGE) from fault
        finally:
            for file in files:
                file.close()

    async def respond(
        self, interaction_id: str, token: str, kind: int, data: Json | None, look: Look | None = None
    ) -> Json:
        """The first response; returns the interaction callback response."""
        route = Route(
            "POST",
            "/interactions/{interaction_id}/{webhook_token}/callback",
            interaction_id=interaction_id,
            webhook_token=token,
        )
        payload: Json = {"type": kind}
        if data is not None:
            payload["data"] = data
        answered: Json = await self.request(route, payload, look, {"with_response": "true"})
        return answered

    async def follow_up(self, application_id: str, token: str, look: Look, flags: int) -> Json:
        route = Route(
            "POST", "/webhooks/{webhook_id}/{webhook_token}", webhook_id=application_id, webhook_token=token
        )
        made: Json = await self.request(route, body(look, flags), look, {"wait": "true"})
        return made

    async def hooked(
        self, method: str, application_id: str, token: str, message_id: str, look: Look | None = None
    ) -> Json:
        """GET, PATCH or DELETE of a message by an interaction's token; `@original` names the first."""
        route = Route(
            method,
            "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
            webhook_id=application_id,
            webhook_token=token,
            message_id=message_id,
        )
        found: Json = await self.request(route, None if look is None else body(look), look)
        return found

    async def post(self, channel_id: str, look: Look, nonce: str) -> Json:
        """As the bot. Two posts with one nonce are one message, for some minutes."""
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel_id)
        made: Json = await self.request(route, body(look) | {"nonce": nonce, "enforce_nonce": True}, look)
        return made

    async def edit(self, channel_id: str, message_id: str, look: Look) -> None:
        """As the bot, at any age."""
        route = Route(
            "PATCH",
            "/channels/{channel_id}/messages/{message_id}",
            channel_id=channel_id,
            message_id=message_id,
        )
        await self.request(route, body(look), look)

    async def private_channel(self, user_id: str) -> str:
        opened: Json = await self.request(Route("POST", "/users/@me/channels"), {"recipient_id": user_id})
        return str(opened["id"])


def body(look: Look, flags: int = 0) -> Json:
    """A message's payload. Nobody is mentioned, whatever the text; old content gives way to components."""
    return {
        "flags": COMPONENTS_V2 | flags,
        "components": look.components,
        "attachments": [{"id": n, "filename": a.name} for n, a in enumerate(look.attachments)],
        "allowed_mentions": {"parse": []},
    }


def _form(payload: Any, files: Sequence[discord.File]) -> list[Json]:
    parts: list[Json] = [{"name": "payload_json", "value": discord.utils._to_json(payload)}]
    return parts + [
        {
            "name": f"files[{n}]",
            "value": file.fp,
            "filename": file.filename,
            "content_type": "application/octet-stream",
        }
        for n, file in enumerate(files)
    ]


def _wait(refused: discord.HTTPException) -> float:
    """Seconds of a 429 that did not come from the API itself (a proxy before it, or a ban)."""
    headers: Mapping[str, str] = refused.response.headers
    try:
        return float(headers.get("Retry-After", ""))
    except ValueError:
        return 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """Who is to see a new message, and where. chat_id None: the private chat with `user_id`."""

    chat_id: str | None
    thread_id: str | None
    user_id: str | None
    visibility: str
    locale: str | None


class Mail:
    """New messages as the bot: to a channel, or to a person."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def reach(self, target: Target, look: Look, nonce: str) -> LiveMessage:
        """Posts there. What is not for everybody goes to the private chat; if that is closed, QUIET goes to
        the channel and PRIVATE only says there that it exists. Raises `Gone`, `RetryAfter`."""
        if target.chat_id is None or (target.user_id is not None and target.visibility != Visibility.PUBLIC):
            found = await self._to_person(target, look, nonce)
            if found is not None:
                return found
            if target.chat_id is None:
                raise Gone
            if target.visibility == Visibility.PRIVATE:
                look = render(_pointer(target.user_id), target.locale)
        return await self._to_channel(target, target.chat_id, look, nonce)

    async def _to_person(self, target: Target, look: Look, nonce: str) -> LiveMessage | None:
        """None if the person's private chat is closed to us."""
        if target.user_id is None:
            return None
        try:
            channel_id = await self._wire.private_channel(target.user_id)
            made = await self._wire.post(channel_id, look, nonce)
        except discord.HTTPException as refused:
            if refused.status in (403, 404) or refused.code == INVALID_RECIPIENT:
                return None
            raise
        return _live(target, made, None, None, channel_id)

    async def _to_channel(self, target: Target, chat_id: str, look: Look, nonce: str) -> LiveMessage:
        if target.thread_id is not None:
            try:
                made = await self._wire.post(target.thread_id, look, nonce)
                return _live(target, made, chat_id, target.thread_id, target.thread_id)
            except (discord.Forbidden, discord.NotFound) as refused:
                log.info("discord.thread_closed", code=refused.code)  # the channel may still be open
        try:
            made = await self._wire.post(chat_id, look, nonce)
        except (discord.Forbidden, discord.NotFound) as refused:
            raise Gone from refused
        return _live(target, made, chat_id, None, chat_id)


def _live(
    target: Target, made: Json, chat_id: str | None, thread_id: str | None, channel_id: str
) -> LiveMessage:
    return LiveMessage(
        subject="",  # filled in by who records it
        platform=PLATFORM,
        chat_id=chat_id,
        thread_id=thread_id,
        message_id=str(made["id"]),
        user_id=target.user_id,
        handle={"channel_id": channel_id, "locale": target.locale},
    )


def _pointer(user_id: str | None) -> Message:
    """Says in the group that there is news, and nothing of it."""
    return Message(t("discord-news"), body=(t("discord-news-private", user=user_id or ""),))


class Outbox:
    """Sends deliveries: `send` is what `bots.desk.run_outbox` wants."""

    def __init__(self, desk: Desk, wire: Wire) -> None:
        self._desk, self._wire = desk, wire

    async def send(
        self, delivery: Delivery, message: Message, live: LiveMessage | None
    ) -> LiveMessage | None:
        """A new message, or the new look of `live`. Raises `Gone`, `MessageGone`, `RetryAfter`."""
        if live is not None:
            await self._edit(message, live)
            return None
        locale = await self._locale(delivery)
        target = Target(delivery.chat_id, delivery.thread_id, delivery.user_id, delivery.visibility, locale)
        return await Mail(self._wire).reach(target, render(message, locale), f"pb-{delivery.id}")

    async def _edit(self, message: Message, live: LiveMessage) -> None:
        """By the interaction's token while it lives, which also reaches what only one person sees; then as
        the bot. Raises `MessageGone`."""
        handle = live.handle or {}
        look = render(message, handle.get("locale"))
        try:
            if self._desk.clock.now() - handle.get("at", 0) < TOKEN_LIFE:
                try:
                    await self._wire.hooked(
                        "PATCH",
                        handle["application_id"],
                        handle["interaction_token"],
                        handle["message"],
                        look,
                    )
                    return
                except discord.HTTPException as refused:
                    if refused.code not in TOKEN_GONE:
                        raise
            if handle.get("ephemeral"):
                raise MessageGone
            channel_id = handle.get("channel_id") or live.thread_id or live.chat_id
            if channel_id is None:
                raise MessageGone
            await self._wire.edit(channel_id, live.message_id, look)
        except (discord.Forbidden, discord.NotFound) as refused:
            raise MessageGone from refused

    async def _locale(self, delivery: Delivery) -> str | None:
        async with self._desk.store.read() as work:
            if delivery.chat_id is not None:
                chat = await work.chats.get(PLATFORM, delivery.chat_id)
                return chat.locale if chat else None
            account = await work.accounts.get(PLATFORM, delivery.user_id) if delivery.user_id else None
            return account.locale if account else None
