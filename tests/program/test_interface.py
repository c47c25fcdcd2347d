"""IDL, client and binary say the same: anchorpy, explorers and our own code read one interface."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.transaction_metadata import FailedTransactionMetadata

from core.adapters.chain.program.accounts import ClaimPage, Config, Curve, RewardEpoch
from core.adapters.chain.program.action import ACTIONS, RotateCouncil, encode_action, read_action
from core.adapters.chain.program.approve import Approve
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.cancel import Cancel
from core.adapters.chain.program.claim import Claim
from core.adapters.chain.program.close_epoch import CloseEpoch
from core.adapters.chain.program.close_page import ClosePage
from core.adapters.chain.program.errors import ProgramErrorCode, program_error
from core.adapters.chain.program.events import EVENTS, decode_event
from core.adapters.chain.program.execute import Execute
from core.adapters.chain.program.graduate import Graduate
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.initialize import Initialize
from core.adapters.chain.program.launch import Launch
from core.adapters.chain.program.layout import LayoutError, Reader
from core.adapters.chain.program.open_epoch import OpenEpoch
from core.adapters.chain.program.pause import Pause
from core.adapters.chain.program.proposal import Proposal
from core.adapters.chain.program.propose import Propose
from core.adapters.chain.program.rotate import Rotate
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.program.set_fee_recipient import SetFeeRecipient
from core.adapters.chain.program.sweep_fees import SweepFees
from core.adapters.chain.program.unpause import Unpause
from core.adapters.chain.program.upgrade import Upgrade
from core.adapters.chain.program.void_epoch import VoidEpoch
from core.domain.curve import CurveErrorCode
from core.domain.money import Bps, Lamports, TokenAtoms
from tests.program.council import ONE_OF_EACH
from tests.program.harness import ARTIFACTS, Chain, key, launch_args, refused

PROGRAM = ARTIFACTS.parent
IDL: dict[str, Any] = json.loads((PROGRAM / "idl/pumpbox.json").read_text())
TYPES = {entry["name"]: entry["type"].get("fields") for entry in IDL["types"]}
IDS = ProgramIds(key(1).pubkey())
ACTION_SPACE = 296  # in a proposal's account: the longest action, rounded up to 8
SIZES = {"u8": 1, "bool": 1, "u16": 2, "u32": 4, "u64": 8, "i64": 8, "pubkey": 32}


def _unsigned(count: int, largest: int) -> st.SearchStrategy[bytes]:
    return st.integers(0, largest).map(lambda value: value.to_bytes(count, "little"))


BYTES_OF = {
    "u8": _unsigned(1, 255),
    "bool": _unsigned(1, 1),
    "u16": _unsigned(2, 10_000),  # every u16 of an event is a rate or a count of slots
    "u32": _unsigned(4, 2**32 - 1),
    "u64": _unsigned(8, 2**64 - 1),
    "i64": _unsigned(8, 2**63 - 1),
    "pubkey": st.binary(min_size=32, max_size=32),
}


def bytes_of(kind: Any) -> st.SearchStrategy[bytes]:
    """Any value of a fixed-size IDL type, packed."""
    if isinstance(kind, str):
        return BYTES_OF[kind]
    return st.binary(min_size=size(kind), max_size=size(kind))


_a, _b, _c = (key(n).pubkey() for n in (201, 202, 203))
BUILT: dict[str, Any] = {
    "initialize": Initialize(
        _a, _b, 172_800, Lamports(5), Lamports(6), Bps(7), Bps(8), _a, _b, _c, (_a, _b), 2, 1
    ),
    "launch": launch_args(_a),
    "buy": Buy(_a, _b, Lamports(1), TokenAtoms(2), 3),
    "sell": Sell(_a, _b, TokenAtoms(1), Lamports(2), 3),
    "sweep_fees": SweepFees(_a, _b, _c),
    "set_fee_recipient": SetFeeRecipient(_a, _b, _c),
    "propose": Propose(_a, _b, 3, 4, RotateCouncil(1, (_a, _b))),
    "approve": Approve(_a, 3, bytes(32)),
    "execute": Execute(3, _a),
    "rotate": Rotate(3, _a),
    "upgrade": Upgrade(3, _a, _b),
    "cancel": Cancel(_a, 3, _b),
    "pause": Pause(_a),
    "unpause": Unpause(3, _a),
    "open_epoch": OpenEpoch(_a, _b, 0, bytes(32), bytes(32), 1, Lamports(10**9), 2_592_000),
    "void_epoch": VoidEpoch(_a, 0, _b),
    "claim": Claim(_a, 0, 1, _b, Lamports(3), (bytes(32), bytes(32))),
    "close_epoch": CloseEpoch(0, _a),
    "close_page": ClosePage(0, 1, _a),
    "graduate": Graduate(_a, _b, 1, Lamports(2)),
}
CLIENTS: dict[str, Any] = {
    "initialize": Initialize,
    "launch": Launch,
    "buy": Buy,
    "sell": Sell,
    "sweep_fees": SweepFees,
    "set_fee_recipient": SetFeeRecipient,
    "propose": Propose,
    "approve": Approve,
    "execute": Execute,
    "rotate": Rotate,
    "upgrade": Upgrade,
    "cancel": Cancel,
    "pause": Pause,
    "unpause": Unpause,
    "open_epoch": OpenEpoch,
    "void_epoch": VoidEpoch,
    "claim": Claim,
    "close_epoch": CloseEpoch,
    "close_page": ClosePage,
    "graduate": Graduate,
}
INSTRUCTIONS = pytest.mark.parametrize("entry", IDL["instructions"], ids=lambda entry: entry["name"])


def size(kind: Any) -> int:
    """Bytes of a fixed-size IDL type."""
    if isinstance(kind, str):
        return SIZES[kind]
    if "defined" in kind:
        return ACTION_SPACE
    element, count = kind["array"]
    return size(element) * int(count)


def encoded(fields: list[dict[str, Any]], data: bytes) -> dict[str, Any]:
    """Reads packed fields as the IDL describes them."""
    values, at = {}, 0
    for entry in fields:
        kind = entry["type"]
        raw = data[at : at + size(kind)]
        at += size(kind)
        values[entry["name"]] = (
            raw if kind == "pubkey" or isinstance(kind, dict) else int.from_bytes(raw, "little")
        )
    assert at == len(data)
    return values


def test_the_idl_names_exactly_the_clients_instructions() -> None:
    assert [entry["name"] for entry in IDL["instructions"]] == list(CLIENTS)


@INSTRUCTIONS
def test_discriminators_are_the_clients_and_anchors(entry: dict[str, Any]) -> None:
    assert bytes(entry["discriminator"]) == CLIENTS[entry["name"]].DISCRIMINATOR
    assert bytes(entry["discriminator"]) == hashlib.sha256(f"global:{entry['name']}".encode()).digest()[:8]


@INSTRUCTIONS
def test_accounts_stand_in_the_idls_order_with_its_flags(entry: dict[str, Any]) -> None:
    built = BUILT[entry["name"]].build(IDS)
    flags = [(meta.is_signer, meta.is_writable) for meta in built.accounts]
    assert flags == [(a.get("signer", False), a.get("writable", False)) for a in entry["accounts"]]
    for meta, account in zip(built.accounts, entry["accounts"], strict=True):
        if "address" in account:
            assert str(meta.pubkey) == account["address"]


@INSTRUCTIONS
def test_addresses_derive_from_the_idls_seeds(entry: dict[str, Any]) -> None:
    args = BUILT[entry["name"]]
    built = args.build(IDS)
    keys = {a["name"]: meta.pubkey for a, meta in zip(entry["accounts"], built.accounts, strict=True)}
    for account in entry["accounts"]:
        if "pda" not in account:
            continue
        seed_of = {
            "const": lambda seed: bytes(seed["value"]),
            "account": lambda seed: bytes(keys[seed["path"]]),
            "arg": lambda seed: getattr(args, seed["path"]).to_bytes(8, "little"),  # every one is a u64
        }
        seeds = [seed_of[seed["kind"]](seed) for seed in account["pda"]["seeds"]]
        match account["pda"].get("program"):
            case {"kind": "const", "value": value}:
                program = Pubkey.from_bytes(bytes(value))
            case {"kind": "account", "path": path}:
                program = keys[path]
            case _:
                program = IDS.program
        assert Pubkey.find_program_address(seeds, program)[0] == keys[account["name"]]


@INSTRUCTIONS
def test_the_binary_takes_as_many_accounts_as_the_idl_says(entry: dict[str, Any], chain: Chain) -> None:
    """One less is NotEnoughAccounts, the full count is not; so the IDL forgets none and invents none."""
    built = BUILT[entry["name"]].build(chain.ids)
    signer = chain.wallet()
    metas = [AccountMeta(signer.pubkey(), is_signer=True, is_writable=True)] * len(built.accounts)
    short = Instruction(chain.ids.program, built.data, metas[:-1])
    refused(chain.send(short, signer), ProgramErrorCode.NotEnoughAccounts)
    full = chain.send(Instruction(chain.ids.program, built.data, metas), signer)
    assert isinstance(full, FailedTransactionMetadata)
    assert "Custom(6002)" not in str(full.err())


@pytest.mark.parametrize("name", [name for name in BUILT if name != "initialize"])
def test_short_and_trailing_data_is_refused(name: str, chain: Chain) -> None:
    """Adversary list: short and trailing data. A parser that ignores a tail lets two messages mean one.

    Data is read first, except by initialize, which proves the authority before: see test_initialize.
    """
    built = BUILT[name].build(chain.ids)
    data, signer = bytes(built.data), chain.wallet()
    metas = [
        AccountMeta(meta.pubkey, is_signer=False, is_writable=meta.is_writable) for meta in built.accounts
    ]
    cut = [data[:-1]] if len(data) > 8 else []  # sweep_fees is all discriminator
    for wrong in [data + b"\x00", *cut]:
        sent = chain.send(Instruction(chain.ids.program, wrong, metas), signer)
        refused(sent, ProgramErrorCode.InvalidData)


@pytest.mark.parametrize("data", [b"", b"1234567", bytes(8), b"\xff" * 40], ids=["none", "7", "zero", "ones"])
def test_data_that_names_no_instruction_is_refused(chain: Chain, data: bytes) -> None:
    signer = chain.wallet()
    refused(chain.send(Instruction(chain.ids.program, data, []), signer), ProgramErrorCode.UnknownInstruction)


def test_error_codes_are_one_table_in_source_idl_and_client() -> None:
    source = re.findall(r"^    (\w+) = (\d+),$", (PROGRAM / "src/error.rs").read_text(), re.MULTILINE)
    in_source = {name: int(code) for name, code in source}
    in_idl = {entry["name"]: entry["code"] for entry in IDL["errors"]}
    in_client = {code.name: code.value for code in ProgramErrorCode}
    assert in_source == in_idl == in_client
    assert all(entry["msg"] for entry in IDL["errors"])


def test_the_domains_refusals_are_program_errors_of_the_same_name() -> None:
    assert {code.value for code in CurveErrorCode} <= {code.name for code in ProgramErrorCode}
    assert program_error(6000) is ProgramErrorCode.UnknownInstruction
    assert program_error(1) is None


def test_events_have_the_idls_names_discriminators_and_fields() -> None:
    listed = {entry["name"]: bytes(entry["discriminator"]) for entry in IDL["events"]}
    assert listed == {event.__name__: event.DISCRIMINATOR for event in EVENTS}
    for kind in EVENTS:
        assert [entry["name"] for entry in TYPES[kind.__name__]] == [entry.name for entry in fields(kind)]


@given(data=st.data())
def test_events_read_as_the_idl_describes_them(data: st.DataObject) -> None:
    kind: Any = data.draw(st.sampled_from(EVENTS))
    layout = TYPES[kind.__name__]
    raw = b"".join(data.draw(bytes_of(entry["type"])) for entry in layout)
    event = decode_event(kind.DISCRIMINATOR + raw)
    for name, value in encoded(layout, raw).items():
        shown = getattr(event, name)
        assert bytes(shown) == value if isinstance(value, bytes) else int(shown) == value, name


def test_bytes_that_are_no_event_are_refused() -> None:
    kind = EVENTS[0]
    for wrong in (b"", b"12345678", kind.DISCRIMINATOR, kind.DISCRIMINATOR + bytes(17)):
        with pytest.raises(LayoutError):
            decode_event(wrong)


ACCOUNTS: list[Any] = [Config, Curve, Proposal, RewardEpoch, ClaimPage]


def test_the_idl_names_exactly_the_clients_accounts() -> None:
    assert [entry["name"] for entry in IDL["accounts"]] == [kind.__name__ for kind in ACCOUNTS]


@pytest.mark.parametrize("kind", ACCOUNTS, ids=lambda kind: kind.__name__)
def test_account_layouts_have_the_idls_size_and_discriminator(kind: Any) -> None:
    listed = {entry["name"]: bytes(entry["discriminator"]) for entry in IDL["accounts"]}
    assert listed[kind.__name__] == kind.DISCRIMINATOR
    assert 8 + sum(size(entry["type"]) for entry in TYPES[kind.__name__]) == kind.SIZE
    with pytest.raises(LayoutError):
        kind.decode(kind.DISCRIMINATOR + bytes(kind.SIZE - 9))
    with pytest.raises(LayoutError):
        kind.decode(kind.DISCRIMINATOR + bytes(kind.SIZE - 7))
    with pytest.raises(LayoutError):
        kind.decode(bytes(kind.SIZE))


def borsh(kind: Any, value: Any) -> bytes:
    """A value as Borsh writes the IDL's type."""
    match kind:
        case "pubkey":
            return bytes(value)
        case {"array": _}:
            return bytes(value)
        case {"vec": element}:
            return len(value).to_bytes(4, "little") + b"".join(borsh(element, item) for item in value)
        case _:
            return int(value).to_bytes(SIZES[kind], "little")


