"""Chain to database: every call of the program is replayed through `core.domain.curve`.

Idempotent and gap-free: a transaction's effects and the cursor that says it was applied are one unit of
work; (mint, sequence) is unique; at the end of a catch-up each coin that moved is compared with the chain,
and what differs is said in the log and mended from the chain's own account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog

from core.domain import curve
from core.domain.calls import Bought, Call, Graduated, Launched, ProgramTransaction, Sold, Touched
from core.domain.curve import CurveError, CurveState, Fill
from core.domain.money import Lamports
from core.ports.bell import EVENTS, Bell
from core.ports.chain import ChainAway
from core.ports.chain_log import ChainLog
from core.ports.ids import Clock
from core.ports.rows import Coin, FillRow
from core.ports.store import Store, Work
from core.usecases import index_pools
from core.usecases.big_buys import tell_buy
from core.usecases.market_book import Book, Market, load_market, save_market

log = structlog.get_logger()

CURSOR = "indexer"
BATCH = 4  # transactions in one unit of work: it holds the write lock, and people press meanwhile


@dataclass
class IndexChain:
    store: Store
    chain_log: ChainLog
    bell: Bell
    clock: Clock
    slot: int = 0  # of the last transaction that was applied since the start
    _moved: set[str] = field(default_factory=set)  # mints to compare when we have caught up

    async def next(self) -> int:
        """Applies what came since; how many transactions. Raises `ChainAway`, `StoreAway`."""
        async with self.store.read() as work:
            at = await _cursor(work)
        transactions = await self.chain_log.after(at, BATCH)
        if transactions and not await self._apply(transactions, at):
            return 0  # another indexer went on from here
        if len(transactions) < BATCH:
            while self._moved:
                await self._compare(next(iter(self._moved)))
        return len(transactions)

    async def _apply(self, transactions: Sequence[ProgramTransaction], after: str | None) -> bool:
        """A batch and the cursor after it, in one unit of work, unless the index has left `after`; whether
        it was applied."""
        launched = [call.mint for tx in transactions for call in tx.calls if isinstance(call, Launched)]
        terms = {mint: await self._terms(mint) for mint in launched}
        moved: set[str] = set()
        async with self.store.begin() as work:
            if await _cursor(work) != after:
                return False
            book = Book(work)
            for transaction in transactions:
                for call in transaction.calls:
                    moved |= await self._call(book, transaction, call, terms)
            await book.save()
            await work.cursors.set(CURSOR, {"signature": transactions[-1].signature})
        self.slot = transactions[-1].slot
        if moved:
            self._moved |= moved
            await self.bell.ring(EVENTS)
        return True

    async def _terms(self, mint: str) -> CurveState:
        """Raises `ChainAway` for a node that lags behind the one that listed the launch: a curve is never closed."""
        terms = await self.chain_log.terms(mint)
        if terms is None:
            raise ChainAway(f"no curve of {mint}: a node that is behind")
        return terms

    async def _call(
        self, book: Book, transaction: ProgramTransaction, call: Call, terms: dict[str, CurveState]
    ) -> set[str]:
        if isinstance(call, Touched):
            await self._touched(book, call)
            return set()
        if isinstance(call, Launched):
            await self._launched(book, transaction, call, terms[call.mint])
            return {call.mint}
        if isinstance(call, Graduated):
            await self._graduated(book, transaction, call)
            return {call.mint}
        return {call.mint} if await self._traded(book, transaction, call) else set()

    async def _launched(
        self, book: Book, transaction: ProgramTransaction, call: Launched, terms: CurveState
    ) -> None:
        if await book.market(call.mint) is not None:
            log.info("indexer.launch_known", mint=call.mint)
            return
        box = await book.work.boxes.by_mint(call.mint)
        coin = Coin(
            mint=call.mint,
            name=call.name,
            ticker=call.ticker,
            uri=call.uri,
            creator=call.creator,
            image=None if box is None else box.image,
            launched_at=transaction.time,
            launch_slot=transaction.slot,
            sequence=1,
            virtual_sol=int(terms.virtual_sol),
            virtual_tokens=int(terms.virtual_tokens),
            initial_virtual_sol=int(terms.initial_sol),
            real_sol=0,
            volume=0,
            holders=0,
            complete=False,
        )
        book.put(coin, Market(1, terms))
        await book.work.cursors.set(f"curve-of:{call.curve}", {"mint": call.mint})
        await book.work.events.add("coin.launched", {"mint": call.mint}, self.clock.now())

    async def _traded(self, book: Book, transaction: ProgramTransaction, call: Bought | Sold) -> bool:
        coin, market = await book.coin(call.mint), await book.market(call.mint)
        if coin is None or market is None:
            log.error("indexer.trade_without_coin", mint=call.mint, signature=transaction.signature)
            return False
        try:
            state, fill = _replay(market.state, call, transaction.slot)
        except CurveError as impossible:
            # It succeeded on chain, so our state is not the chain's: `_compare` mends it.
            log.error("indexer.replay_refused", mint=call.mint, reason=str(impossible))
            book.put(coin, replace(market, sequence=market.sequence + 1))
            return True
        sequence = market.sequence + 1
        row = _fill_row(transaction, call, fill, state, sequence)
        if not await book.work.coins.add_fill(row):
            return False
        delta = row.atoms if row.side == "buy" else -row.atoms
        holders = await book.work.coins.add_holding(call.mint, call.trader, delta)
        after = _with_state(coin, sequence, state)
        after = replace(after, volume=coin.volume + row.lamports, holders=holders)
        book.put(after, Market(sequence, state))
        await tell_buy(book.work, row, self.clock.now())
        if after.complete and not coin.complete:
            await book.work.events.add("coin.complete", {"mint": call.mint}, self.clock.now())
        return True

    async def _graduated(self, book: Book, transaction: ProgramTransaction, call: Graduated) -> None:
        coin, market = await book.coin(call.mint), await book.market(call.mint)
        if coin is None or market is None:
            log.error("indexer.graduation_without_coin", mint=call.mint, signature=transaction.signature)
            return
        after = Market(market.sequence + 1, replace(market.state, graduated=True, real_sol=Lamports(0)))
        book.put(_on_pool(coin, call, after.sequence), after)
        await index_pools.begin(book.work, call, transaction.signature, after.sequence)
        await book.work.events.add("coin.graduated", {"mint": call.mint}, self.clock.now())

    async def _touched(self, book: Book, call: Touched) -> None:
        known = await book.work.cursors.get(f"curve-of:{call.curve}")
        coin = None if known is None else await book.coin(known["mint"])
        market = None if coin is None else await book.market(coin.mint)
        if coin is not None and market is not None:
            book.put(coin, replace(market, sequence=market.sequence + 1))

    async def _compare(self, mint: str) -> None:
        """Holds the replay against the chain's account, unless the chain has gone on meanwhile."""
        found = await self.chain_log.market(mint)
        self._moved.discard(mint)
        async with self.store.begin() as work:
            market, coin = await load_market(work, mint), await work.coins.get(mint)
            if found is None or market is None or coin is None or found[0] != market.sequence:
                return
            ours, theirs = market.state, found[1]
            if (ours.virtual_sol, ours.virtual_tokens) == (theirs.virtual_sol, theirs.virtual_tokens):
                return
            log.error("indexer.differs", mint=mint, sequence=market.sequence)
            if coin.pool is None:
                await work.coins.put(_with_state(coin, market.sequence, theirs))
            await save_market(work, mint, Market(market.sequence, theirs))


