"""A question for what is missing, with quick answers as buttons where there is just one question."""

from __future__ import annotations

from core.reply import Button, Form, Message, Style, t


def form_card(form: Form, usage: str) -> Message:
    """The form, and for a single question with presets a button for each of them."""
    buttons: tuple[tuple[Button, ...], ...] = ()
    if len(form.fields) == 1 and form.fields[0].presets:
        asked = form.fields[0]
        row = tuple(
            Button(
                t("button-preset", value=preset),
                press=(form.command, {**form.arguments, asked.name: preset}),
                style=Style.PRIMARY,
            )
            for preset in asked.presets[:5]
        )
        buttons = (row,)
    body = (*(asked.label for asked in form.fields), t("form-usage", usage=usage))
    data = {"form": {"fields": [asked.name for asked in form.fields]}}
    return Message(title=form.title, body=body, form=form, buttons=buttons, data=data)
