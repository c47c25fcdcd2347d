"""A pool made on Raydium's CPMM, to the byte: the binary that RAYDIUM_CPMM_SO names, by default the stand-in."""

from __future__ import annotations

import pytest
from solders.pubkey import Pubkey

from core.adapters.chain.program.genesis import genesis_accounts
from core.adapters.chain.program.graduate import Graduate
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM
from core.adapters.chain.program.initialize import RAYDIUM_DEVNET
from core.adapters.chain.program.layout import u16, u64
from core.adapters.chain.raydium.accounts import AmmConfig, Observation, Pool
from core.adapters.chain.raydium.addresses import (
    DEVNET,
    MAINNET,
    TOKEN_PROGRAM,
    WSOL,
    Cpmm,
    PoolKeys,
    associated_account,
)
from core.adapters.chain.raydium.genesis import TIER_0, raydium_accounts
from core.adapters.chain.raydium.pool import accounts_of, pool_state
from core.domain.pool import quote_buy, quote_sell
from tests.contracts.pools import (
    COST,
    FEE,
    KINDS,
    OBSERVATION,
    POOL,
    START_ATOMS,
    START_SOL,
    TOKEN_ACCOUNT,
    Market,
    make,
    replaced,
    standin,
    token_bytes,
)
from tests.program.graduation import complete
from tests.program.harness import SOL, Chain, cpmm_bytes, key, landed, refused


@KINDS
def test_a_pool_holds_what_was_given(below_wsol: bool, coin_program: Pubkey) -> None:
    market = Market(below_wsol, coin_program)
    keys, creator = market.keys, market.creator.pubkey()
    assert keys.wsol_first is not below_wsol
    before = market.chain.lamports(creator)
    market.open()
    assert before - market.chain.lamports(creator) == COST + TOKEN_ACCOUNT == 190_117_440 + TOKEN_ACCOUNT
    assert market.vaults == (START_SOL, START_ATOMS)
    assert market.held_by(market.creator) == (0, 10**15 - START_ATOMS)
    assert market.chain.atoms(MAINNET.fee_receiver) == FEE
    assert (market.state.sol, market.state.tokens) == (START_SOL, START_ATOMS)
    lp = associated_account(creator, keys.lp_mint, TOKEN_PROGRAM)
    assert market.chain.atoms(lp) == market.pool.lp_supply - 100 == 4_193_758_313_023


@KINDS
def test_the_accounts_byte_by_byte(below_wsol: bool, coin_program: Pubkey) -> None:
    market = Market(below_wsol, coin_program)
    market.open()
    keys, account = market.keys, market.chain.account
    pool = account(keys.pool)
    named = (MAINNET.config(), market.creator.pubkey(), *keys.vaults, keys.lp_mint)
    named += (*keys.mints, *keys.token_programs, keys.observation)
    decimals = (6, 9) if below_wsol else (9, 6)
    expected = b"".join(
        (
            bytes.fromhex("f7ede3f5d7c3de46"),
            *map(bytes, named),
            bytes([253, 0, 9, *decimals]),
            u64(4_193_758_313_123),
            bytes(32),  # protocol and fund fees
            u64(1_000_001),  # the second after
            u64(0),  # epoch
            bytes(2 + 6 + 16 + 224),
        )
    )
    assert len(pool.data) == len(expected) == Pool.SIZE == 637
    assert (pool.data, pool.owner, pool.lamports) == (expected, MAINNET.program, POOL)

    observation = account(keys.observation)
    assert (observation.owner, observation.lamports) == (MAINNET.program, OBSERVATION)
    head = bytes.fromhex("7aaec5358109a584") + bytes(3) + bytes(keys.pool)
    assert observation.data == head.ljust(Observation.SIZE, b"\0")
    assert Observation.decode(observation.data) == Observation(initialized=False, index=0, pool=keys.pool)

    lp_mint = account(keys.lp_mint)
    supply = u64(market.pool.lp_supply - 100)
    by_cpmm = bytes([1, 0, 0, 0]) + bytes(MAINNET.authority)
    assert lp_mint.data == by_cpmm + supply + bytes([9, 1]) + bytes(36)
    assert lp_mint.owner == TOKEN_PROGRAM
    wsol_vault = token_bytes(WSOL, MAINNET.authority, START_SOL, native=True)
    assert account(keys.wsol_vault).data == wsol_vault
    coin_vault = token_bytes(keys.coin, MAINNET.authority, START_ATOMS)
    assert account(keys.coin_vault).data == coin_vault
    assert account(keys.coin_vault).owner == coin_program


def test_the_fee_tier_byte_by_byte() -> None:
    data = Chain().account(MAINNET.config()).data
    rates = u64(2_500) + u64(120_000) + u64(40_000) + u64(150_000_000)
    head = bytes.fromhex("daf42168cbcb2b6f") + bytes([255, 0]) + u16(0) + rates
    assert data == head + bytes(64) + u64(500) + bytes(120)
    assert len(data) == AmmConfig.SIZE == 236
    assert AmmConfig.decode(data) == TIER_0


