"""Reading the token programs' accounts: layouts, amounts, and the parsed form that clients ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from solders.account import Account
from solders.pubkey import Pubkey

TOKEN_PROGRAM = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
PROGRAM_NAMES = {TOKEN_PROGRAM: "spl-token", TOKEN_2022: "spl-token-2022"}
MINT_SIZE, ACCOUNT_SIZE = 82, 165
_KIND_MINT, _KIND_ACCOUNT = 1, 2  # byte 165 of an account with extensions
_STATES = {0: "uninitialized", 1: "initialized", 2: "frozen"}
_METADATA_POINTER, _TOKEN_METADATA, _IMMUTABLE_OWNER = 18, 19, 7


@dataclass(frozen=True, slots=True)
class Holding:
    """What a token account says: `amount` in atoms."""

    mint: Pubkey
    owner: Pubkey
    amount: int


def is_token_account(account: Account) -> bool:
    """Whether this is an initialized token account of either program."""
    if account.owner not in PROGRAM_NAMES:
        return False
    data = account.data
    if len(data) == ACCOUNT_SIZE:
        return data[108] != 0
    return len(data) > ACCOUNT_SIZE and data[ACCOUNT_SIZE] == _KIND_ACCOUNT and data[108] != 0


def is_mint(account: Account) -> bool:
    """Whether this is an initialized mint of either program."""
    if account.owner not in PROGRAM_NAMES:
        return False
    data = account.data
    if len(data) == MINT_SIZE:
        return data[45] == 1
    return len(data) > ACCOUNT_SIZE and data[ACCOUNT_SIZE] == _KIND_MINT and data[45] == 1


def holding(account: Account) -> Holding | None:
    """The holding of a token account, None for any other account."""
    if not is_token_account(account):
        return None
    data = account.data
    return Holding(Pubkey(data[:32]), Pubkey(data[32:64]), int.from_bytes(data[64:72], "little"))


def supply_and_decimals(mint: Account) -> tuple[int, int]:
    """A mint's supply in atoms, and its decimals."""
    return int.from_bytes(mint.data[36:44], "little"), mint.data[44]


def ui_amount(atoms: int, decimals: int) -> dict[str, object]:
    """An amount as the RPC gives it; only `amount` is exact for every reader."""
    text = str(atoms).rjust(decimals + 1, "0")
    if decimals:
        text = f"{text[:-decimals]}.{text[-decimals:]}".rstrip("0").rstrip(".")
    return {
        "amount": str(atoms),
        "decimals": decimals,
        "uiAmount": atoms / 10**decimals,
        "uiAmountString": text,
    }


def parsed(account: Account, find: Callable[[Pubkey], Account | None]) -> dict[str, object] | None:
    """The jsonParsed form of a token account or a mint; None if it is neither (or its mint is gone)."""
    if is_mint(account):
        kind, info = "mint", _mint_info(account.data)
    elif is_token_account(account):
        mint = find(Pubkey(account.data[:32]))
        if mint is None or not is_mint(mint):
            return None
        kind, info = "account", _account_info(account.data, mint.data[44])
    else:
        return None
    if account.owner == TOKEN_2022 and len(account.data) > ACCOUNT_SIZE:
        info["extensions"] = _extensions(account.data)
    return {
        "program": PROGRAM_NAMES[account.owner],
        "parsed": {"type": kind, "info": info},
        "space": len(account.data),
    }


def _optional(data: bytes, at: int) -> str | None:
    """A COption<Pubkey> at `at`."""
    return str(Pubkey(data[at + 4 : at + 36])) if data[at] else None


def _mint_info(data: bytes) -> dict[str, object]:
    return {
        "mintAuthority": _optional(data, 0),
        "supply": str(int.from_bytes(data[36:44], "little")),
        "decimals": data[44],
        "isInitialized": True,
        "freezeAuthority": _optional(data, 46),
    }


def _account_info(data: bytes, decimals: int) -> dict[str, object]:
    info: dict[str, object] = {
        "mint": str(Pubkey(data[:32])),
        "owner": str(Pubkey(data[32:64])),
        "tokenAmount": ui_amount(int.from_bytes(data[64:72], "little"), decimals),
        "state": _STATES.get(data[108], "uninitialized"),
        "isNative": data[109] != 0,
    }
    if data[109]:
        info["rentExemptReserve"] = ui_amount(int.from_bytes(data[113:121], "little"), decimals)
    if (delegate := _optional(data, 72)) is not None:
        info["delegate"] = delegate
        info["delegatedAmount"] = ui_amount(int.from_bytes(data[121:129], "little"), decimals)
    if (close_authority := _optional(data, 129)) is not None:
        info["closeAuthority"] = close_authority
    return info


def _extensions(data: bytes) -> list[dict[str, object]]:
    """The extensions after byte 166: type u16, length u16, value. Unknown ones are named as such."""
    found: list[dict[str, object]] = []
    at = ACCOUNT_SIZE + 1
    while at + 4 <= len(data):
        kind = int.from_bytes(data[at : at + 2], "little")
        length = int.from_bytes(data[at + 2 : at + 4], "little")
        if kind == 0:
            break
        found.append(_extension(kind, data[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


def _extension(kind: int, value: bytes) -> dict[str, object]:
    if kind == _METADATA_POINTER and len(value) == 64:
        state = {"authority": _nonzero(value[:32]), "metadataAddress": _nonzero(value[32:])}
        return {"extension": "metadataPointer", "state": state}
    if kind == _TOKEN_METADATA and (metadata := _metadata(value)) is not None:
        return {"extension": "tokenMetadata", "state": metadata}
    if kind == _IMMUTABLE_OWNER:
        return {"extension": "immutableOwner"}
    return {"extension": "unparseableExtension"}


def _nonzero(key: bytes) -> str | None:
    return str(Pubkey(key)) if any(key) else None


def _metadata(value: bytes) -> dict[str, object] | None:
    """The Token-2022 metadata: authority, mint, three strings, then pairs of strings."""
    reader = _Reader(value)
    try:
        authority, mint = reader.take(32), reader.take(32)
        name, symbol, uri = reader.text(), reader.text(), reader.text()
        pairs = [[reader.text(), reader.text()] for _ in range(reader.number())]
    except (EOFError, UnicodeDecodeError):
        return None
    return {
        "updateAuthority": _nonzero(authority),
        "mint": str(Pubkey(mint)),
        "name": name,
        "symbol": symbol,
        "uri": uri,
        "additionalMetadata": pairs,
    }


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise EOFError
        part, self._at = self._data[self._at : end], end
        return part

    def number(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def text(self) -> str:
        return self.take(self.number()).decode()
