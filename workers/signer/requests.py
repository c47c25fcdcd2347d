"""What may be asked of the signer, parsed from hostile JSON into types. Nothing here touches a key."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from solders.hash import Hash
from solders.pubkey import Pubkey

from core.adapters.chain.raydium.addresses import BY_SET
from core.domain.box import NAME_BYTES, STRINGS_BYTES, SYMBOL_BYTES
from core.domain.errors import UserError
from core.domain.intent import (
    BuyIntent,
    ClaimIntent,
    GraduateIntent,
    Intent,
    LaunchIntent,
    PoolBuyIntent,
    PoolSellIntent,
    SellIntent,
    SweepIntent,
    WithdrawIntent,
    from_json,
    to_json,
)
from core.domain.merkle import HASH_BYTES, MAX_LEVELS
from core.domain.money import U64_MAX
from core.ports.chain import Blockhash, Compute

_ID = re.compile(r"[A-Za-z0-9_.:@+-]{1,128}")
_I64_MAX = 2**63 - 1  # what a SQLite integer holds
_MAX_UNITS = 1_400_000  # the runtime's limit for a transaction


@dataclass(frozen=True, slots=True)
class CreateWallet:
    request_id: str


@dataclass(frozen=True, slots=True)
class Sign:
    order_id: str
    wallet: str
    intent: Intent
    blockhash: Blockhash
    compute: Compute

    def digest(self) -> str:
        """Equal for equal requests: tells a repeat from another request under the same order id."""
        value = [self.wallet, to_json(self.intent), asdict(self.blockhash), asdict(self.compute)]
        return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class WithdrawnToday:
    wallet: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Whether the signer answers: by a health check, so it leaves no trace in the log."""


Request = CreateWallet | Sign | WithdrawnToday | Ping


def parse(message: dict[str, Any]) -> Request:
    """The request in a frame. Raises `UserError` order-invalid with the `field` that is wrong."""
    params = message.get("params")
    if set(message) != {"method", "params"} or not isinstance(params, dict):
        raise UserError("order-invalid", field="request")
    match message["method"]:
        case "create_wallet":
            _only(params, "request_id")
            return CreateWallet(_id(params, "request_id"))
        case "sign":
            _only(params, "order_id", "wallet", "intent", "blockhash", "compute")
            return Sign(
                order_id=_id(params, "order_id"),
                wallet=_address(params["wallet"], "wallet"),
                intent=_intent(params["intent"]),
                blockhash=_blockhash(params["blockhash"]),
                compute=_compute(params["compute"]),
            )
        case "withdrawn_today":
            _only(params, "wallet")
            return WithdrawnToday(_address(params["wallet"], "wallet"))
        case "ping":
            _only(params)
            return Ping()
        case _:
            raise UserError("order-invalid", field="method")


def order_id_of(message: dict[str, Any]) -> str | None:
    """The id of the order that a frame speaks of, if it does: for the log of what was refused."""
    params = message.get("params")
    value = params.get("order_id") if isinstance(params, dict) else None
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _only(params: dict[str, Any], *names: str) -> None:
    if set(params) != set(names):
        raise UserError("order-invalid", field="params")


def _id(params: dict[str, Any], name: str) -> str:
    value = params[name]
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        raise UserError("order-invalid", field=name)
    return value


def _address(value: Any, field: str) -> str:
    """32 bytes in base58, on the curve or not."""
    if isinstance(value, str) and 32 <= len(value) <= 44:
        try:
            return str(Pubkey.from_string(value))
        except ValueError:
            raise UserError("order-invalid", field=field) from None
    raise UserError("order-invalid", field=field)


def _integer(value: Any, field: str, lowest: int, highest: int) -> int:
    if type(value) is not int or not lowest <= value <= highest:
        raise UserError("order-invalid", field=field)
    return value


def _blockhash(value: Any) -> Blockhash:
    if not isinstance(value, dict) or set(value) != {"hash", "last_valid_block_height"}:
        raise UserError("order-invalid", field="blockhash")
    text = value["hash"]
    if not isinstance(text, str) or not 32 <= len(text) <= 44:
        raise UserError("order-invalid", field="blockhash")
    try:
        known = str(Hash.from_string(text))
    except ValueError:
        raise UserError("order-invalid", field="blockhash") from None
    return Blockhash(known, _integer(value["last_valid_block_height"], "blockhash", 0, _I64_MAX))


