"""The fee can be told from what a trade moved, for every trade that the curve can do."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from core.domain import curve
from core.domain.curve import CurveError, CurveState, r0_for
from core.domain.fees import fee_of_spent, fees_of_paid
from core.domain.money import Bps

SOL = 10**9


def market(fee: int, bought: int) -> CurveState:
    state = CurveState.launch(initial_sol=r0_for(15_000), fee=Bps(fee), creator_fee=Bps(0), launch_slot=0)
    return curve.buy(state, bought, 0, 0)[0]


@given(
    st.integers(0, 500), st.integers(1, 80 * SOL), st.one_of(st.integers(1, 300), st.integers(1, 200 * SOL))
)
def test_a_buys_fee_follows_from_what_it_spent_clamped_or_not(fee: int, before: int, lamports: int) -> None:
    try:
        fill = curve.quote_buy(market(fee, before), lamports, 0)
    except CurveError:
        assume(False)
    assert fee_of_spent(fill.spent, Bps(fee)) == fill.fee


@given(st.integers(0, 500), st.integers(10_000, 80 * SOL), st.integers(1, 10**9))
def test_a_sells_fee_is_one_of_two_at_most(fee: int, before: int, part: int) -> None:
    state = market(fee, before)
    try:
        fill = curve.quote_sell(state, max(1, state.tokens_sold * part // 10**9))
    except CurveError:
        assume(False)
    fees = fees_of_paid(fill.paid, Bps(fee))
    assert fill.fee in fees
    assert len(fees) <= 2


def test_two_gross_amounts_can_pay_the_same() -> None:
    assert fees_of_paid(99, Bps(100)) == range(1, 3)  # 100 less 1, 101 less 2
    assert fees_of_paid(98, Bps(100)) == range(1, 2)
    assert fees_of_paid(7, Bps(0)) == range(1)
