"""sell: what a seller is paid, out of the curve alone, and every account that must be the right one."""

from __future__ import annotations

import pytest
from solders.instruction import AccountMeta, Instruction

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.program.token_account import create_token_account
from core.domain.curve import quote_sell
from core.domain.money import Lamports, TokenAtoms
from tests.program.conftest import Coin
from tests.program.harness import FOREVER, RENT_OF_A_WALLET, SLOT, SOL, Chain, landed, refused
from tests.program.test_launch import pause, redirect


@pytest.fixture
def bought(chain: Chain, coin: Coin) -> Coin:
    """The trader holds what 10 SOL bought."""
    landed(chain.buy(coin.trader, coin.mint, 10 * SOL))
    return coin


def instruction(chain: Chain, coin: Coin, amount: int) -> Instruction:
    """A plain sell by the coin's trader."""
    return Sell(coin.trader.pubkey(), coin.mint, TokenAtoms(amount), Lamports(0), FOREVER).build(chain.ids)


def test_a_seller_is_paid_the_quote_by_the_curve(chain: Chain, bought: Coin) -> None:
    amount = chain.atoms(bought.tokens) // 3
    quote = quote_sell(chain.curve(bought.mint).state, amount)
    before = chain.lamports(bought.trader.pubkey())
    held = chain.lamports(chain.ids.curve(bought.mint))
    landed(chain.sell(bought.trader, bought.mint, amount, quote.paid))
    assert chain.lamports(bought.trader.pubkey()) - before == quote.paid - 5_000
    assert held - chain.lamports(chain.ids.curve(bought.mint)) == quote.paid


def test_the_limit_is_on_what_is_paid(chain: Chain, bought: Coin) -> None:
    amount = chain.atoms(bought.tokens)
    quote = quote_sell(chain.curve(bought.mint).state, amount)
    refused(chain.sell(bought.trader, bought.mint, amount, quote.paid + 1), ProgramErrorCode.SlippageExceeded)


def test_everyone_can_sell_everything(chain: Chain, bought: Coin) -> None:
    """Invariant 5: the last holder out is paid too; rounding left the curve a little, never short."""
    others = [chain.wallet() for _ in range(3)]
    for other in others:
        chain.open_tokens(other, bought.mint)
        landed(chain.buy(other, bought.mint, 7 * SOL + 1))
    for holder in (others[1], bought.trader, others[0], others[2]):
        tokens = create_token_account(holder.pubkey(), holder.pubkey(), bought.mint).accounts[1].pubkey
        landed(chain.sell(holder, bought.mint, chain.atoms(tokens)))
    curve = chain.curve(bought.mint)
    assert curve.state.tokens_sold == 0
    assert 0 <= curve.state.real_sol < 10
    assert chain.atoms(chain.ids.vault(bought.mint)) == 10**15


def test_a_pause_does_not_stop_sells(chain: Chain, bought: Coin) -> None:
    pause(chain, until=2**62)
    landed(chain.sell(bought.trader, bought.mint, chain.atoms(bought.tokens)))


def test_the_deadline_is_the_last_slot(chain: Chain, bought: Coin) -> None:
    landed(chain.sell(bought.trader, bought.mint, 10**9, deadline=SLOT))
    chain.warp(SLOT + 1)
    refused(chain.sell(bought.trader, bought.mint, 10**9, deadline=SLOT), ProgramErrorCode.Expired)


def test_zero_and_dust_are_refused(chain: Chain, bought: Coin) -> None:
    refused(chain.sell(bought.trader, bought.mint, 0), ProgramErrorCode.ZeroAmount)
    refused(chain.sell(bought.trader, bought.mint, 1), ProgramErrorCode.ZeroOutput)


def test_more_than_is_held_is_refused(chain: Chain, bought: Coin) -> None:
    other = chain.wallet()
    chain.open_tokens(other, bought.mint)
    refused(chain.sell(other, bought.mint, 10**9), "Custom(1)")  # the token program's InsufficientFunds


@pytest.mark.parametrize("amount", [10**15, 2**63, 2**64 - 1])
def test_more_than_the_curve_ever_sold_is_refused(chain: Chain, bought: Coin, amount: int) -> None:
    """Adversary list: u64::MAX."""
    refused(chain.sell(bought.trader, bought.mint, amount), ProgramErrorCode.ExceedsSold)


def test_a_seller_who_does_not_sign_is_refused(chain: Chain, bought: Coin) -> None:
    thief = chain.wallet()
    wrong = redirect(instruction(chain, bought, 10**9), 0, bought.trader.pubkey())
    refused(chain.send(wrong, thief), ProgramErrorCode.MissingSigner)


