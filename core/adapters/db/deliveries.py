"""Deliveries: what surfaces have yet to send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, or_, select, update

from core.adapters.db.session import Session, chosen, columns, to_record
from core.adapters.db.tables import deliveries
from core.ports.rows import Delivery, Queue

_RANK = {"result": 0, "notice": 1, "home": 1, "progress": 2}
_EDITS = ("result", "progress")


class SqlDeliveries:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, deliveries_: Sequence[Delivery]) -> None:
        if deliveries_:
            await self._session.run(
                self._session.insert(deliveries).on_conflict_do_nothing(index_elements=[deliveries.c.key]),
                [_new(delivery) for delivery in deliveries_],
            )

    async def claim(self, platform: str, owner: str, now: int, until: int, limit: int) -> list[Delivery]:
        await self._drop_replaced(platform, now)
        due = (
            select(deliveries.c.id)
            .where(*_unsent(platform, now), deliveries.c.due_at <= now)
            .order_by(deliveries.c.rank, deliveries.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = await self._session.all(
            update(deliveries)
            .where(deliveries.c.id.in_(chosen(due)))
            .values(
                maybe_doubled=or_(deliveries.c.maybe_doubled, deliveries.c.lease_owner.is_not(None)),
                attempts=deliveries.c.attempts + 1,
                lease_owner=owner,
                lease_until=until,
            )
            .returning(deliveries)
        )
        return [to_record(Delivery, row) for row in sorted(rows, key=_order)]

    async def done(self, delivery_id: int) -> None:
        await self._set(delivery_id, state="done", lease_owner=None)

    async def retry(self, delivery_id: int, at: int) -> None:
        await self._set(delivery_id, due_at=at, lease_owner=None)

    async def drop(self, delivery_id: int, reason: str) -> None:
        await self._set(delivery_id, state="dropped", lease_owner=None, reason=reason)

    async def queues(self) -> list[Queue]:
        rows = await self._session.all(
            select(
                deliveries.c.platform,
                func.count().label("number"),
                func.min(deliveries.c.created_at).label("oldest"),
            )
            .where(deliveries.c.state == "open")
            .group_by(deliveries.c.platform)
        )
        return [to_record(Queue, row) for row in rows]

    async def open_count(self, platform: str) -> int:
        return await self._session.number(
            select(func.count()).where(deliveries.c.platform == platform, deliveries.c.state == "open")
        )

    async def _set(self, delivery_id: int, **values: Any) -> None:
        await self._session.run(
            update(deliveries)
            .where(deliveries.c.id == delivery_id, deliveries.c.state == "open")
            .values(**values)
        )

    async def _drop_replaced(self, platform: str, now: int) -> None:
        newer = deliveries.alias()
        replaced = (
            select(deliveries.c.id)
            .where(
                *_unsent(platform, now),
                deliveries.c.kind.in_(_EDITS),
                exists().where(
                    newer.c.platform == platform,
                    newer.c.subject == deliveries.c.subject,
                    newer.c.kind.in_(_EDITS),
                    newer.c.state != "dropped",
                    newer.c.version > deliveries.c.version,
                ),
            )
            .with_for_update(skip_locked=True)
        )
        await self._session.run(
            update(deliveries)
            .where(deliveries.c.id.in_(chosen(replaced)))
            .values(state="dropped", lease_owner=None, reason="replaced by a newer edit")
        )


def _unsent(platform: str, now: int) -> tuple[ColumnElement[bool], ...]:
    """Open and in nobody's hands."""
    return (
        deliveries.c.platform == platform,
        deliveries.c.state == "open",
        or_(deliveries.c.lease_owner.is_(None), deliveries.c.lease_until <= now),
    )


def _new(delivery: Delivery) -> dict[str, Any]:
    values = columns(delivery)
    del values["id"]
    return {**values, "state": "open", "rank": _RANK[delivery.kind], "due_at": 0, "lease_until": 0}


def _order(row: Row[Any]) -> tuple[int, int]:
    return row.rank, row.id
