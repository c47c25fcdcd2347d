"""close_epoch: what nobody claimed is not stuck."""

from __future__ import annotations

import pytest
from solders.instruction import AccountMeta

from core.adapters.chain.program.close_epoch import CloseEpoch
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.events import EpochClosed
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.domain.money import Lamports
from tests.program.harness import SLOT, SOL, Chain, events, landed, refused
from tests.program.reward import EXPIRES_AT, OPENED_AT, RENT, Rewards, opened, some_leaves, with_account


@pytest.fixture
def rewards(chain: Chain) -> Rewards:
    """Five leaves, one of them claimed, and expired."""
    rewards = opened(chain, some_leaves(chain, 5))
    landed(rewards.claim(2, chain.wallet()))
    chain.warp(SLOT, EXPIRES_AT)
    return rewards


def test_anyone_sends_the_rest_back_to_the_funder(chain: Chain, rewards: Rewards) -> None:
    paid = rewards.leaves[2].amount
    before = chain.lamports(rewards.funder.pubkey())
    result = landed(rewards.close(chain.wallet()))
    refunded = RENT + rewards.total - paid
    assert chain.lamports(rewards.funder.pubkey()) == before + refunded
    assert chain.svm.get_account(rewards.address) is None
    assert events(result) == [
        EpochClosed(
            epoch=0,
            sequence=3,
            paid=Lamports(paid),
            funder=rewards.funder.pubkey(),
            refunded=Lamports(refunded),
        )
    ]


@pytest.mark.parametrize("time", [OPENED_AT, EXPIRES_AT - 1])
def test_not_while_anybody_can_claim(chain: Chain, rewards: Rewards, time: int) -> None:
    chain.warp(SLOT, time)
    refused(rewards.close(chain.wallet()), ProgramErrorCode.EpochOpen)
    refused(rewards.close(rewards.funder), ProgramErrorCode.EpochOpen)


def test_the_caller_cannot_send_it_elsewhere(chain: Chain, rewards: Rewards) -> None:
    thief = chain.wallet()
    for address in (thief.pubkey(), rewards.address):
        refused(
            chain.send(CloseEpoch(0, address).build(chain.ids), thief),
            ProgramErrorCode.WrongAddress,
        )


def test_a_funder_whose_account_is_gone_gets_it_all_the_same(chain: Chain, rewards: Rewards) -> None:
    chain.wallet_of(rewards.funder, 0)
    landed(rewards.close(chain.wallet()))
    assert chain.lamports(rewards.funder.pubkey()) == RENT + rewards.total - rewards.leaves[2].amount


def test_a_closed_epoch_pays_and_refunds_nobody(chain: Chain, rewards: Rewards) -> None:
    """Not even if a clock goes back, or somebody sends lamports to where the account was."""
    submitter = chain.wallet()
    landed(rewards.close(submitter))
    refused(rewards.close(submitter), ProgramErrorCode.WrongOwner)
    chain.put(rewards.address, 100 * SOL, b"", SYSTEM_PROGRAM)
    chain.warp(SLOT, EXPIRES_AT - 1)
    refused(rewards.claim(0, submitter), ProgramErrorCode.WrongOwner)
    refused(rewards.open(), ProgramErrorCode.WrongEpoch)


def test_revived_in_the_same_transaction_it_is_an_empty_account(chain: Chain, rewards: Rewards) -> None:
    """Closed accounts live until the transaction ends: their data must not be there for a second close."""
    submitter = chain.wallet()
    close = CloseEpoch(0, rewards.funder.pubkey()).build(chain.ids)
    refused(chain.send([close, close], submitter), ProgramErrorCode.WrongOwner)


@pytest.mark.parametrize("index", [0, 1], ids=["epoch", "funder"])
def test_accounts_that_change_must_be_writable(chain: Chain, rewards: Rewards, index: int) -> None:
    built = CloseEpoch(0, rewards.funder.pubkey()).build(chain.ids)
    readonly = AccountMeta(built.accounts[index].pubkey, is_signer=False, is_writable=False)
    sent = chain.send(with_account(built, index, readonly), chain.wallet())
    refused(sent, ProgramErrorCode.NotWritable if index == 0 else "ReadonlyLamportChange")


def test_other_accounts_are_no_epochs(chain: Chain, rewards: Rewards) -> None:
    built = CloseEpoch(0, rewards.funder.pubkey()).build(chain.ids)
    for address, code in (
        (chain.ids.config, ProgramErrorCode.WrongAccountKind),
        (chain.ids.claim_page(0, 0), ProgramErrorCode.WrongAccountKind),  # of the same size
        (rewards.funder.pubkey(), ProgramErrorCode.WrongOwner),
    ):
        meta = AccountMeta(address, is_signer=False, is_writable=True)
        refused(chain.send(with_account(built, 0, meta), chain.wallet()), code)
