"""What every chain must do for us: a real node behind JSON-RPC, and the fake that use cases are tested with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from solders.keypair import Keypair

from core.adapters.chain.chain import RpcFaucet, SolanaChain
from core.adapters.chain.rpc import Rpc
from core.bootstrap import embedded
from core.domain import curve, graduation
from core.domain.intent import (
    BuyIntent,
    GraduateIntent,
    Intent,
    LaunchIntent,
    SellIntent,
    SweepIntent,
    WithdrawIntent,
)
from core.ports.chain import Chain, ChainAway, Compute, Faucet, Fill
from core.ports.signer import KEEPER
from tests.fakes.chain import FakeChain
from tests.fakes.live_chain import live_chain
from tests.fakes.signer import FakeSigner

SOL = 10**9
FOREVER = 2**64 - 1
COLD = str(Keypair.from_seed(bytes(31) + b"\2").pubkey())
CATS = LaunchIntent("Space Cats", "SPCAT", "http://localhost/m.json", "ab" * 32, 1)
GRADUATION = Compute(unit_limit=400_000, unit_price=0)
COMPUTE = Compute(unit_limit=200_000, unit_price=0)


@dataclass
class World:
    """A chain, a wallet with 10 SOL on it, and the signer that can spend them."""

    chain: Chain
    faucet: Faucet
    signer: FakeSigner
    wallet: str = ""
    orders: int = 0

    async def sent(self, intent: Intent, compute: Compute = COMPUTE) -> str:
        """The signature of what was signed and sent, on the newest blockhash."""
        self.orders += 1
        blockhash = await self.chain.latest_blockhash()
        signed = await self.signer.sign(f"order-{self.orders}", self.wallet, intent, blockhash, compute)
        await self.chain.send(signed.raw)
        await self.chain.send(signed.raw)  # twice is once
        return signed.signature

    async def lands(self, intent: Intent) -> Fill:
        before = await self.chain.balance(self.wallet)
        signature = await self.sent(intent)
        (status,) = await self.chain.statuses([signature])
        assert status is not None
        assert (status.confirmed, status.error) == (True, None)
        fill = await self.chain.fill(signature, intent, self.wallet)
        assert fill is not None
        assert fill.signature == signature
        self.moved = await self.chain.balance(self.wallet) - before
        return fill

    async def launched(self) -> str:
        await self.lands(CATS)
        return self.chain.mint_address(self.wallet, CATS)


@pytest.fixture(params=["fake", "node"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "fake":
        chain = FakeChain()
        found = World(chain, chain, FakeSigner(tmp_path, chain.program_id))
        yield await _with_wallet(found)
        found.signer.close()
        return
    async with live_chain(tmp_path) as rpc:
        signer = FakeSigner(tmp_path, embedded.program_id())
        yield await _with_wallet(World(SolanaChain(rpc, embedded.program_id()), RpcFaucet(rpc), signer))
        signer.close()


async def _with_wallet(world: World) -> World:
    world.wallet = await world.signer.create_wallet("ann")
    await world.faucet.drip(world.wallet, 10 * SOL)
    return world


async def test_a_chain_that_is_set_up_says_its_terms(world: World) -> None:
    config = await world.chain.config()
    assert config is not None
    assert (config.config_version, config.launch_paused, config.fee_bps) == (1, False, 100)
    assert await world.chain.rent_minimum() == 890_880
    assert await world.chain.priority_price() >= 0
    blockhash = await world.chain.latest_blockhash()
    assert blockhash.last_valid_block_height - await world.chain.block_height() >= 100
    assert await world.chain.slot() >= await world.chain.block_height()


async def test_what_is_not_there(world: World) -> None:
    nobody = str(Keypair().pubkey())
    assert await world.chain.curve(nobody) is None
    assert await world.chain.balance(nobody) == 0
    assert await world.chain.token_balance(nobody, nobody) == 0
    assert await world.chain.token_balances(nobody) == {}
    assert await world.chain.reward_epochs([0, 1]) == {}
    assert await world.chain.rewards_claimed([(0, 0), (1, 5_000)]) == [None, None]
    assert await world.chain.rewards_claimed([]) == []
    unknown = str(Keypair().sign_message(b"x"))
    assert await world.chain.statuses([unknown]) == [None]
    assert await world.chain.statuses([]) == []
    assert await world.chain.fill(unknown, CATS, world.wallet) is None


async def test_a_launch_makes_the_coin_at_the_address_foretold(world: World) -> None:
    mint = world.chain.mint_address(world.wallet, CATS)
    assert await world.chain.curve(mint) is None
    fill = await world.lands(CATS)
    assert (fill.atoms, fill.fee, fill.network_fee) == (0, 0, 5_000)
    assert world.moved == -fill.lamports - fill.network_fee
    state = await world.chain.curve(mint)
    assert state is not None
    assert (state.virtual_tokens, state.real_sol, state.fee) == (curve.INITIAL_TOKENS, 0, 100)
    again = await world.chain.simulate(CATS, world.wallet)
    assert again.error == "already-launched"


@pytest.mark.parametrize("lamports", [1_000_003, 123_456_789, 5 * SOL])
async def test_trades_are_what_the_domain_says_to_the_atom(world: World, lamports: int) -> None:
    mint = await world.launched()
    state, slot = await world.chain.curve(mint), await world.chain.slot()
    assert state is not None
    expected = curve.quote_buy(state, lamports, slot)
    bought = await world.lands(BuyIntent(mint, lamports, expected.atoms, FOREVER))
    assert (bought.lamports, bought.atoms, bought.fee) == (expected.spent, expected.atoms, expected.fee)
    assert bought.deposit == 2_074_080  # the rent of a first account
    assert world.moved == -expected.spent - bought.deposit - 5_000
    assert await world.chain.token_balance(world.wallet, mint) == expected.atoms
    assert await world.chain.token_balances(world.wallet) == {mint: expected.atoms}

    state, part = await world.chain.curve(mint), expected.atoms // 3
    assert state is not None
    expected = curve.quote_sell(state, part)
    sold = await world.lands(SellIntent(mint, part, expected.paid, FOREVER))
    assert (sold.lamports, sold.atoms, sold.fee) == (expected.paid, part, expected.fee)
    assert world.moved == expected.paid - 5_000

    more = await world.lands(BuyIntent(mint, SOL, 1, FOREVER))
    assert (more.deposit, world.moved) == (0, -SOL - 5_000)  # the account is there


async def test_a_withdrawal_arrives(world: World) -> None:
    fill = await world.lands(WithdrawIntent(COLD, 2 * SOL))
    assert (fill.lamports, fill.atoms, fill.fee) == (2 * SOL, 0, 0)
    assert world.moved == -2 * SOL - 5_000
    assert await world.chain.balance(COLD) == 2 * SOL


async def test_a_coin_is_no_wallet(world: World) -> None:
    mint = await world.launched()
    assert not await world.chain.is_wallet(mint)
    assert await world.chain.is_wallet(world.wallet)
    assert await world.chain.is_wallet(COLD)  # nothing is there yet


async def test_a_simulation_names_what_the_user_can_act_on(world: World) -> None:
    mint, slot = await world.launched(), await world.chain.slot()
    refused: dict[str, Intent] = {
        "slippage": BuyIntent(mint, SOL, 10**15, FOREVER),
        "quote-expired": BuyIntent(mint, SOL, 1, slot - 1),
        "balance-short": BuyIntent(mint, 50 * SOL, 1, FOREVER),
        "amount-dust": BuyIntent(mint, 1, 0, FOREVER),
        "config-changed": replace(CATS, name="Other", config_version=7),
    }
    found = {
        code: (await world.chain.simulate(intent, world.wallet)).error for code, intent in refused.items()
    }
    assert found == {code: code for code in refused}
    fine = await world.chain.simulate(BuyIntent(mint, SOL, 1, FOREVER), world.wallet)
    assert fine.error is None
    assert 0 < fine.units < 200_000
    poor = await world.chain.simulate(WithdrawIntent(COLD, 1), str(Keypair().pubkey()))
    assert poor.error == "balance-short"


async def test_what_ran_and_failed_says_so_and_took_the_fee_alone(world: World) -> None:
    mint = await world.launched()
    before = await world.chain.balance(world.wallet)
    signature = await world.sent(BuyIntent(mint, SOL, 10**15, FOREVER))
    (status,) = await world.chain.statuses([signature])
    assert status is not None
    assert (status.confirmed, status.error) == (True, "slippage")
    assert await world.chain.balance(world.wallet) == before - 5_000
    assert await world.chain.token_balance(world.wallet, mint) == 0


async def test_a_sweep_pays_treasury_and_creator_what_had_accrued(world: World) -> None:
    mint, creator = await world.launched(), world.wallet
    await world.lands(BuyIntent(mint, 5 * SOL, 1, FOREVER))
    accounts = await world.chain.coins([creator, mint])
    assert accounts.keys() == {mint}
    state, config = accounts[mint].state, await world.chain.config()
    assert config is not None
    assert (state, accounts[mint].fee_recipient) == (await world.chain.curve(mint), creator)
    payees = [config.treasury, creator]
    before = await world.chain.balances(payees)
    world.wallet = await world.signer.create_wallet(KEEPER)
    await world.faucet.drip(world.wallet, SOL)
    intent = SweepIntent(mint, config.treasury, creator)
    assert (await world.chain.simulate(intent, world.wallet)).error is None
    (status,) = await world.chain.statuses([await world.sent(intent)])
    assert status is not None
    assert (status.confirmed, status.error) == (True, None)
    after = await world.chain.balances(payees)
    paid = [after[payee] - before[payee] for payee in payees]
    assert paid == [state.protocol_fees, state.creator_fees]
    assert sum(paid) == 5 * SOL // 100
    assert (await world.chain.simulate(intent, world.wallet)).error == "program-fault"


async def _bought_up(world: World, rest: int = 0) -> str:
    """A coin of which somebody bought all but what `rest` lamports buy; the wallet is the keeper's then."""
    mint = await world.launched()
    world.wallet = await world.signer.create_wallet("whale")
    await world.faucet.drip(world.wallet, 200 * SOL)
    state = await world.chain.curve(mint)
    assert state is not None
    whole = int(curve.quote_buy(state, 100 * SOL, state.launch_slot).spent)
    await world.lands(BuyIntent(mint, whole - rest, 1, FOREVER))
    world.wallet = await world.signer.create_wallet(KEEPER)
    await world.faucet.drip(world.wallet, SOL)
    return mint


