"""launch: the coin that results, and everything that keeps one from being made twice or otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from core.adapters.chain.program.accounts import Curve
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.events import Launched
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM
from core.domain.curve import INITIAL_TOKENS, SUPPLY, CurveState
from tests.program.conftest import Coin
from tests.program.harness import SLOT, Chain, events, landed, launch_args, refused

NONE = b"\x00" * 36  # a COption of a key: tag 0 and unused bytes
METADATA_POINTER, TOKEN_METADATA = 18, 19


def extensions(mint: bytes) -> dict[int, bytes]:
    """The type-length-value entries after a Token-2022 mint's base and account type."""
    assert mint[165] == 1, "an account of type mint"
    found, at = {}, 166
    while at + 4 <= len(mint):
        kind, length = (
            int.from_bytes(mint[at : at + 2], "little"),
            int.from_bytes(mint[at + 2 : at + 4], "little"),
        )
        found[kind] = mint[at + 4 : at + 4 + length]
        at += 4 + length
    return found


def test_the_mint_carries_its_metadata_and_nobody_can_change_anything(chain: Chain, coin: Coin) -> None:
    """Insider with a mint or metadata authority: there is none from the first instant."""
    mint = chain.account(coin.mint)
    assert mint.owner == TOKEN_2022_PROGRAM
    assert mint.data[:36] == NONE, "mint authority"
    assert int.from_bytes(mint.data[36:44], "little") == SUPPLY
    assert (mint.data[44], mint.data[45]) == (6, 1), "decimals, initialized"
    assert mint.data[46:82] == NONE, "freeze authority"
    found = extensions(mint.data)
    assert set(found) == {METADATA_POINTER, TOKEN_METADATA}
    assert found[METADATA_POINTER] == bytes(32) + bytes(coin.mint), "no authority, points at itself"
    args = launch_args(coin.creator.pubkey())
    strings = b"".join(len(s).to_bytes(4, "little") + s for s in (args.name, args.symbol, args.uri))
    assert found[TOKEN_METADATA] == bytes(32) + bytes(coin.mint) + strings + bytes(4), "no update authority"


def test_the_whole_supply_lies_in_the_curves_vault(chain: Chain, coin: Coin) -> None:
    vault = chain.account(chain.ids.vault(coin.mint))
    assert len(vault.data) == 165
    assert vault.data[:32] == bytes(coin.mint)
    assert vault.data[32:64] == bytes(chain.ids.curve(coin.mint))
    assert int.from_bytes(vault.data[64:72], "little") == SUPPLY
    assert vault.data[72:108] == NONE, "delegate"
    assert vault.data[129:165] == NONE, "close authority"


def test_the_curve_copies_configs_terms(chain: Chain, coin: Coin) -> None:
    curve = chain.curve(coin.mint)
    assert curve.state == CurveState.launch(
        initial_sol=chain.terms.initial_sol,
        fee=chain.terms.fee,
        creator_fee=chain.terms.creator_fee,
        launch_slot=SLOT,
    )
    assert curve.state.virtual_tokens == INITIAL_TOKENS
    assert curve.sequence == 1
    assert curve.graduation_cap == chain.terms.graduation_cap
    assert curve.creator == curve.fee_recipient == coin.creator.pubkey()
    assert curve.mint == coin.mint
    assert curve.rent_deposit == chain.lamports(chain.ids.curve(coin.mint)) == (200 + 128) * 6_960


def test_bumps_are_canonical(chain: Chain, coin: Coin) -> None:
    """Adversary list: a caller's bump gives several addresses for one thing; here nobody passes one."""
    curve = chain.curve(coin.mint)
    program, mint = chain.ids.program, bytes(coin.mint)
    assert Pubkey.find_program_address([b"curve", mint], program)[1] == curve.bump
    assert Pubkey.find_program_address([b"vault", mint], program)[1] == curve.vault_bump


def test_the_event_tells_the_terms(chain: Chain) -> None:
    creator = chain.wallet()
    args = launch_args(creator.pubkey())
    result = landed(chain.send(args.build(chain.ids), creator))
    curve = chain.curve(args.mint(chain.ids))
    assert events(result) == [
        Launched(
            mint=curve.mint,
            sequence=1,
            creator=creator.pubkey(),
            config_version=1,
            launch_slot=SLOT,
            initial_sol=curve.state.initial_sol,
            rent_deposit=curve.rent_deposit,
            graduation_cap=curve.graduation_cap,
            schedule_slots=0,
            fee=curve.state.fee,
            creator_fee=curve.state.creator_fee,
            schedule_fee=curve.state.schedule_fee,
        )
    ]


