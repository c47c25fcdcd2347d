"""A graduated coin's pool is followed: each swap once, by whoever it is, and to the atom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from core.domain.calls import Graduated
from core.domain.pool_calls import PoolCall, PoolTransaction, Poured, Swapped
from core.ports.chain import ChainAway
from core.ports.rows import Coin, FillRow
from core.usecases import index_pools
from core.usecases.index_pools import IndexPools
from tests.fakes.house import House
from tests.fakes.mortal import Fuse, Killed, MortalStore
from tests.fakes.rows import a_coin

SOL = 10**9
CATS, DOGS = "mint-of-cats", "mint-of-dogs"
START = (85 * SOL, 2 * 10**14)


@dataclass
class FakePools:
    """Histories that the test writes, by mint. looked, asked: at and for which pools, in order. `away`: nobody
    answers."""

    history: dict[str, list[PoolTransaction]] = field(default_factory=dict)
    held: dict[str, tuple[int, int]] = field(default_factory=dict)
    looked: list[list[str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    away: bool = False
    mute: str = ""  # a pool of which nobody tells

    async def marks(self, mints: Sequence[str]) -> dict[str, int]:
        if self.away:
            raise ChainAway("the fake pools are away")
        self.looked.append(list(mints))
        return {mint: self.held[mint][0] << 64 | self.held[mint][1] for mint in mints}

    async def after(self, mint: str, signature: str, limit: int) -> list[PoolTransaction]:
        self.asked.append(mint)
        if mint == self.mute:
            raise ChainAway("not told")
        known = ["graduation", *(transaction.signature for transaction in self.history[mint])]
        start = known.index(signature)
        return self.history[mint][start : start + limit]

    async def reserves(self, mint: str) -> tuple[int, int] | None:
        return self.held[mint]

    def land(self, mint: str, *calls: PoolCall) -> None:
        number = len(self.history[mint])
        self.history[mint].append(
            PoolTransaction(f"{mint}-{number}", 2_000 + number, 1_700_000_000 + number, calls)
        )
        sol, atoms = self.held[mint]
        self.held[mint] = (sol + sum(c.pool_sol for c in calls), atoms + sum(c.pool_atoms for c in calls))


def buy(trader: str, lamports: int = SOL // 10, atoms: int = 10**11) -> Swapped:
    return Swapped(trader, "buy", lamports, atoms, lamports - lamports // 2_500, -atoms)


def sell(trader: str, atoms: int = 10**11, lamports: int = SOL // 20) -> Swapped:
    return Swapped(trader, "sell", lamports, atoms, -lamports, atoms - atoms // 2_500)


@pytest.fixture
def log() -> FakePools:
    return FakePools()


@pytest.fixture
def index(home: House, log: FakePools) -> IndexPools:
    return IndexPools(home.store, log, home.bell, home.clock)


async def graduated(home: House, log: FakePools, *mints: str) -> None:
    """Coins as the indexer leaves them when they have just graduated."""
    for mint in mints:
        log.history[mint], log.held[mint] = [], START
        sol, atoms = START
        async with home.store.begin() as work:
            row = a_coin(
                mint,
                sequence=9,
                pool=f"pool-{mint}",
                complete=True,
                virtual_sol=sol,
                virtual_tokens=atoms,
                volume=7,
            )
            await work.coins.put(row)
            await index_pools.begin(work, Graduated(mint, f"pool-{mint}", sol, atoms), "graduation", 9)


async def coin(home: House, mint: str = CATS) -> Coin:
    async with home.store.read() as work:
        found = await work.coins.get(mint)
    assert found is not None
    return found


async def fills(home: House, mint: str = CATS) -> list[FillRow]:
    async with home.store.read() as work:
        return sorted(await work.coins.fills(mint, 1_000), key=lambda fill: fill.sequence)


async def test_swaps_move_price_volume_and_holders(home: House, log: FakePools, index: IndexPools) -> None:
    await graduated(home, log, CATS)
    log.land(CATS, buy("bob"), buy("eve"))
    log.land(CATS, sell("bob"))
    assert await index.next() == 2
    found = await coin(home)
    assert (found.virtual_sol, found.virtual_tokens) == log.held[CATS]
    assert found.volume == 7 + SOL // 10 * 2 + SOL // 20
    assert found.holders == 1  # eve
    rows = await fills(home)
    assert [(f.sequence, f.side, f.trader, f.fee) for f in rows] == [
        (10, "buy", "bob", 0),
        (11, "buy", "eve", 0),
        (12, "sell", "bob", 0),
    ]
    assert (rows[-1].virtual_sol, rows[-1].virtual_tokens) == log.held[CATS]
    assert await index.next() == 0
    assert await fills(home) == rows


async def test_liquidity_and_failures_are_no_trades(home: House, log: FakePools, index: IndexPools) -> None:
    await graduated(home, log, CATS)
    log.land(CATS, Poured(5 * SOL, 10**13))
    log.land(CATS)
    log.land(CATS, buy("bob"))
    assert await index.next() == 3
    found = await coin(home)
    assert (found.virtual_sol, found.virtual_tokens) == log.held[CATS]
    assert [f.sequence for f in await fills(home)] == [10]


async def test_a_large_buy_is_told_and_a_small_one_is_not(
    home: House, log: FakePools, index: IndexPools
) -> None:
    await graduated(home, log, CATS)
    log.land(CATS, buy("bob", SOL - 1), buy("eve", SOL), sell("eve", 10**11, SOL))
    await index.next()
    assert (await home.events()).count("coin.bought") == 1


async def test_what_we_can_not_read_is_mended_from_the_pool_itself(
    home: House, log: FakePools, index: IndexPools
) -> None:
    await graduated(home, log, CATS)
    log.land(CATS, buy("bob"))
    sol, atoms = log.held[CATS]
    log.held[CATS] = (sol + 1, atoms)  # somebody gave the pool a lamport
    await index.next()
    with capture_logs() as said:
        await index.next()
    assert [entry["event"] for entry in said] == ["indexer.pool_differs"]
    assert (await coin(home)).virtual_sol == sol + 1
    log.land(CATS, buy("eve"))  # and goes on from there
    await index.next()
    assert ((await coin(home)).virtual_sol, (await coin(home)).virtual_tokens) == log.held[CATS]
    with capture_logs() as said:
        await index.next()
    assert said == []


async def test_one_question_finds_the_pools_that_changed(
    home: House, log: FakePools, index: IndexPools
) -> None:
    mints = [f"mint-{number:02}" for number in range(index_pools.VISITED * 2 + 1)]
    await graduated(home, log, *mints)
    for _ in range(4):
        await index.next()
    assert sorted(log.asked) == mints  # each once, to see whether it was left behind
    assert log.looked == [mints, mints[index_pools.VISITED :], mints[index_pools.VISITED * 2 :], mints]
    log.asked.clear()
    log.land(mints[5], buy("bob"))
    for _ in range(4):
        await index.next()
    assert log.asked == [mints[5]] * 2  # what is new, and that there is no more
    assert ((await coin(home, mints[5])).virtual_sol, (await coin(home, mints[5])).holders) == (
        log.held[mints[5]][0],
        1,
    )


async def test_pools_with_always_something_new_keep_no_other_waiting(
    home: House, log: FakePools, index: IndexPools
) -> None:
    """A trade costs next to nothing: whoever sees to it that a few pools have one in every round is not alone."""
    *busy, last = [f"mint-{number:02}" for number in range(index_pools.VISITED + 1)]
    await graduated(home, log, *busy, last)
    log.land(last, buy("bob"))
    for _ in range(3):
        for mint in busy:
            log.land(mint, buy("eve"))
        await index.next()
    assert (await coin(home, last)).holders == 1


async def test_more_pools_than_one_question_takes_are_looked_at_in_turn(
    home: House, log: FakePools, index: IndexPools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_pools, "LOOKED_AT", 2)
    await graduated(home, log, "a", "b", "c")
    for _ in range(4):
        await index.next()
    assert log.looked == [["a", "b"], ["c"], ["a", "b"], ["c"]]


async def test_a_long_absence_is_caught_up_in_batches(home: House, log: FakePools, index: IndexPools) -> None:
    await graduated(home, log, CATS)
    for number in range(index_pools.BATCH * 2 + 1):
        log.land(CATS, buy(f"trader-{number}"))
    applied = []
    while done := await index.next():
        applied.append(done)
    assert applied == [index_pools.BATCH, index_pools.BATCH, 1]
    assert (await coin(home)).holders == sum(applied)


async def test_killed_at_any_step_each_swap_is_applied_once(home: House, log: FakePools) -> None:
    await graduated(home, log, CATS)
    fuse = Fuse()
    for step in range(8):
        log.land(CATS, buy(f"trader-{step}"))
        fuse.set(step)
        try:
            await IndexPools(MortalStore(home.store, fuse), log, home.bell, home.clock).next()
        except Killed:
            fuse.set(None)
        await IndexPools(home.store, log, home.bell, home.clock).next()
        assert len(await fills(home)) == step + 1
        assert (await coin(home)).virtual_sol == log.held[CATS][0]


async def test_two_indexers_apply_each_swap_once(home: House, log: FakePools, index: IndexPools) -> None:
    await graduated(home, log, CATS, DOGS)
    other = IndexPools(home.store, log, home.bell, home.clock)
    for _ in range(3):
        log.land(CATS, buy("bob"))
        await index.next()
        await other.next()
    assert len(await fills(home)) == 3
    assert (await coin(home, DOGS)).volume == 7


async def test_an_absent_chain_is_said(home: House, log: FakePools, index: IndexPools) -> None:
    await graduated(home, log, CATS)
    log.away = True
    with pytest.raises(ChainAway):
        await index.next()


async def test_more_than_was_seen_to_go_in_comes_out(home: House, log: FakePools, index: IndexPools) -> None:
    """A transfer to a pool's vault does not name the pool. What is drawn out afterwards may be more than we knew of:
    whoever gives and takes so must not stop the index for everybody."""
    await graduated(home, log, CATS, DOGS)
    sol, atoms = log.held[CATS]
    log.held[CATS] = (sol * 2, atoms * 6)
    log.land(CATS, sell("whale", 10**11, sol + SOL))
    log.land(CATS, buy("whale", SOL, atoms * 5))
    log.land(DOGS, buy("bob"))
    assert await index.next() == 3
    found = await coin(home)
    assert found.virtual_sol > 0  # a price can be told of it
    assert found.virtual_tokens > 0
    assert [fill.atoms for fill in await fills(home)] == [10**11, atoms * 5]
    await index.next()
    found = await coin(home)
    assert (found.virtual_sol, found.virtual_tokens) == log.held[CATS]


async def test_a_pool_that_nobody_tells_of_stops_no_other(
    home: House, log: FakePools, index: IndexPools
) -> None:
    await graduated(home, log, CATS, DOGS)
    log.mute = min(CATS, DOGS)  # the first that is visited
    other = max(CATS, DOGS)
    log.land(log.mute, buy("bob"))
    log.land(other, buy("eve"))
    with capture_logs() as said:
        assert await index.next() == 1
    assert [entry["event"] for entry in said] == ["indexer.pool_away"]
    assert (await coin(home, other)).holders == 1
    mute, log.mute = log.mute, ""
    await index.next()
    assert (await coin(home, mute)).holders == 1  # nothing was lost
