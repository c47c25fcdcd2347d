"""Fees go to whom they belong, once they are worth a transaction, by one keeper or the next, and once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.keypair import Keypair

from core.domain.curve import CurveState
from core.domain.intent import SweepIntent
from core.domain.money import Lamports
from core.ports.chain import ChainAway
from core.ports.signer import SignerAway
from core.usecases.errands import FIRST_PAUSE, LONGEST_PAUSE
from core.usecases.sweep_fees import REST, payable
from tests.fakes.chain import FakeChain
from tests.fakes.chain_books import TREASURY, WALLET_RENT
from tests.fakes.house import MINT, SWEEP_FROM, House, Process
from tests.fakes.mortal import Killed

CREATOR = str(Keypair.from_seed(bytes(31) + b"\6").pubkey())
ENOUGH = 100 * SWEEP_FROM  # lamports of a buy whose fee is just enough


def earn(home: House, lamports: int = ENOUGH) -> CurveState:
    """Fees accrue on the coin, whose creator has never had a lamport."""
    home.chain.books.creators[MINT] = CREATOR
    home.chain.trade(MINT, lamports)
    return home.chain.books.curves[MINT]


def held(home: House) -> tuple[int, int]:
    return tuple(home.chain.books.lamports.get(payee, 0) for payee in (TREASURY, CREATOR))  # type: ignore[return-value]  # two


async def swept(home: House, process: Process) -> None:
    """Until the keeper finds nothing more to do."""
    for _ in range(3):
        await process.keep()
        home.clock.seconds += 1


async def test_both_shares_arrive_when_they_are_worth_it(home: House, process: Process) -> None:
    earn(home, ENOUGH - 100)
    await swept(home, process)
    assert held(home) == (0, 0)
    state = earn(home, 100)
    home.passes(REST)
    await swept(home, process)
    assert held(home) == (state.protocol_fees, state.creator_fees)
    after = home.chain.books.curves[MINT]
    assert (after.protocol_fees, after.creator_fees) == (0, 0)
    assert len(home.chain.sent) == 1


async def test_a_share_that_its_payee_could_not_keep_is_left_and_asked_for_no_more(
    home: House, process: Process
) -> None:
    """Fees of which most is a share that can't be paid make no sweep of what little is left."""
    state = earn(home)
    dust = {"protocol_fees": Lamports(SWEEP_FROM), "creator_fees": Lamports(WALLET_RENT - 1)}
    home.chain.books.curves[MINT] = small = replace(state, **dust)  # type: ignore[arg-type]  # fees alone
    await swept(home, process)
    assert held(home) == (SWEEP_FROM, 0)
    for _ in range(5):
        home.passes(REST)
        await swept(home, process)
    assert len(home.chain.sent) == 1
    home.chain.books.pay(CREATOR, 1)
    home.chain.books.curves[MINT] = replace(small, protocol_fees=Lamports(SWEEP_FROM))
    home.passes(REST)
    await swept(home, process)
    assert held(home) == (2 * SWEEP_FROM, WALLET_RENT)


@given(
    st.integers(0, 2 * WALLET_RENT),
    st.integers(0, 2 * WALLET_RENT),
    st.sampled_from([0, 1, WALLET_RENT - 1, WALLET_RENT]),
    st.sampled_from([0, 1, WALLET_RENT - 1, WALLET_RENT]),
    st.booleans(),
)
def test_what_is_payable_is_what_the_chain_pays(
    protocol: int, creator: int, treasury_holds: int, creator_holds: int, same: bool
) -> None:
    chain = FakeChain()
    state = replace(chain.coin(MINT), protocol_fees=Lamports(protocol), creator_fees=Lamports(creator))
    recipient = TREASURY if same else CREATOR
    chain.books.curves[MINT], chain.books.creators[MINT] = state, recipient
    chain.books.lamports = {TREASURY: treasury_holds} | ({} if same else {CREATOR: creator_holds})
    intent = SweepIntent(MINT, TREASURY, recipient)
    expected = payable(state, intent, chain.books.lamports, WALLET_RENT)
    before = sum(chain.books.lamports.values())
    if expected:
        chain._sweep(chain.books, intent)
    assert sum(chain.books.lamports.values()) - before == expected


