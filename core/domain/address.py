"""Solana addresses as people paste them: base58 of exactly 32 bytes."""

from __future__ import annotations

import re

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUE = {char: index for index, char in enumerate(_ALPHABET)}
_LOOKS_LIKE = re.compile(rf"(?<![0-9A-Za-z])[{_ALPHABET}]{{32,44}}(?![0-9A-Za-z])")


def decode_base58(text: str) -> bytes:
    """The bytes that `text` spells. Raises `ValueError` for a character that base58 does not have."""
    number = 0
    for char in text:
        if char not in _VALUE:
            raise ValueError("not base58")
        number = number * 58 + _VALUE[char]
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def is_address(text: str) -> bool:
    """Whether `text` is base58 of 32 bytes. That an account exists there is not asked."""
    return 32 <= len(text) <= 44 and all(char in _VALUE for char in text) and len(decode_base58(text)) == 32


def find_address(text: str) -> str | None:
    """The first address in a text or link, or None."""
    return next((match for match in _LOOKS_LIKE.findall(text) if is_address(match)), None)


def short(address: str) -> str:
    """For people: `9xQe…VFin`."""
    return f"{address[:4]}…{address[-4:]}" if len(address) > 10 else address
