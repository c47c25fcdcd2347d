"""sweep_fees: to whom fees go, and which share waits."""

from __future__ import annotations

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.events import FeesSwept
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.adapters.chain.program.set_fee_recipient import SetFeeRecipient
from core.adapters.chain.program.sweep_fees import SweepFees
from tests.program.conftest import Coin
from tests.program.harness import RENT_OF_A_WALLET, SOL, Chain, events, landed, refused
from tests.program.test_launch import redirect

CLOCK = Pubkey.from_string("SysvarC1ock11111111111111111111111111111111")


def recipient(chain: Chain, coin: Coin, to: Pubkey) -> None:
    """The creator names who gets their share."""
    args = SetFeeRecipient(coin.creator.pubkey(), coin.mint, to)
    landed(chain.send(args.build(chain.ids), coin.creator))


def test_each_share_goes_to_its_payee(chain: Chain, coin: Coin) -> None:
    landed(chain.buy(coin.trader, coin.mint, 10 * SOL))
    payee = chain.wallet(0).pubkey()
    recipient(chain, coin, payee)
    before = chain.curve(coin.mint)
    result = landed(chain.sweep(coin.trader, coin.mint))
    after = chain.curve(coin.mint)
    assert chain.lamports(chain.treasury) == before.state.protocol_fees == 70_000_000
    assert chain.lamports(payee) == before.state.creator_fees == 30_000_000
    assert after.state.protocol_fees == after.state.creator_fees == 0
    assert chain.lamports(chain.ids.curve(coin.mint)) == after.rent_deposit + after.state.real_sol
    assert events(result) == [
        FeesSwept(
            mint=coin.mint,
            sequence=before.sequence + 1,
            treasury=chain.treasury,
            protocol_fees=before.state.protocol_fees,
            fee_recipient=payee,
            creator_fees=before.state.creator_fees,
        )
    ]


def test_nothing_to_sweep_is_said(chain: Chain, coin: Coin) -> None:
    refused(chain.sweep(coin.trader, coin.mint), ProgramErrorCode.NothingToSweep)


