"""What people may ask a box to be about: a theme, cleaned, checked, with a reason for each refusal."""

import re
import unicodedata
from dataclasses import dataclass

import disarm

from core.domain.errors import UserError
from core.domain.hate import is_hateful

LIMIT = 64  # user-perceived characters
BYTE_LIMIT = 4 * LIMIT  # a "character" of endless joined emoji or marks is still one character
ZALGO_MARKS = 3  # marks on one letter; no living script stacks more

_LINK = re.compile(
    r"://|\bwww\.|\bt\.me\b|\bdiscord\.gg\b|@\w{2,}"
    r"|\b[\w-]+\.(?:com|org|net|io|xyz|fun|me|gg|app|dev|co|info|ru|cn|finance|exchange|link|site|click)\b",
    re.IGNORECASE,
)
# Words that address a model or a renderer instead of naming a subject.
_INSTRUCTIONS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,24}"
    r"\b(?:previous|prior|above|earlier|instructions?|rules?|prompts?|everything|all)\b"
    r"|\b(?:system|developer|hidden)\s+(?:prompt|message|instructions?)\b"
    r"|\byou\s+are\s+(?:now|an?)\b|\bact\s+as\b|\bpretend\s+to\b|\bjailbreak\b|\bprompt\s+injection\b"
    r"|\b(?:reveal|print|repeat|show|output)\b.{0,16}\b(?:prompt|instructions?|keys?|secrets?|seed\s+phrase)\b"
    r"|^\s*(?:system|assistant|user|developer)\s*:|<\|",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<\s*/?\s*[a-z!?]|\{\{|\}\}|\$\{|`{3}|\]\(|\[\[|;\s*drop\s+table\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")


@dataclass(frozen=True, slots=True)
class Theme:
    """A checked theme. Make one with ``check_theme``.

    ``text`` is for people (one line, NFC), ``words`` for generators (ASCII where a reading exists,
    lower case, in order, each once).
    """

    text: str
    words: tuple[str, ...]


def check_theme(raw: str) -> Theme:
    """The theme in ``raw``, without what can't be seen; raises UserError ``theme-*`` with the reason."""
    if len(raw.encode("utf-8", "surrogatepass")) > 16 * BYTE_LIMIT:
        # Far too long: said before any costly look at it.
        raise UserError("theme-too-long", limit=LIMIT)
    if disarm.has_bidi_control(raw):
        # Refused rather than stripped: without its control characters the text would read otherwise.
        raise UserError("theme-direction")
    text = _clean(raw)
    if not text:
        raise UserError("theme-empty")
    if disarm.grapheme_len(text) > LIMIT or len(text.encode()) > BYTE_LIMIT:
        raise UserError("theme-too-long", limit=LIMIT)
    if disarm.is_zalgo(text, threshold=ZALGO_MARKS):
        raise UserError("theme-marks")
    _refuse_content(text)
    words = _words(text)
    if not words:
        raise UserError("theme-no-words")
    return Theme(text, words)


def _clean(raw: str) -> str:
    """``raw`` in NFC on one line, without invisible characters; whitespace of any kind becomes one space."""
    without_tags = disarm.strip_tags(raw)
    joined = unicodedata.normalize("NFC", disarm.strip_zero_width_chars(without_tags))
    kept = (" " if char.isspace() else char for char in joined)
    # Cc control, Cf format, Cs lone surrogate, Co private use, Cn unassigned: nothing a reader can see.
    visible = (c for c in kept if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return " ".join("".join(visible).split())


def _refuse_content(text: str) -> None:
    """Raises the first reason against ``text``, also when it is written in look-alike letters."""
    # Full-width letters and the full stops of other scripts work as ours do, in links and to models.
    plain = unicodedata.normalize("NFKC", text).replace("\u3002", ".")
    for reading in (text, plain, disarm.normalize_confusables(plain)):
        if _MARKUP.search(reading):
            raise UserError("theme-markup")
        if _LINK.search(reading):
            raise UserError("theme-link")
        if _INSTRUCTIONS.search(reading):
            raise UserError("theme-instructions")
        if is_hateful(reading):
            raise UserError("theme-hate")


def _words(text: str) -> tuple[str, ...]:
    """The theme's words as ASCII where they can be read so; emoji by their names (a cat face is "cat face")."""
    readable = disarm.transliterate(disarm.demojize(text)).lower()
    found = (re.sub(r"[^a-z0-9]", "", word) for word in _WORD.findall(readable))
    return tuple(dict.fromkeys(word for word in found if word))
