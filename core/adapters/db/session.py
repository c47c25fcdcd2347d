"""What the repositories share: a connection, its dialect's upsert, and rows as dataclasses."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Row, Select, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from core.adapters.db.engine import port_errors

Record = TypeVar("Record")
Insert = sqlite.Insert | postgresql.Insert
Values = (
    Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
)  # of a statement's parameters; many: many runs


class Session:
    """A connection inside a transaction. `writes`: what is read may be written in the same transaction."""

    def __init__(self, connection: Connection | AsyncConnection, *, writes: bool) -> None:
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"
        self._locks = writes and self._postgres

    def insert(self, table: Table) -> Insert:
        """An INSERT that knows ON CONFLICT."""
        return postgresql.insert(table) if self._postgres else sqlite.insert(table)

    async def execute(self, statement: Executable, values: Values = None) -> CursorResult[Any]:
        """Raises `StoreAway`, `Duplicate`, `BadKey`, `OutOfRange`."""
        with port_errors():
            if isinstance(self._connection, Connection):
                return self._connection.execute(statement, values)
            return await self._connection.execute(statement, values)

    async def one(self, statement: Executable, values: Values = None) -> Row[Any] | None:
        return (await self.execute(statement, values)).first()

    async def get(self, statement: Select[Any], values: Values = None) -> Row[Any] | None:
        """The row that may be written next: locked on PostgreSQL, while SQLite has locked the database."""
        return await self.one(statement.with_for_update() if self._locks else statement, values)

    async def all(self, statement: Executable, values: Values = None) -> Sequence[Row[Any]]:
        return (await self.execute(statement, values)).all()

    async def run(self, statement: Executable, values: Values = None) -> int:
        """The number of rows that it changed."""
        return (await self.execute(statement, values)).rowcount

    async def number(self, statement: Select[Any]) -> int:
        return int((await self.execute(statement)).scalar_one())

    async def alone(self, *what: str) -> None:
        """Waits until no other unit of work is past this call with the same `what`; held to the end.

        A row that isn't there can't be locked. SQLite needs nothing: it has one writer.
        """
        if self._locks:
            digest = hashlib.blake2b("\0".join(what).encode("utf-8", "replace"), digest_size=8).digest()
            number = int.from_bytes(digest, "big", signed=True)
            await self.execute(select(func.pg_advisory_xact_lock(number)))


def _names(record: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))


def chosen(ids: Select[tuple[str]] | Select[tuple[int]]) -> Select[Any]:
    """`ids` for use in IN, chosen once: PostgreSQL may run a subquery with a LIMIT and locks several times."""
    once = ids.cte()
    return select(once.c[0])


def columns(record: object) -> dict[str, Any]:
    """The fields of a dataclass as the values of the columns of the same names."""
    return {name: getattr(record, name) for name in _names(type(record))}


def to_record(record: type[Record], row: Row[Any]) -> Record:
    """The dataclass from the columns named as its fields."""
    values = row._mapping
    return record(**{name: values[name] for name in _names(record)})


def check_changes(record: type[Any], changes: Mapping[str, Any], fixed: frozenset[str]) -> None:
    """Raises `TypeError` for a column that `record` lacks or that may not change."""
    wrong = changes.keys() - (set(_names(record)) - fixed)
    if wrong:
        raise TypeError(f"{record.__name__} can't change {', '.join(sorted(wrong))}")
