"""The index built anew equals the one that followed along, whatever nodes tell of logs and whoever called us.

A random history of all instructions that touch a coin, half of them called by another program, runs in the embedded
chain; two coins graduate, and their pools are traded. One index follows it; others are built from nothing on answers
whose logs are gone, cut or forged, and in which one program more made every call.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from structlog.testing import capture_logs

from core.adapters.chain.log import RpcChainLog
from core.adapters.chain.pool_log import RpcPoolLog
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.launch import Launch
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.program.set_fee_recipient import SetFeeRecipient
from core.adapters.chain.program.sweep_fees import SweepFees
from core.adapters.chain.program.token_account import create_token_account
from core.adapters.chain.raydium.addresses import MAINNET, PoolKeys
from core.adapters.chain.raydium.swap import pool_buy, pool_sell
from core.adapters.chain.rpc import Rpc
from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.adapters.queue.bell import LocalBell
from core.bootstrap import embedded
from core.domain.money import Lamports, TokenAtoms
from core.usecases.index_chain import IndexChain
from core.usecases.index_pools import IndexPools
from tests.fakes.house import Clock
from tests.fakes.live_chain import (
    Transaction,
    cut_off,
    forged,
    graduate,
    land,
    live_chain,
    relayed,
    without_logs,
)
from tests.program.forwarder import forwarded

SOL = 10**9
FOREVER = 2**64 - 1
STEPS, SWAPS = 40, 20
IDS = ProgramIds(Pubkey.from_string(embedded.program_id()))
TREASURY = embedded.keypair("treasury").pubkey()


@dataclass
class WorseRpc:
    """The same node, whose answers about transactions were changed."""

    rpc: Rpc
    change: Callable[[Transaction], Transaction]

    async def call(self, method: str, *params: Any) -> Any:
        answer = await self.rpc.call(method, *params)
        return self.change(answer) if method == "getTransaction" else answer


@dataclass
class History:
    """Random people who do random things; some of them fail."""

    rpc: Rpc
    dice: random.Random
    people: list[Keypair] = field(default_factory=list)
    coins: dict[Pubkey, Keypair] = field(default_factory=dict)  # mint to creator
    failed: int = 0

    async def begin(self) -> None:
        self.people = [Keypair.from_seed(bytes([n] * 32)) for n in range(1, 5)]
        for person in self.people:
            await self.rpc.call("requestAirdrop", str(person.pubkey()), 1_000 * SOL)
        await self.land(self.people[0], self._launch(self.people[0]))

    async def step(self) -> None:
        """One transaction that does one to three things; a coin whose launch failed is none."""
        before = dict(self.coins)
        person = self.dice.choice(self.people)
        kinds = (
            self._launch,
            self._buy,
            self._buy,
            self._buy,
            self._sell,
            self._sell,
            self._sweep,
            self._payee,
        )
        listed = [one for _ in range(self.dice.randint(1, 3)) for one in self.dice.choice(kinds)(person)]
        if not await self.land(person, listed):
            self.coins, self.failed = before, self.failed + 1

    async def land(self, person: Keypair, instructions: list[Instruction]) -> bool:
        needed = {meta.pubkey for one in instructions for meta in one.accounts if meta.is_signer}
        others = [who for who in self.people if who is not person and who.pubkey() in needed]
        _, err = await land(self.rpc, [self._maybe_forwarded(one) for one in instructions], person, *others)
        return err is None

    def _maybe_forwarded(self, one: Instruction) -> Instruction:
        forwardable = one.program_id in (IDS.program, MAINNET.program)
        return forwarded(one) if forwardable and self.dice.random() < 0.5 else one

    async def swap(self, mint: Pubkey) -> None:
        """Somebody trades a graduated coin, now and then more than they have."""
        person = self.dice.choice(self.people)
        who, keys = person.pubkey(), PoolKeys(MAINNET, IDS.pool(mint), mint)
        if self.dice.random() < 0.6:
            lamports = Lamports(self.dice.choice((1, 10**6, SOL // 3, 4 * SOL)))
            listed = pool_buy(who, keys, lamports, TokenAtoms(0))
        else:
            atoms = TokenAtoms(self.dice.choice((5, 10**9, 10**12)))
            listed = pool_sell(who, keys, atoms, Lamports(0))
        self.failed += not await self.land(person, listed)

    def _some_coin(self) -> Pubkey:
        """One of the first four, so that some get far."""
        return self.dice.choice(list(self.coins)[:4])

    def _launch(self, person: Keypair) -> list[Instruction]:
        number = len(self.coins)
        launch = Launch(
            person.pubkey(), 1, number.to_bytes(32, "little"), b"Cats %d" % number, b"CATS", b"http://x"
        )
        self.coins[launch.mint(IDS)] = person
        return [launch.build(IDS)]

    def _buy(self, person: Keypair) -> list[Instruction]:
        mint, who = self._some_coin(), person.pubkey()
        lamports = Lamports(self.dice.choice((0, 10**3, 10**7, SOL, 7 * SOL, 120 * SOL)))
        return [
            create_token_account(who, who, mint),
            Buy(who, mint, lamports, TokenAtoms(0), FOREVER).build(IDS),
        ]

    def _sell(self, person: Keypair) -> list[Instruction]:
        mint, who = self._some_coin(), person.pubkey()
        atoms = TokenAtoms(self.dice.choice((1, 10**8, 10**11, 10**13)))
        return [create_token_account(who, who, mint), Sell(who, mint, atoms, Lamports(0), FOREVER).build(IDS)]

    def _sweep(self, person: Keypair) -> list[Instruction]:
        mint = self._some_coin()
        return [SweepFees(mint, TREASURY, self.coins[mint].pubkey()).build(IDS)]

    def _payee(self, person: Keypair) -> list[Instruction]:
        mint = self._some_coin()
        creator = self.coins[mint].pubkey()
        return [SetFeeRecipient(creator=creator, mint=mint, fee_recipient=creator).build(IDS)]


class Index:
    """An index of its own, on an empty database."""

    def __init__(self, folder: Path, name: str, rpc: Rpc) -> None:
        self.url = f"sqlite:///{folder / name}.db"
        self._rpc = rpc

    async def __aenter__(self) -> Index:
        await upgrade(self.url)
        self.store = SqlStore(self.url)
        program, bell = str(IDS.program), LocalBell()
        self.chain = IndexChain(self.store, RpcChainLog(self._rpc, program), bell, Clock())
        self.pools = IndexPools(self.store, RpcPoolLog(self._rpc, program), bell, Clock())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.store.close()

    async def next(self) -> int:
        """A round, as the role does it."""
        return await self.chain.next() or await self.pools.next()

    async def catch_up(self) -> None:
        while await self.next():
            pass
        await self.next()  # what moved is compared in a round without news

    async def says(self, mints: list[Pubkey]) -> dict[str, Any]:
        """Everything that it knows of these coins, and what it told."""
        async with self.store.read() as work:
            events = [(event.type, event.payload) for event in await work.events.after(0, 10_000)]
            said: dict[str, Any] = {}
            for mint in map(str, mints):
                coin = await work.coins.get(mint)
                fills = sorted(await work.coins.fills(mint, 10_000), key=lambda fill: fill.sequence)
                said[mint] = (
                    [
                        event for event in events if event[1]["mint"] == mint
                    ],  # across coins their order is free
                    None if coin is None else asdict(coin),
                    [asdict(fill) for fill in fills],
                    await work.coins.holders(mint, 100),
                    await work.cursors.get(f"market:{mint}"),
                    await work.cursors.get(f"pool:{mint}"),
                )
        return said


@pytest.mark.parametrize("seed", [1])
async def test_built_from_nothing_it_equals_the_one_that_followed(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    async with live_chain(tmp_path) as rpc, Index(tmp_path, "live", rpc) as live:
        history = History(rpc, dice)
        await history.begin()
        for _ in range(STEPS):
            await history.step()
            if dice.random() < 0.2:
                await live.next()
        moved = list(history.coins)[:2]
        for mint in moved:
            await graduate(rpc, str(mint))
        for _ in range(SWAPS):
            await history.swap(dice.choice(moved))
            if dice.random() < 0.2:
                await live.next()
        with capture_logs() as said:
            await live.catch_up()
        assert [entry for entry in said if entry["log_level"] != "info"] == []
        mints = list(history.coins)
        expected = await live.says(mints)
        assert history.failed  # or the history shows too little
        assert {kind for told, *_ in expected.values() for kind, _ in told} == {
            "coin.launched",
            "coin.bought",
            "coin.complete",
            "coin.graduated",
        }
        for worse in (without_logs, cut_off, forged, relayed):
            changed = cast(Rpc, WorseRpc(rpc, worse))
            async with Index(tmp_path, worse.__name__, changed) as rebuilt:
                await rebuilt.catch_up()
                assert await rebuilt.says(mints) == expected
        log, pools = RpcChainLog(rpc, str(IDS.program)), RpcPoolLog(rpc, str(IDS.program))
        for mint in mints:
            _, coin, *_, market, _ = expected[str(mint)]
            found = await log.market(str(mint))
            assert found is not None
            assert market["sequence"] == found[0]
            reserves: tuple[int, int] = (found[1].virtual_sol, found[1].virtual_tokens)
            if mint in moved:
                assert found[1].graduated
                assert coin["pool"] == str(IDS.pool(mint))
                reserves = await pools.reserves(str(mint)) or (0, 0)
            assert (coin["virtual_sol"], coin["virtual_tokens"]) == reserves
