"""Attacks on any instruction's accounts, signatures and data: every instruction, every place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction_metadata import FailedTransactionMetadata

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.domain.curve import SUPPLY
from tests.program.every import CALLS, FIRST, Call, installed, traded
from tests.program.harness import ARTIFACTS, SOL, Chain, key, landed, refused

IDL: dict[str, Any] = json.loads((ARTIFACTS.parent / "idl/pumpbox.json").read_text())
ACCOUNTS = {entry["name"]: entry["accounts"] for entry in IDL["instructions"]}
ANYONES = {"sweep_fees", "execute", "rotate", "upgrade", "unpause", "close_epoch", "close_page"}
"""Instructions that nobody signs: what they do is decided already."""
PAYING = {"payer", "funder", "submitter"}
"""Signers of whom nothing is asked but lamports."""
WAIT = {("sweep_fees", "treasury"), ("sweep_fees", "fee_recipient")}
"""Payees that are just not paid while they are read-only: test_sweep_fees."""
EVERY = pytest.mark.parametrize("name", FIRST)


def every_account(call: Call) -> dict[Pubkey, object]:
    """What the call could change, as it is now."""
    return {meta.pubkey: call.chain.svm.get_account(meta.pubkey) for meta in call.instruction.accounts}


def test_every_instruction_has_a_case() -> None:
    """Else the attacks here, and the fixtures, would silently leave an instruction out."""
    assert list(FIRST) == [entry["name"] for entry in IDL["instructions"]]
    assert {name.split(" ")[0] for name in CALLS} == set(FIRST)


@pytest.mark.parametrize("name", CALLS)
def test_every_case_lands(name: str) -> None:
    """Without this the refusals below could have any other reason."""
    call = CALLS[name]()
    landed(call.send(call.chain.wallet()))


@EVERY
def test_no_signature_can_be_left_out(name: str) -> None:
    """Fake signer: the right key named, somebody else's signature on the transaction."""
    call = FIRST[name]()
    stranger = call.chain.wallet()
    needed = [i for i, meta in enumerate(call.instruction.accounts) if meta.is_signer]
    assert needed or name in ANYONES
    for index in needed:
        # Where one key signs in two places it must be left out of both: a signature is a key's, not a place's.
        missing = call.instruction.accounts[index].pubkey
        metas = [
            AccountMeta(meta.pubkey, meta.is_signer and meta.pubkey != missing, meta.is_writable)
            for meta in call.instruction.accounts
        ]
        # Who only pays is asked by the System program that takes the lamports.
        places = [meta.pubkey for meta in call.instruction.accounts]
        pays = ACCOUNTS[name][index]["name"] in PAYING and places.count(missing) == 1
        refused(call.send(stranger, metas), "PrivilegeEscalation" if pays else ProgramErrorCode.MissingSigner)


@EVERY
def test_no_signature_is_replaced_by_lamports_sent_beforehand(name: str) -> None:
    """Who is named as having paid gets it back one day, so they must have agreed to that, and be an account that can
    be paid: named without their signature it could be a sysvar, or the new account itself."""
    call = FIRST[name]()
    for meta in call.instruction.accounts:
        if call.chain.svm.get_account(meta.pubkey) is None:
            call.chain.put(meta.pubkey, 100 * SOL, b"", SYSTEM_PROGRAM)
    stranger, before = call.chain.wallet(), every_account(call)
    for missing in {meta.pubkey for meta in call.instruction.accounts if meta.is_signer}:
        metas = [
            AccountMeta(meta.pubkey, meta.is_signer and meta.pubkey != missing, meta.is_writable)
            for meta in call.instruction.accounts
        ]
        assert isinstance(call.send(stranger, metas), FailedTransactionMetadata), f"without {missing}"
        assert every_account(call) == before
    landed(call.send(stranger))


@EVERY
def test_no_account_that_changes_can_be_read_only(name: str) -> None:
    """An account written in spite of its flag would be the runtime's fault; a change left out would be ours."""
    call = FIRST[name]()
    payer, before = call.chain.wallet(), every_account(call)
    for index, meta in enumerate(call.instruction.accounts):
        if not meta.is_writable or (name, ACCOUNTS[name][index]["name"]) in WAIT:
            continue
        metas = list(call.instruction.accounts)
        for place, other in enumerate(metas):
            if other.pubkey == meta.pubkey:  # a flag is a key's, not a place's
                metas[place] = AccountMeta(other.pubkey, other.is_signer, is_writable=False)
        result = call.send(payer, metas)
        assert isinstance(result, FailedTransactionMetadata), f"account {index} was written all the same"
        assert every_account(call) == before


@EVERY
def test_no_account_can_stand_in_for_another(name: str) -> None:
    """Duplicate and aliased accounts: each place filled with each other account of the call."""
    call = FIRST[name]()
    places = ACCOUNTS[name]
    payer, before = call.chain.wallet(), every_account(call)
    for index, one in enumerate(call.instruction.accounts):
        for other in call.instruction.accounts:
            if other.pubkey == one.pubkey:
                continue
            metas = list(call.instruction.accounts)
            signs = one.is_signer and other.is_signer
            metas[index] = AccountMeta(other.pubkey, signs, one.is_writable)
            result = call.send(payer, metas)
            assert isinstance(result, FailedTransactionMetadata), f"{other.pubkey} as {places[index]['name']}"
            assert every_account(call) == before


