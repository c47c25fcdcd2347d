"""Mystery boxes, and which names are taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select, union_all, update

from core.adapters.db.session import Session, check_changes, columns, to_record
from core.adapters.db.tables import NAMED_BOXES, boxes, coins
from core.adapters.db.types import fold
from core.ports.rows import BoxRow

_FIXED = frozenset({"id", "person_id", "created_at"})


class SqlBoxes:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, box: BoxRow) -> None:
        values = columns(box)
        await self._session.run(self._session.insert(boxes).values({**values, **_folded(values)}))

    async def get(self, box_id: str) -> BoxRow | None:
        row = await self._session.get(select(boxes).where(boxes.c.id == box_id))
        return None if row is None else to_record(BoxRow, row)

    async def update(self, box_id: str, expected: Sequence[str], **changes: Any) -> bool:
        check_changes(BoxRow, changes, _FIXED)
        chosen = (boxes.c.id == box_id, boxes.c.state.in_(expected))
        if not changes:
            return await self._session.one(select(boxes.c.id).where(*chosen)) is not None
        values = {**changes, **_folded(changes)}
        return await self._session.run(update(boxes).where(*chosen).values(values)) == 1

    async def claim(self, owner: str, now: int, until: int) -> BoxRow | None:
        oldest = (
            select(boxes.c.id)
            .where(
                boxes.c.state == "sealed",
                or_(boxes.c.lease_owner.is_(None), boxes.c.lease_until <= now),
            )
            .order_by(boxes.c.created_at, boxes.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = await self._session.one(
            update(boxes)
            .where(boxes.c.id == oldest.scalar_subquery())
            .values(lease_owner=owner, lease_until=until)
            .returning(boxes)
        )
        return None if row is None else to_record(BoxRow, row)

    async def name_taken(self, name: str, ticker: str) -> bool:
        await self._session.alone("names")  # whoever asks in a unit of work is about to take one
        found = await self._session.one(
            union_all(
                select(coins.c.mint).where(
                    or_(coins.c.name_fold == fold(name), coins.c.ticker_fold == fold(ticker))
                ),
                select(boxes.c.id).where(
                    or_(boxes.c.name_fold == fold(name), boxes.c.ticker_fold == fold(ticker)),
                    boxes.c.state.in_(NAMED_BOXES),
                ),
            ).limit(1)
        )
        return found is not None

    async def by_mint(self, mint: str) -> BoxRow | None:
        row = await self._session.one(select(boxes).where(boxes.c.mint == mint).limit(1))
        return None if row is None else to_record(BoxRow, row)

    async def open_of_person(self, person_id: str) -> list[BoxRow]:
        rows = await self._session.all(
            select(boxes)
            .where(boxes.c.person_id == person_id, boxes.c.state.in_(("sealed", "opened", "failed")))
            .order_by(boxes.c.created_at, boxes.c.id)
        )
        return [to_record(BoxRow, row) for row in rows]

    async def preparing(self, platform: str) -> int:
        return await self._session.number(
            select(func.count()).where(boxes.c.state == "sealed", boxes.c.platform == platform)
        )


def _folded(values: Mapping[str, Any]) -> dict[str, str | None]:
    """What `name_taken` compares, for those of name and ticker that are in `values`."""
    return {
        f"{column}_fold": None if values[column] is None else fold(values[column])
        for column in ("name", "ticker")
        if column in values
    }
