"""Coins that have graduated name their pool."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.adapters.db import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("coins", sa.Column("pool", types.Key(), nullable=True))
    op.create_index(
        "ix_coins_on_pools",
        "coins",
        ["mint"],
        unique=False,
        sqlite_where=sa.text("pool IS NOT NULL"),
        postgresql_where=sa.text("pool IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_coins_on_pools", table_name="coins")
    op.drop_column("coins", "pool")