def _compute(value: Any) -> Compute:
    if not isinstance(value, dict) or set(value) != {"unit_limit", "unit_price"}:
        raise UserError("order-invalid", field="compute")
    return Compute(
        unit_limit=_integer(value["unit_limit"], "unit_limit", 1, _MAX_UNITS),
        unit_price=_integer(value["unit_price"], "unit_price", 0, U64_MAX),
    )


def _intent(value: Any) -> Intent:
    """Types, ranges and forms; whether it is allowed is asked of `limits`."""
    if not isinstance(value, dict):
        raise UserError("order-invalid", field="intent")
    try:
        intent = from_json(value)
    except ValueError:
        raise UserError("order-invalid", field="intent") from None
    match intent:
        case BuyIntent():
            _address(intent.mint, "mint")
            _integer(intent.max_in, "max_in", 1, U64_MAX)
            _integer(intent.min_out, "min_out", 0, U64_MAX)
            _integer(intent.deadline_slot, "deadline_slot", 0, U64_MAX)
        case SellIntent():
            _address(intent.mint, "mint")
            _integer(intent.amount, "amount", 1, U64_MAX)
            _integer(intent.min_out, "min_out", 0, U64_MAX)
            _integer(intent.deadline_slot, "deadline_slot", 0, U64_MAX)
        case PoolBuyIntent():
            _address(intent.mint, "mint")
            _integer(intent.lamports, "lamports", 1, U64_MAX)
            _integer(intent.min_out, "min_out", 0, U64_MAX)
            _deployment(intent.raydium_set)
        case PoolSellIntent():
            _address(intent.mint, "mint")
            _integer(intent.amount, "amount", 1, U64_MAX)
            _integer(intent.min_out, "min_out", 0, U64_MAX)
            _deployment(intent.raydium_set)
        case LaunchIntent():
            _launch(intent)
        case WithdrawIntent():
            _integer(intent.lamports, "lamports", 1, U64_MAX)
            if (
                len(intent.destination) > 64
            ):  # whether it is an address is for `limits` to say, in its own words
                raise UserError("order-invalid", field="destination")
        case SweepIntent():
            for field in ("mint", "treasury", "fee_recipient"):
                _address(getattr(intent, field), field)
        case GraduateIntent():
            _graduate(intent)
        case ClaimIntent():
            _claim(intent)
    return intent


def _deployment(raydium_set: int) -> None:
    """One of Raydium's that we know: no other program is ever given a wallet's tokens."""
    if raydium_set not in BY_SET:
        raise UserError("order-invalid", field="raydium_set")


def _launch(intent: LaunchIntent) -> None:
    texts = {"name": intent.name, "symbol": intent.symbol, "uri": intent.uri}
    most = {"name": NAME_BYTES, "symbol": SYMBOL_BYTES, "uri": STRINGS_BYTES}
    total = 0
    for field, text in texts.items():
        size = len(_utf8(text, field))
        total += size
        if not 1 <= size <= most[field] or total > STRINGS_BYTES:
            raise UserError("order-invalid", field=field)
    if re.fullmatch(r"[0-9a-f]{64}", intent.seed_commitment) is None:
        raise UserError("order-invalid", field="seed_commitment")
    _integer(intent.config_version, "config_version", 0, U64_MAX)
    _integer(intent.first_buy, "first_buy", 0, U64_MAX)


def _graduate(intent: GraduateIntent) -> None:
    _address(intent.mint, "mint")
    if intent.raydium_set not in BY_SET:
        raise UserError("order-invalid", field="raydium_set")
    _integer(intent.max_top_up, "max_top_up", 0, U64_MAX)
    _integer(intent.finish, "finish", 0, U64_MAX)
    least, most = (
        (1, U64_MAX) if intent.finish else (0, 0)
    )  # what is spent and what it is spent on go together
    _integer(intent.finish_max_in, "finish_max_in", least, most)


def _claim(intent: ClaimIntent) -> None:
    for field in ("epoch", "index"):
        _integer(getattr(intent, field), field, 0, U64_MAX)
    _integer(intent.amount, "amount", 1, U64_MAX)
    if re.fullmatch(rf"([0-9a-f]{{{2 * HASH_BYTES}}}){{0,{MAX_LEVELS}}}", intent.proof) is None:
        raise UserError("order-invalid", field="proof")


def _utf8(text: str, field: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate: JSON can spell it, no encoding can
        raise UserError("order-invalid", field=field) from None