@EVERY
def test_no_account_can_be_a_strangers(name: str) -> None:
    """Fake owner and fake program: a copy of each account's bytes at an address of the attacker's."""
    call = FIRST[name]()
    payer, before = call.chain.wallet(), every_account(call)
    for index, meta in enumerate(call.instruction.accounts):
        place = ACCOUNTS[name][index]
        if place.get("signer") or place["name"] in MAY_BE_ANYBODYS:
            continue
        genuine = call.chain.svm.get_account(meta.pubkey)
        fake = key(900 + index).pubkey()
        if genuine is not None:
            call.chain.put(fake, genuine.lamports, bytes(genuine.data), SYSTEM_PROGRAM)
        metas = list(call.instruction.accounts)
        metas[index] = AccountMeta(fake, is_signer=False, is_writable=meta.is_writable)
        result = call.send(payer, metas)
        assert isinstance(result, FailedTransactionMetadata), f"a stranger's {place['name']}"
        assert every_account(call) == before


MAY_BE_ANYBODYS: set[str] = set()
"""Accounts that a caller is free to choose; each with the test that says what that can't do."""


def test_no_instruction_of_ours_reads_a_sysvar_account() -> None:
    """Fake sysvar (Wormhole 2022): clock and rent are asked of the runtime, so a passed one is not believed.

    `upgrade` hands them to the loader, `graduate` to Raydium, which take no others: see the test above.
    """
    taking = {
        entry["name"]
        for entry in IDL["instructions"]
        for account in entry["accounts"]
        if account.get("address", "").startswith("Sysvar") or "sysvar" in account["name"]
    }
    assert taking == {"graduate", "upgrade"}


@pytest.mark.parametrize("seed", [b"curve", b"vault"])
def test_a_non_canonical_bump_is_no_other_address_of_the_same_thing(seed: bytes) -> None:
    """Each lower bump off the curve is an address that the program could sign for, too."""
    call = FIRST["launch"]()
    payer = call.chain.wallet()
    mint = call.instruction.accounts[2].pubkey
    index = {b"curve": 3, b"vault": 4}[seed]
    for address in lower_bumps([seed, bytes(mint)], call.chain.ids.program):
        metas = list(call.instruction.accounts)
        metas[index] = AccountMeta(address, is_signer=False, is_writable=True)
        refused(call.send(payer, metas), ProgramErrorCode.WrongAddress)


def lower_bumps(seeds: list[bytes], program: Pubkey) -> Iterator[Pubkey]:
    """Every derived address below the canonical one."""
    bump = Pubkey.find_program_address(seeds, program)[1]
    for lower in range(bump):
        parts = [*seeds, bytes([lower]), bytes(program), b"ProgramDerivedAddress"]
        address = Pubkey(hashlib.sha256(b"".join(parts)).digest())
        if not address.is_on_curve():  # else somebody could have its key, and the program can't sign
            yield address


INSIDERS = ["authority", "guardian", "rewards", "council", "creator"]


@pytest.mark.parametrize("insider", INSIDERS)
@EVERY
def test_no_key_of_the_installation_takes_a_coins_sol(name: str, insider: str) -> None:
    """pump.fun 2024: an employee signed with the withdraw authority. Here no instruction serves one:

    each is called with the insider in every signer's place and every payee's, on a coin with 50 SOL.
    """
    chain = installed()
    coin = traded(chain, 50 * SOL)
    who = insider_key(chain, coin.creator, insider)
    chain.put(who.pubkey(), 100 * SOL, b"", SYSTEM_PROGRAM)
    theirs = chain.open_tokens(who, coin.mint)
    call = FIRST[name]()
    known = {
        "config": chain.ids.config,
        "curve": chain.ids.curve(coin.mint),
        "mint": coin.mint,
        "vault": chain.ids.vault(coin.mint),
        "program_data": chain.ids.program_data,
    }
    metas = []
    for meta, place in zip(call.instruction.accounts, ACCOUNTS[name], strict=True):
        address = known.get(place["name"], meta.pubkey if "address" in place else who.pubkey())
        if "tokens" in place["name"]:
            address = theirs
        metas.append(AccountMeta(address, address == who.pubkey(), meta.is_writable))
    before = chain.curve(coin.mint).state
    held = chain.lamports(chain.ids.curve(coin.mint))
    for data in (bytes(call.instruction.data), bytes(call.instruction.data[:8]).ljust(32, b"\xff")):
        chain.send(Instruction(chain.ids.program, data, metas), who)
    state = chain.curve(coin.mint).state
    assert state.real_sol >= before.real_sol
    assert chain.lamports(chain.ids.curve(coin.mint)) >= held
    assert chain.atoms(chain.ids.vault(coin.mint)) == SUPPLY - state.tokens_sold


def insider_key(chain: Chain, creator: Keypair, insider: str) -> Keypair:
    """The installation's key of that name."""
    council = chain.council[0]
    named = {"authority": chain.authority, "guardian": chain.guardian, "rewards": chain.rewards}
    return {**named, "council": council, "creator": creator}[insider]
