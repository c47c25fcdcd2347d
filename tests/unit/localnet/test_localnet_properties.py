"""Whatever is sent, no lamport or atom is made or lost, and a restart finds the chain as it was."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from solders.account import Account
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.fakes.chain_builders import SOL, holding, make_holding, make_mint, mint_to, move, pay, signed
from tests.unit.localnet.conftest import Time
from workers.localnet import tokens
from workers.localnet.config import LocalnetConfig
from workers.localnet.errors import RpcError
from workers.localnet.node import FAUCET_LAMPORTS, Landed, Node

WALLETS = 3
who = st.integers(0, WALLETS - 1)
lamports = st.one_of(st.integers(0, 3 * SOL), st.sampled_from([1, 890_879, 890_880, 2**64 - 1]))
atoms = st.one_of(st.integers(0, 2_000), st.just(2**64 - 1))


class Chain(RuleBasedStateMachine):
    """Random transfers, token movements, failures and restarts, by wallets that may run dry."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.time = Time()
        self.fees = 0
        self.minted = 0
        self.node = self.open()
        self.wallets = [Keypair() for _ in range(WALLETS)]
        self.mint = Keypair()

    def open(self) -> Node:
        node = Node(LocalnetConfig(Path(self.folder.name) / "ledger.db", now=self.time))
        node.listeners.append(self.heard)
        return node

    def heard(self, landed: Landed) -> None:
        before = sum(change.before.lamports for change in landed.changes if change.before)
        after = sum(change.after.lamports for change in landed.changes if change.after)
        self.fees += before - after
        assert before - after in (5_000, 10_000)

    def teardown(self) -> None:
        self.node.close()
        self.folder.cleanup()

    def send(
        self, payer: Keypair, instructions: list[Instruction], *others: Keypair, skip: bool = False
    ) -> bool:
        raw = bytes(signed(instructions, self.node.latest_blockhash(), payer, *others))
        try:
            self.node.send(raw, skip_preflight=skip)
        except RpcError:
            return False
        return True

    @initialize()
    def begin(self) -> None:
        for wallet in self.wallets:
            self.node.airdrop(wallet.pubkey(), SOL)
        launch = [*make_mint(self.wallets[0], self.mint), self.holding_of(0)]
        assert self.send(self.wallets[0], launch, self.mint)

    def holding_of(self, index: int) -> Instruction:
        return make_holding(self.wallets[0], self.wallets[index].pubkey(), self.mint.pubkey())

    def account_of(self, index: int) -> Pubkey:
        return holding(self.wallets[index].pubkey(), self.mint.pubkey())

    @rule(source=who, taker=who, amount=lamports, skip=st.booleans())
    def transfer(self, source: int, taker: int, amount: int, skip: bool) -> None:
        payer = self.wallets[source]
        self.send(payer, [pay(payer, self.wallets[taker].pubkey(), amount)], skip=skip)

    @rule(taker=who, amount=atoms)
    def issue(self, taker: int, amount: int) -> None:
        issued = mint_to(self.wallets[0], self.mint.pubkey(), self.account_of(taker), amount)
        if self.send(self.wallets[0], [self.holding_of(taker), issued]):
            self.minted += amount

    @rule(source=who, taker=who, amount=atoms, skip=st.booleans())
    def trade(self, source: int, taker: int, amount: int, skip: bool) -> None:
        owner, mint = self.wallets[source], self.mint.pubkey()
        self.send(
            owner, [move(owner, mint, self.account_of(source), self.account_of(taker), amount)], skip=skip
        )

    @rule(taker=who)
    def airdrop(self, taker: int) -> None:
        self.node.airdrop(self.wallets[taker].pubkey(), SOL // 10)

    @rule(slots=st.integers(1, 200))
    def wait(self, slots: int) -> None:
        self.time.pass_slots(slots)

    @rule()
    def restart(self) -> None:
        before, slot = self.everything(), self.node.clock.slot()
        self.node.close()
        self.node = self.open()
        assert self.everything() == before
        assert self.node.clock.slot() == slot

    def everything(self) -> dict[Pubkey, Account | None]:
        """The accounts in memory, asked for by the keys on disk: both must agree."""
        on_disk = dict(self.node.ledger.accounts())
        in_memory = {key: self.node.engine.get(key) for key in on_disk}
        assert in_memory == on_disk
        return in_memory

    @invariant()
    def no_lamport_is_made_or_lost(self) -> None:
        held = sum(account.lamports for _, account in self.node.ledger.accounts())
        assert held + self.fees == FAUCET_LAMPORTS

    @precondition(lambda self: self.node.engine.get(self.mint.pubkey()) is not None)
    @invariant()
    def no_atom_is_made_or_lost_and_the_index_knows_all(self) -> None:
        mint = self.node.engine.get(self.mint.pubkey())
        assert mint is not None
        held = 0
        find: Callable[[Pubkey], Account | None] = self.node.engine.get
        for key in self.node.indexes.of_mint(self.mint.pubkey()):
            account = find(key)
            assert account is not None
            share = tokens.holding(account)
            assert share is not None
            held += share.amount
            assert key in self.node.indexes.of_wallet(share.owner)
        assert held == tokens.supply_and_decimals(mint)[0] == self.minted


Chain.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
TestChain = Chain.TestCase
