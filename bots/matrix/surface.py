"""The Matrix surface: syncs, writes down, handles, answers. What a sync brought is in the inbox before the next
one tells the homeserver that we have it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import quote
from weakref import WeakValueDictionary

import aiohttp
import structlog

from bots.desk import Desk, Gone, InboxRunner, MessageGone, RetryAfter, lane
from bots.life import live, unless
from bots.matrix.inbound import PLATFORM, Asked, Reader
from bots.matrix.render import CANCEL, CHOICES, FORM
from bots.matrix.rooms import Rooms
from bots.matrix.send import Sender
from bots.matrix.sync import Sync
from bots.matrix.wire import Homeserver, MatrixRefused
from core.commands.incoming import Caller, Invocation, Line, Press, Submit
from core.commands.spec import Spec
from core.ports.rows import Delivery, InboxItem, LiveMessage
from core.reply import Button, Json, Kind, Message, Reply, Visibility, t
from core.settings import Settings

log = structlog.get_logger()

DWELL = 1_000  # milliseconds that a card must have looked as it does, before a number means what it shows


async def serve(desk: Desk, settings: Settings, *, stop: asyncio.Event, specs: Mapping[str, Spec]) -> None:
    """Runs the surface until `stop` is set. Raises `MatrixRefused` for a missing or wrong token."""
    token = settings.matrix_token.get_secret_value().strip() if settings.matrix_token else ""
    if not token or not settings.matrix_homeserver:
        raise MatrixRefused("give MATRIX_HOMESERVER, such as https://matrix.example.org, and MATRIX_TOKEN")
    async with aiohttp.ClientSession() as http:
        server = Homeserver(http, settings.matrix_homeserver, token)
        surface = await unless(stop, Surface.connected(desk, server, specs))
        if surface is not None:
            await live(desk, surface.inbox, surface.listen(), surface.send, stop)


class Surface:
    """What is done about each thing that comes in, and each delivery that goes out."""

    def __init__(self, desk: Desk, server: Homeserver, me: str, name: str, specs: Mapping[str, Spec]) -> None:
        self._desk, self._server, self._me = desk, server, me
        commands = tuple(spec.name for spec in specs.values() if not spec.hidden)
        self._sender, self._rooms = Sender(desk, server, me, commands), Rooms(server, me)
        self._reader = Reader(me, name, commands)
        self.inbox = InboxRunner(desk, self.handle, self._lane)
        self._sync = Sync(desk, server, self._rooms, self._reader)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    async def connected(cls, desk: Desk, server: Homeserver, specs: Mapping[str, Spec]) -> Surface:
        """Once the homeserver has told us who we are, and with whom we have private chats."""
        me = (await server.call("GET", "account", "whoami"))["user_id"]
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
            return "rooms"  # invitations one after another, however many there are
        room = None if self._rooms.is_direct(payload["room"]) else payload["room"]
        return lane(room, payload["event"]["sender"])

    async def handle(self, item: InboxItem) -> None:
        """`bots.desk.Handle`. A room that is closed to us ends the matter."""
        room, payload = item.payload["room"], item.payload
        try:
            if "invite" in payload:
                await self._invited(room, payload["invite"], item.event_id)
            elif "left" in payload:
                await self._active(room, False)
            elif payload["event"]["type"] == "m.room.member":
                await self._server.call("POST", "rooms", room, "leave", body={})  # everybody else is gone
            elif payload["event"]["type"] == "m.room.tombstone":
                await self._join(str(payload["event"]["content"].get("replacement_room")))
            elif payload["event"]["type"] == "m.room.encryption":
                await self._unreadable(room, item.event_id)
            else:
                asked = self._reader.read(room, payload["event"], direct=self._rooms.is_direct(room))
                if asked is not None:
                    await self._answer(asked, private=await self._rooms.alone(room, asked.user))
        except (Gone, MessageGone) as closed:
            log.info("matrix.room_closed", error=str(closed), event_id=item.event_id)

    # Rooms.

    async def _invited(self, room: str, stripped: list[Json], event_id: str) -> None:
        ours = next(e for e in stripped if e["type"] == "m.room.member" and e["state_key"] == self._me)
        direct = ours["content"].get("is_direct") is True
        await self._join(room)
        if await self._rooms.state(room, "m.room.encryption"):
            await self._unreadable(room, event_id)
            if not direct:
                return
            chat = {"preset": "trusted_private_chat", "is_direct": True, "invite": [ours["sender"]]}
            created = await self._server.call("POST", "createRoom", body=chat)
            await self._server.call("POST", "rooms", room, "leave", body={})
            room = created["room_id"]
        if direct:
            await self._rooms.opened(ours["sender"], room)
        await self._answer(Asked(event_id, room, ours["sender"], "/start"), private=direct)

    async def _join(self, room: str) -> None:
        await self._server.call("POST", "join", room, body={})
        old = await self._rooms.before(room)
        if old is not None:
            async with self._desk.store.begin() as work:
                await work.chats.migrate(PLATFORM, old, room)
            await self._rooms.moved(old, room)
        await self._active(room, True)

    async def _unreadable(self, room: str, event_id: str) -> None:
        """Said once, in plain text; then we are silent there."""
        await self._sender.new(room, Message(t("matrix-encrypted")), event_id)
        await self._active(room, False)

    async def _active(self, room: str, active: bool) -> None:
        async with self._desk.store.begin() as work:
            await work.chats.set_active(PLATFORM, room, active)

    # Answers.

    async def _answer(self, asked: Asked, *, private: bool) -> None:
        lock = self._locks.setdefault(asked.target or asked.event_id, asyncio.Lock())
        async with lock:  # the result of what this begins comes after the answer, not before
            what, pressed = await self._meant(asked, private)
            if what is None:
                return
            name = (await self._rooms.members(asked.room)).get(asked.user, asked.user)
            chat_id = None if private else asked.room
            caller = Caller(PLATFORM, asked.user, name, chat_id, thread_id=asked.thread)
            manages = partial(self._rooms.manages, asked.room, asked.user)
            reply = await self._desk.dispatch(Invocation(asked.event_id, caller, what, manages=manages))
            if reply is not None:
                await self._show(reply, asked, caller, pressed)

    async def _meant(self, asked: Asked, private: bool) -> tuple[Line | Press | Submit | None, str | None]:
        """What was asked for, and the message in which it was chosen."""
        line = None if asked.tap else Line(asked.text)
        if asked.text.startswith("/") or not (asked.target or private):
            return line, None
        try:
            if asked.target:
                shown, (card, since) = asked.target, await self._sender.card(asked.room, asked.target)
            else:
                found = await self._sender.last_card(asked.room, asked.event_id)
                if found is None:
                    return line, None
                shown, card, since = found
        except MessageGone:
            return line, None
        token = card.get(CHOICES, {}).get(asked.number)
        if token is not None and asked.number != CANCEL and asked.at - since < DWELL:
            await self._say(asked, private, Message(t("matrix-changed")))
            return None, None
        if token is not None:
            return Press(token), shown
        if FORM in card and not asked.tap:
            fields = card[FORM]["fields"]
            answers = asked.text.split(maxsplit=len(fields) - 1)
            return Submit(card[FORM]["token"], dict(zip(fields, answers, strict=False))), shown
        if asked.number is not None:
            await self._say(asked, private, Message(t("matrix-no-choice", number=asked.number)))
            return None, None
        return line, None

    async def _show(self, reply: Reply, asked: Asked, caller: Caller, pressed: str | None) -> None:
        """In the pressed message if the reply is its new look, else as a new one; what is private in private."""
        hidden = reply.visibility is Visibility.PRIVATE and caller.chat_id is not None
        if pressed is not None and not hidden and await self._edited(reply, asked, caller, pressed):
            return
        room, relation, message = asked.room, None, reply.message
        if hidden:
            chat = await self._rooms.private(asked.user)
            if chat is None:
                await self._say(asked, False, self._way_to_private())
                return
            room = chat
        elif caller.chat_id is not None and (
            reply.visibility is not Visibility.PUBLIC or reply.kind is Kind.ERROR
        ):
            relation = _reply_to(asked)
            message = replace(message, body=(t("matrix-for", name=caller.name), *message.body))
        elif asked.thread is not None:
            relation = _thread(asked.thread)
        event_id = await self._sender.new(room, message, asked.event_id, relation)
        shown = replace(caller, chat_id=None, thread_id=None) if hidden else caller
        await self._desk.shown(reply, _place(shown, room, event_id, asked.event_id))
        if hidden:
            await self._say(asked, False, Message(t("matrix-sent-privately")))

    async def _edited(self, reply: Reply, asked: Asked, caller: Caller, pressed: str) -> bool:
        """Whether the pressed message shows the reply now."""
        known = None
        if reply.subject is not None:
            async with self._desk.store.read() as work:
                shown = await work.messages.of_subject(PLATFORM, reply.subject)
            known = next((live for live in shown if live.message_id == pressed), None)
        if known is None and not reply.edit:
            return False
        try:
            await self._sender.edit(asked.room, pressed, reply.message, asked.event_id)
        except MessageGone:
            return False
        await self._desk.shown(reply, _place(caller, asked.room, pressed, asked.event_id))
        return True

    async def _say(self, asked: Asked, private: bool, message: Message) -> None:
        """Something of the surface's own, as an answer."""
        relation = None if private else _reply_to(asked)
        await self._sender.new(asked.room, message, f"{asked.event_id} said", relation)

    def _way_to_private(self) -> Message:
        link = Button(t("matrix-open-button"), url=f"https://matrix.to/#/{quote(self._me, safe='@:')}")
        return Message(t("matrix-open-private"), buttons=((link,),))

    async def send(
        self, delivery: Delivery, message: Message, live: LiveMessage | None
    ) -> LiveMessage | None:
        """`bots.desk.Send`: edits the live message, or sends a new one. Waits for nothing."""
        cause = f"{delivery.key} {delivery.created_at}"
        if live is not None:
            await self._edit_live(live, message, cause)
            return None
        room, thread, user = delivery.chat_id, delivery.thread_id, delivery.user_id or ""
        hidden = delivery.visibility == Visibility.PRIVATE or room is None
        if hidden:
            chat = await self._rooms.private(user, patient=False)
            if chat is None and room is None:
                raise Gone("no private chat")
            if chat is None:
                message, hidden = self._way_to_private(), False
            room, thread = chat or room, None if chat else thread
        assert room is not None  # else there is a chat
        home = delivery.kind == "home"
        relation = _thread(thread) if thread and not home else None
        event_id = await self._sender.new(room, message, cause, relation, patient=False)
        where = Caller(PLATFORM, user, "", None if hidden else room, thread_id=event_id if home else thread)
        return replace(_place(where, room, event_id, None), subject=delivery.subject or "")

    async def _edit_live(self, live: LiveMessage, message: Message, cause: str) -> None:
        lock = self._locks.get(live.message_id)
        if lock is not None and lock.locked():
            raise RetryAfter(1)  # a press on it is being answered
        room = str((live.handle or {}).get("room"))
        try:
            if live.chat_id is None and not await self._rooms.alone(room, live.user_id or "", patient=False):
                raise MessageGone("no private chat any more")
            if live.chat_id not in (None, room):
                raise MessageGone("in the room that this one replaces")
            await self._sender.edit(room, live.message_id, message, cause, patient=False)
        except Gone as closed:
            if live.chat_id is not None:
                raise
            raise MessageGone(str(closed)) from closed


def _place(caller: Caller, room: str, event_id: str, cause: str | None) -> LiveMessage:
    """room: also where `chat_id` is None, or has changed since."""
    where = (caller.chat_id, caller.thread_id, event_id, caller.user_id)
    return LiveMessage("", PLATFORM, *where, handle={"room": room}, cause=cause)


def _reply_to(asked: Asked) -> Json:
    """Below what was said, or below the card on which it was chosen."""
    event_id = asked.target if asked.tap else asked.event_id
    if asked.thread is not None:
        return {**_thread(asked.thread), "is_falling_back": False, "m.in_reply_to": {"event_id": event_id}}
    return {"m.in_reply_to": {"event_id": event_id}} if str(event_id).startswith("$") else None


def _thread(root: str) -> Json:
    return {
        "rel_type": "m.thread",
        "event_id": root,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": root},
    }
