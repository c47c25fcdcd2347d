"""upgrade: approved code takes the program's place, through the real loader."""

from __future__ import annotations

import hashlib

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain import loader
from core.adapters.chain.program.action import Action, EndPause, ReplaceCode
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.genesis import genesis_accounts
from core.adapters.chain.program.governance_events import ProposalExecuted
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, UPGRADEABLE_LOADER, ProgramIds
from core.adapters.chain.program.layout import u32
from core.adapters.chain.program.upgrade import Upgrade
from tests.program.conftest import Coin
from tests.program.council import LOCK, ONE_OF_EACH, Council
from tests.program.harness import SLOT, SOL, Chain, events, key, landed, launch_args, program_bytes, refused
from tests.program.test_launch import redirect

BUFFER = key(500).pubkey()
BOX_TAG = b"pumpbox:box:1"


def new_code() -> bytes:
    """This program, which derives a coin's address otherwise: what is visible without sources."""
    assert program_bytes().count(BOX_TAG) == 1
    return program_bytes().replace(BOX_TAG, b"pumpbox:box:2")


CODE = new_code()
CHANGE = ReplaceCode(BUFFER, hashlib.sha256(CODE).digest())


def put_buffer(chain: Chain, code: bytes = CODE, authority: Pubkey | None = None) -> None:
    """A buffer as the loader leaves it, ours unless it is somebody else's."""
    data = u32(1) + b"\1" + bytes(authority or chain.ids.upgrade_authority) + code
    chain.put(BUFFER, (len(data) + 128) * 6_960, data, UPGRADEABLE_LOADER)


@pytest.fixture
def council(council: Council) -> Council:
    """Of a program whose upgrade authority is the program's own address, as after every deploy."""
    chain = council.chain
    chain.edit(chain.ids.program_data, 13, bytes(chain.ids.upgrade_authority))
    put_buffer(chain)
    return council


def installed(chain: Chain) -> bytes:
    """The code that ProgramData holds."""
    return bytes(chain.account(chain.ids.program_data).data[loader.PROGRAM_DATA_HEADER :])


def test_the_approved_code_runs_and_everything_else_stays(council: Council, coin: Coin) -> None:
    """An upgrade preserves accounts: the market goes on where it was, under the new code's rules."""
    chain = council.chain
    landed(chain.buy(coin.trader, coin.mint, SOL))
    market, held = chain.account(chain.ids.curve(coin.mint)), chain.atoms(coin.tokens)
    number = council.ready(CHANGE)
    result = landed(council.execute(number))
    assert events(result) == [ProposalExecuted(5, number, CHANGE.TAG, config_version=2)]
    assert result.compute_units_consumed() < 12_000 + len(CODE) // 2  # half a unit a byte to hash
    assert installed(chain) == CODE
    chain.warp(SLOT + 1, council.now)  # the loader lets new code run from the next slot on

    assert chain.account(chain.ids.curve(coin.mint)) == market
    landed(chain.sell(coin.trader, coin.mint, held))
    again = launch_args(coin.creator.pubkey(), 1, config_version=2).build(chain.ids)
    refused(chain.send(again, coin.creator), ProgramErrorCode.WrongAddress)  # the new code's own addresses


def test_it_stays_governed(council: Council) -> None:
    """The authority is the program's own address still, so the next upgrade waits as this one did."""
    chain = council.chain
    council.executed(CHANGE)
    chain.warp(SLOT + 1, council.now)
    put_buffer(chain, program_bytes())
    back = ReplaceCode(BUFFER, hashlib.sha256(program_bytes()).digest())
    assert chain.account(chain.ids.program_data).data[12:45] == b"\1" + bytes(chain.ids.upgrade_authority)
    landed(council.propose(back))
    landed(council.approve(1, chain.council[2]))
    refused(chain.send(council.execution(1), council.payer), ProgramErrorCode.TimeLocked)
    chain.warp(SLOT + 2, council.now + LOCK)
    landed(council.execute(1))
    assert installed(chain) == program_bytes()


def test_rent_and_the_buffers_lamports_go_to_the_payer(council: Council) -> None:
    chain, payer = council.chain, council.payer.pubkey()
    number = council.ready(CHANGE)
    spilled, rent = chain.lamports(BUFFER), chain.lamports(chain.ids.proposal(number))
    before = chain.lamports(payer)
    landed(council.execute(number))
    assert chain.lamports(payer) == before + spilled + rent - 5_000
    assert chain.lamports(BUFFER) == 0


@pytest.mark.parametrize("at", [0, 1_000, len(CODE) - 1])
def test_a_buffer_with_other_content_is_refused(council: Council, at: int) -> None:
    """One bit of the code that was reviewed, flipped after approval."""
    changed = bytearray(CODE)
    changed[at] ^= 1
    put_buffer(council.chain, bytes(changed))
    refused(council.execute(council.ready(CHANGE)), ProgramErrorCode.WrongBuffer)


@pytest.mark.parametrize("code", [CODE[:-1], CODE + b"\0", b""], ids=["shorter", "padded", "empty"])
def test_the_hash_is_of_the_whole_buffer(council: Council, code: bytes) -> None:
    put_buffer(council.chain, code)
    refused(council.execute(council.ready(CHANGE)), ProgramErrorCode.WrongBuffer)


