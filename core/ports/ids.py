"""Time and ids, so that tests own both."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Protocol

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Clock(Protocol):
    def now(self) -> int:
        """Unix seconds."""
        ...


class SystemClock:
    def now(self) -> int:
        return int(time.time())


def new_id() -> str:
    """A ULID: 26 characters of Crockford base 32, sorting by time, 80 random bits."""
    return _written((int(time.time() * 1000) << 80) | secrets.randbits(80))


def id_of(*cause: str) -> str:
    """An id of the same form that follows from its cause: what is done again after a kill meets its own row."""
    digest = hashlib.sha256("\0".join(cause).encode("utf-8", "replace")).digest()
    return _written(int.from_bytes(digest[:16], "big"))


def reference(platform: str, event_id: str) -> str:
    """What a user quotes and an operator searches the log for: 8 characters that follow from the update, so
    that a repeat after a kill has the same one."""
    return id_of("reference", platform, event_id)[-8:]


def new_token() -> str:
    """An opaque button token: 22 characters of [A-Za-z0-9_-], 128 random bits."""
    return secrets.token_urlsafe(16)


def _written(value: int) -> str:
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
