"""Named attacks: each docstring says which real incident or flaw the test replays.

Those of one instruction's accounts stand with the instruction: initialize front-run and duplicate council
keys (test_initialize), prefunded addresses, squatting, bumps (test_launch), aliased and forged accounts
(test_buy, test_sell, test_sweep_fees).
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.rent import Rent

from core.adapters.chain.fills import events_of
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.events import Traded
from core.adapters.chain.program.genesis import genesis_accounts
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, ProgramIds
from core.adapters.chain.program.sell import Sell
from core.domain import curve
from core.domain.curve import FINAL_TOKENS, INITIAL_TOKENS, min_out, min_out_for_buy, quote_buy, quote_sell
from core.domain.money import Bps, Lamports, TokenAtoms
from tests.program.conftest import Coin
from tests.program.forge import put_state
from tests.program.harness import (
    RENT_OF_A_WALLET,
    SLOT,
    SOL,
    Chain,
    Terms,
    key,
    landed,
    launch_args,
    log_data,
    program_bytes,
    refused,
)

_MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
_REALLOCATE, _CPI_GUARD, _ENABLE, _DISABLE, _CPI_GUARD_TYPE = 29, 34, 0, 1, 11


def test_fee_is_taken_after_the_clamp(chain: Chain, coin: Coin) -> None:
    """Pump Science M-01: the fee was computed on what was offered, not on what was taken."""
    offered = 1_000_000 * SOL
    chain.put(coin.trader.pubkey(), 2 * offered, b"", SYSTEM_PROGRAM)
    landed(chain.buy(coin.trader, coin.mint, offered))
    state = chain.curve(coin.mint).state
    fees = state.protocol_fees + state.creator_fees
    assert fees == -(-state.real_sol * 100 // 9_900), "1 % of what was spent"


@pytest.mark.parametrize("fee", [0, 100], ids=["no fee", "1 %"])
@pytest.mark.parametrize("max_in", [2**63, 2**64 - 1])
def test_the_clamp_stands_where_64_bits_end(max_in: int, fee: int) -> None:
    """R + net wraps for offers near 2^64 unless someone thinks of it: a free completion."""
    chain = Chain(Terms(fee=Bps(fee), creator_fee=Bps(0)))
    landed(chain.initialize())
    trader = chain.wallet()
    mint = chain.launch(trader)
    chain.open_tokens(trader, mint)
    landed(chain.buy(trader, mint, max_in))
    state = chain.curve(mint).state
    assert state.virtual_tokens == FINAL_TOKENS
    assert state.real_sol == 89_262_983_904


def test_the_rent_minimum_is_not_eaten(chain: Chain, coin: Coin) -> None:
    """Pump Science M-02: sells were paid out of the lamports that keep the account alive."""
    landed(chain.buy(coin.trader, coin.mint, 50 * SOL))
    landed(chain.sell(coin.trader, coin.mint, chain.atoms(coin.tokens)))
    landed(chain.sweep(coin.trader, coin.mint))
    curve_ = chain.curve(coin.mint)
    assert chain.lamports(chain.ids.curve(coin.mint)) == curve_.rent_deposit + curve_.state.real_sol
    refused(chain.sell(coin.trader, coin.mint, 10**9), ProgramErrorCode.ExceedsSold)


@pytest.mark.parametrize("per_byte", [1, 6_960 * 10], ids=["down", "up"])
def test_rent_repriced_mid_life_neither_frees_nor_freezes_sol(
    chain: Chain, coin: Coin, per_byte: int
) -> None:
    """A check against the live rent sysvar would hand out the deposit, or hold sellers to ransom."""
    landed(chain.buy(coin.trader, coin.mint, 10 * SOL))
    deposit = chain.curve(coin.mint).rent_deposit
    chain.svm.set_rent(Rent(per_byte, 1.0, 50))
    chain.put(coin.trader.pubkey(), 100 * SOL, b"", SYSTEM_PROGRAM)
    landed(chain.sell(coin.trader, coin.mint, chain.atoms(coin.tokens) // 2))
    landed(chain.buy(coin.trader, coin.mint, SOL))
    landed(chain.sell(coin.trader, coin.mint, chain.atoms(coin.tokens) // 2))
    after = chain.curve(coin.mint)
    assert after.rent_deposit == deposit == 328 * 6_960


def test_a_rise_of_rent_holds_no_coin_whose_lack_somebody_pays(chain: Chain, coin: Coin) -> None:
    """The runtime lets no account end below a new minimum, whatever the program does; a gift of the difference,
    which stays, is all that it takes."""
    landed(chain.buy(coin.trader, coin.mint, SOL // 100))
    chain.svm.set_rent(Rent(6_960 * 2, 1.0, 50))
    address, held = chain.ids.curve(coin.mint), chain.atoms(coin.tokens)
    refused(chain.sell(coin.trader, coin.mint, held), "InsufficientFundsForRent")
    account = chain.account(address)
    chain.put(address, account.lamports + 328 * 6_960, account.data, account.owner)
    landed(chain.sell(coin.trader, coin.mint, held))
    chain.put(chain.treasury, SOL, b"", SYSTEM_PROGRAM)
    landed(chain.sweep(coin.trader, coin.mint))


def test_the_schedule_has_no_discontinuity() -> None:
    """Pump Science M-03: a fee that jumped at the end of its schedule paid for waiting one slot."""
    chain = Chain(Terms(schedule_fee=Bps(9_900), schedule_slots=10))
    landed(chain.initialize())
    trader = chain.wallet()
    mint = chain.launch(trader)
    chain.open_tokens(trader, mint)
    paid = []
    for elapsed in range(13):
        chain.warp(SLOT + elapsed)
        before = chain.curve(mint).state
        landed(chain.buy(trader, mint, SOL))
        after = chain.curve(mint).state
        paid.append(after.protocol_fees + after.creator_fees - before.protocol_fees - before.creator_fees)
        assert after.creator_fees - before.creator_fees == SOL * 30 // 10_000, "the surplus is the protocol's"
    rates = [fee // (SOL // 10_000) for fee in paid]
    assert rates == [9_900, 8_920, 7_940, 6_960, 5_980, 5_000, 4_020, 3_040, 2_060, 1_080, 100, 100, 100]


def test_parameters_changed_mid_sale_do_not_touch_a_coin(chain: Chain, coin: Coin) -> None:
    """A council that raises fees to the maximum reaches new coins only."""
    before = chain.curve(coin.mint).state
    raised = b"".join(v.to_bytes(2, "little") for v in (9_000, 500, 500, 9_900))
    chain.edit(chain.ids.config, 64, (500 * SOL).to_bytes(8, "little"))
    chain.edit(chain.ids.config, 76, raised)
    assert (chain.config().fee, chain.config().initial_sol) == (500, 500 * SOL)
    expected, _ = curve.buy(before, SOL, 0, SLOT)
    landed(chain.buy(coin.trader, coin.mint, SOL))
    assert chain.curve(coin.mint).state == expected


def test_a_sandwich_is_bounded_by_min_out(chain: Chain, coin: Coin) -> None:
    """Front-running: whatever is done before it, a buy gives its min_out or nothing."""
    attacker = chain.wallet()
    chain.open_tokens(attacker, coin.mint)
    quote = quote_buy(chain.curve(coin.mint).state, SOL, SLOT)
    limit = min_out_for_buy(quote, SOL, Bps(100))
    landed(chain.buy(attacker, coin.mint, 5 * SOL))
    refused(chain.buy(coin.trader, coin.mint, SOL, limit), ProgramErrorCode.SlippageExceeded)
    landed(chain.sell(attacker, coin.mint, chain.atoms(chain.open_tokens(attacker, coin.mint))))
    landed(chain.buy(coin.trader, coin.mint, SOL, limit))
    assert chain.atoms(coin.tokens) >= limit


def test_a_sandwiched_sell_is_bounded_by_min_out(chain: Chain, coin: Coin) -> None:
    """The other side: sold before, bought back after."""
    attacker = chain.wallet()
    tokens = chain.open_tokens(attacker, coin.mint)
    for trader in (coin.trader, attacker):
        landed(chain.buy(trader, coin.mint, 5 * SOL))
    amount = chain.atoms(coin.tokens)
    limit = min_out(quote_sell(chain.curve(coin.mint).state, amount).paid, Bps(100))
    landed(chain.sell(attacker, coin.mint, chain.atoms(tokens)))
    refused(chain.sell(coin.trader, coin.mint, amount, limit), ProgramErrorCode.SlippageExceeded)
    landed(chain.buy(attacker, coin.mint, 5 * SOL))
    landed(chain.sell(coin.trader, coin.mint, amount, limit))


def test_a_trade_whose_log_was_flooded_away_is_the_same_trade(chain: Chain, coin: Coin) -> None:
    """Log flooding: validators keep 10,000 bytes, and what comes after is gone. The market is not."""
    expected, _ = curve.buy(chain.curve(coin.mint).state, SOL, 0, SLOT)
    noise = [Instruction(_MEMO, b"x" * 400, []) for _ in range(30)]
    result = landed(chain.send([*noise, chain_buy(chain, coin)], coin.trader))
    assert "Log truncated" in result.logs()
    assert list(events_of(result.logs(), str(chain.ids.program))) == []
    after = chain.curve(coin.mint)
    assert (after.state, after.sequence) == (expected, 2), "the gap in the sequence says what is missing"


def test_an_event_logged_by_another_program_is_not_ours(chain: Chain, coin: Coin) -> None:
    """Forged events: the attacker's own copy of the program logs lines of the right form, about no coin of ours."""
    theirs = ProgramIds(key(77).pubkey())
    for address, account in genesis_accounts(
        theirs.program, program_bytes(), chain.authority.pubkey()
    ).items():
        chain.svm.set_account(address, account)
    landed(chain.send(chain.initialize_args().build(theirs), chain.authority))
    fake = launch_args(coin.trader.pubkey()).build(theirs)
    result = landed(chain.send([fake, chain_buy(chain, coin)], coin.trader))
    assert len(log_data(result)) == 2
    (ours,) = events_of(result.logs(), str(chain.ids.program))
    assert isinstance(ours, Traded)
    assert ours.mint == coin.mint


