"""Lines that fit: words wrap, labels and values stand in columns, what is to be copied stays whole.

A width counts cells of the terminal, where a Chinese letter or an emoji takes two. Without a width nothing is
wrapped: scripts and pipes get one line a thing. An address, a link or a path longer than the line is left to
the terminal, which breaks it without putting anything into what is copied.
"""

from __future__ import annotations

from collections.abc import Sequence

from wcwidth import width as cells
from wcwidth import wrap

Fragment = tuple[str, str]  # prompt_toolkit: style, text
Line = list[Fragment]

GAP = 2  # cells between a label and its value, and between two buttons
NARROW = 16  # cells that a column of values must have; with fewer the value goes below its label


def paragraph(style: str, text: str, width: int | None, first: str = "", rest: str = "") -> list[Line]:
    """Text, wrapped; its own line breaks are kept. first, rest: what the first line begins with, and the others."""
    if width is None:
        return [[(style, first + text)]]
    shown: list[Line] = []
    for part in text.split("\n"):
        lines = _wrapped(part, width, first, rest) or [first]
        shown += [[(style, line)] for line in lines]
        first = rest
    return shown


def labelled(label: str, whole: str, style: str, width: int | None) -> list[Line]:
    """`label: whole` in one line, or the second below the first, never broken by us."""
    line = f"{label}: {whole}"
    if width is None or cells(line) <= width:
        return [[(style, line)]]
    return [*paragraph(style, f"{label}:", width), [(style, whole)]]


def columns(pairs: Sequence[tuple[str, str]], styles: tuple[str, str], width: int | None) -> list[Line]:
    """Labels and their values in two columns; a value wraps within its own, one that can't goes below."""
    left = max((cells(label) for label, _ in pairs), default=0) + GAP
    room = None if width is None else width - left
    label_style, value_style = styles
    shown: list[Line] = []
    for label, value in pairs:
        if room is None or cells(value) <= room or _fits(value, room):
            beside: Line = [(label_style, label + " " * (left - cells(label)))]
            first, *more = paragraph(value_style, value, room)
            shown.append([*beside, *first])
            shown += [[("", " " * left), *line] for line in more]
        else:
            shown += [[(label_style, label)], *paragraph(value_style, value, width, "  ", "  ")]
    return shown


def flow(pieces: Sequence[Line], width: int | None) -> list[Line]:
    """Pieces side by side, as many in a line as go; none is broken."""
    shown: list[Line] = []
    used = 0
    for piece in pieces:
        size = sum(cells(text) for _, text in piece)
        if shown and (width is None or used + GAP + size <= width):
            shown[-1] += [("", " " * GAP), *piece]
            used += GAP + size
        else:
            shown.append(list(piece))
            used = size
    return shown


def _fits(value: str, room: int) -> bool:
    """Whether a value goes into a column of `room` cells without a break in what is to be copied."""
    widest = max((cells(word) for word in value.split() if word.isascii()), default=0)
    return room >= NARROW and widest <= room


def _wrapped(text: str, width: int, first: str, rest: str) -> list[str]:
    words = text.split()
    # One ASCII word that is longer than the line is an address, a link, a hash: it is not ours to break.
    whole = any(word.isascii() and len(word) > width - len(rest) for word in words)
    if whole and len(words) == 1:
        return words
    return wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=not whole,
        break_on_hyphens=False,
    )
