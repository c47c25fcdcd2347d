"""Programs that come with the chain: called, replaced by a newer file, upgraded and closed on the chain."""

from __future__ import annotations

from pathlib import Path

import pytest
from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, create_account
from solders.sysvar import CLOCK, RENT

from core.adapters.chain.program.ids import UPGRADEABLE_LOADER, ProgramIds
from tests.fakes.chain_builders import SOL, pay, signed
from tests.unit.localnet.conftest import Open, Time
from workers.localnet.errors import RpcError
from workers.localnet.genesis import PROGRAM_DATA_HEADER, Genesis, GenesisProgram
from workers.localnet.node import Node

PROGRAM = Pubkey.new_unique()
PROGRAM_DATA = ProgramIds(PROGRAM).program_data
CHUNK = 900  # bytes of code that a loader's write carries


def bundled(name: str) -> bytes:
    """The code of a program that LiteSVM brings along."""
    account = LiteSVM().get_account(Pubkey.from_string(name))
    assert account is not None
    return account.data


MEMO = bundled("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
NEWER = MEMO.replace(b"Memo", b"Text")  # the same program, saying another word
assert NEWER != MEMO


@pytest.fixture
def authority() -> Keypair:
    return Keypair()


@pytest.fixture
def genesis(tmp_path: Path, authority: Keypair) -> Genesis:
    so_path = tmp_path / "program.so"
    so_path.write_bytes(MEMO)
    return Genesis(programs=(GenesisProgram(PROGRAM, so_path, authority.pubkey()),))


def funded(node: Node, wallet: Keypair) -> Keypair:
    node.airdrop(wallet.pubkey(), 10 * SOL)
    return wallet


def send(node: Node, instructions: list[Instruction], payer: Keypair, *others: Keypair) -> list[str]:
    """Sends and gives the logs."""
    logs: list[str] = []
    node.listeners.append(lambda landed: logs.extend(landed.logs))
    node.send(bytes(signed(instructions, node.latest_blockhash(), payer, *others)))
    node.listeners.pop()
    return logs


def call(node: Node, payer: Keypair) -> list[str]:
    signer = AccountMeta(payer.pubkey(), is_signer=True, is_writable=False)
    return send(node, [Instruction(PROGRAM, b"gm", [signer])], payer)


def says(node: Node, payer: Keypair) -> str:
    """The first word of the program's log: tells its versions apart."""
    return next(line.split()[2] for line in call(node, payer) if "len" in line)


def code(node: Node) -> bytes:
    account = node.engine.get(PROGRAM_DATA)
    assert account is not None
    return account.data[PROGRAM_DATA_HEADER:]


def upgrade(node: Node, authority: Keypair, elf: bytes) -> None:
    """What `solana program deploy` does: a buffer, the code in pieces, the upgrade."""
    buffer = Keypair()
    size = 37 + len(elf)
    create = create_account(
        CreateAccountParams(
            from_pubkey=authority.pubkey(),
            to_pubkey=buffer.pubkey(),
            lamports=node.engine.minimum_balance(size),
            space=size,
            owner=UPGRADEABLE_LOADER,
        )
    )
    key, signer = buffer.pubkey(), AccountMeta(authority.pubkey(), is_signer=True, is_writable=False)
    begin = Instruction(
        UPGRADEABLE_LOADER,
        (0).to_bytes(4, "little"),
        [AccountMeta(key, is_signer=False, is_writable=True), AccountMeta(authority.pubkey(), False, False)],
    )
    send(node, [create, begin], authority, buffer)
    for at in range(0, len(elf), CHUNK):
        piece = elf[at : at + CHUNK]
        data = (1).to_bytes(4, "little") + at.to_bytes(4, "little") + len(piece).to_bytes(8, "little") + piece
        send(
            node, [Instruction(UPGRADEABLE_LOADER, data, [AccountMeta(key, False, True), signer])], authority
        )
    accounts = [
        AccountMeta(PROGRAM_DATA, False, True),
        AccountMeta(PROGRAM, False, True),
        AccountMeta(key, False, True),
        AccountMeta(authority.pubkey(), False, True),
        AccountMeta(RENT, False, False),
        AccountMeta(CLOCK, False, False),
        signer,
    ]
    send(node, [Instruction(UPGRADEABLE_LOADER, (3).to_bytes(4, "little"), accounts)], authority)


def test_a_program_from_a_file_runs_and_follows_its_file(
    open_node: Open, genesis: Genesis, authority: Keypair, time: Time
) -> None:
    node = open_node(genesis)
    assert says(node, funded(node, authority)) == "Memo"
    assert PROGRAM in node.indexes.of_program(UPGRADEABLE_LOADER)
    genesis.programs[0].so_path.write_bytes(NEWER)
    node = open_node(genesis)
    time.pass_slots(1)
    assert says(node, authority) == "Text"


def test_lamports_paid_into_the_code_do_not_freeze_it(
    open_node: Open, genesis: Genesis, authority: Keypair
) -> None:
    node = open_node(genesis)
    funded(node, authority)
    send(node, [pay(authority, PROGRAM_DATA, SOL)], authority)
    before = node.engine.get(PROGRAM_DATA)
    assert before is not None
    genesis.programs[0].so_path.write_bytes(NEWER)
    node = open_node(genesis)
    after = node.engine.get(PROGRAM_DATA)
    assert after is not None
    assert after.lamports == before.lamports
    assert code(node) == NEWER
    assert dict(node.ledger.accounts())[PROGRAM_DATA] == after
    assert says(node, authority) == "Text"


def test_an_upgrade_on_the_chain_wins_over_the_file(
    open_node: Open, genesis: Genesis, authority: Keypair, time: Time
) -> None:
    node = open_node(genesis)
    assert says(node, funded(node, authority)) == "Memo"
    time.pass_slots(2)
    upgrade(node, authority, NEWER)
    for _ in range(2):
        time.pass_slots(2)
        assert says(node, authority) == "Text"
        node = open_node(genesis)
        assert code(node) == NEWER


def test_a_stranger_cannot_upgrade(open_node: Open, genesis: Genesis, time: Time) -> None:
    node = open_node(genesis)
    mallory = funded(node, Keypair())
    time.pass_slots(2)
    with pytest.raises(RpcError, match="IncorrectAuthority"):
        upgrade(node, mallory, MEMO)
    assert code(node) == MEMO


def test_a_closed_program_is_gone_and_the_chain_starts_again(
    open_node: Open, genesis: Genesis, authority: Keypair, time: Time
) -> None:
    node = open_node(genesis)
    funded(node, authority)
    time.pass_slots(2)
    accounts = [
        AccountMeta(PROGRAM_DATA, False, True),
        AccountMeta(authority.pubkey(), False, True),
        AccountMeta(authority.pubkey(), True, False),
        AccountMeta(PROGRAM, False, True),
    ]
    send(node, [Instruction(UPGRADEABLE_LOADER, (5).to_bytes(4, "little"), accounts)], authority)
    for _ in range(2):
        time.pass_slots(2)
        with pytest.raises(RpcError, match="Transaction simulation failed"):
            call(node, authority)
        node = open_node(genesis)


def test_genesis_accounts_are_given_once(open_node: Open) -> None:
    key = Keypair()
    genesis = Genesis(accounts={key.pubkey(): Account(SOL, b"", Pubkey.default())})
    node = open_node(genesis)
    send(node, [pay(key, Pubkey.new_unique(), SOL - 5_000)], key)
    assert open_node(genesis).engine.get(key.pubkey()) is None


def test_a_missing_program_file_is_named_and_the_ledger_is_let_go(
    open_node: Open, genesis: Genesis, authority: Keypair
) -> None:
    code_ = genesis.programs[0].so_path.read_bytes()
    genesis.programs[0].so_path.unlink()
    with pytest.raises(FileNotFoundError, match=r"program\.so"):
        open_node(genesis)
    genesis.programs[0].so_path.write_bytes(code_)
    node = open_node(genesis)
    assert says(node, funded(node, authority)) == "Memo"