async def test_a_refusal_is_tried_again_later_each_time(home: House, process: Process) -> None:
    earn(home)
    asked = 0
    real = home.chain.simulate

    async def simulate(*args: object) -> object:
        nonlocal asked
        asked += 1
        return await real(*args)  # type: ignore[arg-type]  # as it came

    home.chain.simulate = simulate  # type: ignore[method-assign, assignment]  # counted
    home.chain.books.lamports[await process.keeper_wallet.address()] = 0
    for _ in range(120):
        await process.keep()
        home.passes(REST)
    # 2,400 seconds, a third of them at most LONGEST_PAUSE apart
    assert 2_400 // (LONGEST_PAUSE * 3 // 2) <= asked <= 7 + 2_400 // LONGEST_PAUSE + 1
    assert not home.chain.sent


async def test_a_keeper_goes_on_when_it_has_money_again(home: House, process: Process) -> None:
    earn(home)
    wallet = await process.keeper_wallet.address()
    home.chain.books.lamports[wallet] = 0
    await swept(home, process)
    home.chain.books.lamports[wallet] = 10**8
    home.passes(max(REST, FIRST_PAUSE * 3))
    await swept(home, process)
    assert sum(held(home)) == SWEEP_FROM


async def test_the_budget_is_the_signers_to_hold(home: House, process: Process) -> None:
    earn(home)
    limits = home.signer.service._limits
    object.__setattr__(limits, "keeper", 0)
    await swept(home, process)
    assert not home.chain.sent
    object.__setattr__(limits, "keeper", 10**8)
    home.passes(REST)
    await swept(home, process)
    assert len(home.chain.sent) == 1


@pytest.mark.parametrize("away", ["chain", "signer"])
async def test_who_is_away_is_waited_for(home: House, process: Process, away: str) -> None:
    earn(home)
    await process.keeper_wallet.address()
    part = getattr(home, away)
    part.away = True
    with pytest.raises((ChainAway, SignerAway)):
        await swept(home, process)
    part.away = False
    home.passes(REST)
    await swept(home, process)
    assert sum(held(home)) == SWEEP_FROM


async def test_what_is_in_flight_is_sent_again_and_nothing_is_begun_beside_it(
    home: House, process: Process
) -> None:
    earn(home)
    home.chain.holds = True
    for _ in range(60):
        await process.keep()
        home.clock.seconds += 1
    assert len(home.chain.sent) >= 20
    assert len(set(home.chain.sent)) == 1
    home.chain.holds = False
    home.chain.arrive()
    await swept(home, process)
    assert sum(held(home)) == SWEEP_FROM
    assert len(home.chain.landed) == 1


async def test_what_was_lost_is_done_by_another_transaction(home: House, process: Process) -> None:
    earn(home)
    home.chain.holds = True
    await swept(home, process)
    home.chain.lose()
    home.chain.holds = False
    home.passes(120)
    for _ in range(3):
        home.passes(REST)
        await swept(home, process)
    assert sum(held(home)) == SWEEP_FROM
    assert len(set(home.chain.sent)) == 2


async def test_a_kill_anywhere_sweeps_once(home: House) -> None:
    """Each keeper dies one step later than the one before, in the middle of whatever it does then."""
    steps = 0
    while True:
        earned = sum(_fees(earn(home)))
        before = sum(held(home))
        victim = home.process()
        victim.fuse.set(steps)
        try:
            await swept(home, victim)
        except Killed:
            home.passes(REST)
            await swept(home, home.process())
        else:
            assert steps > 10
            break
        assert sum(held(home)) - before == earned, steps
        landed = [status.error for status, _ in home.chain.landed.values()]
        assert landed == [None] * (steps + 1)
        steps += 1
        home.passes(REST)


async def test_two_keepers_at_once_sweep_once(home: House) -> None:
    first, second = home.process(), home.process()
    earn(home)
    home.chain.holds = True
    for keeper in (first, second, first, second):
        await keeper.keep()
        home.clock.seconds += REST  # without blocks, so that nothing expires
    assert len(set(home.chain.sent)) == 1
    home.chain.arrive()
    await swept(home, second)
    await swept(home, first)
    assert sum(held(home)) == SWEEP_FROM


def _fees(state: CurveState) -> tuple[int, int]:
    return int(state.protocol_fees), int(state.creator_fees)
