"""buy: what a buyer pays and gets, and every account that must be the right one."""

from __future__ import annotations

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM
from core.adapters.chain.program.token_account import create_token_account
from core.domain.curve import FINAL_TOKENS, quote_buy
from core.domain.money import Lamports, TokenAtoms
from tests.program.conftest import Coin
from tests.program.harness import FOREVER, SLOT, SOL, Chain, landed, launch_args, refused
from tests.program.test_launch import pause, redirect


def instruction(chain: Chain, coin: Coin, max_in: int = SOL) -> Instruction:
    """A plain buy by the coin's trader."""
    return Buy(coin.trader.pubkey(), coin.mint, Lamports(max_in), TokenAtoms(0), FOREVER).build(chain.ids)


def test_a_buyer_pays_max_in_and_gets_the_quote(chain: Chain, coin: Coin) -> None:
    quote = quote_buy(chain.curve(coin.mint).state, SOL, SLOT)
    before = chain.lamports(coin.trader.pubkey())
    landed(chain.buy(coin.trader, coin.mint, SOL))
    assert chain.atoms(coin.tokens) == quote.atoms > 0
    assert before - chain.lamports(coin.trader.pubkey()) == SOL + 5_000
    assert chain.atoms(chain.ids.vault(coin.mint)) == 10**15 - quote.atoms


def test_the_first_buy_is_in_the_launchs_transaction(chain: Chain) -> None:
    creator = chain.wallet()
    args = launch_args(creator.pubkey())
    mint = args.mint(chain.ids)
    result = chain.send(
        [
            args.build(chain.ids),
            create_token_account(creator.pubkey(), creator.pubkey(), mint),
            Buy(creator.pubkey(), mint, Lamports(SOL), TokenAtoms(0), FOREVER).build(chain.ids),
        ],
        creator,
    )
    landed(result)
    assert chain.curve(mint).sequence == 2
    assert chain.curve(mint).state.real_sol > 0


def test_references_after_the_accounts_are_ignored(chain: Chain, coin: Coin) -> None:
    """Solana Pay appends reference keys; more of them than the program reads are skipped too."""
    built = instruction(chain, coin)
    extra = [AccountMeta(Pubkey.new_unique(), is_signer=False, is_writable=False) for _ in range(20)]
    landed(chain.send(Instruction(built.program_id, built.data, [*built.accounts, *extra]), coin.trader))


def test_references_that_repeat_an_account_are_ignored(chain: Chain, coin: Coin) -> None:
    built = instruction(chain, coin)
    again = [*built.accounts, *built.accounts, *built.accounts]
    landed(chain.send(Instruction(built.program_id, built.data, again), coin.trader))


def test_tokens_may_go_to_another_wallet(chain: Chain, coin: Coin) -> None:
    friend = chain.wallet()
    tokens = chain.open_tokens(friend, coin.mint)
    args = Buy(coin.trader.pubkey(), coin.mint, Lamports(SOL), TokenAtoms(0), FOREVER, tokens)
    landed(chain.send(args.build(chain.ids), coin.trader))
    assert chain.atoms(tokens) > 0


def test_the_deadline_is_the_last_slot(chain: Chain, coin: Coin) -> None:
    landed(chain.buy(coin.trader, coin.mint, SOL, deadline=SLOT))
    chain.warp(SLOT + 1)
    refused(chain.buy(coin.trader, coin.mint, SOL, deadline=SLOT), ProgramErrorCode.Expired)


def test_nothing_for_nothing_and_dust_are_refused(chain: Chain, coin: Coin) -> None:
    """Adversary list: zero and dust. One lamport is all fee, and buys nothing."""
    refused(chain.buy(coin.trader, coin.mint, 0), ProgramErrorCode.ZeroAmount)
    refused(chain.buy(coin.trader, coin.mint, 1), ProgramErrorCode.ZeroOutput)
    assert chain.curve(coin.mint).sequence == 1


def test_paused_buys_are_refused_until_the_pause_ends(chain: Chain, coin: Coin) -> None:
    pause(chain, until=401)
    refused(chain.buy(coin.trader, coin.mint, SOL), ProgramErrorCode.Paused)
    chain.warp(SLOT, unix_timestamp=401)
    landed(chain.buy(coin.trader, coin.mint, SOL))


def test_a_buy_beyond_the_balance_is_refused(chain: Chain, coin: Coin) -> None:
    poor = chain.wallet(SOL)
    chain.open_tokens(poor, coin.mint)
    refused(chain.buy(poor, coin.mint, 2 * SOL), "Custom(1)")


def test_a_buyer_who_does_not_sign_is_refused(chain: Chain, coin: Coin) -> None:
    thief = chain.wallet()
    wrong = redirect(instruction(chain, coin), 0, coin.trader.pubkey())
    refused(chain.send(wrong, thief), ProgramErrorCode.MissingSigner)


