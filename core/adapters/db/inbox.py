"""The inbox: what platforms delivered, each event once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update

from core.adapters.db.session import Session, columns, to_record
from core.adapters.db.tables import inbox
from core.ports.rows import InboxItem, Queue


class SqlInbox:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def put(self, items: Sequence[InboxItem]) -> list[InboxItem]:
        first: dict[tuple[str, str], InboxItem] = {}
        for item in items:
            first.setdefault((item.platform, item.event_id), item)
        if not first:
            return []
        # The values beside the statement, not in it: so it is compiled once, however many there are.
        rows = await self._session.all(
            self._session.insert(inbox)
            .on_conflict_do_nothing(index_elements=[inbox.c.platform, inbox.c.event_id])
            .returning(inbox.c.platform, inbox.c.event_id),
            [columns(item) for item in first.values()],
        )
        new = {(row.platform, row.event_id) for row in rows}
        return [item for key, item in first.items() if key in new]

    async def done(self, platform: str, event_ids: Sequence[str], now: int) -> None:
        await self._session.run(
            update(inbox)
            .where(inbox.c.platform == platform, inbox.c.event_id.in_(event_ids), inbox.c.done_at.is_(None))
            .values(done_at=now)
        )

    async def received_at(self, platform: str, event_id: str) -> int | None:
        row = await self._session.one(
            select(inbox.c.received_at).where(inbox.c.platform == platform, inbox.c.event_id == event_id)
        )
        return None if row is None else int(row.received_at)

    async def queues(self) -> list[Queue]:
        rows = await self._session.all(
            select(
                inbox.c.platform, func.count().label("number"), func.min(inbox.c.received_at).label("oldest")
            )
            .where(inbox.c.done_at.is_(None))
            .group_by(inbox.c.platform)
        )
        return [to_record(Queue, row) for row in rows]

    async def pending(self, platform: str) -> list[InboxItem]:
        rows = await self._session.all(
            select(inbox)
            .where(inbox.c.platform == platform, inbox.c.done_at.is_(None))
            .order_by(inbox.c.received_at, inbox.c.seq)
        )
        return [to_record(InboxItem, row) for row in rows]
