"""graduate's 23 accounts: each forged, exchanged, left unsigned or read-only; and who may call."""

from __future__ import annotations

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.transaction_metadata import FailedTransactionMetadata

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.graduate import Graduate
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM
from core.adapters.chain.program.initialize import RAYDIUM_DEVNET, RAYDIUM_MAINNET
from core.adapters.chain.raydium.addresses import MAINNET
from tests.program.graduation import ACCOUNTS, BOUNTY, NETWORK_FEE, Graduand, complete
from tests.program.harness import SOL, Chain, landed, refused
from tests.program.test_launch import redirect


@pytest.fixture
def coin(chain: Chain) -> Graduand:
    """Complete, every atom just sold."""
    return complete(chain)


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
