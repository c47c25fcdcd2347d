"""What anyone may try before a coin graduates, or with graduation's accounts: named after what it replays."""

from __future__ import annotations

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.transaction_metadata import FailedTransactionMetadata

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.graduate import Graduate
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM
from core.adapters.chain.program.initialize import RAYDIUM_DEVNET, RAYDIUM_MAINNET
from core.adapters.chain.raydium.addresses import MAINNET, TOKEN_PROGRAM, PoolKeys
from core.adapters.chain.raydium.initialize import Initialize
from core.adapters.chain.raydium.wrap import open_account, wrap
from core.domain.money import Lamports, TokenAtoms
from tests.program.graduation import ACCOUNTS, BOUNTY, NETWORK_FEE, Graduand, complete, graduated
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


# -- accounts

FORGED = {
    "config": ProgramErrorCode.WrongOwner,
    "curve": ProgramErrorCode.WrongOwner,
    "mint": ProgramErrorCode.WrongAddress,
    "vault": ProgramErrorCode.WrongAddress,
    "pool_creator": ProgramErrorCode.WrongAddress,
    "pool": ProgramErrorCode.WrongAddress,
    "wsol_mint": ProgramErrorCode.WrongAddress,
    "creator_wsol": "InvalidSeeds",
    "creator_lp": "InstructionError",  # MissingAccount from Raydium's own binary, InvalidSeeds from the stand-in
    "raydium_config": ProgramErrorCode.WrongAddress,
    "raydium_authority": ProgramErrorCode.WrongAddress,
    "lp_mint": "Custom(2006)",
    "pool_coins": "Custom(2006)",
    "pool_wsol": "Custom(2006)",
    "fee_receiver": ProgramErrorCode.WrongAddress,
    "observation": "Custom(2006)",
    "raydium_program": ProgramErrorCode.WrongAddress,
    "token_program": ProgramErrorCode.WrongAddress,
    "token_2022_program": ProgramErrorCode.WrongAddress,
    "associated_token_program": ProgramErrorCode.WrongAddress,
    "system_program": ProgramErrorCode.WrongAddress,
    "rent": ProgramErrorCode.WrongAddress,
}


@pytest.mark.parametrize("name", FORGED)
def test_a_look_alike_of_any_account_is_refused(coin: Graduand, name: str) -> None:
    """Fake sysvar, program, config, receiver: same bytes and owner where it has some, another address."""
    index = ACCOUNTS.index(name)
    built = coin.instruction(coin.trader)
    genuine = coin.chain.svm.get_account(built.accounts[index].pubkey)
    fake = coin.chain.wallet(0).pubkey()
    if genuine is not None and not genuine.executable and name not in ("config", "curve"):
        coin.chain.put(fake, genuine.lamports, genuine.data, genuine.owner)
    refused(coin.chain.send(redirect(built, index, fake), coin.trader), FORGED[name])
    assert not coin.state.graduated


def test_no_account_can_stand_in_anothers_place(coin: Graduand) -> None:
    """Aliased accounts: each of the 22 tried in the place of each other."""
    built = coin.instruction(coin.trader)
    before = coin.chain.account(coin.curve)
    keys = [meta.pubkey for meta in built.accounts]
    for index in range(1, len(keys)):
        for other in keys[:index] + keys[index + 1 :]:
            result = coin.chain.send(redirect(built, index, other), coin.trader)
            assert isinstance(result, FailedTransactionMetadata), (ACCOUNTS[index], other)
    assert coin.chain.account(coin.curve) == before
    landed(coin.graduate(coin.trader))


def test_another_coins_accounts_are_refused(chain: Chain, coin: Graduand) -> None:
    """A complete coin's curve with another's vault, pool or creator."""
    other = complete(chain, 1)
    theirs = other.instruction(coin.trader)
    for index, meta in enumerate(theirs.accounts):
        if meta.pubkey in [mine.pubkey for mine in coin.instruction(coin.trader).accounts]:
            continue
        wrong = redirect(coin.instruction(coin.trader), index, meta.pubkey)
        assert isinstance(chain.send(wrong, coin.trader), FailedTransactionMetadata), ACCOUNTS[index]
    assert not coin.state.graduated
    assert not other.state.graduated


def test_a_config_or_curve_of_another_kind_is_refused(coin: Graduand) -> None:
    built = coin.instruction(coin.trader)
    as_config = redirect(built, ACCOUNTS.index("config"), coin.curve)
    refused(coin.chain.send(as_config, coin.trader), ProgramErrorCode.WrongAccountKind)
    as_curve = redirect(built, ACCOUNTS.index("curve"), coin.chain.ids.config)
    refused(coin.chain.send(as_curve, coin.trader), ProgramErrorCode.WrongAccountKind)


def test_another_fee_tier_of_raydiums_is_refused(coin: Graduand) -> None:
    """Raydium accepts any tier: the caller would choose what trading the coin costs for ever."""
    other = MAINNET.config(1)
    tier = coin.chain.account(MAINNET.config())
    coin.chain.put(other, tier.lamports, tier.data, tier.owner)
    wrong = redirect(coin.instruction(coin.trader), ACCOUNTS.index("raydium_config"), other)
    refused(coin.chain.send(wrong, coin.trader), ProgramErrorCode.WrongAddress)


