"""Making a pool on Raydium's CPMM: the binary that RAYDIUM_CPMM_SO names, by default the stand-in.

Left out, because the two differ: a fee receiver that is missing, an LP account that is not the associated one
(both refuse, each in its own words), and the pool at the address that follows from its mints, which only the
real program has. Tests marked `standin` are about the stand-in alone.
"""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.genesis import genesis_accounts
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM
from core.adapters.chain.program.layout import u16, u64
from core.adapters.chain.raydium.accounts import AmmConfig, Observation, Pool
from core.adapters.chain.raydium.addresses import (
    DEVNET,
    MAINNET,
    TOKEN_PROGRAM,
    WSOL,
    PoolKeys,
    associated_account,
    wsol_account,
)
from core.adapters.chain.raydium.genesis import TIER_0, raydium_accounts
from core.adapters.chain.raydium.wrap import open_account, wrap
from core.domain.money import Lamports
from core.domain.pool import quote_buy, quote_sell
from tests.contracts.pools import (
    START_ATOMS,
    START_SOL,
    Market,
    Result,
    exchanged,
    rent,
    replaced,
    token_bytes,
)
from tests.contracts.test_raydium_swap import KINDS
from tests.program.harness import SOL, Chain, cpmm_bytes, key, landed, refused

standin = pytest.mark.skipif(bool(os.environ.get("RAYDIUM_CPMM_SO")), reason="of the stand-in alone")
POOL, OBSERVATION, LP_MINT, TOKEN_ACCOUNT = 5_324_400, 29_252_880, 1_461_600, 2_039_280
FEE = 150_000_000
COST = (
    POOL + OBSERVATION + LP_MINT + 2 * TOKEN_ACCOUNT + FEE
)  # and TOKEN_ACCOUNT for the LP tokens, until closed


def make(market: Market, instruction: Instruction | None = None) -> Result:
    """Sends initialize, or a changed one, signed by creator and pool as far as it asks them to."""
    sent = instruction or market.initialize().build()
    asked = {meta.pubkey for meta in sent.accounts if meta.is_signer}
    signers = [each for each in (market.creator, market.pool_key) if each.pubkey() in asked]
    return market.send(sent, *signers)


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


# -- what anyone can do beforehand


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


# -- Token-2022 coins


def extension(kind: int, value: bytes) -> bytes:
    """As Token-2022 writes it behind a mint: type, length, value."""
    return u16(kind) + u16(len(value)) + value


POINTER, METADATA = extension(18, bytes(64)), extension(19, bytes(80))
ACCEPTED = {
    "none": b"",
    "MetadataPointer": POINTER,
    "TokenMetadata": METADATA,
    "both": POINTER + METADATA,
    "InterestBearing": extension(10, bytes(52)),
    "ScaledUiAmount": extension(25, bytes(56)),
}
REFUSED = {
    "MintCloseAuthority": (3, 32),
    "ConfidentialTransferMint": (4, 65),
    "DefaultAccountState": (6, 1),
    "NonTransferable": (9, 0),
    "PermanentDelegate": (12, 32),
    "TransferHook": (14, 64),
    "ConfidentialTransferFee": (16, 129),
    "GroupPointer": (20, 64),
    "TokenGroup": (21, 80),
    "GroupMemberPointer": (22, 64),
    "TokenGroupMember": (23, 72),
    "Pausable": (26, 33),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_extensions_that_leave_a_vault_alone(name: str) -> None:
    market = Market(extensions=ACCEPTED[name])
    market.open()
    assert market.vaults == (START_SOL, START_ATOMS)
    landed(market.swap_in("buy", SOL))
    landed(market.swap_in("sell", 10**9))


@pytest.mark.parametrize("behind", [b"", POINTER + METADATA], ids=["alone", "behind metadata"])
@pytest.mark.parametrize("name", REFUSED)
def test_extensions_by_which_somebody_could_take_or_freeze(name: str, behind: bytes) -> None:
    kind, length = REFUSED[name]
    refused(make(Market(extensions=behind + extension(kind, bytes(length)))), "Custom(6007)")


@standin
def test_the_standin_takes_no_transfer_fees() -> None:
    """The real program does; no coin of ours has them."""
    refused(make(Market(extensions=extension(1, bytes(108)))), "Custom(6007)")


@standin
def test_the_standin_knows_its_receiver_by_its_address() -> None:
    """At devnet's address it is devnet's, as a ledger that began before it expects."""
    market = Market()
    for accounts in (
        genesis_accounts(DEVNET.program, cpmm_bytes(), Pubkey.default()),
        raydium_accounts(DEVNET),
    ):
        for address, account in accounts.items():
            market.chain.svm.set_account(address, account)
    market.keys = PoolKeys(DEVNET, market.keys.pool, market.keys.coin, TOKEN_2022_PROGRAM)
    right = market.initialize().build()
    refused(make(market, replaced(right, 12, pubkey=MAINNET.fee_receiver)), "Custom(2012)")
    market.open()
    assert market.chain.atoms(DEVNET.fee_receiver) == FEE
    assert market.chain.atoms(MAINNET.fee_receiver) == 0
    landed(market.swap_in("buy", SOL))
