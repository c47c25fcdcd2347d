"""What anyone may try before a coin graduates, or with graduation's accounts: named after what it replays."""

from __future__ import annotations

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.raydium.addresses import MAINNET, TOKEN_PROGRAM, PoolKeys
from core.adapters.chain.raydium.initialize import Initialize
from core.adapters.chain.raydium.wrap import open_account, wrap
from core.domain.money import Lamports, TokenAtoms
from tests.program.graduation import BOUNTY, Graduand, complete, graduated
from tests.program.harness import SOL, Chain, key, landed, refused
from tests.program.test_launch import redirect

POOL_SOL, POOL_ATOMS = 89_068_787_904, 193_627_799_795_601
REST = 1_117_840


@pytest.fixture
def coin(chain: Chain) -> Graduand:
    """Complete, every atom just sold."""
    return complete(chain)


def is_exact(coin: Graduand) -> bool:
    """Whether the pool started as if nothing had been tried."""
    return coin.reserves() == (POOL_SOL, POOL_ATOMS)


# -- addresses used beforehand

GIFTED = (
    "pool_creator",
    "pool",
    "lp_mint",
    "creator_lp",
    "creator_wsol",
    "pool_coins",
    "observation",
    "vault",
    "curve",
)
# What goes no further: a gift to the curve is nobody's, and Raydium keeps what is beyond an account's rent.
KEPT = {
    "curve": 0,
    "pool": 5_324_400,
    "lp_mint": 1_461_600,
    "pool_coins": 2_039_280,
    "observation": 29_252_880,
}


@pytest.mark.parametrize("lamports", [1, 890_880, 5 * SOL])
@pytest.mark.parametrize("name", GIFTED)
def test_lamports_sent_to_an_address_beforehand_change_no_price(
    coin: Graduand, name: str, lamports: int
) -> None:
    """Pump Science H-01: one lamport at a derivable address made the migration fail for ever."""
    coin.give(coin.derivable[name], lamports)
    event = graduated(landed(coin.graduate(coin.trader)))
    assert is_exact(coin)
    gained = min(lamports, KEPT.get(name, lamports))
    assert event.protocol_fees == REST + gained
    assert event.bounty == BOUNTY


def test_every_address_funded_at_once_changes_no_price(coin: Graduand) -> None:
    for address in coin.derivable.values():
        coin.give(address, 50_000_000)
    landed(coin.graduate(coin.trader))
    assert is_exact(coin)
    assert coin.chain.svm.get_account(coin.pool_creator) is None


@pytest.mark.parametrize("synced", [True, False], ids=["synced", "not synced"])
def test_a_wsol_account_made_and_filled_beforehand_changes_no_price(coin: Graduand, *, synced: bool) -> None:
    """four.meme's kin: what lies where the liquidity passes must not come into the pool with it."""
    payer = coin.trader.pubkey()
    instructions = [open_account(payer, coin.pool_creator, coin.keys.mints[0], TOKEN_PROGRAM)]
    landed(coin.chain.send(instructions, coin.trader))
    coin.give(coin.wsol, SOL)
    if synced:
        account = AccountMeta(coin.wsol, is_signer=False, is_writable=True)
        landed(coin.chain.send(Instruction(TOKEN_PROGRAM, bytes([17]), [account]), coin.trader))
    event = graduated(landed(coin.graduate(coin.trader)))
    assert is_exact(coin)
    assert event.protocol_fees == REST + 2_039_280 + SOL


@pytest.mark.parametrize("extra", [1, 50_000_000, POOL_SOL], ids=str)
def test_sol_in_raydiums_vault_beforehand_takes_the_place_of_as_much(coin: Graduand, extra: int) -> None:
    """Raydium counts what lies in the vault as the pool's: a gift of 0.05 SOL shifted the price."""
    coin.give(coin.keys.wsol_vault, 2_039_280 + extra)
    event = graduated(landed(coin.graduate(coin.trader)))
    assert is_exact(coin)
    assert event.protocol_fees == REST + 2_039_280 + extra


