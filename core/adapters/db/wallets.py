"""Wallets: whose they are. Their keys are the signer's."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, update

from core.adapters.db.session import Session, columns, to_record
from core.adapters.db.tables import wallets
from core.ports.rows import Wallet


class SqlWallets:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def of_person(self, person_id: str) -> Wallet | None:
        await self._session.alone("wallet", person_id)
        return await self._find(wallets.c.person_id == person_id)

    async def add(self, wallet: Wallet) -> None:
        await self._session.run(self._session.insert(wallets).values(columns(wallet)))

    async def mark_funded(self, address: str) -> None:
        await self._session.run(update(wallets).where(wallets.c.address == address).values(funded=True))

    async def _find(self, condition: ColumnElement[bool]) -> Wallet | None:
        row = await self._session.get(select(wallets).where(condition))
        return None if row is None else to_record(Wallet, row)
