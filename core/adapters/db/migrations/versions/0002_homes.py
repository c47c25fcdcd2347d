"""Coins get threads of their own: a chat's setting, and the kind of delivery that begins one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.adapters.db import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KIND = "ck_deliveries_kind"


def upgrade() -> None:
    op.add_column("chats", sa.Column("home", types.Key(), nullable=True))
    _kinds("'notice', 'home', 'result', 'progress'")


def downgrade() -> None:
    op.execute("UPDATE deliveries SET kind = 'notice' WHERE kind = 'home'")
    _kinds("'notice', 'result', 'progress'")
    op.drop_column("chats", "home")


def _kinds(listed: str) -> None:
    # Ids must never be given twice, so the copy numbers as the first table did.
    with op.batch_alter_table("deliveries", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_constraint(op.f(KIND), type_="check")
        table.create_check_constraint(op.f(KIND), f"kind IN ({listed})")
