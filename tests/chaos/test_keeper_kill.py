"""`kill -9` of a keeper at every kind of step: another takes over, the coin graduates once, its fees are swept once.

Each case is a complete coin and a database of its own on one chain and one signer.
"""

from __future__ import annotations

import asyncio
import hashlib
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.db.store import SqlStore
from core.bootstrap import places
from core.domain.intent import BuyIntent, Intent, LaunchIntent
from core.domain.money import U64_MAX
from core.ports.chain import Compute
from tests.chaos.books import conserved
from tests.chaos.keeping import LATER, SWEPT_TO, Keeping, kept
from tests.fakes.installation import Home, installation
from tests.fakes.rows import a_coin

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOL = 10**9
AT_ONCE = 4  # cases
QUESTION = "the chain answered get"  # a kill there leaves what the step before left, as it does amid writing
VITAL = ("Errands.", "the signer", "the chain answered sendTransaction", "KeeperWallet.")


class Stage:
    """A chain and a signer, and as many complete coins as are asked for."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home, self._folder, self._cases = home, folder, 0
        self.ids = ProgramIds(Pubkey.from_string(places.program_id(home.settings)))

    async def case(self, die_at: str | None) -> Keeping:
        """A coin that somebody bought up, in a database that knows nothing else."""
        self._cases += 1
        number = self._cases
        folder = self._folder / f"case-{number}"
        folder.mkdir()
        empty = self.home.settings.data_dir / "pumpbox.db"
        with (
            closing(sqlite3.connect(empty)) as source,
            closing(sqlite3.connect(folder / "pumpbox.db")) as copy,
        ):
            source.backup(copy)
        whale = await self.home.app.signer.create_wallet(f"whale-{number}")
        await self.home.app.rpc.call("requestAirdrop", whale, 30 * SOL)
        commitment = hashlib.sha256(str(number).encode()).hexdigest()
        launch = LaunchIntent("Space Cats", "SPCAT", "http://localhost/m.json", commitment, 1)
        mint = self.home.app.chain.mint_address(whale, launch)
        await self._signed(f"launch-{number}", whale, launch)
        await self._signed(f"buy-{number}", whale, BuyIntent(mint, 20 * SOL, 1, U64_MAX))
        url = f"sqlite:///{folder / 'pumpbox.db'}"
        store = SqlStore(url)
        async with store.begin() as work:
            await work.coins.put(a_coin(mint, complete=True))
        await store.close()
        settings = self.home.settings.model_copy(
            update={"database_url": SecretStr(url), "keeper_sweep_sol": "0.01"}
        )
        return Keeping(settings, folder, mint, die_at)

    async def check(self, mint: str) -> None:
        """One graduation and one sweep, nothing that failed, and the curve keeps what its account needs and the
        fees that came last."""
        chain, curve = self.home.app.chain, str(self.ids.curve(Pubkey.from_string(mint)))
        history = await self.home.app.rpc.call("getSignaturesForAddress", curve, {"limit": 100})
        assert [entry["err"] for entry in history] == [None] * 4  # launch, buy, and in any order the two
        state = await chain.curve(mint)
        assert state is not None
        assert state.graduated
        fees = int(state.protocol_fees + state.creator_fees)
        assert fees < SWEPT_TO
        deposit = await self.home.app.rpc.call("getMinimumBalanceForRentExemption", 200)
        assert await chain.balance(curve) == deposit + fees

    async def _signed(self, order: str, wallet: str, intent: Intent) -> None:
        chain, compute = self.home.app.chain, Compute(200_000, 0)
        at = await chain.latest_blockhash()
        signed = await self.home.app.signer.sign(order, wallet, intent, at, compute)
        await chain.send(signed.raw)
        (status,) = await chain.statuses([signed.signature])
        assert status is not None
        assert status.error is None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("keeper")
    roles = ("indexer", "announcer", "keeper", "preparer", "web")
    async with installation(folder, valkey=False, without=roles, cents_per_sol=100_000) as home:
        yield Stage(home, folder)


async def test_a_kill_at_any_step_graduates_once_and_sweeps_once(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    undisturbed = replace(await stage.case(None), alone=True)
    assert await kept(undisturbed) == 0
    await stage.check(undisturbed.mint)
    steps = [step for step in _steps(undisturbed) if step.endswith("#1") or step.startswith(VITAL)]
    steps = [step for step in steps if not step.startswith(QUESTION) and " wrote#" not in step]
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(die_at: str) -> bool:
        async with slots:
            case = await stage.case(die_at)
            code = await kept(case)
            if code == 0:
                return False  # how often a step comes varies with time
            assert code == -signal.SIGKILL, f"it never came to: {die_at}"
            assert await kept(replace(case, die_at=None, later=LATER)) == 0, die_at
            try:
                await stage.check(case.mint)
            except AssertionError as error:
                error.add_note(f"killed at: {die_at}")
                raise
            return True

    killed = await asyncio.gather(*(one(step) for step in steps))
    assert sum(killed) > len(steps) // 2
    with capsys.disabled():
        print(f"\nkeeper: {sum(killed)} kills")


@pytest.mark.parametrize("at", [None, "the signer signed#1", "the chain answered sendTransaction#1"])
async def test_one_leads_and_the_other_stands_by(stage: Stage, at: str | None) -> None:
    """Both run; when the leader is killed, the other goes on as its lease runs out."""
    first = await stage.case(at)
    codes = await asyncio.gather(kept(first), kept(replace(first, die_at=None)))
    assert codes[1] == 0
    assert codes[0] in (0, -signal.SIGKILL)  # it lives if the other was quicker to lead
    await stage.check(first.mint)


async def test_lamports_are_conserved(stage: Stage) -> None:
    """All that any account holds, and the fees that were burnt: what it began with."""
    await stage.home.stop("chain")
    conserved(stage.home.settings)
    await stage.home.start("chain")


def _steps(case: Keeping) -> list[str]:
    return (case.folder / "steps").read_text().splitlines()