def test_a_retry_cannot_make_a_second_coin(chain: Chain, coin: Coin) -> None:
    args = launch_args(coin.creator.pubkey())
    refused(chain.send(args.build(chain.ids), coin.creator), ProgramErrorCode.AlreadyLaunched)


def redirect(built: Instruction, index: int, to: Pubkey, *, signer: bool = False) -> Instruction:
    """The instruction with one account exchanged, flags kept."""
    metas = list(built.accounts)
    metas[index] = AccountMeta(to, is_signer=signer, is_writable=metas[index].is_writable)
    return Instruction(built.program_id, built.data, metas)


def test_nobody_can_launch_anothers_box_or_fill_it_otherwise(chain: Chain) -> None:
    """Squatting and content switching: creator, seed and content are hashed into the address."""
    creator, thief = chain.wallet(), chain.wallet()
    mine = launch_args(creator.pubkey()).build(chain.ids)
    as_thief = redirect(mine, 0, thief.pubkey(), signer=True)
    refused(chain.send(as_thief, thief), ProgramErrorCode.WrongAddress)
    for change in (
        {"name": b"Space Dogs"},
        {"symbol": b"DOGS"},
        {"uri": b"x"},
        {"seed_commitment": bytes([9] * 32)},
    ):
        other = launch_args(creator.pubkey(), **change)  # type: ignore[arg-type]  # names fields
        switched = Instruction(chain.ids.program, other.data(), mine.accounts)
        refused(chain.send(switched, creator), ProgramErrorCode.WrongAddress)


def test_the_creator_must_sign(chain: Chain) -> None:
    creator, thief = chain.wallet(), chain.wallet()
    unsigned = redirect(launch_args(creator.pubkey()).build(chain.ids), 0, creator.pubkey())
    refused(chain.send(unsigned, thief), ProgramErrorCode.MissingSigner)


@pytest.mark.parametrize("index", [2, 3, 4], ids=["mint", "curve", "vault"])
def test_other_addresses_than_the_derived_ones_are_refused(chain: Chain, index: int) -> None:
    creator = chain.wallet()
    built = launch_args(creator.pubkey()).build(chain.ids)
    wrong = redirect(built, index, chain.wallet(0).pubkey())
    refused(chain.send(wrong, creator), ProgramErrorCode.WrongAddress)


@pytest.mark.parametrize("amount", [1, 890_880, 5_000_000_000])
def test_every_address_prefunded_is_no_obstacle(chain: Chain, amount: int) -> None:
    """Pump Science H-01: every derivable account funded beforehand. What was sent is a donation."""
    creator = chain.wallet()
    args = launch_args(creator.pubkey())
    mint = args.mint(chain.ids)
    for address in (mint, chain.ids.curve(mint), chain.ids.vault(mint)):
        chain.put(address, amount, b"", SYSTEM_PROGRAM)
    landed(chain.send(args.build(chain.ids), creator))
    curve = chain.curve(mint)
    assert curve.rent_deposit == (200 + 128) * 6_960, "not what happened to lie there"
    assert chain.lamports(chain.ids.curve(mint)) == max(amount, curve.rent_deposit)
    trader = chain.wallet()
    tokens = chain.open_tokens(trader, mint)
    landed(chain.buy(trader, mint, 10**9))
    landed(chain.sell(trader, mint, chain.atoms(tokens)))


def test_a_config_change_between_seeing_and_launching_is_refused(chain: Chain) -> None:
    """Parameter change mid-sale: a creator gets the terms they saw or none."""
    creator = chain.wallet()
    for version in (0, 2, 2**64 - 1):
        args = launch_args(creator.pubkey(), config_version=version)
        refused(chain.send(args.build(chain.ids), creator), ProgramErrorCode.ConfigChanged)


def test_a_forged_config_is_refused(chain: Chain) -> None:
    """Fake owner: a look-alike Config with the attacker's terms, at an address of the attacker's."""
    creator = chain.wallet()
    genuine = chain.account(chain.ids.config)
    fake = chain.wallet(0).pubkey()
    chain.put(fake, genuine.lamports, genuine.data, SYSTEM_PROGRAM)
    wrong = redirect(launch_args(creator.pubkey()).build(chain.ids), 1, fake)
    refused(chain.send(wrong, creator), ProgramErrorCode.WrongOwner)


def test_a_curve_in_configs_place_is_refused(chain: Chain, coin: Coin) -> None:
    """Type confusion: the owner is right, the kind is not."""
    built = launch_args(coin.creator.pubkey(), 1).build(chain.ids)
    wrong = redirect(built, 1, chain.ids.curve(coin.mint))
    refused(chain.send(wrong, coin.creator), ProgramErrorCode.WrongAccountKind)


