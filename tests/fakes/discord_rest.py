"""The REST half of the fake Discord."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.discord_bodies import change, read
from tests.fakes.discord_rules import (
    EPHEMERAL,
    LOADING,
    Refused,
    check_commands,
    check_modal,
    invalid,
)
from tests.fakes.discord_threads import Threads
from tests.fakes.discord_world import DM, Channel, Interaction, Json, Message, User

if TYPE_CHECKING:
    from tests.fakes.discord import FakeDiscord

FIRST_RESPONSE, TOKEN_LIFE = 3, 15 * 60
MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
SLASH, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
ALLOWED = {
    SLASH: {MESSAGE, DEFER, MODAL},
    COMPONENT: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    SUBMIT: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE},
}


class Rest:
    def __init__(self, discord: FakeDiscord, token: str) -> None:
        self.discord, self._token = discord, token

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._answer], client_max_size=32 << 20)
        hook = "/api/v10/webhooks/{app}/{token}"
        app.router.add_routes(
            [
                web.get("/api/v10/users/@me", self._me),
                web.get("/api/v10/oauth2/applications/@me", self._application),
                web.get("/api/v10/gateway/bot", self._gateway),
                web.put("/api/v10/applications/{app}/commands", self._commands),
                web.post("/api/v10/users/@me/channels", self._open_dm),
                web.post("/api/v10/channels/{channel}/messages", self._post),
                web.patch("/api/v10/channels/{channel}/messages/{message}", self._edit),
                web.get("/api/v10/channels/{channel}/messages/{message}", self._get),
                web.delete("/api/v10/channels/{channel}/messages/{message}", self._delete),
                web.post("/api/v10/interactions/{id}/{token}/callback", self._callback),
                web.post(hook, self._follow_up),
                web.get(hook + "/messages/{message}", self._hook_get),
                web.patch(hook + "/messages/{message}", self._hook_edit),
                web.delete(hook + "/messages/{message}", self._hook_delete),
                *Threads(self).routes(),
            ]
        )
        return app

    @web.middleware
    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path == "/gateway":
            found: web.StreamResponse = await handler(request)
            return found
        path = request.path.removeprefix("/api/v10")
        line, status, body, headers = f"{request.method} {path}", 500, None, {}
        self.discord.requests.append((request.method, path))
        try:
            headers = self.discord.limits.admit(line)
            self._fault(line)
            if not path.startswith(("/interactions/", "/webhooks/")):
                self._authorised(request)
            status, body = 200, await handler(request)
            self._loss(line)
        except Refused as refused:
            status, body = refused.status, refused.body
            headers = {**headers, **body.pop("headers", {})}
        finally:
            self.discord.limits.count(status)
            await self.discord.notify()
        if body is None:
            return web.Response(status=204)
        if body_is_plain(body):  # what stands before Discord speaks no JSON
            return web.Response(status=status, text=body["message"], headers=headers)
        headers = {"Content-Type": "application/json", **headers}
        return web.Response(status=status, body=json.dumps(body).encode(), headers=headers)

    def _fault(self, line: str) -> None:
        for fault in self.discord.faults:
            pattern, status, code, headers = fault
            if pattern.search(line):
                self.discord.faults.remove(fault)
                extra: Json = {"headers": {k.replace("_", "-"): v for k, v in headers.items()}}
                if status == 429:
                    extra |= {"retry_after": float(headers.get("Retry_After", "1")), "global": False}
                raise Refused(status, code, "as the test asked", **extra)

    def _loss(self, line: str) -> None:
        for loss in self.discord.losses:
            pattern, status = loss
            if pattern.search(line):
                self.discord.losses.remove(loss)
                raise Refused(status, 0, "no healthy upstream")

    def _authorised(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self._token}":
            raise Refused(401, 0, "401: Unauthorized")

    async def _me(self, request: web.Request) -> Json:
        return self.discord.bot.wire()

    async def _application(self, request: web.Request) -> Json:
        bot = self.discord.bot
        return {
            "id": bot.id,
            "name": bot.name,
            "description": "",
            "icon": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "owner": bot.wire(),
            "verify_key": "",
            "flags": 0,
        }

    async def _gateway(self, request: web.Request) -> Json:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return {"url": self.discord.gateway_url, "shards": 1, "session_start_limit": limit}

    async def _commands(self, request: web.Request) -> list[Json]:
        commands: list[Json] = await request.json()
        check_commands(commands)
        self.discord.commands = commands
        self.discord.overwrites += 1
        return [{**c, "id": str(n), "application_id": self.discord.bot.id} for n, c in enumerate(commands, 1)]

    # channels

    async def _open_dm(self, request: web.Request) -> Json:
        user = self.discord.users.get((await request.json())["recipient_id"])
        if user is None:
            raise Refused(400, 50033, "Invalid Recipient(s)")
        return self.discord.dm(user).wire()

    def channel(self, request: web.Request) -> Channel:
        channel = self.discord.channels.get(request.match_info["channel"])
        if channel is None:
            raise Refused(404, 10003, "Unknown Channel")
        if not channel.accessible:
            raise Refused(403, 50001, "Missing Access")
        return channel

    async def _post(self, request: web.Request) -> Json:
        channel = self.channel(request)
        payload, files = await read(request)
        if channel.type == DM and channel.recipient is not None and not channel.recipient.accepts_dms:
            raise Refused(403, 50007, "Cannot send messages to this user")
        if "send" in channel.denied:
            raise Refused(403, 50013, "Missing Permissions")
        if channel.locked:
            raise Refused(400, 160005, "Thread is locked")
        nonce = payload.get("nonce")
        if nonce is not None and len(str(nonce)) > 25:
            raise invalid("nonce", "25 or fewer.")
        if nonce is not None and payload.get("enforce_nonce"):
            for known in channel.messages:
                if known.nonce == nonce:
                    return known.wire()
        made = self.create(channel, payload, files, self.discord.bot, nonce=nonce)
        channel.archived = False
        return made.wire()

    async def _edit(self, request: web.Request) -> Json:
        channel = self.channel(request)
        message = self.message(channel, request.match_info["message"])
        payload, files = await read(request)
        if channel.archived:
            raise Refused(400, 50083, "Thread is archived")
        return change(message, payload, files).wire()

    async def _get(self, request: web.Request) -> Json:
        return self.message(self.channel(request), request.match_info["message"]).wire()

    async def _delete(self, request: web.Request) -> None:
        channel = self.channel(request)
        channel.messages.remove(self.message(channel, request.match_info["message"]))

    def message(self, channel: Channel, message_id: str) -> Message:
        for message in channel.messages:
            if message.id == message_id and not message.ephemeral:
                if message.author is not self.discord.bot:
                    raise Refused(403, 50005, "Cannot edit a message authored by another user")
                return message
        raise Refused(404, 10008, "Unknown Message")

    def create(
        self,
        channel: Channel,
        payload: Json,
        files: dict[str, bytes],
        author: User,
        only_for: User | None = None,
        nonce: str | None = None,
    ) -> Message:
        message = Message(self.discord.clock.snowflake(), channel, author, only_for=only_for, nonce=nonce)
        change(message, payload, files)
        message.edits = 0
        channel.messages.append(message)
        return message

    # interactions

    async def _callback(self, request: web.Request) -> Json | None:
        asked = self.discord.interactions.get(request.match_info["id"])
        if asked is None or asked.token != request.match_info["token"]:
            raise Refused(404, 10062, "Unknown interaction")
        if asked.state is not None:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        if self.discord.clock.now() - asked.created > FIRST_RESPONSE:
            raise Refused(404, 10062, "Unknown interaction")
        payload, files = await read(request)
        kind, data = payload["type"], payload.get("data") or {}
        if kind not in ALLOWED[asked.type] or (kind in (DEFER_UPDATE, UPDATE) and asked.source is None):
            raise invalid("type", "Not a response to this interaction.")
        if kind == UPDATE and asked.source not in asked.channel.messages:
            raise Refused(404, 10008, "Unknown Message")
        if asked.channel.id not in self.discord.channels:
            raise Refused(404, 10003, "Unknown Channel")
        self.respond(asked, kind, data, files)
        if request.query.get("with_response") != "true":
            return None
        wire: Json = {"interaction": {"id": asked.id, "type": asked.type, "response_message_loading": False}}
        if asked.original is not None:
            wire["interaction"] |= {"response_message_id": asked.original.id}
            wire |= {"resource": {"type": kind, "message": asked.original.wire()}}
        return wire

    def respond(self, asked: Interaction, kind: int, data: Json, files: dict[str, bytes]) -> None:
        user = asked.user
        only_for = user if data.get("flags", 0) & EPHEMERAL else None
        bot = self.discord.bot
        if kind == MESSAGE:
            asked.original = self.create(asked.channel, data, files, bot, only_for)
            asked.state = "answered"
        elif kind == DEFER:
            flags = LOADING | (data.get("flags", 0) & EPHEMERAL)
            asked.original = Message(
                self.discord.clock.snowflake(), asked.channel, bot, flags, only_for=only_for
            )
            asked.channel.messages.append(asked.original)
            asked.state = "deferred"
        elif kind == UPDATE:
            assert asked.source is not None
            asked.original = change(asked.source, data, files)
            asked.state = "updated"
        elif kind == DEFER_UPDATE:
            asked.original, asked.state = asked.source, "deferred_update"
        elif kind == MODAL:
            check_modal(data)
            asked.modal, asked.state = data, "modal"
        else:
            if len(data["choices"]) > 25 or any(
                not 1 <= len(c[key]) <= 100 for c in data["choices"] for key in ("name", "value")
            ):
                raise invalid("choices", "At most 25, of 1 to 100 characters.")
            asked.choices, asked.state = data["choices"], "choices"

    def _hook(self, request: web.Request) -> Interaction:
        token = request.match_info["token"]
        asked = next((i for i in self.discord.interactions.values() if i.token == token), None)
        if asked is None or asked.state is None:
            raise Refused(404, 10015, "Unknown Webhook")
        if self.discord.clock.now() - asked.created > TOKEN_LIFE:
            raise Refused(401, 50027, "Invalid Webhook Token")
        return asked

    def _hook_message(self, request: web.Request) -> tuple[Interaction, Message]:
        asked, wanted = self._hook(request), request.match_info["message"]
        candidates = [asked.original, *asked.followups]
        for message in candidates:
            named = message is not None and (message.id == wanted or wanted == "@original")
            if message is not None and named and message in message.channel.messages:
                return asked, message
        raise Refused(404, 10008, "Unknown Message")

    async def _follow_up(self, request: web.Request) -> Json:
        asked = self._hook(request)
        payload, files = await read(request)
        original = asked.original
        if original is not None and original.loading and original in asked.channel.messages:
            payload["flags"] = payload.get("flags", 0) & ~EPHEMERAL | original.flags & EPHEMERAL
            return change(original, payload, files).wire()  # the first one fills the deferred answer
        only_for = asked.user if payload.get("flags", 0) & EPHEMERAL else None
        made = self.create(asked.channel, payload, files, self.discord.bot, only_for)
        asked.followups.append(made)
        return made.wire()

    async def _hook_get(self, request: web.Request) -> Json:
        return self._hook_message(request)[1].wire()

    async def _hook_edit(self, request: web.Request) -> Json:
        payload, files = await read(request)
        return change(self._hook_message(request)[1], payload, files).wire()

    async def _hook_delete(self, request: web.Request) -> None:
        _, message = self._hook_message(request)
        message.channel.messages.remove(message)


def body_is_plain(body: Json) -> bool:
    return isinstance(body, dict) and bool(body.get("plain"))
