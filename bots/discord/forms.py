"""Forms: a modal out, its fields back. The custom id carries the token, so that a restart loses nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import discord
from discord import ui

from bots.discord.render import label, shorten
from core.localize import clean, text
from core.reply import Form, FormField

FORM = "pf:"
MAX_TITLE, MAX_FIELD_LABEL, MAX_DESCRIPTION, MAX_PLACEHOLDER = 45, 45, 100, 100


def modal(form: Form, locale: str | None) -> dict[str, Any]:
    """The form as a modal. It must have its token."""
    if form.token is None:
        raise ValueError(f"the form of {form.command!r} has no token")
    view = ui.Modal(title=label(form.title, locale, MAX_TITLE), custom_id=FORM + form.token, timeout=None)
    for field in form.fields:
        view.add_item(_part(field, locale))
    payload: dict[str, Any] = view.to_dict()
    return payload


def _part(field: FormField, locale: str | None) -> ui.Label[Any]:
    whole = text(field.label, locale)
    asked: ui.TextInput[Any] = ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.short if field.max_length <= 200 else discord.TextStyle.paragraph,
        placeholder=shorten(clean(field.placeholder or ", ".join(field.presets)), MAX_PLACEHOLDER) or None,
        default=field.value[: field.max_length] or None,
        max_length=min(field.max_length, 4000),
        required=True,
    )
    description = shorten(whole, MAX_DESCRIPTION) if len(whole) > MAX_FIELD_LABEL else None
    return ui.Label(
        text=label(field.label, locale, MAX_FIELD_LABEL), description=description, component=asked
    )


def fields(data: Mapping[str, Any]) -> dict[str, str]:
    """What a modal submit brought: field name to text."""
    return {part["custom_id"]: str(part["value"]) for part in _inputs(data.get("components", ()))}


def _inputs(components: Any) -> Iterator[dict[str, Any]]:
    for component in components:
        if "value" in component and "custom_id" in component:
            yield component
        yield from _inputs(component.get("components", ()))
        if "component" in component:
            yield from _inputs([component["component"]])
