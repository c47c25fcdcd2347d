"""Names, tickers and descriptions without a model: a small grammar over the theme and the word lists."""

import re
from collections.abc import Callable, Iterator

from core.adapters.ai.words import Words, load_words
from core.domain.box import NAME_BYTES, Draw, derive
from core.domain.errors import UserError
from core.domain.hate import is_hateful
from core.domain.theme import Theme
from core.domain.ticker import TICKER, near_well_known
from core.ports.namer import IsTaken, Proposal

# Raise when any list or rule changes: old boxes are then verified with the version that made them.
SOURCE = "offline:1"
ATTEMPTS = 256
# From here on tickers get letters that the name doesn't suggest: better odd than none.
STRAINED = 64
_TRIES = 16  # shapes tried within one attempt until one fits

_FILLERS = """
a an and at by for from in is it my of on or our the their to with your that this who are be no
face
"""  # face: emoji are read by their names, "cat face"
_STOP = frozenset(_FILLERS.split())
_IRREGULAR = {
    "mice": "mouse",
    "geese": "goose",
    "wolves": "wolf",
    "knives": "knife",
    "leaves": "leaf",
    "elves": "elf",
    "dwarves": "dwarf",
    "fairies": "fairy",
    "cookies": "cookie",
    "zombies": "zombie",
    "pixies": "pixie",
    "genies": "genie",
    "movies": "movie",
}
_VOWELS = "aeiouy"


class OfflineNamer:
    """The Namer port, offline. Everything follows from theme, seed and the shipped lists."""

    def __init__(self, words: Words | None = None) -> None:
        self._words = words or load_words()

    async def propose(self, theme: Theme, seed: bytes, is_taken: IsTaken) -> Proposal:
        for attempt in range(ATTEMPTS):
            proposal = self.candidate(theme, seed, attempt)
            if not await is_taken(proposal.name, proposal.ticker):
                return proposal
        raise UserError("names-exhausted")

    def candidate(self, theme: Theme, seed: bytes, attempt: int) -> Proposal:
        """The ``attempt``-th candidate: what a verifier recomputes."""
        draw = Draw(derive(derive(seed, f"name:{attempt}"), theme.text))
        subject = _Subject(theme, self._words)
        for name in self._names(draw, subject):
            tickers = _tickers(draw, name, strained=attempt >= STRAINED)
            ticker = next((t for t in tickers if not is_hateful(t) and near_well_known(t) is None), None)
            if ticker is not None:
                return Proposal(name, ticker, self._describe(draw, theme, name), SOURCE, attempt)
        raise AssertionError("names go on until one fits")

    def _names(self, draw: Draw, subject: "_Subject") -> Iterator[str]:
        shapes: tuple[Callable[[], str], ...] = (
            lambda: (
                f"{draw.pick(self._words.adjectives)} {subject.head(draw)} {draw.pick(self._words.groups)}"
            ),
            lambda: f"{draw.pick(self._words.adjectives)} {subject.linked(draw)}",
            lambda: f"{draw.pick(self._words.titles)} {self._invented(draw, subject)}",
            lambda: f"{self._invented(draw, subject)} the {subject.head(draw)}",
            lambda: f"{subject.linked(draw)} {draw.pick(self._words.groups)}",
            lambda: self._blend(draw, subject),
            lambda: f"{draw.pick(self._words.adjectives)} {self._blend(draw, subject)}",
            lambda: f"{draw.pick(self._words.titles)} {self._blend(draw, subject)}",
            lambda: f"{self._invented(draw, subject)} {subject.linked(draw)}",
        )
        for _ in range(_TRIES):
            name = draw.pick(shapes)()
            if len(name.encode()) <= NAME_BYTES and _speakable(name) and not is_hateful(name):
                yield name
        while True:
            yield self._sounded(draw, "").capitalize()

    def _invented(self, draw: Draw, subject: "_Subject") -> str:
        """A word nobody used before, often beginning as the theme does: "Catomo" for cats."""
        stem = _opening(subject.head(draw).lower()) if draw.chance(5, 6) else ""
        return self._sounded(draw, stem).capitalize()

    def _sounded(self, draw: Draw, stem: str) -> str:
        sounds = self._words.sounds
        word = stem or draw.pick(sounds["onsets"]) + draw.pick(sounds["vowels"])
        if word[-1] in _VOWELS:
            word += draw.pick(sounds["middles"])
        word += draw.pick(("a", "e", "i", "o", "u"))
        if len(word) < 5:
            word += draw.pick(sounds["middles"]) + draw.pick(("a", "i", "o", "y"))
        return word + draw.pick(sounds["endings"])

    def _blend(self, draw: Draw, subject: "_Subject") -> str:
        """Two words grown together ("Nebisker"), or one with a suffix ("Catzilla")."""
        first = (subject.head(draw) if draw.chance(1, 2) else subject.linked(draw)).lower()
        if draw.chance(1, 2):
            suffix = draw.pick(self._words.suffixes)
            base = first.rstrip(_VOWELS) if suffix[0] in _VOWELS else first
            return ((base or first) + suffix).capitalize()
        second = draw.pick((subject.linked(draw), draw.pick(self._words.fallback))).lower()
        tail = second.lstrip("bcdfghjklmnpqrstvwxz")
        return (_opening(first) + (tail if len(tail) > 2 else second)).capitalize()

    def _describe(self, draw: Draw, theme: Theme, name: str) -> str:
        return f"{name} {draw.pick(self._words.deeds)}. Out of a sealed box about {theme.text}."


