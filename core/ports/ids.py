"""Time and ids, so that tests own both."""

from __future__ import annotations

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
    value = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def new_token() -> str:
    """An opaque button token: 22 characters of [A-Za-z0-9_-], 128 random bits."""
    return secrets.token_urlsafe(16)
