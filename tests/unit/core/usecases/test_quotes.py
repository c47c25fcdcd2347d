"""What a person is shown before they confirm is what the chain then does, to the atom."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.keypair import Keypair

from core.commands.values import PARSERS
from core.domain.errors import UserError
from core.domain.money import Lamports
from core.domain.order import Order, OrderState
from core.domain.portion import Portion
from core.ports.chain import ChainAway
from core.ports.signer import SignerAway
from tests.fakes.house import House, Process, house

SOL = Lamports(10**9)
COLD = str(Keypair.from_seed(bytes(31) + b"\4").pubkey())


def portion(text: str) -> Portion:
    parsed: Portion = PARSERS[Portion](text)
    return parsed


async def carried_out(home: House, process: Process, order: Order) -> Order:
    await process.orders.confirm(order.id, order.person_id, "a press")
    await process.keeper.round()
    done = await home.order(order.id)
    assert done.state is OrderState.LANDED
    return done


@settings(max_examples=25, deadline=None)
@given(st.integers(100_000, 9 * 10**9), st.sampled_from(["1%", "33.33%", "50%", "all", "1"]))
def test_a_quote_equals_the_fill(lamports: int, amount: str) -> None:
    async def play(folder: Path) -> None:
        async with house(folder) as home:
            process = home.process()
            buy = await process.quotes.buy("CATS", Lamports(lamports), await home.asker("ann"))
            bought = await carried_out(home, process, buy)
            assert bought.result is not None
            for name in ("lamports", "atoms", "fee"):
                assert bought.result[name] == buy.quote[name]
            assert buy.quote["min_out"] <= buy.quote["atoms"]
            sell = await process.quotes.sell(home.mint, portion(amount), await home.asker("ann"))
            sold = await carried_out(home, process, sell)
            assert sold.result is not None
            for name in ("lamports", "atoms", "fee"):
                assert sold.result[name] == sell.quote[name]
            assert sell.quote["atoms"] <= buy.quote["atoms"]

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder)))


async def test_a_buy_beyond_the_balance_says_what_there_is_and_what_is_needed(
    home: House, process: Process
) -> None:
    with pytest.raises(UserError, match="balance-too-low") as refused:
        await process.quotes.buy("CATS", Lamports(10 * SOL), await home.asker("ann"))
    assert refused.value.private  # nobody else learns what somebody has
    assert refused.value.arguments == {"have": "10", "need": "10.0021"}


async def test_a_buy_of_the_whole_curve_takes_only_what_is_left(home: House, process: Process) -> None:
    asker = await home.asker("whale")
    wallet = await process.wallets.ensure(asker.person_id)
    home.chain.books.pay(wallet.address, 1_000 * SOL)
    home.chain.trade(home.mint, 80 * SOL)
    order = await process.quotes.buy("CATS", Lamports(99 * SOL), asker)
    assert order.quote["partial"] is True
    assert order.quote["lamports"] < 99 * SOL
    done = await carried_out(home, process, order)
    assert done.result is not None
    assert done.result["lamports"] == order.quote["lamports"]
    with pytest.raises(UserError, match="curve-complete"):
        await process.quotes.buy("CATS", SOL, asker)


async def test_selling_what_one_does_not_have(home: House, process: Process) -> None:
    asker = await home.asker("ann")
    with pytest.raises(UserError, match="holding-none") as refused:
        await process.quotes.sell("CATS", portion("all"), asker)
    assert (refused.value.private, refused.value.again) == (True, ("portfolio", {}))
    await carried_out(home, process, await process.quotes.buy("CATS", SOL, asker))
    with pytest.raises(UserError, match="holding-too-small") as too_small:
        await process.quotes.sell("CATS", portion("99999999999"), asker)
    assert too_small.value.private


async def test_dust_gives_nothing_and_is_refused(home: House, process: Process) -> None:
    asker = await home.asker("ann")
    await carried_out(home, process, await process.quotes.buy("CATS", SOL, asker))
    with pytest.raises(UserError, match="amount-dust"):
        await process.quotes.sell("CATS", portion("0.000001"), asker)  # one atom is less than a lamport


async def test_unknown_coins_lead_to_the_newest(home: House, process: Process) -> None:
    for reference in ("DOGS", COLD):
        with pytest.raises(UserError, match="coin-unknown") as refused:
            await process.quotes.buy(reference, SOL, await home.asker("ann"))
        assert refused.value.again == ("new", {})


async def test_a_withdrawal_leaves_what_the_chain_wants_to_stay(home: House, process: Process) -> None:
    asker = await home.asker("ann")
    wallet = await process.wallets.ensure(asker.person_id)
    for lamports, code in ((6 * SOL, "withdraw-limit"), (5 * SOL, None)):
        if code is None:
            order = await process.quotes.withdraw(COLD, Lamports(lamports), asker)
            await carried_out(home, process, order)
            continue
        with pytest.raises(UserError, match=code) as refused:
            await process.quotes.withdraw(COLD, Lamports(lamports), asker)
        assert refused.value.private
    assert home.chain.books.lamports[COLD] == 5 * SOL
    assert home.chain.books.lamports[wallet.address] == 5 * SOL - 5_000
    with pytest.raises(UserError, match="withdraw-limit"):  # five a day, and the day is not over
        await process.quotes.withdraw(COLD, SOL, asker)
    home.passes(86_401)
    with pytest.raises(UserError, match="withdraw-too-much") as most:
        await process.quotes.withdraw(COLD, Lamports(5 * SOL - 5_000), asker)
    order = await process.quotes.withdraw(COLD, Lamports.parse(str(most.value.arguments["most"])), asker)
    await carried_out(home, process, order)


async def test_nobody_withdraws_to_themselves(home: House, process: Process) -> None:
    asker = await home.asker("ann")
    wallet = await process.wallets.ensure(asker.person_id)
    with pytest.raises(UserError, match="withdraw-to-self"):
        await process.quotes.withdraw(wallet.address, SOL, asker)


async def test_a_coins_address_is_no_place_to_withdraw_to(home: House, process: Process) -> None:
    """What is sent to a mint is nobody's; it is the address that people paste most."""
    with pytest.raises(UserError, match="withdraw-to-program"):
        await process.quotes.withdraw(home.mint, SOL, await home.asker("ann"))


