"""Orders: the ledger of intents, moved only along the diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select, update

from core.adapters.db.session import Session, check_changes, chosen, columns, to_record
from core.adapters.db.tables import orders
from core.domain.order import IN_FLIGHT, Order, OrderKind, OrderState, check_transition

_FIXED = frozenset({"id", "kind", "person_id", "state", "created_at"})
_IN_FLIGHT = sorted(IN_FLIGHT)


class SqlOrders:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, order: Order) -> None:
        await self._session.run(self._session.insert(orders).values(columns(order)))

    async def get(self, order_id: str) -> Order | None:
        row = await self._session.get(select(orders).where(orders.c.id == order_id))
        return None if row is None else _order(row)

    async def get_many(self, order_ids: Sequence[str]) -> list[Order]:
        rows = await self._session.all(select(orders).where(orders.c.id.in_(order_ids)))
        return [_order(row) for row in rows]

    async def move(self, order_id: str, before: OrderState, after: OrderState, **changes: Any) -> bool:
        check_transition(before, after)
        check_changes(Order, changes, _FIXED)
        moved = await self._session.run(
            update(orders)
            .where(orders.c.id == order_id, orders.c.state == before)
            .values({**changes, "state": after})
        )
        return moved == 1

    async def lease(self, order_id: str, owner: str, now: int, until: int) -> bool:
        taken = await self._session.run(
            update(orders)
            .where(
                orders.c.id == order_id,
                or_(
                    orders.c.lease_owner.is_(None),
                    orders.c.lease_owner == owner,
                    orders.c.lease_until <= now,
                ),
            )
            .values(lease_owner=owner, lease_until=until)
        )
        return taken == 1

    async def claim_expired(self, owner: str, now: int, until: int, limit: int) -> list[Order]:
        free = (
            select(orders.c.id)
            .where(*_free(now))
            .order_by(orders.c.created_at, orders.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = await self._session.all(
            update(orders)
            .where(orders.c.id.in_(chosen(free)))
            .values(lease_owner=owner, lease_until=until)
            .returning(orders)
        )
        return sorted((_order(row) for row in rows), key=lambda order: (order.created_at, order.id))

    async def waiting(self, now: int) -> bool:
        return await self._session.one(select(orders.c.id).where(*_free(now)).limit(1)) is not None

    async def of_person(self, person_id: str, limit: int) -> list[Order]:
        rows = await self._session.all(
            select(orders)
            .where(orders.c.person_id == person_id)
            .order_by(orders.c.created_at.desc(), orders.c.id.desc())
            .limit(limit)
        )
        return [_order(row) for row in rows]

    async def in_flight(self, platform: str) -> int:
        return await self._session.number(
            select(func.count()).where(orders.c.state.in_(_IN_FLIGHT), orders.c.platform == platform)
        )

    async def stale_quotes(self, now: int, limit: int) -> list[Order]:
        rows = await self._session.all(
            select(orders)
            .where(orders.c.state == OrderState.QUOTED, orders.c.quote_expires_at <= now)
            .order_by(orders.c.created_at, orders.c.id)
            .limit(limit)
        )
        return [_order(row) for row in rows]


def _order(row: Row[Any]) -> Order:
    found = to_record(Order, row)
    values = {**columns(found), "kind": OrderKind(found.kind), "state": OrderState(found.state)}
    return Order(**values)


def _free(now: int) -> tuple[ColumnElement[bool], ...]:
    """Conditions on an order in flight that nobody drives at `now`."""
    return (
        orders.c.state.in_(_IN_FLIGHT),
        or_(orders.c.lease_owner.is_(None), orders.c.lease_until <= now),
    )
