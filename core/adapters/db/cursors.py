"""Cursors: where a reader is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.adapters.db.session import Session
from core.adapters.db.tables import cursors


class SqlCursors:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, name: str) -> dict[str, Any] | None:
        await self._session.alone("cursor", name)
        row = await self._session.one(select(cursors.c.value).where(cursors.c.name == name))
        return None if row is None else dict(row.value)

    async def set(self, name: str, value: dict[str, Any]) -> None:
        insert = self._session.insert(cursors).values(name=name, value=value)
        await self._session.run(
            insert.on_conflict_do_update(
                index_elements=[cursors.c.name], set_={"value": insert.excluded.value}
            )
        )
