"""What was asked of the program in a transaction that succeeded, in the order in which it ran.

Instructions are the truth that the index is built on: logs can be flooded away or forged, accounts show
only the present. With the state before it and the slot, `core.domain.curve` gives each call's outcome.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Launched:
    mint: str
    curve: str
    creator: str
    name: str
    ticker: str
    uri: str


@dataclass(frozen=True, slots=True)
class Bought:
    """Lamports and atoms as the instruction names them: limits, not results."""

    mint: str
    trader: str
    max_in: int
    min_out: int


@dataclass(frozen=True, slots=True)
class Sold:
    mint: str
    trader: str
    atoms: int
    min_out: int


@dataclass(frozen=True, slots=True)
class Touched:
    """Fees were swept or their recipient was set: nothing of the market changes but the sequence."""

    curve: str


@dataclass(frozen=True, slots=True)
class Graduated:
    """The coin's liquidity moved to `pool`, which holds so many lamports and atoms from then on."""

    mint: str
    pool: str
    sol: int
    atoms: int


Call = Launched | Bought | Sold | Touched | Graduated


@dataclass(frozen=True, slots=True)
class ProgramTransaction:
    """time: unix seconds of the block."""

    signature: str
    slot: int
    time: int
    calls: tuple[Call, ...]
