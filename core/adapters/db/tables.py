"""The tables. A change here needs a migration: a test compares the two."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from core.adapters.db.types import U64, Int, Json, Key, Words
from core.domain.order import OrderKind, OrderState

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BOX_STATES = ("sealed", "opened", "launching", "launched", "cancelled", "failed")
NAMED_BOXES = ("opened", "launching", "launched")  # their names are taken


def _one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _not_negative(*columns: str) -> list[CheckConstraint]:
    return [CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative") for column in columns]


def _key(name: str, **options: Any) -> Column[str]:
    return Column(name, Key, **{"nullable": False, **options})


def _words(name: str, **options: Any) -> Column[str]:
    return Column(name, Words, **{"nullable": False, **options})


def _int(name: str, **options: Any) -> Column[int]:
    return Column(name, Int, **{"nullable": False, **options})


def _u64(name: str, **options: Any) -> Column[int]:
    return Column(name, U64, **{"nullable": False, **options})


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean(create_constraint=True, name=name), nullable=False)


def _json(name: str, **options: Any) -> Column[Any]:
    return Column(name, Json, **{"nullable": False, **options})


def _counter(name: str) -> Column[int]:
    return Column(name, Int, primary_key=True, autoincrement=True)


persons = Table("persons", metadata, _key("id", primary_key=True))

accounts = Table(
    "accounts",
    metadata,
    _key("platform"),
    _key("user_id"),
    Column("person_id", Key, ForeignKey("persons.id"), nullable=False, index=True),
    _words("name"),
    _key("locale", nullable=True),
    PrimaryKeyConstraint("platform", "user_id"),
)

chats = Table(
    "chats",
    metadata,
    _key("platform"),
    _key("chat_id"),
    _key("kind"),
    _words("title"),
    _key("locale", nullable=True),
    _flag("active"),
    _key("home", nullable=True),
    PrimaryKeyConstraint("platform", "chat_id"),
    _one_of("kind", ("private", "group", "channel")),
)

wallets = Table(
    "wallets",
    metadata,
    _key("address", primary_key=True),
    Column("person_id", Key, ForeignKey("persons.id"), nullable=False, unique=True),
    _int("created_at"),
    _flag("funded"),
)

inbox = Table(
    "inbox",
    metadata,
    _counter("seq"),
    _key("platform"),
    _key("event_id"),
    _json("payload"),
    _int("received_at"),
    _int("done_at", nullable=True),
    UniqueConstraint("platform", "event_id"),
    Index(
        "ix_inbox_pending",
        "platform",
        "seq",
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

buttons = Table(
    "buttons",
    metadata,
    _key("token", primary_key=True),
    _key("command"),
    _json("arguments"),
    _flag("open"),
    _key("platform"),
    _key("user_id", nullable=True),
    _key("chat_id", nullable=True),
    _key("subject", nullable=True),
    _int("created_at"),
    _int("expires_at"),
    _key("used_by", nullable=True),
    Index("ix_buttons_chat", "platform", "chat_id"),
)

messages = Table(
    "messages",
    metadata,
    _key("platform"),
    _key("chat_id"),  # "" where there is none: a NULL would never be equal to itself
    _key("message_id"),
    _key("subject"),
    _key("thread_id", nullable=True),
    _key("user_id", nullable=True),
    _int("version"),
    _json("handle", nullable=True),
    _key("cause", nullable=True),
    PrimaryKeyConstraint("platform", "chat_id", "message_id"),
    Index("ix_messages_subject", "platform", "subject"),
)

boxes = Table(
    "boxes",
    metadata,
    _key("id", primary_key=True),
    Column("person_id", Key, ForeignKey("persons.id"), nullable=False, index=True),
    _key("platform"),
    _key("chat_id", nullable=True),
    _key("thread_id", nullable=True),
    _key("user_id"),
    _words("theme"),
    _key("state"),
    _key("seed"),
    _key("commitment"),
    _key("step"),
    _words("name", nullable=True),
    _words("ticker", nullable=True),
    _words("description", nullable=True),
    _key("rarity", nullable=True),
    _key("image", nullable=True),
    _key("image_uri", nullable=True),
    _key("uri", nullable=True),
    _int("rerolls"),
    _int("created_at"),
    _key("lease_owner", nullable=True),
    _int("lease_until"),
    _key("mint", nullable=True),
    _key("cause", nullable=True),
    _key("name_fold", nullable=True, index=True),
    _key("ticker_fold", nullable=True, index=True),
    _one_of("state", BOX_STATES),
    Index("ix_boxes_state", "state", "created_at", "id"),
    Index("ix_boxes_chat", "platform", "chat_id"),
)

orders = Table(
    "orders",
    metadata,
    _key("id", primary_key=True),
    _key("kind"),
    Column("person_id", Key, ForeignKey("persons.id"), nullable=False),
    _key("wallet"),
    _key("mint", nullable=True),
    _key("box_id", nullable=True),
    _json("intent"),
    _json("quote"),
    _key("state"),
    _key("platform"),
    _key("chat_id", nullable=True),
    _key("thread_id", nullable=True),
    _key("user_id"),
    _int("created_at"),
    _int("quote_expires_at"),
    _key("signature", nullable=True),
    Column("raw", LargeBinary, nullable=True),
    _int("last_valid_block_height", nullable=True),
    _json("result", nullable=True),
    _key("error", nullable=True),
    _json("error_args", nullable=True),
    _key("lease_owner", nullable=True),
    _int("lease_until"),
    _key("cause", nullable=True),
    _one_of("kind", OrderKind),
    _one_of("state", OrderState),
    CheckConstraint("state NOT IN ('signed', 'sent', 'landed') OR raw IS NOT NULL", name="signed_is_stored"),
    Index("ix_orders_state", "state", "created_at", "id"),
    Index("ix_orders_person", "person_id", "created_at", "id"),
    Index("ix_orders_chat", "platform", "chat_id"),
)

_ON_POOL, _ON_CURVE = text("pool IS NOT NULL"), text("pool IS NULL")
coins = Table(
    "coins",
    metadata,
    _key("mint", primary_key=True),
    _words("name"),
    _words("ticker"),
    _words("uri"),
    _key("creator"),
    _key("image", nullable=True),
    _int("launched_at"),
    _int("launch_slot"),
    _int("sequence"),
    _u64("virtual_sol"),
    _u64("virtual_tokens"),
    _u64("initial_virtual_sol"),
    _u64("real_sol"),
    _u64("volume"),
    _int("holders"),
    _flag("complete"),
    _key("pool", nullable=True),
    _key("name_fold", index=True),
    _key("ticker_fold", index=True),
    Index("ix_coins_newest", "launched_at", "launch_slot", "mint"),
    Index("ix_coins_on_pools", "mint", sqlite_where=_ON_POOL, postgresql_where=_ON_POOL),
    Index("ix_coins_on_curves", "virtual_tokens", sqlite_where=_ON_CURVE, postgresql_where=_ON_CURVE),
    Index(
        "ix_coins_ready",
        "launched_at",
        "mint",
        sqlite_where=text("complete = 1 AND pool IS NULL"),
        postgresql_where=text("complete AND pool IS NULL"),
    ),
    *_not_negative("sequence", "holders"),
)

fills = Table(
    "fills",
    metadata,
    _key("mint"),
    _int("sequence"),
    _key("signature"),
    _int("slot"),
    _int("time"),
    _key("trader"),
    _key("side"),
    _u64("lamports"),
    _u64("atoms"),
    _u64("fee"),
    _u64("virtual_sol"),
    _u64("virtual_tokens"),
    PrimaryKeyConstraint("mint", "sequence"),
    _one_of("side", ("buy", "sell")),
    Index("ix_fills_trader", "trader", "slot", "mint", "sequence"),
    *_not_negative("sequence"),
)

holdings = Table(
    "holdings",
    metadata,
    _key("mint"),
    _key("owner"),
    _u64("atoms"),
    PrimaryKeyConstraint("mint", "owner"),
    Index("ix_holdings_atoms", "mint", "atoms"),
)

reward_epochs = Table(
    "reward_epochs",
    metadata,
    Column("number", Int, primary_key=True, autoincrement=False),
    _key("root"),
    _key("leaves_sha256"),
    _int("count"),
    _u64("total"),
    _int("prepared_at"),
    *_not_negative("number", "count"),
)

# Written before their epoch's row, which names them by its root: a preparation that was cut off leaves pages
# that nobody is shown, and the next one writes the same.
reward_pages = Table(
    "reward_pages",
    metadata,
    _key("root"),
    _key("recipient"),  # of the first leaf, hex: a recipient's page is the last that begins no later
    _int("first"),
    Column("leaves", LargeBinary, nullable=False),
    Column("path", LargeBinary, nullable=False),
    PrimaryKeyConstraint("root", "recipient"),
    *_not_negative("first"),
)

events = Table(
    "events", metadata, _counter("seq"), _key("type"), _json("payload"), _int("at"), sqlite_autoincrement=True
)

cursors = Table("cursors", metadata, _key("name", primary_key=True), _json("value"))

leaders = Table("leaders", metadata, _key("role", primary_key=True), _key("owner"), _int("until"))

_OPEN = text("state = 'open'")
deliveries = Table(
    "deliveries",
    metadata,
    _counter("id"),
    _key("key", unique=True),
    _key("platform"),
    _key("kind"),
    _key("chat_id", nullable=True),
    _key("thread_id", nullable=True),
    _key("user_id", nullable=True),
    _key("subject", nullable=True),
    _key("visibility"),
    _words("message"),
    _int("version"),
    _int("created_at"),
    _int("attempts"),
    _flag("maybe_doubled"),
    _key("state"),
    _int("rank"),  # of the kind: what leaves first
    _int("due_at"),
    _key("lease_owner", nullable=True),
    _int("lease_until"),
    _words("reason", nullable=True),  # why it was dropped
    _one_of("kind", ("notice", "home", "result", "progress")),
    _one_of("state", ("open", "done", "dropped")),
    Index("ix_deliveries_due", "platform", "rank", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_deliveries_subject", "platform", "subject", "version"),
    Index("ix_deliveries_chat", "platform", "chat_id"),
    sqlite_autoincrement=True,
)
