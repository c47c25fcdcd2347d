"""Leaders: one a role, by lease."""

from __future__ import annotations

from sqlalchemy import delete, or_

from core.adapters.db.session import Session
from core.adapters.db.tables import leaders


class SqlLeaders:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def hold(self, role: str, owner: str, now: int, until: int) -> bool:
        insert = self._session.insert(leaders).values(role=role, owner=owner, until=until)
        held = await self._session.one(
            insert.on_conflict_do_update(
                index_elements=[leaders.c.role],
                set_={"owner": insert.excluded.owner, "until": insert.excluded.until},
                where=or_(leaders.c.owner == owner, leaders.c.until <= now),
            ).returning(leaders.c.role)
        )
        return held is not None

    async def release(self, role: str, owner: str) -> None:
        await self._session.run(delete(leaders).where(leaders.c.role == role, leaders.c.owner == owner))
