"""Forms: a modal out, its fields back. The custom id carries the token, so that a restart loses nothing.

Every field is a line to type: amounts and coins are free, so quick answers stand in the empty line as examples
instead of being a list that shuts the others out. What was typed and refused stands there at the next try.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bots.discord.render import label, shorten
from core.localize import clean, text
from core.reply import Form, FormField, t

FORM = "pf:"
MAX_TITLE, MAX_FIELD_LABEL, MAX_DESCRIPTION, MAX_PLACEHOLDER = 45, 45, 100, 100


class Typed:
    """What people typed into forms that were refused. In memory: a restart forgets it and nothing else."""

    MOST = 1_000

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Mapping[str, str]] = OrderedDict()

    def keep(self, token: str, fields: Mapping[str, str]) -> None:
        """`token`: of the form, whose press opens it again."""
        self._kept[token] = fields
        if len(self._kept) > self.MOST:
            self._kept.popitem(last=False)

    def into(self, form: Form, token: str) -> Form:
        """The form with what was typed, if `token` was refused before."""
        typed = self._kept.get(token, {})
        filled = tuple(replace(field, value=typed.get(field.name, field.value)) for field in form.fields)
        return replace(form, fields=filled)


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
    example = field.placeholder
    if field.presets and not example:
        example = text(t("discord-for-example", values=", ".join(field.presets)), locale)
    asked: ui.TextInput[Any] = ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.short if field.max_length <= 200 else discord.TextStyle.paragraph,
        placeholder=shorten(clean(example), MAX_PLACEHOLDER) or None,
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