def _replay(state: CurveState, call: Bought | Sold, slot: int) -> tuple[CurveState, Fill]:
    if isinstance(call, Bought):
        return curve.buy(state, call.max_in, call.min_out, slot)
    return curve.sell(state, call.atoms, call.min_out)


def _fill_row(
    transaction: ProgramTransaction, call: Call, fill: Fill, state: CurveState, sequence: int
) -> FillRow:
    assert isinstance(call, Bought | Sold)
    return FillRow(
        mint=call.mint,
        sequence=sequence,
        signature=transaction.signature,
        slot=transaction.slot,
        time=transaction.time,
        trader=call.trader,
        side=fill.side,
        lamports=int(fill.spent if fill.side == "buy" else fill.paid),
        atoms=int(fill.atoms),
        fee=int(fill.fee),
        virtual_sol=int(state.virtual_sol),
        virtual_tokens=int(state.virtual_tokens),
    )


def _with_state(coin: Coin, sequence: int, state: CurveState) -> Coin:
    return replace(
        coin,
        sequence=sequence,
        virtual_sol=int(state.virtual_sol),
        virtual_tokens=int(state.virtual_tokens),
        real_sol=int(state.real_sol),
        complete=state.complete,
    )


def _on_pool(coin: Coin, call: Graduated, sequence: int) -> Coin:
    return replace(
        coin,
        sequence=sequence,
        virtual_sol=call.sol,
        virtual_tokens=call.atoms,
        real_sol=0,
        complete=True,
        pool=call.pool,
    )


async def _cursor(work: Work) -> str | None:
    """The last transaction that was applied."""
    signature: str | None = (await work.cursors.get(CURSOR) or {}).get("signature")
    return signature
