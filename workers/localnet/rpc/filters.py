"""The filters of getProgramAccounts and programSubscribe."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from solders.account import Account

from core.domain import base58
from workers.localnet.errors import invalid_params
from workers.localnet.rpc.params import unsigned
from workers.localnet.tokens import is_token_account

_MAX_FILTERS = 4
_MAX_BYTES = 128


@dataclass(frozen=True, slots=True)
class Memcmp:
    """Data that must hold `wanted` at `offset`."""

    offset: int
    wanted: bytes


@dataclass(frozen=True, slots=True)
class Filters:
    """What an account's data must look like."""

    size: int | None
    token_account: bool
    memcmps: tuple[Memcmp, ...]

    def match(self, account: Account) -> bool:
        """Whether all filters hold."""
        data = account.data
        if self.size is not None and len(data) != self.size:
            return False
        if self.token_account and not is_token_account(account):
            return False
        return all(data[m.offset : m.offset + len(m.wanted)] == m.wanted for m in self.memcmps)


def parse(value: object) -> Filters:
    """Filters from a request."""
    if value is None:
        return Filters(None, token_account=False, memcmps=())
    if not isinstance(value, list) or len(value) > _MAX_FILTERS:
        raise invalid_params(f"filters must be a list of at most {_MAX_FILTERS}")
    size, token_account, memcmps = None, False, []
    for item in value:
        if item == "tokenAccountState" or (isinstance(item, Mapping) and "tokenAccountState" in item):
            token_account = True
        elif isinstance(item, Mapping) and "dataSize" in item:
            size = unsigned(item["dataSize"], "dataSize")
        elif isinstance(item, Mapping) and isinstance(item.get("memcmp"), Mapping):
            memcmps.append(_memcmp(item["memcmp"]))
        else:
            raise invalid_params("a filter is {dataSize}, {memcmp: {offset, bytes}} or tokenAccountState")
    return Filters(size, token_account, tuple(memcmps))


def _memcmp(value: Mapping[str, object]) -> Memcmp:
    offset, text, encoding = (
        unsigned(value.get("offset"), "memcmp.offset"),
        value.get("bytes"),
        value.get("encoding"),
    )
    try:
        if isinstance(text, list):
            wanted = bytes(text)
        elif not isinstance(text, str) or len(text) > 2 * _MAX_BYTES:
            raise ValueError("length")
        elif encoding == "base64":
            wanted = base64.b64decode(text, validate=True)
        elif encoding in (None, "base58", "binary"):
            wanted = base58.decode(text)
        else:
            raise ValueError("encoding")
    except (ValueError, TypeError, binascii.Error) as error:
        raise invalid_params("memcmp.bytes must be base58 or base64 of at most 128 bytes") from error
    if len(wanted) > _MAX_BYTES:
        raise invalid_params("memcmp.bytes must be base58 or base64 of at most 128 bytes")
    return Memcmp(offset, wanted)
