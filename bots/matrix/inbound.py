"""Native events to what they mean to us. Pure: no call, no state."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

from core.reply import Json

PLATFORM = "matrix"
_QUOTE = re.compile(r"> .*\n(?:>.*\n)*\n?")  # what older clients put above an answer


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody said or, by a reaction (`tap`), chose. target: the message that it answers.
    at: milliseconds."""

    event_id: str
    room: str
    user: str
    text: str
    target: str | None = None
    thread: str | None = None
    at: int = 0
    tap: bool = False

    @property
    def number(self) -> str | None:
        """The choice that it names."""
        return self.text if re.fullmatch(r"[0-9]{1,2}", self.text) else None


@dataclass(frozen=True, slots=True)
class Reader:
    """me: the bot's user id. name: how it is shown. commands: names that can be typed."""

    me: str
    name: str
    commands: Container[str]

    def read(self, room: str, event: Json, *, direct: bool) -> Asked | None:
        """What an event means to us; None: nothing, and it is not even written down. `direct`: the room is a
        private chat with us, where every line is for us."""
        content, user = event["content"], event["sender"]
        relation = content.get("m.relates_to") or {}
        kind, related = relation.get("rel_type"), _event_id(relation)
        at = int(event["origin_server_ts"])
        if user == self.me:
            return None
        if event["type"] == "m.reaction":
            tap = Asked(event["event_id"], room, user, str(relation["key"])[:1], related, None, at, True)
            return tap if tap.number and related else None
        body = content.get("body")
        # Notices are other bots'; an edit changes what was said, not what was done.
        if content.get("msgtype") != "m.text" or kind == "m.replace" or not isinstance(body, str):
            return None
        answered = None if relation.get("is_falling_back") else relation.get("m.in_reply_to")
        target = _event_id(answered) if answered else None
        named = self.me in body or self.me in (content.get("m.mentions") or {}).get("user_ids", ())
        quote = _QUOTE.match(body) if target else None
        text = self._line(body[quote.end() :] if quote else body, ours=direct or named)
        thread = related if kind == "m.thread" else None
        asked = Asked(event["event_id"], room, user, text, target, thread, at)
        ours = direct or named or _word(text) in self.commands or (target and asked.number)
        return asked if ours else None

    def _line(self, body: str, *, ours: bool) -> str:
        """As the core reads it: `!buy`, `//buy` and, where it is said to us, `buy` are `/buy`."""
        names = "|".join(re.escape(name) for name in (self.me[1:], self.me[1:].partition(":")[0], self.name))
        text = re.sub(rf"^@?(?:{names})[:,]?(?:\s+|$)", "", body.strip(), flags=re.IGNORECASE)
        if text.startswith(("!", "//")):
            return f"/{text.lstrip('!/')}"
        return f"/{text}" if ours and _word(f"/{text}") in self.commands else text


def _event_id(relation: Json) -> str | None:
    value = relation.get("event_id")
    return value if isinstance(value, str) and value.startswith("$") else None


def _word(text: str) -> str | None:
    """The name of the command that a line calls."""
    return text[1:].split()[0].lower() if text[:1] == "/" and text[1:].split() else None
