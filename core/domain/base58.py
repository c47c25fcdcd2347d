"""Base58 of any length (solders does it for keys and signatures only)."""

from __future__ import annotations

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {char: digit for digit, char in enumerate(_ALPHABET)}
_CHUNK = 10  # digits taken per big-integer division: 58**10 fits a machine word
_BASE = 58**_CHUNK


def encode(data: bytes) -> str:
    """The base58 text of `data`."""
    number = int.from_bytes(data, "big")
    digits: list[str] = []
    while number:
        number, chunk = divmod(number, _BASE)
        for _ in range(_CHUNK):
            chunk, digit = divmod(chunk, 58)
            digits.append(_ALPHABET[digit])
    text = "".join(reversed(digits)).lstrip("1")
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + text


def decode(text: str) -> bytes:
    """The bytes that `text` stands for; ValueError if it isn't base58."""
    number = 0
    for start in range(0, len(text), _CHUNK):
        chunk = text[start : start + _CHUNK]
        value = 0
        for char in chunk:
            digit = _DIGITS.get(char)
            if digit is None:
                raise ValueError("not base58")
            value = value * 58 + digit
        number = number * 58 ** len(chunk) + value
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
