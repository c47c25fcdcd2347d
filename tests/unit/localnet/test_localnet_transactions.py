"""What the chain takes, what it refuses, and what it keeps of each."""

from __future__ import annotations

import contextlib
import dataclasses
import json

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.instruction import AccountMeta, CompiledInstruction, Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.sysvar import CLOCK
from solders.transaction import VersionedTransaction

from tests.fakes.chain_builders import SOL, pay, signed
from tests.unit.localnet.conftest import Open, Time, err_of, lamports, refused
from workers.localnet import checks
from workers.localnet.engine import Engine
from workers.localnet.errors import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    PREFLIGHT_FAILURE,
    SIGNATURE_FAILURE,
    LedgerError,
    RpcError,
)
from workers.localnet.node import AIRDROP_CAP, Landed, Node
from workers.localnet.wire import PACKET, Wire, decode

MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")


def test_a_transfer_lands_once_whatever_happens(
    node: Node, open_node: Open, alice: Keypair, time: Time
) -> None:
    bob = Pubkey.new_unique()
    raw = bytes(signed([pay(alice, bob, SOL)], node.latest_blockhash(), alice))
    signature = node.send(raw)
    assert err_of(refused(node, raw, PREFLIGHT_FAILURE)) == "AlreadyProcessed"
    assert node.send(raw, skip_preflight=True) == signature
    node = open_node()
    assert err_of(refused(node, raw, PREFLIGHT_FAILURE)) == "AlreadyProcessed"
    time.pass_slots(1_000)
    assert err_of(refused(node, raw, PREFLIGHT_FAILURE)) == "AlreadyProcessed"
    assert lamports(node, bob) == SOL
    assert lamports(node, alice.pubkey()) == 9 * SOL - 5_000


def test_a_blockhash_expires(node: Node, alice: Keypair, time: Time) -> None:
    bob, early = Pubkey.new_unique(), node.latest_blockhash()
    time.pass_slots(150)
    node.send(bytes(signed([pay(alice, bob, SOL)], early, alice)))
    late = bytes(signed([pay(alice, bob, 2 * SOL)], early, alice))
    time.pass_slots(1)
    assert err_of(refused(node, late, PREFLIGHT_FAILURE)) == "BlockhashNotFound"
    node.send(late, skip_preflight=True)
    assert lamports(node, bob) == SOL


def test_size_is_checked_before_anything_else(node: Node, alice: Keypair) -> None:
    def of_size(size: int) -> bytes:
        empty = signed([Instruction(MEMO, b"", [])], node.latest_blockhash(), alice)
        pad = size - len(bytes(empty)) - 1  # a long field's length takes a second byte
        return bytes(signed([Instruction(MEMO, b"x" * pad, [])], node.latest_blockhash(), alice))

    fits, too_large = of_size(PACKET), of_size(PACKET + 1)
    assert (len(fits), len(too_large)) == (PACKET, PACKET + 1)
    node.send(fits)
    assert "too large: 1233 bytes (max: 1232 bytes)" in refused(node, too_large, INVALID_PARAMS).message


@pytest.mark.parametrize(
    "raw", [b"", b"\0", b"\xff" * 200, bytes(1_232)], ids=["empty", "zero", "ones", "zeros"]
)
def test_what_is_no_transaction_is_said_to_be_none(node: Node, raw: bytes) -> None:
    refused(node, raw, INVALID_PARAMS)


def test_bytes_after_the_end_are_refused(node: Node, alice: Keypair) -> None:
    raw = bytes(signed([pay(alice, alice.pubkey(), 1)], node.latest_blockhash(), alice))
    refused(node, raw + b"\0", INVALID_PARAMS)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged_transactions_are_refused_or_dropped(
    node: Node, alice: Keypair, flips: list[tuple[int, int]]
) -> None:
    raw = bytearray(bytes(signed([pay(alice, Pubkey.default(), 1)], node.latest_blockhash(), alice)))
    whole = bytes(raw)
    for at, value in flips:
        raw[at % len(raw)] = value
    assume(bytes(raw) != whole)
    before = lamports(node, alice.pubkey())
    for skip_preflight in (False, True):
        with contextlib.suppress(RpcError):
            node.send(bytes(raw), skip_preflight=skip_preflight)
        unsigned = decode_or_none(bytes(raw))
        if unsigned is not None:
            with contextlib.suppress(RpcError):
                node.engine.run(unsigned, verify=False)
    assert lamports(node, alice.pubkey()) == before