class TestWallets:
    async def test_one_wallet_a_person_funded_once(self, home: House, process: Process) -> None:
        ann = (await home.asker("ann")).person_id
        first = await process.wallets.ensure(ann)
        assert await home.process().wallets.ensure(ann) == first
        assert home.chain.books.lamports[first.address] == 10 * SOL
        assert await process.wallets.find((await home.asker("bob")).person_id) is None

    async def test_two_first_lines_at_once_make_one_wallet(self, home: House, process: Process) -> None:
        ann = (await home.asker("ann")).person_id
        wallets = await asyncio.gather(*(process.wallets.ensure(ann) for _ in range(3)))
        assert len({wallet.address for wallet in wallets}) == 1

    async def test_an_absent_chain_only_delays_the_first_sol(self, home: House, process: Process) -> None:
        ann = (await home.asker("ann")).person_id
        home.chain.away = True
        wallet = await process.wallets.ensure(ann)
        assert not wallet.funded
        home.chain.away = False
        assert (await process.wallets.ensure(ann)).funded
        assert home.chain.books.lamports[wallet.address] == 10 * SOL

    async def test_an_absent_signer_is_said(self, home: House, process: Process) -> None:
        home.signer.away = True
        with pytest.raises(SignerAway):
            await process.wallets.ensure((await home.asker("ann")).person_id)

    async def test_off_the_embedded_chain_nobody_gets_anything(self, home: House) -> None:
        home.funded = False
        wallet = await home.process().wallets.ensure((await home.asker("ann")).person_id)
        assert await home.chain.balance(wallet.address) == 0


async def test_a_portfolio_is_what_the_chain_holds_at_the_curve(home: House, process: Process) -> None:
    asker = await home.asker("ann")
    order = await process.quotes.buy("CATS", SOL, asker)
    await carried_out(home, process, order)
    portfolio = await process.portfolios.of(asker.person_id)
    (holding,) = portfolio.holdings
    assert (holding.coin.mint, holding.atoms) == (home.mint, order.quote["atoms"])
    assert 0 < holding.worth < SOL
    home.chain.away = True
    with pytest.raises(ChainAway):
        await process.portfolios.of(asker.person_id)


async def test_who_holds_the_coin_needs_no_rent_for_it(home: House, process: Process) -> None:
    asker = await home.asker("ann")
    wallet = await process.wallets.ensure(asker.person_id)
    first = await process.quotes.buy("CATS", Lamports(SOL), asker)
    home.chain.books.atoms[wallet.address, home.mint] = 5
    second = await process.quotes.buy("CATS", Lamports(SOL), await home.asker("ann"))
    assert (first.quote["deposit"], second.quote["deposit"]) == (2_100_000, 0)


async def test_an_empty_wallet_is_not_told_to_withdraw_nothing(home: House, process: Process) -> None:
    home.funded = False
    with pytest.raises(UserError, match="balance-too-low") as refused:
        await home.process().quotes.withdraw(COLD, SOL, await home.asker("poor"))
    assert refused.value.arguments == {"have": "0", "need": "1.00001"}
