"""initialize: who may, once, and within which bounds."""

from __future__ import annotations

from typing import Any

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.events import Initialized
from core.domain.money import Bps, Lamports
from tests.program.harness import SOL, Chain, events, key, landed, refused

HOUR = 3_600
TEN = tuple(key(n).pubkey() for n in range(300, 310))
ZERO = Pubkey.default()


def test_config_belongs_to_the_program_and_is_announced(bare: Chain) -> None:
    result = landed(bare.initialize())
    assert events(result) == [Initialized(sequence=1, config_version=1)]
    assert bare.account(bare.ids.config).owner == bare.ids.program


def test_initialize_front_run_by_a_stranger_is_refused(bare: Chain) -> None:
    """Replays the unprotected initializer: whoever came first owned the installation."""
    stranger = bare.wallet()
    args = bare.initialize_args(payer=stranger.pubkey(), authority=stranger.pubkey())
    refused(bare.send(args.build(bare.ids), stranger), ProgramErrorCode.Unauthorized)


def test_the_authority_must_sign(bare: Chain) -> None:
    stranger = bare.wallet()
    built = bare.initialize_args(payer=stranger.pubkey()).build(bare.ids)
    metas = list(built.accounts)
    metas[1] = AccountMeta(metas[1].pubkey, is_signer=False, is_writable=False)
    refused(
        bare.send(Instruction(built.program_id, built.data, metas), stranger), ProgramErrorCode.MissingSigner
    )


def test_program_data_of_another_program_is_refused(bare: Chain) -> None:
    """Fake ProgramData: the attacker deploys a program of their own and shows its authority."""
    stranger = bare.wallet()
    forged = key(400).pubkey()
    genuine = bare.account(bare.ids.program_data)
    data = genuine.data[:13] + bytes(stranger.pubkey()) + genuine.data[45:100]
    bare.put(forged, genuine.lamports, data, genuine.owner)
    built = bare.initialize_args(payer=stranger.pubkey(), authority=stranger.pubkey()).build(bare.ids)
    metas = list(built.accounts)
    metas[3] = AccountMeta(forged, is_signer=False, is_writable=False)
    refused(
        bare.send(Instruction(built.program_id, built.data, metas), stranger), ProgramErrorCode.WrongAddress
    )


def test_a_program_without_upgrade_authority_has_no_config(bare: Chain) -> None:
    """The loader leaves the key's bytes behind a tag of 0 when an authority is given up."""
    bare.edit(bare.ids.program_data, 12, b"\x00")
    refused(bare.initialize(), ProgramErrorCode.Unauthorized)


def test_a_second_config_is_refused(chain: Chain) -> None:
    refused(chain.initialize(threshold=1), ProgramErrorCode.AlreadyInitialized)
    assert chain.config().threshold == 2


def test_a_prefunded_config_address_is_no_obstacle(bare: Chain) -> None:
    """Pump Science H-01: one lamport at an address kept CreateAccount from ever working there."""
    bare.put(bare.ids.config, 1, b"", ZERO)
    landed(bare.initialize())
    assert bare.config().config_version == 1


REFUSED: dict[str, dict[str, Any]] = {
    "no council": {"council": ()},
    "a council of ten": {"council": TEN},
    "the same member twice": {"council": (TEN[0], TEN[1], TEN[0])},
    "a zero member": {"council": (TEN[0], ZERO)},
    "a threshold of none": {"threshold": 0},
    "a threshold above the council": {"threshold": 4},
    "a lock under 48 hours": {"time_lock": 48 * HOUR - 1},
    "no lock": {"time_lock": 0},
    "a lock over 30 days": {"time_lock": 30 * 24 * HOUR + 1},
    "a lock beyond signed 64 bits": {"time_lock": 2**63},
    "no guardian": {"guardian": ZERO},
    "no treasury": {"treasury": ZERO},
    "no rewards key": {"rewards": ZERO},
    "R0 under 5 SOL": {"initial_sol": Lamports(5 * SOL - 1)},
    "R0 over 500 SOL": {"initial_sol": Lamports(500 * SOL + 1)},
    "a cap over 1 SOL": {"graduation_cap": Lamports(SOL + 1)},
    "a fee over 5 %": {"fee": Bps(501)},
    "a creator's fee above the fee": {"fee": Bps(10), "creator_fee": Bps(11)},
    "a schedule over 99 %": {"schedule_slots": 10, "schedule_fee": Bps(9_901)},
    "a schedule under the fee": {"schedule_slots": 10, "schedule_fee": Bps(99)},
    "a schedule over an hour": {"schedule_slots": 9_001, "schedule_fee": Bps(9_900)},
    "a schedule fee without a schedule": {"schedule_slots": 0, "schedule_fee": Bps(200)},
    "no Raydium": {"raydium_set": 0},
    "an unknown Raydium": {"raydium_set": 3},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_what_lies_outside_the_compiled_bounds_is_refused(bare: Chain, change: dict[str, Any]) -> None:
    """Zero-delay council, duplicate council key (Drift 2026) and the rest of Config's bounds."""
    refused(bare.initialize(**change), ProgramErrorCode.InvalidConfig)


ACCEPTED: dict[str, dict[str, Any]] = {
    "one member": {"council": TEN[:1], "threshold": 1},
    "nine members": {"council": TEN[:9], "threshold": 9},
    "the shortest lock": {"time_lock": 48 * HOUR},
    "the longest lock": {"time_lock": 30 * 24 * HOUR},
    "the smallest R0": {"initial_sol": Lamports(5 * SOL)},
    "the largest R0": {"initial_sol": Lamports(500 * SOL)},
    "no fee": {"fee": Bps(0), "creator_fee": Bps(0)},
    "the highest fee, all the creator's": {"fee": Bps(500), "creator_fee": Bps(500)},
    "the steepest schedule": {"schedule_slots": 9_000, "schedule_fee": Bps(9_900)},
    "the largest cap": {"graduation_cap": Lamports(SOL)},
}


@pytest.mark.parametrize("change", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_the_bounds_themselves_are_accepted(bare: Chain, change: dict[str, Any]) -> None:
    landed(bare.initialize(**change))
    config = bare.config()
    for name, value in change.items():
        assert getattr(config, name) == value


@pytest.mark.parametrize("cut", [-1, 1], ids=["short", "long"])
def test_short_and_trailing_data_is_refused(bare: Chain, cut: int) -> None:
    built = bare.initialize_args().build(bare.ids)
    data = bytes(built.data) + b"\x00" if cut > 0 else bytes(built.data)[:-1]
    refused(
        bare.send(Instruction(built.program_id, data, built.accounts), bare.authority),
        ProgramErrorCode.InvalidData,
    )
