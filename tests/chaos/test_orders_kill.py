"""`kill -9` at every step of an order, a launch, a withdrawal, a wallet: restart, and all is as if nothing
had happened.

Each case is a person with a database of their own on one chain and one signer. Their process is killed at its
n-th step; a second one takes over, later by the leases of the first. An ordinary run kills once at each kind
of step, and at those between which an order's money is in each scenario; `CHAOS_EVERY=1` at every step of each.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr
from solders.keypair import Keypair

from core.adapters.db.store import SqlStore
from core.adapters.keys.client import SocketSigner
from core.domain.intent import SellIntent
from core.domain.order import Order, OrderKind, OrderState
from core.ports.chain import Compute
from core.ports.store import Event, Wallet
from pumpbox.bodies import localnet_config
from tests.chaos.crashing import PLATFORM, Life, Wish, live, seen
from tests.fakes.installation import Home, installation
from workers.localnet.main import LocalNode
from workers.localnet.meta import unpack
from workers.localnet.node import FAUCET_LAMPORTS

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVERY = int(os.environ.get("CHAOS_EVERY", "0"))
VITAL = (
    "Orders.",
    "FollowOrders.",
    "Wallets.",
    "Boxes.",
    "PrepareBox._open",
    "the signer",
    "the chain answered sendTransaction",
    "the chain answered requestAirdrop",
)
QUESTIONS = tuple(
    f"the chain answered get{what}"
    for what in (
        "Slot",
        "Balance",
        "AccountInfo",
        "LatestBlockhash",
        "RecentPrio",
        "BlockHeight",
        "MinimumBal",
    )
)
STORED = "Orders._note_signed committed#1"
AT_ONCE = 3  # cases
DEAD = 90.0  # seconds after which a blockhash is dead and finally so
ASKED = 140  # seconds: a quote's life, and as long as one asks before one says that one does not know
LATER = 31  # seconds: the longest lease, of a delivery, and one
SOL = 10**9
FIRST = 10 * SOL  # what the embedded chain gives a new wallet
HOLDING = 2_074_080  # lamports of rent for a first account of a coin
COLD = str(Keypair.from_seed(bytes(31) + b"\4").pubkey())

WALLET = Wish("/wallet")
LANDED = OrderState.LANDED.value
_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload(["tests.chaos.crashing"])


@dataclass(frozen=True)
class Scenario:
    """`wish.say` and `before` may name the coin."""

    wish: Wish
    before: tuple[Wish, ...] = ()
    orders: int = 1  # that land in all
    opened: bool = False  # no order is made: a box is opened, after one reroll


BUY = Wish("/buy {mint} 0.01", "Confirm buy", LANDED)
SCENARIOS = {
    "wallet": Scenario(WALLET, orders=0),
    "buy": Scenario(BUY),
    "sell": Scenario(Wish("/sell {mint} 50%", "Confirm sale", LANDED), (BUY,), orders=2),
    "withdraw": Scenario(Wish(f"/withdraw {COLD} 0.5", "Confirm withdrawal", LANDED), (WALLET,)),
    "launch": Scenario(Wish("/launch space cats", "Launch", LANDED), (WALLET,)),
    "reroll": Scenario(Wish("/launch moon dogs", "Reroll", "opened 1"), orders=0, opened=True),
}


@dataclass(frozen=True)
class Case:
    """One person of a scenario; `die_at` None: nobody is killed."""

    scenario: Scenario
    life: Life

    @property
    def steps(self) -> list[str]:
        return (self.life.folder / "steps").read_text().splitlines()

    def told(self, order: Order) -> set[str]:
        """The states of an order that its person has seen."""
        shown = [record["data"].get("order", {}) for record in seen(self.life.folder / "screen")]
        return {said["state"] for said in shown if said.get("id") == order.id}

    def successor(self, later: int = LATER, die_at: str | None = None) -> Life:
        """Who takes over when the first life is dead."""
        return replace(self.life, later=later, die_at=die_at)


class Stage:
    """The chain and the signer, with one coin on it, and a database that knows nobody but who launched it."""

    def __init__(self, home: Home, mint: str, folder: Path) -> None:
        self.home, self.mint, self._folder, self._cases = home, mint, folder, 0
        self._kinds: set[str] = set()  # of steps at which somebody was killed
        self._template = folder / "template.db"
        _copy(home.settings.data_dir / "pumpbox.db", self._template)

    def case(self, scenario: Scenario, die_at: str | None) -> Case:
        self._cases += 1
        folder = self._folder / f"case-{self._cases}"
        folder.mkdir()
        _copy(self._template, folder / "pumpbox.db")
        url = SecretStr(f"sqlite:///{folder / 'pumpbox.db'}")
        settings = self.home.settings.model_copy(update={"database_url": url})
        wishes = [
            Wish(w.say.format(mint=self.mint), w.press, w.done) for w in (*scenario.before, scenario.wish)
        ]
        user = f"user-{self._cases}"
        return Case(scenario, Life(settings, folder, user, wishes[-1], tuple(wishes[:-1]), die_at))

    def choose(self, steps: list[str]) -> list[str]:
        """The steps to be killed at."""
        chosen = []
        for step in steps:
            quiet = step.startswith(QUESTIONS) or _is_undone(step)
            new = _kind(step) not in self._kinds and (_is_vital(step) or not quiet)
            if EVERY or new or (_is_vital(step) and not _is_undone(step)):
                chosen.append(step)
                self._kinds.add(_kind(step))
        return chosen

    async def check(self, case: Case) -> None:
        found = await self.found(case)
        landed = [order for order in found.orders if order.state is OrderState.LANDED]
        assert len(landed) == case.scenario.orders
        _each_ended_once(case, found)
        if case.scenario.opened:
            assert [(state, rerolls) for state, rerolls, _ in found.boxes] == [("opened", 1)]
        if case.scenario.wish.say.startswith("/launch") and not case.scenario.opened:
            assert [(state, mint) for state, _, mint in found.boxes] == [("launched", landed[-1].mint)]
        if found.wallet is not None:
            await self.chain_agrees(found, landed)
        else:
            assert case.scenario.opened

    async def found(self, case: Case) -> Found:
        store = SqlStore(f"sqlite:///{case.life.folder / 'pumpbox.db'}")
        try:
            return await _found(store, case.life.user)
        finally:
            await store.close()

    async def sells(self, wallet: str, atoms: int) -> str:
        """A sale by other software that may ask the signer; its signature."""
        chain, signer = self.home.app.chain, SocketSigner(self.home.settings.signer_socket)
        intent = SellIntent(self.mint, atoms, 0, await chain.slot() + 100)
        at, compute = await chain.latest_blockhash(), Compute(200_000, 0)
        signed = await signer.sign(f"elsewhere-{wallet[:8]}", wallet, intent, at, compute)
        await chain.send(signed.raw)
        await signer.close()
        return signed.signature

    async def chain_agrees(self, found: Found, landed: list[Order]) -> None:
        """One gift and one transaction an order; the balance is what they make."""
        assert found.wallet is not None
        wallet = found.wallet.address
        history = await self.home.app.rpc.call("getSignaturesForAddress", wallet, {"limit": 1_000})
        assert all(entry["err"] is None for entry in history)
        assert len(history) == 1 + len(landed)
        assert {order.signature for order in landed} < {entry["signature"] for entry in history}
        expected = FIRST + sum(_lamports(order) for order in landed)
        assert await self.home.app.chain.balance(wallet) == expected
        atoms = sum(_atoms(order) for order in landed)
        assert await self.home.app.chain.token_balance(wallet, self.mint) == atoms


@dataclass(frozen=True)
class Found:
    """What a database says of its person. boxes: state, rerolls, mint."""

    orders: list[Order]
    boxes: list[tuple[str, int, str | None]]
    wallet: Wallet | None
    events: list[Event]

    def ends(self, order: Order) -> list[str]:
        return [event.type for event in self.events if event.payload.get("order") == order.id]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("orders")
    async with installation(folder, valkey=False) as home:
        coin = await home.coin("ann")
        await home.stop("indexer", "announcer", "keeper", "preparer", "chat")
        yield Stage(home, coin["mint"], folder)


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(
    stage: Stage, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = SCENARIOS[name]
    undisturbed = stage.case(scenario, None)
    assert await _lived(undisturbed.life) == 0
    await stage.check(undisturbed)
    steps = undisturbed.steps
    cases = [stage.case(scenario, at) for at in stage.choose(steps)]
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> str:
        async with slots:
            return await _killed_and_taken_over(stage, case)

    states = Counter(await asyncio.gather(*(one(case) for case in cases)))
    died = {_kind(case.life.die_at or "") for case in cases}
    assert died >= {_kind(step) for step in steps if _is_vital(step) and not _is_undone(step)}
    with capsys.disabled():
        hit = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        print(f"\n{name}: {len(cases)} kills at {len(died)} kinds of step, with {hit}")


async def test_one_that_was_never_sent_expires_and_is_said_to(stage: Stage) -> None:
    case = stage.case(Scenario(BUY), die_at=STORED)
    assert await _lived(case.life) == -signal.SIGKILL
    await stage.home.stop("chain")
    config = replace(localnet_config(stage.home.settings), now=lambda: time.time() + DEAD)
    async with LocalNode.start(config):  # all that while nobody was there
        assert await _lived(case.successor()) == 0
        found = await stage.found(case)
        expired, landed = found.orders
        assert (expired.state, landed.state) == (OrderState.EXPIRED, OrderState.LANDED)
        assert expired.raw is not None
        await stage.home.app.chain.send(expired.raw)  # its bytes are worth nothing any more
        assert await stage.home.app.chain.statuses([expired.signature or ""]) == [None]
        assert found.ends(expired) == ["order.expired"]
        assert "expired" in case.told(expired)
        await stage.chain_agrees(found, [landed])
    await stage.home.start("chain")


async def test_one_that_the_chain_refuses_in_the_end_fails_once(stage: Stage) -> None:
    """While its process is dead, what it sells is sold from elsewhere."""
    sale = Wish("/sell {mint} 100%", "Confirm sale", OrderState.FAILED.value)
    case = stage.case(Scenario(sale, (BUY,)), die_at=STORED)
    assert await _lived(case.life) == -signal.SIGKILL
    orders = {order.kind: order for order in (await stage.found(case)).orders}
    bought, sold = orders[OrderKind.BUY], orders[OrderKind.SELL]
    elsewhere = await stage.sells(bought.wallet, _atoms(bought))
    assert await _lived(case.successor()) == 0
    found = await stage.found(case)
    failed = next(order for order in found.orders if order.kind is OrderKind.SELL)
    assert (failed.id, failed.state, failed.error) == (sold.id, OrderState.FAILED, "balance-short")
    assert found.ends(failed) == ["order.failed"]
    assert "failed" in case.told(failed)
    statuses = await stage.home.app.chain.statuses([failed.signature or "", elsewhere])
    assert [status.error if status else "absent" for status in statuses] == [failed.error, None]
    assert await stage.home.app.chain.token_balance(bought.wallet, stage.mint) == 0


async def test_one_that_nobody_can_ask_about_is_unknown_until_somebody_can(stage: Stage) -> None:
    case = stage.case(Scenario(BUY), die_at="the chain answered sendTransaction#1")
    assert await _lived(case.life) == -signal.SIGKILL
    await stage.home.stop("chain")
    second = case.successor(later=ASKED, die_at="Orders._end_all committed#1")
    assert await _lived(second) == -signal.SIGKILL
    (unknown,) = (await stage.found(case)).orders
    assert unknown.state is OrderState.UNKNOWN
    await stage.home.start("chain")
    assert await _lived(case.successor(later=ASKED + LATER)) == 0
    found = await stage.found(case)
    (landed,) = found.orders
    assert found.ends(landed) == ["order.unknown", "order.landed"]
    assert LANDED in case.told(landed)
    await stage.chain_agrees(found, [landed])


async def test_two_commands_at_once_get_one_gift(stage: Stage) -> None:
    await asyncio.gather(*(stage.home.say("eve", line) for line in ("/wallet", "/portfolio", "/wallet")))
    assert await stage.home.app.chain.balance(await stage.home.wallet("eve")) == FIRST


async def test_lamports_are_conserved(stage: Stage) -> None:
    """All that any account holds, and the fees that were burnt: what the faucet began with."""
    await stage.home.stop("chain")
    ledger = stage.home.settings.data_dir / "ledger.db"
    with closing(sqlite3.connect(ledger)) as chain:
        (held,) = chain.execute("SELECT sum(lamports) FROM account").fetchone()
        fees = sum(unpack(meta)["fee"] for (meta,) in chain.execute("SELECT meta FROM tx"))
    await stage.home.start("chain")
    assert held + fees == FAUCET_LAMPORTS


async def _killed_and_taken_over(stage: Stage, case: Case) -> str:
    """What state the order was in when its process died."""
    life = case.life
    assert await _lived(life) == -signal.SIGKILL, f"it never came to: {life.die_at}"
    state = _state(life.folder / "pumpbox.db", life.user)
    where = f"killed at: {life.die_at}"
    assert await _lived(case.successor()) == 0, where
    try:
        await stage.check(case)
    except AssertionError as error:
        error.add_note(where)
        raise
    return state


async def _lived(life: Life) -> int | None:
    """A process's life; its exit code. One thread looks after all of them: two would read a code twice."""
    process = _FORK.Process(target=live, args=(life,))
    process.start()
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(process.sentinel, ended.set)
    await ended.wait()
    loop.remove_reader(process.sentinel)
    process.join()
    return process.exitcode