def test_actions_are_the_idls_borsh_enum() -> None:
    """Any client that reads the IDL makes and reads the bytes that are approved."""
    (variants,) = (t["type"]["variants"] for t in IDL["types"] if t["name"] == "Action")
    assert [variant["name"] for variant in variants] == [kind.__name__ for kind in ACTIONS]
    for action in ONE_OF_EACH:
        listed = variants[action.TAG].get("fields", [])
        assert [entry["name"] for entry in listed] == [entry.name for entry in fields(action)]
        packed = b"".join(borsh(entry["type"], getattr(action, entry["name"])) for entry in listed)
        assert encode_action(action) == bytes([action.TAG]) + packed
        assert read_action(Reader(encode_action(action))) == action


def test_config_is_read_field_by_field_as_it_was_set(chain: Chain) -> None:
    raw = encoded(TYPES["Config"], chain.account(chain.ids.config).data[8:])
    assert raw["config_version"] == raw["sequence"] == 1
    assert raw["next_proposal"] == raw["next_epoch"] == raw["paused_until"] == raw["pause_allowed_at"] == 0
    assert raw["time_lock"] == 172_800
    assert raw["initial_sol"] == chain.terms.initial_sol
    assert raw["graduation_cap"] == chain.terms.graduation_cap
    assert (raw["fee"], raw["creator_fee"]) == (100, 30)
    assert (raw["schedule_fee"], raw["schedule_slots"]) == (0, 0)
    assert (raw["council_len"], raw["threshold"], raw["raydium_set"]) == (3, 2, 1)
    assert raw["guardian"] == bytes(chain.guardian.pubkey())
    assert raw["treasury"] == bytes(chain.treasury)
    assert raw["rewards"] == bytes(chain.rewards.pubkey())
    council = b"".join(bytes(member.pubkey()) for member in chain.council)
    assert raw["council"] == council.ljust(9 * 32, b"\0")
    assert raw["reserved"] == bytes(40)
    decoded = chain.config()
    for name in (
        "config_version",
        "time_lock",
        "initial_sol",
        "graduation_cap",
        "fee",
        "creator_fee",
        "bump",
    ):
        assert getattr(decoded, name) == raw[name], name
    assert decoded.council == tuple(member.pubkey() for member in chain.council)


