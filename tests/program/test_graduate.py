"""graduate: what the pool starts with, to the atom, and that nobody can take any of it out again."""

from __future__ import annotations

import pytest
from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.message import Message
from solders.transaction import Transaction

from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.events import Graduated
from core.adapters.chain.program.graduate import COMPUTE_UNITS
from core.adapters.chain.raydium.addresses import MAINNET, WSOL
from core.adapters.chain.raydium.swap import pool_buy, pool_sell
from core.domain import graduation
from core.domain.curve import FINAL_TOKENS, SUPPLY
from core.domain.money import Lamports, TokenAtoms
from core.domain.pool import PoolState, Rates, quote_buy, quote_sell
from tests.program import forwarder
from tests.program.graduation import (
    BOUNTY,
    COST,
    FEE,
    NETWORK_FEE,
    Graduand,
    complete,
    complete_on_side,
    graduated,
)
from tests.program.harness import FOREVER, SLOT, SOL, Chain, Terms, landed, refused
from tests.program.test_launch import pause

REST = 6_117_840 - BOUNTY  # of the float and the vault's rent
MAX_TRANSACTION = 1_232  # bytes


@pytest.fixture
def coin(chain: Chain) -> Graduand:
    """Complete, every atom just sold."""
    return complete(chain)


@pytest.mark.parametrize("wsol_first", [True, False], ids=["WSOL is token 0", "the coin is token 0"])
def test_the_pool_starts_at_the_curves_last_price(chain: Chain, *, wsol_first: bool) -> None:
    coin = complete_on_side(chain, wsol_first=wsol_first)
    before, expected = coin.state, coin.split()
    landed(coin.graduate(chain.wallet()))
    sol, atoms = coin.reserves()
    assert (sol, atoms) == (expected.sol, expected.tokens) == (89_068_787_904, 193_627_799_795_601)
    assert sol == before.real_sol - COST
    assert atoms == sol * before.virtual_tokens // before.virtual_sol, "an atom more would be cheaper"
    pool = coin.pool()
    assert pool.mints == ((WSOL, coin.mint) if wsol_first else (coin.mint, WSOL)) == coin.keys.mints
    assert pool.vaults == coin.keys.vaults
    assert pool.pool_creator == coin.pool_creator
    assert pool.amm_config == MAINNET.config()
    assert pool.status == 0
    amounts = (sol, atoms) if wsol_first else (atoms, sol)
    assert pool.reserves(amounts) == amounts, "no fee counted yet"


def test_the_first_swap_on_the_pool_goes_on_from_the_curves_price(chain: Chain, coin: Graduand) -> None:
    """Whoever bought last on the curve can sell on the pool for what they paid, but for fees and their own size."""
    trader, before = coin.trader.pubkey(), coin.state
    landed(coin.graduate(coin.trader))
    chain.warp(SLOT + 10)  # a pool opens the second after it was made
    sol, atoms = coin.reserves()
    state = PoolState(Lamports(sol), TokenAtoms(atoms), Rates(2_500, 120_000, 40_000))
    bought, sold = quote_buy(state, SOL), quote_sell(state, 10**9)
    at_price = SOL * before.virtual_tokens // before.virtual_sol
    assert 0.985 < bought.atoms / at_price < 0.9975, "a fee of 0.25 % and an impact of 1.1 %"
    held = chain.atoms(coin.tokens)
    landed(chain.send(pool_buy(trader, coin.keys, Lamports(SOL), bought.atoms), coin.trader))
    assert chain.atoms(coin.tokens) == held + bought.atoms
    assert sold.sol == pytest.approx(10**9 * before.virtual_sol / before.virtual_tokens, rel=0.003)
    landed(chain.send(pool_sell(trader, coin.keys, TokenAtoms(10**9), Lamports(0)), coin.trader))


def test_nobody_can_withdraw_liquidity_ever(chain: Chain, coin: Graduand) -> None:
    """pump.fun 2024, a liquidity held by somebody: here no share of the pool exists, and Raydium gives out
    nothing for none."""
    event = graduated(landed(coin.graduate(chain.wallet())))
    lp_mint = chain.account(coin.keys.lp_mint).data
    assert int.from_bytes(lp_mint[36:44], "little") == 0, "supply"
    assert lp_mint[4:36] == bytes(MAINNET.authority), "mint authority"
    assert lp_mint[46:50] == bytes(4), "no freeze authority"
    assert coin.pool().lp_supply == event.lp_burnt + 100, "what Raydium believes in, and never mints"
    for owner in (chain.account(coin.keys.wsol_vault), chain.account(coin.keys.coin_vault)):
        assert owner.data[32:64] == bytes(MAINNET.authority)


