"""A pool made, read, quoted and traded through JSON-RPC on the embedded chain."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from solders.compute_budget import set_compute_unit_limit
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from core.adapters.chain.program.layout import LayoutError
from core.adapters.chain.raydium.addresses import MAINNET, TOKEN_PROGRAM, PoolKeys
from core.adapters.chain.raydium.initialize import Initialize
from core.adapters.chain.raydium.pool import pool_of
from core.adapters.chain.raydium.swap import pool_buy, pool_sell
from core.adapters.chain.raydium.wrap import open_account, wrap
from core.adapters.chain.rpc import Rpc
from core.domain.money import Lamports, TokenAtoms
from core.domain.pool import PoolState, quote_buy, quote_sell
from pumpbox.bodies import localnet_config
from tests.fakes.chain_builders import SOL, holding, make_mint, mint_to, signed
from tests.fakes.installation import settings_of
from tests.unit.localnet.conftest import Time
from workers.localnet.main import LocalNode


@pytest.fixture
def time() -> Time:
    """The chain's clock, which stands."""
    return Time()


@pytest.fixture
async def rpc(tmp_path: Path, time: Time) -> AsyncIterator[Rpc]:
    """An installation's embedded chain, behind JSON-RPC."""
    config = replace(localnet_config(settings_of(tmp_path)), now=time)
    async with LocalNode.start(config) as node, Rpc(node.url) as rpc:
        yield rpc


async def send(rpc: Rpc, instructions: Sequence[Instruction], payer: Keypair, *others: Keypair) -> None:
    """Lands, or raises what the node says."""
    blockhash = Hash.from_string((await rpc.call("getLatestBlockhash"))["value"]["blockhash"])
    transaction = signed([set_compute_unit_limit(400_000), *instructions], blockhash, payer, *others)
    await rpc.call("sendTransaction", b64encode(bytes(transaction)).decode(), {"encoding": "base64"})


async def make_pool(rpc: Rpc, creator: Keypair) -> PoolKeys:
    """A coin, and a pool with 10 SOL and a million of it."""
    coin, pool = Keypair(), Keypair()
    keys = PoolKeys(MAINNET, pool.pubkey(), coin.pubkey(), TOKEN_PROGRAM)
    who = creator.pubkey()
    await rpc.call("requestAirdrop", str(who), 100 * SOL)
    minted = mint_to(creator, coin.pubkey(), holding(who, coin.pubkey()), 10**15)
    account = open_account(who, who, coin.pubkey(), TOKEN_PROGRAM)
    await send(rpc, [*make_mint(creator, coin), account, minted], creator, coin)
    assert await pool_of(rpc, keys) is None
    made = Initialize(who, keys, Lamports(10 * SOL), TokenAtoms(10**12)).build()
    await send(rpc, [*wrap(who, Lamports(10 * SOL)), made], creator, pool)
    return keys


async def state_of(rpc: Rpc, keys: PoolKeys) -> PoolState:
    found = await pool_of(rpc, keys)
    assert found is not None
    return found


async def test_a_pool_is_read_quoted_and_traded(rpc: Rpc, time: Time) -> None:
    creator = Keypair()
    keys = await make_pool(rpc, creator)
    pool = await state_of(rpc, keys)
    assert (pool.sol, pool.tokens) == (10 * SOL, 10**12)
    time.pass_slots(3)  # it opens with the second after it was made
    fill = quote_buy(pool, SOL)
    await send(rpc, pool_buy(creator.pubkey(), keys, Lamports(SOL), fill.atoms), creator)
    bought = await state_of(rpc, keys)
    assert bought.tokens == pool.tokens - fill.atoms
    back = quote_sell(bought, fill.atoms)
    await send(rpc, pool_sell(creator.pubkey(), keys, fill.atoms, back.sol), creator)
    assert (await state_of(rpc, keys)).sol == bought.sol - back.sol


async def test_another_coins_pool_is_told_apart(rpc: Rpc) -> None:
    keys = await make_pool(rpc, Keypair())
    with pytest.raises(LayoutError):
        await pool_of(rpc, PoolKeys(MAINNET, keys.pool, Pubkey.new_unique(), TOKEN_PROGRAM))