@given(raw=st.binary(min_size=200, max_size=200))
def test_a_curve_is_read_field_by_field_whatever_its_bytes(raw: bytes) -> None:
    fields = {entry["name"]: entry["type"] for entry in TYPES["Curve"]}
    at, data = 8, bytearray(Curve.DISCRIMINATOR + raw[8:])
    for name, kind in fields.items():  # bps are at most 10,000 in any account of ours
        if name in ("fee", "creator_fee", "schedule_fee"):
            data[at : at + 2] = (int.from_bytes(data[at : at + 2], "little") % 10_001).to_bytes(2, "little")
        at += size(kind)
    values = encoded(TYPES["Curve"], bytes(data[8:]))
    curve = Curve.decode(bytes(data))
    for name, value in values.items():
        if name in ("reserved", "flags"):
            continue
        shown = getattr(curve, name) if hasattr(curve, name) else getattr(curve.state, name)
        assert (bytes(shown) if isinstance(value, bytes) else shown) == value, name
    assert curve.state.graduated == bool(values["flags"] & 1)


@pytest.mark.parametrize("kind", [RewardEpoch, ClaimPage], ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_an_account_of_rewards_is_read_field_by_field_whatever_its_bytes(
    data: st.DataObject, kind: Any
) -> None:
    raw = data.draw(st.binary(min_size=kind.SIZE - 8, max_size=kind.SIZE - 8))
    decoded = kind.decode(kind.DISCRIMINATOR + raw)
    for name, value in encoded(TYPES[kind.__name__], raw).items():
        shown = getattr(decoded, name)
        assert (bytes(shown) if isinstance(value, bytes) else shown) == value, name


def test_memcmp_offsets_point_at_mint_and_creator(chain: Chain) -> None:
    creator = chain.wallet()
    mint = chain.launch(creator)
    data = chain.account(chain.ids.curve(mint)).data
    assert data[Curve.MINT_OFFSET :][:32] == bytes(mint)
    assert data[Curve.CREATOR_OFFSET :][:32] == bytes(creator.pubkey())
