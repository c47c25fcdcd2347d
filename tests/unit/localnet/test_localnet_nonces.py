"""Durable nonces: they outlive blockhashes and restarts, and work once."""

from __future__ import annotations

from solders.hash import Hash
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import AdvanceNonceAccountParams, advance_nonce_account, create_nonce_account

from tests.fakes.chain_builders import SOL, pay, signed
from tests.unit.localnet.conftest import Open, Time, err_of, lamports, refused
from workers.localnet.errors import PREFLIGHT_FAILURE
from workers.localnet.node import Node


def make_nonce(node: Node, alice: Keypair) -> Keypair:
    nonce = Keypair()
    create = create_nonce_account(alice.pubkey(), nonce.pubkey(), alice.pubkey(), SOL)
    node.send(bytes(signed(list(create), node.latest_blockhash(), alice, nonce)))
    return nonce


def value_of(node: Node, nonce: Keypair) -> Hash:
    account = node.engine.get(nonce.pubkey())
    assert account is not None
    return Hash(account.data[40:72])


def on_nonce(node: Node, alice: Keypair, nonce: Keypair, lamports_: int, to: Pubkey) -> bytes:
    advance = advance_nonce_account(
        AdvanceNonceAccountParams(nonce_pubkey=nonce.pubkey(), authorized_pubkey=alice.pubkey())
    )
    return bytes(signed([advance, pay(alice, to, lamports_)], value_of(node, nonce), alice))


def test_a_durable_nonce_outlives_blockhashes_and_works_once(
    node: Node, open_node: Open, alice: Keypair, time: Time
) -> None:
    nonce, bob = make_nonce(node, alice), Pubkey.new_unique()
    raw = on_nonce(node, alice, nonce, SOL, bob)
    other = on_nonce(node, alice, nonce, 2 * SOL, bob)
    time.pass_slots(1_000)
    node = open_node()
    used = value_of(node, nonce)
    node.send(raw)
    assert value_of(node, nonce) != used
    assert lamports(node, bob) == SOL
    assert err_of(refused(node, raw, PREFLIGHT_FAILURE)) == "AlreadyProcessed"
    assert err_of(refused(node, other, PREFLIGHT_FAILURE)) == "BlockhashNotFound"
    for _ in range(3):
        time.pass_slots(1)
        node = open_node()
        node.send(on_nonce(node, alice, nonce, SOL, bob))
    assert lamports(node, bob) == 4 * SOL


def test_a_nonce_made_or_used_in_this_slot_waits_for_the_next(node: Node, alice: Keypair, time: Time) -> None:
    nonce, bob = make_nonce(node, alice), Pubkey.new_unique()
    raw = on_nonce(node, alice, nonce, SOL, bob)
    assert err_of(refused(node, raw, PREFLIGHT_FAILURE)) == "BlockhashNotFound"
    time.pass_slots(1)
    node.send(raw)


def test_a_failure_on_a_nonce_uses_it_up(node: Node, alice: Keypair, time: Time) -> None:
    nonce, bob = make_nonce(node, alice), Pubkey.new_unique()
    failing = on_nonce(node, alice, nonce, 1_000 * SOL, bob)
    time.pass_slots(151)
    before, used = lamports(node, alice.pubkey()), value_of(node, nonce)
    node.send(failing, skip_preflight=True)
    assert value_of(node, nonce) != used
    assert lamports(node, alice.pubkey()) == before - 5_000
    time.pass_slots(1)
    node.send(on_nonce(node, alice, nonce, SOL, bob))


def test_a_foreign_authority_cannot_run_on_a_nonce(node: Node, alice: Keypair, time: Time) -> None:
    nonce, mallory = make_nonce(node, alice), Keypair()
    node.airdrop(mallory.pubkey(), SOL)
    time.pass_slots(1)
    raw = on_nonce(node, mallory, nonce, 1, alice.pubkey())
    assert err_of(refused(node, raw, PREFLIGHT_FAILURE)) == "BlockhashNotFound"
