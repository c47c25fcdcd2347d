"""The calls of Discord's API that we make.

The HTTP client is discord.py's, for its buckets and waits. We make the calls ourselves, since what is
answered after a restart has no `Interaction` object any more, only ids and a token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import aiohttp
import discord
from discord.http import HTTPClient, Ratelimit, Route

from bots.desk import RetryAfter
from bots.discord.render import Json, Look

COMPONENTS_V2, EPHEMERAL = 1 << 15, 1 << 6
OUTAGE = 3.0  # seconds to wait after a fault of the network or of Discord's own
ORIGINAL = "@original"

UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10008, 10015, 10062
ACKNOWLEDGED, BAD_TOKEN, INVALID_RECIPIENT = 40060, 50027, 50033
UNKNOWN_CHANNEL, MISSING_ACCESS, MISSING_PERMISSIONS = 10003, 50001, 50013
THREAD_ARCHIVED, THREAD_EXISTS, THREAD_LOCKED, TOO_MANY_THREADS = 50083, 160004, 160005, 160006
THREAD_CLOSED = (THREAD_ARCHIVED, THREAD_LOCKED)
TOKEN_GONE = (UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, BAD_TOKEN)


MAX_WAIT = 30.0  # seconds that a call waits for its turn; longer, and it is the inbox or outbox that waits


class Bucket(Ratelimit):
    """What is left of a route's requests. discord.py's own gives up on a route whose window is longer than
    `MAX_WAIT` (threads: 5 minutes) even while requests are left in it."""

    async def acquire(self) -> None:
        patience = self._max_ratelimit_timeout
        if self.remaining > 0:
            self._max_ratelimit_timeout = None
        try:
            await super().acquire()
        finally:
            self._max_ratelimit_timeout = patience


class Buckets(dict[str, Ratelimit]):
    """For `HTTPClient._buckets`, which asks here before it makes one of its own.

    Each interaction has a bucket of its own, so the idle ones are thrown out; not at every new one, as
    discord.py does from the 256th on, but when there are twice as many as were left the last time.
    """

    _room = 256

    def __missing__(self, key: str) -> Ratelimit:
        if len(self) >= self._room:
            for idle in [name for name, bucket in self.items() if bucket.is_inactive()]:
                del self[idle]
            self._room = max(256, 2 * len(self))
        self[key] = made = Bucket(MAX_WAIT)
        return made


class HasHttp(Protocol):
    """discord.py's client: what holds the HTTP client of the day."""

    http: HTTPClient


class Wire:
    """Calls to the API. All raise `RetryAfter` where another try may help, else `discord.HTTPException`."""

    def __init__(self, client: HasHttp) -> None:
        self._client = client

    async def request(
        self,
        route: Route,
        payload: Any = None,
        look: Look | None = None,
        params: Json | None = None,
        *,
        once: bool = False,
    ) -> Any:
        """One call, with the files of `look` if it has any. once: what Discord would do again if it were
        asked again; discord.py asks again after a fault of Discord's, who may have done it by then."""
        options: dict[str, Any] = {"params": params} if params else {}
        if once:
            options["raise_for_status"] = _no_fault
        files: list[discord.File] = []
        try:
            if look is not None and look.attachments:
                files = [discord.File(a.path, filename=a.name) for a in look.attachments]
                options |= {"form": _form(payload, files), "files": files}
            elif payload is not None:
                options["json"] = payload
            return await self._client.http.request(route, **options)
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
        answered: Json = await self.request(route, payload, look, {"with_response": "true"}, once=True)
        return answered

    async def follow_up(self, application_id: str, token: str, look: Look, flags: int) -> Json:
        route = Route(
            "POST", "/webhooks/{webhook_id}/{webhook_token}", webhook_id=application_id, webhook_token=token
        )
        made: Json = await self.request(route, body(look, flags), look, {"wait": "true"}, once=True)
        return made

    async def hooked(
        self, method: str, application_id: str, token: str, message_id: str, look: Look | None = None
    ) -> Json:
        """GET, PATCH or DELETE of a message by an interaction's token; `@original` names the first."""
        name = ORIGINAL if message_id == ORIGINAL else "{message_id}"  # a parameter's @ would be quoted
        route = Route(
            method,
            f"/webhooks/{{webhook_id}}/{{webhook_token}}/messages/{name}",
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

    async def delete(self, channel_id: str, message_id: str) -> None:
        """As the bot: a message of its own."""
        route = Route(
            "DELETE",
            "/channels/{channel_id}/messages/{message_id}",
            channel_id=channel_id,
            message_id=message_id,
        )
        await self.request(route)

    async def channel(self, channel_id: str) -> Json:
        found: Json = await self.request(Route("GET", "/channels/{channel_id}", channel_id=channel_id))
        return found

    async def unarchive(self, thread_id: str) -> None:
        route = Route("PATCH", "/channels/{channel_id}", channel_id=thread_id)
        await self.request(route, {"archived": False})

    async def private_channel(self, user_id: str) -> Json:
        """The private chat with them; `last_message_id` is None where nothing was ever said."""
        opened: Json = await self.request(Route("POST", "/users/@me/channels"), {"recipient_id": user_id})
        return opened


def body(look: Look, flags: int = 0) -> Json:
    """A message's payload. Nobody is mentioned, whatever the text; old content gives way to components."""
    return {
        "flags": COMPONENTS_V2 | flags,
        "components": look.components,
        "attachments": [{"id": n, "filename": a.name} for n, a in enumerate(look.attachments)],
        "allowed_mentions": {"parse": []},
    }


async def _no_fault(response: aiohttp.ClientResponse) -> None:
    """Raises `aiohttp.ClientResponseError`, which discord.py hands on, for a fault of Discord's own."""
    if response.status >= 500:
        response.raise_for_status()


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
