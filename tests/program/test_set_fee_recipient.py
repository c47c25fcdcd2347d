"""set_fee_recipient: the creator's right, and nobody else's."""

from __future__ import annotations

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.events import FeeRecipientSet
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.adapters.chain.program.set_fee_recipient import SetFeeRecipient
from tests.program.conftest import Coin
from tests.program.harness import SOL, Chain, events, landed, refused
from tests.program.test_launch import redirect


def test_the_creator_sets_it_and_stays_creator(chain: Chain, coin: Coin) -> None:
    to = chain.wallet(0).pubkey()
    args = SetFeeRecipient(coin.creator.pubkey(), coin.mint, to)
    result = landed(chain.send(args.build(chain.ids), coin.creator))
    curve = chain.curve(coin.mint)
    assert (curve.fee_recipient, curve.creator, curve.sequence) == (to, coin.creator.pubkey(), 2)
    assert events(result) == [FeeRecipientSet(mint=coin.mint, sequence=2, fee_recipient=to)]


def test_nobody_else_may(chain: Chain, coin: Coin) -> None:
    args = SetFeeRecipient(coin.trader.pubkey(), coin.mint, coin.trader.pubkey())
    refused(chain.send(args.build(chain.ids), coin.trader), ProgramErrorCode.Unauthorized)


def test_nor_the_recipient_it_named(chain: Chain, coin: Coin) -> None:
    """The right stays with the creator, it does not follow the money."""
    args = SetFeeRecipient(coin.creator.pubkey(), coin.mint, coin.trader.pubkey())
    landed(chain.send(args.build(chain.ids), coin.creator))
    again = SetFeeRecipient(coin.trader.pubkey(), coin.mint, coin.trader.pubkey())
    refused(chain.send(again.build(chain.ids), coin.trader), ProgramErrorCode.Unauthorized)


def test_the_creator_must_sign(chain: Chain, coin: Coin) -> None:
    """Fake signer: the creator named, somebody else signing the transaction."""
    built = SetFeeRecipient(coin.creator.pubkey(), coin.mint, coin.trader.pubkey()).build(chain.ids)
    unsigned = redirect(built, 0, coin.creator.pubkey())
    refused(chain.send(unsigned, coin.trader), ProgramErrorCode.MissingSigner)


@pytest.mark.parametrize("which", ["zero", "the curve"])
def test_what_cannot_receive_is_refused(chain: Chain, coin: Coin, which: str) -> None:
    to = Pubkey.default() if which == "zero" else chain.ids.curve(coin.mint)
    args = SetFeeRecipient(coin.creator.pubkey(), coin.mint, to)
    refused(chain.send(args.build(chain.ids), coin.creator), ProgramErrorCode.InvalidRecipient)


def test_a_forged_curve_is_refused(chain: Chain, coin: Coin) -> None:
    genuine = chain.account(chain.ids.curve(coin.mint))
    fake = chain.wallet(0).pubkey()
    chain.put(fake, SOL, genuine.data, SYSTEM_PROGRAM)
    built = SetFeeRecipient(coin.creator.pubkey(), coin.mint, coin.trader.pubkey()).build(chain.ids)
    refused(chain.send(redirect(built, 1, fake), coin.creator), ProgramErrorCode.WrongOwner)
    refused(chain.send(redirect(built, 1, chain.ids.config), coin.creator), ProgramErrorCode.WrongAccountKind)


def test_the_curve_must_be_writable(chain: Chain, coin: Coin) -> None:
    built = SetFeeRecipient(coin.creator.pubkey(), coin.mint, coin.trader.pubkey()).build(chain.ids)
    metas = [built.accounts[0], AccountMeta(built.accounts[1].pubkey, is_signer=False, is_writable=False)]
    refused(
        chain.send(Instruction(built.program_id, built.data, metas), coin.creator),
        ProgramErrorCode.NotWritable,
    )
