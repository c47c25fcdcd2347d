"""`kill -9` at every step of an order, a launch, a withdrawal, a wallet: restart, and all is as if nothing
had happened.

Each case is a person with a database of their own on one chain and one signer. Their process is killed at its
n-th step; a second one takes over, later by the leases of the first. An ordinary run kills once at each kind
of step, and at those between which an order's money is in each scenario; `CHAOS_EVERY=1` at every step of each.
"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from solders.keypair import Keypair

from core.domain.order import OrderKind, OrderState
from pumpbox.bodies import localnet_config
from tests.chaos.books import conserved
from tests.chaos.crashing import Wish
from tests.chaos.stage import (
    FIRST,
    LANDED,
    LATER,
    Case,
    Scenario,
    Stage,
    atoms_of,
    is_undone,
    is_vital,
    kind,
    lived,
)
from tests.fakes.installation import installation
from workers.localnet.main import LocalNode

pytestmark = pytest.mark.asyncio(loop_scope="module")

STORED = "Orders._note_signed committed#1"
AT_ONCE = 3  # cases
DEAD = 90.0  # seconds after which a blockhash is dead and finally so
ASKED = 140  # seconds: a quote's life, and as long as one asks before one says that one does not know
COLD = str(Keypair.from_seed(bytes(31) + b"\4").pubkey())

WALLET = Wish("/wallet")
BUY = Wish("/buy {mint} 0.01", "Confirm buy", LANDED)
SCENARIOS = {
    "wallet": Scenario(WALLET, orders=0),
    "buy": Scenario(BUY),
    "sell": Scenario(Wish("/sell {mint} 50%", "Confirm sale", LANDED), (BUY,), orders=2),
    "withdraw": Scenario(Wish(f"/withdraw {COLD} 0.5", "Confirm withdrawal", LANDED), (WALLET,)),
    "launch": Scenario(Wish("/launch space cats", "Launch", LANDED), (WALLET,)),
    "reroll": Scenario(Wish("/launch moon dogs", "Reroll", "opened 1"), orders=0, opened=True),
}


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
    assert await lived(undisturbed.life) == 0
    await stage.check(undisturbed)
    steps = undisturbed.steps
    cases = [stage.case(scenario, at) for at in stage.choose(steps)]
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> str:
        async with slots:
            return await _killed_and_taken_over(stage, case)

    states = Counter(await asyncio.gather(*(one(case) for case in cases)))
    died = {kind(case.life.die_at or "") for case in cases}
    assert died >= {kind(step) for step in steps if is_vital(step) and not is_undone(step)}
    with capsys.disabled():
        hit = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        print(f"\n{name}: {len(cases)} kills at {len(died)} kinds of step, with {hit}")


async def test_one_that_was_never_sent_expires_and_is_said_to(stage: Stage) -> None:
    case = stage.case(Scenario(BUY), die_at=STORED)
    assert await lived(case.life) == -signal.SIGKILL
    await stage.home.stop("chain")
    config = replace(localnet_config(stage.home.settings), now=lambda: time.time() + DEAD)
    async with LocalNode.start(config):  # all that while nobody was there
        assert await lived(case.successor()) == 0
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
    assert (
        await lived(stage.case(Scenario(BUY), None).life) == 0
    )  # somebody else holds at least as many coins
    case = stage.case(Scenario(sale, (BUY,)), die_at=STORED)
    assert await lived(case.life) == -signal.SIGKILL
    orders = {order.kind: order for order in (await stage.found(case)).orders}
    bought, sold = orders[OrderKind.BUY], orders[OrderKind.SELL]
    elsewhere = await stage.sells(bought.wallet, atoms_of(bought))
    assert await lived(case.successor()) == 0
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
    assert await lived(case.life) == -signal.SIGKILL
    await stage.home.stop("chain")
    second = case.successor(later=ASKED, die_at="Orders._end_all committed#1")
    assert await lived(second) == -signal.SIGKILL
    (unknown,) = (await stage.found(case)).orders
    assert unknown.state is OrderState.UNKNOWN
    await stage.home.start("chain")
    assert await lived(case.successor(later=ASKED + LATER)) == 0
    found = await stage.found(case)
    (landed,) = found.orders
    assert found.ends(landed) == ["order.unknown", "order.landed"]
    assert LANDED in case.told(landed)
    await stage.chain_agrees(found, [landed])


async def test_two_commands_at_once_get_one_gift(stage: Stage) -> None:
    await asyncio.gather(*(stage.home.say("eve", line) for line in ("/wallet", "/portfolio", "/wallet")))
    assert await stage.home.app.chain.balance(await stage.home.wallet("eve")) == FIRST


async def test_lamports_are_conserved(stage: Stage) -> None:
    """All that any account holds, and the fees that were burnt: what it began with."""
    await stage.home.stop("chain")
    conserved(stage.home.settings)
    await stage.home.start("chain")


async def _killed_and_taken_over(stage: Stage, case: Case) -> str:
    """What state the order was in when its process died."""
    life = case.life
    code = await lived(life)
    at = life.die_at or ""
    if code == 0 and (not at.endswith("#1") or at.startswith("IndexChain")):
        return "nothing to kill: how often the chain is asked varies, and what the index meets there is others' too"
    assert code == -signal.SIGKILL, f"it never came to: {at}"
    state = _state(life.folder / "pumpbox.db", life.user)
    where = f"killed at: {life.die_at}"
    assert await lived(case.successor()) == 0, where
    try:
        await stage.check(case)
    except AssertionError as error:
        error.add_note(where)
        raise
    return state


def _state(database: Path, user: str) -> str:
    """Of the last thing that the user has begun."""
    with closing(sqlite3.connect(database)) as connection:
        for table in ("orders", "boxes"):
            query = f"SELECT state FROM {table} WHERE user_id = ? ORDER BY rowid DESC LIMIT 1"
            row = connection.execute(query, (user,)).fetchone()
            if row is not None:
                return f"an order {row[0]}" if table == "orders" else f"a box {row[0]}"
    return "nothing yet"
