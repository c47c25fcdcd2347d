"""The index follows the chain's calls: once each, whoever applies them, and to the atom."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from structlog.testing import capture_logs

from core.domain import curve
from core.domain.calls import Bought, Call, Graduated, Launched, ProgramTransaction, Sold, Touched
from core.domain.curve import CurveState, r0_for
from core.domain.money import Bps, Lamports
from core.ports.chain import ChainAway
from core.ports.rows import Coin, FillRow
from core.usecases import index_chain
from core.usecases.index_chain import IndexChain
from tests.fakes.house import House
from tests.fakes.mortal import Fuse, Killed, MortalStore
from tests.fakes.rows import a_coin

SOL = 10**9
CATS, DOGS = "mint-of-cats", "mint-of-dogs"


@dataclass
class FakeLog:
    """A history that the test writes, with the curves that follow from it. `away`: nobody answers."""

    history: list[ProgramTransaction] = field(default_factory=list)
    markets: dict[str, tuple[int, CurveState]] = field(default_factory=dict)
    away: bool = False

    async def after(self, signature: str | None, limit: int) -> list[ProgramTransaction]:
        if self.away:
            raise ChainAway("the fake log is away")
        known = [transaction.signature for transaction in self.history]
        start = 0 if signature is None else known.index(signature) + 1
        return self.history[start : start + limit]

    async def terms(self, mint: str) -> CurveState | None:
        return _terms() if mint in self.markets else None

    async def market(self, mint: str) -> tuple[int, CurveState] | None:
        return self.markets.get(mint)

    def land(self, *calls: Call) -> ProgramTransaction:
        """One transaction with these calls; the curves move as the program would move them."""
        number = len(self.history)
        made = ProgramTransaction(f"signature-{number}", 1_000 + number, 1_700_000_000 + number, calls)
        self.history.append(made)
        for call in calls:
            match call:
                case Launched():
                    self.markets[call.mint] = (1, _terms())
                case Bought():
                    sequence, state = self.markets[call.mint]
                    after = curve.buy(state, call.max_in, call.min_out, made.slot)[0]
                    self.markets[call.mint] = (sequence + 1, after)
                case Sold():
                    sequence, state = self.markets[call.mint]
                    self.markets[call.mint] = (sequence + 1, curve.sell(state, call.atoms, call.min_out)[0])
                case Graduated():
                    if call.mint in self.markets:
                        sequence, state = self.markets[call.mint]
                        after = replace(state, graduated=True, real_sol=Lamports(0))
                        self.markets[call.mint] = (sequence + 1, after)
                case Touched():
                    mint = call.curve.removeprefix("curve-of-")
                    if mint in self.markets:
                        sequence, state = self.markets[mint]
                        self.markets[mint] = (sequence + 1, state)
        return made


def _terms() -> CurveState:
    return CurveState.launch(initial_sol=r0_for(15_000), fee=Bps(100), creator_fee=Bps(30), launch_slot=1_000)


def launch(mint: str = CATS) -> Launched:
    return Launched(mint, f"curve-of-{mint}", "ann", "Space Cats", mint[-4:].upper(), "http://x/m.json")


def buy(trader: str = "bob", lamports: int = SOL, mint: str = CATS) -> Bought:
    return Bought(mint, trader, lamports, 0)


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
def index(home: House, log: FakeLog) -> IndexChain:
    return IndexChain(home.store, log, home.bell, home.clock)


async def coin(home: House, mint: str = CATS) -> Coin:
    async with home.store.read() as work:
        found = await work.coins.get(mint)
    assert found is not None
    return found


async def fills(home: House, mint: str = CATS) -> list[FillRow]:
    async with home.store.read() as work:
        return sorted(await work.coins.fills(mint, 1_000), key=lambda fill: fill.sequence)


async def agrees(home: House, log: FakeLog, mint: str = CATS) -> None:
    """The index says what the chain says."""
    found, (sequence, state) = await coin(home, mint), log.markets[mint]
    assert (found.sequence, found.virtual_sol, found.virtual_tokens, found.real_sol) == (
        sequence,
        state.virtual_sol,
        state.virtual_tokens,
        state.real_sol,
    )


async def test_a_coin_its_trades_and_its_holders(home: House, log: FakeLog, index: IndexChain) -> None:
    log.land(launch())
    log.land(buy("bob"))
    atoms = curve.INITIAL_TOKENS - log.markets[CATS][1].virtual_tokens
    log.land(buy("eve", 3 * SOL))
    log.land(Sold(CATS, "bob", atoms, 0))  # all that he had
    assert await index.next() == 4
    await agrees(home, log)
    found = await coin(home)
    assert (found.name, found.ticker, found.creator, found.holders) == ("Space Cats", "CATS", "ann", 1)
    rows = await fills(home)
    assert [(f.sequence, f.side, f.trader) for f in rows] == [
        (2, "buy", "bob"),
        (3, "buy", "eve"),
        (4, "sell", "bob"),
    ]
    assert (rows[0].lamports, rows[0].fee, rows[0].atoms) == (SOL, SOL // 100, atoms)
    assert found.volume == sum(f.lamports for f in rows)


async def test_nothing_new_changes_nothing(home: House, log: FakeLog, index: IndexChain) -> None:
    log.land(launch(), buy())
    assert await index.next() == 1
    before = (await coin(home), await fills(home), await home.events())
    assert await index.next() == 0
    assert (await coin(home), await fills(home), await home.events()) == before


async def test_a_coin_that_its_launch_has_listed_already(
    home: House, log: FakeLog, index: IndexChain
) -> None:
    async with home.store.begin() as work:
        await work.coins.put(a_coin(CATS, sequence=0))
    log.land(launch(), buy("bob"))
    assert await index.next() == 1
    await agrees(home, log)
    assert (await coin(home)).holders == 1
    assert "coin.launched" in await home.events()


async def test_launch_and_first_buy_in_one_transaction(home: House, log: FakeLog, index: IndexChain) -> None:
    log.land(launch(), buy("ann"))
    await index.next()
    await agrees(home, log)
    assert [f.trader for f in await fills(home)] == ["ann"]


async def test_a_sweep_counts_in_the_sequence_and_moves_no_price(
    home: House, log: FakeLog, index: IndexChain
) -> None:
    log.land(launch())
    log.land(Touched(f"curve-of-{CATS}"))
    log.land(Touched("a curve that is none of ours"))
    log.land(buy())
    await index.next()
    await agrees(home, log)
    assert [f.sequence for f in await fills(home)] == [3]


async def test_a_failed_transaction_only_moves_the_cursor(
    home: House, log: FakeLog, index: IndexChain
) -> None:
    log.land(launch())
    log.land()
    log.land(buy())
    assert await index.next() == 3
    await agrees(home, log)


async def test_it_catches_up_after_a_long_absence(home: House, log: FakeLog, index: IndexChain) -> None:
    log.land(launch(CATS))
    await index.next()
    log.land(launch(DOGS))
    for number in range(index_chain.BATCH * 2):
        log.land(buy(f"trader-{number % 7}", SOL // 100, (CATS, DOGS)[number % 2]))
    rounds = 0
    while await index.next():
        rounds += 1
    assert rounds == 3
    for mint in (CATS, DOGS):
        await agrees(home, log, mint)
        assert [f.sequence for f in await fills(home, mint)] == list(range(2, index_chain.BATCH + 2))


async def test_a_launch_is_waited_for_until_a_node_shows_its_coin(
    home: House, log: FakeLog, index: IndexChain
) -> None:
    """One node lists the launch, another is asked for the terms and has not seen it: passed over, the coin and all
    its trades would be missing for ever."""
    log.land(launch())
    log.land(buy())
    hidden = log.markets.pop(CATS)
    with pytest.raises(ChainAway):
        await index.next()
    log.markets[CATS] = hidden
    assert await index.next() == 2
    await agrees(home, log)


async def test_two_indexers_apply_each_transaction_once(home: House, log: FakeLog, index: IndexChain) -> None:
    other = IndexChain(home.store, log, home.bell, home.clock)
    log.land(launch())
    for _ in range(5):
        log.land(buy())
        await asyncio.gather(index.next(), other.next(), index.next())
    await agrees(home, log)
    assert len(await fills(home)) == 5


async def test_killed_at_any_step_it_applies_each_transaction_once(home: House, log: FakeLog) -> None:
    fuse = Fuse()
    log.land(launch())
    for step in range(8):
        log.land(buy(f"trader-{step}"))
        fuse.set(step)
        try:
            await IndexChain(MortalStore(home.store, fuse), log, home.bell, home.clock).next()
        except Killed:
            fuse.set(None)
        await IndexChain(home.store, log, home.bell, home.clock).next()
        await agrees(home, log)
        assert len(await fills(home)) == step + 1


async def test_an_absent_chain_or_database_is_said_and_waited_for(
    home: House, log: FakeLog, index: IndexChain
) -> None:
    log.land(launch())
    log.away = True
    with pytest.raises(ChainAway):
        await index.next()
    log.away = False
    await index.next()
    await agrees(home, log)


async def test_a_replay_that_differs_from_the_chain_is_said_and_mended(
    home: House, log: FakeLog, index: IndexChain
) -> None:
    log.land(launch())
    log.land(buy())
    sequence, state = log.markets[CATS]
    wrong = Lamports(state.virtual_sol + 1)
    log.markets[CATS] = (sequence, replace(state, virtual_sol=wrong))  # the chain is right, whatever it says
    with capture_logs() as logs:
        await index.next()
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["indexer.differs"]
    await agrees(home, log)
    log.land(buy())  # and goes on from the mended state
    await index.next()
    await agrees(home, log)


async def test_a_trade_that_can_not_have_happened_is_mended_too(
    home: House, log: FakeLog, index: IndexChain
) -> None:
    log.land(launch())
    log.land(buy())
    honest = log.history.pop()
    impossible = replace(honest, calls=(Bought(CATS, "bob", SOL, 2**63),))  # for that price? never
    log.history.append(impossible)
    with capture_logs() as logs:
        await index.next()
    errors = [entry["event"] for entry in logs if entry["log_level"] == "error"]
    assert errors == ["indexer.replay_refused", "indexer.differs"]
    await agrees(home, log)


async def test_a_trade_of_a_coin_that_was_never_launched_here_is_said(
    home: House, log: FakeLog, index: IndexChain
) -> None:
    log.markets["stray"] = (1, _terms())
    log.land(buy("bob", SOL, "stray"))
    log.land(launch())
    with capture_logs() as logs:
        assert await index.next() == 2
    assert "indexer.trade_without_coin" in [entry["event"] for entry in logs]
    await agrees(home, log)


async def test_a_curve_that_sells_out_is_announced_once(home: House, log: FakeLog, index: IndexChain) -> None:
    log.land(launch())
    log.land(buy("whale", 10_000 * SOL))
    await index.next()
    assert (await coin(home)).complete
    log.land(Sold(CATS, "whale", SOL, 0))
    await index.next()
    assert (await home.events()).count("coin.complete") == 1


async def test_a_graduated_coin_goes_on_at_its_pools_price(
    home: House, log: FakeLog, index: IndexChain
) -> None:
    log.land(launch(), buy("whale", 10_000 * SOL))
    await index.next()
    log.land(Graduated(CATS, "the-pool", 85 * SOL, 2 * 10**14))
    log.land(Touched(f"curve-of-{CATS}"))  # its fees can still be swept
    with capture_logs() as logs:
        await index.next()
    assert [entry for entry in logs if entry["log_level"] == "error"] == []
    found = await coin(home)
    assert (found.pool, found.complete, found.real_sol) == ("the-pool", True, 0)
    assert (found.virtual_sol, found.virtual_tokens) == (85 * SOL, 2 * 10**14)  # not the curve's, also later
    assert (await home.events()).count("coin.graduated") == 1
    async with home.store.read() as work:
        assert [c.mint for c in await work.coins.on_pools("", 10)] == [CATS]
        cursor = await work.cursors.get(f"pool:{CATS}")
    assert cursor == {
        "signature": log.history[1].signature,
        "sequence": 3,
        "sol": 85 * SOL,
        "atoms": 2 * 10**14,
    }


async def test_a_graduation_of_an_unknown_coin_is_said(home: House, log: FakeLog, index: IndexChain) -> None:
    log.land(Graduated("stray", "the-pool", 1, 1))
    with capture_logs() as logs:
        assert await index.next() == 1
    assert [entry["event"] for entry in logs] == ["indexer.graduation_without_coin"]