def test_a_dust_sell_does_not_hold_a_complete_coin_back(chain: Chain, coin: Coin) -> None:
    """Griefing graduation: one atom sold just before it made the curve incomplete again."""
    landed(chain.buy(coin.trader, coin.mint, 100 * SOL))
    landed(chain.sell(coin.trader, coin.mint, 10**6))
    state = chain.curve(coin.mint).state
    assert state.complete
    assert state.virtual_tokens > FINAL_TOKENS
    landed(chain.buy(coin.trader, coin.mint, SOL))  # clamped to what was sold back
    assert chain.curve(coin.mint).state.virtual_tokens == FINAL_TOKENS


def test_a_complete_coin_clears_only_below_95_percent(chain: Chain, coin: Coin) -> None:
    """Holders of a coin whose graduation is refused can sell and the market goes on."""
    landed(chain.buy(coin.trader, coin.mint, 100 * SOL))
    full = chain.curve(coin.mint).state
    low, high = 1, int(full.tokens_sold)
    while high - low > 1:  # the largest sell that leaves it complete
        middle = (low + high) // 2
        low, high = (middle, high) if curve.sell(full, middle, 0)[0].complete else (low, middle)
    landed(chain.sell(coin.trader, coin.mint, low))
    assert chain.curve(coin.mint).state.complete
    landed(chain.sell(coin.trader, coin.mint, 10**6))
    assert not chain.curve(coin.mint).state.complete
    landed(chain.buy(coin.trader, coin.mint, 100 * SOL))
    assert chain.curve(coin.mint).state.complete


