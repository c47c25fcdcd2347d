"""The pool's arithmetic: what holds of every swap. That it is the chain's: tests/contracts/test_raydium_swap.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.curve import SUPPLY, min_out
from core.domain.money import Bps, Lamports, OutOfRange, TokenAtoms
from core.domain.pool import (
    RATE,
    PoolError,
    PoolErrorCode,
    PoolFill,
    PoolState,
    Rates,
    buy,
    buy_exact,
    price_impact_bps,
    quote_buy,
    quote_sell,
    sell,
    sell_exact,
)

TIER_0 = Rates(trade=2_500, protocol=120_000, fund=40_000)
START = PoolState(Lamports(85_005_359_057), TokenAtoms(206_900_000_000_000), TIER_0)


def sizes(least: int) -> st.SearchStrategy[int]:
    """Whole numbers of every length up to 2^60."""
    return st.integers(0, 60).flatmap(lambda bits: st.integers(least, 2**bits))


rates = st.builds(
    Rates,
    trade=st.sampled_from([2_500, 0, 1, 10_000, 500_000, RATE - 1]),
    protocol=st.integers(0, RATE // 2),
    fund=st.integers(0, RATE // 2),
)
pools = st.builds(PoolState, sol=sizes(1).map(Lamports), tokens=sizes(1).map(TokenAtoms), rates=rates)
Swap = Callable[..., tuple[PoolState, PoolFill]]
swaps = st.sampled_from([buy, sell, buy_exact, sell_exact])


def product(pool: PoolState) -> int:
    return pool.sol * pool.tokens


@given(pool=pools, swap=swaps, amount=sizes(1))
def test_no_swap_takes_from_the_pool(pool: PoolState, swap: Swap, amount: int) -> None:
    """The product of the reserves never falls, even after Raydium's shares of the fee have left."""
    try:
        after, fill = swap(pool, amount)
    except (PoolError, OutOfRange):
        return  # refused: nothing happened
    assert product(after) >= product(pool)
    assert after.sol > 0
    assert after.tokens > 0
    assert fill.protocol_fee + fill.fund_fee <= fill.fee


@given(pool=pools, lamports=sizes(1))
def test_there_and_back_never_profits(pool: PoolState, lamports: int) -> None:
    try:
        bought, fill = buy(pool, lamports)
        _, back = sell(bought, fill.atoms)
    except (PoolError, OutOfRange):
        return  # refused: nothing happened
    assert back.sol <= lamports


@given(pool=pools, amount=sizes(1), side=st.sampled_from([buy, sell]))
def test_the_cost_of_an_output_buys_at_least_that(pool: PoolState, amount: int, side: Swap) -> None:
    """The exact form asks for enough, at every rounding."""
    try:
        if side is buy:
            assert buy(pool, buy_exact(pool, amount)[1].sol)[1].atoms >= amount
        else:
            assert sell(pool, sell_exact(pool, amount)[1].atoms)[1].sol >= amount
    except (PoolError, OutOfRange):
        return  # refused: nothing happened


@given(pool=pools, first=sizes(1), second=sizes(1))
def test_a_buy_in_two_parts_gives_no_more(pool: PoolState, first: int, second: int) -> None:
    """Each part rounds its fee up, and what stays of the first one's makes the second's price no better."""
    try:
        whole = quote_buy(pool, first + second)
        between, one = buy(pool, first)
        two = quote_buy(between, second)
    except (PoolError, OutOfRange):
        return  # refused: nothing happened
    assert one.atoms + two.atoms <= whole.atoms


@given(pool=pools, swap=swaps, amount=sizes(1))
def test_a_limit_is_met_exactly_or_refused(pool: PoolState, swap: Swap, amount: int) -> None:
    try:
        _, fill = swap(pool, amount)
    except (PoolError, OutOfRange):
        return  # refused: nothing happened
    bought = swap in (buy, buy_exact)
    given_, taken = (fill.sol, fill.atoms) if bought else (fill.atoms, fill.sol)
    limit, tighter = (taken, taken + 1) if swap in (buy, sell) else (given_, given_ - 1)
    assert swap(pool, amount, limit)[1] == fill
    with pytest.raises(PoolError) as refused:
        swap(pool, amount, tighter)
    assert refused.value.code is PoolErrorCode.SLIPPAGE_EXCEEDED


@pytest.mark.parametrize("swap", [buy, sell, buy_exact, sell_exact])
@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_swap(swap: Swap, amount: int) -> None:
    with pytest.raises(PoolError) as refused:
        swap(START, amount)
    assert refused.value.code is PoolErrorCode.ZERO_AMOUNT


def test_what_is_all_fee_gives_nothing() -> None:
    with pytest.raises(PoolError) as refused:
        quote_buy(START, 1)
    assert refused.value.code is PoolErrorCode.ZERO_OUTPUT


@pytest.mark.parametrize("more", [0, 1])
def test_the_whole_reserve_is_for_nobody(more: int) -> None:
    for exact, reserve in ((buy_exact, START.tokens), (sell_exact, START.sol)):
        with pytest.raises(PoolError) as refused:
            exact(START, reserve + more)
        assert refused.value.code is PoolErrorCode.EXCEEDS_RESERVE
        assert exact(START, reserve // 2)[1].fee > 0


@pytest.mark.parametrize(
    ("pool", "now"),
    [
        (PoolState(START.sol, START.tokens, TIER_0, open_time=100), 99),
        (PoolState(START.sol, START.tokens, TIER_0, stopped=True), 10**10),
    ],
)
def test_a_pool_that_is_not_open(pool: PoolState, now: int) -> None:
    with pytest.raises(PoolError) as refused:
        pool.check_open(now)
    assert refused.value.code is PoolErrorCode.NOT_OPEN


def test_the_market_cap_is_the_price_of_all_atoms() -> None:
    assert START.market_cap == START.sol * SUPPLY // START.tokens == 410_852_387_902


def test_slippage_is_what_the_curve_takes_for_it() -> None:
    """`core.domain.curve.min_out` serves both markets."""
    fill = quote_buy(START, 10**9)
    assert min_out(fill.atoms, Bps(100)) == -(-fill.atoms * 9_900 // 10_000)


@given(amount=st.integers(10**9, 10**15), quote=st.sampled_from([quote_buy, quote_sell]))
def test_impact_grows_with_size(amount: int, quote: Callable[[PoolState, int], PoolFill]) -> None:
    fill, larger = quote(START, amount), quote(START, amount * 2)
    assert price_impact_bps(START, fill) <= price_impact_bps(START, larger) + 1


def test_impact_of_a_known_size() -> None:
    """Net of the fee, as much SOL as the pool has halves what the price would have given."""
    net = START.sol
    lamports = -(-net * RATE // (RATE - TIER_0.trade))
    assert price_impact_bps(START, quote_buy(START, lamports)) == 5_000
    assert price_impact_bps(START, quote_buy(START, 10**6)) == 0
