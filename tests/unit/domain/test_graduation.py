"""What the pool starts with: the curve's last price to one unit, and nobody pays twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import curve, graduation
from core.domain.curve import INITIAL_TOKENS, SUPPLY, CurveState
from core.domain.graduation import MAX_BOUNTY, NotComplete
from core.domain.money import U64_MAX, Bps, Lamports

SOL = 10**9
COST = 194_196_000


def completed(initial_sol: int = curve.r0_for(15_000), fee: int = 100) -> CurveState:
    """A curve of which somebody has just bought everything."""
    fresh = CurveState.launch(
        initial_sol=Lamports(initial_sol), fee=Bps(fee), creator_fee=Bps(0), launch_slot=0
    )
    return curve.buy(fresh, U64_MAX, 0, 0)[0]


def vault_of(state: CurveState) -> int:
    """The vault of a coin to which nobody gave anything."""
    return SUPPLY - state.tokens_sold


@st.composite
def reachable(draw: st.DrawFn) -> CurveState:
    """Complete, with anything sold back since that leaves it so."""
    state = completed(draw(st.integers(5 * SOL, 500 * SOL)), draw(st.integers(0, 500)))
    sold_back = draw(st.integers(0, state.tokens_sold // 100))
    if curve_takes(state, sold_back):
        state = curve.sell(state, sold_back, 0)[0]
    assert state.complete
    return state


def curve_takes(state: CurveState, atoms: int) -> bool:
    """Whether a sell of this size is one."""
    try:
        curve.sell(state, atoms, 0)
    except curve.CurveError:
        return False
    return True


def test_the_design_at_150_dollars_a_sol() -> None:
    """docs/program.md's figures."""
    state = completed()
    assert graduation.cost(150_000_000, 6_960) == COST
    assert graduation.cost(150_000_000, 5_080) == 182_258_000
    split = graduation.split(state, vault_of(state), COST, SOL)
    assert (split.sol, split.tokens, split.burnt) == (89_068_787_904, 193_627_799_795_601, 422_165_217_263)
    assert split.deposit == split.sol
    assert split.top_up == 0


@given(state=reachable(), cost=st.integers(0, 10 * SOL), cap=st.integers(0, SOL))
def test_the_pools_price_is_the_curves(state: CurveState, cost: int, cap: int) -> None:
    split = graduation.split(state, vault_of(state), cost, cap)
    over = split.sol * state.virtual_tokens - split.tokens * state.virtual_sol
    if split.tokens < vault_of(state):
        assert 0 <= over < state.virtual_sol, "one atom more would be too many"
    else:
        assert -state.virtual_tokens < over < state.virtual_sol
    assert split.tokens + split.burnt == vault_of(state)
    assert split.sol + min(cost, cap) <= state.real_sol
    assert split.top_up == max(0, cost - cap)


@given(state=reachable(), donated=st.integers(0, 10**12))
def test_what_was_donated_takes_the_place_of_as_much(state: CurveState, donated: int) -> None:
    plain = graduation.split(state, vault_of(state), COST, SOL)
    split = graduation.split(state, vault_of(state), COST, SOL, donated)
    assert split.tokens == plain.tokens
    assert split.sol == max(plain.sol, donated)
    assert split.deposit == max(0, plain.sol - donated)


def test_lamports_below_the_rent_are_no_donation() -> None:
    assert graduation.donated(0, 6_960) == 0
    assert graduation.donated(2_039_280, 6_960) == 0
    assert graduation.donated(2_039_281, 6_960) == 1


@given(left=st.integers(0, U64_MAX), needed=st.integers(0, U64_MAX))
def test_what_is_left_is_shared_whole(left: int, needed: int) -> None:
    bounty, rest = graduation.share(left, needed)
    assert bounty + rest == left
    assert bounty <= MAX_BOUNTY
    assert rest >= min(needed, left)


def test_only_a_complete_curve_graduates_and_only_once() -> None:
    state = completed()
    after = graduation.graduate(state, 1_117_840)
    assert after.graduated
    assert after.real_sol == 0
    assert after.protocol_fees == state.protocol_fees + 1_117_840
    incomplete = curve.sell(state, state.tokens_sold // 10, 0)[0]
    assert incomplete.virtual_tokens < INITIAL_TOKENS
    for refused in (after, incomplete, replace(state, completed_sol=Lamports(0))):
        with pytest.raises(NotComplete):
            graduation.split(refused, vault_of(refused), COST, SOL)
