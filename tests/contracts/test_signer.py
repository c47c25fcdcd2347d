"""What every signer must do: the real process over its socket, and the fake that use cases are tested with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from solders.hash import Hash
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.transactions import build
from core.adapters.keys.client import SocketSigner
from core.domain.errors import UserError
from core.domain.intent import (
    BuyIntent,
    Intent,
    LaunchIntent,
    PoolBuyIntent,
    PoolSellIntent,
    SellIntent,
    WithdrawIntent,
)
from core.ports.chain import Blockhash, Compute
from core.ports.signer import Signer
from tests.fakes.signer import PROGRAM_ID, TRADE_LIMIT, WITHDRAW_LIMIT, FakeSigner
from tests.fakes.signer_process import SignerProcess, signer_process

BLOCKHASH = Blockhash(str(Hash.new_unique()), 1_000)
COMPUTE = Compute(unit_limit=60_000, unit_price=1_000)
MINT = str(Keypair().pubkey())
OUTSIDE = str(Keypair().pubkey())
INTENTS: list[Intent] = [
    BuyIntent(MINT, max_in=1_000_000_000, min_out=5, deadline_slot=1_100),
    SellIntent(MINT, amount=2**60, min_out=1, deadline_slot=1_100),
    LaunchIntent("Space Cats", "SPCAT", "http://localhost/m.json", "ab" * 32, 1, first_buy=10_000_000),
    LaunchIntent("Ünïcödé 🐈", "CAT", "http://localhost/m.json", "cd" * 32, 7),
    WithdrawIntent(OUTSIDE, 1_000_000),
    PoolBuyIntent(MINT, lamports=1_000_000_000, min_out=5, raydium_set=1),
    PoolSellIntent(MINT, amount=2**60, min_out=1, raydium_set=2),
]


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignerProcess]:
    with signer_process(tmp_path_factory.mktemp("signer")) as running:
        yield running


@pytest.fixture(params=["fake", "process"])
async def signer(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Signer]:
    if request.param == "fake":
        fake = FakeSigner(tmp_path)
        yield fake
        fake.close()
        return
    client = SocketSigner(request.getfixturevalue("process").socket)
    yield client
    await client.close()


@pytest.fixture
def order() -> str:
    """An id that no other test uses: the process serves them all."""
    return uuid4().hex


@pytest.fixture
async def wallet(signer: Signer) -> str:
    return await signer.create_wallet(uuid4().hex)


async def test_a_request_for_a_wallet_makes_one_wallet(signer: Signer, order: str) -> None:
    first, again, other = [await signer.create_wallet(name) for name in (order, order, order + "b")]
    assert first == again != other


async def test_a_wallet_asked_for_at_once_is_one_wallet(signer: Signer, order: str) -> None:
    assert len(set(await asyncio.gather(*(signer.create_wallet(order) for _ in range(8))))) == 1


@pytest.mark.parametrize("intent", INTENTS, ids=lambda intent: type(intent).__name__)
async def test_signs_exactly_what_the_builder_builds(
    signer: Signer, intent: Intent, wallet: str, order: str
) -> None:
    signed = await signer.sign(order, wallet, intent, BLOCKHASH, COMPUTE)
    transaction = VersionedTransaction.from_bytes(signed.raw)
    assert bytes(transaction.message) == bytes(
        build(intent, wallet, BLOCKHASH.hash, COMPUTE, ProgramIds(Pubkey.from_string(PROGRAM_ID)))
    )
    assert transaction.verify_with_results() == [True]
    assert str(transaction.signatures[0]) == signed.signature
    assert signed.last_valid_block_height == BLOCKHASH.last_valid_block_height


async def test_an_order_is_signed_once_whatever_a_repeat_asks(
    signer: Signer, wallet: str, order: str
) -> None:
    other = await signer.create_wallet(uuid4().hex)
    first = await signer.sign(order, wallet, INTENTS[0], BLOCKHASH, COMPUTE)
    newer = Blockhash(str(Hash.new_unique()), 2_000)
    assert await signer.sign(order, wallet, INTENTS[0], BLOCKHASH, COMPUTE) == first
    assert await signer.sign(order, other, INTENTS[4], newer, replace(COMPUTE, unit_price=0)) == first
    assert await signer.withdrawn_today(other) == (0, WITHDRAW_LIMIT)


async def test_an_order_pressed_many_times_at_once_is_one_transaction(
    signer: Signer, wallet: str, order: str
) -> None:
    presses = (signer.sign(order, wallet, intent, BLOCKHASH, COMPUTE) for intent in INTENTS * 4)
    assert len({signed.raw for signed in await asyncio.gather(*presses)}) == 1


async def test_withdrawals_add_up_to_the_daily_limit_and_no_further(
    signer: Signer, wallet: str, order: str
) -> None:
    whole = WithdrawIntent(OUTSIDE, WITHDRAW_LIMIT - 10)
    await signer.sign(f"{order}-1", wallet, whole, BLOCKHASH, COMPUTE)
    assert await signer.withdrawn_today(wallet) == (WITHDRAW_LIMIT - 10, WITHDRAW_LIMIT)
    with pytest.raises(UserError) as refused:
        await signer.sign(f"{order}-2", wallet, WithdrawIntent(OUTSIDE, 11), BLOCKHASH, COMPUTE)
    assert refused.value.code == "withdraw-limit"
    assert refused.value.arguments == {"limit": "5", "left": "0.00000001"}
    await signer.sign(f"{order}-2", wallet, WithdrawIntent(OUTSIDE, 10), BLOCKHASH, COMPUTE)
    assert await signer.withdrawn_today(wallet) == (WITHDRAW_LIMIT, WITHDRAW_LIMIT)


async def test_withdrawals_at_once_cannot_pass_the_limit_together(
    signer: Signer, wallet: str, order: str
) -> None:
    half = WithdrawIntent(OUTSIDE, WITHDRAW_LIMIT // 2)
    results = await asyncio.gather(
        *(signer.sign(f"{order}-{n}", wallet, half, BLOCKHASH, COMPUTE) for n in range(6)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, UserError) for result in results) == 4
    assert await signer.withdrawn_today(wallet) == (WITHDRAW_LIMIT, WITHDRAW_LIMIT)


@pytest.mark.parametrize(
    ("code", "intent", "compute"),
    [
        ("trade-limit", BuyIntent(MINT, TRADE_LIMIT + 1, 1, 1_100), COMPUTE),
        ("trade-limit", replace(INTENTS[2], first_buy=TRADE_LIMIT + 1), COMPUTE),
        ("trade-limit", PoolBuyIntent(MINT, TRADE_LIMIT + 1, 1, 1), COMPUTE),
        ("order-stale", BuyIntent(MINT, 1, 1, 849), COMPUTE),
        ("order-stale", SellIntent(MINT, 1, 1, 0), COMPUTE),
        ("network-fee-limit", INTENTS[0], Compute(1_000_000, 10_000_001)),
        ("withdraw-address", WithdrawIntent("not-an-address", 1), COMPUTE),
        ("withdraw-to-program", WithdrawIntent(PROGRAM_ID, 1), COMPUTE),
        ("withdraw-to-program", WithdrawIntent("11111111111111111111111111111111", 1), COMPUTE),
        ("order-invalid", WithdrawIntent(OUTSIDE, 0), COMPUTE),
        ("order-invalid", WithdrawIntent(OUTSIDE, 2**64), COMPUTE),
        ("order-invalid", INTENTS[0], Compute(0, 0)),
        ("order-invalid", replace(INTENTS[2], name="x" * 33), COMPUTE),
        ("order-invalid", replace(INTENTS[2], uri="x" * 20_000), COMPUTE),
    ],
)
async def test_refuses_and_signs_nothing(
    signer: Signer, code: str, intent: Intent, compute: Compute, wallet: str, order: str
) -> None:
    with pytest.raises(UserError) as refused:
        await signer.sign(order, wallet, intent, BLOCKHASH, compute)
    assert refused.value.code == code
    # the order id is still free: a refusal is not a signature
    assert (await signer.sign(order, wallet, INTENTS[4], BLOCKHASH, COMPUTE)).raw


async def test_refuses_to_withdraw_to_the_wallet_itself(signer: Signer, wallet: str, order: str) -> None:
    with pytest.raises(UserError, match="withdraw-to-self"):
        await signer.sign(order, wallet, WithdrawIntent(wallet, 1), BLOCKHASH, COMPUTE)


async def test_refuses_a_wallet_that_it_does_not_hold(signer: Signer, wallet: str, order: str) -> None:
    with pytest.raises(UserError, match="wallet-unknown"):
        await signer.sign(order, OUTSIDE, INTENTS[4], BLOCKHASH, COMPUTE)
    with pytest.raises(UserError, match="wallet-unknown"):
        await signer.withdrawn_today(OUTSIDE)
