"""Pools to database: a coin that has graduated keeps its price, its volume and its holders.

One question for many pools tells which of them have changed; those are visited, a few a round. Each has a cursor of
its own: a pool's transactions and the cursor that says they were applied are one unit of work. Reserves follow what
transactions moved; when there are no more they are compared with the pool's accounts, and mended from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from core.domain.calls import Graduated
from core.domain.pool_calls import PoolCall, PoolTransaction, Swapped
from core.ports.bell import EVENTS, Bell
from core.ports.chain import ChainAway
from core.ports.ids import Clock
from core.ports.pool_log import PoolLog
from core.ports.rows import Coin, FillRow
from core.ports.store import Store, Work
from core.usecases.big_buys import tell_buy

log = structlog.get_logger()

LOOKED_AT = 50  # pools that one question asks about, by both their vaults
VISITED = 4  # of those that changed, in one round: the program's log has its turn in between
BATCH = 4  # transactions in one unit of work, as for the program's


@dataclass(frozen=True, slots=True)
class _At:
    """A pool's replay: after which transaction and which fill, with how many lamports and atoms in it."""

    signature: str
    sequence: int
    sol: int
    atoms: int


async def begin(work: Work, call: Graduated, signature: str, sequence: int) -> None:
    """From here on the coin's pool is followed; `sequence` of the graduation."""
    await _save(work, call.mint, _At(signature, sequence, call.sol, call.atoms))


@dataclass
class IndexPools:
    store: Store
    pool_log: PoolLog
    bell: Bell
    clock: Clock
    _page: str = ""  # the mint after which the next pools are looked at
    _seen: dict[str, int] = field(default_factory=dict)  # marks of pools that were applied and compared

    async def next(self) -> int:
        """Looks at the next pools; how many transactions were applied. Raises `ChainAway`, `StoreAway`."""
        async with self.store.read() as work:
            mints = [coin.mint for coin in await work.coins.on_pools(self._page, LOOKED_AT)]
        marks = await self.pool_log.marks(mints) if mints else {}
        changed = [mint for mint, mark in marks.items() if self._seen.get(mint) != mark]
        # Those behind the last one visited come next, so that a few pools with always something new keep none waiting.
        rest = len(changed) > VISITED
        self._page = changed[VISITED - 1] if rest else mints[-1] if len(mints) == LOOKED_AT else ""
        applied = 0
        for mint in changed[:VISITED]:
            try:
                done = await self._visit(mint)
            except ChainAway as away:
                # One pool that a node does not tell of must not stop the others.
                log.warning("indexer.pool_away", mint=mint, error=str(away))
                continue
            if not done:
                self._seen[mint] = marks[mint]  # of before the visit: what came since changes it again
            applied += done
        return applied

    async def _visit(self, mint: str) -> int:
        async with self.store.read() as work:
            at = await _load(work, mint)
        if at is None:
            return 0
        # Before what is new is asked for: nothing new then means that these are the reserves after `at`.
        reserves = await self.pool_log.reserves(mint)
        transactions = await self.pool_log.after(mint, at.signature, BATCH)
        if transactions:
            return len(transactions) if await self._apply(mint, transactions, at) else 0
        if reserves is not None and reserves != (at.sol, at.atoms):
            await self._mend(mint, at, reserves)
        return 0

    async def _apply(self, mint: str, transactions: Sequence[PoolTransaction], at: _At) -> bool:
        """A batch and the cursor after it, unless the index has left `at`; whether it was applied."""
        async with self.store.begin() as work:
            coin = await work.coins.get(mint)
            if coin is None or await _load(work, mint) != at:
                return False
            for transaction in transactions:
                for call in transaction.calls:
                    at = _moved(at, call)
                    if isinstance(call, Swapped):
                        at = replace(at, sequence=at.sequence + 1)
                        coin = await self._swapped(work, coin, transaction, call, at)
            await work.coins.put(replace(coin, virtual_sol=at.sol, virtual_tokens=at.atoms))
            await _save(work, mint, replace(at, signature=transactions[-1].signature))
        await self.bell.ring(EVENTS)
        return True

    async def _swapped(
        self, work: Work, coin: Coin, transaction: PoolTransaction, call: Swapped, at: _At
    ) -> Coin:
        row = FillRow(
            mint=coin.mint,
            sequence=at.sequence,
            signature=transaction.signature,
            slot=transaction.slot,
            time=transaction.time,
            trader=call.trader,
            side=call.side,
            lamports=call.lamports,
            atoms=call.atoms,
            fee=0,
            virtual_sol=at.sol,
            virtual_tokens=at.atoms,
        )
        await work.coins.add_fill(row)
        delta = call.atoms if call.side == "buy" else -call.atoms
        holders = await work.coins.add_holding(coin.mint, call.trader, delta)
        await tell_buy(work, row, self.clock.now())
        return replace(coin, volume=coin.volume + call.lamports, holders=holders)

    async def _mend(self, mint: str, at: _At, reserves: tuple[int, int]) -> None:
        """What the accounts say is right: something happened in the pool that we don't read."""
        log.warning("indexer.pool_differs", mint=mint, after=at.signature)
        sol, atoms = reserves
        async with self.store.begin() as work:
            coin = await work.coins.get(mint)
            if coin is None or await _load(work, mint) != at:
                return
            await work.coins.put(replace(coin, virtual_sol=sol, virtual_tokens=atoms))
            await _save(work, mint, replace(at, sol=sol, atoms=atoms))


def _moved(at: _At, call: PoolCall) -> _At:
    """Transfers to a pool's vaults don't name the pool, so that more may come out than we saw go in. Of either at
    least one is left then, as in the pool, until `_mend` says how many."""
    return replace(at, sol=max(1, at.sol + call.pool_sol), atoms=max(1, at.atoms + call.pool_atoms))


async def _load(work: Work, mint: str) -> _At | None:
    stored = await work.cursors.get(f"pool:{mint}")
    return None if stored is None else _At(**stored)


async def _save(work: Work, mint: str, at: _At) -> None:
    value: dict[str, Any] = {
        "signature": at.signature,
        "sequence": at.sequence,
        "sol": at.sol,
        "atoms": at.atoms,
    }
    await work.cursors.set(f"pool:{mint}", value)
