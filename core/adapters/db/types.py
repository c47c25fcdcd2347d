"""Column types that both databases hold alike: u64 amounts, exact JSON, hostile text."""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.domain.money import U64_MAX, OutOfRange

_DIGITS = len(str(U64_MAX))

# PostgreSQL can't store NUL, neither database a lone surrogate: neither is text.
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


class BadKey(ValueError):
    """An id with a character that no database can hold. Two ids must not be mended into one."""


def fold(text: str) -> str:
    """The form in which names and tickers are compared: compatibility forms and case are equal."""
    return clean(unicodedata.normalize("NFKC", text).casefold())


def clean(text: str) -> str:
    """`text` with what isn't a character shown as one that says so."""
    return _NOT_TEXT.sub("\ufffd", text)


class Key(TypeDecorator[str]):
    """An id. Compared byte by byte in both databases. Raises `BadKey`."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and _NOT_TEXT.search(value):
            raise BadKey(ascii(value[:40]))
        return value


class Words(TypeDecorator[str]):
    """What a person wrote: kept as it is, but for what isn't a character."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean(value)


class Json(TypeDecorator[Any]):
    """JSON as ASCII text: integers of any size stay exact, and any Python string survives.

    PostgreSQL's jsonb would refuse a NUL in a string, and JavaScript-minded types cut integers at 2^53.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class U64(TypeDecorator[int]):
    """0 to 2^64 - 1, which no signed 64-bit column holds. Raises `OutOfRange`.

    SQLite: text of 20 digits, so that the order of the text is the order of the numbers. PostgreSQL:
    NUMERIC(20, 0). Arithmetic is done in Python, on what was read in the same unit of work.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(_DIGITS, 0))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not 0 <= value <= U64_MAX:
            raise OutOfRange(f"U64: {value}")
        return self.stored(value, postgres=dialect.name == "postgresql")

    @staticmethod
    def stored(value: int, *, postgres: bool) -> Decimal | str:
        """What the column of either database holds for it."""
        return Decimal(int(value)) if postgres else f"{value:0{_DIGITS}d}"

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int(value)


# A rowid is an alias of INTEGER PRIMARY KEY and of nothing else; PostgreSQL's INTEGER has only 32 bits.
Int = BigInteger().with_variant(Integer(), "sqlite")
