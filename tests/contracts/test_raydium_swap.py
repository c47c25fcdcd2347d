"""Swaps on Raydium's CPMM: the binary that RAYDIUM_CPMM_SO names, by default the stand-in.

Only the real binary answers an output of the whole reserve or more by giving up (ProgramFailedToComplete), and
only it keeps entries of the price observation: neither is asked here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import TOKEN_2022_PROGRAM
from core.adapters.chain.program.layout import u64
from core.adapters.chain.raydium.addresses import MAINNET, TOKEN_PROGRAM, WSOL, wsol_account
from core.adapters.chain.raydium.events import SwapEvent
from core.adapters.chain.raydium.genesis import TIER_0
from core.adapters.chain.raydium.swap import Side, SwapBaseInput, pool_buy, pool_sell
from core.domain import pool as domain
from core.domain.money import Lamports, OutOfRange
from core.domain.pool import PoolError, PoolErrorCode, PoolFill, PoolState
from tests.contracts.pools import KINDS, Market, exchanged, rent, replaced, swap_event, token_bytes
from tests.program.harness import SOL, key, landed, refused

REQUIRE_GT, SLIPPAGE, NOT_APPROVED = "Custom(2505)", "Custom(6005)", "Custom(6000)"


@dataclass(frozen=True, slots=True)
class Row:
    """One swap of the vectors. Amounts of the input and of the output; what vaults and counters hold after."""

    exact: str  # "in" or "out"
    side: Side
    amount_in: int
    amount_out: int
    fee: int
    vaults: tuple[int, int]  # SOL, coins
    fees: tuple[int, int, int, int]  # protocol SOL, fund SOL, protocol coins, fund coins


# Measured on the real program, one pool, in order; the same for both mint orders and token programs.
SOL_FEES = (8_576_725, 2_858_908)
VECTORS = [
    Row("in", "buy", 1_000_000_000, 2_399_719_640_287, 2_500_000,
        (86_005_359_057, 204_500_280_359_713), (300_000, 100_000, 0, 0)),
    Row("in", "sell", 1_000_000_000_000, 417_473_836, 2_500_000_000,
        (85_587_885_221, 205_500_280_359_713), (300_000, 100_000, 300_000_000, 100_000_000)),
    Row("out", "buy", 27_589_085_599, 50_000_000_000_000, 68_972_714,
        (113_176_970_820, 155_500_280_359_713), (*SOL_FEES, 300_000_000, 100_000_000)),
    Row("out", "sell", 7_206_066_336_248, 5_000_000_000, 18_015_165_841,
        (108_176_970_820, 162_706_346_695_961), (*SOL_FEES, 2_461_819_900, 820_606_633)),
    Row("in", "buy", 2, 1_504, 1,
        (108_176_970_822, 162_706_346_694_457), (*SOL_FEES, 2_461_819_900, 820_606_633)),
    Row("in", "buy", 400, 600_177, 1,
        (108_176_971_222, 162_706_346_094_280), (*SOL_FEES, 2_461_819_900, 820_606_633)),
    Row("in", "buy", 401, 600_177, 2,
        (108_176_971_623, 162_706_345_494_103), (*SOL_FEES, 2_461_819_900, 820_606_633)),
    Row("in", "sell", 100_000, 66, 250,
        (108_176_971_557, 162_706_345_594_103), (*SOL_FEES, 2_461_819_930, 820_606_643)),
    Row("out", "buy", 2, 1, 1,
        (108_176_971_559, 162_706_345_594_102), (*SOL_FEES, 2_461_819_930, 820_606_643)),
    Row("out", "sell", 1_509, 1, 4,
        (108_176_971_558, 162_706_345_595_611), (*SOL_FEES, 2_461_819_930, 820_606_643)),
    Row("in", "buy", 4_000_000_000_000, 158_408_735_897_471, 10_000_000_000,
        (4_108_176_971_558, 4_297_609_698_140), (1_208_576_725, 402_858_908, 2_461_819_930, 820_606_643)),
]  # fmt: skip


def fill_of(state: PoolState, row: Row) -> PoolFill:
    """The domain's quote for a row."""
    if row.exact == "in":
        return (domain.buy if row.side == "buy" else domain.sell)(state, row.amount_in)[1]
    return (domain.buy_exact if row.side == "buy" else domain.sell_exact)(state, row.amount_out)[1]


