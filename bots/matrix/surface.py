"""The Matrix surface: syncs, writes down, handles, answers. What a sync brought is in the inbox before the next
one tells the homeserver that we have it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp
import structlog

from bots.desk import Desk, Gone, MessageGone, lane
from bots.inbox import InboxRunner
from bots.life import live, unless
from bots.matrix.answer import Answers
from bots.matrix.inbound import Asked, Reader
from bots.matrix.rooms import Rooms
from bots.matrix.send import Sender
from bots.matrix.sync import Sync
from bots.matrix.wire import Homeserver, MatrixRefused, Refused
from core.commands.spec import Spec
from core.ports.rows import InboxItem
from core.reply import Json, Message, t
from core.settings import Settings

log = structlog.get_logger()

GIVE_UP = 3_600  # seconds after which an invitation is let go


async def serve(desk: Desk, settings: Settings, *, stop: asyncio.Event, specs: Mapping[str, Spec]) -> None:
    """Runs the surface until `stop` is set. Raises `MatrixRefused` for a missing or wrong token."""
    token = settings.matrix_token.get_secret_value().strip() if settings.matrix_token else ""
    if not token or not settings.matrix_homeserver:
        raise MatrixRefused("give MATRIX_HOMESERVER, such as https://matrix.example.org, and MATRIX_TOKEN")
    async with aiohttp.ClientSession() as http:
        server = Homeserver(http, settings.matrix_homeserver, token)
        surface = await unless(stop, Surface.connected(desk, server, specs))
        if surface is not None:
            await live(desk, surface.inbox, surface.listen(), surface.answers.send, stop)


class Surface:
    """What is done about each thing that comes in, and each delivery that goes out."""

    def __init__(self, desk: Desk, server: Homeserver, me: str, name: str, specs: Mapping[str, Spec]) -> None:
        self._desk, self._server, self._me = desk, server, me
        commands = tuple(spec.name for spec in specs.values() if not spec.hidden)
        self._sender, self._rooms = Sender(desk, server, me, commands), Rooms(server, me)
        self._reader = Reader(me, name, commands)
        self.answers = Answers(desk, self._sender, self._rooms)
        self.inbox = InboxRunner(desk, self.handle, self._lane)
        self._sync = Sync(desk, server, self._rooms, self._reader)

    @classmethod
    async def connected(cls, desk: Desk, server: Homeserver, specs: Mapping[str, Spec]) -> Surface:
        """Once the homeserver has told us who we are, and with whom we have private chats."""
        try:
            me = (await server.call("GET", "account", "whoami"))["user_id"]
        except (Gone, MessageGone, Refused) as refused:
            raise MatrixRefused(
                f"is MATRIX_HOMESERVER a homeserver's address? It says {refused}"
            ) from refused
        try:
            name = (await server.call("GET", "profile", me)).get("displayname") or me
        except (Gone, MessageGone):  # it has none
            name = me
        surface = cls(desk, server, me, name, specs)
        await surface._rooms.load()
        log.info("matrix.started", bot=me)
        return surface

    async def listen(self) -> None:
        await self._sync.run(self.inbox)

    def _lane(self, item: InboxItem) -> str:
        payload = item.payload
        if "event" not in payload:
            return f"room {payload['room']}"  # of its own: joining one on a dead server takes for ever
        room = None if self._rooms.is_direct(payload["room"]) else payload["room"]
        return lane(room, payload["event"]["sender"])

    async def handle(self, item: InboxItem) -> None:
        """`bots.inbox.Handle`. A room that is closed to us ends the matter."""
        room, payload = item.payload["room"], item.payload
        try:
            if "invite" in payload and self._desk.clock.now() - item.received_at > GIVE_UP:
                log.info("matrix.gave_up", room=room, event_id=item.event_id)
            elif "invite" in payload:
                await self._invited(room, payload["invite"], item.event_id)
            elif "left" in payload:
                await self._desk.active(room, False)
            elif payload["event"]["type"] == "m.room.member":
                await self._server.call("POST", "rooms", room, "leave", body={})  # everybody else is gone
            elif payload["event"]["type"] == "m.room.tombstone":
                await self._join(str(payload["event"]["content"].get("replacement_room")))
            elif payload["event"]["type"] == "m.room.encryption":
                await self._unreadable(room, item.event_id)
            else:
                asked = self._reader.read(room, payload["event"], direct=self._rooms.is_direct(room))
                if asked is not None:
                    await self.answers.answered(asked)
        except (Gone, MessageGone) as closed:
            log.info("matrix.room_closed", error=str(closed), event_id=item.event_id)

    # Rooms.

    async def _invited(self, room: str, stripped: list[Json], event_id: str) -> None:
        # The invitation itself is the last; what stands before it may be anything that a server made up.
        members = (e for e in reversed(stripped) if e["type"] == "m.room.member")
        ours = next(e for e in members if e["state_key"] == self._me)
        await self._join(room)
        self._rooms.forget(room)
        there = (await self._rooms.members(room)).keys()
        direct = ours["content"].get("is_direct") is True and ours["sender"] in there
        private = direct and there == {self._me, ours["sender"]}
        if await self._rooms.state(room, "m.room.encryption"):
            await self._unreadable(room, event_id)
            if not direct:
                return
            await self._server.call("POST", "rooms", room, "leave", body={})
            room = await self._rooms.private(ours["sender"]) or await self._open_chat(ours["sender"])
            private = True
        if direct:
            await self._rooms.opened(ours["sender"], room)
        await self.answers.answer(Asked(event_id, room, ours["sender"], "/start"), private=private)

    async def _open_chat(self, user: str) -> str:
        """A room with the user, invited, in which we can read."""
        chat = {"preset": "trusted_private_chat", "is_direct": True, "invite": [user]}
        return str((await self._server.call("POST", "createRoom", body=chat))["room_id"])

    async def _join(self, room: str) -> None:
        """Raises `RetryAfter` too: the room's server may be away, and ours alone does not know for how long."""
        await self._server.call("POST", "join", room, body={}, patient=False)
        old = await self._rooms.before(room)
        if old is not None:
            await self._desk.moved(old, room)
            await self._rooms.moved(old, room)
        await self._desk.active(room, True)

    async def _unreadable(self, room: str, event_id: str) -> None:
        """Said once, in plain text; then we are silent there."""
        await self._sender.new(room, Message(t("matrix-encrypted")), event_id)
        await self._desk.active(room, False)
