"""Raydium raising its fee, refusing, or doing something else: the coin's market goes on, and nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from solders.pubkey import Pubkey
from solders.rent import Rent
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.genesis import genesis_accounts
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM
from core.adapters.chain.raydium.accounts import Pool
from core.adapters.chain.raydium.addresses import MAINNET, TOKEN_PROGRAM, WSOL
from tests.program.elf import RETURNS_SUCCESS, elf
from tests.program.graduation import (
    BOUNTY,
    COST,
    FEE,
    NETWORK_FEE,
    Graduand,
    complete,
    graduated,
)
from tests.program.harness import SOL, Chain, key, landed, refused
from tests.program.test_launch import pause

CAP = SOL // 2


@pytest.fixture
def coin(chain: Chain) -> Graduand:
    """Complete, every atom just sold."""
    return complete(chain)


def assert_untouched(coin: Graduand, result: TransactionMetadata | FailedTransactionMetadata) -> None:
    """A failed graduation left everything as it was, and holders can sell, buy and graduate later."""
    assert isinstance(result, FailedTransactionMetadata)
    chain, before = coin.chain, coin.state
    assert not before.graduated
    for address in (coin.pool_creator, coin.keys.pool, coin.wsol):
        assert chain.svm.get_account(address) is None
    held = chain.atoms(coin.tokens)
    landed(chain.sell(coin.trader, coin.mint, held // 10))
    landed(chain.buy(coin.trader, coin.mint, 500 * SOL))
    assert coin.state.complete


# -- the fee


def test_a_higher_fee_within_the_cap_is_borne_by_the_coin(coin: Graduand) -> None:
    more = CAP - COST
    coin.raydium_sets(create_pool_fee=FEE + more)
    before, expected = coin.state, coin.split()
    landed(coin.graduate(coin.trader))
    sol, atoms = coin.reserves()
    assert sol == before.real_sol - CAP
    assert (sol, atoms) == (expected.sol, expected.tokens)
    assert 0 <= sol * before.virtual_tokens - atoms * before.virtual_sol < before.virtual_sol


@pytest.mark.parametrize("more", [1, 2 * SOL])
def test_a_fee_above_the_cap_is_refused_unless_the_caller_pays(coin: Graduand, more: int) -> None:
    """Raydium's fee above the cap: nobody can spend the holders' SOL on it, nor be made to pay it."""
    coin.raydium_sets(create_pool_fee=FEE + CAP - COST + more)
    refused(coin.graduate(coin.trader), ProgramErrorCode.CostAboveCap)
    refused(coin.graduate(coin.trader, more - 1), ProgramErrorCode.CostAboveCap)
    assert_untouched(coin, coin.graduate(coin.trader))
    before, caller = coin.state, coin.chain.wallet()
    wealth = coin.chain.lamports(caller.pubkey())
    event = graduated(landed(coin.graduate(caller, 2**64 - 1)))
    assert event.top_up == more, "no more than is needed, whatever the caller offers"
    assert coin.chain.lamports(caller.pubkey()) == wealth - more + BOUNTY - NETWORK_FEE
    assert coin.reserves()[0] == before.real_sol - CAP, "the pool is as if the fee were at the cap"


def test_a_caller_who_cannot_pay_changes_nothing(coin: Graduand) -> None:
    coin.raydium_sets(create_pool_fee=10 * SOL)
    poor = coin.chain.wallet(SOL)
    refused(coin.graduate(poor, 20 * SOL), "Custom(1)")
    assert_untouched(coin, coin.graduate(poor, 20 * SOL))


@pytest.mark.parametrize("fee", [2**63, 2**64 - 1])
def test_a_fee_beyond_all_money_is_refused(coin: Graduand, fee: int) -> None:
    """u64::MAX in Raydium's account must not wrap into a cheap pool."""
    coin.raydium_sets(create_pool_fee=fee)
    result = coin.graduate(coin.trader, 2**64 - 1)
    refused(result, "Custom(1)" if fee == 2**63 else ProgramErrorCode.MathOverflow)
    assert_untouched(coin, result)


def test_a_free_pool_leaves_the_caller_no_more(coin: Graduand) -> None:
    coin.raydium_sets(create_pool_fee=0)
    before = coin.state
    event = graduated(landed(coin.graduate(coin.trader)))
    assert coin.reserves()[0] == before.real_sol - (COST - FEE)
    assert event.bounty == BOUNTY


# -- refusing


def test_raydium_refusing_traps_nobody(coin: Graduand) -> None:
    """Pools switched off: holders sell, buyers buy, also under a pause those who want out get out."""
    coin.raydium_sets(disable_create_pool=True)
    refused(coin.graduate(coin.trader), "Custom(6000)")
    assert_untouched(coin, coin.graduate(coin.trader))
    pause(coin.chain, until=401)
    held = coin.chain.atoms(coin.tokens)
    landed(coin.chain.sell(coin.trader, coin.mint, held))
    assert coin.state.tokens_sold == 0
    assert not coin.state.complete
    coin.chain.warp(2_000, unix_timestamp=401)
    landed(coin.chain.buy(coin.trader, coin.mint, 500 * SOL))
    coin.raydium_sets(disable_create_pool=False)
    landed(coin.graduate(coin.trader))


# -- rent