def test_the_other_clusters_raydium_is_refused(coin: Graduand) -> None:
    """Config names the set; on mainnet a program at devnet's addresses may be anybody's."""
    args = Graduate(coin.trader.pubkey(), coin.mint, RAYDIUM_DEVNET)
    refused(coin.chain.send(args.build(coin.chain.ids), coin.trader), ProgramErrorCode.WrongAddress)


def test_an_installation_on_devnet_uses_devnets_addresses(bare: Chain) -> None:
    """Every address of the set is compiled in; there is no Raydium of devnet's on this chain to go on with."""
    landed(bare.initialize(raydium_set=RAYDIUM_DEVNET))
    coin = complete(bare)
    args = Graduate(coin.trader.pubkey(), coin.mint, RAYDIUM_MAINNET)
    refused(bare.send(args.build(bare.ids), coin.trader), ProgramErrorCode.WrongAddress)
    devnet = Graduate(coin.trader.pubkey(), coin.mint, RAYDIUM_DEVNET).build(bare.ids)
    config = devnet.accounts[ACCOUNTS.index("raydium_config")].pubkey
    tier = bare.account(MAINNET.config())
    program = devnet.accounts[ACCOUNTS.index("raydium_program")].pubkey
    bare.put(config, tier.lamports, tier.data, program)
    refused(bare.send(devnet, coin.trader), "UnsupportedProgramId")


def test_the_caller_must_sign(chain: Chain, coin: Graduand) -> None:
    """The caller may be asked to pay: nobody can be named without their signature."""
    thief = chain.wallet()
    unsigned = redirect(coin.instruction(coin.trader), 0, coin.trader.pubkey())
    refused(chain.send(unsigned, thief), ProgramErrorCode.MissingSigner)


WRITABLE = [
    "curve", "mint", "vault", "pool_creator", "pool", "creator_wsol", "creator_lp", "lp_mint", "pool_coins",
    "pool_wsol", "fee_receiver", "observation",
]  # fmt: skip


@pytest.mark.parametrize("name", WRITABLE)
def test_accounts_that_change_must_be_writable(coin: Graduand, name: str) -> None:
    built, index = coin.instruction(coin.trader), ACCOUNTS.index(name)
    metas = list(built.accounts)
    assert metas[index].is_writable
    metas[index] = AccountMeta(metas[index].pubkey, is_signer=False, is_writable=False)
    result = coin.chain.send(Instruction(built.program_id, built.data, metas), coin.trader)
    refused(result, ProgramErrorCode.NotWritable if name == "curve" else "PrivilegeEscalation")


def test_a_caller_that_is_no_plain_wallet_pays_nothing(chain: Chain, coin: Graduand) -> None:
    """The System program moves lamports only out of its own accounts without data."""
    odd, payer = chain.wallet(), chain.wallet()
    chain.put(odd.pubkey(), SOL, b"", TOKEN_2022_PROGRAM)
    coin.raydium_sets(create_pool_fee=SOL)
    refused(chain.send(coin.instruction(odd, SOL), payer, odd), "ExternalAccountLamportSpend")


def test_somebody_else_may_pay_the_network_fee(chain: Chain, coin: Graduand) -> None:
    """A caller with an empty wallet, as a keeper behind a fee payer may have."""
    caller, payer = chain.wallet(0), chain.wallet()
    landed(chain.send(coin.instruction(caller), payer, caller))
    assert chain.lamports(caller.pubkey()) == BOUNTY
    assert chain.lamports(payer.pubkey()) == 1_000 * SOL - 2 * NETWORK_FEE


def test_a_caller_who_owns_the_treasury_is_paid_no_more(coin: Graduand) -> None:
    """Adversary list: payees that are one account. The protocol's part goes to the curve, not to a payee."""
    caller = coin.chain.wallet(SOL)
    coin.chain.edit(coin.chain.ids.config, 160, bytes(caller.pubkey()))
    landed(coin.graduate(caller))
    assert coin.chain.lamports(caller.pubkey()) == SOL + BOUNTY - NETWORK_FEE


def test_a_fee_tier_that_is_not_there_is_refused(coin: Graduand) -> None:
    """A forged tier with a fee of 0 would be read by us before Raydium sees it."""
    tier = coin.chain.account(MAINNET.config())
    coin.chain.put(MAINNET.config(), tier.lamports, tier.data, SYSTEM_PROGRAM)
    refused(coin.graduate(coin.trader), ProgramErrorCode.WrongOwner)
    coin.chain.put(MAINNET.config(), tier.lamports, tier.data[:40], MAINNET.program)
    refused(coin.graduate(coin.trader), ProgramErrorCode.WrongAccountKind)
    coin.chain.put(MAINNET.config(), tier.lamports, bytes(8) + tier.data[8:], MAINNET.program)
    refused(coin.graduate(coin.trader), "Custom(3002)")
    assert coin.state.complete
