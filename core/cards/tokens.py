"""Opaque tokens for the buttons and forms of a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.ports.ids import new_token
from core.ports.rows import StoredButton
from core.reply import Button, Message

BUTTON_LIFE = 7 * 86_400  # seconds that an action button answers; what it acts on expires by itself
OPEN_LIFE = 400 * 86_400


def tokenized(
    message: Message,
    *,
    platform: str,
    user_id: str | None,
    chat_id: str | None,
    subject: str | None,
    now: int,
) -> tuple[Message, list[StoredButton]]:
    """The message with a token in each button and form, and the rows that say what the tokens mean."""
    stored: list[StoredButton] = []

    def store(command: str, arguments: Mapping[str, str], opens: bool) -> str:
        token = new_token()
        life = OPEN_LIFE if opens else BUTTON_LIFE
        whose = (None, None) if opens else (user_id, chat_id)
        row = StoredButton(token, command, dict(arguments), opens, platform, *whose, subject, now, now + life)
        stored.append(row)
        return token

    def button(b: Button) -> Button:
        return b if b.press is None else replace(b, token=store(b.press[0], b.press[1], b.open))

    buttons = tuple(tuple(button(b) for b in row) for row in message.buttons)
    items = tuple(i if i.button is None else replace(i, button=button(i.button)) for i in message.items)
    form = message.form
    if form is not None:
        form = replace(form, token=store(form.command, form.arguments, False))
    return replace(message, buttons=buttons, items=items, form=form), stored
