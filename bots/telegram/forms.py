"""Forms, one question at a time: quick answers and matches as buttons, else a forced reply.

What was answered so far lives in the database under the chat and the user, so a form survives a restart.
In a private chat any plain text answers the open question; in a group only a reply to it does, since
that is all that a bot sees there. A command closes the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter
from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import KeyboardButtonStyle

from bots.desk import Desk
from bots.telegram.inbound import Origin
from bots.telegram.render import clip
from core.commands.spec import ArgSpec, Spec
from core.commands.values import PARSERS
from core.domain.address import find_address, short
from core.domain.errors import UserError
from core.localize import text
from core.reply import Form, FormField, Message, T, t

PRESS = "form:"  # callback data `form:<question>:<n>`: its n-th choice; ':' is in no token
CANCEL = f"{PRESS}cancel"
PER_ROW, SHORT = 4, 10  # buttons of a row, if no label has more characters
REMEMBERED = 10_000  # people and chats of whom we know that nothing is asked
MATCHES = 8  # buttons of a typeahead: what a phone shows without scrolling
PLACEHOLDER = 64  # characters that Telegram shows in the input field
TYPED = 32  # characters of an answer that are repeated to the person

Choices = tuple[tuple[str, str], ...]  # (value, label)


@dataclass(frozen=True, slots=True)
class Asking:
    """An open form. prompt: id of the message that asks; event: the update that gave the last answer.

    choices: what stands on the buttons of the open question, so that a press means what was shown.
    """

    form: Form
    answers: dict[str, str] = field(default_factory=dict)
    prompt: int = 0
    event: str = ""
    choices: Choices = ()

    @property
    def question(self) -> FormField | None:
        """The next one; None: all are answered."""
        given = len(self.answers)
        return self.form.fields[given] if given < len(self.form.fields) else None

    def answered(self, value: str, event: str) -> Asking:
        """With the answer to the question. The same event answers once, also when it is handled again."""
        if event == self.event or self.question is None:
            return self
        return replace(self, answers={**self.answers, self.question.name: value}, event=event, choices=())


_ASKING: TypeAdapter[Asking] = TypeAdapter(Asking)


class Forms:
    """The open forms, one a user in a chat; and what a question can be answered with."""

    def __init__(self, desk: Desk, specs: Mapping[str, Spec]) -> None:
        self._desk, self._specs = desk, specs
        self._closed: dict[str, None] = {}  # keys, oldest first, of whom nothing is asked: the usual case

    async def open(self, origin: Origin) -> Asking | None:
        """The form that the user is answering there."""
        key = _key(origin)
        if key in self._closed:
            return None
        async with self._desk.store.read() as work:
            kept = await work.cursors.get(key)
        if kept:
            return _ASKING.validate_python(kept)
        self._note_closed(key)
        return None

    def _note_closed(self, key: str) -> None:
        if len(self._closed) >= REMEMBERED:
            del self._closed[next(iter(self._closed))]
        self._closed[key] = None

    async def keep(self, origin: Origin, asking: Asking) -> None:
        self._closed.pop(_key(origin), None)
        async with self._desk.store.begin() as work:
            await work.cursors.set(_key(origin), _ASKING.dump_python(asking, mode="json"))

    async def prompted(self, origin: Origin, asking: Asking, prompt: int) -> None:
        """The question stands in the message `prompt`; nothing changes if it was answered meanwhile."""
        async with self._desk.store.begin() as work:
            if await work.cursors.get(_key(origin)) == _ASKING.dump_python(asking, mode="json"):
                prompting = replace(asking, prompt=prompt)
                await work.cursors.set(_key(origin), _ASKING.dump_python(prompting, mode="json"))

    async def close(self, origin: Origin) -> bool:
        """Nothing is asked any more; whether something was."""
        if await self.open(origin) is None:
            return False
        async with self._desk.store.begin() as work:
            await work.cursors.set(_key(origin), {})
        self._note_closed(_key(origin))
        return True

    async def offer(self, asking: Asking) -> Asking:
        """With the choices that the question begins with: its presets, or what its typeahead offers."""
        question = asking.question
        if question is None:
            return asking
        if question.presets:
            return replace(asking, choices=tuple((preset, preset) for preset in question.presets))
        return replace(asking, choices=await self._matches(asking, question, ""))

    async def understand(self, asking: Asking, typed: str) -> tuple[str | None, Asking, tuple[T, ...]]:
        """What a typed answer is: the answer; or None, then the question again with other choices, and why.

        What can't be one is said at once, not after the last question. With a typeahead there is no doubt of
        a whole name or an address; of several that begin with what was typed the person chooses.
        """
        question = asking.question
        arg = None if question is None else self._arg(asking, question)
        if question is None or arg is None:
            return typed, asking, ()
        try:
            PARSERS[arg.type](typed)
        except UserError as wrong:
            said = T(f"error-{wrong.code}", wrong.arguments), T(f"error-{wrong.code}.next", wrong.arguments)
            return None, await self.offer(asking), said
        if arg.suggest is None or find_address(typed) is not None:
            return typed, asking, ()
        found = await self._matches(asking, question, typed)
        named = tuple((value, label) for value, label in found if _is_name(typed, label))
        if len(named) == 1:
            return named[0][0], asking, ()
        words = clip(typed, TYPED)
        if found:
            return None, replace(asking, choices=named or found), (t("telegram-matches", typed=words),)
        return None, await self.offer(asking), (t("telegram-no-match", typed=words),)

    async def _matches(self, asking: Asking, question: FormField, typed: str) -> Choices:
        arg = self._arg(asking, question)
        if arg is None or arg.suggest is None:
            return ()
        found = (await self._desk.suggest(asking.form.command, question.name, typed))[:MATCHES]
        labels = [label for _, label in found]
        # Two that look alike are told apart by their addresses.
        return tuple(
            (value, label if labels.count(label) == 1 else f"{label} ({short(value)})")
            for value, label in found
        )

    def _arg(self, asking: Asking, question: FormField) -> ArgSpec | None:
        spec = self._specs.get(asking.form.command)
        return next((arg for arg in spec.args if arg.name == question.name), None) if spec else None


def _key(origin: Origin) -> str:
    return f"telegram-form:{origin.chat_id}:{origin.user_id}"


def _is_name(typed: str, label: str) -> bool:
    """Whether the answer is the first word of the label: a coin's ticker, with or without the $."""
    words = label.split()
    return bool(words) and words[0].casefold() == typed.strip().removeprefix("$").casefold()


