"""Where a coin trades now, curve or pool, and what a trade would do there: to the atom, as the chain would in this
slot. What it comes to is a quote, and the intent that binds the least to accept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from core.domain import curve, pool
from core.domain.curve import CurveError, CurveErrorCode, CurveState
from core.domain.errors import UserError
from core.domain.intent import BuyIntent, Intent, PoolBuyIntent, PoolSellIntent, SellIntent
from core.domain.money import ATOMS_PER_TOKEN, BPS, Bps, Lamports
from core.domain.pool import PoolError, PoolErrorCode, PoolFill
from core.ports.chain import Chain, CoinPool

SLIPPAGE = Bps(300)
WSOL_RENT = Lamports(
    2_100_000
)  # a swap wraps SOL: the account's rent, rounded up, comes back when it is done

_F = TypeVar("_F")
_CURVE_REFUSALS = {
    CurveErrorCode.ZERO_AMOUNT: "amount-zero",
    CurveErrorCode.ZERO_OUTPUT: "amount-dust",
    CurveErrorCode.CURVE_COMPLETE: "curve-complete",
    CurveErrorCode.GRADUATED: "coin-graduated",
    CurveErrorCode.EXCEEDS_SOLD: "amount-too-large",
    CurveErrorCode.SLIPPAGE_EXCEEDED: "slippage",
}
_POOL_REFUSALS = {
    PoolErrorCode.NOT_OPEN: "pool-closed",
    PoolErrorCode.ZERO_AMOUNT: "amount-zero",
    PoolErrorCode.ZERO_OUTPUT: "amount-dust",
    PoolErrorCode.EXCEEDS_RESERVE: "amount-too-large",
    PoolErrorCode.SLIPPAGE_EXCEEDED: "slippage",
}


@dataclass(frozen=True, slots=True)
class Priced:
    """A trade's price. lamports: spent by a buy, received by a sell. lent: what the wallet must hold besides,
    and gets back in the same transaction. quote: what cards show of it."""

    intent: Intent
    lamports: Lamports
    lent: Lamports
    quote: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CurveMarket:
    """deadline: the last slot in which a trade may land."""

    state: CurveState
    slot: int
    deadline: int

    def buy(self, mint: str, lamports: Lamports) -> Priced:
        """Raises `UserError` where the program would refuse."""
        fill = _asked(lambda: curve.quote_buy(self.state, lamports, self.slot))
        minimum = curve.min_out_for_buy(fill, lamports, SLIPPAGE)
        # A clamped fill takes less than was offered; what is shown is the least for what is taken.
        least = -(-minimum * fill.spent // lamports)
        intent = BuyIntent(mint, lamports, minimum, self.deadline)
        quote = self._quote(fill, least, curve.buy_fee(self.state, self.slot))
        return Priced(intent, fill.spent, Lamports(0), quote)

    def sell(self, mint: str, atoms: int) -> Priced:
        """Raises `UserError` where the program would refuse."""
        fill = _asked(lambda: curve.quote_sell(self.state, atoms))
        minimum = curve.min_out(fill.paid, SLIPPAGE)
        intent = SellIntent(mint, atoms, minimum, self.deadline)
        return Priced(intent, fill.paid, Lamports(0), self._quote(fill, minimum, self.state.fee))

    def _quote(self, fill: curve.Fill, least: int, fee_bps: Bps) -> dict[str, Any]:
        return _quote(
            venue="curve",
            atoms=int(fill.atoms),
            fee=int(fill.fee),
            fee_bps=int(fee_bps),
            min_out=int(least),
            impact_bps=int(curve.price_impact_bps(self.state, fill)),
            partial=fill.clamped,
            price=_price(self.state.virtual_sol, self.state.virtual_tokens),
        )


@dataclass(frozen=True, slots=True)
class PoolMarket:
    """A swap has no deadline of its own: its blockhash dies soon enough."""

    pool: CoinPool

    def buy(self, mint: str, lamports: Lamports) -> Priced:
        """Raises `UserError` where Raydium would refuse."""
        fill = _asked(lambda: pool.quote_buy(self.pool.state, lamports))
        minimum = curve.min_out(fill.atoms, SLIPPAGE)
        intent = PoolBuyIntent(mint, int(lamports), minimum, self.pool.raydium_set)
        return Priced(intent, lamports, WSOL_RENT, self._quote(fill, minimum) | {"fee": fill.fee})

    def sell(self, mint: str, atoms: int) -> Priced:
        """Raises `UserError` where Raydium would refuse."""
        fill = _asked(lambda: pool.quote_sell(self.pool.state, atoms))
        minimum = curve.min_out(fill.sol, SLIPPAGE)
        intent = PoolSellIntent(mint, atoms, minimum, self.pool.raydium_set)
        return Priced(intent, fill.sol, WSOL_RENT, self._quote(fill, minimum) | {"fee_atoms": fill.fee})

    def _quote(self, fill: PoolFill, least: int) -> dict[str, Any]:
        state = self.pool.state
        return _quote(
            venue="pool",
            atoms=int(fill.atoms),
            fee=0,
            fee_bps=-(-state.rates.trade * BPS // pool.RATE),
            min_out=least,
            impact_bps=int(pool.price_impact_bps(state, fill)),
            partial=False,
            price=_price(state.sol, state.tokens),
        )


async def market_of(chain: Chain, mint: str, seconds: int) -> CurveMarket | PoolMarket:
    """Where the coin trades now; on the curve for trades that land within `seconds`.

    Raises coin-unknown, pool-closed, `ChainAway`.
    """
    state = await chain.curve(mint)
    if state is None:
        raise UserError("coin-unknown", coin=mint, again=("new", {}))
    if not state.graduated:
        slot = await chain.slot()
        return CurveMarket(state, slot, slot + seconds * 10 // 4)  # at 0.4 s a slot
    found = await chain.pool(mint)
    if found is None or found.state.stopped:
        raise UserError("pool-closed")
    return PoolMarket(found)


def picosol(value: int) -> str:
    """A price in 10^-12 SOL as SOL for people, exact."""
    return f"{value // 10**12}.{value % 10**12:012d}".rstrip("0").rstrip(".")


def _price(sol: int, tokens: int) -> str:
    """SOL a token at these reserves, rounded down to 10^-12."""
    return picosol(sol * ATOMS_PER_TOKEN * 1_000 // tokens)


def _quote(**numbers: Any) -> dict[str, Any]:
    return {**numbers, "slippage_bps": int(SLIPPAGE)}


def _asked(price: Callable[[], _F]) -> _F:
    try:
        return price()
    except CurveError as refused:
        raise UserError(_CURVE_REFUSALS[refused.code]) from refused
    except PoolError as refused:
        raise UserError(_POOL_REFUSALS[refused.code]) from refused