class _Subject:
    """What a theme is about: its words, and the words that come to mind with them."""

    def __init__(self, theme: Theme, words: Words) -> None:
        plain = [singular(w) for w in theme.words if w not in _STOP and len(w) > 1 and not w.isdigit()]
        self._own = tuple(word.capitalize() for word in plain if len(word) <= 12)
        self._linked = tuple(link for word in plain for link in words.associations.get(word, ()))
        self._fallback = words.fallback

    def head(self, draw: Draw) -> str:
        """A word of the theme, its last, which English makes the subject, three times of four."""
        if not self._own:
            return draw.pick(self._fallback)
        return self._own[-1] if draw.chance(3, 4) else draw.pick(self._own)

    def linked(self, draw: Draw) -> str:
        """A word that the theme brings to mind."""
        return draw.pick(self._linked or self._own + self._fallback)


def singular(word: str) -> str:
    """``word`` without its plural ending, well enough for names."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _opening(word: str) -> str:
    """The first syllable with one consonant after it: "neb" of nebula, "moon" of moon."""
    match = re.match(r"[^aeiouy]*[aeiouy]+[^aeiouy]?", word)
    return match.group() if match else word[:3]


def _speakable(name: str) -> bool:
    lower = name.lower()
    if re.search(r"[^aeiouy\W]{5}|(.)\1\1|[aeiou]{4}|[jqvwx][bcdfgjkmnpqtvwxz]", lower):
        return False
    return all(re.search(r"[aeiouy0-9]", word) for word in lower.split())


def _tickers(draw: Draw, name: str, *, strained: bool) -> Iterator[str]:
    """Tickers that ``name`` suggests, in an order drawn from the seed; then some with drawn letters."""
    words = [w for w in re.sub(r"[^A-Z0-9 ]", "", name.upper()).split() if w != "THE"]
    whole = "".join(words)
    skeleton = whole[:1] + re.sub("[AEIOU]", "", whole[1:])
    ideas = [whole[:6], whole[:5], whole[:4], skeleton[:4], skeleton[:5]]
    ideas += [words[-1][:size] for size in (4, 5, 6)]
    ideas += [words[0][:a] + words[-1][:b] for a in (1, 2, 3) for b in (1, 2, 3) if len(words) > 1]
    while ideas and not strained:
        idea = ideas.pop(draw.below(len(ideas)))
        if TICKER.fullmatch(idea):
            yield idea
    while True:
        letters = "".join(draw.pick("ABCDEFGHJKMNPRSTUVWXYZ") for _ in range(3))
        yield (whole[: 1 + draw.below(3)] + letters)[:6]
