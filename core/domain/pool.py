"""A graduated coin's pool on Raydium's CPMM, to the atom as that program computes it. Pure integers.

Constant product: with reserves Ri of the input and Ro of the output, an input x pays the trade fee
ceil(x * rate / 10^6), and what is left of it, n, gives floor(n * Ro / (Ri + n)). An output y costs
n = ceil(Ri * y / (Ro - y)), and ceil(n * 10^6 / (10^6 - rate)) with the fee. The fee is in the input's token;
Raydium's shares of it leave the reserve, the rest stays. tests/contracts/test_raydium_swap.py holds every quote to
the binary.

`buy`, `sell` and their exact-output forms map (state, arguments) to (next state, fill), as
`core.domain.curve` does for the curve.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from core.domain.curve import market_cap
from core.domain.money import BPS, U64_MAX, Bps, Lamports, TokenAtoms

RATE = 10**6
"""Rates are parts of this: a trade rate of 2,500 is 0.25 %."""


class PoolErrorCode(StrEnum):
    """Why a swap is refused."""

    NOT_OPEN = "NotOpen"  # before its opening time, or stopped by Raydium
    ZERO_AMOUNT = "ZeroAmount"
    ZERO_OUTPUT = "ZeroOutput"
    SLIPPAGE_EXCEEDED = "SlippageExceeded"
    EXCEEDS_RESERVE = "ExceedsReserve"  # as much as the pool holds, or more: no price buys that


class PoolError(Exception):
    """The pool refuses a swap, as Raydium's program would."""

    def __init__(self, code: PoolErrorCode) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class Rates:
    """A fee tier, in parts of `RATE`. `trade` is of the input; `protocol` and `fund` are of the trade fee."""

    trade: int
    protocol: int
    fund: int


@dataclass(frozen=True, slots=True)
class PoolState:
    """A coin's pool as swaps see it. Reserves leave out what Raydium has taken and not yet collected."""

    sol: Lamports
    tokens: TokenAtoms
    rates: Rates
    open_time: int = 0  # unix seconds; no swap before it
    stopped: bool = False  # Raydium allows no swaps here

    @property
    def market_cap(self) -> Lamports:
        """Price of an atom times the supply, lamports, rounded down."""
        return market_cap(self.sol, self.tokens)

    def check_open(self, now: int) -> None:
        """Raises `PoolError` if no swap may happen at `now`, unix seconds."""
        if self.stopped or now < self.open_time:
            raise PoolError(PoolErrorCode.NOT_OPEN)


@dataclass(frozen=True, slots=True)
class PoolFill:
    """What a swap does. `fee` is part of what goes in: lamports of a buy, atoms of a sell."""

    side: Literal["buy", "sell"]
    sol: Lamports  # in with a buy, fee included; out with a sell
    atoms: TokenAtoms  # out with a buy; in with a sell, fee included
    fee: int
    protocol_fee: int  # these two leave the reserve, the rest of the fee stays in it
    fund_fee: int


def buy(pool: PoolState, lamports: int, min_out: int = 0) -> tuple[PoolState, PoolFill]:
    """All of `lamports` for coins: `swap_base_input`. Raises `PoolError`."""
    fee, out = _base_input(pool.sol, pool.tokens, lamports, pool.rates)
    _check_output(out, min_out)
    return _bought(pool, Lamports(lamports), TokenAtoms(out), fee)


def sell(pool: PoolState, atoms: int, min_out: int = 0) -> tuple[PoolState, PoolFill]:
    """All of `atoms` for SOL: `swap_base_input`. Raises `PoolError`."""
    fee, out = _base_input(pool.tokens, pool.sol, atoms, pool.rates)
    _check_output(out, min_out)
    return _sold(pool, Lamports(out), TokenAtoms(atoms), fee)


def buy_exact(pool: PoolState, atoms: int, max_in: int = U64_MAX) -> tuple[PoolState, PoolFill]:
    """Just `atoms`, for at most `max_in` lamports: `swap_base_output`. Raises `PoolError`."""
    fee, cost = _base_output(pool.sol, pool.tokens, atoms, pool.rates)
    _check_cost(cost, max_in)
    return _bought(pool, Lamports(cost), TokenAtoms(atoms), fee)


