"""The word lists shipped with the product, read once when an adapter that needs them is made."""

from dataclasses import dataclass
from importlib.resources import files

_FOLDER = files("core") / "assets" / "wordlists"


@dataclass(frozen=True, slots=True)
class Words:
    """All lists. Each is in file order: the order is part of what a seed means."""

    adjectives: tuple[str, ...]
    titles: tuple[str, ...]
    groups: tuple[str, ...]
    suffixes: tuple[str, ...]
    deeds: tuple[str, ...]
    fallback: tuple[str, ...]
    sounds: dict[str, tuple[str, ...]]  # onsets, vowels, middles, endings
    associations: dict[str, tuple[str, ...]]  # theme word -> what comes to mind


def load_words() -> Words:
    """Reads the shipped lists; raises OSError or ValueError if the installation is damaged."""
    return Words(
        adjectives=_tokens("adjectives.txt"),
        titles=_tokens("titles.txt"),
        groups=_tokens("groups.txt"),
        suffixes=_tokens("suffixes.txt"),
        deeds=tuple(_lines("deeds.txt")),
        fallback=_tokens("fallback.txt"),
        sounds=_sounds(),
        associations=_associations(),
    )


def _lines(filename: str) -> list[str]:
    text = (_FOLDER / filename).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _tokens(filename: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(token for line in _lines(filename) for token in line.split()))


def _sounds() -> dict[str, tuple[str, ...]]:
    parts = {}
    for line in _lines("sounds.txt"):
        name, *sounds = line.split()
        parts[name] = tuple(sound.replace("-", "") for sound in sounds)
    return parts


def _associations() -> dict[str, tuple[str, ...]]:
    by_word: dict[str, tuple[str, ...]] = {}
    for line in _lines("associations.txt"):
        keys, _, linked = line.partition(":")
        for key in keys.split():
            by_word[key] = by_word.get(key, ()) + tuple(linked.split())
    return by_word
