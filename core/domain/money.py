"""Money as types: whole lamports, whole token atoms, whole basis points. Never a float.

All three are `int`s that refuse what the chain's u64 cannot hold. Arithmetic on them gives a plain
`int`, so that a result says again what it is: `Lamports(a + b)`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Self

U64_MAX = 2**64 - 1
LAMPORTS_PER_SOL = 1_000_000_000
ATOMS_PER_TOKEN = 1_000_000  # every coin has six decimals
BPS = 10_000

# What people type: digits with at most one point, at most 20 digits before it. No signs, exponents, commas.
_DECIMAL = re.compile(r"(?P<whole>[0-9]{1,20})(?:\.(?P<fraction>[0-9]{1,18}))?|\.(?P<only>[0-9]{1,18})")


class NotANumber(ValueError):
    """The text is not a plain decimal number such as `12` or `0.05`."""


class TooPrecise(ValueError):
    """The text has more decimal places than the unit can hold; rounding would guess."""


class OutOfRange(ValueError):
    """The number does not fit the unit: below zero or above what 64 bits hold."""


def _parse(text: str, decimals: int) -> int:
    match = _DECIMAL.fullmatch(text.strip()) if text.isascii() else None
    if match is None:
        raise NotANumber(text)
    whole, fraction = match["whole"] or "0", match["fraction"] or match["only"] or ""
    fraction = fraction.rstrip("0")
    if len(fraction) > decimals:
        raise TooPrecise(text)
    scale: int = 10**decimals
    return int(whole) * scale + int(fraction.ljust(decimals, "0") or "0")


def _format(value: int, decimals: int, places: int | None) -> str:
    """Exact when `places` is None, else cut (rounded down) to `places` decimals; thousands separated."""
    whole, rest = divmod(value, 10**decimals)
    fraction = str(rest).rjust(decimals, "0") if decimals else ""
    if places is not None:
        fraction = fraction[:places]
    fraction = fraction.rstrip("0")
    return f"{whole:,}.{fraction}" if fraction else f"{whole:,}"


class _U64(int):
    def __new__(cls, value: int) -> Self:
        if not 0 <= value <= U64_MAX:
            raise OutOfRange(f"{cls.__name__}: {value}")
        return super().__new__(cls, value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self)})"

    def __str__(self) -> str:
        return int.__repr__(self)


class Lamports(_U64):
    """Lamports, 10^-9 SOL; 0 to 2^64 - 1. Raises `OutOfRange`."""

    @classmethod
    def parse(cls, text: str) -> Lamports:
        """SOL as people type it (`0.05`) to lamports. Raises `NotANumber`, `TooPrecise`, `OutOfRange`."""
        return cls(_parse(text, 9))

    def sol(self, places: int | None = None) -> str:
        """SOL for people: exact, or cut to `places` decimals (rounded down)."""
        return _format(self, 9, places)


class TokenAtoms(_U64):
    """Atoms of a coin, 10^-6 of a token; 0 to 2^64 - 1. Raises `OutOfRange`."""

    @classmethod
    def parse(cls, text: str) -> TokenAtoms:
        """Tokens as people type them (`1500.5`) to atoms. Raises `NotANumber`, `TooPrecise`, `OutOfRange`."""
        return cls(_parse(text, 6))

    def tokens(self, places: int | None = None) -> str:
        """Tokens for people: exact, or cut to `places` decimals (rounded down)."""
        return _format(self, 6, places)


class Bps(int):
    """Basis points, 1/10,000; 0 to 10,000. Raises `OutOfRange`."""

    def __new__(cls, value: int) -> Self:
        if not 0 <= value <= BPS:
            raise OutOfRange(f"Bps: {value}")
        return super().__new__(cls, value)

    def __repr__(self) -> str:
        return f"Bps({int(self)})"

    def __str__(self) -> str:
        return int.__repr__(self)

    def percent(self) -> str:
        """For people: `Bps(150).percent() == "1.5"`."""
        return format((Decimal(int(self)) / 100).normalize(), "f")