def question_card(asking: Asking, origin: Origin, why: tuple[T, ...] = ()) -> Message:
    """The next question by itself; `why` it is asked again."""
    return Message(title=asking.form.title, body=(*why, *_asked(asking, origin)))


def with_question(message: Message, asking: Asking, origin: Origin) -> Message:
    """The card that opens a form, with the first question instead of all of them."""
    if message.buttons:  # the card's own answer its only question
        return message
    labels = [asked.label for asked in asking.form.fields]
    rest = tuple(part for part in message.body if part not in labels)
    return replace(message, body=(*_asked(asking, origin), *rest))


def _asked(asking: Asking, origin: Origin) -> tuple[T, ...]:
    question = asking.question
    if question is None:
        return ()
    words, of = text(question.label, origin.caller.locale), len(asking.form.fields)
    number = len(asking.answers) + 1
    asked = question.label if of == 1 else t("telegram-question", number=number, of=of, question=words)
    where = "private" if origin.private else "group"
    if asking.choices:
        return asked, t("telegram-choose" if question.presets else "telegram-choose-match", where=where)
    return (asked,) if origin.private else (asked, t("telegram-answer-by-reply"))


def keyboard(asking: Asking, locale: str | None) -> InlineKeyboardMarkup | ForceReply:
    """How the next question is answered."""
    question = asking.question
    assert question is not None  # asked only while one is open
    if not asking.choices:
        placeholder = clip(question.placeholder, PLACEHOLDER) or None
        return ForceReply(selective=True, input_field_placeholder=placeholder)
    asked = len(asking.answers)
    buttons = [
        InlineKeyboardButton(clip(label, PLACEHOLDER), callback_data=f"{PRESS}{asked}:{n}")
        for n, (_, label) in enumerate(asking.choices)
    ]
    each = PER_ROW if all(len(button.text) <= SHORT for button in buttons) else 1
    rows = [buttons[start : start + each] for start in range(0, len(buttons), each)]
    return InlineKeyboardMarkup([*rows, [_cancel_button(locale)]])


def _cancel_button(locale: str | None) -> InlineKeyboardButton:
    words: Any = text(t("button-cancel"), locale)
    return InlineKeyboardButton(words, callback_data=CANCEL, style=KeyboardButtonStyle.DANGER)


def choice(asking: Asking, data: str) -> str | None:
    """The answer behind callback data; None if it is of no choice of the open question.

    The question's number is in it: of two quick presses on a button the second answers nothing else, though
    the same message shows the next question by then.
    """
    asked, _, number = data.removeprefix(PRESS).partition(":")
    if asked != str(len(asking.answers)) or not number.isdecimal() or int(number) >= len(asking.choices):
        return None
    return asking.choices[int(number)][0]
