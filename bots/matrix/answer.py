"""What was asked for, and where its answer is shown; deliveries the same way.

What is private never enters a group: it goes to the private chat, and who has none is told the way.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from urllib.parse import quote

from bots.desk import Desk, Gone, MessageGone
from bots.matrix.inbound import PLATFORM, Asked
from bots.matrix.render import CANCEL, CHOICES, FORM
from bots.matrix.rooms import Rooms
from bots.matrix.send import Sender
from bots.matrix.wire import Refused
from bots.place import audience, becomes, in_private
from bots.presses import Presses
from core.commands.incoming import Caller, Invocation, Line, Press, Submit
from core.ports.rows import Delivery, LiveMessage
from core.reply import Button, Json, Message, Reply, Visibility, t

NAME = 100  # characters of a person's name
DWELL = 1_000  # milliseconds that a card must have looked as it does, before a number means what it shows


class Answers:
    """As the account that `rooms` is of."""

    def __init__(self, desk: Desk, sender: Sender, rooms: Rooms) -> None:
        self._desk, self._sender, self._rooms = desk, sender, rooms
        self._presses = Presses()

    async def answered(self, asked: Asked) -> None:
        """Raises what the homeserver refused, once the user has been told."""
        private = await self._rooms.alone(asked.room, asked.user)
        try:
            await self.answer(asked, private=private)
        except Refused:
            await self._say(asked, private, self._desk.apology(asked.event_id))
            raise

    async def answer(self, asked: Asked, *, private: bool) -> None:
        """`private`: the room is a private chat with who asks. Raises `Refused`, `Gone`, `StoreAway`."""
        what, pressed = await self._meant(asked, private)
        if what is None:
            return
        name = (await self._rooms.members(asked.room)).get(asked.user, asked.user)
        caller = Caller(
            PLATFORM, asked.user, name[:NAME], None if private else asked.room, thread_id=asked.thread
        )
        manages = partial(self._rooms.manages, asked.room, asked.user)
        async with self._presses.answering(pressed or asked.event_id):
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
        seen_by = audience(reply, group=caller.chat_id is not None)
        if pressed is not None and await self._edited(reply, seen_by, asked, caller, pressed):
            return
        hidden = seen_by is Visibility.PRIVATE
        room, relation, message = asked.room, None, reply.message
        if hidden:
            chat = await self._rooms.private(asked.user)
            if chat is None:
                await self._say(asked, False, self._way_to_private())
                return
            room = chat
        elif seen_by is Visibility.QUIET:
            relation = _reply_to(asked)
            message = replace(message, body=(t("matrix-for", name=caller.name), *message.body))
        elif asked.thread is not None:
            relation = _thread(asked.thread)
        event_id = await self._sender.new(room, message, asked.event_id, relation)
        shown = replace(caller, chat_id=None, thread_id=None) if hidden else caller
        await self._desk.shown(reply, _place(shown, room, event_id, asked.event_id))
        if hidden:
            await self._say(asked, False, Message(t("matrix-sent-privately")))

    async def _edited(
        self, reply: Reply, seen_by: Visibility, asked: Asked, caller: Caller, pressed: str
    ) -> bool:
        """Whether the pressed message shows the reply now."""
        showing = await self._desk.showing(reply.subject)
        if not becomes(reply, seen_by, shows=any(live.message_id == pressed for live in showing)):
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
        link = Button(t("matrix-open-button"), url=f"https://matrix.to/#/{quote(self._rooms.me, safe='@:')}")
        return Message(t("matrix-open-private"), buttons=((link,),))

    async def send(
        self, delivery: Delivery, message: Message, live: LiveMessage | None
    ) -> LiveMessage | None:
        """`bots.outbox.Send`: edits the live message, or sends a new one. Waits for nothing."""
        cause = f"{delivery.key} {delivery.created_at}"
        if live is not None:
            await self._edit_live(live, message, cause)
            return None
        room, thread, user = delivery.chat_id, delivery.thread_id, delivery.user_id or ""
        hidden = in_private(delivery)
        if hidden:
            chat = await self._rooms.private(user, patient=False)
            if chat is None and room is None:
                raise Gone("no private chat")
            if chat is None:
                hint, below = self._way_to_private(), _thread(thread) if thread else None
                await self._sender.new(str(room), hint, cause, below, patient=False)
                return None  # what becomes of it must not be edited in there
            room, thread = chat, None
        assert room is not None  # else there is a chat
        home = delivery.kind == "home"
        relation = _thread(thread) if thread and not home else None
        event_id = await self._sender.new(room, message, cause, relation, patient=False)
        where = Caller(PLATFORM, user, "", None if hidden else room, thread_id=event_id if home else thread)
        return replace(_place(where, room, event_id, None), subject=delivery.subject or "")

    async def _edit_live(self, live: LiveMessage, message: Message, cause: str) -> None:
        room = str((live.handle or {}).get("room"))
        try:
            if live.chat_id is None and not await self._rooms.alone(room, live.user_id or "", patient=False):
                raise MessageGone("no private chat any more")
            if live.chat_id not in (None, room):
                raise MessageGone("in the room that this one replaces")
            async with self._presses.editing(live.message_id):
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