def _kind(step: str) -> str:
    return step.rpartition("#")[0]


def _is_vital(step: str) -> bool:
    """Whether an order, or what it is about, is on its way then."""
    return step.startswith(VITAL)


def _is_undone(step: str) -> bool:
    """A kill there leaves what the step before left."""
    return " wrote#" in step


def _state(database: Path, user: str) -> str:
    """Of the last thing that the user has begun."""
    with closing(sqlite3.connect(database)) as connection:
        for table in ("orders", "boxes"):
            query = f"SELECT state FROM {table} WHERE user_id = ? ORDER BY rowid DESC LIMIT 1"
            row = connection.execute(query, (user,)).fetchone()
            if row is not None:
                return f"an order {row[0]}" if table == "orders" else f"a box {row[0]}"
    return "nothing yet"


async def _found(store: SqlStore, user: str) -> Found:
    async with store.read() as work:
        account = await work.accounts.get(PLATFORM, user)
        assert account is not None
        person = account.person_id
        orders = await work.orders.of_person(person, 100)
        wallet = await work.wallets.of_person(person)
        events = await work.events.after(0, 10_000)
        ids = {event.payload["box"] for event in events if "box" in event.payload}
        boxes = [box for box in [await work.boxes.get(i) for i in ids] if box and box.person_id == person]
    return Found(
        sorted(orders, key=lambda order: (order.created_at, order.id)),
        [(box.state, box.rerolls, box.mint) for box in boxes],
        wallet,
        events,
    )


def _each_ended_once(case: Case, found: Found) -> None:
    """What landed has one event that says so, and whoever asked saw it. What did not is a quote that nobody
    took or that ran out: it was never sent."""
    for order in found.orders:
        if order.state is OrderState.LANDED:
            assert found.ends(order) == ["order.landed"]
            assert LANDED in case.told(order)
        else:
            assert order.state in (OrderState.QUOTED, OrderState.EXPIRED)
            assert order.signature is None


def _lamports(order: Order) -> int:
    """What a landed order did to its wallet."""
    fill = order.result
    assert fill is not None
    if order.kind is OrderKind.SELL:
        return int(fill["lamports"] - fill["network_fee"])
    rent = HOLDING if order.kind is OrderKind.BUY else 0
    return -int(fill["lamports"] + fill["network_fee"] + rent)


def _atoms(order: Order) -> int:
    assert order.result is not None
    return {OrderKind.BUY: 1, OrderKind.SELL: -1}.get(order.kind, 0) * int(order.result["atoms"])


def _copy(database: Path, to: Path) -> None:
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
