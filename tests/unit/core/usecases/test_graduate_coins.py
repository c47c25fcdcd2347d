"""Complete coins graduate, once, by one keeper or the next; what can't be now is tried later each time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from core.domain import curve, graduation
from core.domain.curve import FINAL_TOKENS, MAX_INITIAL_SOL, MIN_INITIAL_SOL, CurveState
from core.domain.money import Bps, Lamports
from core.usecases.errands import LONGEST_PAUSE
from core.usecases.graduate_coins import LEFT_ALONE, LOOK_EVERY, _atoms_for, price_of_rest
from tests.fakes.chain_books import FLOAT
from tests.fakes.house import FINISH, MINT, House, Process
from tests.fakes.mortal import Killed

SOL = 10**9
ALL = 200 * SOL  # lamports: more than any coin here costs
BUY_MIN = 10**6  # lamports: the least that people can type


@pytest.fixture(autouse=True)
def unswept(home: House) -> None:
    """So that every transaction here is a graduation."""
    home.sweep_from = ALL


async def completed(home: House) -> None:
    home.chain.trade(MINT, ALL)
    await home.index(MINT)


async def nearly(home: House, rest: int) -> int:
    """Somebody buys all but what `rest` lamports buy; atoms left."""
    state = home.chain.books.curves[MINT]
    whole = curve.quote_buy(state, ALL, home.chain.height).spent
    home.chain.trade(MINT, whole - rest)
    await home.index(MINT)
    return int(home.chain.books.curves[MINT].tokens_left)


async def kept(home: House, process: Process, seconds: int = 3) -> None:
    """The keeper's rounds of so many seconds."""
    for _ in range(seconds):
        await process.keep()
        home.passes(1)


def pools(home: House) -> int:
    return int(MINT in home.chain.books.pools)


async def test_a_complete_coin_graduates_and_is_left_alone_then(home: House, process: Process) -> None:
    await kept(home, process)
    assert not home.chain.sent
    await completed(home)
    wallet = await process.keeper_wallet.address()
    before = home.chain.books.lamports[wallet]
    await kept(home, process, 60)  # however late the index is to hear of it
    assert pools(home) == 1
    assert home.chain.books.curves[MINT].graduated
    ((status, fill),) = home.chain.landed.values()
    assert status.error is None
    assert home.chain.books.lamports[wallet] == before + FLOAT - fill.network_fee