def test_the_addresses_are_those_of_mainnet() -> None:
    assert str(MAINNET.authority) == "GpMZbSM2GgvTKHJirzeGfMFoaZ8UR2X7F4v8vHTvxFbL"
    assert str(MAINNET.config()) == "D4FPEruKEHrG5TenZ2mpDGEfu1iUvTiqBxvpU8HLBvC2"
    assert str(MAINNET.config(1)) == "G95xxie3XbkCqtE39GgQ9Ggc7xBC8Uceve7HFDEFApkc"


def test_the_first_swaps_have_the_price_that_was_set() -> None:
    """To rounding: an atom's price is what the pool was made with, fee apart, on both sides."""
    market = Market()
    market.open()
    small = START_ATOMS // 10**7
    bought, sold = quote_buy(market.state, START_SOL // 10**7), quote_sell(market.state, small)
    net = bought.sol - bought.fee
    assert abs(net * START_ATOMS - bought.atoms * START_SOL) * 10**3 < net * START_ATOMS
    net = sold.atoms - sold.fee
    assert abs(sold.sol * START_ATOMS - net * START_SOL) * 10**3 < net * START_SOL


@pytest.mark.parametrize(
    ("atoms", "sol", "supply"),
    [(1_000, 1_000, 1_000), (1, 10_000, 100), (START_ATOMS, START_SOL, 4_193_758_313_123), (10, 1_000, 100)],
)
def test_shares_are_the_root_of_the_product_less_a_hundred(atoms: int, sol: int, supply: int) -> None:
    market = Market()
    market.open(sol, atoms)
    lp = associated_account(market.creator.pubkey(), market.keys.lp_mint, TOKEN_PROGRAM)
    assert (market.pool.lp_supply, market.chain.atoms(lp)) == (supply, supply - 100)


@pytest.mark.parametrize("open_time", [0, 1_000_000, 1_000_001, 2_000_000])
def test_a_pool_never_opens_in_the_second_it_is_made(open_time: int) -> None:
    market = Market()
    landed(make(market, market.initialize(open_time=open_time).build()))
    assert market.pool.open_time == max(open_time, 1_000_001)


def test_all_lamports_are_taken_to_the_last_and_one_less_is_refused() -> None:
    market, creator = Market(), key(101)
    market.chain.put(creator.pubkey(), COST + TOKEN_ACCOUNT - 1, b"", SYSTEM_PROGRAM)
    assert creator == market.creator
    refused(make(market), "Custom(1)")
    market.chain.put(creator.pubkey(), COST + TOKEN_ACCOUNT, b"", SYSTEM_PROGRAM)
    landed(make(market))
    assert market.chain.lamports(creator.pubkey()) == 0


def test_the_fee_is_what_the_tier_says() -> None:
    market = Market()
    market.chain.edit(MAINNET.config(), 36, u64(7))
    market.open()
    assert market.chain.atoms(MAINNET.fee_receiver) == 7
    free = Market()
    free.chain.edit(MAINNET.config(), 36, u64(0))
    free.open()
    assert free.chain.atoms(MAINNET.fee_receiver) == 0


def install(chain: Chain, cpmm: Cpmm) -> None:
    """The binary at another of Raydium's addresses."""
    programs = genesis_accounts(cpmm.program, cpmm_bytes(), Pubkey.default())
    for address, account in {**programs, **raydium_accounts(cpmm)}.items():
        chain.svm.set_account(address, account)


@standin
def test_the_standin_knows_its_receiver_by_its_address() -> None:
    """At devnet's address it is devnet's, as a ledger that began before it expects."""
    market = Market()
    install(market.chain, DEVNET)
    market.keys = PoolKeys(DEVNET, market.keys.pool, market.keys.coin, TOKEN_2022_PROGRAM)
    right = market.initialize().build()
    refused(make(market, replaced(right, 12, pubkey=MAINNET.fee_receiver)), "Custom(2012)")
    market.open()
    assert market.chain.atoms(DEVNET.fee_receiver) == FEE
    assert market.chain.atoms(MAINNET.fee_receiver) == 0
    landed(market.swap_in("buy", SOL))


@standin
def test_a_coin_of_a_ledger_that_began_before_graduates_at_devnets_address() -> None:
    """Its Config names devnet's Raydium, for good."""
    chain = Chain()
    install(chain, DEVNET)
    landed(chain.initialize(raydium_set=RAYDIUM_DEVNET))
    coin = complete(chain)
    before = coin.state
    landed(
        chain.send(Graduate(coin.trader.pubkey(), coin.mint, RAYDIUM_DEVNET).build(chain.ids), coin.trader)
    )
    keys = PoolKeys(DEVNET, chain.ids.pool(coin.mint), coin.mint)
    pool = pool_state(keys, [chain.account(each).data for each in accounts_of(keys)])
    assert pool.tokens == pool.sol * before.virtual_tokens // before.virtual_sol  # the curve's last price
