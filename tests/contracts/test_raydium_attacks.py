"""What anyone can do before a pool is made, and what `initialize` refuses: the binary that RAYDIUM_CPMM_SO names, by
default the stand-in.

Left out, because the two differ: a fee receiver that is missing, an LP account that is not the associated one
(both refuse, each in its own words), and the pool at the address that follows from its mints, which only the
real program has.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.adapters.chain.raydium.accounts import Pool
from core.adapters.chain.raydium.addresses import (
    MAINNET,
    TOKEN_PROGRAM,
    WSOL,
    associated_account,
    wsol_account,
)
from core.adapters.chain.raydium.genesis import TIER_0
from core.adapters.chain.raydium.wrap import open_account, wrap
from core.domain.money import Lamports
from tests.contracts.pools import (
    START_ATOMS,
    START_SOL,
    TOKEN_ACCOUNT,
    Market,
    exchanged,
    make,
    rent,
    replaced,
    token_bytes,
)
from tests.program.harness import SOL, key, landed, refused


def addresses(market: Market) -> dict[str, Pubkey]:
    """What initialize makes, and the WSOL account that a creator's SOL goes through."""
    keys, creator = market.keys, market.creator.pubkey()
    return {
        "pool": keys.pool,
        "LP mint": keys.lp_mint,
        "LP account": associated_account(creator, keys.lp_mint, TOKEN_PROGRAM),
        "coin vault": keys.coin_vault,
        "observation": keys.observation,
    }


@pytest.mark.parametrize("lamports", [890_880, 50_000_000])
@pytest.mark.parametrize("where", [*addresses(Market()), "all"])
@pytest.mark.parametrize("below_wsol", [False, True])
def test_lamports_sent_there_first_change_nothing(below_wsol: bool, where: str, lamports: int) -> None:
    market = Market(below_wsol)
    found = addresses(market)
    for address in found.values() if where == "all" else [found[where]]:
        market.chain.svm.airdrop(address, lamports)
    market.open()
    assert market.vaults == (START_SOL, START_ATOMS)
    assert market.pool.lp_supply == 4_193_758_313_123


@pytest.mark.parametrize(
    ("lamports", "excess"),
    [(890_880, 0), (TOKEN_ACCOUNT, 0), (TOKEN_ACCOUNT + 1, 1), (50_000_000, 47_960_720)],
)
def test_lamports_sent_to_the_sol_vault_become_the_pools(lamports: int, excess: int) -> None:
    """Beyond its rent. Whoever makes a pool at a price gives that much less: exact, down to giving nothing."""
    market = Market()
    market.chain.svm.airdrop(market.keys.wsol_vault, lamports)
    market.open(START_SOL - excess)
    assert market.vaults == (START_SOL, START_ATOMS)
    assert market.pool.lp_supply == 4_193_758_313_123


def test_a_vault_that_holds_it_all_already_needs_nothing() -> None:
    market = Market()
    market.chain.svm.airdrop(market.keys.wsol_vault, TOKEN_ACCOUNT + START_SOL)
    market.open(0)
    assert market.vaults == (START_SOL, START_ATOMS)


@pytest.mark.parametrize("synced", [False, True])
def test_a_wsol_account_made_by_another_is_used(synced: bool) -> None:
    """With 1 SOL in it: the creator's, when it is closed."""
    market, friend = Market(), key(80)
    market.chain.svm.airdrop(friend.pubkey(), 100 * SOL)
    wsol = wsol_account(market.creator.pubkey())
    market.chain.put(wsol, 0, b"", SYSTEM_PROGRAM)
    market.chain.svm.airdrop(wsol, SOL)
    steps = wrap(market.creator.pubkey(), Lamports(START_SOL))
    landed(market.chain.send(steps if synced else steps[:2] + steps[2:], market.creator))
    market.open()
    assert market.vaults == (START_SOL, START_ATOMS)


def test_the_lp_account_cannot_be_made_before_its_mint() -> None:
    market = Market()
    step = open_account(market.trader.pubkey(), market.creator.pubkey(), market.keys.lp_mint, TOKEN_PROGRAM)
    refused(market.chain.send(step, market.trader), "IncorrectProgramId")


# -- refusals


