"""All rows of a database as text that either database can take in again: what a backup holds of it.

A chunk is JSON lines: the columns' names, then a row a line. Amounts are numbers of any size, JSON columns the
text that they are, bytes `{"base64": ...}`. So SQLite and PostgreSQL give the same chunks for the same rows, and
rows of an older schema are taken in by the tables of that schema and migrated from there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Numeric,
    Table,
    Text,
    func,
    insert,
    inspect,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import String

from core.adapters.db.engine import port_errors
from core.adapters.db.migrate import VERSION_TABLE, create, revisions, run_alembic
from core.adapters.db.tables import (
    boxes,
    cursors,
    deliveries,
    events,
    inbox,
    leaders,
    metadata,
    orders,
    wallets,
)
from core.adapters.db.types import U64, Json
from core.domain.money import U64_MAX
from core.domain.order import OrderState
from core.ports.store import Duplicate

CHUNK = 2**20  # bytes from which a chunk is full
FETCH = 500  # rows that the server is asked for at a time
RESTORED = "restored"  # cursor that names the backup which the database came from
_LEFT_OUT = frozenset({leaders})  # who leads, and until when, is of the processes that ran
_COUNTERS = (inbox.c.seq, events.c.seq, deliveries.c.id)


class BadDump(Exception):
    """What should be rows of ours isn't. The text says where."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table. `data` is what `load` takes."""

    table: str
    rows: int
    data: bytes


def dump(connection: Connection) -> Iterator[Chunk]:
    """Every row that the transaction of `connection` sees, tables that others refer to first."""
    for table in metadata.sorted_tables:
        if table not in _LEFT_OUT:
            yield from _chunks(connection, table)


def _chunks(connection: Connection, table: Table) -> Iterator[Chunk]:
    head = _line([column.name for column in table.columns])
    statement = select(*[_raw(column) for column in table.columns]).order_by(*table.primary_key)
    lines, size = [head], len(head)
    for row in connection.execute(statement, execution_options={"yield_per": FETCH}):
        lines.append(_line([_plain(value) for value in row]))
        size += len(lines[-1])
        if size >= CHUNK:
            yield Chunk(table.name, len(lines) - 1, b"".join(lines))
            lines, size = [head], len(head)
    if len(lines) > 1:
        yield Chunk(table.name, len(lines) - 1, b"".join(lines))


def _raw(column: Column[Any]) -> ColumnElement[Any]:
    """The column as it is stored: JSON stays the text that it is."""
    return type_coerce(column, Text()).label(column.name) if isinstance(column.type, Json) else column


def _plain(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode() + b"\n"


def load(connection: Connection, revision: str, chunks: Iterable[tuple[str, bytes]], backup: str) -> None:
    """Fills an empty database with chunks (table, data) of the schema `revision`, brings it to this version's
    schema, and lets go of what belonged to the processes of that time. backup: what `restored_from` will say.

    Raises `BadDump`, `SchemaMismatch`, `StoreAway`. All in the transaction of `connection`.
    """
    if connection.dialect.name == "postgresql":
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {limit} = 0"))
    create(connection, revision)
    found = MetaData()
    found.reflect(connection)
    for name, data in chunks:
        if name not in found.tables or name == VERSION_TABLE:
            raise BadDump(f"rows of {name}, a table that schema {revision} doesn't have")
        _insert(connection, found.tables[name], data)
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).all():
        raise BadDump("rows that refer to others which are missing")
    if revision != revisions()[-1]:
        run_alembic(connection)
    _set_counters(connection)
    _let_go(connection, backup)


def _insert(connection: Connection, table: Table, data: bytes) -> None:
    """Errors name the table and never the rows, which may hold what is nobody's business."""
    try:
        names, *rows = [json.loads(line) for line in data.splitlines()]
        columns = [table.columns[name] for name in names]
        values = [
            {column.name: _stored(column, value) for column, value in zip(columns, row, strict=True)}
            for row in rows
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise BadDump(f"{table.name}: not rows of ours ({type(error).__name__})") from None
    if not values:
        return
    try:
        with port_errors():
            connection.execute(insert(table), values)
    except (SQLAlchemyError, Duplicate, OverflowError) as error:
        raise BadDump(f"{table.name}: the database refuses its rows ({type(error).__name__})") from None


def _stored(column: Column[Any], value: Any) -> Any:
    """The value as the reflected column takes it."""
    if isinstance(value, dict):
        return base64.b64decode(value["base64"], validate=True)
    if isinstance(value, list | float):
        raise ValueError(type(value).__name__)
    if isinstance(value, int) and not isinstance(value, bool) and isinstance(column.type, String | Numeric):
        return _amount(column, value)
    return value


def _amount(column: Column[Any], value: int) -> Any:
    if not 0 <= value <= U64_MAX:
        raise ValueError("u64")
    postgres = isinstance(column.type, Numeric)
    return U64.stored(value, postgres=postgres)


def _set_counters(connection: Connection) -> None:
    """PostgreSQL numbers from a sequence, which rows that bring their number don't move."""
    if connection.dialect.name != "postgresql":
        return
    for column in _COUNTERS:
        sequence = func.pg_get_serial_sequence(column.table.name, column.name)
        following = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
        connection.execute(select(func.setval(sequence, following, False)))


def _let_go(connection: Connection, backup: str) -> None:
    """Whoever held a lease is gone. A quote is over: on a chain that went on, it may have been confirmed after
    the backup, and a signer of that time would sign it again."""
    connection.execute(
        update(orders)
        .where(orders.c.state == OrderState.QUOTED)
        .values(state=OrderState.EXPIRED, error="quote-expired")
    )
    for table in (orders, boxes, deliveries):
        connection.execute(update(table).where(table.c.lease_until > 0).values(lease_until=0))
    connection.execute(cursors.delete().where(cursors.c.name == RESTORED))
    connection.execute(insert(cursors).values(name=RESTORED, value={"backup": backup}))


def wallet_owners(connection: Connection) -> dict[str, str]:
    """The person of every wallet that anybody was told of, by address."""
    rows = connection.execute(select(wallets.c.address, wallets.c.person_id))
    return {row.address: row.person_id for row in rows}


def restored_from(connection: Connection) -> str | None:
    """The backup that `load` filled the database from; "" for another database that has tables, None for an
    empty one."""
    names = inspect(connection).get_table_names()
    if cursors.name not in names:
        return "" if names else None
    value = connection.execute(select(cursors.c.value).where(cursors.c.name == RESTORED)).scalar()
    return "" if value is None else str(value["backup"])
