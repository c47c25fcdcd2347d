"""The bonding curve, to the atom as the program computes it. Pure integers; docs/program.md derives it.

With R lamports and T atoms of virtual reserves the product R * T never falls: every division rounds
against the trader. `buy` and `sell` map (state, arguments, slot) to (next state, fill); an indexer
replays a coin's whole life with them, a quote is the same call with the state thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from core.domain.money import BPS, U64_MAX, Bps, Lamports, TokenAtoms

SUPPLY = TokenAtoms(10**15)
"""S: constant total supply of every coin, 10^9 tokens of 6 decimals."""
INITIAL_TOKENS = TokenAtoms(69 * SUPPLY // 65)
"""T0: virtual token reserve at launch."""
FINAL_TOKENS = TokenAtoms(255_588_426_551_325)
"""T_END: virtual token reserve of a complete curve; 80.595 % of the supply is sold then."""
MIN_INITIAL_SOL = Lamports(5 * 10**9)
MAX_INITIAL_SOL = Lamports(500 * 10**9)
MAX_FEE = Bps(500)
MAX_SCHEDULE_FEE = Bps(9_900)

# Market cap is R / T * S and R * T is constant, so cap grows with R^2.
KOTH_MULTIPLE_X100 = 750
"""King of the Hill: 7.5 times the market cap at launch, in hundredths."""
GRADUATION_MULTIPLE_X100 = 1_725
"""Complete: 17.25 times the market cap at launch, in hundredths."""


class CurveErrorCode(StrEnum):
    """Why a trade is refused; each is the program's error of the same name."""

    ZERO_AMOUNT = "ZeroAmount"
    ZERO_OUTPUT = "ZeroOutput"
    SLIPPAGE_EXCEEDED = "SlippageExceeded"
    CURVE_COMPLETE = "CurveComplete"
    GRADUATED = "Graduated"
    EXCEEDS_SOLD = "ExceedsSold"


class CurveError(Exception):
    """The curve refuses a trade, as the program would."""

    def __init__(self, code: CurveErrorCode) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class CurveState:
    """A coin's market: what it copied at launch, its reserves, its fees. Amounts in lamports and atoms."""

    initial_sol: Lamports  # R0
    virtual_sol: Lamports  # R
    virtual_tokens: TokenAtoms  # T
    real_sol: Lamports
    protocol_fees: Lamports  # taken, not yet swept
    creator_fees: Lamports
    completed_sol: Lamports  # real_sol when T last reached its end; 0: not complete
    fee: Bps
    creator_fee: Bps
    schedule_fee: Bps
    schedule_slots: int
    launch_slot: int
    graduated: bool = False

    @classmethod
    def launch(
        cls,
        *,
        initial_sol: Lamports,
        fee: Bps,
        creator_fee: Bps,
        launch_slot: int,
        schedule_fee: Bps = Bps(0),  # noqa: B008 - an immutable int
        schedule_slots: int = 0,
    ) -> CurveState:
        """The state of a coin that was just launched on these terms."""
        zero = Lamports(0)
        return cls(
            initial_sol=initial_sol,
            virtual_sol=initial_sol,
            virtual_tokens=INITIAL_TOKENS,
            real_sol=zero,
            protocol_fees=zero,
            creator_fees=zero,
            completed_sol=zero,
            fee=fee,
            creator_fee=creator_fee,
            schedule_fee=schedule_fee,
            schedule_slots=schedule_slots,
            launch_slot=launch_slot,
        )

    @property
    def complete(self) -> bool:
        """All was sold; stays so until more than 5 % of the raised SOL is sold back out."""
        return self.completed_sol > 0

    @property
    def tokens_left(self) -> TokenAtoms:
        """What the curve still sells."""
        return TokenAtoms(self.virtual_tokens - FINAL_TOKENS)

    @property
    def tokens_sold(self) -> TokenAtoms:
        """What holders have bought and not sold back."""
        return TokenAtoms(INITIAL_TOKENS - self.virtual_tokens)


