"""The way back to whoever asked: within 3 s, at their message or under it, seen by whom it is for.

Discord closes an interaction that got no first response in 3 s, and takes edits by its token for 15 min.
So an `Answer` defers by itself when the core takes long, and the reply then takes the deferred place.
After a restart, or too late, it finds out what had been said and takes the ways that are left: as the bot
in the channel, or in the private chat.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import discord
import structlog

from bots.desk import Desk, Gone, RetryAfter
from bots.discord.forms import Typed, modal
from bots.discord.inbound import MODAL, PLATFORM, SAID, Asked
from bots.discord.mail import Mail, Target, in_best_form
from bots.discord.render import Json, Look
from bots.discord.send import TOKEN_LIFE
from bots.discord.wire import (
    ACKNOWLEDGED,
    EPHEMERAL,
    ORIGINAL,
    TOKEN_GONE,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Wire,
    body,
)
from bots.place import audience, becomes
from core.ports.rows import LiveMessage
from core.reply import Button, Kind, Reply, Style, Visibility, t

log = structlog.get_logger()

FIRST_RESPONSE = 3  # seconds
REPLY, DEFER, DEFER_UPDATE, UPDATE, SHOW_MODAL = 4, 5, 6, 7, 9

# What has been said so far.
NOTHING, THINKING, TAKEN, LATE, UNKNOWN = "nothing", "thinking", "taken", "late", "unknown"


class Answer:
    """One interaction's. `hidden`: whether "thinking" is shown to the caller alone."""

    def __init__(
        self, desk: Desk, wire: Wire, asked: Asked, typed: Typed, *, hidden: bool, known: bool
    ) -> None:
        """`known`: nothing can have been said yet; else an earlier process may have answered."""
        self._desk, self._wire, self._asked, self._typed = desk, wire, asked, typed
        self._hidden = hidden and asked.shared
        self._shown: LiveMessage | None = None
        self._state = LATE if asked.kind == SAID else NOTHING if known else UNKNOWN
        self._lock = asyncio.Lock()
        self._timer: asyncio.Task[None] | None = None

    def defer_after(self, seconds: float) -> None:
        self._timer = asyncio.create_task(self._defer_later(seconds))

    async def close(self) -> None:
        """Ends the timer; what is not answered stays so."""
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.gather(self._timer, return_exceptions=True)

    async def _defer_later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        async with self._lock:
            if self._state is not NOTHING:
                return
            kind = DEFER if self._asked.source is None else DEFER_UPDATE
            data = {"flags": EPHEMERAL} if self._hidden and kind == DEFER else None
            try:
                await self._wire.respond(self._asked.id, self._asked.token, kind, data)
                self._state = THINKING if kind == DEFER else TAKEN
            except RetryAfter as wait:
                self._state = UNKNOWN
                log.warning("discord.defer_failed", seconds=wait.seconds)
            except discord.HTTPException as refused:
                self._state = UNKNOWN
                log.warning("discord.defer_refused", code=refused.code)

    async def give(self, reply: Reply) -> None:
        """Shows the reply and records where. Raises `RetryAfter`, `StoreAway`; may be called again then."""
        async with self._lock:
            if self._shown is None:
                await self._show(self._to_be_mended(reply))
            if self._shown is not None:
                await self._desk.shown(reply, self._shown)

    def _to_be_mended(self, reply: Reply) -> Reply:
        """A refused form can be opened again, with what was typed; not one whose button is refused itself."""
        asked, message = self._asked, reply.message
        code = str(message.data.get("error", {}).get("code", ""))
        if asked.kind != MODAL or reply.kind is not Kind.ERROR or not code or code.startswith("button-"):
            return reply
        self._typed.keep(asked.name, asked.options)
        again = Button(t("discord-open-again"), token=asked.name, style=Style.PRIMARY)
        return replace(reply, message=replace(message, buttons=(*message.buttons, (again,))))

    async def _show(self, reply: Reply) -> None:
        """The form as a modal where that is still possible, else the message."""
        asked, form = self._asked, reply.message.form
        if self._state is UNKNOWN:
            self._shown = await self._recorded(reply)
            if self._shown is not None:
                return
            self._state = await self._find_out()
        if form is not None and self._state is NOTHING and asked.kind != MODAL:
            filled = self._typed.into(form, asked.name)
            shown = await self._first(SHOW_MODAL, modal(filled, asked.locale))
            if shown is not None:
                return
        edit = await self._edits(reply)
        hidden = audience(reply, group=asked.shared) is not Visibility.PUBLIC
        self._shown = await in_best_form(
            reply.message,
            asked.locale,
            lambda look: self._by_any_way(reply, look, hidden=hidden, edit=edit),
        )

    async def _by_any_way(self, reply: Reply, look: Look, *, hidden: bool, edit: bool) -> LiveMessage | None:
        """In place of the pressed message if that is still there, else in a message of its own."""
        try:
            return await self._by_the_best_way(reply, look, hidden=hidden, edit=edit)
        except discord.NotFound as refused:
            if not edit or refused.code != UNKNOWN_MESSAGE:
                raise
            log.info("discord.pressed_message_gone", event_id=self._asked.id)
        hidden |= self._asked.hidden  # what replaced a message that one person saw is for that person
        return await self._by_the_best_way(reply, look, hidden=hidden, edit=False)

    async def _by_the_best_way(
        self, reply: Reply, look: Look, *, hidden: bool, edit: bool
    ) -> LiveMessage | None:
        shown: LiveMessage | None = None
        if self._state is NOTHING:
            shown = await self._at_once(look, hidden=hidden, edit=edit)
        if shown is None and self._state in (THINKING, TAKEN):
            shown = await self._afterwards(look, hidden=hidden, edit=edit)
        if shown is None and self._state is LATE:
            shown = await self._late(reply, look, edit=edit)
        return shown

    async def _recorded(self, reply: Reply) -> LiveMessage | None:
        """Where an earlier process has shown this very reply."""
        showing = await self._desk.showing(reply.subject)
        return next((place for place in showing if place.cause == self._asked.id), None)

    async def _edits(self, reply: Reply) -> bool:
        """Whether the pressed message becomes the reply."""
        asked = self._asked
        if asked.source is None:
            return False
        showing = await self._desk.showing(reply.subject)
        seen_by = audience(reply, group=asked.shared and not asked.hidden)
        return becomes(reply, seen_by, shows=any(place.message_id == asked.source for place in showing))

    async def _first(self, kind: int, data: Json, look: Look | None = None) -> Json | None:
        """The first response; None (and a new state) if it is too late for one, or there was one."""
        try:
            answered = await self._wire.respond(self._asked.id, self._asked.token, kind, data, look)
        except RetryAfter:
            self._state = UNKNOWN
            raise
        except discord.HTTPException as refused:
            if refused.code == ACKNOWLEDGED:
                self._state = await self._find_out()
            elif refused.code in (UNKNOWN_CHANNEL, *TOKEN_GONE):
                self._state = LATE
            else:
                raise
            return None
        self._state = TAKEN
        return answered

    async def _at_once(self, look: Look, *, hidden: bool, edit: bool) -> LiveMessage | None:
        flags = EPHEMERAL if hidden and not edit else 0
        answered = await self._first(UPDATE if edit else REPLY, body(look, flags), look)
        if answered is None:
            return None
        return self._place(answered["resource"]["message"]["id"], ORIGINAL, hidden=hidden, edit=edit)

    async def _afterwards(self, look: Look, *, hidden: bool, edit: bool) -> LiveMessage | None:
        """After a deferral: in its place, unless that is seen by others than the reply is for."""
        app, token = self._asked.application_id, self._asked.token
        try:
            if edit or (self._state is THINKING and hidden is self._hidden):
                made = await self._wire.hooked("PATCH", app, token, ORIGINAL, look)
                return self._place(made["id"], ORIGINAL, hidden=hidden, edit=edit)
            if self._state is THINKING:  # a follow-up before this would inherit who sees the deferral
                await self._wire.hooked("DELETE", app, token, ORIGINAL)
                self._state = TAKEN
            made = await self._wire.follow_up(app, token, look, EPHEMERAL if hidden else 0)
            return self._place(made["id"], made["id"], hidden=hidden, edit=False)
        except discord.HTTPException as refused:
            if refused.code not in (UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, *TOKEN_GONE):
                raise
            if edit and refused.code == UNKNOWN_MESSAGE:
                raise
            self._state = LATE
            return None

    async def _late(self, reply: Reply, look: Look, *, edit: bool) -> LiveMessage | None:
        """As the bot itself. What was for one person's eyes goes to the private chat."""
        asked = self._asked
        if edit and not asked.hidden and asked.source is not None:
            try:
                await self._wire.edit(asked.channel_id, asked.source, look)
                return LiveMessage(**self._ids(asked.source), handle={"channel_id": asked.channel_id})
            except (discord.Forbidden, discord.NotFound) as refused:
                log.info("discord.edit_refused", code=refused.code)  # a new message says it instead
        mail = Mail(self._wire)
        visibility = self._audience(reply)
        target = Target(asked.chat_id, asked.thread_id, asked.user_id, visibility, asked.locale)
        try:
            return await mail.reach(target, look, asked.id)
        except Gone:
            log.info("discord.channel_closed", channel=asked.channel_id)
        try:
            return await mail.reach(
                Target(None, None, asked.user_id, visibility, asked.locale), look, asked.id
            )
        except Gone:
            log.warning("discord.nowhere_to_answer", event_id=asked.id)
            return None

    def _audience(self, reply: Reply) -> Visibility:
        """Whom the bot tells by itself: what was said in the open is answered there, unless it is private."""
        seen_by = audience(reply, group=self._asked.shared)
        open_to_all = self._asked.kind == SAID and seen_by is not Visibility.PRIVATE
        return Visibility.PUBLIC if open_to_all else seen_by

    async def _find_out(self) -> str:
        """What an earlier process, or a try that broke off, has said."""
        asked = self._asked
        age = self._desk.clock.now() - asked.at
        if age >= TOKEN_LIFE:
            return LATE
        try:
            said = await self._wire.hooked("GET", asked.application_id, asked.token, ORIGINAL)
        except discord.HTTPException as refused:
            if refused.code == UNKNOWN_MESSAGE:
                return TAKEN
            if refused.code not in TOKEN_GONE:
                raise
            return NOTHING if age < FIRST_RESPONSE else LATE
        if said["id"] == asked.source:
            return TAKEN
        self._hidden = bool(said["flags"] & EPHEMERAL)
        return THINKING

    def _place(self, message_id: str, name: str, *, hidden: bool, edit: bool) -> LiveMessage:
        """Where the reply is, and how it is reached: `name` is what the interaction's token calls it."""
        asked = self._asked
        handle = {
            "interaction_token": asked.token,
            "application_id": asked.application_id,
            "at": asked.at,
            "message": name,
            "ephemeral": asked.hidden if edit else hidden,
            "channel_id": asked.channel_id,
            "locale": asked.locale,
        }
        return LiveMessage(**self._ids(message_id), handle=handle)

    def _ids(self, message_id: str) -> Json:
        asked = self._asked
        return {
            "subject": "",  # the desk fills it in
            "platform": PLATFORM,
            "chat_id": asked.chat_id,
            "thread_id": asked.thread_id,
            "message_id": message_id,
            "user_id": asked.user_id,
            "cause": asked.id,
        }