def counters(market: Market) -> tuple[int, int, int, int]:
    """Fees that wait, as the vectors list them."""
    wsol, coin = (0, 1) if market.keys.wsol_first else (1, 0)
    pool = market.pool
    return pool.protocol_fees[wsol], pool.fund_fees[wsol], pool.protocol_fees[coin], pool.fund_fees[coin]


@KINDS
def test_the_vectors_of_the_real_program(below_wsol: bool, coin_program: Pubkey) -> None:
    market = Market(below_wsol, coin_program)
    market.open()
    assert market.pool.lp_supply == 4_193_758_313_123
    for number, row in enumerate(VECTORS):
        market.give(market.trader, 10**13, 10**14)
        before = market.state
        fill = fill_of(before, row)
        if row.exact == "in":
            event = swap_event(market.swap_in(row.side, row.amount_in, row.amount_out))
        else:
            event = swap_event(market.swap_out(row.side, row.amount_out, row.amount_in))
        bought = row.side == "buy"
        sol, atoms = (row.amount_in, row.amount_out) if bought else (row.amount_out, row.amount_in)
        assert (fill.sol, fill.atoms, fill.fee) == (sol, atoms, row.fee), number
        sign = 1 if bought else -1
        assert market.held_by(market.trader) == (10**13 - sign * sol, 10**14 + sign * atoms), number
        assert (market.vaults, counters(market)) == (row.vaults, row.fees), number
        sides = ((before.sol, WSOL), (before.tokens, market.keys.coin))
        (reserve_in, mint_in), (reserve_out, mint_out) = sides if bought else reversed(sides)
        assert event == SwapEvent(
            pool=market.keys.pool,
            input_reserve=reserve_in,
            output_reserve=reserve_out,
            amount_in=row.amount_in,
            amount_out=row.amount_out,
            base_input=row.exact == "in",
            input_mint=mint_in,
            output_mint=mint_out,
            trade_fee=row.fee,
        )


@pytest.fixture
def market() -> Market:
    """A pool that is open."""
    made = Market()
    made.open()
    return made


def hold(market: Market, sol: int, tokens: int) -> None:
    """Sets the pool's reserves. Its vaults hold some fees besides: 3 lamports, 7 atoms."""
    chain, keys = market.chain, market.keys
    first, second = (3, 0), (0, 7)  # protocol and fund fees of SOL, of coins
    for offset, kind in ((341, 0), (357, 1)):
        pair = (first[kind], second[kind]) if keys.wsol_first else (second[kind], first[kind])
        chain.edit(keys.pool, offset, u64(pair[0]) + u64(pair[1]))
    vault = token_bytes(WSOL, MAINNET.authority, sol + 3, native=True)
    chain.put(keys.wsol_vault, rent(165) + sol + 3, vault, TOKEN_PROGRAM)
    chain.edit(keys.coin_vault, 64, u64(tokens + 7))


PURSE = 10**18
QUOTES = {
    ("in", "buy"): domain.buy,
    ("in", "sell"): domain.sell,
    ("out", "buy"): domain.buy_exact,
    ("out", "sell"): domain.sell_exact,
}


def sizes(least: int) -> st.SearchStrategy[int]:
    """Whole numbers of every length up to 2^59."""
    return st.integers(0, 59).flatmap(lambda bits: st.integers(least, 2**bits))


@pytest.fixture(scope="module", params=[False, True], ids=["WSOL first", "coin first"])
def any_order(request: pytest.FixtureRequest) -> Market:
    """One pool for all examples; each sets what it holds."""
    made = Market(request.param)
    made.open()
    return made