def test_what_graduation_needed_is_gone_and_the_supply_is_smaller(chain: Chain, coin: Graduand) -> None:
    expected = coin.split()
    event = graduated(landed(coin.graduate(chain.wallet())))
    for closed in (coin.vault, coin.wsol, coin.lp, coin.pool_creator):
        assert chain.svm.get_account(closed) is None
    supply = int.from_bytes(chain.account(coin.mint).data[36:44], "little")
    assert event.atoms_burnt == expected.burnt == SUPPLY - supply == 422_165_217_263
    assert supply == chain.atoms(coin.tokens) + coin.reserves()[1], "every atom is a holder's or the pool's"


def test_the_curve_keeps_its_fees_and_nothing_else(chain: Chain, coin: Graduand) -> None:
    before = chain.curve(coin.mint)
    landed(coin.graduate(chain.wallet()))
    after = chain.curve(coin.mint)
    assert after.state == graduation.graduate(before.state, REST)
    assert after.sequence == before.sequence + 1
    held = after.rent_deposit + after.state.protocol_fees + after.state.creator_fees
    assert chain.lamports(coin.curve) == held
    assert chain.lamports(MAINNET.fee_receiver) == 2_039_280 + FEE


def test_fees_stay_sweepable(chain: Chain, coin: Graduand) -> None:
    before = coin.state
    landed(coin.graduate(chain.wallet()))
    creator = chain.lamports(coin.creator.pubkey())
    landed(chain.sweep(coin.trader, coin.mint))
    assert chain.lamports(chain.treasury) == before.protocol_fees + REST
    assert chain.lamports(coin.creator.pubkey()) - creator == before.creator_fees
    assert chain.lamports(coin.curve) == chain.curve(coin.mint).rent_deposit


def test_trades_on_the_curve_say_that_it_has_graduated(chain: Chain, coin: Graduand) -> None:
    landed(coin.graduate(chain.wallet()))
    refused(chain.buy(coin.trader, coin.mint, SOL), ProgramErrorCode.Graduated)
    refused(chain.sell(coin.trader, coin.mint, 10**9), ProgramErrorCode.Graduated)
    refused(coin.graduate(coin.trader), ProgramErrorCode.Graduated)


def test_whoever_calls_is_paid_five_million_lamports(chain: Chain, coin: Graduand) -> None:
    caller = chain.wallet(SOL)
    landed(coin.graduate(caller))
    assert chain.lamports(caller.pubkey()) == SOL + BOUNTY - NETWORK_FEE


def test_a_caller_needs_no_more_than_the_network_fee(chain: Chain, coin: Graduand) -> None:
    caller = chain.wallet_of(chain.wallet(), 890_880 + NETWORK_FEE)
    landed(coin.graduate(caller))


def test_the_event_tells_every_amount(chain: Chain, coin: Graduand) -> None:
    expected, sequence, caller = coin.split(), chain.curve(coin.mint).sequence, chain.wallet()
    assert graduated(landed(coin.graduate(caller))) == Graduated(
        mint=coin.mint,
        sequence=sequence + 1,
        caller=caller.pubkey(),
        pool=coin.keys.pool,
        sol=expected.sol,
        atoms=expected.tokens,
        atoms_burnt=expected.burnt,
        lp_burnt=coin.pool().lp_supply - 100,
        cost=Lamports(COST),
        top_up=Lamports(0),
        bounty=BOUNTY,
        protocol_fees=Lamports(REST),
    )


def test_the_last_buy_and_graduation_fit_one_transaction(chain: Chain, coin: Graduand) -> None:
    """So that a keeper never waits while somebody sells: [buy, graduate], with both compute instructions."""
    landed(chain.sell(coin.trader, coin.mint, 10**12))
    assert coin.state.virtual_tokens > FINAL_TOKENS
    keeper = chain.wallet()
    chain.open_tokens(keeper, coin.mint)
    buy = Buy(keeper.pubkey(), coin.mint, Lamports(SOL), TokenAtoms(0), FOREVER).build(chain.ids)
    limits = [set_compute_unit_limit(COMPUTE_UNITS), set_compute_unit_price(1)]
    whole = [*limits, buy, coin.instruction(keeper)]
    assert len(bytes(Transaction.new_unsigned(Message(whole, keeper.pubkey())))) == 1_039 <= MAX_TRANSACTION
    landed(chain.send(whole, keeper))
    assert coin.state.graduated
    assert coin.reserves()[0] >= 89_068_787_904


