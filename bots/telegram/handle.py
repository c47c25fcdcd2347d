"""What an accepted update sets off: dispatch, then the answer where it belongs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import structlog
import telegram
from telegram import Update
from telegram.error import TelegramError

from bots.desk import Desk, Gone
from bots.telegram.answer import PRIVATE, Answers
from bots.telegram.dialog import Dialog, Query
from bots.telegram.forms import PRESS
from bots.telegram.inbound import (
    PLATFORM,
    Arrival,
    Lost,
    Membership,
    Migrated,
    Origin,
    Pressed,
    Said,
    Unreadable,
    read,
    unreadable,
)
from bots.telegram.render import ALERT, alert, clip
from bots.telegram.send import Sender
from bots.telegram.welcome import GROUP, Welcome
from core.commands.incoming import Invocation, Line, Press
from core.commands.spec import Spec
from core.localize import text
from core.ports.ids import reference
from core.ports.rows import Chat, InboxItem
from core.ports.store import StoreAway
from core.reply import Kind, Reply, Visibility, t

log = structlog.get_logger()

PROMPT = 1.0  # seconds after which we show that we are at work


class Handler:
    """Handles inbox items, in order within a chat."""

    def __init__(
        self, bot: telegram.Bot, desk: Desk, sender: Sender, answers: Answers, specs: Mapping[str, Spec]
    ) -> None:
        self._bot, self._desk, self._sender, self._answers, self._specs = bot, desk, sender, answers, specs
        self._dialog = Dialog(desk, answers, specs)
        self._welcome = Welcome(desk, sender, bot.username)

    async def handle(self, item: InboxItem) -> None:
        """`bots.inbox.Handle`. A chat that is closed to us ends the matter.

        Raises `StoreAway` and, for a fault of ours, whatever it was, once the user has been told.
        """
        arrival = self._read(item)
        try:
            await self._arrived(arrival, item.event_id)
        except Gone as closed:
            log.info("telegram.chat_closed", error=str(closed), event_id=item.event_id)
            if isinstance(arrival, Said | Pressed) and arrival.origin.caller.chat_id is not None:
                await self._desk.active(arrival.origin.caller.chat_id, False)
        except StoreAway:
            raise
        except Exception:
            if isinstance(arrival, Said | Pressed):
                await self._apologise(arrival.origin, item.event_id)
            raise

    def _read(self, item: InboxItem) -> Arrival | None:
        try:
            return read(Update.de_json(item.payload, self._bot), self._bot.username)
        except Exception:
            # A newer Bot API's, or a stranger's: logged, and its sender is told if that can be found out.
            log.exception("telegram.unreadable_update", event_id=item.event_id)
            return unreadable(item.payload)

    async def _arrived(self, arrival: Arrival | None, event_id: str) -> None:
        if isinstance(arrival, Said):
            await self._said(arrival, event_id)
        elif isinstance(arrival, Pressed):
            await self._pressed(arrival, event_id)
        elif isinstance(arrival, Unreadable):
            await self._answers.say(arrival.origin, t(arrival.why))
        elif isinstance(arrival, Lost):
            await self._sender.answer(
                arrival.query_id, text(t("telegram-gone-button"), arrival.locale), box=True
            )
        elif isinstance(arrival, Membership):
            await self._membership(arrival)
        elif isinstance(arrival, Migrated):
            await self._desk.moved(arrival.old_id, arrival.new_id)

    async def _apologise(self, origin: Origin, event_id: str) -> None:
        """The reference is the one that the log's lines carry."""
        with suppress(Gone, TelegramError):  # the fault itself is what is raised and logged
            await self._answers.say(origin, t("telegram-failed", reference=reference(PLATFORM, event_id)))

    async def _membership(self, change: Membership) -> None:
        async with self._desk.store.begin() as work:
            await work.chats.ensure(Chat(PLATFORM, change.chat_id, change.kind, change.title))
            await work.chats.set_active(PLATFORM, change.chat_id, change.active)
        if change.added and change.kind == "group":
            await self._welcome.say(int(change.chat_id), change.locale, forum=change.forum)

    async def _said(self, said: Said, event_id: str) -> None:
        origin = said.origin
        if said.text.startswith("/"):
            if await self._dialog.close(origin) and said.text == "/cancel":
                await self._answers.say(origin, t("telegram-form-cancelled"))
                return
        elif (asking := await self._dialog.open(origin, said.replies_to)) is not None:
            await self._dialog.typed(asking, said.text, origin, event_id)
            return
        if said.text == f"/start {GROUP}" and not origin.private:
            await self._welcome.say(origin.chat_id, origin.caller.locale, forum=origin.forum)
            return
        line = self._started(said)
        working = asyncio.create_task(self._busy(origin))
        try:
            reply = await self._desk.dispatch(Invocation(event_id, origin.caller, Line(line)))
        finally:
            working.cancel()
        if reply is not None and line == "/start" and origin.private:
            reply = self._welcome.inviting(reply)
        if reply is not None:
            await self._dialog.show(reply, origin, None, event_id, self._payload(line))

    async def _busy(self, origin: Origin) -> None:
        """After a moment, shows that we are at work."""
        await asyncio.sleep(PROMPT)
        await self._sender.typing(origin.chat_id, origin.thread_id)

    def _started(self, said: Said) -> str:
        """A deep link's `/start wallet` as the `/wallet` that it stands for."""
        command, _, payload = said.text.partition(" ")
        repeats = command == "/start" and payload != PRIVATE and self._payload(f"/{payload}") == payload
        return f"/{payload}" if repeats else said.text

    def _payload(self, line: str) -> str:
        """What a link to the private chat carries: a private command without required arguments repeats
        itself there."""
        spec = self._specs.get(line.removeprefix("/").split(" ")[0])
        simple = spec is not None and spec.private and not any(a.required for a in spec.args)
        return spec.name if spec is not None and simple else PRIVATE

    async def _pressed(self, pressed: Pressed, event_id: str) -> None:
        query = Query(self._sender, pressed.query_id)
        async with self._answers.presses.answering((pressed.origin.chat_id, pressed.message_id)):
            try:
                await self._answered(pressed, query, event_id)
            except Exception:
                await query.answer()  # whatever happened, the button stops turning
                raise

    async def _answered(self, pressed: Pressed, query: Query, event_id: str) -> None:
        if pressed.data.startswith(PRESS):
            await self._dialog.chosen(pressed, query, event_id)
            return
        origin = pressed.origin
        reply = await self._promptly(Invocation(event_id, origin.caller, Press(pressed.data)), query)
        if reply is None:
            await query.answer()
        elif reply.kind is Kind.ERROR:
            await self._refused(reply, pressed, query, event_id)
        else:
            if reply.visibility is not Visibility.PRIVATE or origin.private:
                await query.answer()
            await self._dialog.show(reply, origin, pressed, event_id, query=query)

    async def _promptly(self, invocation: Invocation, query: Query) -> Reply | None:
        """Dispatches; if it takes long, the press is answered before it ends."""
        task = asyncio.create_task(self._desk.dispatch(invocation))
        try:
            await asyncio.wait({task}, timeout=PROMPT)
            if not task.done():
                await query.answer()
            return await task
        finally:
            task.cancel()

    async def _refused(self, reply: Reply, pressed: Pressed, query: Query, event_id: str) -> None:
        """An error as an alert over the chat; as a message too where the alert can't carry it all."""
        locale = pressed.origin.caller.locale
        words = alert(reply.message, locale)
        seen = await query.answer(words or clip(text(reply.message.title, locale), ALERT), box=True)
        if not seen or words is None:
            # Beside the pressed message: what it shows is as true as before.
            await self._dialog.show(replace(reply, edit=False, subject=None), pressed.origin, None, event_id)
