"""What every chain must do with a coin on Raydium: a real node with the stand-in there, and the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.adapters.chain.chain import RpcFaucet, SolanaChain
from core.bootstrap import embedded
from core.domain import curve, pool
from core.domain.intent import BuyIntent, Intent, LaunchIntent, PoolBuyIntent, PoolSellIntent
from core.ports.chain import Chain, CoinPool, Compute, Fill, Status
from tests.fakes.chain import FakeChain
from tests.fakes.live_chain import graduate, live_chain
from tests.fakes.signer import FakeSigner

SOL = 10**9
FOREVER = 2**64 - 1
CATS = LaunchIntent("Space Cats", "SPCAT", "http://localhost/m.json", "ab" * 32, 1)
COMPUTE = Compute(unit_limit=200_000, unit_price=0)


@dataclass
class World:
    """A coin that can be graduated, and a wallet that trades it."""

    chain: Chain
    signer: FakeSigner
    wallet: str
    mint: str
    graduate: Callable[[], Awaitable[None]]
    orders: int = 0

    async def lands(self, intent: Intent) -> tuple[Status, Fill, int]:
        """How it ended, what it did, and how many lamports the wallet gained."""
        self.orders += 1
        blockhash, before = await self.chain.latest_blockhash(), await self.chain.balance(self.wallet)
        signed = await self.signer.sign(f"order-{self.orders}", self.wallet, intent, blockhash, COMPUTE)
        await self.chain.send(signed.raw)
        (status,) = await self.chain.statuses([signed.signature])
        assert status is not None
        if status.error is not None:
            return status, Fill(signed.signature, 0, 0, 0, 0, 0), 0
        fill = await self.chain.fill(signed.signature, intent, self.wallet)
        assert fill is not None
        return status, fill, await self.chain.balance(self.wallet) - before

    async def pool(self) -> CoinPool:
        found = await self.chain.pool(self.mint)
        assert found is not None
        return found

    async def atoms(self) -> int:
        return await self.chain.token_balance(self.wallet, self.mint)


@pytest.fixture(params=["fake", "node"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "fake":
        fake = FakeChain()
        signer = FakeSigner(tmp_path, fake.program_id)

        async def graduates() -> None:
            fake.graduate(fake.mint_address(wallet, CATS))

        wallet = await signer.create_wallet("ann")
        await fake.drip(wallet, 10 * SOL)
        found = World(fake, signer, wallet, fake.mint_address(wallet, CATS), graduates)
        await found.lands(CATS)
        yield found
        signer.close()
        return
    async with live_chain(tmp_path) as rpc:
        chain, signer = (
            SolanaChain(rpc, embedded.program_id()),
            FakeSigner(tmp_path, embedded.program_id()),
        )
        wallet = await signer.create_wallet("ann")
        await RpcFaucet(rpc).drip(wallet, 10 * SOL)
        mint = chain.mint_address(wallet, CATS)
        found = World(chain, signer, wallet, mint, lambda: graduate(rpc, mint))
        await found.lands(CATS)
        yield found
        signer.close()


async def test_a_coin_has_a_pool_from_its_graduation_on(world: World) -> None:
    assert await world.chain.pool(world.mint) is None
    before = await world.chain.curve(world.mint)
    assert before is not None
    await world.graduate()
    after, found = await world.chain.curve(world.mint), await world.pool()
    assert after is not None
    assert after.graduated
    last = curve.market_cap(after.virtual_sol, after.virtual_tokens)
    assert found.state.market_cap == pytest.approx(last, rel=1e-9)  # the price goes on where it was
    assert (found.state.rates.trade, found.state.stopped) == (2_500, False)


@pytest.mark.parametrize("lamports", [1_000_003, 123_456_789, 5 * SOL])
async def test_trades_are_what_the_domain_says_to_the_atom(world: World, lamports: int) -> None:
    await world.graduate()
    at = await world.pool()
    state, expected = pool.buy(at.state, lamports)
    intent = PoolBuyIntent(world.mint, lamports, expected.atoms, at.raydium_set)
    simulation = await world.chain.simulate(intent, world.wallet)
    assert simulation.error is None
    _, bought, gained = await world.lands(intent)
    assert (bought.lamports, bought.atoms, bought.fee) == (lamports, expected.atoms, expected.fee)
    assert bought.deposit > 2_000_000  # its first account of the coin
    assert gained == -(
        lamports + bought.deposit + bought.network_fee
    )  # and the WSOL account's rent came back
    assert await world.atoms() == expected.atoms
    assert (await world.pool()).state == state

    part = expected.atoms // 3
    state, expected = pool.sell(state, part)
    _, sold, gained = await world.lands(PoolSellIntent(world.mint, part, expected.sol, at.raydium_set))
    assert (sold.lamports, sold.atoms, sold.fee, sold.fee_atoms) == (expected.sol, part, 0, expected.fee)
    assert gained == sold.lamports - sold.network_fee
    assert (await world.pool()).state == state


async def test_a_price_that_moved_is_told_as_that_before_and_after_it_is_sent(world: World) -> None:
    """Raydium's 6005 is a moved price; ours is another program's account."""
    await world.graduate()
    at = await world.pool()
    least = pool.quote_buy(at.state, SOL).atoms + 1
    intent = PoolBuyIntent(world.mint, SOL, least, at.raydium_set)
    assert (await world.chain.simulate(intent, world.wallet)).error == "slippage"
    status, _, _ = await world.lands(intent)
    assert (status.confirmed, status.error) == (True, "slippage")


async def test_what_can_not_be_traded_is_told_in_words(world: World) -> None:
    await world.graduate()
    at = await world.pool()
    tiny = PoolBuyIntent(world.mint, 1, 0, at.raydium_set)
    assert (await world.chain.simulate(tiny, world.wallet)).error == "amount-dust"
    await world.lands(replace(tiny, lamports=SOL))
    more = PoolSellIntent(world.mint, await world.atoms() + 1, 0, at.raydium_set)
    assert (await world.chain.simulate(more, world.wallet)).error == "balance-short"
    poor = replace(tiny, lamports=100 * SOL)
    assert (await world.chain.simulate(poor, world.wallet)).error == "balance-short"


async def test_who_was_late_for_the_curve_is_told_so(world: World) -> None:
    """Quoted on the curve, graduated meanwhile."""
    await world.graduate()
    late = BuyIntent(world.mint, SOL, 1, FOREVER)
    assert (await world.chain.simulate(late, world.wallet)).error == "coin-graduated"
    status, _, _ = await world.lands(late)
    assert status.error == "coin-graduated"