def sell_exact(pool: PoolState, lamports: int, max_in: int = U64_MAX) -> tuple[PoolState, PoolFill]:
    """Just `lamports`, for at most `max_in` atoms: `swap_base_output`. Raises `PoolError`."""
    fee, cost = _base_output(pool.tokens, pool.sol, lamports, pool.rates)
    _check_cost(cost, max_in)
    return _sold(pool, Lamports(lamports), TokenAtoms(cost), fee)


def quote_buy(pool: PoolState, lamports: int) -> PoolFill:
    """What `buy` would give now, with no limit on the price. Raises `PoolError`."""
    return buy(pool, lamports)[1]


def quote_sell(pool: PoolState, atoms: int) -> PoolFill:
    """What `sell` would give now, with no limit on the price. Raises `PoolError`."""
    return sell(pool, atoms)[1]


def price_impact_bps(pool: PoolState, fill: PoolFill) -> Bps:
    """How much the swap's own size worsens its average price, fee apart; to the nearest bps.

    As on the curve: the share of what the present price would have given that the swap does not get.
    """
    sol, atoms = fill.sol, fill.atoms
    net_sol, net_atoms = (sol - fill.fee, atoms) if fill.side == "buy" else (sol, atoms - fill.fee)
    smaller, larger = sorted((net_atoms * pool.sol, net_sol * pool.tokens))
    return Bps(((larger - smaller) * BPS * 2 + larger) // (larger * 2))


def _base_input(reserve_in: int, reserve_out: int, given: int, rates: Rates) -> tuple[int, int]:
    """The fee and the output."""
    if given <= 0:
        raise PoolError(PoolErrorCode.ZERO_AMOUNT)
    fee = _ceil_div(given * rates.trade, RATE)
    net = given - fee
    return fee, net * reserve_out // (reserve_in + net)


def _base_output(reserve_in: int, reserve_out: int, wanted: int, rates: Rates) -> tuple[int, int]:
    """The fee and the input, fee included."""
    if wanted <= 0:
        raise PoolError(PoolErrorCode.ZERO_AMOUNT)
    if wanted >= reserve_out:
        raise PoolError(PoolErrorCode.EXCEEDS_RESERVE)
    net = _ceil_div(reserve_in * wanted, reserve_out - wanted)
    cost = _ceil_div(net * RATE, RATE - rates.trade)
    return cost - net, cost


def _check_output(out: int, least: int) -> None:
    if out == 0:
        raise PoolError(PoolErrorCode.ZERO_OUTPUT)
    if out < least:
        raise PoolError(PoolErrorCode.SLIPPAGE_EXCEEDED)


def _check_cost(cost: int, most: int) -> None:
    if cost > most:
        raise PoolError(PoolErrorCode.SLIPPAGE_EXCEEDED)


def _bought(pool: PoolState, sol: Lamports, atoms: TokenAtoms, fee: int) -> tuple[PoolState, PoolFill]:
    protocol, fund = _shares(pool.rates, fee)
    after = replace(
        pool, sol=Lamports(pool.sol + sol - protocol - fund), tokens=TokenAtoms(pool.tokens - atoms)
    )
    return after, PoolFill("buy", sol, atoms, fee, protocol, fund)


def _sold(pool: PoolState, sol: Lamports, atoms: TokenAtoms, fee: int) -> tuple[PoolState, PoolFill]:
    protocol, fund = _shares(pool.rates, fee)
    after = replace(
        pool, sol=Lamports(pool.sol - sol), tokens=TokenAtoms(pool.tokens + atoms - protocol - fund)
    )
    return after, PoolFill("sell", sol, atoms, fee, protocol, fund)


def _shares(rates: Rates, fee: int) -> tuple[int, int]:
    """The protocol's and the fund's, rounded down."""
    return fee * rates.protocol // RATE, fee * rates.fund // RATE


def _ceil_div(a: int, b: int) -> int:
    return -(-a // b)
