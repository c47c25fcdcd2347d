"""Forms, one question at a time: presets as buttons, else a forced reply.

What was answered so far lives in the database under the chat and the user, so a form survives a restart.
In a private chat any plain text answers the open question; in a group only a reply to it does, since
that is all that a bot sees there. A command closes the form.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter
from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup

from bots.desk import Desk
from bots.telegram.inbound import Origin
from bots.telegram.render import clip
from core.localize import text
from core.reply import Form, FormField, Message, t

PRESS = "form:"  # callback data `form:<n>`: the n-th preset; ':' is in no token
PER_ROW = 4
PLACEHOLDER = 64  # characters that Telegram shows in the input field


@dataclass(frozen=True, slots=True)
class Asking:
    """An open form. prompt: id of the message that asks; event: the update that gave the last answer."""

    form: Form
    answers: dict[str, str] = field(default_factory=dict)
    prompt: int = 0
    event: str = ""

    @property
    def question(self) -> FormField | None:
        """The next one; None: all are answered."""
        given = len(self.answers)
        return self.form.fields[given] if given < len(self.form.fields) else None

    def answered(self, value: str, event: str) -> Asking:
        """With the answer to the question. The same event answers once, also when it is handled again."""
        if event == self.event or self.question is None:
            return self
        return replace(self, answers={**self.answers, self.question.name: value}, event=event)


_ASKING: TypeAdapter[Asking] = TypeAdapter(Asking)


class Forms:
    """The open forms, one a user in a chat."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def open(self, origin: Origin) -> Asking | None:
        """The form that the user is answering there."""
        async with self._desk.store.read() as work:
            kept = await work.cursors.get(_key(origin))
        return _ASKING.validate_python(kept) if kept else None

    async def keep(self, origin: Origin, asking: Asking) -> None:
        async with self._desk.store.begin() as work:
            await work.cursors.set(_key(origin), _ASKING.dump_python(asking, mode="json"))

    async def prompted(self, origin: Origin, asking: Asking, prompt: int) -> None:
        """The question stands in the message `prompt`; nothing changes if it was answered meanwhile."""
        async with self._desk.store.begin() as work:
            if await work.cursors.get(_key(origin)) == _ASKING.dump_python(asking, mode="json"):
                prompting = replace(asking, prompt=prompt)
                await work.cursors.set(_key(origin), _ASKING.dump_python(prompting, mode="json"))

    async def close(self, origin: Origin) -> None:
        """Nothing is asked any more."""
        if await self.open(origin) is not None:
            async with self._desk.store.begin() as work:
                await work.cursors.set(_key(origin), {})


def _key(origin: Origin) -> str:
    return f"telegram-form:{origin.chat_id}:{origin.user_id}"


def question_card(asking: Asking, locale: str | None) -> Message:
    """The next question by itself."""
    question = asking.question
    assert question is not None  # asked only while one is open
    return Message(title=asking.form.title, body=(t("telegram-question", **_numbered(asking, locale)),))


def with_question(message: Message, asking: Asking, locale: str | None) -> Message:
    """The card that opens a form, with the first question below it if there are several."""
    if len(asking.form.fields) == 1:
        return message
    return replace(message, body=(*message.body, t("telegram-question", **_numbered(asking, locale))))


def _numbered(asking: Asking, locale: str | None) -> dict[str, Any]:
    question = asking.question
    words = "" if question is None else text(question.label, locale)
    return {"number": len(asking.answers) + 1, "of": len(asking.form.fields), "question": words}


def keyboard(asking: Asking) -> InlineKeyboardMarkup | ForceReply:
    """How the next question is answered."""
    question = asking.question
    assert question is not None  # asked only while one is open
    if question.presets:
        buttons = [
            InlineKeyboardButton(clip(preset, PLACEHOLDER), callback_data=f"{PRESS}{n}")
            for n, preset in enumerate(question.presets)
        ]
        return InlineKeyboardMarkup([buttons[i : i + PER_ROW] for i in range(0, len(buttons), PER_ROW)])
    return ForceReply(selective=True, input_field_placeholder=clip(question.placeholder, PLACEHOLDER) or None)


def preset(asking: Asking, data: str) -> str | None:
    """The quick answer behind callback data; None if the open question has no such one."""
    question, number = asking.question, data.removeprefix(PRESS)
    if question is None or not number.isdecimal() or int(number) >= len(question.presets):
        return None
    return question.presets[int(number)]
