"""Rewards: epochs that were prepared, their leaves, and orders that claim one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.adapters.db import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KIND = "ck_orders_kind"


def upgrade() -> None:
    op.create_table(
        "reward_epochs",
        sa.Column("number", types.Int, autoincrement=False, nullable=False),
        sa.Column("root", types.Key(), nullable=False),
        sa.Column("leaves_sha256", types.Key(), nullable=False),
        sa.Column("count", types.Int, nullable=False),
        sa.Column("total", types.U64(), nullable=False),
        sa.Column("prepared_at", types.Int, nullable=False),
        sa.CheckConstraint("number >= 0", name=op.f("ck_reward_epochs_number_not_negative")),
        sa.CheckConstraint("count >= 0", name=op.f("ck_reward_epochs_count_not_negative")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_reward_epochs")),
    )
    op.create_table(
        "reward_pages",
        sa.Column("root", types.Key(), nullable=False),
        sa.Column("recipient", types.Key(), nullable=False),
        sa.Column("first", types.Int, nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("first >= 0", name=op.f("ck_reward_pages_first_not_negative")),
        sa.PrimaryKeyConstraint("root", "recipient", name=op.f("pk_reward_pages")),
    )
    _kinds("'buy', 'sell', 'launch', 'withdraw', 'claim'")


def downgrade() -> None:
    op.execute("DELETE FROM orders WHERE kind = 'claim'")
    _kinds("'buy', 'sell', 'launch', 'withdraw'")
    op.drop_table("reward_pages")
    op.drop_table("reward_epochs")


def _kinds(listed: str) -> None:
    with op.batch_alter_table("orders") as table:
        table.drop_constraint(op.f(KIND), type_="check")
        table.create_check_constraint(op.f(KIND), f"kind IN ({listed})")
