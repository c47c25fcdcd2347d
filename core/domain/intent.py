"""What a custodial wallet may be asked to sign: typed requests, never bytes.

The signer rebuilds the transaction from these fields alone, with the same builder that simulated it.
Addresses are base58, amounts whole lamports or atoms.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class BuyIntent:
    """Spend at most `max_in` lamports (fee included) for at least `min_out` atoms per the price rule."""

    mint: str
    max_in: int
    min_out: int
    deadline_slot: int


@dataclass(frozen=True, slots=True)
class SellIntent:
    """Sell `amount` atoms for at least `min_out` lamports after the fee."""

    mint: str
    amount: int
    min_out: int
    deadline_slot: int


@dataclass(frozen=True, slots=True)
class PoolBuyIntent:
    """Spend `lamports` on the coin's Raydium pool (fee included) for at least `min_out` atoms. raydium_set: the
    deployment that the pool is of, numbered as in Config. Its deadline is the blockhash's."""

    mint: str
    lamports: int
    min_out: int
    raydium_set: int


@dataclass(frozen=True, slots=True)
class PoolSellIntent:
    """Sell `amount` atoms on the coin's Raydium pool for at least `min_out` lamports."""

    mint: str
    amount: int
    min_out: int
    raydium_set: int


@dataclass(frozen=True, slots=True)
class LaunchIntent:
    """Create the coin; the signing wallet is its creator. `seed_commitment` is 32 bytes in hex."""

    name: str
    symbol: str
    uri: str
    seed_commitment: str
    config_version: int
    first_buy: int = 0  # lamports; 0 for none


@dataclass(frozen=True, slots=True)
class WithdrawIntent:
    """Send `lamports` of SOL to `destination`."""

    destination: str
    lamports: int


@dataclass(frozen=True, slots=True)
class SweepIntent:
    """Send a coin's fees to whom they belong: Config's treasury, the curve's fee recipient. The keeper's alone."""

    mint: str
    treasury: str
    fee_recipient: str


@dataclass(frozen=True, slots=True)
class GraduateIntent:
    """Open the coin's pool at Raydium, paying at most `max_top_up` lamports of what that costs. The keeper's alone.

    finish: atoms that the curve still sells, 0 for a complete coin; they are bought before, for at most
    `finish_max_in` lamports with the fee, and burnt. Exactly so many, or nothing happens.
    """

    mint: str
    raydium_set: int
    max_top_up: int = 0
    finish: int = 0
    finish_max_in: int = 0


@dataclass(frozen=True, slots=True)
class ClaimIntent:
    """Have a leaf of an epoch of rewards paid, whose recipient is the signing wallet: nobody else's can be named.

    proof: the siblings in hex, the lowest first.
    """

    epoch: int
    index: int
    amount: int
    proof: str


Trade = BuyIntent | SellIntent | PoolBuyIntent | PoolSellIntent
Intent = Trade | LaunchIntent | WithdrawIntent | SweepIntent | GraduateIntent | ClaimIntent
_KINDS: dict[str, type[Intent]] = {
    "buy": BuyIntent,
    "sell": SellIntent,
    "pool_buy": PoolBuyIntent,
    "pool_sell": PoolSellIntent,
    "launch": LaunchIntent,
    "withdraw": WithdrawIntent,
    "sweep": SweepIntent,
    "graduate": GraduateIntent,
    "claim": ClaimIntent,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_json(intent: Intent) -> dict[str, Any]:
    """A JSON object with the intent's `kind`; integers beyond 2^53 survive Python's json."""
    return {"kind": _NAMES[type(intent)], **asdict(intent)}


def from_json(value: dict[str, Any]) -> Intent:
    """The intent back. Raises `ValueError` for an unknown kind, missing, extra or wrongly typed fields."""
    fields = dict(value)
    kind = _KINDS.get(str(fields.pop("kind", "")))
    if kind is None:
        raise ValueError("unknown kind of intent")
    annotations = {
        name: str if spec.type == "str" else int for name, spec in kind.__dataclass_fields__.items()
    }
    for name, content in fields.items():
        expected = annotations.get(name)
        if expected is None or type(content) is not expected:
            raise ValueError(f"wrong field {name!r}")
    try:
        return kind(**fields)
    except TypeError as missing:
        raise ValueError("missing field") from missing
