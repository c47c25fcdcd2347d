"""Texts: Fluent ids to words in the reader's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

from core.domain.errors import Arg
from core.reply import T

LOCALES = Path(__file__).parent / "assets" / "locales"
FALLBACK = "en"
LONGEST = 1_000  # characters of one argument
Escape = Callable[[str], str]


class UnknownText(KeyError):
    """No such Fluent message in any of the languages: a fault of ours, held by a test."""


def clean(text: str) -> str:
    """Without control, bidirectional and zero-width characters: what a name could use to forge a layout.

    Line breaks become spaces. Joiners inside emoji are kept.
    """
    kept = []
    for char in text:
        if char in "\r\n\t":
            kept.append(" ")
        elif char == "\u200d" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
            kept.append(char)
    return "".join(kept)


@cache
def _bundle(locale: str) -> FluentBundle:
    bundle = FluentBundle([locale, FALLBACK], use_isolating=False)
    for folder in dict.fromkeys((FALLBACK, locale)):
        for file in sorted((LOCALES / folder).glob("*.ftl")):
            bundle.add_resource(FluentResource(file.read_text()), allow_overrides=folder != FALLBACK)
    return bundle


def available(locale: str | None) -> str:
    """The shipped language nearest to a BCP 47 tag: `en` where there is none."""
    language = (locale or FALLBACK).replace("_", "-").split("-")[0].lower()
    return language if language.isalpha() and (LOCALES / language).is_dir() else FALLBACK


def text(message: T, locale: str | None = None, escape: Escape = str) -> str:
    """The words of `message`; an id `name.attribute` names a Fluent attribute.

    String arguments are cleaned, then escaped by `escape`; nothing else is. Raises `UnknownText`.
    """
    bundle = _bundle(available(locale))
    name, _, attribute = message.id.partition(".")
    found = bundle.get_message(name) if bundle.has_message(name) else None
    pattern = None if found is None else found.attributes.get(attribute) if attribute else found.value
    if pattern is None:
        raise UnknownText(message.id)
    words, errors = bundle.format_pattern(pattern, _arguments(message.args, escape))
    if errors:
        raise UnknownText(f"{message.id}: {errors[0]}")
    return str(words)


def _arguments(args: Mapping[str, Arg], escape: Escape) -> dict[str, Arg]:
    return {name: _fitted(value, escape) if isinstance(value, str) else value for name, value in args.items()}


def _fitted(value: str, escape: Escape) -> str:
    """Cleaned and escaped, and no longer than Fluent takes: it fails on the whole text otherwise."""
    kept = clean(value)
    escaped = escape(kept)
    while len(escaped) > LONGEST:
        kept = kept[: len(kept) * LONGEST // len(escaped) - 1]
        escaped = escape(kept + "…")
    return escaped


def has(message_id: str) -> bool:
    return bool(_bundle(FALLBACK).has_message(message_id))
