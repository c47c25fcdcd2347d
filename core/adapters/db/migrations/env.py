"""Alembic's entry: it runs in the transaction that `core.adapters.db.migrate` has opened."""

from __future__ import annotations

from alembic import context

from core.adapters.db.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=False,  # the transaction is the caller's
)
context.run_migrations()