def test_an_incomplete_curve_does_not_graduate(chain: Chain) -> None:
    creator = chain.wallet()
    coin = Graduand(chain, chain.launch(creator), creator, chain.wallet())
    refused(coin.graduate(creator), ProgramErrorCode.NotComplete)
    chain.open_tokens(coin.trader, coin.mint)
    landed(chain.buy(coin.trader, coin.mint, 89 * SOL))
    refused(coin.graduate(creator), ProgramErrorCode.NotComplete)
    landed(chain.buy(coin.trader, coin.mint, 89 * SOL))
    landed(coin.graduate(creator))


def test_a_curve_that_lost_a_twentieth_of_its_sol_does_not_graduate(chain: Chain, coin: Graduand) -> None:
    landed(chain.sell(coin.trader, coin.mint, coin.state.tokens_sold // 20))
    assert not coin.state.complete
    refused(coin.graduate(chain.wallet()), ProgramErrorCode.NotComplete)


def test_a_coin_that_bears_no_cost_takes_every_atom_along(chain: Chain) -> None:
    """With a cap of 0 the caller pays all; and where the vault has an atom too few, the pool gets that much
    less SOL, so that its price is still the curve's."""
    chain.edit(chain.ids.config, 72, bytes(4))
    coin = complete(chain)
    before, expected, caller = coin.state, coin.split(), chain.wallet()
    assert expected.top_up == COST
    wealth = chain.lamports(caller.pubkey())
    event = graduated(landed(coin.graduate(caller, COST)))
    assert coin.reserves() == (expected.sol, expected.tokens)
    assert before.real_sol - expected.sol <= 1
    assert event.top_up == COST
    assert chain.lamports(caller.pubkey()) == wealth - COST + BOUNTY - NETWORK_FEE


def test_graduation_does_not_touch_another_coin(chain: Chain) -> None:
    one, two = complete(chain), complete(chain, 1)
    before = chain.account(two.curve), chain.account(two.vault)
    landed(one.graduate(chain.wallet()))
    assert (chain.account(two.curve), chain.account(two.vault)) == before
    landed(two.graduate(chain.wallet()))


def test_a_pause_does_not_hold_graduation_back(chain: Chain, coin: Graduand) -> None:
    pause(chain, until=401)
    landed(chain.sell(coin.trader, coin.mint, 10**6))
    landed(coin.graduate(chain.wallet()))


@pytest.mark.parametrize("initial_sol", [5 * SOL, 500 * SOL], ids=["5 SOL", "500 SOL"])
@pytest.mark.parametrize("cap", [0, SOL], ids=["no cap", "1 SOL"])
def test_the_extremes_of_what_a_coin_can_be(initial_sol: int, cap: int) -> None:
    chain = Chain(Terms(initial_sol=Lamports(initial_sol), graduation_cap=Lamports(cap)))
    landed(chain.initialize())
    coin = complete(chain)
    rich = chain.wallet(10_000 * SOL)
    chain.open_tokens(rich, coin.mint)
    if not coin.state.complete:
        landed(chain.buy(rich, coin.mint, 5_000 * SOL))
    expected = coin.split()
    landed(coin.graduate(rich, COST))
    assert coin.reserves() == (expected.sol, expected.tokens)


def test_our_own_part_of_the_compute_units_is_small(chain: Chain) -> None:
    """All that is not Raydium's; its own binary takes 125,578 for its part, the stand-in about half."""
    ours = []
    for number in range(8):
        result = landed(complete(chain, number).graduate(chain.wallet()))
        (line,) = [line for line in result.logs() if line.startswith(f"Program {MAINNET.program} consumed")]
        ours.append(result.compute_units_consumed() - int(line.split()[3]))
    assert max(ours) <= 65_000, ours


def test_another_program_may_call_it(chain: Chain, coin: Graduand) -> None:
    """As deep as calls may go: the other program 1, ours 2, Raydium 3, the associated token program 4, Token 5."""
    forwarder.install(chain)
    caller = chain.wallet(SOL)
    landed(chain.send(forwarder.forwarded(coin.instruction(caller)), caller))
    assert chain.lamports(caller.pubkey()) == SOL + BOUNTY - NETWORK_FEE
