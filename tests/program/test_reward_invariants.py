"""Epochs under a crowd: whatever order of claims, repeats, forgeries, voids and closes, by whomever.

A model in Python says which of them must be accepted; after each the chain's accounts are what it says.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from solders.keypair import Keypair
from solders.transaction_metadata import FailedTransactionMetadata

from core.domain.merkle import Leaf
from core.domain.money import Lamports
from tests.program.harness import RENT_OF_A_WALLET, SLOT, SOL, Chain, landed
from tests.program.reward import (
    CLAIMS_FROM,
    EXPIRES_AT,
    OPENED_AT,
    RENT,
    Result,
    Rewards,
    prepared,
)

TIMES = (OPENED_AT, CLAIMS_FROM - 1, CLAIMS_FROM, EXPIRES_AT - 1, EXPIRES_AT)
ACTIONS = ("claim", "claim", "claim", "claim", "forge", "void", "close", "close_page", "donate", "tick")


@dataclass
class Model:
    """What one epoch should be."""

    rewards: Rewards
    total: int
    held: int
    paid: set[int] = field(default_factory=set)
    page: bool = False
    gone: bool = False

    @property
    def sum_paid(self) -> int:
        """Lamports of the leaves that were paid."""
        return sum(self.rewards.leaves[index].amount for index in self.paid)


@dataclass
class Crowd:
    """The chain, the model, and what is drawn next."""

    data: st.DataObject
    chain: Chain
    people: list[Keypair]
    epochs: list[Model]
    time: int = OPENED_AT

    def step(self) -> None:
        """One action by somebody on some epoch; the chain must agree whether it may be."""
        epoch = self.data.draw(st.sampled_from(self.epochs))
        who = self.data.draw(st.sampled_from(self.people))
        match self.data.draw(st.sampled_from(ACTIONS)):
            case "claim":
                self.claim(epoch, who)
            case "forge":
                self.forge(epoch, who)
            case "void":
                allowed = not epoch.gone and self.time < CLAIMS_FROM
                self.ends(epoch, allowed, epoch.rewards.void(self.chain.guardian, who))
            case "close":
                allowed = not epoch.gone and self.time >= EXPIRES_AT
                self.ends(epoch, allowed, epoch.rewards.close(who))
            case "close_page":
                sent = epoch.rewards.close_page(0, self.people[0].pubkey(), who)
                allowed = epoch.gone and epoch.page
                expect(sent, allowed)
                epoch.page = epoch.page and not allowed
            case "donate" if not epoch.gone:
                account = self.chain.account(epoch.rewards.address)
                more = self.data.draw(st.integers(1, SOL))
                self.chain.put(epoch.rewards.address, account.lamports + more, account.data, account.owner)
                epoch.held += more
            case "tick":
                self.time = min((time for time in TIMES if time > self.time), default=self.time)
                self.chain.warp(SLOT, self.time)

    def claim(self, epoch: Model, who: Keypair) -> None:
        """A leaf as it was promised, perhaps again. The first to submit pays for the page."""
        index = self.data.draw(st.integers(0, len(epoch.rewards.leaves) - 1))
        amount = epoch.rewards.leaves[index].amount
        allowed = (
            not epoch.gone
            and CLAIMS_FROM <= self.time < EXPIRES_AT
            and index not in epoch.paid
            and epoch.sum_paid + amount <= epoch.total
        )
        who = who if epoch.page else self.people[0]
        expect(epoch.rewards.claim(index, who), allowed)
        if allowed:
            epoch.paid.add(index)
            epoch.held -= amount
            epoch.page = True

    def forge(self, epoch: Model, who: Keypair) -> None:
        """A leaf with something about it changed is nobody's."""
        leaves = epoch.rewards.leaves
        index = self.data.draw(st.integers(0, len(leaves) - 1))
        proof = epoch.rewards.tree.proof(index)
        changes: dict[str, object] = self.data.draw(
            st.sampled_from(
                [
                    {"recipient": who.pubkey()},
                    {"amount": Lamports(leaves[index].amount + 1)},
                    {"index": index + len(leaves)},
                    {"index": index ^ 1},
                    {"proof": (*proof, bytes(32))},
                    {"proof": tuple(proof[1:]) if proof else (bytes(32),)},
                ]
            )
        )
        expect(epoch.rewards.claim(index, who, **changes), allowed=False)

    def ends(self, epoch: Model, allowed: bool, sent: Result) -> None:
        """Everything that the account held is the funder's."""
        expect(sent, allowed)
        if allowed:
            epoch.gone, epoch.held = True, 0

    def check(self) -> None:
        """Accounts are what the model says: so no bit was unset, and nobody was paid twice or by another."""
        for epoch in self.epochs:
            rewards, chain = epoch.rewards, self.chain
            assert chain.lamports(rewards.address) == epoch.held
            for index, leaf in enumerate(rewards.leaves):
                wanted = leaf.amount if index in epoch.paid else 0
                assert chain.lamports(rewards.claim_args(index, self.people[0]).recipient) == wanted
            if epoch.page:
                page = rewards.page(0)
                assert {i for i in range(1_024) if page.has(i)} == epoch.paid
            else:
                assert chain.svm.get_account(chain.ids.claim_page(rewards.number, 0)) is None
            if not epoch.gone:
                state = rewards.state()
                assert state.paid == epoch.sum_paid <= state.total
                assert epoch.held >= RENT + state.total - state.paid
                assert state.sequence == 1 + len(epoch.paid)


def expect(sent: Result, allowed: bool) -> None:
    """The chain's answer is the model's."""
    accepted = not isinstance(sent, FailedTransactionMetadata)
    assert accepted == allowed, sent


def open_some(data: st.DataObject, chain: Chain) -> list[Model]:
    """One to three epochs; of some the leaves promise more than was paid in."""
    models = []
    for number in range(data.draw(st.integers(1, 3))):
        count = data.draw(st.integers(1, 6))
        amounts = [data.draw(st.integers(RENT_OF_A_WALLET, 5 * SOL)) for _ in range(count)]
        leaves = [Leaf(bytes(chain.wallet(0).pubkey()), amount) for amount in amounts]
        rewards = prepared(chain, leaves, number)
        total = data.draw(st.one_of(st.just(sum(amounts)), st.integers(count * RENT_OF_A_WALLET, 30 * SOL)))
        landed(rewards.open(total=Lamports(total)))
        models.append(Model(rewards, total, total + RENT))
    return models


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_nobody_is_paid_twice_and_nothing_is_lost(data: st.DataObject) -> None:
    chain = Chain()
    landed(chain.initialize())
    crowd = Crowd(data, chain, [chain.wallet() for _ in range(3)], open_some(data, chain))
    for _ in range(data.draw(st.integers(10, 40))):
        crowd.step()
        crowd.check()