@pytest.mark.parametrize("per_byte", [5_080, 6_960 * 2], ids=["down", "up"])
def test_rent_repriced_between_launch_and_graduation(coin: Graduand, per_byte: int) -> None:
    """The cost follows the live rent, and the pool's price stays the curve's."""
    coin.chain.svm.set_rent(Rent(per_byte, 1.0, 50))
    before, expected = coin.state, coin.split()
    assert expected.cost == FEE + 6_350 * per_byte
    landed(coin.graduate(coin.trader))
    sol, atoms = coin.reserves()
    assert (sol, atoms) == (expected.sol, expected.tokens)
    assert 0 <= sol * before.virtual_tokens - atoms * before.virtual_sol < before.virtual_sol


@pytest.mark.parametrize(("launched", "now"), [(5_080, 6_000), (696, 1_392), (6_960, 34_800)])
def test_a_curve_whose_fees_were_swept_outlives_a_rise_of_rent(chain: Chain, launched: int, now: int) -> None:
    """Whoever sweeps just before would leave the curve with a deposit below the new minimum, and the runtime
    refuse graduation for ever: what is left goes there before the caller is paid."""
    chain.svm.set_rent(Rent(launched, 1.0, 50))
    coin = complete(chain)
    landed(chain.sweep(coin.trader, coin.mint))
    chain.svm.set_rent(Rent(now, 1.0, 50))
    before = chain.lamports(coin.curve) - coin.state.real_sol
    event = graduated(landed(coin.graduate(coin.trader)))
    minimum = (200 + 128) * now
    assert chain.lamports(coin.curve) == before + event.protocol_fees >= minimum
    assert event.bounty == BOUNTY or chain.lamports(coin.curve) == minimum, "the caller has all the rest"


# -- an upgrade of Raydium's that does something else


@dataclass(frozen=True, slots=True)
class Forgery:
    """What such a program leaves behind. Every part right would be a pool."""

    pool_owner: Pubkey = MAINNET.program
    vaults_exchanged: bool = False
    other_lp_mint: bool = False
    owner: Pubkey = MAINNET.authority
    other_mint: bool = False
    coin_program: Pubkey = TOKEN_2022_PROGRAM
    sol: int = 0
    atoms: int = 0
    lp_supply: int = 0

    def leave(self, coin: Graduand) -> None:
        """Puts the accounts there; ours finds them after the call."""
        chain, keys, expected = coin.chain, coin.keys, coin.split()
        vaults = keys.vaults[::-1] if self.vaults_exchanged else keys.vaults
        lp_mint = coin.mint if self.other_lp_mint else keys.lp_mint
        addresses = b"".join(map(bytes, (*vaults, lp_mint)))
        chain.put(keys.pool, SOL, (bytes(72) + addresses).ljust(Pool.SIZE, b"\0"), self.pool_owner)
        coin_mint = WSOL if self.other_mint else coin.mint
        atoms = _token_account(coin_mint, self.owner, expected.tokens + self.atoms)
        chain.put(keys.coin_vault, SOL, atoms, self.coin_program)
        # Lamports beyond the rent count as donated: then that much less is expected, and more is there.
        chain.put(
            keys.wsol_vault,
            2_039_280,
            _token_account(WSOL, self.owner, expected.sol + self.sol),
            TOKEN_PROGRAM,
        )
        supply = bytes(36) + self.lp_supply.to_bytes(8, "little")
        chain.put(keys.lp_mint, SOL, (supply + b"\x09\x01").ljust(82, b"\0"), TOKEN_PROGRAM)
        chain.put(coin.lp, SOL, _token_account(keys.lp_mint, coin.pool_creator, 0), TOKEN_PROGRAM)


def _token_account(mint: Pubkey, owner: Pubkey, amount: int) -> bytes:
    head = bytes(mint) + bytes(owner) + amount.to_bytes(8, "little") + bytes(36)
    return (head + b"\x01").ljust(165, b"\0")


FORGERIES = {
    "a pool of another program's": Forgery(pool_owner=SYSTEM_PROGRAM),
    "vaults exchanged": Forgery(vaults_exchanged=True),
    "another LP mint": Forgery(other_lp_mint=True),
    "vaults of the thief's": Forgery(owner=key(666).pubkey()),
    "another token in the vault": Forgery(other_mint=True),
    "a vault of another token program's": Forgery(coin_program=TOKEN_PROGRAM),
    "a lamport too few": Forgery(sol=-1),
    "an atom too few": Forgery(atoms=-1),
    "liquidity tokens in other hands": Forgery(lp_supply=1),
}


@pytest.fixture
def idle_raydium(coin: Graduand) -> Graduand:
    """A Raydium that says yes and does nothing."""
    program = genesis_accounts(MAINNET.program, elf(RETURNS_SUCCESS), key(9).pubkey())
    for address, account in program.items():
        coin.chain.svm.set_account(address, account)
    return coin


def test_a_raydium_that_does_nothing_is_found_out(idle_raydium: Graduand) -> None:
    """An upgrade of a program that we call is an insider we do not know: what it did is checked."""
    result = idle_raydium.graduate(idle_raydium.trader)
    refused(result, ProgramErrorCode.PoolMismatch)
    assert_untouched(idle_raydium, result)


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_pool_with_one_thing_wrong_is_refused(idle_raydium: Graduand, forgery: Forgery) -> None:
    forgery.leave(idle_raydium)
    refused(idle_raydium.graduate(idle_raydium.trader), ProgramErrorCode.PoolMismatch)
    assert not idle_raydium.state.graduated


def test_coins_that_stay_behind_stop_graduation(idle_raydium: Graduand) -> None:
    """All looks right, but Raydium took no coins: the vault can't be closed with coins in it."""
    Forgery().leave(idle_raydium)
    refused(idle_raydium.graduate(idle_raydium.trader), "Custom(11)")
    assert not idle_raydium.state.graduated