def decode_or_none(raw: bytes) -> Wire | None:
    try:
        return decode(raw)
    except RpcError:
        return None


def test_a_foreign_signature_is_refused(node: Node, alice: Keypair) -> None:
    message = Message.new_with_blockhash(
        [pay(alice, Keypair().pubkey(), SOL)], alice.pubkey(), node.latest_blockhash()
    )
    forged = bytes(VersionedTransaction.populate(message, [Keypair().sign_message(bytes(message))]))
    refused(node, forged, SIGNATURE_FAILURE)
    missing = bytes(VersionedTransaction.populate(message, [Signature.default()]))
    refused(node, missing, SIGNATURE_FAILURE)
    node.send(forged, skip_preflight=True)
    assert lamports(node, alice.pubkey()) == 10 * SOL


def test_a_failure_costs_its_fee_only_when_preflight_is_skipped(node: Node, alice: Keypair) -> None:
    bob = Pubkey.new_unique()
    too_much = bytes(signed([pay(alice, bob, 100 * SOL)], node.latest_blockhash(), alice))
    error = refused(node, too_much, PREFLIGHT_FAILURE)
    assert err_of(error) == {"InstructionError": [0, {"Custom": 1}]}
    assert error.message == (
        "Transaction simulation failed: Error processing Instruction 0: custom program error: 0x1"
    )
    assert lamports(node, alice.pubkey()) == 10 * SOL
    signature = node.send(too_much, skip_preflight=True)
    assert lamports(node, alice.pubkey()) == 10 * SOL - 5_000
    status = node.ledger.status(bytes(Signature.from_string(signature)))
    assert status is not None
    assert json.loads(status[1] or "") == {"InstructionError": [0, {"Custom": 1}]}


def test_a_payer_without_money_leaves_no_trace(node: Node) -> None:
    poor = Keypair()
    raw = bytes(signed([pay(poor, Keypair().pubkey(), 1)], node.latest_blockhash(), poor))
    assert err_of(refused(node, raw, PREFLIGHT_FAILURE)) == "AccountNotFound"
    node.send(raw, skip_preflight=True)
    assert node.ledger.count() == 0


def test_the_priority_fee_is_taken_once(node: Node, alice: Keypair) -> None:
    instructions = [
        set_compute_unit_limit(1_000),
        set_compute_unit_price(1_500_001),
        pay(alice, Pubkey.new_unique(), SOL),
    ]
    node.send(bytes(signed(instructions, node.latest_blockhash(), alice)))
    assert lamports(node, alice.pubkey()) == 9 * SOL - 5_000 - 1_501


def test_dust_in_a_new_account_is_refused(node: Node, alice: Keypair) -> None:
    raw = bytes(signed([pay(alice, Pubkey.new_unique(), 1_000)], node.latest_blockhash(), alice))
    assert err_of(refused(node, raw, PREFLIGHT_FAILURE)) == {"InsufficientFundsForRent": {"account_index": 1}}


def test_the_same_account_twice_is_refused(node: Node, alice: Keypair) -> None:
    keys = [alice.pubkey(), alice.pubkey(), Pubkey.default()]
    transfer = (2).to_bytes(4, "little") + SOL.to_bytes(8, "little")
    twice = Message.new_with_compiled_instructions(
        1, 0, 1, keys, node.latest_blockhash(), [CompiledInstruction(2, transfer, bytes([0, 1]))]
    )
    raw = bytes(VersionedTransaction.populate(twice, [alice.sign_message(bytes(twice))]))
    assert err_of(refused(node, raw, PREFLIGHT_FAILURE)) == "AccountLoadedTwice"


def test_a_sysvar_takes_no_money(node: Node, alice: Keypair) -> None:
    before = lamports(node, CLOCK)
    raw = bytes(signed([pay(alice, CLOCK, SOL)], node.latest_blockhash(), alice))
    refused(node, raw, PREFLIGHT_FAILURE)
    assert lamports(node, CLOCK) == before


def test_an_emptied_account_is_gone_and_comes_back_empty(node: Node, open_node: Open, alice: Keypair) -> None:
    bob = Keypair()
    node.airdrop(bob.pubkey(), SOL)
    node.send(bytes(signed([pay(bob, alice.pubkey(), SOL - 5_000)], node.latest_blockhash(), bob)))
    assert node.engine.get(bob.pubkey()) is None
    assert open_node().engine.get(bob.pubkey()) is None
    assert dict(open_node().ledger.accounts()).keys().isdisjoint([bob.pubkey()])


