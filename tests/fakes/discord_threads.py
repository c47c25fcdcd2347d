"""Channels and threads over REST: posts of a forum, threads below a message, what is archived or locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.discord_bodies import read
from tests.fakes.discord_rules import Refused, invalid
from tests.fakes.discord_world import FORUM, TEXT_CHANNEL, THREAD, Channel, Json

if TYPE_CHECKING:
    from tests.fakes.discord_rest import Rest

DURATIONS = (60, 1440, 4320, 10080)
REQUIRE_TAG = 1 << 4


class Threads:
    def __init__(self, rest: Rest) -> None:
        self._rest, self._discord = rest, rest.discord

    def routes(self) -> list[web.RouteDef]:
        channel = "/api/v10/channels/{channel}"
        return [
            web.get(channel, self._get),
            web.patch(channel, self._change),
            web.post(channel + "/threads", self._post),
            web.post(channel + "/messages/{message}/threads", self._below),
            web.get("/api/v10/guilds/{guild}/threads/active", self._active),
        ]

    async def _get(self, request: web.Request) -> Json:
        return self._rest.channel(request).wire()

    async def _change(self, request: web.Request) -> Json:
        thread = self._rest.channel(request)
        if thread.type != THREAD or thread.locked:
            raise Refused(403, 50013, "Missing Permissions")
        thread.archived = (await request.json())["archived"]
        return thread.wire()

    async def _post(self, request: web.Request) -> Json:
        """A post of a forum."""
        forum = self._rest.channel(request)
        payload, files = await read(request)
        if forum.type != FORUM:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        if forum.denied & {"send", "threads"}:
            raise Refused(403, 50013, "Missing Permissions")
        self._check(forum, payload)
        if forum.flags & REQUIRE_TAG and not payload.get("applied_tags"):
            raise Refused(400, 40067, "A tag is required to create a forum post in this channel")
        thread = self._discord.thread(forum, payload["name"])
        first = self._rest.create(thread, payload["message"], files, self._discord.bot)
        first.id = thread.id
        return thread.wire() | {"message": first.wire()}

    async def _below(self, request: web.Request) -> Json:
        """A thread below a message; it has the message's id."""
        channel = self._rest.channel(request)
        payload = await request.json()
        if channel.type != TEXT_CHANNEL:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        message = self._rest.message(channel, request.match_info["message"])
        if "threads" in channel.denied:
            raise Refused(403, 50013, "Missing Permissions")
        if message.id in self._discord.channels:
            raise Refused(400, 160004, "A thread has already been created for this message")
        self._check(channel, payload)
        return self._discord.thread(channel, payload["name"], message.id).wire()

    async def _active(self, request: web.Request) -> Json:
        threads = [c for c in self._discord.channels.values() if c.type == THREAD and not c.archived]
        ours = [c for c in threads if c.guild is not None and c.guild.id == request.match_info["guild"]]
        return {"threads": [c.wire() | {"owner_id": self._discord.bot.id} for c in ours], "members": []}

    def _check(self, parent: Channel, payload: Json) -> None:
        if not 1 <= len(payload["name"]) <= 100:
            raise invalid("name", "1 to 100 characters.")
        if payload.get("auto_archive_duration", 1440) not in DURATIONS:
            raise invalid("auto_archive_duration", "One of 60, 1440, 4320, 10080.")
        assert parent.guild is not None
        if parent.guild.full:
            raise Refused(400, 160006, "Maximum number of active threads reached")