def test_a_graduated_curve_trades_no_more(chain: Chain, coin: Coin) -> None:
    """Two markets for one coin: whatever is left on the curve must not be for sale at its old price."""
    landed(chain.buy(coin.trader, coin.mint, SOL))
    chain.edit(chain.ids.curve(coin.mint), 92, b"\x01")
    refused(chain.buy(coin.trader, coin.mint, SOL), ProgramErrorCode.Graduated)
    refused(chain.sell(coin.trader, coin.mint, 10**9), ProgramErrorCode.Graduated)
    landed(chain.sweep(coin.trader, coin.mint))  # fees stay sweepable


def test_a_foreign_token_2022_mint_is_no_coin(chain: Chain, coin: Coin) -> None:
    """Foreign mints with hooks or fees: only the mint that the curve stores is ever transferred."""
    hostile = chain.wallet(0).pubkey()
    genuine = chain.account(coin.mint)
    chain.put(hostile, genuine.lamports, genuine.data, TOKEN_2022_PROGRAM)
    built = chain_buy(chain, coin)
    metas = list(built.accounts)
    metas[3] = AccountMeta(hostile, is_signer=False, is_writable=False)
    wrong = Instruction(built.program_id, built.data, metas)
    refused(chain.send(wrong, coin.trader), ProgramErrorCode.WrongAddress)