@pytest.mark.parametrize("kind", ["foreign owner", "another kind", "another size"])
@pytest.mark.parametrize("index", [1, 2], ids=["config", "curve"])
def test_forged_state_is_refused(chain: Chain, coin: Coin, index: int, kind: str) -> None:
    """Fake owner and type confusion, for both accounts of ours that a buy reads."""
    genuine = chain.account([chain.ids.config, chain.ids.curve(coin.mint)][index - 1])
    fake = chain.wallet(0).pubkey()
    if kind == "foreign owner":
        chain.put(fake, genuine.lamports, genuine.data, SYSTEM_PROGRAM)
        code = ProgramErrorCode.WrongOwner
    elif kind == "another kind":
        chain.put(fake, genuine.lamports, bytes([genuine.data[0] ^ 1]) + genuine.data[1:], chain.ids.program)
        code = ProgramErrorCode.WrongAccountKind
    else:
        chain.put(fake, genuine.lamports + SOL, genuine.data + b"\x00", chain.ids.program)
        code = ProgramErrorCode.WrongAccountKind
    refused(chain.send(redirect(instruction(chain, coin), index, fake), coin.trader), code)


def test_another_coins_mint_is_refused(chain: Chain, coin: Coin) -> None:
    other = chain.launch(coin.creator, 1)
    wrong = redirect(instruction(chain, coin), 3, other)
    refused(chain.send(wrong, coin.trader), ProgramErrorCode.WrongAddress)


def test_another_vault_is_refused(chain: Chain, coin: Coin) -> None:
    """Also one of the curve's own: a second token account that somebody gave the curve."""
    curve = chain.ids.curve(coin.mint)
    landed(chain.send(create_token_account(coin.trader.pubkey(), curve, coin.mint), coin.trader))
    owned = create_token_account(coin.trader.pubkey(), curve, coin.mint).accounts[1].pubkey
    for vault in (chain.ids.vault(chain.launch(coin.creator, 1)), owned):
        wrong = redirect(instruction(chain, coin), 4, vault)
        refused(chain.send(wrong, coin.trader), ProgramErrorCode.WrongAddress)


def test_the_vault_as_the_buyers_account_is_refused(chain: Chain, coin: Coin) -> None:
    """Aliased accounts: a transfer from the vault to itself succeeds, and the buyer would pay for nothing."""
    wrong = redirect(instruction(chain, coin), 5, chain.ids.vault(coin.mint))
    refused(chain.send(wrong, coin.trader), ProgramErrorCode.AliasedAccounts)


def test_a_token_account_of_another_mint_is_refused(chain: Chain, coin: Coin) -> None:
    other = chain.launch(coin.creator, 1)
    tokens = chain.open_tokens(coin.trader, other)
    wrong = redirect(instruction(chain, coin), 5, tokens)
    refused(chain.send(wrong, coin.trader), "Custom(3)")  # the token program's MintMismatch


def test_a_fake_token_program_is_refused(chain: Chain, coin: Coin) -> None:
    wrong = redirect(instruction(chain, coin), 6, chain.ids.program)
    refused(chain.send(wrong, coin.trader), "MissingAccount")


@pytest.mark.parametrize("index", [2, 4, 5], ids=["curve", "vault", "tokens"])
def test_accounts_that_change_must_be_writable(chain: Chain, coin: Coin, index: int) -> None:
    built = instruction(chain, coin)
    metas = list(built.accounts)
    metas[index] = AccountMeta(metas[index].pubkey, is_signer=False, is_writable=False)
    result = chain.send(Instruction(built.program_id, built.data, metas), coin.trader)
    refused(result, ProgramErrorCode.NotWritable if index == 2 else "PrivilegeEscalation")


def test_a_buyer_that_is_no_plain_wallet_cannot_pay(chain: Chain, coin: Coin) -> None:
    """The System program moves lamports only out of its own accounts without data."""
    odd: Keypair = chain.wallet()
    chain.open_tokens(odd, coin.mint)
    chain.put(odd.pubkey(), 10 * SOL, b"", TOKEN_2022_PROGRAM)
    payer = chain.wallet()
    args = Buy(odd.pubkey(), coin.mint, Lamports(SOL), TokenAtoms(0), FOREVER)
    refused(chain.send(args.build(chain.ids), payer, odd), "ExternalAccountLamportSpend")


def test_a_clamped_buy_takes_only_what_it_needs(chain: Chain, coin: Coin) -> None:
    before = chain.lamports(coin.trader.pubkey())
    landed(chain.buy(coin.trader, coin.mint, 900 * SOL))
    state = chain.curve(coin.mint).state
    assert state.virtual_tokens == FINAL_TOKENS
    assert state.complete
    spent = before - chain.lamports(coin.trader.pubkey()) - 5_000
    assert spent == state.real_sol + state.protocol_fees + state.creator_fees < 91 * SOL
    refused(chain.buy(coin.trader, coin.mint, SOL), ProgramErrorCode.CurveComplete)
