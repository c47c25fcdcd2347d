"""Coins, fills and holdings, as the indexer knows them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, or_, select

from core.adapters.db.session import Session, columns, to_record
from core.adapters.db.tables import coins, fills, holdings
from core.adapters.db.types import clean, fold
from core.ports.rows import Coin, FillRow

_NEWEST = (coins.c.launched_at.desc(), coins.c.launch_slot.desc(), coins.c.mint)
_LAST_CHARACTER = "\U0010ffff"


class SqlCoins:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, mint: str) -> Coin | None:
        row = await self._session.get(select(coins).where(coins.c.mint == mint))
        return None if row is None else to_record(Coin, row)

    async def by_ticker(self, ticker: str) -> list[Coin]:
        return await self._coins(
            select(coins)
            .where(coins.c.ticker_fold == fold(ticker))
            .order_by(coins.c.launched_at, coins.c.launch_slot, coins.c.mint)
        )

    async def newest(self, limit: int, offset: int = 0) -> list[Coin]:
        return await self._coins(select(coins).order_by(*_NEWEST).limit(limit).offset(offset))

    async def search(self, text: str, limit: int) -> list[Coin]:
        wanted = fold(text)
        mint = clean(text)
        exact = case((coins.c.mint == mint, 0), (coins.c.ticker_fold == wanted, 0), else_=1)
        return await self._coins(
            select(coins)
            .where(
                or_(
                    _begins(coins.c.ticker_fold, wanted),
                    _begins(coins.c.name_fold, wanted),
                    coins.c.mint == mint,
                )
            )
            .order_by(exact, *_NEWEST)
            .limit(limit)
        )

    async def complete(self, limit: int) -> list[str]:
        return await self._mints(coins.c.complete, limit=limit)

    async def almost_complete(self, virtual_tokens: int, limit: int) -> list[str]:
        few = coins.c.virtual_tokens <= virtual_tokens
        return await self._mints(coins.c.complete.is_(False), few, limit=limit)

    async def on_pools(self, after: str, limit: int) -> list[Coin]:
        found = select(coins).where(coins.c.pool.is_not(None), coins.c.mint > after)
        return await self._coins(found.order_by(coins.c.mint).limit(limit))

    async def put(self, coin: Coin) -> None:
        values = {**columns(coin), "name_fold": fold(coin.name), "ticker_fold": fold(coin.ticker)}
        insert = self._session.insert(coins).values(values)
        rest = {name: insert.excluded[name] for name in values if name != "mint"}
        not_older = insert.excluded.sequence >= coins.c.sequence
        await self._session.run(
            insert.on_conflict_do_update(index_elements=[coins.c.mint], set_=rest, where=not_older)
        )

    async def add_fill(self, fill: FillRow) -> bool:
        added = await self._session.one(
            self._session.insert(fills)
            .values(columns(fill))
            .on_conflict_do_nothing(index_elements=[fills.c.mint, fills.c.sequence])
            .returning(fills.c.sequence)
        )
        return added is not None

    async def fills(self, mint: str, limit: int) -> list[FillRow]:
        rows = await self._session.all(
            select(fills).where(fills.c.mint == mint).order_by(fills.c.sequence.desc()).limit(limit)
        )
        return [to_record(FillRow, row) for row in rows]

    async def fills_of_trader(self, trader: str) -> list[FillRow]:
        rows = await self._session.all(
            select(fills)
            .where(fills.c.trader == trader)
            .order_by(fills.c.slot, fills.c.mint, fills.c.sequence)
        )
        return [to_record(FillRow, row) for row in rows]

    async def add_holding(self, mint: str, owner: str, delta: int) -> int:
        await self._session.alone("holding", mint, owner)
        mine = (holdings.c.mint == mint, holdings.c.owner == owner)
        row = await self._session.one(select(holdings.c.atoms).where(*mine))
        before: int = 0 if row is None else row.atoms
        # Coins that came by a transfer aren't in the index: selling them doesn't leave a debt.
        after = max(before + delta, 0)
        if after:
            insert = self._session.insert(holdings).values(mint=mint, owner=owner, atoms=after)
            key = [holdings.c.mint, holdings.c.owner]
            await self._session.run(insert.on_conflict_do_update(index_elements=key, set_={"atoms": after}))
        elif before:
            await self._session.run(delete(holdings).where(*mine))
        return await self._session.number(select(func.count()).where(holdings.c.mint == mint))

    async def holders(self, mint: str, limit: int) -> list[tuple[str, int]]:
        rows = await self._session.all(
            select(holdings.c.owner, holdings.c.atoms)
            .where(holdings.c.mint == mint)
            .order_by(holdings.c.atoms.desc(), holdings.c.owner)
            .limit(limit)
        )
        return [(row.owner, row.atoms) for row in rows]

    async def _mints(self, *conditions: ColumnElement[bool], limit: int) -> list[str]:
        """Of coins on their curves."""
        query = (
            select(coins.c.mint)
            .where(coins.c.pool.is_(None), *conditions)
            .order_by(coins.c.launched_at, coins.c.mint)
        )
        return [row.mint for row in await self._session.all(query.limit(limit))]

    async def _coins(self, statement: Select[Any]) -> list[Coin]:
        return [to_record(Coin, row) for row in await self._session.all(statement)]


def _begins(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """A range, which an index serves and which has no wildcards to escape, unlike LIKE."""
    return and_(column >= prefix, column <= prefix + _LAST_CHARACTER)