@pytest.mark.parametrize("extension", [1, 14], ids=["transfer fee", "transfer hook"])
def test_a_mint_with_a_hook_or_a_fee_is_no_coin(chain: Chain, coin: Coin, extension: int) -> None:
    """A whole set of the attacker's, mint, vault and tokens, around a genuine curve: less would arrive than is
    booked, or code of theirs would run in the middle of a trade."""
    landed(chain.buy(coin.trader, coin.mint, SOL))
    mint, vault, tokens = (chain.wallet(0).pubkey() for _ in range(3))
    size = {1: 108, 14: 64}[extension]
    hostile = (
        chain.account(coin.mint).data[:166] + extension.to_bytes(2, "little") + size.to_bytes(2, "little")
    )
    chain.put(mint, SOL, hostile + bytes(size), TOKEN_2022_PROGRAM)
    for address, genuine in ((vault, chain.ids.vault(coin.mint)), (tokens, coin.tokens)):
        account = chain.account(genuine)
        chain.put(address, account.lamports, bytes(mint) + account.data[32:], TOKEN_2022_PROGRAM)
    sell = Sell(coin.trader.pubkey(), coin.mint, TokenAtoms(10**9), Lamports(0), 2**64 - 1).build(chain.ids)
    for built, first in ((chain_buy(chain, coin), 3), (sell, 2)):
        metas = list(built.accounts)
        for index, address in enumerate((mint, vault, tokens), first):
            metas[index] = AccountMeta(address, is_signer=False, is_writable=metas[index].is_writable)
        wrong = Instruction(built.program_id, built.data, metas)
        refused(chain.send(wrong, coin.trader), ProgramErrorCode.WrongAddress)


def chain_buy(chain: Chain, coin: Coin) -> Instruction:
    """A plain buy of 1 SOL."""
    return Buy(coin.trader.pubkey(), coin.mint, Lamports(SOL), TokenAtoms(0), 2**64 - 1).build(chain.ids)


def test_cpi_guard_on_a_holders_account_stops_their_sells_until_lifted(chain: Chain, coin: Coin) -> None:
    """CPI Guard: the holder's own setting, which forbids programs to move their tokens; no harm to others."""
    landed(chain.buy(coin.trader, coin.mint, SOL))
    owner, tokens = coin.trader.pubkey(), coin.tokens
    account = AccountMeta(tokens, is_signer=False, is_writable=True)
    payer = AccountMeta(owner, is_signer=True, is_writable=True)
    system = AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False)
    grow = Instruction(
        TOKEN_2022_PROGRAM, bytes([_REALLOCATE, _CPI_GUARD_TYPE, 0]), [account, payer, system, payer]
    )
    guard = Instruction(TOKEN_2022_PROGRAM, bytes([_CPI_GUARD, _ENABLE]), [account, payer])
    lift = Instruction(TOKEN_2022_PROGRAM, bytes([_CPI_GUARD, _DISABLE]), [account, payer])
    landed(chain.send([grow, guard], coin.trader))
    refused(chain.sell(coin.trader, coin.mint, 10**9), "Custom(42)")  # CpiGuardTransferBlocked
    landed(chain.buy(coin.trader, coin.mint, SOL))
    landed(chain.send(lift, coin.trader))
    landed(chain.sell(coin.trader, coin.mint, 10**9))


