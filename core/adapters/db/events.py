"""Events: what happened, in the order in which it was committed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.adapters.db.session import Session, to_record
from core.adapters.db.tables import events
from core.ports.rows import Event


class SqlEvents:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, type: str, payload: dict[str, Any], at: int) -> int:  # noqa: A002 - the port's word
        # A number taken first can be committed last; a reader past the later one would never see it.
        await self._session.alone("events")
        row = await self._session.one(
            self._session.insert(events).values(type=type, payload=payload, at=at).returning(events.c.seq)
        )
        assert row is not None
        return int(row.seq)

    async def after(self, seq: int, limit: int) -> list[Event]:
        rows = await self._session.all(
            select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(limit)
        )
        return [to_record(Event, row) for row in rows]