@settings(max_examples=300, deadline=None)
@given(
    sol=sizes(1),
    tokens=sizes(1),
    amount=sizes(0),
    exact=st.sampled_from(["in", "out"]),
    side=st.sampled_from(["buy", "sell"]),
    rate=st.sampled_from([2_500, 2_500, 0, 1, 10_000, 500_000, 999_999]),
)
def test_quotes_equal_the_chain(
    any_order: Market, sol: int, tokens: int, amount: int, exact: str, side: Side, rate: int
) -> None:
    """Any reserves, amounts and trade rate: the same balances and refusals; a limit tighter by one is missed."""
    market = any_order
    hold(market, sol, tokens)
    market.chain.edit(MAINNET.config(), 12, u64(rate))
    market.give(market.trader, PURSE, PURSE)
    before = market.state
    assert (before.sol, before.tokens, before.rates.trade) == (sol, tokens, rate)
    swap = market.swap_in if exact == "in" else market.swap_out
    try:
        after, fill = QUOTES[exact, side](before, amount)
    except OutOfRange:
        return  # more than there can be
    except PoolError as error:
        if error.code is not PoolErrorCode.EXCEEDS_RESERVE:
            refused(swap(side, amount), REQUIRE_GT)
        return
    given, taken = (fill.sol, fill.atoms) if side == "buy" else (fill.atoms, fill.sol)
    if given > PURSE:
        return
    limit, tighter = (taken, taken + 1) if exact == "in" else (given, given - 1)
    refused(swap(side, amount, tighter), SLIPPAGE)
    landed(swap(side, amount, limit))
    sign = 1 if side == "buy" else -1
    assert market.held_by(market.trader) == (PURSE - sign * fill.sol, PURSE + sign * fill.atoms)
    assert market.vaults == (sol + 3 + sign * fill.sol, tokens + 7 - sign * fill.atoms)
    assert market.state == after


# -- refusals


def test_a_lamport_that_is_all_fee_buys_nothing(market: Market) -> None:
    refused(market.swap_in("buy", 1), REQUIRE_GT)


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_nothing_is_refused(market: Market, side: Side) -> None:
    refused(market.swap_in(side, 0), REQUIRE_GT)
    refused(market.swap_out(side, 0), REQUIRE_GT)


def test_a_pool_opens_a_second_after_it_was_made() -> None:
    market = Market()
    market.open()
    market.chain.warp(1_000, 1_000_000)
    assert market.pool.open_time == 1_000_001
    refused(market.swap_in("buy", SOL), NOT_APPROVED)
    refused(market.swap_out("buy", SOL), NOT_APPROVED)
    with pytest.raises(PoolError, match="NotOpen"):
        market.state.check_open(1_000_000)
    market.chain.warp(1_001, 1_000_001)
    market.state.check_open(1_000_001)
    landed(market.swap_in("buy", SOL))


def test_raydium_can_stop_swaps(market: Market) -> None:
    market.chain.edit(market.keys.pool, 329, b"\x03")  # deposits and withdrawals, which stop no swap
    landed(market.swap_in("buy", SOL))
    market.chain.edit(market.keys.pool, 329, b"\x04")
    refused(market.swap_in("buy", SOL + 1), NOT_APPROVED)
    with pytest.raises(PoolError, match="NotOpen"):
        market.state.check_open(1_000_001)


def test_too_little_and_not_ones_own(market: Market) -> None:
    market.give(market.trader, SOL, 10**6)
    refused(market.swap_in("buy", SOL + 1), "Custom(1)")
    landed(market.swap_in("buy", SOL))
    thief = market.chain.wallet()
    swap = SwapBaseInput(thief.pubkey(), market.keys, "sell", 10**6, 0).build()
    for index, account in ((4, 4), (5, 5)):
        own = SwapBaseInput(market.trader.pubkey(), market.keys, "sell", 10**6, 0).build()
        swap = replaced(swap, index, pubkey=own.accounts[account].pubkey)
    refused(market.send(swap, thief), "Custom(4)")