def test_who_gives_raydiums_vault_more_than_was_raised_only_makes_holders_richer(coin: Graduand) -> None:
    """No gift is large enough to stop graduation, or to get any of it back."""
    coin.give(coin.keys.wsol_vault, 2_039_280 + 2 * POOL_SOL)
    event = graduated(landed(coin.graduate(coin.trader)))
    assert coin.reserves() == (2 * POOL_SOL, POOL_ATOMS)
    assert (event.bounty, event.protocol_fees) == (BOUNTY, REST + 2_039_280 + POOL_SOL)


def test_coins_sent_to_the_vault_are_burnt(coin: Graduand) -> None:
    """Otherwise they would make the pool cheaper than the curve was."""
    before = coin.split()
    held = coin.chain.atoms(coin.vault)
    coin.chain.edit(coin.vault, 64, (held + 10**12).to_bytes(8, "little"))
    coin.chain.edit(coin.tokens, 64, (coin.chain.atoms(coin.tokens) - 10**12).to_bytes(8, "little"))
    event = graduated(landed(coin.graduate(coin.trader)))
    assert is_exact(coin)
    assert event.atoms_burnt == before.burnt + 10**12


# -- a pool made first


def foreign_pool(coin: Graduand, pool: Pubkey) -> Instruction:
    """A stranger's pool of the coin at a price of the stranger's."""
    args = Initialize(
        creator=coin.trader.pubkey(),
        keys=PoolKeys(MAINNET, pool, coin.mint),
        sol=Lamports(SOL),
        atoms=TokenAtoms(10**6),
    )
    return args.build()


def test_another_pool_made_first_changes_nothing(coin: Graduand) -> None:
    """four.meme, February 2025: the pool existed before the migration, at the attacker's price."""
    theirs = key(77)
    pool = foreign_pool(coin, theirs.pubkey())
    landed(coin.chain.send([*wrap(coin.trader.pubkey(), Lamports(SOL)), pool], coin.trader, theirs))
    landed(coin.graduate(coin.trader))
    assert is_exact(coin)


def test_nobody_else_can_make_a_pool_at_our_address(coin: Graduand) -> None:
    """The address is derived from our program's id: only our program signs for it."""
    pool = foreign_pool(coin, coin.keys.pool)
    unsigned = redirect(pool, 3, coin.keys.pool)
    wrapped = wrap(coin.trader.pubkey(), Lamports(SOL))
    refused(coin.chain.send([*wrapped, unsigned], coin.trader), "Custom(2501)")
    landed(coin.graduate(coin.trader))
    assert is_exact(coin)


def test_the_liquidity_account_cannot_be_made_before_its_mint(coin: Graduand) -> None:
    early = open_account(coin.trader.pubkey(), coin.pool_creator, coin.keys.lp_mint, TOKEN_PROGRAM)
    refused(coin.chain.send(early, coin.trader), "IncorrectProgramId")
    landed(coin.graduate(coin.trader))


# -- holding graduation back


def test_dust_sells_do_not_hold_graduation_back(coin: Graduand) -> None:
    """Griefing: an atom sold just before each attempt. The pool opens at the price after the sell."""
    for size in (10**4, 10**9, 10**12):
        landed(coin.chain.sell(coin.trader, coin.mint, size))
        assert coin.state.complete
    before, expected = coin.state, coin.split()
    landed(coin.graduate(coin.trader))
    sol, atoms = coin.reserves()
    assert (sol, atoms) == (expected.sol, expected.tokens)
    assert 0 <= sol * before.virtual_tokens - atoms * before.virtual_sol < before.virtual_sol


def test_graduating_twice_is_refused(coin: Graduand) -> None:
    """Even by somebody who fills pool_creator again."""
    landed(coin.graduate(coin.trader))
    coin.give(coin.pool_creator, 5 * SOL)
    refused(coin.graduate(coin.trader), ProgramErrorCode.Graduated)
    assert is_exact(coin)
