"""Rooms: which of them are private chats, who is in them, and where they move to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bots.desk import Gone, MessageGone
from bots.matrix.wire import Homeserver
from core.reply import Json


class Rooms:
    """A private chat is a room that its user has opened as a direct one, and where nobody else is. Which are
    open is kept where every Matrix client keeps it, in the account's `m.direct`."""

    def __init__(self, server: Homeserver, me: str) -> None:
        self._server, self.me = server, me
        self._direct: dict[str, list[str]] = {}
        self._members: dict[str, dict[str, str]] = {}

    async def load(self) -> None:
        try:
            self._direct = await self._server.call("GET", "user", self.me, "account_data", "m.direct")
        except MessageGone:
            self._direct = {}  # none was ever opened

    async def opened(self, user: str, room: str) -> None:
        """The user has opened a private chat."""
        if room not in self._direct.setdefault(user, []):
            self._direct[user].append(room)
            await self._server.call("PUT", "user", self.me, "account_data", "m.direct", body=self._direct)

    async def moved(self, old: str, room: str) -> None:
        """A room goes on as another; so does a private chat."""
        for user, rooms in self._direct.items():
            if old in rooms:
                await self.opened(user, room)
                return

    def is_direct(self, room: str) -> bool:
        """Whether it was opened as one, whoever is there by now."""
        return any(room in rooms for rooms in self._direct.values())

    async def alone(self, room: str, user: str, *, patient: bool = True) -> bool:
        """Whether it is a private chat with that user, by what the homeserver says now."""
        if room not in self._direct.get(user, ()):
            return False
        self.forget(room)
        return (await self.members(room, patient=patient)).keys() == {self.me, user}

    async def private(self, user: str, *, patient: bool = True) -> str | None:
        """The private chat with a user, the one opened last first."""
        for room in reversed(self._direct.get(user, [])):
            try:
                if await self.alone(room, user, patient=patient):
                    return room
            except Gone:
                continue  # we were thrown out of that one
        return None

    async def members(self, room: str, *, patient: bool = True) -> dict[str, str]:
        """User ids and names of who is there."""
        if room not in self._members:
            answer = await self._server.call("GET", "rooms", room, "joined_members", patient=patient)
            self._members[room] = {u: m.get("display_name") or u for u, m in answer["joined"].items()}
        return self._members[room]

    def seen(self, room: str, event: Json) -> bool:
        """A member came, went or changed; whether we are left alone there. What we don't know is asked for."""
        known, user, now = self._members.get(room), event["state_key"], event["content"]
        if known is None:
            return False
        if now.get("membership") == "join":
            known[user] = now.get("displayname") or user
            return False
        return known.pop(user, None) is not None and known.keys() == {self.me}

    def forget(self, room: str) -> None:
        """Members came and went unseen."""
        self._members.pop(room, None)

    async def state(self, room: str, kind: str, query: Mapping[str, str] = MappingProxyType({})) -> Json:
        """A state event's content; empty if the room has none, or is closed to us."""
        try:
            return await self._server.call("GET", "rooms", room, "state", kind, "", query=query)
        except (Gone, MessageGone):
            return {}

    async def before(self, room: str) -> str | None:
        """The room that this one replaces, if both say so."""
        old = ((await self.state(room, "m.room.create")).get("predecessor") or {}).get("room_id")
        agreed = old and (await self.state(old, "m.room.tombstone")).get("replacement_room") == room
        return str(old) if agreed else None

    async def manages(self, room: str, user: str) -> bool:
        """Whether the user may change the room's settings; from room version 12 on its creators always may."""
        levels = await self.state(room, "m.room.power_levels")
        level = levels.get("users", {}).get(user, levels.get("users_default", 0))
        return bool(level >= levels.get("state_default", 50) or user in await self._creators(room))

    async def _creators(self, room: str) -> set[str]:
        event = await self.state(room, "m.room.create", {"format": "event"})
        content = event.get("content", {})
        version = str(content.get("room_version", "1"))
        named = {event.get("sender"), *content.get("additional_creators", ())}
        return named if version.isdecimal() and int(version) >= 12 else set()
