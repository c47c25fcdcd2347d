"""open_epoch: who may, within which bounds, and that the promise comes with its money."""

from __future__ import annotations

from typing import Any

import pytest
from solders.instruction import AccountMeta

from core.adapters.chain.program.accounts import Config, RewardEpoch
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.events import EpochOpened
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.domain.merkle import Leaf
from core.domain.money import Lamports
from tests.program.harness import RENT_OF_A_WALLET, SOL, Chain, events, key, landed, refused
from tests.program.reward import (
    CLAIMS_FROM,
    DAY,
    EXPIRES_AT,
    MONTH,
    OPENED_AT,
    RENT,
    Rewards,
    other_addresses,
    prepared,
    some_leaves,
    with_account,
)


@pytest.fixture
def rewards(chain: Chain) -> Rewards:
    """Five leaves, not open yet."""
    return prepared(chain, some_leaves(chain, 5))


def test_the_promise_and_its_money_are_there_together(chain: Chain, rewards: Rewards) -> None:
    before = chain.lamports(rewards.funder.pubkey())
    result = landed(rewards.open())
    state = rewards.state()
    assert state == RewardEpoch(
        number=0,
        sequence=1,
        count=5,
        total=Lamports(rewards.total),
        paid=Lamports(0),
        rent_deposit=Lamports(RENT),
        opened_at=OPENED_AT,
        claims_from=CLAIMS_FROM,
        expires_at=EXPIRES_AT,
        root=rewards.tree.root,
        leaves_sha256=bytes(range(32)),
        funder=rewards.funder.pubkey(),
    )
    assert chain.lamports(rewards.address) == rewards.total + RENT
    assert before - chain.lamports(rewards.funder.pubkey()) == rewards.total + RENT + 10_000  # two signatures
    assert chain.config().next_epoch == 1
    assert events(result) == [
        EpochOpened(
            epoch=0,
            sequence=1,
            root=state.root,
            leaves_sha256=state.leaves_sha256,
            count=5,
            total=state.total,
            opened_at=OPENED_AT,
            claims_from=CLAIMS_FROM,
            expires_at=EXPIRES_AT,
            rent_deposit=Lamports(RENT),
            funder=state.funder,
        )
    ]


def test_the_rewards_key_may_pay_itself(chain: Chain) -> None:
    leaves = some_leaves(chain, 2)
    rewards = prepared(chain, leaves)
    chain.wallet_of(chain.rewards, 10 * SOL)
    args = rewards.open_args(funder=chain.rewards.pubkey())
    landed(chain.send(args.build(chain.ids), chain.rewards))
    assert rewards.state().funder == chain.rewards.pubkey()


def test_epochs_are_numbered_one_after_the_other(chain: Chain, rewards: Rewards) -> None:
    landed(rewards.open())
    second = prepared(chain, some_leaves(chain, 2), number=1)
    landed(second.open())
    assert second.state().number == 1
    assert rewards.state().count == 5


@pytest.mark.parametrize("number", [0, 2])
def test_leaves_hashed_with_another_number_are_refused(chain: Chain, rewards: Rewards, number: int) -> None:
    """Opened as another epoch, none of its leaves could be claimed: the money would wait for the expiry."""
    landed(rewards.open())
    wrong = prepared(chain, some_leaves(chain, 2), number=number)
    refused(wrong.open(), ProgramErrorCode.WrongEpoch)


def test_a_stranger_is_refused(chain: Chain, rewards: Rewards) -> None:
    stranger = chain.wallet()
    args = rewards.open_args(authority=stranger.pubkey())
    refused(chain.send(args.build(chain.ids), rewards.funder, stranger), ProgramErrorCode.Unauthorized)


def test_the_rewards_key_must_sign(chain: Chain, rewards: Rewards) -> None:
    """Fake signer: the right key, named by who can't sign with it."""
    built = rewards.open_args().build(chain.ids)
    unsigned = AccountMeta(chain.rewards.pubkey(), is_signer=False, is_writable=False)
    refused(chain.send(with_account(built, 0, unsigned), rewards.funder), ProgramErrorCode.MissingSigner)


def test_a_funder_who_did_not_sign_pays_nothing(chain: Chain, rewards: Rewards) -> None:
    victim = AccountMeta(chain.wallet().pubkey(), is_signer=False, is_writable=True)
    built = with_account(rewards.open_args().build(chain.ids), 1, victim)
    refused(chain.send(built, rewards.funder, chain.rewards), "PrivilegeEscalation")


def test_a_funder_who_has_too_little_opens_nothing(chain: Chain, rewards: Rewards) -> None:
    chain.wallet_of(rewards.funder, rewards.total)
    refused(rewards.open(), "Custom(1)")
    assert chain.config().next_epoch == 0


