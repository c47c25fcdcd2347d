"""core.domain.curve and the binary are one function: same state, same fill, same refusal, to the atom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.events import Traded
from core.domain import curve
from core.domain.curve import FINAL_TOKENS, INITIAL_TOKENS, CurveError, CurveState, Fill
from core.domain.money import U64_MAX, Bps, Lamports
from tests.program.forge import WEALTH, magnitudes, put_state, states
from tests.program.harness import SLOT, Chain, events, landed, refused

Result = TransactionMetadata | FailedTransactionMetadata
EXAMPLES = settings(max_examples=150, deadline=None)
FEE = 5_000  # of a transaction with one signature


class Market:
    """One coin whose state each example overwrites."""

    def __init__(self) -> None:
        self.chain = Chain()
        landed(self.chain.initialize())
        self.trader: Keypair = self.chain.wallet()
        self.mint: Pubkey = self.chain.launch(self.trader)
        self.tokens = self.chain.open_tokens(self.trader, self.mint)

    def check_buy(self, state: CurveState, max_in: int, min_out: int) -> None:
        """A buy in both worlds."""
        self._check(
            state,
            lambda: self.chain.buy(self.trader, self.mint, max_in, min_out),
            lambda: curve.buy(state, max_in, min_out, SLOT + 20_000),
        )

    def check_sell(self, state: CurveState, atoms: int, min_out: int) -> None:
        """A sell in both worlds."""
        self._check(
            state,
            lambda: self.chain.sell(self.trader, self.mint, atoms, min_out),
            lambda: curve.sell(state, atoms, min_out),
        )

    def _check(
        self,
        state: CurveState,
        on_chain: Callable[[], Result],
        in_domain: Callable[[], tuple[CurveState, Fill]],
    ) -> None:
        """Does it in both worlds and compares everything that can be seen."""
        put_state(self.chain, self.mint, state, self.trader.pubkey(), self.tokens)
        sequence = self.chain.curve(self.mint).sequence
        held = self.chain.lamports(self.chain.ids.curve(self.mint))
        result = on_chain()
        try:
            after, fill = in_domain()
        except CurveError as error:
            refused(result, ProgramErrorCode[error.code.value])
            assert self.chain.curve(self.mint).state == state
            return
        done = landed(result)
        assert self.chain.curve(self.mint).state == after
        assert self.chain.curve(self.mint).sequence == sequence + 1
        assert self.chain.atoms(self.tokens) == after.tokens_sold
        wealth = self.chain.lamports(self.trader.pubkey())
        moved = -fill.spent if fill.side == "buy" else fill.paid
        assert wealth == WEALTH - FEE + moved
        assert self.chain.lamports(self.chain.ids.curve(self.mint)) == held - moved
        assert events(done) == [
            Traded(
                mint=self.mint,
                sequence=sequence + 1,
                trader=self.trader.pubkey(),
                is_buy=fill.side == "buy",
                atoms=fill.atoms,
                sol=fill.sol,
                protocol_fee=fill.protocol_fee,
                creator_fee=fill.creator_fee,
                virtual_sol=after.virtual_sol,
                virtual_tokens=after.virtual_tokens,
                real_sol=after.real_sol,
                slot=SLOT + 20_000,
            )
        ]


@pytest.fixture(scope="module")
def market() -> Market:
    """Shared: making a chain costs more than an example."""
    shared = Market()
    shared.chain.warp(SLOT + 20_000)
    return shared


@EXAMPLES
@given(state=states(SLOT + 20_000), max_in=magnitudes(U64_MAX), min_out=magnitudes(U64_MAX))
def test_any_buy(market: Market, state: CurveState, max_in: int, min_out: int) -> None:
    market.check_buy(state, max_in, min_out)


@EXAMPLES
@given(
    state=states(SLOT + 20_000),
    max_in=magnitudes(10**14),
    slippage=st.integers(0, 100),
    off=st.integers(-1, 1),
)
def test_a_buy_at_the_very_edge_of_its_limit(
    market: Market, state: CurveState, max_in: int, slippage: int, off: int
) -> None:
    """min_out as clients compute it, and one more or less."""
    try:
        quote = curve.quote_buy(state, max_in, SLOT + 20_000)
    except CurveError:
        return
    limit = min(U64_MAX, max(0, curve.min_out_for_buy(quote, max_in, Bps(slippage)) + off))
    market.check_buy(state, max_in, limit)


@EXAMPLES
@given(state=states(SLOT + 20_000), share=st.integers(0, 2**20), off=st.integers(-1, 1))
def test_any_sell(market: Market, state: CurveState, share: int, off: int) -> None:
    amount = max(0, (state.tokens_sold * share >> 20) + off)
    market.check_sell(state, amount, 0)


@EXAMPLES
@given(state=states(SLOT + 20_000), amount=magnitudes(U64_MAX), off=st.integers(-1, 1))
def test_a_sell_of_any_magnitude_at_the_very_edge_of_its_limit(
    market: Market, state: CurveState, amount: int, off: int
) -> None:
    try:
        limit = max(0, curve.quote_sell(state, amount).paid + off)
    except CurveError:
        limit = 0
    market.check_sell(state, amount, limit)


@pytest.mark.parametrize("initial", [curve.MIN_INITIAL_SOL, curve.MAX_INITIAL_SOL])
@pytest.mark.parametrize("fee", [0, 500])
def test_the_extremes_meet(market: Market, initial: Lamports, fee: int) -> None:
    """Both ends of R0, fee and reserves with the largest and smallest amounts."""
    fresh = CurveState.launch(initial_sol=initial, fee=Bps(fee), creator_fee=Bps(fee), launch_slot=SLOT)
    for max_in in (0, 1, 2, 2**63, U64_MAX):
        for min_out in (0, 1, U64_MAX):
            market.check_buy(fresh, max_in, min_out)
    full, fill = curve.buy(fresh, U64_MAX, 0, SLOT + 20_000)
    assert fill.clamped
    assert full.virtual_tokens == FINAL_TOKENS
    for atoms in (0, 1, 10**6, INITIAL_TOKENS - FINAL_TOKENS, INITIAL_TOKENS, U64_MAX):
        market.check_sell(full, atoms, 0)


@pytest.mark.parametrize("fee", [0, 1, 500])
@pytest.mark.parametrize("elapsed", [0, 1, 8_999, 9_000, 9_001])
def test_the_steepest_schedule_from_its_first_slot_to_after_its_last(
    market: Market, fee: int, elapsed: int
) -> None:
    """99 % over 9,000 slots: what is left of a buy is next to nothing, and the clamp asks 100 times the price."""
    state = CurveState.launch(
        initial_sol=curve.MAX_INITIAL_SOL,
        fee=Bps(fee),
        creator_fee=Bps(fee),
        schedule_fee=curve.MAX_SCHEDULE_FEE,
        schedule_slots=9_000,
        launch_slot=SLOT + 20_000 - elapsed,
    )
    for max_in in (1, 99, 100, 101, 10**9, 10**14, 2**63, U64_MAX):
        market.check_buy(state, max_in, 0)


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_the_latch_at_95_percent_to_the_lamport(market: Market, off: int) -> None:
    """The largest sell that leaves a complete curve complete, and an atom's lamport to either side."""
    fresh = CurveState.launch(
        initial_sol=curve.r0_for(15_000), fee=Bps(100), creator_fee=Bps(30), launch_slot=SLOT
    )
    full, _ = curve.buy(fresh, 200 * 10**9, 0, SLOT + 20_000)
    low, high = 1, int(full.tokens_sold)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if curve.sell(full, middle, 0)[0].complete else (low, middle)
    market.check_sell(full, low + off, 0)
    after, _ = curve.sell(full, low + off, 0)
    assert after.complete == (off <= 0)