def wrong(market: Market) -> dict[str, tuple[Instruction, str]]:
    """An initialize with one thing wrong, and what is said to it."""
    keys, put = market.keys, market.chain.put
    right = market.initialize().build()
    foreign, other_type = key(81).pubkey(), key(82).pubkey()
    put(foreign, rent(236), TIER_0.encode(), TOKEN_PROGRAM)
    put(other_type, rent(637), Pool.DISCRIMINATOR.ljust(637, b"\0"), MAINNET.program)
    stranger = key(83).pubkey()
    put(stranger, rent(165), token_bytes(keys.coin, market.trader.pubkey(), 10**15), keys.coin_program)
    receiver = key(84).pubkey()
    put(receiver, rent(165), token_bytes(WSOL, receiver, 0, native=True), TOKEN_PROGRAM)
    coin_side = 1 if keys.wsol_first else 0
    elsewhere = key(85).pubkey()
    few = Instruction(right.program_id, right.data, right.accounts[:19])
    return {
        "a tier that does not exist": (replaced(right, 1, pubkey=elsewhere), "Custom(3012)"),
        "a tier of another program": (replaced(right, 1, pubkey=foreign), "Custom(3007)"),
        "a tier of another kind": (replaced(right, 1, pubkey=other_type), "Custom(3002)"),
        "another authority": (replaced(right, 2, pubkey=elsewhere), "Custom(2006)"),
        "a pool that did not sign": (replaced(right, 3, is_signer=False), "Custom(2501)"),
        "mints in the wrong order": (swapped_mints(right), "Custom(2003)"),
        "another LP mint": (replaced(right, 6, pubkey=elsewhere), "Custom(2006)"),
        "coins of somebody else": (replaced(right, 7 + coin_side, pubkey=stranger), "Custom(2015)"),
        "another first vault": (replaced(right, 10, pubkey=elsewhere), "Custom(2006)"),
        "another second vault": (replaced(right, 11, pubkey=elsewhere), "Custom(2006)"),
        "another fee receiver": (replaced(right, 12, pubkey=receiver), "Custom(2012)"),
        "another observation": (replaced(right, 13, pubkey=elsewhere), "Custom(2006)"),
        "19 accounts": (few, "Custom(3005)"),
        "no SOL": (market.initialize(sol=0).build(), "Custom(6002)"),
        "no coins": (market.initialize(atoms=0).build(), "Custom(6002)"),
        "too few shares": (market.initialize(sol=99, atoms=99).build(), "Custom(6009)"),
        "too few coins": (market.initialize(atoms=10**15 + 1).build(), "Custom(1)"),
    }


def swapped_mints(instruction: Instruction) -> Instruction:
    """Both tokens in each other's place, in every respect."""
    for one, other in ((4, 5), (7, 8), (10, 11), (15, 16)):
        instruction = exchanged(instruction, one, other)
    return instruction


@pytest.mark.parametrize("below_wsol", [False, True], ids=["WSOL first", "coin first"])
@pytest.mark.parametrize("name", wrong(Market()))
def test_what_is_wrong_is_refused(name: str, below_wsol: bool) -> None:
    market = Market(below_wsol)
    instruction, code = wrong(market)[name]
    refused(make(market, instruction), code)


def test_sol_that_was_not_synced_is_not_there() -> None:
    """Lamports in a WSOL account are no tokens before SyncNative."""
    market = Market()
    account = token_bytes(WSOL, market.creator.pubkey(), 0, native=True)
    market.chain.put(wsol_account(market.creator.pubkey()), rent(165) + START_SOL, account, TOKEN_PROGRAM)
    refused(make(market), "Custom(1)")


def test_another_real_tier_is_accepted() -> None:
    """So whoever makes a pool must pin the tier."""
    market = Market()
    other = MAINNET.config(1)
    market.chain.put(other, rent(236), replace(TIER_0, index=1).encode(), MAINNET.program)
    landed(make(market, replaced(market.initialize().build(), 1, pubkey=other)))
    assert market.pool.amm_config == other


def test_a_tier_that_makes_no_pools() -> None:
    market = Market()
    market.chain.edit(MAINNET.config(), 9, b"\x01")
    refused(make(market), "Custom(6000)")


def test_a_pools_address_that_another_program_has() -> None:
    market = Market()
    market.chain.put(market.keys.pool, rent(0), b"", market.chain.ids.program)
    refused(make(market), "Custom(6000)")


def test_a_pool_is_made_once() -> None:
    market = Market()
    market.open()
    market.give(market.creator, START_SOL, 10**15)
    refused(make(market), "Custom(0)")  # System's: the LP mint is in use
    assert market.vaults == (START_SOL, START_ATOMS)


@pytest.mark.parametrize(
    ("data", "owner_is_ours", "code"),
    [(b"\0", False, "InvalidArgument"), (b"", True, "ExternalAccountLamportSpend")],
)
def test_a_creator_must_be_a_plain_wallet(data: bytes, owner_is_ours: bool, code: str) -> None:
    market = Market()
    owner = market.chain.ids.program if owner_is_ours else SYSTEM_PROGRAM
    market.chain.put(market.creator.pubkey(), 10 * SOL, data, owner)
    refused(make(market), code)


def test_more_accounts_than_are_taken_are_ignored() -> None:
    market = Market()
    right = market.initialize().build()
    more = [*right.accounts, AccountMeta(key(86).pubkey(), is_signer=False, is_writable=True)]
    landed(make(market, Instruction(right.program_id, right.data + b"\x01", more)))