def wrong_accounts(market: Market) -> dict[str, tuple[Instruction, str]]:
    """A swap with one thing about its accounts wrong, and what is said to it."""
    keys = market.keys
    swap = SwapBaseInput(market.trader.pubkey(), keys, "sell", 10**9, 0).build()
    buy = SwapBaseInput(market.trader.pubkey(), keys, "buy", SOL, 0).build()
    other = MAINNET.config(1)
    market.chain.put(other, rent(236), replace(TIER_0, index=1).encode(), MAINNET.program)
    stranger = token_bytes(keys.coin, MAINNET.authority, 10**12)
    market.chain.put(key(70).pubkey(), rent(165), stranger, TOKEN_2022_PROGRAM)
    short = Instruction(swap.program_id, swap.data, swap.accounts[:-1])
    return {
        "the same vault twice": (one_vault(swap), "Custom(6008)"),
        "a vault of no pool": (replaced(swap, 6, pubkey=key(70).pubkey()), "Custom(2003)"),
        "vaults exchanged": (exchanged(swap, 6, 7), "Custom(2012)"),
        "mints exchanged": (exchanged(swap, 10, 11), "Custom(2012)"),
        "another fee tier": (replaced(swap, 2, pubkey=other), "Custom(2012)"),
        "no observation": (replaced(swap, 12, pubkey=keys.pool), "Custom(3002)"),
        "no pool": (replaced(swap, 3, pubkey=keys.observation), "Custom(3002)"),
        "another authority": (replaced(swap, 1, pubkey=key(71).pubkey()), "Custom(2006)"),
        "token programs exchanged": (exchanged(buy, 8, 9), "IncorrectProgramId"),
        "an account too few": (short, "Custom(3005)"),
    }


def one_vault(swap: Instruction) -> Instruction:
    """The coins' vault, mint and program on both sides."""
    for source, target in ((6, 7), (8, 9), (10, 11)):
        swap = replaced(swap, target, pubkey=swap.accounts[source].pubkey)
    return replaced(swap, 5, pubkey=swap.accounts[4].pubkey)


@pytest.mark.parametrize("wrong", wrong_accounts(Market()))
def test_wrong_accounts_are_refused(market: Market, wrong: str) -> None:
    instruction, code = wrong_accounts(market)[wrong]
    refused(market.send(instruction, market.trader), code)


def test_more_accounts_than_are_taken_are_ignored(market: Market) -> None:
    swap = SwapBaseInput(market.trader.pubkey(), market.keys, "buy", SOL, 0).build()
    more = [*swap.accounts, AccountMeta(key(72).pubkey(), is_signer=False, is_writable=False)]
    landed(market.send(Instruction(swap.program_id, swap.data, more), market.trader))


@pytest.mark.parametrize("data", [b"", bytes(8), b"\xff" * 24])
def test_an_unknown_instruction_is_refused(market: Market, data: bytes) -> None:
    refused(market.send(Instruction(MAINNET.program, data, []), key(51)), "Custom(101)")


# -- whole trades


def test_a_wallet_buys_and_sells_with_plain_sol(market: Market) -> None:
    """Accounts made, SOL wrapped and unwrapped: the wallet sees SOL and coins only."""
    wallet = market.chain.wallet()
    fill = domain.quote_buy(market.state, 5 * SOL)
    before = market.chain.lamports(wallet.pubkey())
    landed(market.chain.send(pool_buy(wallet.pubkey(), market.keys, Lamports(5 * SOL), fill.atoms), wallet))
    account = rent(170)  # Token-2022 makes an associated account immutable, which takes 5 bytes
    paid = before - market.chain.lamports(wallet.pubkey())
    assert (paid, market.held_by(wallet)) == (5 * SOL + account + 5_000, (0, fill.atoms))
    assert market.chain.svm.get_account(wsol_account(wallet.pubkey())) is None

    back = domain.quote_sell(market.state, fill.atoms)
    before = market.chain.lamports(wallet.pubkey())
    landed(market.chain.send(pool_sell(wallet.pubkey(), market.keys, fill.atoms, back.sol), wallet))
    assert market.chain.lamports(wallet.pubkey()) - before == back.sol - 5_000
    assert market.held_by(wallet) == (0, 0)
    assert back.sol < 5 * SOL  # both fees, and nothing was gained by going there and back
