"""What a line says: JSON, or typed at the prompt, to a payload for the inbox; a payload to an `Invocation`."""

from __future__ import annotations

import json
from typing import Any

from core.commands.incoming import Caller, Invocation, Line, Press, Submit
from core.domain.errors import UserError
from core.ports.rows import InboxItem
from core.reply import Json

PLATFORM = "terminal"
MAX_LINE = 65_536  # bytes of one JSON line
MAX_NAME = 64  # characters of `as` and `chat`
_SAFE = 2**53  # integers beyond it are strings, in and out


def payload_of_json(raw: bytes, default_as: str) -> dict[str, Any]:
    """One line of the JSON interface, checked, as the inbox keeps it: id, as, chat and what is asked.

    Raises `UserError` saying what is wrong with the line.
    """
    if len(raw) > MAX_LINE:
        raise UserError("line-too-big", limit=MAX_LINE)
    try:
        given = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise UserError("line-not-json") from None
    if not isinstance(given, dict):
        raise UserError("line-not-object")
    payload: dict[str, Any] = {
        "id": line_id(given),
        "as": _name(given, "as", default_as),
        "chat": _name(given, "chat", None),
    }
    asked = [kind for kind in ("text", "press", "form") if given.get(kind) is not None]
    if len(asked) != 1:
        raise UserError("line-field", field="text", wanted="exactly one of text, press, form")
    payload[asked[0]] = _string(given, asked[0])
    if asked[0] == "form":
        payload["fields"] = _fields(given.get("fields"))
    return payload


def line_id(given: object) -> Json:
    """The id that answers name as `re`: a string, an integer, or None where the line has none that will do."""
    value = given.get("id") if isinstance(given, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):
        return value if abs(value) < _SAFE else str(value)
    return plain(value)[:MAX_NAME]


def sender_of_bad(raw: bytes, default_as: str) -> tuple[Json, str, str | None]:
    """id, as and chat of a line that is wrong otherwise, as far as they can be read, for its error."""
    try:
        given = json.loads(raw[:MAX_LINE])
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return None, default_as, None
    return line_id(given), _readable(given, "as") or default_as, _readable(given, "chat")


def payload_of_text(text: str, as_: str) -> dict[str, Any]:
    """What somebody typed at the prompt, in the private chat."""
    return {"id": None, "as": as_, "chat": None, "text": plain(text)}


def invocation(item: InboxItem) -> Invocation:
    """What an inbox item asks for."""
    payload = item.payload
    caller = Caller(PLATFORM, payload["as"], payload["as"], payload["chat"], payload["chat"] or "")
    what: Line | Press | Submit
    if "press" in payload:
        what = Press(payload["press"])
    elif "form" in payload:
        what = Submit(payload["form"], payload["fields"])
    else:
        what = Line(payload["text"])
    return Invocation(item.event_id, caller, what, always_answered=True, manages=_operator)


async def _operator() -> bool:
    """Whoever sits at the machine manages it."""
    return True


def plain(text: str) -> str:
    """Without what no database takes: NUL and lone surrogates become U+FFFD."""
    return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)


def _name(given: dict[str, Any], field: str, default: str | None) -> str | None:
    value = given.get(field)
    if value is None:
        return default
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME:
        raise UserError("line-field", field=field, wanted=f"text of 1 to {MAX_NAME} characters")
    return plain(value)


def _readable(given: dict[str, Any], field: str) -> str | None:
    try:
        return _name(given, field, None)
    except UserError:
        return None


def _string(given: dict[str, Any], field: str) -> str:
    value = given[field]
    if not isinstance(value, str):
        raise UserError("line-field", field=field, wanted="text")
    return plain(value)


def _fields(given: object) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
        raise UserError("line-field", field="fields", wanted="an object whose values are texts")
    return {plain(name): plain(value) for name, value in given.items()}


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
