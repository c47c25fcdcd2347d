"""The keeper by itself, in a whole installation: nobody asks it for anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from solders.account import Account
from structlog.testing import capture_logs

from core.adapters.chain.raydium.accounts import AmmConfig
from core.adapters.chain.raydium.addresses import MAINNET
from core.adapters.chain.raydium.genesis import TIER_0
from core.domain import curve
from core.domain.money import Lamports
from core.usecases.graduate_coins import GraduateCoins
from core.usecases.keeper_wallet import known_wallet
from tests.fakes.installation import Home, button, installation


async def bought(home: Home, user: str, coin: str, sol: str) -> None:
    quote = await home.say(user, f"/buy {coin} {sol}")
    await home.press(user, button(quote.message, "Confirm buy"))
    await home.outcome(quote.subject)


async def test_fees_reach_treasury_and_creator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.usecases.sweep_fees.REST", 1)
    async with installation(tmp_path, valkey=False, keeper_sweep_sol="0.03") as home:
        coin = await home.coin("ann")
        chain, config = home.app.chain, await home.app.chain.config()
        assert config is not None
        payees = [config.treasury, await home.wallet("ann")]
        before = await chain.balances(payees)
        await bought(home, "bob", coin["ticker"], "3")
        owed = [21_000_000, 9_000_000]  # 0.7 % and 0.3 % of the buy

        async def swept() -> bool:
            after = await chain.balances(payees)
            return [after[payee] - before[payee] for payee in payees] == owed

        await home.until(swept)
        wallet = await known_wallet(home.app.store)
        assert wallet is not None
        assert await chain.balance(wallet) < 1_000_000_000


async def test_a_coin_that_people_bought_up_is_on_raydium_a_moment_later(tmp_path: Path) -> None:
    async with installation(tmp_path, valkey=False, cents_per_sol=100_000) as home:
        coin = await home.coin("ann")
        chain = home.app.chain
        for buyer in ("bob", "carol"):
            await bought(home, buyer, coin["ticker"], "9")

        async def graduated() -> bool:
            state = await chain.curve(coin["mint"])
            return state is not None and state.graduated

        await home.until(graduated)


async def test_a_coin_whose_last_atoms_nobody_wants_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.usecases.graduate_coins.LOOK_EVERY", 1)
    monkeypatch.setattr("core.usecases.graduate_coins.LEFT_ALONE", 1)
    async with installation(tmp_path, valkey=False, cents_per_sol=100_000) as home:
        coin, chain = await home.coin("ann"), home.app.chain
        await bought(home, "bob", coin["ticker"], "9")
        state = await chain.curve(coin["mint"])
        assert state is not None
        rest = curve.quote_buy(state, 10**11, await chain.slot()).spent
        await bought(home, "carol", coin["ticker"], Lamports(rest - 1_000_000).sol())
        wallet = await known_wallet(home.app.store)
        assert wallet is not None

        async def graduated() -> bool:
            after = await chain.curve(coin["mint"])
            return after is not None and after.graduated

        await home.until(graduated)
        assert await chain.token_balance(wallet, coin["mint"]) == 0  # they are burnt


async def test_a_fault_in_one_thing_holds_up_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: GraduateCoins) -> None:
        raise ArithmeticError("a coin that nobody thought of")

    monkeypatch.setattr(GraduateCoins, "round", broken)
    monkeypatch.setattr("core.bootstrap.roles.FAULT", 0.01)
    monkeypatch.setattr("core.usecases.sweep_fees.REST", 1)
    async with installation(tmp_path, valkey=False, keeper_sweep_sol="0.03") as home:
        coin, chain = await home.coin("ann"), home.app.chain
        await bought(home, "bob", coin["ticker"], "3")  # an order is followed to its end

        async def swept() -> bool:
            state = await chain.curve(coin["mint"])
            return state is not None and state.protocol_fees == 0

        await home.until(swept)


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"disable_create_pool": True}, "pool-closed"),
        ({"create_pool_fee": 10**9}, "program-fault CostAboveCap"),
    ],
)
async def test_a_coin_that_raydium_does_not_take_can_be_sold_and_graduates_when_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terms: dict[str, Any], reason: str
) -> None:
    for pause in ("FIRST_PAUSE", "LONGEST_PAUSE"):
        monkeypatch.setattr(f"core.usecases.errands.{pause}", 1)
    async with installation(tmp_path, valkey=False, cents_per_sol=100_000) as home:
        with capture_logs() as logs:
            raydium_has(home, replace(TIER_0, **terms))
            coin, chain = await home.coin("ann"), home.app.chain
            for buyer in ("bob", "carol"):
                await bought(home, buyer, coin["ticker"], "9")

            async def refused_often() -> bool:
                async with home.app.store.read() as work:
                    errand = await work.cursors.get(f"keeper:graduate:{coin['mint']}")
                return errand is not None and errand["failures"] >= 3

            await home.until(refused_often)
            quote = await home.say("carol", f"/sell {coin['ticker']} 1%")
            await home.press("carol", button(quote.message, "Confirm sale"))
            assert (await home.outcome(quote.subject)).data["fill"]["state"] == "landed"
            raydium_has(home, TIER_0)

            async def graduated() -> bool:
                state = await chain.curve(coin["mint"])
                return state is not None and state.graduated

            await home.until(graduated)
        said = [entry for entry in logs if entry["event"] == "keeper.not_done"]
        assert [entry["error"] for entry in said] == [reason]  # once, however often


def raydium_has(home: Home, terms: AmmConfig) -> None:
    """Raydium's own terms change, as they can any day."""
    account = home.node.engine.get(MAINNET.config())
    assert account is not None
    home.node.engine.load([(MAINNET.config(), Account(account.lamports, terms.encode(), account.owner))])
