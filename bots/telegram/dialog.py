"""Showing a reply where it belongs, and asking for what its form lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bots.desk import Desk, Gone
from bots.telegram.answer import PRIVATE, Answers
from bots.telegram.forms import CANCEL, Asking, Forms, choice, keyboard, question_card, with_question
from bots.telegram.inbound import Origin, Pressed
from bots.telegram.send import Sender
from core.commands.incoming import Invocation, Submit
from core.commands.spec import Spec
from core.localize import text
from core.reply import Kind, Message, Reply, T, Visibility, t


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


class Dialog:
    """One reply after another, and the questions between them."""

    def __init__(self, desk: Desk, answers: Answers, specs: Mapping[str, Spec]) -> None:
        self._desk, self._answers = desk, answers
        self._forms = Forms(desk, specs)

    async def show(
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
        private = reply.visibility is Visibility.PRIVATE and not origin.private
        where = origin.at(origin.user_id) if private else origin
        form, message, markup = reply.message.form, reply.message, None
        asking = None if form is None or form.token is None else Asking(form, event=event_id)
        if asking is not None:
            asking = await self._forms.offer(asking)
            message = with_question(message, asking, where)
            markup = None if message.buttons else keyboard(asking, origin.caller.locale)
            # Before the question is seen: the answer may come at once, and in another lane than this.
            await self._forms.keep(where, asking)
        shown = replace(reply, message=message)
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

    async def open(self, origin: Origin, replies_to: int | None) -> Asking | None:
        """The form whose question a line from there answers."""
        if not origin.private and replies_to is None:
            return None
        asking = await self._forms.open(origin)
        here = asking is not None and (origin.private or replies_to == asking.prompt)
        return asking if here else None

    async def close(self, origin: Origin) -> bool:
        """A command came instead of an answer; whether something was asked."""
        return await self._forms.close(origin)

    async def typed(self, asking: Asking, line: str, origin: Origin, event_id: str) -> None:
        """An answer in the person's own words."""
        if asking.event == event_id:  # taken before we were killed, and the next question perhaps not asked
            await self._ask(asking, origin, None, event_id)
            return
        answer, again, why = await self._forms.understand(asking, line)
        if answer is None:
            await self._ask(again, origin, None, event_id, why)
        else:
            await self._filled(asking, answer, origin, None, event_id)

    async def chosen(self, pressed: Pressed, query: Query, event_id: str) -> None:
        """A press on a question's button."""
        origin, asking = pressed.origin, await self._forms.open(pressed.origin)
        if asking is not None and asking.prompt != pressed.message_id:
            asking = None
        value = None if asking is None else choice(asking, pressed.data)
        if asking is not None and pressed.data == CANCEL:
            await query.answer()
            await self._forms.close(origin)
            stopped = Message(title=asking.form.title, body=(t("telegram-form-cancelled"),))
            await self._answers.show(Reply(stopped, edit=True), origin, pressed, event_id)
        elif asking is not None and asking.event == event_id:  # as in `typed`
            await query.answer()
            await self._ask(asking, origin, pressed, event_id)
        elif asking is None or value is None:
            await query.answer(text(t("telegram-closed-question"), origin.caller.locale), box=True)
        else:
            await query.answer()
            await self._filled(asking, value, origin, pressed, event_id)

    async def _filled(
        self, asking: Asking, value: str, origin: Origin, pressed: Pressed | None, event_id: str
    ) -> None:
        """An answer: the next question, or the whole form is submitted."""
        asking = asking.answered(value, event_id)
        if asking.question is not None:
            await self._ask(await self._forms.offer(asking), origin, pressed, event_id)
            return
        assert asking.form.token is not None  # kept only with one
        submit = Submit(asking.form.token, asking.answers)
        reply = await self._desk.dispatch(Invocation(event_id, origin.caller, submit))
        if reply is not None and reply.kind is Kind.ERROR and not _ended(reply):
            # Something in the answers is wrong: said, then asked again from the first question.
            await self.show(reply, origin, None, event_id)
            again = await self._forms.offer(replace(asking, answers={}))
            await self._ask(again, origin, None, event_id)
            return
        await self._forms.close(origin)
        if reply is not None:
            # The question that was pressed becomes what it led to.
            await self.show(replace(reply, edit=reply.edit or pressed is not None), origin, pressed, event_id)

    async def _ask(
        self,
        asking: Asking,
        origin: Origin,
        pressed: Pressed | None,
        event_id: str,
        why: tuple[T, ...] = (),
    ) -> None:
        """Asks in the pressed message; anew where only a forced reply can be asked for, or nothing was."""
        reply = Reply(question_card(asking, origin, why), visibility=Visibility.QUIET, edit=True)
        await self._forms.keep(origin, asking)
        markup = keyboard(asking, origin.caller.locale)
        place = await self._answers.show(reply, origin, pressed if asking.choices else None, event_id, markup)
        await self._forms.prompted(origin, asking, place.message_id)


def _ended(reply: Reply) -> bool:
    """The form itself is expired or used: asking again would lead nowhere."""
    return str(reply.message.data.get("error", {}).get("code", "")).startswith("button-")
