"""Buttons: what an opaque token stands for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select, update

from core.adapters.db.session import Session, columns, to_record
from core.adapters.db.tables import buttons
from core.ports.rows import StoredButton


class SqlButtons:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, buttons_: Sequence[StoredButton]) -> None:
        if buttons_:
            await self._session.run(self._session.insert(buttons), [columns(button) for button in buttons_])

    async def get(self, token: str) -> StoredButton | None:
        row = await self._session.get(select(buttons).where(buttons.c.token == token))
        return None if row is None else to_record(StoredButton, row)

    async def use(self, token: str, event_id: str) -> StoredButton | None:
        row = await self._session.one(
            update(buttons)
            .where(
                buttons.c.token == token,
                buttons.c.open.is_(False),
                or_(buttons.c.used_by.is_(None), buttons.c.used_by == event_id),
            )
            .values(used_by=event_id)
            .returning(buttons)
        )
        return None if row is None else to_record(StoredButton, row)
