"""Running first and setting accounts afterwards gives what LiteSVM's own `send_transaction` gives."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from solders.account import Account
from solders.compute_budget import set_compute_unit_price
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import FailedTransactionMetadata

from tests.fakes.chain_builders import SOL, holding, make_holding, make_mint, mint_to, move, pay, signed
from tests.unit.localnet.conftest import Time
from workers.localnet import meta
from workers.localnet.config import LocalnetConfig
from workers.localnet.genesis import Genesis
from workers.localnet.node import Node

WALLETS = [Keypair.from_seed(bytes([n]) * 32) for n in range(1, 4)]
MINT = Keypair.from_seed(bytes([9]) * 32)
KEYS = [wallet.pubkey() for wallet in WALLETS]
HOLDINGS = [holding(key, MINT.pubkey()) for key in KEYS]
EVERYONE = [*KEYS, *HOLDINGS, MINT.pubkey()]
START = {key: Account(2 * SOL, b"", Pubkey.default()) for key in KEYS}

who = st.integers(0, 2)
amount = st.one_of(st.integers(0, 1_000), st.sampled_from([SOL, 2 * SOL - 5_000, 890_879, 2**64 - 1]))
step = st.one_of(
    st.tuples(st.just("pay"), who, who, amount),
    st.tuples(st.just("open"), who, who, st.just(0)),
    st.tuples(st.just("mint"), st.just(0), who, amount),
    st.tuples(st.just("move"), who, who, amount),
)
Step = tuple[str, int, int, int]


def instruction(step: Step) -> Instruction:
    kind, payer, other, amount = step
    if kind == "pay":
        return pay(WALLETS[payer], KEYS[other], amount)
    if kind == "open":
        return make_holding(WALLETS[payer], KEYS[other], MINT.pubkey())
    if kind == "mint":
        return mint_to(WALLETS[payer], MINT.pubkey(), HOLDINGS[other], amount)
    return move(WALLETS[payer], MINT.pubkey(), HOLDINGS[payer], HOLDINGS[other], amount)


def bare(svm: LiteSVM, key: Pubkey) -> Account | None:
    account = svm.get_account(key)
    return account if account is not None and account.lamports else None


def kept(node: Node, tx: VersionedTransaction) -> dict[str, Any] | None:
    row = node.ledger.transaction(bytes(tx.signatures[0]))
    return None if row is None else meta.unpack(row.meta)


def same(node: Node, svm: LiteSVM, tx: VersionedTransaction) -> None:
    """Sends to both and compares what they say and what they hold."""
    node.send(bytes(tx), skip_preflight=True)
    result = svm.send_transaction(tx)
    failed = isinstance(result, FailedTransactionMetadata)
    said = result.meta() if isinstance(result, FailedTransactionMetadata) else result
    ours = kept(node, tx)
    if ours is not None:
        assert (ours["err"] is not None) == failed
        assert ours["logMessages"] == said.logs()
        assert ours["computeUnitsConsumed"] == said.compute_units_consumed()
        assert ours["fee"] == said.fee()
    else:
        assert failed
        assert said.logs() == []
    for key in EVERYONE:
        assert node.engine.get(key) == bare(svm, key)


@settings(max_examples=25, deadline=None)
@given(
    transactions=st.lists(
        st.tuples(st.lists(step, min_size=1, max_size=3), st.sampled_from([0, 1, 7_777_777])), max_size=12
    )
)
def test_the_same_transactions_leave_the_same_accounts(transactions: list[tuple[list[Step], int]]) -> None:
    svm = LiteSVM().with_blockhash_check(False).with_transaction_history(0)
    for key, account in START.items():
        svm.set_account(key, account)
    with tempfile.TemporaryDirectory() as folder:
        node = Node(
            LocalnetConfig(Path(folder) / "ledger.db", genesis=Genesis(accounts=START), now=(time := Time()))
        )
        same(node, svm, signed(make_mint(WALLETS[0], MINT), node.latest_blockhash(), WALLETS[0], MINT))
        for steps, price in transactions:
            time.pass_slots(1)  # a new blockhash, so that equal steps are another transaction
            signers = [WALLETS[index] for index in dict.fromkeys(step[1] for step in steps)]
            instructions = [set_compute_unit_price(price), *(instruction(step) for step in steps)]
            same(node, svm, signed(instructions, node.latest_blockhash(), *signers))
        node.close()
