"""Texts: Fluent ids to words in the reader's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
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


_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
# Blank, though Unicode counts them among letters, symbols and marks: a name made of them can't be seen.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_JOINER = "\u200d"
_JOINED = ("So", "Sk", "Mn", "Mc")  # what a joiner may follow: emoji, with their tones and selectors; marks
_MARKS = 3  # on one letter; no living script stacks more


def clean(text: str) -> str:
    """Without control, bidirectional, zero-width and blank characters, or marks that climb out of their line:
    what a name could use to forge a layout or to pass for another.

    Line breaks become spaces. Joiners inside emoji are kept.
    """
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if char in "\r\n\t":
            kept.append(" ")
        elif char == _JOINER:
            if kept and unicodedata.category(kept[-1]) in _JOINED:
                kept.append(char)
        elif category not in _UNSEEN and char not in _BLANK and marks <= _MARKS:
            kept.append(char)
    return "".join(kept)


@cache
def _bundle(locale: str) -> FluentBundle:
    bundle = FluentBundle([locale, FALLBACK], use_isolating=False)
    for folder in dict.fromkeys((FALLBACK, locale)):
        for file in sorted((LOCALES / folder).glob("*.ftl")):
            bundle.add_resource(FluentResource(file.read_text()), allow_overrides=folder != FALLBACK)
    return bundle


@cache
def _languages(folder: Path) -> frozenset[str]:
    """Those that are shipped there."""
    return frozenset(each.name for each in folder.iterdir() if each.is_dir())


def available(locale: str | None) -> str:
    """The shipped language nearest to a BCP 47 tag: `en` where there is none."""
    language = (locale or FALLBACK).replace("_", "-").split("-")[0].lower()
    return language if language in _languages(LOCALES) else FALLBACK


def text(message: T, locale: str | None = None, escape: Escape = str) -> str:
    """The words of `message`; an id `name.attribute` names a Fluent attribute.

    String arguments are cleaned, then escaped by `escape`; nothing else is. Raises `UnknownText`.
    """
    language = available(locale)
    return _formatted(language, message, escape) if message.args else _fixed(language, message.id)


@lru_cache(maxsize=4096)
def _fixed(language: str, message_id: str) -> str:
    """A text without arguments: most labels of most cards."""
    return _formatted(language, T(message_id), str)


def _formatted(language: str, message: T, escape: Escape) -> str:
    bundle = _bundle(language)
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