@dataclass(frozen=True, slots=True)
class Fill:
    """What a trade does. A buyer pays `sol + fee` for `atoms`; a seller is paid `sol - fee` for them."""

    side: Literal["buy", "sell"]
    atoms: TokenAtoms
    sol: Lamports  # between trader and reserve, fee apart
    protocol_fee: Lamports
    creator_fee: Lamports
    clamped: bool  # a buy that took less than max_in, because the curve had no more to sell

    @property
    def fee(self) -> Lamports:
        """The whole fee, lamports."""
        return Lamports(self.protocol_fee + self.creator_fee)

    @property
    def spent(self) -> Lamports:
        """What a buyer pays, lamports."""
        return Lamports(self.sol + self.fee)

    @property
    def paid(self) -> Lamports:
        """What a seller gets, lamports."""
        return Lamports(self.sol - self.fee)


def r0_for(cents_per_sol: int) -> Lamports:
    """R0 at which a launch has a market cap of $4,000, rounded down; clamped to the program's bounds.

    `cents_per_sol` is SOL's price in US cents; it must be positive.
    """
    if cents_per_sol <= 0:
        raise ValueError("the price of SOL must be positive")
    exact = 4 * 10**12 * 69 * 100 // (65 * cents_per_sol)
    return Lamports(min(max(exact, MIN_INITIAL_SOL), MAX_INITIAL_SOL))


def buy_fee(state: CurveState, slot: int) -> Bps:
    """The buy fee at `slot`: falls from `schedule_fee` at launch to `fee`, rounded up. Sells pay `fee`."""
    left = state.schedule_slots - max(0, slot - state.launch_slot)
    if left <= 0:
        return state.fee
    return Bps(state.fee + _ceil_div((state.schedule_fee - state.fee) * left, state.schedule_slots))


def buy(state: CurveState, max_in: int, min_out: int, slot: int) -> tuple[CurveState, Fill]:
    """Spends at most `max_in` lamports, fee included; at least `min_out` atoms for the whole of it.

    A fill clamped to what is left takes only its price, and `min_out` holds it to the same price a unit.
    Raises `CurveError`.
    """
    if state.graduated:
        raise CurveError(CurveErrorCode.GRADUATED)
    if max_in <= 0:
        raise CurveError(CurveErrorCode.ZERO_AMOUNT)
    left = state.tokens_left
    if left == 0:
        raise CurveError(CurveErrorCode.CURVE_COMPLETE)
    bps = buy_fee(state, slot)
    fee = _ceil_div(max_in * bps, BPS)
    sol = max_in - fee
    atoms = state.virtual_tokens * sol // (state.virtual_sol + sol)
    clamped = atoms > left
    if clamped:
        atoms = left
        sol = _ceil_div(state.virtual_sol * left, FINAL_TOKENS)
        fee = _ceil_div(sol * bps, BPS - bps)
    if atoms == 0:
        raise CurveError(CurveErrorCode.ZERO_OUTPUT)
    if atoms * max_in < min_out * (sol + fee):
        raise CurveError(CurveErrorCode.SLIPPAGE_EXCEEDED)
    creator = _creator_share(state, fee, bps)
    fill = Fill("buy", TokenAtoms(atoms), Lamports(sol), Lamports(fee - creator), creator, clamped)
    after = _book(
        state, fill, virtual_sol=state.virtual_sol + sol, virtual_tokens=state.virtual_tokens - atoms
    )
    real_sol = Lamports(state.real_sol + sol)
    completed = real_sol if after.virtual_tokens == FINAL_TOKENS else state.completed_sol
    return replace(after, real_sol=real_sol, completed_sol=completed), fill


def sell(state: CurveState, atoms: int, min_out: int) -> tuple[CurveState, Fill]:
    """Sells `atoms` for at least `min_out` lamports after the fee. Raises `CurveError`."""
    if state.graduated:
        raise CurveError(CurveErrorCode.GRADUATED)
    if atoms <= 0:
        raise CurveError(CurveErrorCode.ZERO_AMOUNT)
    if atoms > state.tokens_sold:
        raise CurveError(CurveErrorCode.EXCEEDS_SOLD)
    tokens = state.virtual_tokens + atoms
    sol = state.virtual_sol * atoms // tokens
    fee = _ceil_div(sol * state.fee, BPS)
    if sol - fee == 0:
        raise CurveError(CurveErrorCode.ZERO_OUTPUT)
    if sol - fee < min_out:
        raise CurveError(CurveErrorCode.SLIPPAGE_EXCEEDED)
    creator = _creator_share(state, fee, state.fee)
    fill = Fill("sell", TokenAtoms(atoms), Lamports(sol), Lamports(fee - creator), creator, clamped=False)
    after = _book(state, fill, virtual_sol=state.virtual_sol - sol, virtual_tokens=tokens)
    real_sol = Lamports(state.real_sol - sol)
    completed = Lamports(0) if real_sol * 100 < state.completed_sol * 95 else state.completed_sol
    return replace(after, real_sol=real_sol, completed_sol=completed), fill