def test_an_account_that_owes_more_than_it_has_does_nothing(chain: Chain, coin: Coin) -> None:
    """Invariant 1 is asserted: were a bug to lose lamports, trading stops instead of paying with others' SOL."""
    landed(chain.buy(coin.trader, coin.mint, 10 * SOL))
    address = chain.ids.curve(coin.mint)
    account = chain.account(address)
    chain.put(address, account.lamports - 1, account.data, account.owner)
    refused(chain.buy(coin.trader, coin.mint, SOL), ProgramErrorCode.Insolvent)
    refused(chain.sell(coin.trader, coin.mint, 10**12), ProgramErrorCode.Insolvent)
    refused(chain.sweep(coin.trader, coin.mint), ProgramErrorCode.Insolvent)


def test_lamports_that_are_not_there_are_not_paid(chain: Chain, coin: Coin) -> None:
    """The subtraction itself says so, before any sum is compared: a wrapped balance would be a fortune."""
    landed(chain.buy(coin.trader, coin.mint, 10 * SOL))
    address = chain.ids.curve(coin.mint)
    account = chain.account(address)
    chain.put(address, RENT_OF_A_WALLET, account.data, account.owner)
    refused(chain.sell(coin.trader, coin.mint, chain.atoms(coin.tokens)), ProgramErrorCode.Insolvent)


def test_counters_that_are_full_refuse_instead_of_wrapping(chain: Chain, coin: Coin) -> None:
    """u64::MAX in a stored sum."""
    chain.edit(chain.ids.curve(coin.mint), 32, (2**64 - 1).to_bytes(8, "little"))
    refused(chain.buy(coin.trader, coin.mint, SOL), ProgramErrorCode.MathOverflow)


def test_the_last_atoms_can_be_bought_and_sold_at_any_size(chain: Chain, coin: Coin) -> None:
    """Dust at the end: a curve one atom short of complete must be completable, not stuck for ever."""
    fresh = chain.curve(coin.mint).state
    almost, _ = curve.buy(fresh, 89 * SOL, 0, SLOT)
    tokens = TokenAtoms(FINAL_TOKENS + 1)
    sol = Lamports(-(-fresh.initial_sol * INITIAL_TOKENS // tokens))
    short = replace(
        almost, virtual_tokens=tokens, virtual_sol=sol, real_sol=Lamports(sol - fresh.initial_sol)
    )
    put_state(chain, coin.mint, short, coin.trader.pubkey(), coin.tokens)
    landed(chain.buy(coin.trader, coin.mint, 1_000))
    assert chain.curve(coin.mint).state.complete


def test_buying_and_selling_in_a_circle_never_profits(chain: Chain, coin: Coin) -> None:
    """Invariant 2 with real balances: a hundred rounds lose fees and rounding, and the curve never does."""
    wealth = chain.lamports(coin.trader.pubkey())
    real = chain.curve(coin.mint).state.real_sol
    for size in range(1, 101):
        landed(chain.buy(coin.trader, coin.mint, size * 10_007))
        held = chain.atoms(coin.tokens)
        if quote_sell(chain.curve(coin.mint).state, held).paid:
            landed(chain.sell(coin.trader, coin.mint, held))
        assert chain.lamports(coin.trader.pubkey()) < wealth
        wealth = chain.lamports(coin.trader.pubkey())
        assert chain.curve(coin.mint).state.real_sol >= real


def test_the_program_has_no_address_of_its_own_compiled_in() -> None:
    """A program id per installation, read at run time: the same binary works under any id."""
    for _ in range(3):
        chain = Chain(ids=ProgramIds(Pubkey.new_unique()))
        landed(chain.initialize())
        creator = chain.wallet()
        args = launch_args(creator.pubkey())
        landed(chain.send(args.build(chain.ids), creator))
        assert chain.account(chain.ids.curve(args.mint(chain.ids))).owner == chain.ids.program