async def test_a_complete_coin_graduates_once_and_pays_who_did_it(world: World) -> None:
    mint, config = await _bought_up(world), await world.chain.config()
    assert config is not None
    intent, before = GraduateIntent(mint, config.raydium_set), await world.chain.balance(world.wallet)
    assert (await world.chain.simulate(intent, world.wallet)).error is None
    (status,) = await world.chain.statuses([await world.sent(intent, GRADUATION)])
    assert status is not None
    assert (status.confirmed, status.error) == (True, None)
    assert 0 < await world.chain.balance(world.wallet) - before <= graduation.MAX_BOUNTY - 5_000
    state = await world.chain.curve(mint)
    assert state is not None
    assert (state.graduated, state.real_sol) == (True, 0)
    assert (await world.chain.simulate(intent, world.wallet)).error == "coin-graduated"


async def test_a_coin_that_is_not_complete_does_not_graduate(world: World) -> None:
    mint, config = await _bought_up(world, rest=SOL), await world.chain.config()
    assert config is not None
    intent = GraduateIntent(mint, config.raydium_set)
    assert (await world.chain.simulate(intent, world.wallet)).error == "program-fault"


@pytest.mark.parametrize("rest", [1, 1_000, 1_000_000])
async def test_the_last_atoms_are_bought_and_burnt_by_the_transaction_that_graduates(
    world: World, rest: int
) -> None:
    mint, config = await _bought_up(world, rest), await world.chain.config()
    state, slot = await world.chain.curve(mint), await world.chain.slot()
    assert config is not None
    assert state is not None
    left = int(state.tokens_left)
    price = int(curve.quote_buy(state, 2 * rest + 100, slot).spent)
    intent = GraduateIntent(mint, config.raydium_set, finish=left, finish_max_in=price)
    more = await world.chain.simulate(replace(intent, finish=left + 1), world.wallet)
    assert more.error == "balance-short"  # what the curve did not sell can't be burnt
    if rest > 1:
        less = await world.chain.simulate(replace(intent, finish_max_in=price // 2), world.wallet)
        assert less.error == "balance-short"
    (status,) = await world.chain.statuses([await world.sent(intent, GRADUATION)])
    assert status is not None
    assert (status.confirmed, status.error) == (True, None)
    assert await world.chain.token_balance(world.wallet, mint) == 0
    after = await world.chain.curve(mint)
    assert after is not None
    assert after.graduated


async def test_many_accounts_are_read_in_order(world: World) -> None:
    mint = await world.launched()
    nobodies = [str(Keypair().pubkey()) for _ in range(249)]
    assert (await world.chain.coins([*nobodies, mint])).keys() == {mint}
    held = await world.chain.balances([*nobodies, world.wallet])
    assert {address: lamports for address, lamports in held.items() if lamports} == {
        world.wallet: await world.chain.balance(world.wallet)
    }
    assert await world.chain.coins([]) == {}


async def test_a_priority_fee_is_part_of_the_network_fee(world: World) -> None:
    signature = await world.sent(WithdrawIntent(COLD, SOL), Compute(unit_limit=10_000, unit_price=250_000))
    fill = await world.chain.fill(signature, WithdrawIntent(COLD, SOL), world.wallet)
    assert fill is not None
    assert fill.network_fee == 5_000 + 2_500


async def test_a_transaction_on_a_dead_blockhash_never_lands(world: World) -> None:
    latest = await world.chain.latest_blockhash()
    dead = replace(latest, hash=str(Keypair().pubkey()))  # 32 bytes that no block has
    signed = await world.signer.sign("dead", world.wallet, WithdrawIntent(COLD, SOL), dead, COMPUTE)
    await world.chain.send(signed.raw)
    assert await world.chain.statuses([signed.signature]) == [None]
    assert await world.chain.balance(world.wallet) == 10 * SOL


@pytest.fixture(params=["fake", "node"])
async def absent(request: pytest.FixtureRequest) -> AsyncIterator[Chain]:
    """A chain that does not answer."""
    if request.param == "fake":
        yield FakeChain(away=True)
        return
    async with Rpc("http://127.0.0.1:1") as rpc:
        yield SolanaChain(rpc, embedded.program_id())


async def test_an_absent_chain_is_away_whatever_is_asked(absent: Chain) -> None:
    questions = (
        absent.slot,
        absent.block_height,
        absent.latest_blockhash,
        absent.config,
        absent.priority_price,
        absent.rent_minimum,
        lambda: absent.curve(COLD),
        lambda: absent.balance(COLD),
        lambda: absent.balances([COLD]),
        lambda: absent.coins([COLD]),
        lambda: absent.token_balance(COLD, COLD),
        lambda: absent.token_balances(COLD),
        lambda: absent.reward_epochs([0]),
        lambda: absent.rewards_claimed([(0, 0)]),
        lambda: absent.simulate(WithdrawIntent(COLD, 1), COLD),
        lambda: absent.send(b"anything"),
        lambda: absent.statuses([str(Keypair().sign_message(b"x"))]),
        lambda: absent.fill("signature", CATS, COLD),
    )
    for ask in questions:
        with pytest.raises(ChainAway):
            await ask()