def test_a_buffer_that_somebody_else_can_write_is_refused(council: Council) -> None:
    """Time of check, time of use: its owner could change it between the hash and the loader's read."""
    member = council.chain.council[0].pubkey()
    number = council.ready(CHANGE)
    put_buffer(council.chain, authority=member)
    refused(council.execute(number), ProgramErrorCode.Unauthorized)
    council.chain.edit(BUFFER, 4, b"\0")  # nobody's: then it can't be closed into the program either
    refused(council.execute(number), ProgramErrorCode.Unauthorized)
    put_buffer(council.chain)
    landed(council.execute(number))


def test_another_buffer_than_the_approved_one_is_refused(council: Council) -> None:
    chain, other = council.chain, key(501).pubkey()
    number = council.ready(CHANGE)
    buffer = chain.account(BUFFER)
    chain.put(other, buffer.lamports, buffer.data, buffer.owner)
    wrong = Upgrade(number, council.payer.pubkey(), other).build(chain.ids)
    refused(chain.send(wrong, council.payer), ProgramErrorCode.WrongAddress)


def test_what_only_looks_like_a_buffer_is_refused(council: Council) -> None:
    """Another program's account with a buffer's bytes, and an account of the loader's that is no buffer."""
    chain = council.chain
    number = council.ready(CHANGE)
    buffer = chain.account(BUFFER)
    chain.put(BUFFER, buffer.lamports, buffer.data, chain.ids.program)
    refused(council.execute(number), ProgramErrorCode.WrongOwner)
    chain.put(BUFFER, buffer.lamports, b"", SYSTEM_PROGRAM)
    refused(council.execute(number), ProgramErrorCode.WrongOwner)
    chain.put(BUFFER, buffer.lamports, u32(3) + bytes(buffer.data[4:]), UPGRADEABLE_LOADER)
    refused(council.execute(number), ProgramErrorCode.Unauthorized)


def test_another_program_is_not_upgraded_in_our_place(council: Council) -> None:
    """A decoy that gave us its authority would use the proposal up, and our own code would stay."""
    chain, decoy = council.chain, ProgramIds(key(502).pubkey())
    accounts = genesis_accounts(decoy.program, program_bytes(), chain.ids.upgrade_authority)
    for address, account in accounts.items():
        chain.svm.set_account(address, account)
    built = redirect(council.execution(council.ready(CHANGE)), 3, decoy.program_data)
    refused(chain.send(built, council.payer), "InvalidArgument")  # the loader's: not that program's
    refused(chain.send(redirect(built, 4, decoy.program), council.payer), ProgramErrorCode.WrongAddress)
    assert installed(chain) == program_bytes()


def test_code_that_the_loader_refuses_leaves_everything_as_it_was(council: Council) -> None:
    """No ELF, or larger than ProgramData has room for: nothing is lost, the proposal neither."""
    chain = council.chain
    for code in (b"not an ELF" * 100, CODE + bytes(1)):
        put_buffer(chain, code)
        number = council.ready(ReplaceCode(BUFFER, hashlib.sha256(code).digest()))
        refused(council.execute(number), "InvalidAccountData" if code[0] == 110 else "AccountDataTooSmall")
        assert installed(chain) == program_bytes()
        assert council.is_open(number)
        landed(council.cancel(number, chain.guardian))


def test_nobody_upgrades_past_the_council(council: Council) -> None:
    """The key that deployed has no say any more; it could give neither the program nor the authority away."""
    chain, deployer = council.chain, council.chain.authority
    refused(council.execute(council.approved(CHANGE)), ProgramErrorCode.TimeLocked)
    put_buffer(chain, authority=deployer.pubkey())
    for built in loader_calls(chain, deployer.pubkey()):
        refused(chain.send(built, deployer), "IncorrectAuthority")
    assert installed(chain) == program_bytes()


def loader_calls(chain: Chain, by: Pubkey) -> list[Instruction]:
    """Upgrade, SetAuthority and Close of our program, by a key that had the authority once."""
    close = [
        AccountMeta(chain.ids.program_data, is_signer=False, is_writable=True),
        AccountMeta(by, is_signer=False, is_writable=True),
        AccountMeta(by, is_signer=True, is_writable=False),
        AccountMeta(chain.ids.program, is_signer=False, is_writable=True),
    ]
    return [
        loader.upgrade(chain.ids.program, by, BUFFER, by),
        loader.set_authority(chain.ids.program_data, by, by),
        Instruction(UPGRADEABLE_LOADER, u32(5), close),
    ]


@pytest.mark.parametrize(
    "action",
    [action for action in ONE_OF_EACH if not isinstance(action, ReplaceCode)],
    ids=lambda action: type(action).__name__,
)
def test_it_executes_nothing_else(council: Council, action: Action) -> None:
    number = council.approved(action)
    if not isinstance(action, EndPause):
        council.later(action.delay.under(LOCK))
    wrong = Upgrade(number, council.payer.pubkey(), BUFFER).build(council.chain.ids)
    refused(council.chain.send(wrong, council.payer), ProgramErrorCode.WrongAction)
