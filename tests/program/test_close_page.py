"""close_page: who paid for a page gets that back, and never before the epoch is gone."""

from __future__ import annotations

import pytest
from solders.instruction import AccountMeta
from solders.keypair import Keypair

from core.adapters.chain.program.close_epoch import CloseEpoch
from core.adapters.chain.program.close_page import ClosePage
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from tests.program.harness import SLOT, SOL, Chain, landed, refused
from tests.program.reward import CLAIMS_FROM, EXPIRES_AT, RENT, Rewards, opened, some_leaves, with_account


@pytest.fixture
def submitter(chain: Chain) -> Keypair:
    """Who pays for the page."""
    return chain.wallet()


@pytest.fixture
def rewards(chain: Chain, submitter: Keypair) -> Rewards:
    """One of five leaves claimed; expired, not closed."""
    rewards = opened(chain, some_leaves(chain, 5))
    landed(rewards.claim(2, submitter))
    chain.warp(SLOT, EXPIRES_AT)
    return rewards


def test_the_payer_gets_the_rent_back(chain: Chain, rewards: Rewards, submitter: Keypair) -> None:
    landed(rewards.close(chain.wallet()))
    before = chain.lamports(submitter.pubkey())
    landed(rewards.close_page(2, submitter.pubkey(), chain.wallet()))
    assert chain.lamports(submitter.pubkey()) == before + RENT
    assert chain.svm.get_account(chain.ids.claim_page(0, 2)) is None


def test_both_can_be_closed_at_once(chain: Chain, rewards: Rewards, submitter: Keypair) -> None:
    before = chain.lamports(submitter.pubkey())
    close = CloseEpoch(0, rewards.funder.pubkey()).build(chain.ids)
    page = ClosePage(0, 2, submitter.pubkey()).build(chain.ids)
    landed(chain.send([close, page], chain.wallet()))
    assert chain.lamports(submitter.pubkey()) == before + RENT


def test_a_voided_epochs_number_has_no_pages(chain: Chain, rewards: Rewards, submitter: Keypair) -> None:
    refused(rewards.close_page(1_024, submitter.pubkey(), submitter), ProgramErrorCode.WrongOwner)


@pytest.mark.parametrize("time", [CLAIMS_FROM, EXPIRES_AT - 1, EXPIRES_AT, 2**62])
def test_not_while_the_epoch_is_there(chain: Chain, rewards: Rewards, submitter: Keypair, time: int) -> None:
    """A page closed too early forgets who was paid: claim, close, claim again. Whatever the clock says."""
    chain.warp(SLOT, time)
    refused(rewards.close_page(2, submitter.pubkey(), submitter), ProgramErrorCode.EpochOpen)


def test_another_epochs_absence_closes_no_page(chain: Chain, rewards: Rewards, submitter: Keypair) -> None:
    """Fake account: an epoch that was never opened, or any empty address, is not the page's epoch."""
    built = ClosePage(0, 2, submitter.pubkey()).build(chain.ids)
    for address in (chain.ids.epoch(1), chain.wallet(0).pubkey(), SYSTEM_PROGRAM):
        meta = AccountMeta(address, is_signer=False, is_writable=False)
        refused(chain.send(with_account(built, 1, meta), submitter), ProgramErrorCode.WrongAddress)


def test_lamports_where_the_epoch_was_do_not_hold_the_rent(
    chain: Chain, rewards: Rewards, submitter: Keypair
) -> None:
    landed(rewards.close(chain.wallet()))
    chain.put(rewards.address, SOL, b"", SYSTEM_PROGRAM)
    landed(rewards.close_page(2, submitter.pubkey(), chain.wallet()))


def test_the_caller_cannot_send_it_elsewhere(chain: Chain, rewards: Rewards) -> None:
    landed(rewards.close(chain.wallet()))
    thief = chain.wallet()
    refused(rewards.close_page(2, thief.pubkey(), thief), ProgramErrorCode.WrongAddress)


def test_an_open_epoch_is_no_page(chain: Chain, rewards: Rewards, submitter: Keypair) -> None:
    """They have the same size: the discriminator tells them apart."""
    built = ClosePage(0, 2, submitter.pubkey()).build(chain.ids)
    meta = AccountMeta(rewards.address, is_signer=False, is_writable=True)
    refused(chain.send(with_account(built, 0, meta), submitter), ProgramErrorCode.WrongAccountKind)


@pytest.mark.parametrize("index", [0, 2], ids=["page", "payer"])
def test_accounts_that_change_must_be_writable(
    chain: Chain, rewards: Rewards, submitter: Keypair, index: int
) -> None:
    landed(rewards.close(chain.wallet()))
    built = ClosePage(0, 2, submitter.pubkey()).build(chain.ids)
    readonly = AccountMeta(built.accounts[index].pubkey, is_signer=False, is_writable=False)
    sent = chain.send(with_account(built, index, readonly), chain.wallet())
    refused(sent, ProgramErrorCode.NotWritable if index == 0 else "ReadonlyLamportChange")