def test_a_share_that_an_empty_payee_could_not_keep_stays_accrued(chain: Chain, coin: Coin) -> None:
    """Adversary list: empty payee. One payee under the rent minimum must not block the other's share."""
    landed(chain.buy(coin.trader, coin.mint, SOL // 10))  # creator's share 300,000 lamports
    payee = chain.wallet(0).pubkey()
    recipient(chain, coin, payee)
    chain.put(chain.treasury, SOL, b"", SYSTEM_PROGRAM)
    landed(chain.sweep(coin.trader, coin.mint))
    state = chain.curve(coin.mint).state
    assert (state.protocol_fees, state.creator_fees) == (0, 300_000)
    assert chain.lamports(payee) == 0
    refused(chain.sweep(coin.trader, coin.mint), ProgramErrorCode.NothingToSweep)
    landed(chain.buy(coin.trader, coin.mint, SOL // 5))  # 600,000 more: enough to live
    landed(chain.sweep(coin.trader, coin.mint))
    assert chain.lamports(payee) == 900_000 >= RENT_OF_A_WALLET


def test_one_payee_for_both_shares_gets_their_sum(chain: Chain, coin: Coin) -> None:
    """Adversary list: treasury = creator. Neither share alone would be enough, together they are."""
    recipient(chain, coin, chain.treasury)
    landed(chain.buy(coin.trader, coin.mint, SOL // 10))
    state = chain.curve(coin.mint).state
    assert max(state.protocol_fees, state.creator_fees) < RENT_OF_A_WALLET
    landed(chain.sweep(coin.trader, coin.mint))
    assert chain.lamports(chain.treasury) == 1_000_000
    assert chain.curve(coin.mint).state.creator_fees == 0


def test_one_payee_for_both_shares_that_could_not_keep_the_sum_waits(chain: Chain, coin: Coin) -> None:
    recipient(chain, coin, chain.treasury)
    landed(chain.buy(coin.trader, coin.mint, SOL // 100))
    refused(chain.sweep(coin.trader, coin.mint), ProgramErrorCode.NothingToSweep)


def test_the_real_sol_is_out_of_reach(chain: Chain, coin: Coin) -> None:
    """pump.fun 2024, an insider's withdraw authority: sweeping again and again pays the fees once."""
    landed(chain.buy(coin.trader, coin.mint, 10 * SOL))
    landed(chain.sweep(coin.trader, coin.mint))
    for _ in range(3):
        refused(chain.sweep(coin.creator, coin.mint), ProgramErrorCode.NothingToSweep)
    curve = chain.curve(coin.mint)
    assert chain.lamports(chain.ids.curve(coin.mint)) == curve.rent_deposit + 9_900_000_000


def test_a_donation_is_swept_to_nobody(chain: Chain, coin: Coin) -> None:
    address = chain.ids.curve(coin.mint)
    account = chain.account(address)
    chain.put(address, account.lamports + SOL, account.data, account.owner)
    refused(chain.sweep(coin.trader, coin.mint), ProgramErrorCode.NothingToSweep)


@pytest.mark.parametrize("index", [2, 3], ids=["treasury", "fee recipient"])
def test_another_payee_is_refused(chain: Chain, coin: Coin, index: int) -> None:
    landed(chain.buy(coin.trader, coin.mint, SOL))
    built = SweepFees(coin.mint, chain.treasury, coin.creator.pubkey()).build(chain.ids)
    wrong = redirect(built, index, coin.trader.pubkey())
    refused(chain.send(wrong, coin.trader), ProgramErrorCode.WrongAddress)


def test_the_treasury_cannot_be_the_curve(chain: Chain, coin: Coin) -> None:
    """Aliased accounts: fees paid by the curve into itself would be nobody's."""
    landed(chain.buy(coin.trader, coin.mint, SOL))
    curve = chain.ids.curve(coin.mint)
    chain.edit(chain.ids.config, 160, bytes(curve))
    assert chain.config().treasury == curve
    args = SweepFees(coin.mint, curve, coin.creator.pubkey())
    refused(chain.send(args.build(chain.ids), coin.trader), ProgramErrorCode.AliasedAccounts)


def test_a_forged_config_is_refused(chain: Chain, coin: Coin) -> None:
    """Fake owner: a Config of the thief's, with the thief as treasury."""
    landed(chain.buy(coin.trader, coin.mint, SOL))
    fake = chain.wallet(0).pubkey()
    data = bytearray(chain.account(chain.ids.config).data)
    data[160:192] = bytes(coin.trader.pubkey())
    chain.put(fake, SOL, bytes(data), SYSTEM_PROGRAM)
    built = SweepFees(coin.mint, coin.trader.pubkey(), coin.creator.pubkey()).build(chain.ids)
    refused(chain.send(redirect(built, 1, fake), coin.trader), ProgramErrorCode.WrongOwner)


def test_the_curve_must_be_writable(chain: Chain, coin: Coin) -> None:
    landed(chain.buy(coin.trader, coin.mint, SOL))
    built = SweepFees(coin.mint, chain.treasury, coin.creator.pubkey()).build(chain.ids)
    refused(chain.send(read_only(built, 0), coin.trader), ProgramErrorCode.NotWritable)


@pytest.mark.parametrize("index", [2, 3], ids=["treasury", "fee recipient"])
def test_a_payee_that_is_read_only_waits(chain: Chain, coin: Coin, index: int) -> None:
    landed(chain.buy(coin.trader, coin.mint, SOL))
    before = chain.curve(coin.mint).state
    built = SweepFees(coin.mint, chain.treasury, coin.creator.pubkey()).build(chain.ids)
    landed(chain.send(read_only(built, index), coin.trader))
    after = chain.curve(coin.mint).state
    shares = (before.protocol_fees, 0) if index == 2 else (0, before.creator_fees)
    assert (after.protocol_fees, after.creator_fees) == shares
    landed(chain.send(built, coin.trader))
    assert chain.curve(coin.mint).state.protocol_fees == chain.curve(coin.mint).state.creator_fees == 0


@pytest.mark.parametrize("which", ["a sysvar", "this program"])
def test_a_recipient_that_nobody_can_pay_withholds_nothing(chain: Chain, coin: Coin, which: str) -> None:
    """The chain keeps some accounts read-only whatever a transaction asks: a creator who names one must not
    freeze the protocol's share for ever."""
    named = {"a sysvar": CLOCK, "this program": chain.ids.program}
    landed(chain.buy(coin.trader, coin.mint, 10 * SOL))
    recipient(chain, coin, named[which])
    landed(chain.sweep(coin.trader, coin.mint))
    state = chain.curve(coin.mint).state
    assert (state.protocol_fees, state.creator_fees) == (0, 30_000_000)
    assert chain.lamports(chain.treasury) == 70_000_000
    recipient(chain, coin, coin.creator.pubkey())  # who thinks better of it loses nothing
    landed(chain.sweep(coin.trader, coin.mint))
    assert chain.curve(coin.mint).state.creator_fees == 0


def read_only(built: Instruction, index: int) -> Instruction:
    """The instruction with one account not writable."""
    metas = list(built.accounts)
    metas[index] = AccountMeta(metas[index].pubkey, is_signer=False, is_writable=False)
    return Instruction(built.program_id, built.data, metas)
