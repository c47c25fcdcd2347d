"""Forged and exchanged state for governance; every other account in every wrong way: test_hostile_accounts."""

from __future__ import annotations

import pytest
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from tests.program.conftest import Coin
from tests.program.council import KEYS, OTHERS, TERMS, Council
from tests.program.every import FIRST
from tests.program.harness import SOL, Chain, Result, refused
from tests.program.test_launch import redirect

PLACES = {
    "propose": ("payer", "proposer", "config"),
    "approve": ("member", "config", "proposal"),
    "execute": ("config", "proposal"),
    "rotate": ("config", "proposal"),
    "upgrade": ("config", "proposal"),
    "unpause": ("config", "proposal"),
    "cancel": ("by", "config", "proposal"),
    "pause": ("guardian", "config"),
}


@pytest.mark.parametrize("name", PLACES)
def test_state_that_only_looks_like_ours_is_refused(name: str) -> None:
    """A Config with the attacker for its council, a proposal that everybody approved: right bytes, wrong owner."""
    call = FIRST[name]()
    for at, place in enumerate(PLACES[name]):
        if place in ("config", "proposal"):
            fake = forged(call.chain, call.instruction.accounts[at].pubkey)
            sent = call.sign(call.chain.wallet(), redirect(call.instruction, at, fake))
            refused(sent, ProgramErrorCode.WrongOwner)


def forged(chain: Chain, genuine: Pubkey) -> Pubkey:
    """An account with the same bytes, somebody else's."""
    fake = chain.wallet(0).pubkey()
    chain.put(fake, SOL, bytes(chain.account(genuine).data), SYSTEM_PROGRAM)
    return fake


@pytest.mark.parametrize("place", ["config", "proposal"])
def test_our_accounts_of_other_kinds_are_refused(council: Council, coin: Coin, place: str) -> None:
    """A creator chooses much of what a curve holds: it must not pass for what the council holds."""
    built = council.execution(council.ready(TERMS))
    at = PLACES["execute"].index(place)
    wrong = redirect(built, at, council.chain.ids.curve(coin.mint))
    refused(council.chain.send(wrong, council.payer), ProgramErrorCode.WrongAccountKind)


def test_a_proposal_lends_nothing_to_another(council: Council) -> None:
    """Two open at once: approvals, content and payer of the one are of no use for the other."""
    chain, second = council.chain, council.chain.council[1]
    ready = council.ready(TERMS)
    other_payer, council.payer = council.payer, chain.wallet()
    draft = council.proposed(KEYS)
    as_draft = redirect(council.execution(ready), 1, chain.ids.proposal(draft))
    refused(send(council, as_draft), ProgramErrorCode.WrongAddress)  # another payer's
    its_payer = redirect(as_draft, 2, council.payer.pubkey())
    refused(send(council, its_payer), ProgramErrorCode.NotApproved)
    to_itself = redirect(council.execution(ready), 2, council.payer.pubkey())
    refused(send(council, to_itself), ProgramErrorCode.WrongAddress)  # whose rent it is not
    approval = redirect(council.approval(ready, second, TERMS).build(chain.ids), 2, chain.ids.proposal(draft))
    refused(send(council, approval, second), ProgramErrorCode.WrongDigest)
    assert council.proposal(ready).payer == other_payer.pubkey()
    assert chain.config().treasury not in OTHERS


def send(council: Council, built: Instruction, *signers: Keypair) -> Result:
    """Paid for by whoever pays for proposals now."""
    return council.chain.send(built, council.payer, *signers)
