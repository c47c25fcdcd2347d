"""What happened to a coin's pool in a transaction that succeeded, in the order in which it ran.

Amounts are what the transaction moved, in lamports and atoms, not what was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Swapped:
    """A trade. `pool_sol` and `pool_atoms`: how the pool's reserves changed, which leave out the fees that Raydium
    takes for itself."""

    trader: str
    side: Literal["buy", "sell"]
    lamports: int
    atoms: int
    pool_sol: int
    pool_atoms: int


@dataclass(frozen=True, slots=True)
class Poured:
    """Somebody put liquidity in, or took their own out: the reserves change, nobody traded."""

    pool_sol: int
    pool_atoms: int


PoolCall = Swapped | Poured


@dataclass(frozen=True, slots=True)
class PoolTransaction:
    """time: unix seconds of the block."""

    signature: str
    slot: int
    time: int
    calls: tuple[PoolCall, ...]