def test_a_result_that_makes_or_loses_lamports_is_not_kept(
    node: Node, alice: Keypair, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Engine.run

    def generous(engine: Engine, wire: object, *, verify: bool = True) -> object:
        outcome = honest(engine, wire, verify=verify)  # type: ignore[arg-type]  # passed through as it came
        rich = [dataclasses.replace(c, after=c.before) for c in outcome.changes[:1]]
        return dataclasses.replace(outcome, changes=rich + outcome.changes[1:])

    raw = bytes(signed([pay(alice, Pubkey.new_unique(), SOL)], node.latest_blockhash(), alice))
    monkeypatch.setattr(Engine, "run", generous)
    assert "lamports are not conserved" in refused(node, raw, INTERNAL_ERROR).message
    assert lamports(node, alice.pubkey()) == 10 * SOL


def test_a_full_disk_changes_nothing_and_the_chain_goes_on_when_there_is_room(
    node: Node, open_node: Open, alice: Keypair
) -> None:
    pages = node.ledger._db.execute("PRAGMA page_count").fetchone()[0]
    node.ledger._db.execute(f"PRAGMA max_page_count={pages}")
    landed: list[Pubkey] = []
    refusals: list[tuple[str, Pubkey]] = []
    for n in range(300):
        to = Pubkey.new_unique()
        raw = bytes(signed([pay(alice, to, 1_000_000 + n)], node.latest_blockhash(), alice))
        try:
            node.send(raw)
        except LedgerError as full:
            refusals.append((str(full), to))
        else:
            landed.append(to)
    assert refusals
    assert all("disk is full" in text for text, _ in refusals)
    assert all(lamports(node, to) == 0 for _, to in refusals)
    node.ledger._db.execute("PRAGMA max_page_count=1000000")
    node.airdrop(alice.pubkey(), SOL)
    paid = sum(lamports(node, to) for to in landed)
    assert lamports(node, alice.pubkey()) == 11 * SOL - paid - 5_000 * len(landed)
    assert lamports(open_node(), alice.pubkey()) == 11 * SOL - paid - 5_000 * len(landed)


def test_airdrops_are_real_transfers_and_equal_ones_both_land(node: Node) -> None:
    bob = Pubkey.new_unique()
    heard: list[Landed] = []
    node.listeners.append(heard.append)
    assert node.airdrop(bob, SOL) != node.airdrop(bob, SOL)
    assert lamports(node, bob) == 2 * SOL
    assert [landed.keys[0] for landed in heard] == [node.faucet.pubkey()] * 2
    for amount in (0, AIRDROP_CAP + 1):
        with pytest.raises(RpcError, match="1 to"):
            node.airdrop(bob, amount)


def test_time_on_the_chain_moves_with_its_slots(node: Node, alice: Keypair, time: Time) -> None:
    for _ in range(2):
        node.send(bytes(signed([pay(alice, alice.pubkey(), 1)], node.latest_blockhash(), alice)))
        clock = node.engine.get(CLOCK)
        assert clock is not None
        assert int.from_bytes(clock.data[:8], "little") == node.clock.slot()
        assert int.from_bytes(clock.data[32:40], "little") == int(time())
        time.pass_slots(10)


@pytest.mark.parametrize(
    ("err", "text"),
    [
        ("BlockhashNotFound", "Blockhash not found"),
        (
            {"InstructionError": [2, {"Custom": 6_001}]},
            "Error processing Instruction 2: custom program error: 0x1771",
        ),
        (
            {"InstructionError": [0, "InvalidAccountData"]},
            "Error processing Instruction 0: InvalidAccountData",
        ),
        ({"DuplicateInstruction": 1}, "Transaction contains a duplicate instruction (1) that is not allowed"),
    ],
)
def test_errors_in_words(err: object, text: str) -> None:
    assert checks.describe(err) == text


def test_memos_are_kept(node: Node, alice: Keypair) -> None:
    signer = AccountMeta(alice.pubkey(), is_signer=True, is_writable=False)
    raw = bytes(signed([Instruction(MEMO, "gm ☀".encode(), [signer])], node.latest_blockhash(), alice))
    node.send(raw)
    kept = node.ledger.transaction(decode(raw).signature)
    assert kept is not None
    assert kept.memo == "[6] gm ☀"


def test_the_clock_account_tells_the_time_also_while_nothing_happens(node: Node, time: Time) -> None:
    def read() -> int:
        account = node.engine.get(CLOCK)
        assert account is not None
        return int.from_bytes(account.data[32:40], "little")

    before = read()
    time.pass_slots(250)
    assert read() == before + 100
