"""A refusal: what is wrong, and what to do next."""

from __future__ import annotations

from core.domain.errors import UserError
from core.localize import text
from core.reply import Button, Message, Style, T, Tone, t

# What a press on the way out of an error does, where that is not the same once more.
_LABELS = {
    "help": "button-help",
    "new": "button-new",
    "portfolio": "button-portfolio",
    "buy": "button-new-quote",
    "sell": "button-new-quote",
}


def error_card(error: UserError) -> Message:
    """What is wrong as the title, the next step below it, and a button where one press takes it."""
    what = T(f"error-{error.code}", error.arguments)
    following = T(f"error-{error.code}.next", error.arguments)
    buttons: tuple[tuple[Button, ...], ...] = ()
    if error.again is not None:
        label = t(_LABELS.get(error.again[0], "button-again"))
        buttons = ((Button(label, press=error.again, style=Style.PRIMARY),),)
    return Message(
        title=what,
        body=(following,),
        buttons=buttons,
        tone=Tone.BAD,
        data={"error": {"code": error.code, "next": text(following)}},
    )
