"""Solana addresses as people paste them: base58 of exactly 32 bytes."""

from __future__ import annotations

import re

from core.domain import base58

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LOOKS_LIKE = re.compile(rf"(?<![0-9A-Za-z])[{_ALPHABET}]{{32,44}}(?![0-9A-Za-z])")


def is_address(text: str) -> bool:
    """Whether `text` is base58 of 32 bytes. That an account exists there is not asked."""
    if not 32 <= len(text) <= 44:
        return False
    try:
        return len(base58.decode(text)) == 32
    except ValueError:
        return False


def find_address(text: str) -> str | None:
    """The first address in a text or link, or None."""
    return next((match for match in _LOOKS_LIKE.findall(text) if is_address(match)), None)


def short(address: str) -> str:
    """For people: `9xQe…VFin`."""
    return f"{address[:4]}…{address[-4:]}" if len(address) > 10 else address
