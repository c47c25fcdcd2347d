"""Pools of the chain in memory: what a swap does to its books, by `core.domain.pool`."""

from __future__ import annotations

from dataclasses import replace

from core.domain import pool
from core.domain.graduation import Split
from core.domain.intent import PoolBuyIntent, PoolSellIntent
from core.domain.pool import PoolError, PoolErrorCode, PoolState, Rates
from core.ports.chain import CoinPool
from tests.fakes.chain_books import Books, Refused

RATES = Rates(trade=2_500, protocol=120_000, fund=40_000)
WSOL_RENT = 2_039_280  # held while a swap runs
REFUSED = {
    PoolErrorCode.NOT_OPEN: "pool-closed",
    PoolErrorCode.ZERO_AMOUNT: "amount-dust",  # one code of Anchor's for both
    PoolErrorCode.ZERO_OUTPUT: "amount-dust",
    PoolErrorCode.SLIPPAGE_EXCEEDED: "slippage",
}


def opened(split: Split, raydium_set: int) -> CoinPool:
    """The pool that a graduation makes."""
    return CoinPool(PoolState(split.sol, split.tokens, RATES), raydium_set)


def swap(
    books: Books, intent: PoolBuyIntent | PoolSellIntent, wallet: str, account_rent: int
) -> tuple[int, int, int]:
    """Lamports, atoms and the pool's fee, in what went in. Raises `Refused`, as the chain refuses."""
    found = books.pools.get(intent.mint)
    if found is None or found.raydium_set != intent.raydium_set:
        raise Refused("chain-refused")
    if found.state.stopped:
        raise Refused("pool-closed")
    key = (wallet, intent.mint)
    if key not in books.atoms:
        books.take(wallet, account_rent)
        books.atoms[key] = 0
    books.take(wallet, WSOL_RENT)
    try:
        if isinstance(intent, PoolBuyIntent):
            books.take(wallet, intent.lamports)
            state, fill = pool.buy(found.state, intent.lamports, intent.min_out)
            books.atoms[key] += fill.atoms
        else:
            if books.atoms[key] < intent.amount:
                raise Refused("balance-short")
            state, fill = pool.sell(found.state, intent.amount, intent.min_out)
            books.atoms[key] -= fill.atoms
            books.pay(wallet, fill.sol)
    except PoolError as error:
        raise Refused(REFUSED[error.code]) from error
    books.pay(wallet, WSOL_RENT)
    books.pools[intent.mint] = replace(found, state=state)
    return int(fill.sol), int(fill.atoms), fill.fee
