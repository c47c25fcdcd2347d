"""Syncing: what homeservers deliver into the inbox, then acknowledged by the next call's token."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import structlog

from bots.desk import Desk
from bots.inbox import InboxRunner
from bots.matrix.inbound import PLATFORM, Reader
from bots.matrix.rooms import Rooms
from bots.matrix.wire import AWAY, DEEPEST, Homeserver, Refused
from core.ports.rows import InboxItem
from core.ports.store import StoreAway
from core.reply import Json

log = structlog.get_logger()

LONG_POLL = 30  # seconds that the homeserver may hold a sync
OLD = 86_400  # seconds after which nobody waits for an answer any more
PAGES, PAGE = 20, 100  # looked back at most when a sync leaves out messages
TYPES = ["m.room.message", "m.reaction", "m.room.member", "m.room.tombstone", "m.room.encryption"]
NOTHING: Json = {"types": []}
FILTER = json.dumps(
    {
        "presence": NOTHING,
        "account_data": NOTHING,
        "room": {
            "timeline": {"types": TYPES, "limit": PAGE},
            "state": NOTHING,
            "ephemeral": NOTHING,
            "account_data": NOTHING,
        },
    }
)


class Sync:
    """Keeps in the store how far it is."""

    def __init__(self, desk: Desk, server: Homeserver, rooms: Rooms, reader: Reader) -> None:
        self._desk, self._server, self._rooms, self._reader = desk, server, rooms, reader
        self._cursor = f"matrix-sync:{reader.me}"

    async def run(self, inbox: InboxRunner) -> None:
        """For ever. Raises `MatrixRefused`."""
        since: str | None = None
        known = False
        while True:
            try:
                if not known:
                    since, known = await self._kept(), True
                since = await self._round(inbox, since)
            except StoreAway as away:
                log.warning("matrix.store_away", error=str(away))
                await asyncio.sleep(1)  # the same events come again
            except Refused as unknown:
                log.warning("matrix.token_unknown", error=str(unknown))
                await asyncio.sleep(AWAY)
                since = None  # the homeserver has forgotten: we begin where it is now

    async def _kept(self) -> str | None:
        async with self._desk.store.read() as work:
            return (await work.cursors.get(self._cursor) or {}).get("since")

    async def _round(self, inbox: InboxRunner, since: str | None) -> str:
        query = {"filter": FILTER}
        if since is not None:
            query |= {"since": since, "timeout": str(LONG_POLL * 1_000)}
        brought = await self._server.call("GET", "sync", query=query, wait=LONG_POLL)
        token: str = brought["next_batch"]
        found = [item async for item in self._items(brought.get("rooms", {}), since, token)]
        items = [item for item in found if _can_be_kept(item)]
        await inbox.take(items)
        async with self._desk.store.begin() as work:
            await work.cursors.set(self._cursor, {"since": token})
        return token

    async def _items(self, rooms: Json, since: str | None, token: str) -> AsyncIterator[InboxItem]:
        for room, invited in rooms.get("invite", {}).items():
            yield self._item(f"{room} invited {token}", room, invite=invited["invite_state"]["events"])
        if since is None:
            return  # what was said before we first came is not for us
        for room in rooms.get("leave", {}):
            yield self._item(f"{room} left {token}", room, left=True)
        for room, joined in rooms.get("join", {}).items():
            for event in await self._events(room, joined["timeline"], since):
                if self._matters(room, event):
                    yield self._item(event["event_id"], room, event=event)

    def _item(self, event_id: str, room: str, **what: Json) -> InboxItem:
        return InboxItem(PLATFORM, event_id, {"room": room, **what}, self._desk.clock.now())

    async def _events(self, room: str, timeline: Json, since: str) -> list[Json]:
        """What happened there since the last sync, and since we joined."""
        events: list[Json] = timeline["events"]
        if timeline.get("limited"):
            self._rooms.forget(room)
            events = await self._missed(room, timeline["prev_batch"], since, events)
        joins = [number for number, event in enumerate(events) if self._joins(event)]
        return events[joins[-1] + 1 :] if joins else events

    async def _missed(self, room: str, before: str, since: str, events: list[Json]) -> list[Json]:
        """With what a sync left out because it was too much."""
        for _ in range(PAGES):
            if any(self._joins(event) for event in events):
                return events
            query = {"dir": "b", "from": before, "to": since, "limit": str(PAGE)}
            page = await self._server.call("GET", "rooms", room, "messages", query=query)
            events = [*reversed(page["chunk"]), *events]
            if not page["chunk"] or "end" not in page:
                return events
            before = page["end"]
        log.warning("matrix.too_much_missed", room=room)
        return events

    def _joins(self, event: Json) -> bool:
        """We came in; a change of our name looks alike."""
        now, before = event["content"], event.get("unsigned", {}).get("prev_content", {})
        ours = event["type"] == "m.room.member" and event.get("state_key") == self._reader.me
        return bool(ours and now.get("membership") == "join" != before.get("membership"))

    def _matters(self, room: str, event: Json) -> bool:
        try:
            if event["type"] == "m.room.member":
                return self._rooms.seen(room, event)
            if event["type"] in ("m.room.tombstone", "m.room.encryption"):
                return bool(event.get("state_key") == "")
            if event["origin_server_ts"] < (self._desk.clock.now() - OLD) * 1_000:
                return False
            return self._reader.read(room, event, direct=self._rooms.is_direct(room)) is not None
        except (KeyError, TypeError, AttributeError, ValueError) as strange:  # people can send anything
            log.info("matrix.unreadable_event", event_id=event.get("event_id"), error=repr(strange))
            return False


def _can_be_kept(item: InboxItem) -> bool:
    """Not an id that no database holds, nor what is nested too deep to be written: whoever sends such a thing
    waits for no answer, and it would come again for ever."""
    level = [item.payload]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _within(value)]
    kept = item.event_id.isprintable() and not level
    if not kept:
        log.info("matrix.unkept_event", event_id=item.event_id, room=item.payload["room"])
    return kept


def _within(value: Json) -> list[Json]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
