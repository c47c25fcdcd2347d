"""The index built anew equals the one that followed along, whatever nodes tell of logs and whoever called us.

A random history of all instructions that touch a coin runs in the embedded chain. One index follows it; others are
built from nothing on answers whose logs are gone, cut or forged, and in which another program made every call.
"""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction as Signed

from core.adapters.chain.log import RpcChainLog
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.launch import Launch
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.program.set_fee_recipient import SetFeeRecipient
from core.adapters.chain.program.sweep_fees import SweepFees
from core.adapters.chain.program.token_account import create_token_account
from core.adapters.chain.rpc import Rpc
from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.adapters.queue.bell import LocalBell
from core.bootstrap import embedded
from core.domain.money import Lamports, TokenAtoms
from core.usecases.index_chain import IndexChain
from tests.fakes.house import Clock
from tests.fakes.live_chain import Transaction, cut_off, forged, live_chain, relayed, without_logs

SOL = 10**9
FOREVER = 2**64 - 1
STEPS = 50
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
        latest = Hash.from_string((await self.rpc.call("getLatestBlockhash"))["value"]["blockhash"])
        needed = {meta.pubkey for one in instructions for meta in one.accounts if meta.is_signer}
        signers = [who for who in self.people if who is person or who.pubkey() in needed]
        message = Message.new_with_blockhash(instructions, person.pubkey(), latest)
        raw = bytes(Signed(signers, message, latest))
        options = {"encoding": "base64", "skipPreflight": True}
        signature = await self.rpc.call("sendTransaction", b64encode(raw).decode(), options)
        status = (await self.rpc.call("getSignatureStatuses", [signature]))["value"][0]
        return bool(status["err"] is None)

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
        self.work = IndexChain(self.store, RpcChainLog(self._rpc, str(IDS.program)), LocalBell(), Clock())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.store.close()

    async def catch_up(self) -> None:
        while await self.work.next():
            pass

    async def says(self, mints: list[Pubkey]) -> dict[str, Any]:
        """Everything that it knows of these coins, and what it told."""
        async with self.store.read() as work:
            events = [(event.type, event.payload) for event in await work.events.after(0, 10_000)]
            said: dict[str, Any] = {"events": events}
            for mint in map(str, mints):
                coin = await work.coins.get(mint)
                fills = sorted(await work.coins.fills(mint, 10_000), key=lambda fill: fill.sequence)
                said[mint] = (
                    None if coin is None else asdict(coin),
                    [asdict(fill) for fill in fills],
                    await work.coins.holders(mint, 100),
                    await work.cursors.get(f"market:{mint}"),
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
                await live.work.next()
        await live.catch_up()
        mints = list(history.coins)
        expected = await live.says(mints)
        assert history.failed  # or the history shows too little
        assert {kind for kind, _ in expected["events"]} == {"coin.launched", "coin.bought", "coin.complete"}
        for worse in (without_logs, cut_off, forged, relayed):
            changed = cast(Rpc, WorseRpc(rpc, worse))
            async with Index(tmp_path, worse.__name__, changed) as rebuilt:
                await rebuilt.catch_up()
                assert await rebuilt.says(mints) == expected
        log = RpcChainLog(rpc, str(IDS.program))
        for mint in mints:
            coin, *_, market = expected[str(mint)]
            found = await log.market(str(mint))
            assert (found is None) == (coin is None)
            if found is not None:
                assert market["sequence"] == found[0]
                assert (coin["virtual_sol"], coin["virtual_tokens"]) == (
                    found[1].virtual_sol,
                    found[1].virtual_tokens,
                )
