"""Which Token-2022 coins a pool on Raydium's CPMM takes: the binary that RAYDIUM_CPMM_SO names, by default the stand-in."""

from __future__ import annotations

import pytest

from core.adapters.chain.program.layout import u16
from tests.contracts.pools import (
    START_ATOMS,
    START_SOL,
    Market,
    make,
    standin,
)
from tests.program.harness import SOL, landed, refused


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
