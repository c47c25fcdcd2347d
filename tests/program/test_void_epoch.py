"""void_epoch: the guardian's way out while nobody can have claimed."""

from __future__ import annotations

import pytest
from solders.instruction import AccountMeta

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.events import EpochVoided
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.adapters.chain.program.void_epoch import VoidEpoch
from core.domain.money import Lamports
from tests.program.harness import SLOT, SOL, Chain, events, landed, refused
from tests.program.reward import CLAIMS_FROM, RENT, Rewards, prepared, some_leaves, with_account


@pytest.fixture
def rewards(chain: Chain) -> Rewards:
    """Five leaves, just opened: claims start tomorrow."""
    rewards = prepared(chain, some_leaves(chain, 5))
    landed(rewards.open())
    return rewards


def test_everything_goes_back_to_the_funder(chain: Chain, rewards: Rewards) -> None:
    before = chain.lamports(rewards.funder.pubkey())
    result = landed(rewards.void(chain.guardian, chain.wallet()))
    refund = rewards.total + RENT
    assert chain.lamports(rewards.funder.pubkey()) == before + refund
    assert chain.svm.get_account(rewards.address) is None
    assert events(result) == [
        EpochVoided(epoch=0, sequence=2, funder=rewards.funder.pubkey(), refunded=Lamports(refund))
    ]


def test_a_donation_goes_back_too(chain: Chain, rewards: Rewards) -> None:
    account = chain.account(rewards.address)
    chain.put(rewards.address, account.lamports + SOL, account.data, account.owner)
    before = chain.lamports(rewards.funder.pubkey())
    landed(rewards.void(chain.guardian, chain.wallet()))
    assert chain.lamports(rewards.funder.pubkey()) == before + rewards.total + RENT + SOL


def test_until_the_last_second_and_not_after(chain: Chain, rewards: Rewards) -> None:
    """A guardian who could void later could take back what was promised."""
    payer = chain.wallet()
    chain.warp(SLOT, CLAIMS_FROM)
    refused(rewards.void(chain.guardian, payer), ProgramErrorCode.ClaimsStarted)
    chain.warp(SLOT, CLAIMS_FROM - 1)
    landed(rewards.void(chain.guardian, payer))


def test_nobody_else_may(chain: Chain, rewards: Rewards) -> None:
    stranger = chain.wallet()
    for other in (stranger, chain.rewards, rewards.funder):
        refused(rewards.void(other, stranger), ProgramErrorCode.Unauthorized)


def test_the_guardian_must_sign(chain: Chain, rewards: Rewards) -> None:
    built = VoidEpoch(chain.guardian.pubkey(), 0, rewards.funder.pubkey()).build(chain.ids)
    unsigned = AccountMeta(chain.guardian.pubkey(), is_signer=False, is_writable=False)
    refused(chain.send(with_account(built, 0, unsigned), chain.wallet()), ProgramErrorCode.MissingSigner)


def test_the_guardian_cannot_send_it_elsewhere(chain: Chain, rewards: Rewards) -> None:
    """An insider with a key: pump.fun 2024."""
    payer = chain.wallet()
    args = VoidEpoch(chain.guardian.pubkey(), 0, chain.guardian.pubkey())
    refused(chain.send(args.build(chain.ids), payer, chain.guardian), ProgramErrorCode.WrongAddress)


def test_a_voided_epoch_is_gone_for_good(chain: Chain, rewards: Rewards) -> None:
    payer = chain.wallet()
    landed(rewards.void(chain.guardian, payer))
    refused(rewards.void(chain.guardian, payer), ProgramErrorCode.WrongOwner)
    chain.warp(SLOT, CLAIMS_FROM)
    refused(rewards.claim(0, payer), ProgramErrorCode.WrongOwner)
    refused(rewards.open(), ProgramErrorCode.WrongEpoch)


def test_other_accounts_of_ours_are_no_epochs(chain: Chain, rewards: Rewards) -> None:
    built = VoidEpoch(chain.guardian.pubkey(), 0, rewards.funder.pubkey()).build(chain.ids)
    config = AccountMeta(chain.ids.config, is_signer=False, is_writable=True)
    sent = chain.send(with_account(built, 2, config), chain.wallet(), chain.guardian)
    refused(sent, ProgramErrorCode.WrongAccountKind)


def test_a_forged_config_is_refused(chain: Chain, rewards: Rewards) -> None:
    thief, fake = chain.wallet(), chain.wallet(0).pubkey()
    data = bytearray(chain.account(chain.ids.config).data)
    data[128:160] = bytes(thief.pubkey())
    chain.put(fake, SOL, bytes(data), SYSTEM_PROGRAM)
    built = VoidEpoch(thief.pubkey(), 0, rewards.funder.pubkey()).build(chain.ids)
    forged = with_account(built, 1, AccountMeta(fake, is_signer=False, is_writable=False))
    refused(chain.send(forged, thief), ProgramErrorCode.WrongOwner)


@pytest.mark.parametrize("index", [2, 3], ids=["epoch", "funder"])
def test_accounts_that_change_must_be_writable(chain: Chain, rewards: Rewards, index: int) -> None:
    built = VoidEpoch(chain.guardian.pubkey(), 0, rewards.funder.pubkey()).build(chain.ids)
    readonly = AccountMeta(built.accounts[index].pubkey, is_signer=False, is_writable=False)
    sent = chain.send(with_account(built, index, readonly), chain.wallet(), chain.guardian)
    refused(sent, ProgramErrorCode.NotWritable if index == 2 else "ReadonlyLamportChange")