def quote_buy(state: CurveState, max_in: int, slot: int) -> Fill:
    """What `buy` would give now, with no limit on the price. Raises `CurveError`."""
    return buy(state, max_in, 0, slot)[1]


def quote_sell(state: CurveState, atoms: int) -> Fill:
    """What `sell` would give now, with no limit on the price. Raises `CurveError`."""
    return sell(state, atoms, 0)[1]


def sweep(state: CurveState, protocol_fees: int, creator_fees: int) -> CurveState:
    """The state after these shares were paid out, lamports. Raises `OutOfRange` beyond what was accrued."""
    return replace(
        state,
        protocol_fees=Lamports(state.protocol_fees - protocol_fees),
        creator_fees=Lamports(state.creator_fees - creator_fees),
    )


def min_out(quoted: int, slippage: Bps) -> int:
    """The least to accept when `quoted` (atoms or lamports) may worsen by `slippage`, rounded up."""
    return _ceil_div(quoted * (BPS - slippage), BPS)


def min_out_for_buy(fill: Fill, max_in: int, slippage: Bps) -> TokenAtoms:
    """`buy`'s `min_out` for a quoted fill: for the whole of `max_in`, also when the fill is clamped.

    Rounded up, but never above what the quote itself satisfies.
    """
    satisfied = fill.atoms * max_in // fill.spent
    return TokenAtoms(min(satisfied, _ceil_div(satisfied * (BPS - slippage), BPS), U64_MAX))


def market_cap(virtual_sol: int, virtual_tokens: int) -> Lamports:
    """Price of the last atom times the supply, lamports, rounded down."""
    return Lamports(virtual_sol * SUPPLY // virtual_tokens)


def price_impact_bps(state: CurveState, fill: Fill) -> Bps:
    """How much the trade's own size worsens its average price, fee apart; to the nearest bps.

    The share of what the present price would have given that the trade does not get: at 50 % a buyer
    gets half the atoms, a seller half the lamports.
    """
    at_price = fill.atoms * state.virtual_sol, fill.sol * state.virtual_tokens  # both times T
    smaller, larger = sorted(at_price)
    return Bps(((larger - smaller) * BPS * 2 + larger) // (larger * 2))


def progress_bps(virtual_tokens: int) -> Bps:
    """How much of what the curve sells is sold, rounded down: 10,000 only when all is."""
    return Bps((INITIAL_TOKENS - virtual_tokens) * BPS // (INITIAL_TOKENS - FINAL_TOKENS))


def cap_multiple_x100(state: CurveState) -> int:
    """Market cap in hundredths of that at launch, rounded down. The milestones are multiples, not prices."""
    return 100 * (state.virtual_sol * INITIAL_TOKENS) // (state.virtual_tokens * state.initial_sol)


def is_king_material(state: CurveState) -> bool:
    """Whether the coin has passed the King of the Hill threshold."""
    return cap_multiple_x100(state) >= KOTH_MULTIPLE_X100


def _book(state: CurveState, fill: Fill, *, virtual_sol: int, virtual_tokens: int) -> CurveState:
    return replace(
        state,
        virtual_sol=Lamports(virtual_sol),
        virtual_tokens=TokenAtoms(virtual_tokens),
        protocol_fees=Lamports(state.protocol_fees + fill.protocol_fee),
        creator_fees=Lamports(state.creator_fees + fill.creator_fee),
    )


def _creator_share(state: CurveState, fee: int, applied: Bps) -> Lamports:
    """`creator_fee` bps of the trade, rounded down: a schedule's surplus is the protocol's alone."""
    return Lamports(fee * state.creator_fee // applied if applied else 0)


def _ceil_div(a: int, b: int) -> int:
    return -(-a // b)
