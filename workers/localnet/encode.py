"""Accounts and transactions in the JSON forms of the RPC."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from solders.account import Account
from solders.message import Message, MessageV0
from solders.pubkey import Pubkey
from solders.signature import Signature

from core.domain import base58
from workers.localnet import meta, tables, tokens, zstd
from workers.localnet.errors import HISTORY_VERSION, INVALID_REQUEST, RpcError
from workers.localnet.ledger import TxRow
from workers.localnet.wire import Roles, decode, roles

RENT_EPOCH = 2**64 - 1  # what rent-exempt accounts show on a cluster
_BASE58_LIMIT = 128
Find = Callable[[Pubkey], Account | None]


def account(
    value: Account | None, encoding: str, slice_: tuple[int, int] | None, find: Find
) -> dict[str, object] | None:
    """An account; `slice_` is (offset, length) of its data; `find` gives the mint that jsonParsed needs."""
    if value is None:
        return None
    data: object = None
    if encoding == "jsonParsed":
        data = tokens.parsed(value, find) or tables.parsed(value)
    if data is None:
        data = _data(value.data, encoding, slice_)
    return {
        "lamports": value.lamports,
        "owner": str(value.owner),
        "executable": value.executable,
        "rentEpoch": RENT_EPOCH,
        "data": data,
        "space": len(value.data),
    }


def _data(data: bytes, encoding: str, slice_: tuple[int, int] | None) -> object:
    if slice_ is not None:
        offset, length = slice_
        data = data[offset : offset + length]
    if encoding in ("binary", "base58"):
        if len(data) > _BASE58_LIMIT:
            raise RpcError(
                INVALID_REQUEST,
                "Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding.",
            )
        text = base58.encode(data)
        return text if encoding == "binary" else [text, "base58"]
    if encoding == "base64+zstd":
        return [base64.b64encode(zstd.frame(data)).decode(), "base64+zstd"]
    return [base64.b64encode(data).decode(), "base64"]


# ---------------------------------------------------------------------- transactions


def transaction(row: TxRow, encoding: str, max_version: int | None) -> dict[str, object]:
    """A stored transaction with its meta and version; RpcError -32015 if the client can't read the version."""
    wire = decode(row.raw)
    stored = meta.unpack(row.meta)
    is_v0 = isinstance(wire.message, MessageV0)
    if is_v0 and max_version is None:
        raise RpcError(
            HISTORY_VERSION,
            "Transaction version (0) is not supported by the requesting client. "
            'Please try the request again with the following configuration parameter: "maxSupportedTransactionVersion": 0',
        )
    body: object
    if encoding in ("json", "jsonParsed"):
        named = roles(wire.message, *_loaded(stored))
        parsed = encoding == "jsonParsed"
        message = _parsed_message(wire.message, named) if parsed else _message(wire.message)
        body = {"signatures": [str(signature) for signature in wire.tx.signatures], "message": message}
        if parsed:
            stored["innerInstructions"] = parse_inner(stored["innerInstructions"], named.keys)
            del stored["loadedAddresses"]
    elif encoding == "base64":
        body = [base64.b64encode(row.raw).decode(), "base64"]
    else:
        text = base58.encode(row.raw)
        body = text if encoding == "binary" else [text, "base58"]
    result: dict[str, object] = {"transaction": body, "meta": stored}
    if max_version is not None:
        result["version"] = 0 if is_v0 else "legacy"
    return result


def signature(row: TxRow) -> str:
    """The signature that names a stored transaction."""
    return str(Signature.from_bytes(row.sig))


def _loaded(stored: dict[str, Any]) -> tuple[list[Pubkey], list[Pubkey]]:
    loaded = stored["loadedAddresses"]
    writable, readonly = (
        [Pubkey.from_string(key) for key in loaded[kind]] for kind in ("writable", "readonly")
    )
    return writable, readonly


def _message(message: Message | MessageV0) -> dict[str, object]:
    header = message.header
    body: dict[str, object] = {
        "accountKeys": [str(key) for key in message.account_keys],
        "header": {
            "numRequiredSignatures": header.num_required_signatures,
            "numReadonlySignedAccounts": header.num_readonly_signed_accounts,
            "numReadonlyUnsignedAccounts": header.num_readonly_unsigned_accounts,
        },
        "recentBlockhash": str(message.recent_blockhash),
        "instructions": [
            {
                "programIdIndex": instruction.program_id_index,
                "accounts": list(instruction.accounts),
                "data": base58.encode(instruction.data),
                "stackHeight": 1,
            }
            for instruction in message.instructions
        ],
    }
    if isinstance(message, MessageV0):
        body["addressTableLookups"] = _lookups(message)
    return body


def _lookups(message: MessageV0) -> list[dict[str, object]]:
    return [
        {
            "accountKey": str(lookup.account_key),
            "writableIndexes": list(lookup.writable_indexes),
            "readonlyIndexes": list(lookup.readonly_indexes),
        }
        for lookup in message.address_table_lookups
    ]


def _parsed_message(message: Message | MessageV0, named: Roles) -> dict[str, object]:
    """Instructions are given partly decoded: program, accounts and data, as a cluster does for programs
    that it doesn't know."""
    body: dict[str, object] = {
        "accountKeys": account_keys(named),
        "recentBlockhash": str(message.recent_blockhash),
        "instructions": [
            _instruction(item.program_id_index, list(item.accounts), base58.encode(item.data), 1, named.keys)
            for item in message.instructions
        ],
    }
    if isinstance(message, MessageV0):
        body["addressTableLookups"] = _lookups(message)
    return body


def account_keys(named: Roles) -> list[dict[str, object]]:
    """The parsed form of a transaction's keys."""
    return [
        {
            "pubkey": str(key),
            "signer": index < named.signers,
            "writable": named.writable[index],
            "source": "transaction" if index < named.static else "lookupTable",
        }
        for index, key in enumerate(named.keys)
    ]


def parse_inner(groups: list[dict[str, Any]], keys: list[Pubkey]) -> list[dict[str, object]]:
    """Inner instructions with keys instead of indexes."""
    return [
        {
            "index": group["index"],
            "instructions": [
                _instruction(
                    call["programIdIndex"], call["accounts"], call["data"], call["stackHeight"], keys
                )
                for call in group["instructions"]
            ],
        }
        for group in groups
    ]


def _instruction(
    program: int, accounts: list[int], data: str, height: int | None, keys: list[Pubkey]
) -> dict[str, object]:
    return {
        "programId": str(keys[program]),
        "accounts": [str(keys[index]) for index in accounts],
        "data": data,
        "stackHeight": height,
    }