def test_a_forged_config_is_refused(chain: Chain, rewards: Rewards) -> None:
    """Fake owner: a Config of the thief's, with the thief's rewards key."""
    thief, fake = chain.wallet(), chain.wallet(0).pubkey()
    data = bytearray(chain.account(chain.ids.config).data)
    data[192:224] = bytes(thief.pubkey())
    assert Config.decode(bytes(data)).rewards == thief.pubkey()
    chain.put(fake, SOL, bytes(data), SYSTEM_PROGRAM)
    args = rewards.open_args(authority=thief.pubkey())
    built = with_account(args.build(chain.ids), 2, AccountMeta(fake, is_signer=False, is_writable=True))
    refused(chain.send(built, rewards.funder, thief), ProgramErrorCode.WrongOwner)


def test_config_must_be_writable(chain: Chain, rewards: Rewards) -> None:
    """Its counter moves: an epoch number that came twice would make old proofs good again."""
    readonly = AccountMeta(chain.ids.config, is_signer=False, is_writable=False)
    built = with_account(rewards.open_args().build(chain.ids), 2, readonly)
    refused(chain.send(built, rewards.funder, chain.rewards), ProgramErrorCode.NotWritable)


def test_a_non_canonical_address_is_refused(chain: Chain, rewards: Rewards) -> None:
    built = rewards.open_args().build(chain.ids)
    for address in other_addresses(chain, b"epoch", bytes(8)):
        meta = AccountMeta(address, is_signer=False, is_writable=True)
        sent = chain.send(with_account(built, 3, meta), rewards.funder, chain.rewards)
        refused(sent, ProgramErrorCode.WrongAddress)


def test_a_prefunded_address_is_no_obstacle(chain: Chain, rewards: Rewards) -> None:
    """Pump Science H-01. What was sent there makes it cheaper; what is too much stays and goes to the funder."""
    chain.put(rewards.address, 50 * SOL, b"", SYSTEM_PROGRAM)
    before = chain.lamports(rewards.funder.pubkey())
    landed(rewards.open())
    assert chain.lamports(rewards.address) == 50 * SOL > rewards.total
    assert before - chain.lamports(rewards.funder.pubkey()) == 10_000


LEAST = RENT_OF_A_WALLET
REFUSED: dict[str, dict[str, Any]] = {
    "no leaf": {"count": 0},
    "more leaves than a proof in one transaction reaches": {"count": 2**24 + 1},
    "as many leaves as 64 bits hold": {"count": 2**64 - 1},
    "a product that wraps to little": {"count": 2**60, "total": Lamports(1)},
    "a total of nothing": {"total": Lamports(0)},
    "a total that can't pay every leaf the least": {"total": Lamports(5 * LEAST - 1)},
    "under 30 days": {"claim_time": MONTH - 1},
    "no time": {"claim_time": 0},
    "over 2 years": {"claim_time": 730 * DAY + 1},
    "as long as 32 bits hold": {"claim_time": 2**32 - 1},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_what_lies_outside_the_compiled_bounds_is_refused(rewards: Rewards, change: dict[str, Any]) -> None:
    refused(rewards.open(**change), ProgramErrorCode.InvalidEpoch)


ACCEPTED: dict[str, dict[str, Any]] = {
    "one leaf": {"count": 1, "total": Lamports(LEAST)},
    "the most leaves": {"count": 2**24, "total": Lamports(2**24 * LEAST)},
    "the least total": {"total": Lamports(5 * LEAST)},
    "30 days": {"claim_time": MONTH},
    "2 years": {"claim_time": 730 * DAY},
}


@pytest.mark.parametrize("change", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_the_bounds_themselves_are_accepted(chain: Chain, rewards: Rewards, change: dict[str, Any]) -> None:
    chain.wallet_of(rewards.funder, 20_000 * SOL)
    landed(rewards.open(**change))


def test_a_number_that_a_page_could_not_hold_is_refused(chain: Chain) -> None:
    chain.edit(chain.ids.config, 32, (2**32).to_bytes(8, "little"))
    assert chain.config().next_epoch == 2**32
    rewards = prepared(chain, [Leaf(bytes(key(1).pubkey()), SOL)], number=2**32)
    refused(rewards.open(), ProgramErrorCode.InvalidEpoch)


def test_a_pause_does_not_stop_it(chain: Chain, rewards: Rewards) -> None:
    """Pause stops launches and buys only."""
    chain.edit(chain.ids.config, 48, (2**40).to_bytes(8, "little"))
    assert chain.config().paused_until == 2**40
    landed(rewards.open())