async def test_the_chain_knows_better_than_the_index(home: House, process: Process) -> None:
    """Complete in the index; on the chain, more than 5 % was sold back."""
    await completed(home)
    state = home.chain.books.curves[MINT]
    home.chain.books.curves[MINT], _ = curve.sell(state, curve.INITIAL_TOKENS // 10, 0)
    assert not home.chain.books.curves[MINT].complete
    await kept(home, process, 10)
    assert pools(home) == 0


async def test_a_little_sold_back_holds_nothing_up_and_nothing_is_bought(
    home: House, process: Process
) -> None:
    await completed(home)
    state = home.chain.books.curves[MINT]
    home.chain.books.curves[MINT], _ = curve.sell(state, 10**12, 0)
    await kept(home, process)
    assert pools(home) == 1
    assert not any(home.chain.books.atoms.values())


async def test_raydium_refusing_is_said_once_and_asked_ever_more_rarely(
    home: House, process: Process
) -> None:
    home.chain.raydium_refuses = True
    await completed(home)
    with capture_logs() as logs:
        await kept(home, process, 1_500)
    said = [entry for entry in logs if entry["event"] == "keeper.not_done" and "graduate" in entry["errand"]]
    assert [entry["error"] for entry in said] == ["chain-refused"]
    curve.sell(home.chain.books.curves[MINT], 10**12, 0)  # people can leave meanwhile
    home.chain.raydium_refuses = False
    await kept(home, process, LONGEST_PAUSE * 3 // 2 + 1)
    assert pools(home) == 1


async def test_a_pool_that_costs_more_than_the_coins_cap_waits_unless_we_pay(home: House) -> None:
    home.chain.pool_cost = 500_000_000 + 7
    await completed(home)
    frugal, generous = home.process(), home.process()
    await kept(home, frugal, 5)
    assert pools(home) == 0
    generous.graduate.top_up = 7
    home.passes(LONGEST_PAUSE)
    await kept(home, generous, 5)
    assert pools(home) == 1


async def test_a_transaction_that_is_lost_is_followed_by_another(home: House, process: Process) -> None:
    home.chain.holds = True
    await completed(home)
    await kept(home, process, 20)
    assert len(set(home.chain.sent)) == 1  # sent again and again, and no other beside it
    home.chain.lose()
    home.chain.holds = False
    await kept(home, process, 100)
    assert pools(home) == 1


async def test_somebody_else_may_be_first(home: House, process: Process) -> None:
    """Who graduates a coin is paid for it, so others try. Ours runs and fails, costs its fee, is not tried again, and is
    nothing to worry about."""
    await completed(home)
    home.chain.holds = True
    with capture_logs() as logs:
        await kept(home, process, 2)
        state = home.chain.books.curves[MINT]
        home.chain.books.curves[MINT] = graduation.graduate(state, 0)
        home.chain.arrive()
        await kept(home, process, 60)
    failed = [status.error for status, _ in home.chain.landed.values() if status.error]
    assert failed == ["coin-graduated"]
    assert [entry for entry in logs if entry["log_level"] == "warning"] == []


async def test_a_kill_anywhere_graduates_once(home: House) -> None:
    """Each keeper dies one step later than the one before, in the middle of whatever it does then."""
    for steps in range(200):
        home.chain.coin(MINT)
        home.chain.books.pools.clear()
        await completed(home)
        victim = home.process()
        victim.fuse.set(steps)
        try:
            await kept(home, victim, 6)
        except Killed:
            home.passes(11)
            await kept(home, home.process(), 6)
        else:
            break
        assert set(home.chain.books.pools) == {MINT}, steps
    assert steps > 20
    assert not [status.error for status, _ in home.chain.landed.values() if status.error]


async def test_two_keepers_at_once_graduate_once(home: House) -> None:
    await completed(home)
    home.chain.holds = True
    first, second = home.process(), home.process()
    for keeper in (first, second, first, second):
        await keeper.keep()
    assert len(set(home.chain.sent)) == 1
    home.chain.arrive()
    await kept(home, second)
    await kept(home, first)
    assert pools(home) == 1


class TestTheLastAtoms:
    """A coin that lacks less than anybody can be bothered to buy."""

    async def test_are_bought_and_burnt_when_everybody_leaves_them_alone(
        self, home: House, process: Process
    ) -> None:
        left = await nearly(home, BUY_MIN)
        wallet = await process.keeper_wallet.address()
        await kept(home, process, LEFT_ALONE)
        assert pools(home) == 0
        await kept(home, process, LOOK_EVERY + 2)
        assert pools(home) == 1
        assert home.chain.books.atoms[wallet, MINT] == 0
        assert left > 0

    async def test_are_left_to_people_who_trade(self, home: House, process: Process) -> None:
        await nearly(home, BUY_MIN)
        for _ in range(10):
            await kept(home, process, LEFT_ALONE // 2)
            home.chain.books.curves[MINT], _ = curve.sell(home.chain.books.curves[MINT], 10**6, 0)
        assert pools(home) == 0

    async def test_are_left_where_they_cost_too_much(self, home: House, process: Process) -> None:
        await nearly(home, FINISH + 100)
        await kept(home, process, 3 * LEFT_ALONE)
        assert pools(home) == 0

    async def test_are_not_bought_at_all_where_that_is_switched_off(
        self, home: House, process: Process
    ) -> None:
        await nearly(home, BUY_MIN)
        process.graduate.finish = 0
        await kept(home, process, 3 * LEFT_ALONE)
        assert pools(home) == 0

    async def test_are_somebody_elses_a_moment_before(self, home: House, process: Process) -> None:
        """Then the transaction does nothing, and the complete coin graduates by the next."""
        await nearly(home, BUY_MIN)
        await kept(home, process, LEFT_ALONE)
        home.chain.holds = True
        await kept(home, process, LOOK_EVERY)
        assert home.chain.sent
        await completed(home)
        home.chain.holds = False
        home.chain.arrive()
        await kept(home, process, 20)
        assert pools(home) == 1
        assert not any(home.chain.books.atoms.values())


@given(st.integers(MIN_INITIAL_SOL, MAX_INITIAL_SOL), st.integers(1, 10**8), st.integers(0, 500))
def test_the_index_overlooks_no_coin_that_could_be_finished(initial: int, most: int, fee: int) -> None:
    """The rest of any curve that `most` lamports buy is within the atoms that are looked for."""
    state = CurveState.launch(initial_sol=Lamports(initial), fee=Bps(fee), creator_fee=Bps(0), launch_slot=0)
    whole = curve.quote_buy(state, 10**13, 0).spent
    state, _ = curve.buy(state, max(1, whole - most // 2), 0, 0)
    price = price_of_rest(state, most, 0)
    if price is not None:
        assert price <= most
        assert state.virtual_tokens <= FINAL_TOKENS + _atoms_for(most)
        done, fill = curve.buy(state, price, 1, 0)
        assert done.complete
        assert fill.spent == price


@pytest.mark.parametrize("lamports", [1, 2, 1_000])
def test_every_rest_can_be_bought_for_next_to_nothing(lamports: int) -> None:
    """So no coin is stuck for ever: even one atom is sold, for two lamports at most."""
    state = CurveState.launch(initial_sol=MIN_INITIAL_SOL, fee=Bps(100), creator_fee=Bps(30), launch_slot=0)
    whole = curve.quote_buy(state, ALL, 0).spent
    state, _ = curve.buy(state, whole - lamports, 0, 0)
    price = price_of_rest(state, 10**6, 0)
    assert price is None or price <= lamports + 2