@pytest.mark.parametrize("index", [5, 6], ids=["token program", "system program"])
def test_a_fake_program_is_refused(chain: Chain, index: int) -> None:
    """Adversary list: fake program. Calls name the real ids, so a missing one stops the call."""
    creator = chain.wallet()
    wrong = redirect(launch_args(creator.pubkey()).build(chain.ids), index, chain.ids.program)
    refused(chain.send(wrong, creator), "MissingAccount")


def test_paused_launches_are_refused(chain: Chain) -> None:
    creator = chain.wallet()
    pause(chain, until=401)
    refused(chain.send(launch_args(creator.pubkey()).build(chain.ids), creator), ProgramErrorCode.Paused)
    chain.warp(SLOT, unix_timestamp=401)
    chain.launch(creator)


def pause(chain: Chain, until: int) -> None:
    """What the guardian's pause will write; the clock stands at 400 s."""
    chain.edit(chain.ids.config, 48, until.to_bytes(8, "little"))
    assert chain.config().paused_until == until


TOO_LONG: dict[str, dict[str, Any]] = {
    "no name": {"name": b""},
    "a long name": {"name": b"n" * 33},
    "no symbol": {"symbol": b""},
    "a long symbol": {"symbol": b"S" * 11},
    "161 bytes together": {"uri": b"u" * (161 - 14)},
}


@pytest.mark.parametrize("change", TOO_LONG.values(), ids=TOO_LONG.keys())
def test_strings_outside_their_bounds_are_refused(chain: Chain, change: dict[str, Any]) -> None:
    creator = chain.wallet()
    built = launch_args(creator.pubkey()).build(chain.ids)
    data = launch_args(creator.pubkey(), **change).data()
    refused(
        chain.send(Instruction(built.program_id, data, built.accounts), creator),
        ProgramErrorCode.InvalidMetadata,
    )


def test_a_string_length_beyond_the_data_is_refused(chain: Chain) -> None:
    """A length of 2^32 - 1 must neither wrap nor read past the end."""
    creator = chain.wallet()
    built = launch_args(creator.pubkey()).build(chain.ids)
    data = bytes(built.data)[:48] + b"\xff\xff\xff\xff" + bytes(built.data)[52:]
    refused(
        chain.send(Instruction(built.program_id, data, built.accounts), creator), ProgramErrorCode.InvalidData
    )


def test_text_that_is_not_utf8_makes_no_coin(chain: Chain) -> None:
    creator = chain.wallet()
    args = launch_args(creator.pubkey(), name=b"\xff\xfe")
    refused(
        chain.send(args.build(chain.ids), creator), "Custom(12)"
    )  # the token program's InvalidInstruction
    assert chain.svm.get_account(args.mint(chain.ids)) is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(min_size=1, max_size=32), symbol=st.text(min_size=1, max_size=10), uri=st.text(max_size=110)
)
def test_any_text_within_the_bounds_is_carried_exactly(
    chain: Chain, name: str, symbol: str, uri: str
) -> None:
    strings = [text.encode()[:most] for text, most in ((name, 32), (symbol, 10), (uri, 118))]
    creator = chain.wallet()
    args = launch_args(creator.pubkey(), name=strings[0], symbol=strings[1], uri=strings[2])
    result = chain.send(args.build(chain.ids), creator)
    if any(not _is_utf8(string) for string in strings):  # cut in the middle of a character
        refused(result, "Custom(12)")
        return
    landed(result)
    assert b"".join(strings[:1]) in chain.account(args.mint(chain.ids)).data
    assert Curve.decode(chain.account(chain.ids.curve(args.mint(chain.ids))).data).sequence == 1


def _is_utf8(string: bytes) -> bool:
    return string.decode(errors="ignore").encode() == string


@pytest.mark.parametrize("strings", [2, 36, 37, 38, 160])
def test_the_mint_holds_exactly_the_rent_of_its_size(chain: Chain, strings: int) -> None:
    """At 37 bytes the mint would be as long as a multisig, so Token-2022 adds 2 bytes, which cost rent too."""
    creator = chain.wallet()
    mint = chain.launch(creator, name=b"n", symbol=b"S", uri=b"u" * (strings - 2))
    account = chain.account(mint)
    assert len(account.data) == 318 + strings + (2 if strings == 37 else 0)
    assert account.lamports == (len(account.data) + 128) * 6_960


def test_creators_do_not_share_addresses(chain: Chain) -> None:
    one, two = chain.wallet(), chain.wallet()
    assert chain.launch(one) != chain.launch(two)


def test_a_creator_without_enough_sol_makes_nothing(chain: Chain) -> None:
    poor: Keypair = chain.wallet(5_000_000)
    args = launch_args(poor.pubkey())
    refused(chain.send(args.build(chain.ids), poor), "Custom(1)")
    assert chain.svm.get_account(args.mint(chain.ids)) is None
