"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.adapters.db import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "buttons",
        sa.Column("token", types.Key(), nullable=False),
        sa.Column("command", types.Key(), nullable=False),
        sa.Column("arguments", types.Json(), nullable=False),
        sa.Column("open", sa.Boolean(create_constraint=True, name="open"), nullable=False),
        sa.Column("platform", types.Key(), nullable=False),
        sa.Column("user_id", types.Key(), nullable=True),
        sa.Column("chat_id", types.Key(), nullable=True),
        sa.Column("subject", types.Key(), nullable=True),
        sa.Column("created_at", types.Int, nullable=False),
        sa.Column("expires_at", types.Int, nullable=False),
        sa.Column("used_by", types.Key(), nullable=True),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_buttons")),
    )
    op.create_index("ix_buttons_chat", "buttons", ["platform", "chat_id"], unique=False)
    op.create_table(
        "chats",
        sa.Column("platform", types.Key(), nullable=False),
        sa.Column("chat_id", types.Key(), nullable=False),
        sa.Column("kind", types.Key(), nullable=False),
        sa.Column("title", types.Words(), nullable=False),
        sa.Column("locale", types.Key(), nullable=True),
        sa.Column("active", sa.Boolean(create_constraint=True, name="active"), nullable=False),
        sa.CheckConstraint("kind IN ('private', 'group', 'channel')", name=op.f("ck_chats_kind")),
        sa.PrimaryKeyConstraint("platform", "chat_id", name=op.f("pk_chats")),
    )
    op.create_table(
        "coins",
        sa.Column("mint", types.Key(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("ticker", types.Words(), nullable=False),
        sa.Column("uri", types.Words(), nullable=False),
        sa.Column("creator", types.Key(), nullable=False),
        sa.Column("image", types.Key(), nullable=True),
        sa.Column("launched_at", types.Int, nullable=False),
        sa.Column("launch_slot", types.Int, nullable=False),
        sa.Column("sequence", types.Int, nullable=False),
        sa.Column("virtual_sol", types.U64(), nullable=False),
        sa.Column("virtual_tokens", types.U64(), nullable=False),
        sa.Column("initial_virtual_sol", types.U64(), nullable=False),
        sa.Column("real_sol", types.U64(), nullable=False),
        sa.Column("volume", types.U64(), nullable=False),
        sa.Column("holders", types.Int, nullable=False),
        sa.Column("complete", sa.Boolean(create_constraint=True, name="complete"), nullable=False),
        sa.Column("name_fold", types.Key(), nullable=False),
        sa.Column("ticker_fold", types.Key(), nullable=False),
        sa.CheckConstraint("holders >= 0", name=op.f("ck_coins_holders_not_negative")),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_coins_sequence_not_negative")),
        sa.PrimaryKeyConstraint("mint", name=op.f("pk_coins")),
    )
    op.create_index(op.f("ix_coins_name_fold"), "coins", ["name_fold"], unique=False)
    op.create_index("ix_coins_newest", "coins", ["launched_at", "launch_slot", "mint"], unique=False)
    op.create_index(op.f("ix_coins_ticker_fold"), "coins", ["ticker_fold"], unique=False)
    op.create_table(
        "cursors",
        sa.Column("name", types.Key(), nullable=False),
        sa.Column("value", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", types.Int, autoincrement=True, nullable=False),
        sa.Column("key", types.Key(), nullable=False),
        sa.Column("platform", types.Key(), nullable=False),
        sa.Column("kind", types.Key(), nullable=False),
        sa.Column("chat_id", types.Key(), nullable=True),
        sa.Column("thread_id", types.Key(), nullable=True),
        sa.Column("user_id", types.Key(), nullable=True),
        sa.Column("subject", types.Key(), nullable=True),
        sa.Column("visibility", types.Key(), nullable=False),
        sa.Column("message", types.Words(), nullable=False),
        sa.Column("version", types.Int, nullable=False),
        sa.Column("created_at", types.Int, nullable=False),
        sa.Column("attempts", types.Int, nullable=False),
        sa.Column("maybe_doubled", sa.Boolean(create_constraint=True, name="maybe_doubled"), nullable=False),
        sa.Column("state", types.Key(), nullable=False),
        sa.Column("rank", types.Int, nullable=False),
        sa.Column("due_at", types.Int, nullable=False),
        sa.Column("lease_owner", types.Key(), nullable=True),
        sa.Column("lease_until", types.Int, nullable=False),
        sa.Column("reason", types.Words(), nullable=True),
        sa.CheckConstraint("kind IN ('notice', 'result', 'progress')", name=op.f("ck_deliveries_kind")),
        sa.CheckConstraint("state IN ('open', 'done', 'dropped')", name=op.f("ck_deliveries_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("key", name=op.f("uq_deliveries_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_chat", "deliveries", ["platform", "chat_id"], unique=False)
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["platform", "rank", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_deliveries_subject", "deliveries", ["platform", "subject", "version"], unique=False)
    op.create_table(
        "events",
        sa.Column("seq", types.Int, autoincrement=True, nullable=False),
        sa.Column("type", types.Key(), nullable=False),
        sa.Column("payload", types.Json(), nullable=False),
        sa.Column("at", types.Int, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "fills",
        sa.Column("mint", types.Key(), nullable=False),
        sa.Column("sequence", types.Int, nullable=False),
        sa.Column("signature", types.Key(), nullable=False),
        sa.Column("slot", types.Int, nullable=False),
        sa.Column("time", types.Int, nullable=False),
        sa.Column("trader", types.Key(), nullable=False),
        sa.Column("side", types.Key(), nullable=False),
        sa.Column("lamports", types.U64(), nullable=False),
        sa.Column("atoms", types.U64(), nullable=False),
        sa.Column("fee", types.U64(), nullable=False),
        sa.Column("virtual_sol", types.U64(), nullable=False),
        sa.Column("virtual_tokens", types.U64(), nullable=False),
        sa.CheckConstraint("side IN ('buy', 'sell')", name=op.f("ck_fills_side")),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_fills_sequence_not_negative")),
        sa.PrimaryKeyConstraint("mint", "sequence", name=op.f("pk_fills")),
    )
    op.create_index("ix_fills_trader", "fills", ["trader", "slot", "mint", "sequence"], unique=False)
    op.create_table(
        "holdings",
        sa.Column("mint", types.Key(), nullable=False),
        sa.Column("owner", types.Key(), nullable=False),
        sa.Column("atoms", types.U64(), nullable=False),
        sa.PrimaryKeyConstraint("mint", "owner", name=op.f("pk_holdings")),
    )
    op.create_index("ix_holdings_atoms", "holdings", ["mint", "atoms"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("seq", types.Int, autoincrement=True, nullable=False),
        sa.Column("platform", types.Key(), nullable=False),
        sa.Column("event_id", types.Key(), nullable=False),
        sa.Column("payload", types.Json(), nullable=False),
        sa.Column("received_at", types.Int, nullable=False),
        sa.Column("done_at", types.Int, nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_inbox")),
        sa.UniqueConstraint("platform", "event_id", name=op.f("uq_inbox_platform_event_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_inbox_pending",
        "inbox",
        ["platform", "seq"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "leaders",
        sa.Column("role", types.Key(), nullable=False),
        sa.Column("owner", types.Key(), nullable=False),
        sa.Column("until", types.Int, nullable=False),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_leaders")),
    )
    op.create_table(
        "messages",
        sa.Column("platform", types.Key(), nullable=False),
        sa.Column("chat_id", types.Key(), nullable=False),
        sa.Column("message_id", types.Key(), nullable=False),
        sa.Column("subject", types.Key(), nullable=False),
        sa.Column("thread_id", types.Key(), nullable=True),
        sa.Column("user_id", types.Key(), nullable=True),
        sa.Column("version", types.Int, nullable=False),
        sa.Column("handle", types.Json(), nullable=True),
        sa.Column("cause", types.Key(), nullable=True),
        sa.PrimaryKeyConstraint("platform", "chat_id", "message_id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_subject", "messages", ["platform", "subject"], unique=False)
    op.create_table(
        "persons",
        sa.Column("id", types.Key(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
    )
    op.create_table(
        "accounts",
        sa.Column("platform", types.Key(), nullable=False),
        sa.Column("user_id", types.Key(), nullable=False),
        sa.Column("person_id", types.Key(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("locale", types.Key(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_accounts_person_id")),
        sa.PrimaryKeyConstraint("platform", "user_id", name=op.f("pk_accounts")),
    )
    op.create_index(op.f("ix_accounts_person_id"), "accounts", ["person_id"], unique=False)
    op.create_table(
        "boxes",
        sa.Column("id", types.Key(), nullable=False),
        sa.Column("person_id", types.Key(), nullable=False),
        sa.Column("platform", types.Key(), nullable=False),
        sa.Column("chat_id", types.Key(), nullable=True),
        sa.Column("thread_id", types.Key(), nullable=True),
        sa.Column("user_id", types.Key(), nullable=False),
        sa.Column("theme", types.Words(), nullable=False),
        sa.Column("state", types.Key(), nullable=False),
        sa.Column("seed", types.Key(), nullable=False),
        sa.Column("commitment", types.Key(), nullable=False),
        sa.Column("step", types.Key(), nullable=False),
        sa.Column("name", types.Words(), nullable=True),
        sa.Column("ticker", types.Words(), nullable=True),
        sa.Column("description", types.Words(), nullable=True),
        sa.Column("rarity", types.Key(), nullable=True),
        sa.Column("image", types.Key(), nullable=True),
        sa.Column("image_uri", types.Key(), nullable=True),
        sa.Column("uri", types.Key(), nullable=True),
        sa.Column("rerolls", types.Int, nullable=False),
        sa.Column("created_at", types.Int, nullable=False),
        sa.Column("lease_owner", types.Key(), nullable=True),
        sa.Column("lease_until", types.Int, nullable=False),
        sa.Column("mint", types.Key(), nullable=True),
        sa.Column("cause", types.Key(), nullable=True),
        sa.Column("name_fold", types.Key(), nullable=True),
        sa.Column("ticker_fold", types.Key(), nullable=True),
        sa.CheckConstraint(
            "state IN ('sealed', 'opened', 'launching', 'launched', 'cancelled', 'failed')",
            name=op.f("ck_boxes_state"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_boxes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boxes")),
    )
    op.create_index("ix_boxes_chat", "boxes", ["platform", "chat_id"], unique=False)
    op.create_index(op.f("ix_boxes_name_fold"), "boxes", ["name_fold"], unique=False)
    op.create_index(op.f("ix_boxes_person_id"), "boxes", ["person_id"], unique=False)
    op.create_index("ix_boxes_state", "boxes", ["state", "created_at", "id"], unique=False)
    op.create_index(op.f("ix_boxes_ticker_fold"), "boxes", ["ticker_fold"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", types.Key(), nullable=False),
        sa.Column("kind", types.Key(), nullable=False),
        sa.Column("person_id", types.Key(), nullable=False),
        sa.Column("wallet", types.Key(), nullable=False),
        sa.Column("mint", types.Key(), nullable=True),
        sa.Column("box_id", types.Key(), nullable=True),
        sa.Column("intent", types.Json(), nullable=False),
        sa.Column("quote", types.Json(), nullable=False),
        sa.Column("state", types.Key(), nullable=False),
        sa.Column("platform", types.Key(), nullable=False),
        sa.Column("chat_id", types.Key(), nullable=True),
        sa.Column("thread_id", types.Key(), nullable=True),
        sa.Column("user_id", types.Key(), nullable=False),
        sa.Column("created_at", types.Int, nullable=False),
        sa.Column("quote_expires_at", types.Int, nullable=False),
        sa.Column("signature", types.Key(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("last_valid_block_height", types.Int, nullable=True),
        sa.Column("result", types.Json(), nullable=True),
        sa.Column("error", types.Key(), nullable=True),
        sa.Column("error_args", types.Json(), nullable=True),
        sa.Column("lease_owner", types.Key(), nullable=True),
        sa.Column("lease_until", types.Int, nullable=False),
        sa.Column("cause", types.Key(), nullable=True),
        sa.CheckConstraint("kind IN ('buy', 'sell', 'launch', 'withdraw')", name=op.f("ck_orders_kind")),
        sa.CheckConstraint(
            "state IN ('quoted', 'signed', 'sent', 'landed', 'failed', 'expired', 'unknown', 'cancelled')",
            name=op.f("ck_orders_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('signed', 'sent', 'landed') OR raw IS NOT NULL",
            name=op.f("ck_orders_signed_is_stored"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_orders_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index("ix_orders_chat", "orders", ["platform", "chat_id"], unique=False)
    op.create_index("ix_orders_person", "orders", ["person_id", "created_at", "id"], unique=False)
    op.create_index("ix_orders_state", "orders", ["state", "created_at", "id"], unique=False)
    op.create_table(
        "wallets",
        sa.Column("address", types.Key(), nullable=False),
        sa.Column("person_id", types.Key(), nullable=False),
        sa.Column("created_at", types.Int, nullable=False),
        sa.Column("funded", sa.Boolean(create_constraint=True, name="funded"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_wallets_person_id")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_wallets")),
        sa.UniqueConstraint("person_id", name=op.f("uq_wallets_person_id")),
    )


def downgrade() -> None:
    op.drop_table("wallets")
    op.drop_index("ix_orders_state", table_name="orders")
    op.drop_index("ix_orders_person", table_name="orders")
    op.drop_index("ix_orders_chat", table_name="orders")
    op.drop_table("orders")
    op.drop_index(op.f("ix_boxes_ticker_fold"), table_name="boxes")
    op.drop_index("ix_boxes_state", table_name="boxes")
    op.drop_index(op.f("ix_boxes_person_id"), table_name="boxes")
    op.drop_index(op.f("ix_boxes_name_fold"), table_name="boxes")
    op.drop_index("ix_boxes_chat", table_name="boxes")
    op.drop_table("boxes")
    op.drop_index(op.f("ix_accounts_person_id"), table_name="accounts")
    op.drop_table("accounts")
    op.drop_table("persons")
    op.drop_index("ix_messages_subject", table_name="messages")
    op.drop_table("messages")
    op.drop_table("leaders")
    op.drop_index(
        "ix_inbox_pending",
        table_name="inbox",
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.drop_table("inbox")
    op.drop_index("ix_holdings_atoms", table_name="holdings")
    op.drop_table("holdings")
    op.drop_index("ix_fills_trader", table_name="fills")
    op.drop_table("fills")
    op.drop_table("events")
    op.drop_index("ix_deliveries_subject", table_name="deliveries")
    op.drop_index(
        "ix_deliveries_due",
        table_name="deliveries",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_deliveries_chat", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_table("cursors")
    op.drop_index(op.f("ix_coins_ticker_fold"), table_name="coins")
    op.drop_index("ix_coins_newest", table_name="coins")
    op.drop_index(op.f("ix_coins_name_fold"), table_name="coins")
    op.drop_table("coins")
    op.drop_table("chats")
    op.drop_index("ix_buttons_chat", table_name="buttons")
    op.drop_table("buttons")
