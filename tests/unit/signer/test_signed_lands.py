"""What the signer signs is what the real program takes: a coin's life in an embedded chain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import TransactionMetadata

from core.adapters.chain.program.ids import token_account
from core.adapters.chain.transactions import mint_address
from core.domain.intent import BuyIntent, Intent, LaunchIntent, SellIntent, WithdrawIntent
from core.ports.chain import Blockhash, Compute
from tests.fakes.signer import FakeSigner
from tests.program.harness import SLOT, SOL, Chain
from tests.unit.signer.desk import OUTSIDE

COMPUTE = Compute(unit_limit=200_000, unit_price=1_000)


class Desk:
    """A signer, a chain with the program, and one funded wallet."""

    def __init__(self, directory: Path) -> None:
        self.chain = Chain()
        self.chain.initialize()
        self.signer = FakeSigner(directory, program_id=str(self.chain.ids.program))
        self.orders = 0

    async def open(self) -> None:
        self.wallet = await self.signer.create_wallet("ann")
        self.chain.svm.airdrop(Pubkey.from_string(self.wallet), 10 * SOL)

    async def lands(self, intent: Intent) -> TransactionMetadata:
        self.orders += 1
        at = Blockhash(str(self.chain.svm.latest_blockhash()), SLOT)
        signed = await self.signer.sign(f"order-{self.orders}", self.wallet, intent, at, COMPUTE)
        result = self.chain.svm.send_transaction(VersionedTransaction.from_bytes(signed.raw))
        assert isinstance(result, TransactionMetadata), result
        assert str(result.signature()) == signed.signature
        return result

    def lamports(self, address: str) -> int:
        return self.chain.svm.get_balance(Pubkey.from_string(address)) or 0

    def atoms(self, mint: str) -> int:
        account = self.chain.svm.get_account(
            token_account(Pubkey.from_string(self.wallet), Pubkey.from_string(mint))
        )
        return int.from_bytes(account.data[64:72], "little") if account else 0


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.signer.close()


@pytest.mark.parametrize("first_buy", [0, SOL // 10])
async def test_a_coin_is_launched_bought_and_sold_and_the_sol_withdrawn(desk: Desk, first_buy: int) -> None:
    await desk.open()
    launch = LaunchIntent("Space Cats 🐈", "SPCAT", "http://localhost/m.json", "ab" * 32, 1, first_buy)
    await desk.lands(launch)
    mint = mint_address(desk.wallet, launch, desk.chain.ids)
    first = desk.atoms(mint)
    assert (first > 0) == (first_buy > 0)

    await desk.lands(BuyIntent(mint, max_in=SOL, min_out=1, deadline_slot=SLOT + 100))
    bought = desk.atoms(mint)
    assert bought > first

    before = desk.lamports(desk.wallet)
    await desk.lands(SellIntent(mint, amount=bought, min_out=1, deadline_slot=SLOT + 100))
    assert desk.atoms(mint) == 0
    assert desk.lamports(desk.wallet) > before

    await desk.lands(WithdrawIntent(OUTSIDE, 2 * SOL))
    assert desk.lamports(OUTSIDE) == 2 * SOL
