"""Parameters from strangers: every getter gives the type it names or raises RpcError -32602."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from solders.pubkey import Pubkey

from workers.localnet.errors import MIN_CONTEXT_SLOT, RpcError, invalid_params

_COMMITMENTS = ("processed", "confirmed", "finalized")
_ACCOUNT_ENCODINGS = frozenset(("binary", "base58", "base64", "base64+zstd", "jsonParsed"))
_TX_ENCODINGS = frozenset(("binary", "base58", "base64", "json", "jsonParsed"))
U64 = 2**64


class Config:
    """An optional object of settings, such as commitment and encoding."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def get(self, name: str) -> object:
        """A value as it came, None where absent."""
        return self._values.get(name)

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean."""
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise invalid_params(f"{name} must be true or false")
        return value

    def number(self, name: str) -> int | None:
        """An unsigned integer, None where absent."""
        value = self._values.get(name)
        return None if value is None else unsigned(value, name)

    def text(self, name: str) -> str | None:
        """A string, None where absent."""
        value = self._values.get(name)
        if value is None or isinstance(value, str):
            return value
        raise invalid_params(f"{name} must be a string")

    def account_encoding(self, default: str = "binary") -> str:
        """How account data is given back."""
        return _one_of(self._values.get("encoding"), _ACCOUNT_ENCODINGS, default)

    def tx_encoding(self, default: str = "json") -> str:
        """How transactions are given back."""
        return _one_of(self._values.get("encoding"), _TX_ENCODINGS, default)

    def data_slice(self) -> tuple[int, int] | None:
        """(offset, length) of the account data wanted."""
        value = self._values.get("dataSlice")
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise invalid_params("dataSlice must be an object with offset and length")
        return unsigned(value.get("offset"), "dataSlice.offset"), unsigned(
            value.get("length"), "dataSlice.length"
        )

    def check_context(self, slot: int) -> None:
        """Refuses an unknown commitment, and a slot to wait for that hasn't come."""
        commitment = self._values.get("commitment")
        if commitment is not None and commitment not in _COMMITMENTS:
            raise invalid_params(
                f"unknown commitment {str(commitment)[:40]!r}: processed, confirmed or finalized"
            )
        wanted = self.number("minContextSlot")
        if wanted is not None and wanted > slot:
            raise RpcError(
                MIN_CONTEXT_SLOT, "Minimum context slot has not been reached", {"contextSlot": slot}
            )


@dataclass(frozen=True, slots=True)
class Params:
    """The positional parameters of one call."""

    values: Sequence[object]

    def get(self, index: int) -> object:
        """A value as it came, None where absent."""
        return self.values[index] if index < len(self.values) else None

    def pubkey(self, index: int) -> Pubkey:
        """An address."""
        return pubkey(self.get(index))

    def text(self, index: int, name: str) -> str:
        """A string."""
        value = self.get(index)
        if not isinstance(value, str):
            raise invalid_params(f"{name} must be a string")
        return value

    def number(self, index: int, name: str) -> int:
        """An unsigned integer."""
        return unsigned(self.get(index), name)

    def items(self, index: int, name: str, most: int) -> list[object]:
        """A list of at most `most` values."""
        value = self.get(index)
        if not isinstance(value, list):
            raise invalid_params(f"{name} must be a list")
        if len(value) > most:
            raise invalid_params(f"too many inputs provided; max {most}")
        return value

    def config(self, index: int, slot: int) -> Config:
        """The settings object at `index`, its commitment and minContextSlot checked against `slot`."""
        value = self.get(index)
        if value is None:
            return Config({})
        if not isinstance(value, Mapping):
            raise invalid_params(f"parameter {index} must be an object")
        config = Config(value)
        config.check_context(slot)
        return config


def pubkey(value: object) -> Pubkey:
    """An address from base58."""
    if isinstance(value, str):
        try:
            return Pubkey.from_string(value)
        except ValueError:
            pass  # said below, with the value
    raise invalid_params(f"not a public key: {str(value)[:100]!r}")


def unsigned(value: object, name: str) -> int:
    """An integer that fits 64 bits without sign."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < U64:
        raise invalid_params(f"{name} must be an unsigned integer")
    return value


def _one_of(value: object, known: frozenset[str], default: str) -> str:
    if value is None:
        return default
    if isinstance(value, str) and value in known:
        return value
    raise invalid_params(f"unknown encoding {str(value)[:40]!r}: {', '.join(sorted(known))}")


def with_context(slot: int, value: object) -> dict[str, object]:
    """The envelope of answers that depend on a slot."""
    return {"context": {"slot": slot, "apiVersion": "2.3.4"}, "value": value}
