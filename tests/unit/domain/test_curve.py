"""The curve's formulas: what was asked for, its milestones, and that no trade ever wins against it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import isqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.domain import curve
from core.domain.curve import (
    FINAL_TOKENS,
    INITIAL_TOKENS,
    MAX_INITIAL_SOL,
    MIN_INITIAL_SOL,
    SUPPLY,
    CurveError,
    CurveErrorCode,
    CurveState,
    r0_for,
)
from core.domain.money import U64_MAX, Bps, Lamports, OutOfRange, TokenAtoms

SOL = 10**9


def launched(cents_per_sol: int = 15_000, fee: int = 100, creator_fee: int = 30) -> CurveState:
    """A coin launched in slot 0 without a schedule."""
    return CurveState.launch(
        initial_sol=r0_for(cents_per_sol), fee=Bps(fee), creator_fee=Bps(creator_fee), launch_slot=0
    )


markets = st.builds(
    lambda cents, fee, share, spend: _bought(launched(cents, fee, fee * share // 100), spend),
    cents=st.integers(1_000, 80_000),
    fee=st.integers(0, 500),
    share=st.integers(0, 100),
    spend=st.integers(0, 600 * SOL),
)
amounts = st.integers(0, 64).flatmap(lambda bits: st.integers(0, min(U64_MAX, 2**bits)))


def _bought(state: CurveState, spend: int) -> CurveState:
    try:
        return curve.buy(state, spend, 0, 0)[0]
    except CurveError:
        return state


def test_constants_are_those_of_the_milestones() -> None:
    """T_END is where the cap has grown 17.25-fold: T0 / sqrt(17.25), rounded up to keep it reachable."""
    assert INITIAL_TOKENS == 1_061_538_461_538_461
    exact = isqrt(INITIAL_TOKENS**2 * 10_000 // 172_500)
    assert abs(FINAL_TOKENS - exact) <= 1
    assert (INITIAL_TOKENS - FINAL_TOKENS) * 10**5 // SUPPLY == 80_595


def test_at_150_dollars_the_documented_figures_hold() -> None:
    """R0 28.308 SOL, raise 89.263 SOL, $4,000 at launch and $69,000 when complete."""
    state = launched()
    assert Lamports(state.initial_sol).sol(3) == "28.307"
    full, fill = curve.buy(state, 200 * SOL, 0, 0)
    assert Lamports(full.real_sol).sol(3) == "89.262"
    dollars = Fraction(curve.market_cap(state.virtual_sol, state.virtual_tokens) * 150, SOL)
    assert abs(dollars - 4_000) < 1
    assert abs(Fraction(curve.market_cap(full.virtual_sol, full.virtual_tokens) * 150, SOL) - 69_000) < 2
    assert fill.clamped


@given(cents=st.integers(1, 10**7))
def test_r0_is_4000_dollars_of_cap_within_the_programs_bounds(cents: int) -> None:
    r0 = r0_for(cents)
    assert MIN_INITIAL_SOL <= r0 <= MAX_INITIAL_SOL
    exact = 4 * 10**12 * 69 * 100 // (65 * cents)
    if MIN_INITIAL_SOL <= exact <= MAX_INITIAL_SOL:
        assert r0 == exact


@pytest.mark.parametrize("cents", [0, -1])
def test_a_price_that_is_none_is_refused(cents: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        r0_for(cents)


@given(state=markets)
def test_the_price_is_the_seeds_formula(state: CurveState) -> None:
    """Price = k * MarketCap^2 / Supply with k = S / (R0 * T0), where MarketCap is the capital R."""
    k = Fraction(SUPPLY, state.initial_sol * INITIAL_TOKENS)
    price = k * Fraction(state.virtual_sol) ** 2 / SUPPLY
    spot = Fraction(state.virtual_sol, state.virtual_tokens)
    assert spot <= price  # roundings keep R * T a little above R0 * T0
    assert (price - spot) / spot < Fraction(1, 10**6)


@given(state=markets, max_in=amounts, slot=st.integers(0, 10))
def test_a_buy_takes_at_most_max_in_and_lets_nothing_fall(state: CurveState, max_in: int, slot: int) -> None:
    try:
        after, fill = curve.buy(state, max_in, 0, slot)
    except CurveError as error:
        assert error.code in (  # noqa: PT017 - a refusal is a fine outcome, of these kinds only
            CurveErrorCode.ZERO_AMOUNT,
            CurveErrorCode.ZERO_OUTPUT,
            CurveErrorCode.CURVE_COMPLETE,
        )
        return
    assert fill.spent <= max_in
    assert fill.clamped or fill.spent == max_in
    assert after.virtual_sol * after.virtual_tokens >= state.virtual_sol * state.virtual_tokens
    assert after.real_sol == after.virtual_sol - state.initial_sol
    assert after.complete == (after.virtual_tokens == FINAL_TOKENS) or state.complete


@given(state=markets, max_in=amounts)
def test_buying_then_selling_never_profits(state: CurveState, max_in: int) -> None:
    try:
        after, bought = curve.buy(state, max_in, 0, 0)
        _, sold = curve.sell(after, bought.atoms, 0)
    except CurveError:
        return
    assert sold.paid <= bought.spent


@given(state=markets, one=amounts, two=amounts)
def test_splitting_never_gives_more(state: CurveState, one: int, two: int) -> None:
    assume(one + two <= U64_MAX)
    try:
        middle, first = curve.buy(state, one, 0, 0)
        _, second = curve.buy(middle, two, 0, 0)
    except CurveError:
        return
    assert first.atoms + second.atoms <= curve.quote_buy(state, one + two, 0).atoms


@given(state=markets, share=st.integers(1, 1_000))
def test_holders_can_always_leave_with_what_is_there(state: CurveState, share: int) -> None:
    atoms = state.tokens_sold * share // 1_000
    try:
        after, fill = curve.sell(state, atoms, 0)
    except CurveError as error:
        assert atoms == 0 or error.code is CurveErrorCode.ZERO_OUTPUT  # noqa: PT017 - see above
        return
    assert after.real_sol >= 0
    assert fill.paid > 0
    assert after.virtual_tokens == state.virtual_tokens + atoms


@given(state=markets, max_in=amounts, slippage=st.integers(0, 10_000))
def test_a_quotes_own_limit_is_met_by_the_quote(state: CurveState, max_in: int, slippage: int) -> None:
    try:
        fill = curve.quote_buy(state, max_in, 0)
    except CurveError:
        return
    limit = curve.min_out_for_buy(fill, max_in, Bps(slippage))
    assert curve.buy(state, max_in, limit, 0)[1] == fill
    if slippage == 0 and not fill.clamped:
        assert limit == fill.atoms


def test_a_clamped_quotes_limit_still_protects() -> None:
    """min_out is for the whole of max_in: taken from the clamped fill alone it would protect nothing."""
    state = launched()
    max_in = 1_000 * SOL
    fill = curve.quote_buy(state, max_in, 0)
    limit = curve.min_out_for_buy(fill, max_in, Bps(100))
    moved, _ = curve.buy(state, 20 * SOL, 0, 0)
    assert curve.buy(moved, max_in, fill.atoms * 99 // 100, 0)  # the naive limit lets this through
    with pytest.raises(CurveError) as refused:
        curve.buy(moved, max_in, limit, 0)
    assert refused.value.code is CurveErrorCode.SLIPPAGE_EXCEEDED


@pytest.mark.parametrize(
    ("quoted", "slippage", "least"), [(10_000, 0, 10_000), (10_000, 100, 9_900), (3, 100, 3), (0, 500, 0)]
)
def test_min_out_is_rounded_up(quoted: int, slippage: int, least: int) -> None:
    assert curve.min_out(quoted, Bps(slippage)) == least


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda s: curve.buy(s, 0, 0, 0), CurveErrorCode.ZERO_AMOUNT),
        (lambda s: curve.buy(s, -1, 0, 0), CurveErrorCode.ZERO_AMOUNT),
        (lambda s: curve.buy(s, 1, 0, 0), CurveErrorCode.ZERO_OUTPUT),
        (lambda s: curve.buy(s, SOL, U64_MAX, 0), CurveErrorCode.SLIPPAGE_EXCEEDED),
        (lambda s: curve.sell(s, 0, 0), CurveErrorCode.ZERO_AMOUNT),
        (lambda s: curve.sell(s, 1, 0), CurveErrorCode.ZERO_OUTPUT),
        (lambda s: curve.sell(s, s.tokens_sold + 1, 0), CurveErrorCode.EXCEEDS_SOLD),
        (lambda s: curve.sell(s, s.tokens_sold, U64_MAX), CurveErrorCode.SLIPPAGE_EXCEEDED),
        (lambda s: curve.buy(replace(s, graduated=True), SOL, 0, 0), CurveErrorCode.GRADUATED),
        (lambda s: curve.sell(replace(s, graduated=True), 1, 0), CurveErrorCode.GRADUATED),
        (lambda s: curve.buy(curve.buy(s, 200 * SOL, 0, 0)[0], SOL, 0, 0), CurveErrorCode.CURVE_COMPLETE),
    ],
)
def test_refusals_say_why(act, code) -> None:  # type: ignore[no-untyped-def]  # pytest passes lambdas
    state, _ = curve.buy(launched(), SOL, 0, 0)
    with pytest.raises(CurveError) as refused:
        act(state)
    assert refused.value.code is code


def test_the_schedule_falls_to_the_normal_fee_and_its_surplus_is_the_protocols() -> None:
    state = replace(launched(), schedule_fee=Bps(9_900), schedule_slots=10, launch_slot=100)
    rates = [curve.buy_fee(state, slot) for slot in (0, 100, 105, 109, 110, 1_000)]
    assert rates == [9_900, 9_900, 5_000, 1_080, 100, 100]
    fill = curve.quote_buy(state, SOL, 105)
    assert fill.fee == SOL // 2
    assert fill.creator_fee == SOL * 30 // 10_000


def test_complete_latches_and_clears_below_95_percent() -> None:
    full, _ = curve.buy(launched(), 200 * SOL, 0, 0)
    assert full.complete
    dusted, _ = curve.sell(full, 10**9, 0)
    assert dusted.complete
    drained, _ = curve.sell(full, full.tokens_sold // 5, 0)
    assert drained.real_sol * 100 < full.real_sol * 95
    assert not drained.complete


def test_milestones_are_multiples_of_the_launch_cap() -> None:
    state = launched()
    assert curve.cap_multiple_x100(state) == 100
    assert not curve.is_king_material(state)
    at = isqrt(state.initial_sol**2 * 750 // 100)  # R = R0 * sqrt 7.5
    king, _ = curve.buy(replace(state, fee=Bps(0), creator_fee=Bps(0)), at - state.initial_sol + 1, 0, 0)
    assert curve.is_king_material(king)
    full, _ = curve.buy(state, 200 * SOL, 0, 0)
    assert curve.cap_multiple_x100(full) == curve.GRADUATION_MULTIPLE_X100
    assert curve.progress_bps(full.virtual_tokens) == 10_000
    assert curve.progress_bps(state.virtual_tokens) == 0


def test_price_impact_is_what_the_move_costs() -> None:
    """Doubling R halves the atoms that the money would have bought at the first price."""
    state = replace(launched(), fee=Bps(0), creator_fee=Bps(0))
    fill = curve.quote_buy(state, state.virtual_sol, 0)
    assert curve.price_impact_bps(state, fill) == 5_000
    small = curve.quote_buy(state, state.virtual_sol // 10_000, 0)
    assert curve.price_impact_bps(state, small) == 1
    bought, _ = curve.buy(state, state.virtual_sol, 0, 0)
    back = curve.quote_sell(bought, bought.tokens_sold)
    assert curve.price_impact_bps(bought, back) == 5_000


@given(state=markets, max_in=amounts)
def test_price_impact_is_always_a_rate(state: CurveState, max_in: int) -> None:
    try:
        fill = curve.quote_buy(state, max_in, 0)
    except CurveError:
        return
    assert 0 <= curve.price_impact_bps(state, fill) <= 10_000


def test_sweeping_takes_what_was_accrued_and_no_more() -> None:
    state, fill = curve.buy(launched(), SOL, 0, 0)
    swept = curve.sweep(state, fill.protocol_fee, 0)
    assert (swept.protocol_fees, swept.creator_fees) == (0, fill.creator_fee)
    with pytest.raises(OutOfRange):
        curve.sweep(swept, 1, 0)


def test_amounts_stay_typed() -> None:
    after, fill = curve.buy(launched(), SOL, 0, 0)
    assert type(after.virtual_sol) is type(fill.spent) is Lamports
    assert type(after.virtual_tokens) is type(fill.atoms) is TokenAtoms
