"""Puts a coin into any state that its curve can be in, without the trades that lead there."""

from __future__ import annotations

from hypothesis import strategies as st
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.domain.curve import (
    FINAL_TOKENS,
    INITIAL_TOKENS,
    MAX_INITIAL_SOL,
    MIN_INITIAL_SOL,
    SUPPLY,
    CurveState,
)
from core.domain.money import Bps, Lamports, TokenAtoms
from tests.program.harness import Chain

WEALTH = 10**18
"""Lamports of a trader whom nothing is too dear."""


def put_state(chain: Chain, mint: Pubkey, state: CurveState, owner: Pubkey, tokens: Pubkey) -> None:
    """Makes the coin's accounts say `state`, all that was sold belonging to `owner`."""
    curve = chain.ids.curve(mint)
    amounts = (
        state.virtual_sol,
        state.virtual_tokens,
        state.real_sol,
        state.protocol_fees,
        state.creator_fees,
        state.completed_sol,
        chain.curve(mint).rent_deposit,
        state.launch_slot,
    )
    data = bytearray(chain.account(curve).data)
    data[8:72] = b"".join(amount.to_bytes(8, "little") for amount in amounts)
    rates = (state.schedule_slots, state.fee, state.creator_fee, state.schedule_fee)
    data[84:92] = b"".join(rate.to_bytes(2, "little") for rate in rates)
    data[92] = state.graduated
    data[96:104] = state.initial_sol.to_bytes(8, "little")
    held = amounts[6] + state.real_sol + state.protocol_fees + state.creator_fees
    chain.put(curve, held, bytes(data), chain.ids.program)
    chain.edit(chain.ids.vault(mint), 64, (SUPPLY - state.tokens_sold).to_bytes(8, "little"))
    chain.edit(tokens, 64, state.tokens_sold.to_bytes(8, "little"))
    chain.put(owner, WEALTH, b"", SYSTEM_PROGRAM)


def magnitudes(largest: int) -> st.SearchStrategy[int]:
    """Integers from 0 to `largest`, every order of magnitude as likely, and the ends."""
    bits = st.integers(0, largest.bit_length())
    return st.one_of(
        st.sampled_from([0, 1, largest - 1, largest]),
        bits.flatmap(lambda n: st.integers(0, min(largest, 2**n))),
    )


@st.composite
def states(draw: st.DrawFn, slot: int) -> CurveState:
    """Any reachable market at `slot`: every R0, fee and schedule in bounds, anything between none and all sold."""
    initial_sol = draw(
        st.one_of(
            st.sampled_from([MIN_INITIAL_SOL, MAX_INITIAL_SOL]), _between(MIN_INITIAL_SOL, MAX_INITIAL_SOL)
        )
    )
    sold = draw(magnitudes(INITIAL_TOKENS - FINAL_TOKENS))
    if draw(st.booleans()):  # near the end instead of near the beginning
        sold = INITIAL_TOKENS - FINAL_TOKENS - sold
    tokens = INITIAL_TOKENS - sold
    gained = draw(st.integers(0, 1_000))  # what roundings left in the reserve
    virtual_sol = -(-initial_sol * INITIAL_TOKENS // tokens) + gained
    real_sol = virtual_sol - initial_sol
    fee = draw(st.integers(0, 500))
    slots = draw(st.one_of(st.just(0), st.integers(1, 9_000)))
    complete = tokens == FINAL_TOKENS or (real_sol > 0 and draw(st.booleans()))
    return CurveState(
        initial_sol=Lamports(initial_sol),
        virtual_sol=Lamports(virtual_sol),
        virtual_tokens=TokenAtoms(tokens),
        real_sol=Lamports(real_sol),
        protocol_fees=Lamports(draw(magnitudes(10**13))),
        creator_fees=Lamports(draw(magnitudes(10**13))),
        completed_sol=Lamports(real_sol * 100 // draw(st.integers(95, 100)) if complete else 0),
        fee=Bps(fee),
        creator_fee=Bps(draw(st.integers(0, fee))),
        schedule_fee=Bps(draw(st.integers(fee, 9_900)) if slots else 0),
        schedule_slots=slots,
        launch_slot=slot - draw(st.integers(0, min(slot, 10_000))),
    )


def _between(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)
