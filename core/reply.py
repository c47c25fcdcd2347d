"""What core says to a surface: neutral words, no markup, no chat SDK.

Every text is a Fluent id with arguments (`T`). A surface resolves it in the reader's language, escapes
the arguments for its own markup, and gives each word its best native form (bold title, embed, photo,
button). Values are frozen and serialise to JSON (`encode`, `decode`), since a message that was promised
is kept in the database until it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from core.domain.errors import Arg

Json = Any  # what `json.dumps` takes; integers beyond 2^53 as strings


@dataclass(frozen=True, slots=True)
class T:
    """A Fluent message: `id` in `core/assets/locales/*/*.ftl` and its arguments.

    Arguments are plain values, hostile until escaped: a coin's name goes in as the person typed it.
    """

    id: str
    args: Mapping[str, Arg] = field(default_factory=dict)


def t(id: str, **args: Arg) -> T:  # noqa: A002 - the field's own word
    return T(id, args)


class Style(StrEnum):
    PRIMARY = "primary"
    SUCCESS = "success"
    DANGER = "danger"
    SECONDARY = "secondary"


@dataclass(frozen=True, slots=True)
class Button:
    """One thing to press. Exactly one of `press`, `url`, `copy` is set by a card.

    press: `(command, arguments)` that the press runs; `dispatch` turns it into `token`, an opaque id of at
    most 32 characters of [A-Za-z0-9_-] that fits every platform's button.
    open: anyone may press it, any number of times, and it never moves money; else it serves the one
    user, in the one chat, once.
    url: an http(s) link. copy: text that a press copies, or that is shown where a platform can't.
    """

    label: T
    press: tuple[str, Mapping[str, str]] | None = None
    open: bool = False
    style: Style = Style.SECONDARY
    url: str | None = None
    copy: str | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class FormField:
    """One question. `presets` are quick answers; `name` is the argument that it fills."""

    name: str
    label: T
    placeholder: str = ""
    value: str = ""
    presets: tuple[str, ...] = ()
    max_length: int = 200


@dataclass(frozen=True, slots=True)
class Form:
    """Asks for arguments that are missing; at most five fields. `token` is set by `dispatch`."""

    title: T
    fields: tuple[FormField, ...]
    command: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A picture. `path`: a file of the installation; `url`: where the public finds it, if anywhere.

    `key`: content hash; equal keys are equal bytes, so a surface may reuse its uploaded file id.
    `small`: the words matter more; it stands beside them where a surface can do that.
    """

    type: str  # image/png, image/webp, image/gif
    path: str
    key: str
    alt: T
    url: str | None = None
    small: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its value, shown side by side where there is room."""

    label: T
    value: T


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a list: one line of text, perhaps a second, perhaps a button."""

    title: T
    detail: T | None = None
    button: Button | None = None


class Visibility(StrEnum):
    """Who may see a message that answers somebody in a group.

    PUBLIC: the group. QUIET: only the caller where the platform can do that, else the group.
    PRIVATE: never in a group; where the platform can't show it to one person, it goes to the bot's own
    chat with them, or a button there opens it.
    """

    PUBLIC = "public"
    QUIET = "quiet"
    PRIVATE = "private"


def narrower(a: Visibility, b: Visibility) -> Visibility:
    """The one that fewer may see."""
    order = list(Visibility)
    return max(a, b, key=order.index)


class Tone(StrEnum):
    """How a card is coloured."""

    NEUTRAL = "neutral"
    BUSY = "busy"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Message:
    """A card: what one subject looks like, top to bottom in the order of the fields.

    data: machine-readable values for `pumpbox terminal --json`; other surfaces ignore it.
    progress: 0..100 while something is being done, else None.
    """

    title: T
    body: tuple[T, ...] = ()
    rows: tuple[Row, ...] = ()
    items: tuple[Item, ...] = ()
    media: Media | None = None
    progress: int | None = None
    footer: T | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    form: Form | None = None
    tone: Tone = Tone.NEUTRAL
    data: Mapping[str, Json] = field(default_factory=dict)


class Kind(StrEnum):
    REPLY = "reply"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one invocation.

    subject: names the live message (`order:<id>`, `box:<id>`); whatever becomes of the subject is edited
    into every message that carries it. A press whose reply has the subject of the pressed message, or
    `edit=True`, edits that message in place.
    """

    message: Message
    kind: Kind = Kind.REPLY
    visibility: Visibility = Visibility.PUBLIC
    subject: str | None = None
    edit: bool = False


_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)


def encode(message: Message) -> str:
    """JSON text of a message, for the database."""
    return _MESSAGE.dump_json(message, exclude_defaults=True).decode()


def decode(text: str) -> Message:
    """The message back. Raises `pydantic.ValidationError` if the text is not one."""
    return _MESSAGE.validate_json(text)
