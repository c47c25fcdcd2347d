"""Where a reply is shown: in the pressed message, as a new one, or in private; and the same for deliveries.

Private content never enters a group: it goes to the bot's own chat with the user, and if that is closed
to us, the group gets a button that opens it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog
from telegram import InlineKeyboardMarkup

from bots.desk import Desk, Gone, MessageGone
from bots.place import audience, becomes, in_private
from bots.presses import Presses
from bots.telegram.inbound import PLATFORM, Origin, Pressed
from bots.telegram.limiter import Priority
from bots.telegram.optional import settles
from bots.telegram.render import Rendered, render
from bots.telegram.rich import rich
from bots.telegram.send import Place, Sender, Target
from core.ports.rows import Delivery, LiveMessage
from core.reply import Button, Message, Reply, Style, T, Visibility, t

log = structlog.get_logger()

PRIORITIES = {"result": Priority.RESULT, "notice": Priority.NOTICE, "progress": Priority.PROGRESS}
PRIVATE = "private"  # the payload of `/start` that asks for nothing


class Answers:
    """Shows replies and deliveries. `username`: the bot's, for links to its private chat. `richly`: cards
    are made as rich messages too."""

    def __init__(self, desk: Desk, sender: Sender, username: str, *, richly: bool = False) -> None:
        self._desk, self._sender, self._username, self._richly = desk, sender, username, richly
        self.presses = Presses()

    async def show(
        self, reply: Reply, origin: Origin, pressed: Pressed | None, cause: str, markup: Any = None
    ) -> Place:
        """Shows the reply, and says where: a private one in the private chat. `markup`: instead of buttons.

        Raises `Gone` if that chat is closed to us.
        """
        seen_by = audience(reply, group=not origin.private)
        origin = origin.at(origin.user_id) if seen_by is Visibility.PRIVATE else origin
        rendered = self._rendered(reply.message, origin.caller.locale)
        if isinstance(markup, InlineKeyboardMarkup):
            rendered, markup = replace(rendered, keyboard=markup), None
        if pressed is not None:
            edited = await self._in_place(reply, seen_by, rendered, origin, pressed, cause)
            if edited is not None:
                return edited
        quiet = seen_by is Visibility.QUIET
        target = Target(origin.chat_id, origin.thread_id, origin.reply_to if quiet else None)
        # What a question, an order or a press that counts hangs on must not vanish with somebody's app.
        if quiet and reply.subject is None and reply.message.form is None and not settles(reply.message):
            target = replace(target, whisper_to=origin.user_id)
        place = await self._sender.new(target, rendered, markup)
        await self._desk.shown(reply, _live(place, origin, cause))
        return place

    def private_link(self, payload: str) -> str:
        """Opens the private chat; `payload` reaches us as `/start <payload>`, and anyone can read it."""
        return f"https://t.me/{self._username}?start={payload}"

    async def say(self, origin: Origin, words: T, payload: str | None = None) -> None:
        """A sentence of the surface's own, with a button to the private chat if a payload is given."""
        open_it = () if payload is None else ((self._open_button(payload),),)
        rendered = render(Message(title=words, buttons=open_it), origin.caller.locale)
        reply_to = None if origin.private else origin.reply_to
        await self._sender.new(Target(origin.chat_id, origin.thread_id, reply_to), rendered)

    async def send(
        self, delivery: Delivery, message: Message, live: LiveMessage | None
    ) -> LiveMessage | None:
        """`bots.outbox.Send`: edits the live message, or sends a new one. Waits for nothing."""
        rendered = self._rendered(message, await self._desk.locale(delivery))
        if live is not None:
            await self._edit_live(delivery, rendered, live)
            return None
        private = in_private(delivery)
        where = delivery.user_id if private else delivery.chat_id
        if where is None:
            raise ValueError(f"delivery {delivery.id} names neither a chat nor a user")
        thread = None if private or delivery.thread_id is None else int(delivery.thread_id)
        silent = delivery.kind == "notice"
        target = Target(int(where), thread, priority=PRIORITIES[delivery.kind], patient=False, silent=silent)
        try:
            place = await self._sender.new(target, rendered)
        except Gone:
            if not private or delivery.chat_id is None:
                raise
            await self._hint(delivery)
            return None
        return _located(place, delivery.subject or "", delivery.user_id)

    def _rendered(self, message: Message, locale: str | None) -> Rendered:
        rendered = render(message, locale)
        return replace(rendered, rich=rich(message, locale)) if self._richly else rendered

    async def _in_place(
        self,
        reply: Reply,
        seen_by: Visibility,
        rendered: Rendered,
        origin: Origin,
        pressed: Pressed,
        cause: str,
    ) -> Place | None:
        """Edits the pressed message if the reply is its new look; None if it is not, or can't be."""
        here = (pressed.origin.caller.chat_id, str(pressed.message_id))
        showing = await self._desk.showing(reply.subject)
        known = next((live for live in showing if (live.chat_id, live.message_id) == here), None)
        if not becomes(reply, seen_by, shows=known is not None):
            return None
        old = Place(origin.chat_id, pressed.message_id, pressed.photo, _media(known), origin.thread_id)
        try:
            place = await self._sender.edit(old, rendered, Priority.REPLY, patient=True)
        except MessageGone:
            await self._forget(old)
            return None
        if place.message_id != old.message_id:
            await self._forget(old)
        version = 0 if known is None else known.version
        await self._desk.shown(reply, replace(_live(place, origin, cause), version=version))
        return place

    async def _edit_live(self, delivery: Delivery, rendered: Rendered, live: LiveMessage) -> None:
        owner = live.chat_id or live.user_id
        if owner is None:
            raise MessageGone("the record names neither a chat nor a user")
        photo, thread = bool((live.handle or {}).get("photo")), live.thread_id
        thread_id = None if thread is None else int(thread)
        old = Place(int(owner), int(live.message_id), photo, _media(live), thread_id)
        async with self.presses.editing((old.chat_id, old.message_id)):
            try:
                place = await self._sender.edit(old, rendered, PRIORITIES[delivery.kind], patient=False)
            except Gone as closed:
                if live.chat_id == delivery.chat_id:
                    raise
                raise MessageGone(str(closed)) from closed  # of another chat than the delivery's
        if place == old:
            return
        moved = _located(place, live.subject, live.user_id)
        async with self._desk.store.begin() as work:
            if place.message_id != old.message_id:
                await work.messages.forget(PLATFORM, live.chat_id, live.message_id)
            await work.messages.record(replace(moved, version=live.version, cause=live.cause))

    async def _hint(self, delivery: Delivery) -> None:
        """Tells the group that there is an answer in private, and opens the way."""
        message = Message(title=t("telegram-open-private"), buttons=((self._open_button(PRIVATE),),))
        thread = None if delivery.thread_id is None else int(delivery.thread_id)
        target = Target(int(delivery.chat_id or 0), thread, priority=Priority.NOTICE, patient=False)
        await self._sender.new(target, render(message, None))

    async def _forget(self, place: Place) -> None:
        async with self._desk.store.begin() as work:
            await work.messages.forget(PLATFORM, _chat(place), str(place.message_id))

    def _open_button(self, payload: str) -> Button:
        return Button(t("telegram-open-button"), url=self.private_link(payload), style=Style.PRIMARY)


def _chat(place: Place) -> str | None:
    """As the core names it: None is a private chat, whose id is the user's and above zero."""
    return None if place.chat_id > 0 else str(place.chat_id)


def _media(live: LiveMessage | None) -> str | None:
    return None if live is None or live.handle is None else live.handle.get("media")


def _located(place: Place, subject: str, user_id: str | None) -> LiveMessage:
    thread_id = None if place.thread_id is None else str(place.thread_id)
    handle = {"photo": place.photo, "media": place.media}
    return LiveMessage(
        subject, PLATFORM, _chat(place), thread_id, str(place.message_id), user_id, handle=handle
    )


def _live(place: Place, origin: Origin, cause: str) -> LiveMessage:
    return replace(_located(place, "", origin.caller.user_id), cause=cause)
