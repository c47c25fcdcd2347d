"""What an accepted update sets off: dispatch, then the answer where it belongs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog
import telegram
from telegram import Update
from telegram.error import TelegramError

from bots.desk import Desk, Gone
from bots.telegram.answer import PRIVATE, Answers
from bots.telegram.forms import PRESS, Asking, Forms, keyboard, preset, question_card, with_question
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
)
from bots.telegram.render import ALERT, alert, clip
from bots.telegram.send import Sender
from core.commands.incoming import Invocation, Line, Press, Submit
from core.commands.spec import Spec
from core.localize import text
from core.ports.rows import Chat, InboxItem
from core.ports.store import StoreAway
from core.reply import Kind, Reply, Visibility, t

log = structlog.get_logger()

PROMPT = 1.0  # seconds after which we show that we are at work


@dataclass
class Query:
    """A press to be answered exactly once."""

    sender: Sender
    id: str
    answered: bool = False

    async def answer(self, words: str | None = None, *, box: bool = False, url: str | None = None) -> bool:
        """False: the user did not see the words."""
        if self.answered:
            return False
        self.answered = True
        return await self.sender.answer(self.id, words, box=box, url=url)


class Handler:
    """Handles inbox items, in order within a chat."""

    def __init__(
        self, bot: telegram.Bot, desk: Desk, sender: Sender, answers: Answers, specs: Mapping[str, Spec]
    ) -> None:
        self._bot, self._desk, self._sender, self._answers, self._specs = bot, desk, sender, answers, specs
        self._forms = Forms(desk)

    async def handle(self, item: InboxItem) -> None:
        """`bots.desk.Handle`. A chat that is closed to us ends the matter.

        Raises `StoreAway` and, for a fault of ours, whatever it was, once the user has been told.
        """
        arrival = read(Update.de_json(item.payload, self._bot), self._bot.username)
        try:
            await self._arrived(arrival, item.event_id)
        except Gone as closed:
            log.info("telegram.chat_closed", error=str(closed), event_id=item.event_id)
            if isinstance(arrival, Said | Pressed) and arrival.origin.caller.chat_id is not None:
                async with self._desk.store.begin() as work:
                    await work.chats.set_active(PLATFORM, arrival.origin.caller.chat_id, False)
        except StoreAway:
            raise
        except Exception:
            if isinstance(arrival, Said | Pressed):
                await self._apologise(arrival.origin, item.event_id)
            raise

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
            await self._migrated(arrival)

    async def _apologise(self, origin: Origin, event_id: str) -> None:
        """The reference is the event that the log names."""
        with suppress(Gone, TelegramError):  # the fault itself is what is raised and logged
            await self._answers.say(origin, t("telegram-failed", reference=event_id))

    async def _membership(self, change: Membership) -> None:
        async with self._desk.store.begin() as work:
            await work.chats.ensure(Chat(PLATFORM, change.chat_id, change.kind, change.title))
            await work.chats.set_active(PLATFORM, change.chat_id, change.active)

    async def _migrated(self, change: Migrated) -> None:
        async with self._desk.store.begin() as work:
            await work.chats.migrate(PLATFORM, change.old_id, change.new_id)

    async def _said(self, said: Said, event_id: str) -> None:
        origin = said.origin
        if said.text.startswith("/"):
            await self._forms.close(origin)
        elif origin.private or said.replies_to is not None:
            asking = await self._forms.open(origin)
            if asking is not None and (origin.private or said.replies_to == asking.prompt):
                await self._filled(asking, said.text, origin, None, event_id)
                return
        line = self._started(said)
        working = asyncio.create_task(self._busy(origin))
        try:
            reply = await self._desk.dispatch(Invocation(event_id, origin.caller, Line(line)))
        finally:
            working.cancel()
        if reply is not None:
            await self._show(reply, origin, None, event_id, self._payload(line))

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
        async with self._answers.lock(pressed.origin.chat_id, pressed.message_id):
            try:
                await self._answered(pressed, query, event_id)
            except Exception:
                await query.answer()  # whatever happened, the button stops turning
                raise

    async def _answered(self, pressed: Pressed, query: Query, event_id: str) -> None:
        if pressed.data.startswith(PRESS):
            await self._chosen(pressed, query, event_id)
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
            await self._show(reply, origin, pressed, event_id, query=query)

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
            await self._show(replace(reply, edit=False, subject=None), pressed.origin, None, event_id)

    async def _show(
        self,
        reply: Reply,
        origin: Origin,
        pressed: Pressed | None,
        event_id: str,
        payload: str = PRIVATE,
        query: Query | None = None,
    ) -> None:
        """Shows the reply, and opens its form if it asks for something.

        A group learns that a private answer is elsewhere; a public one that can't be written there goes
        to the private chat.
        """
        form, message, markup = reply.message.form, reply.message, None
        asking = None if form is None or form.token is None else Asking(form, event=event_id)
        if asking is not None:
            message = with_question(message, asking, origin.caller.locale)
            markup = None if message.buttons else keyboard(asking)
        shown = replace(reply, message=message)
        private = reply.visibility is Visibility.PRIVATE and not origin.private
        where = origin.at(origin.user_id) if private else origin
        if asking is not None:
            # Before the question is seen: the answer may come at once, and in another lane than this.
            await self._forms.keep(where, asking)
        try:
            place = await self._answers.show(shown, origin, pressed, event_id, markup)
        except Gone:
            if origin.private:
                raise
            if private:
                await self._tell_closed(origin, payload, query)
                return
            elsewhere = replace(shown, visibility=Visibility.PRIVATE)
            place = await self._answers.show(elsewhere, origin, None, event_id, markup)
        if asking is not None:
            if place.chat_id != where.chat_id:
                where = origin.at(place.chat_id)
                await self._forms.keep(where, asking)
            await self._forms.prompted(where, asking, place.message_id)
        if private:
            await self._tell_sent(origin, query)

    async def _tell_sent(self, origin: Origin, query: Query | None) -> None:
        words = text(t("telegram-sent-privately"), origin.caller.locale)
        if query is None or not await query.answer(words):
            await self._answers.say(origin, t("telegram-sent-privately"), PRIVATE)

    async def _tell_closed(self, origin: Origin, payload: str, query: Query | None) -> None:
        """The user has not opened the private chat yet: a press opens it, a line is answered by a button."""
        if query is None or not await query.answer(url=self._answers.private_link(payload)):
            await self._answers.say(origin, t("telegram-open-private"), payload)

    async def _chosen(self, pressed: Pressed, query: Query, event_id: str) -> None:
        """A preset of an open form."""
        asking = await self._forms.open(pressed.origin)
        value = None
        if asking is not None and asking.prompt == pressed.message_id:
            value = preset(asking, pressed.data)
        if asking is None or value is None:
            locale = pressed.origin.caller.locale
            await query.answer(text(t("telegram-closed-question"), locale), box=True)
            return
        await query.answer()
        await self._filled(asking, value, pressed.origin, pressed, event_id)

    async def _filled(
        self, asking: Asking, value: str, origin: Origin, pressed: Pressed | None, event_id: str
    ) -> None:
        """An answer: the next question, or the whole form is submitted."""
        asking = asking.answered(value, event_id)
        if asking.question is not None:
            await self._ask(asking, origin, event_id)
            return
        assert asking.form.token is not None  # kept only with one
        submit = Submit(asking.form.token, asking.answers)
        reply = await self._desk.dispatch(Invocation(event_id, origin.caller, submit))
        if reply is not None and reply.kind is Kind.ERROR and not _ended(reply):
            # Something in the answers is wrong: said, then asked again from the first question.
            await self._show(reply, origin, None, event_id)
            await self._ask(replace(asking, answers={}), origin, event_id)
            return
        await self._forms.close(origin)
        if reply is not None:
            await self._show(reply, origin, pressed, event_id)

    async def _ask(self, asking: Asking, origin: Origin, event_id: str) -> None:
        card = Reply(question_card(asking, origin.caller.locale))
        await self._forms.keep(origin, asking)
        place = await self._answers.show(card, origin, None, event_id, keyboard(asking))
        await self._forms.prompted(origin, asking, place.message_id)


def _ended(reply: Reply) -> bool:
    """The form itself is expired or used: asking again would lead nowhere."""
    return str(reply.message.data.get("error", {}).get("code", "")).startswith("button-")
