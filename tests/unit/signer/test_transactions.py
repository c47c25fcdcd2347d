"""The one builder: the same bytes for the same intent, and what is in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from solders.compute_budget import ID as COMPUTE_BUDGET
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM
from solders.system_program import decode_transfer

from core.adapters.chain.program.ids import ATA_PROGRAM, TOKEN_2022_PROGRAM, ProgramIds
from core.adapters.chain.program.initialize import RAYDIUM_MAINNET
from core.adapters.chain.raydium.addresses import MAINNET, TOKEN_PROGRAM
from core.adapters.chain.transactions import MAX_TRANSACTION, build, mint_address, size
from core.domain.box import STRINGS_BYTES
from core.domain.intent import (
    BuyIntent,
    ClaimIntent,
    GraduateIntent,
    Intent,
    LaunchIntent,
    PoolBuyIntent,
    PoolSellIntent,
    SellIntent,
    SweepIntent,
    WithdrawIntent,
)
from core.ports.chain import Compute
from tests.unit.signer.desk import BLOCKHASH, OUTSIDE

IDS = ProgramIds(Pubkey.new_unique())
WALLET = str(Keypair().pubkey())
COMPUTE = Compute(60_000, 1_234)
LAUNCH = LaunchIntent("Space Cats", "SPCAT", "http://localhost/m.json", "ab" * 32, 3)
BUY = BuyIntent(OUTSIDE, 1_000, 5, 900)


def _build(intent: Intent) -> Message:
    return build(intent, WALLET, BLOCKHASH, COMPUTE, IDS)


def _programs(message: Message) -> list[Pubkey]:
    return [message.account_keys[one.program_id_index] for one in message.instructions]


@pytest.mark.parametrize(
    ("intent", "programs"),
    [
        (WithdrawIntent(OUTSIDE, 9), [SYSTEM]),
        (BUY, [ATA_PROGRAM, IDS.program]),
        (SellIntent(OUTSIDE, 1, 1, 900), [IDS.program]),
        (SweepIntent(OUTSIDE, OUTSIDE, OUTSIDE), [IDS.program]),
        (GraduateIntent(OUTSIDE, 1), [IDS.program]),
        (ClaimIntent(7, 3, 5, "ab" * 64), [IDS.program]),
        (
            GraduateIntent(OUTSIDE, 1, 7, finish=5, finish_max_in=9),
            [ATA_PROGRAM, IDS.program, TOKEN_2022_PROGRAM, IDS.program],
        ),
        (
            PoolBuyIntent(OUTSIDE, 1, 1, RAYDIUM_MAINNET),
            [ATA_PROGRAM, ATA_PROGRAM, SYSTEM, TOKEN_PROGRAM, MAINNET.program, TOKEN_PROGRAM],
        ),
        (
            PoolSellIntent(OUTSIDE, 1, 1, RAYDIUM_MAINNET),
            [ATA_PROGRAM, MAINNET.program, TOKEN_PROGRAM],
        ),
        (LAUNCH, [IDS.program]),
        (replace(LAUNCH, first_buy=5), [IDS.program, ATA_PROGRAM, IDS.program]),
    ],
)
def test_the_compute_budget_comes_first_then_what_was_asked(intent: Intent, programs: list[Pubkey]) -> None:
    message = _build(intent)
    assert _programs(message) == [COMPUTE_BUDGET, COMPUTE_BUDGET, *programs]
    assert message.instructions[0].data == b"\x02" + (60_000).to_bytes(4, "little")
    assert message.instructions[1].data == b"\x03" + (1_234).to_bytes(8, "little")
    assert message.signer_keys() == [Pubkey.from_string(WALLET)]
    assert str(message.recent_blockhash) == BLOCKHASH
    assert bytes(_build(intent)) == bytes(message)


def test_a_withdrawal_sends_what_it_says_where_it_says() -> None:
    message = _build(WithdrawIntent(OUTSIDE, 123))
    compiled = message.instructions[2]
    keys = [message.account_keys[index] for index in compiled.accounts]
    metas = [AccountMeta(key, is_signer=False, is_writable=True) for key in keys]
    sent = decode_transfer(Instruction(SYSTEM, bytes(compiled.data), metas))
    assert (str(sent["from_pubkey"]), str(sent["to_pubkey"]), sent["lamports"]) == (WALLET, OUTSIDE, 123)


def test_the_first_buy_buys_the_coin_that_is_launched() -> None:
    intent = replace(LAUNCH, first_buy=5_000)
    message = _build(intent)
    launch, _, first = message.instructions[2:]
    mint = message.account_keys[launch.accounts[2]]
    assert message.account_keys[first.accounts[3]] == mint
    assert str(mint) == mint_address(WALLET, intent, IDS) == mint_address(WALLET, LAUNCH, IDS)
    assert mint_address(OUTSIDE, intent, IDS) != str(mint)


def test_the_largest_transaction_leaves_room_for_what_wallets_add() -> None:
    uri = "u" * (STRINGS_BYTES - 32 - 10)
    largest = _build(LaunchIntent("N" * 32, "S" * 10, uri, "ab" * 32, 2**64 - 1, first_buy=2**64 - 1))
    assert size(largest) <= MAX_TRANSACTION - 200


def test_finishing_a_coin_and_graduating_it_is_one_transaction() -> None:
    both = GraduateIntent(OUTSIDE, 1, 2**64 - 1, finish=2**64 - 1, finish_max_in=2**64 - 1)
    assert size(_build(both)) <= MAX_TRANSACTION
    account, buy, burn, graduate = _build(both).instructions[2:]
    assert burn.data == b"\x08" + b"\xff" * 8  # as many as the curve still sold: Token-2022's Burn
    keys = _build(both).account_keys
    assert keys[burn.accounts[0]] == keys[account.accounts[1]] == keys[buy.accounts[5]]
    assert str(keys[burn.accounts[1]]) == OUTSIDE
    assert str(keys[burn.accounts[2]]) == str(keys[graduate.accounts[0]]) == WALLET


def test_a_claim_pays_the_wallet_that_signs_and_fits_at_any_height() -> None:
    """1,031 bytes at the 20 levels of a million leaves; 24 are the most that the program takes."""
    million = _build(ClaimIntent(2**32 - 1, 2**24 - 1, 2**64 - 1, "ab" * 32 * 20))
    assert size(million) <= 1_063
    assert size(_build(ClaimIntent(2**32 - 1, 2**24 - 1, 2**64 - 1, "ab" * 32 * 24))) <= MAX_TRANSACTION
    keys = million.account_keys
    submitter, _, _, recipient, _ = (keys[index] for index in million.instructions[2].accounts)
    assert str(submitter) == str(recipient) == WALLET


@pytest.mark.parametrize(
    "intent",
    [
        replace(LAUNCH, name=""),
        replace(LAUNCH, name="N" * 33),
        replace(LAUNCH, uri="u" * 160),
        replace(LAUNCH, seed_commitment="ab"),
        WithdrawIntent("nobody", 1),
        BuyIntent("nobody", 1, 1, 1),
        PoolBuyIntent("nobody", 1, 1, RAYDIUM_MAINNET),
        PoolSellIntent(OUTSIDE, 1, 1, 9),  # no deployment of Raydium's
    ],
)
def test_content_that_the_program_would_refuse_is_not_built(intent: Intent) -> None:
    with pytest.raises(ValueError):
        _build(intent)
