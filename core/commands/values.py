"""Argument types: text from people, parsed once, at the edge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.domain.address import find_address, is_address
from core.domain.errors import UserError
from core.domain.money import BPS, Bps, Lamports, NotANumber, OutOfRange, TokenAtoms, TooPrecise
from core.domain.portion import Portion
from core.domain.theme import check_theme
from core.localize import clean


class CoinRef(str):
    """A coin as people name it: ticker with or without $, mint address, or a link that holds one."""

    __slots__ = ()


class Address(str):
    """A base58 address of 32 bytes."""

    __slots__ = ()


class ThemeText(str):
    """What a box is to be about, found good by `check_theme`."""

    __slots__ = ()


class RowId(str):
    """An id of ours (26 characters), only ever put into buttons by us."""

    __slots__ = ()


class Count(int):
    """A page number, 0 to 10,000."""


def _coin(raw: str) -> CoinRef:
    return CoinRef(find_address(raw) or clean(raw).strip().removeprefix("$").upper()[:16])


def _address(raw: str) -> Address:
    if not is_address(raw.strip()):
        raise UserError("address-wrong")
    return Address(raw.strip())


def _positive(value: int) -> None:
    if value == 0:
        raise UserError("amount-zero")


def _lamports(raw: str) -> Lamports:
    value: Lamports = _number(raw, Lamports.parse, places=9)
    _positive(value)
    return value


def _portion(raw: str) -> Portion:
    text = raw.strip().lower()
    if text in ("all", "max"):
        return Portion(share=Bps(BPS))
    if text.endswith("%"):
        # A percentage with two decimals is exactly a number of basis points: parse it in hundredths.
        hundredths = _number(text[:-1], TokenAtoms.parse, places=6)
        if hundredths % 10_000 or not 0 < hundredths <= 100 * 1_000_000:
            raise UserError("percent-wrong")
        return Portion(share=Bps(hundredths // 10_000))
    atoms = _number(text, TokenAtoms.parse, places=6)
    _positive(atoms)
    return Portion(atoms=atoms)


def _number(raw: str, read: Callable[[str], Any], places: int) -> Any:
    try:
        return read(raw)
    except NotANumber:
        raise UserError("amount-not-a-number") from None
    except TooPrecise:
        raise UserError("amount-too-precise", places=places) from None
    except OutOfRange:
        raise UserError("amount-too-large") from None


def _theme(raw: str) -> ThemeText:
    check_theme(raw)
    return ThemeText(raw)


def _row_id(raw: str) -> RowId:
    if len(raw) != 26 or not raw.isalnum() or not raw.isascii():
        raise UserError("button-unknown")
    return RowId(raw)


def _count(raw: str) -> Count:
    if not (raw.isascii() and raw.isdigit() and len(raw) < 6) or int(raw) > 10_000:
        raise UserError("page-wrong", again=("new", {}))
    return Count(raw)


PARSERS: dict[type, Callable[[str], Any]] = {
    str: str,
    CoinRef: _coin,
    Address: _address,
    ThemeText: _theme,
    RowId: _row_id,
    Count: _count,
    Lamports: _lamports,
    Portion: _portion,
}