def test_anothers_tokens_cannot_be_sold(chain: Chain, bought: Coin) -> None:
    thief = chain.wallet()
    args = Sell(thief.pubkey(), bought.mint, TokenAtoms(10**9), Lamports(0), FOREVER, bought.tokens)
    refused(chain.send(args.build(chain.ids), thief), "Custom(4)")  # the token program's OwnerMismatch


def test_the_vaults_tokens_cannot_be_sold(chain: Chain, bought: Coin) -> None:
    args = Sell(
        bought.trader.pubkey(),
        bought.mint,
        TokenAtoms(10**9),
        Lamports(0),
        FOREVER,
        chain.ids.vault(bought.mint),
    )
    refused(chain.send(args.build(chain.ids), bought.trader), "Custom(4)")


def test_selling_into_another_account_than_the_vault_is_refused(chain: Chain, bought: Coin) -> None:
    """Adversary list: tokens moved to an account of the seller's own would be paid for and kept."""
    mine = chain.wallet()
    elsewhere = chain.open_tokens(mine, bought.mint)
    for vault in (elsewhere, bought.tokens):
        wrong = redirect(instruction(chain, bought, 10**9), 3, vault)
        refused(chain.send(wrong, bought.trader), ProgramErrorCode.WrongAddress)


def test_another_coins_worthless_tokens_are_refused(chain: Chain, bought: Coin) -> None:
    """A cheap coin sold as a dear one: mint, vault and tokens of one, curve of the other."""
    cheap = chain.launch(bought.creator, 1)
    tokens = chain.open_tokens(bought.trader, cheap)
    landed(chain.buy(bought.trader, cheap, SOL))
    built = Sell(bought.trader.pubkey(), cheap, TokenAtoms(10**9), Lamports(0), FOREVER, tokens)
    wrong = redirect(built.build(chain.ids), 1, chain.ids.curve(bought.mint))
    refused(chain.send(wrong, bought.trader), ProgramErrorCode.WrongAddress)


def test_another_mint_account_is_refused_by_us(chain: Chain, bought: Coin) -> None:
    """The token program would refuse it too; the curve's own mint is checked before anything is called."""
    wrong = redirect(instruction(chain, bought, 10**9), 2, chain.launch(bought.creator, 1))
    refused(chain.send(wrong, bought.trader), ProgramErrorCode.WrongAddress)


@pytest.mark.parametrize("kind", ["foreign owner", "config"])
def test_a_forged_curve_is_refused(chain: Chain, bought: Coin, kind: str) -> None:
    genuine = chain.account(chain.ids.curve(bought.mint))
    fake = chain.wallet(0).pubkey()
    chain.put(fake, genuine.lamports, genuine.data, SYSTEM_PROGRAM)
    index, code = (
        (fake, ProgramErrorCode.WrongOwner)
        if kind == "foreign owner"
        else (chain.ids.config, ProgramErrorCode.WrongAccountKind)
    )
    refused(chain.send(redirect(instruction(chain, bought, 10**9), 1, index), bought.trader), code)


@pytest.mark.parametrize("index", [0, 1, 3, 4], ids=["seller", "curve", "vault", "tokens"])
def test_accounts_that_change_must_be_writable(chain: Chain, bought: Coin, index: int) -> None:
    built = instruction(chain, bought, 10**9)
    metas = list(built.accounts)
    metas[index] = AccountMeta(metas[index].pubkey, metas[index].is_signer, is_writable=False)
    payer = chain.wallet()
    result = chain.send(Instruction(built.program_id, built.data, metas), payer, bought.trader)
    refused(result, ProgramErrorCode.NotWritable if index < 2 else "PrivilegeEscalation")


def test_a_fake_token_program_is_refused(chain: Chain, bought: Coin) -> None:
    wrong = redirect(instruction(chain, bought, 10**9), 5, chain.ids.program)
    refused(chain.send(wrong, bought.trader), "MissingAccount")


def test_an_empty_seller_must_be_paid_a_living(chain: Chain, bought: Coin) -> None:
    """The cluster's rule, not ours: a wallet holds nothing or its rent minimum. Fees may be another's."""
    empty, payer = chain.wallet(0), chain.wallet()
    landed(chain.send(create_token_account(payer.pubkey(), empty.pubkey(), bought.mint), payer))
    tokens = create_token_account(payer.pubkey(), empty.pubkey(), bought.mint).accounts[1].pubkey
    chain.edit(tokens, 64, (10**12).to_bytes(8, "little"))
    dust = Sell(empty.pubkey(), bought.mint, TokenAtoms(10**6), Lamports(0), FOREVER).build(chain.ids)
    refused(chain.send(dust, payer, empty), "InsufficientFundsForRent")
    enough = Sell(empty.pubkey(), bought.mint, TokenAtoms(10**12 - 10**6), Lamports(0), FOREVER)
    landed(chain.send(enough.build(chain.ids), payer, empty))
    assert chain.lamports(empty.pubkey()) >= RENT_OF_A_WALLET
