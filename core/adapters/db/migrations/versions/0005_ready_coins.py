"""The keeper finds complete coins, and those that are almost, without reading all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_coins_ready",
        "coins",
        ["launched_at", "mint"],
        unique=False,
        sqlite_where=sa.text("complete = 1 AND pool IS NULL"),
        postgresql_where=sa.text("complete AND pool IS NULL"),
    )
    op.create_index(
        "ix_coins_on_curves",
        "coins",
        ["virtual_tokens"],
        unique=False,
        sqlite_where=sa.text("pool IS NULL"),
        postgresql_where=sa.text("pool IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_coins_on_curves", table_name="coins")
    op.drop_index("ix_coins_ready", table_name="coins")
