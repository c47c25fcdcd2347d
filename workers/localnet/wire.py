"""A transaction as it came over the wire: size and form checked before anything runs."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from solders.errors import BincodeError
from solders.hash import Hash
from solders.message import Message, MessageV0
from solders.pubkey import Pubkey
from solders.transaction import SanitizeError, VersionedTransaction

from core.domain import base58
from workers.localnet.errors import INVALID_PARAMS, RpcError, invalid_params

PACKET = 1_232  # bytes: what fits a network packet, so what a cluster takes
_MAX_TEXT = {"base58": 1_683, "base64": 1_644}  # characters that PACKET bytes can need


@dataclass(frozen=True, slots=True)
class Wire:
    """A transaction of legal size and sane form. Signatures aren't checked yet."""

    raw: bytes
    tx: VersionedTransaction
    message: Message | MessageV0
    keys: list[Pubkey]  # static ones

    @property
    def signature(self) -> bytes:
        """The first signature, which names the transaction."""
        return bytes(self.tx.signatures[0])

    @property
    def blockhash(self) -> Hash:
        """The recent blockhash, or the nonce, that the message names."""
        return self.message.recent_blockhash

    def with_blockhash(self, blockhash: Hash) -> Wire:
        """The same transaction on another blockhash; its signatures no longer hold."""
        old = self.message
        new: Message | MessageV0
        if isinstance(old, MessageV0):
            new = MessageV0(
                old.header, old.account_keys, blockhash, old.instructions, old.address_table_lookups
            )
        else:
            header = old.header
            new = Message.new_with_compiled_instructions(
                header.num_required_signatures,
                header.num_readonly_signed_accounts,
                header.num_readonly_unsigned_accounts,
                old.account_keys,
                blockhash,
                old.instructions,
            )
        tx = VersionedTransaction.populate(new, self.tx.signatures)
        return Wire(bytes(tx), tx, new, self.keys)


def unpack(text: object, encoding: object, what: str) -> bytes:
    """The bytes of a text parameter; `what` names it in the error. Refuses text too long to be a packet."""
    if not isinstance(text, str):
        raise invalid_params(f"{what} must be a string, base64 or base58")
    if encoding is None:
        encoding = "base58"
    if encoding not in ("base58", "base64"):
        raise invalid_params(
            f"unsupported encoding: {str(encoding)[:40]!r}. Supported encodings: base58, base64"
        )
    limit = _MAX_TEXT[str(encoding)]
    if len(text) > limit:
        raise RpcError(
            INVALID_PARAMS,
            f"{encoding} encoded {what} too large: {len(text)} bytes (max: encoded/raw {limit}/{PACKET})",
        )
    try:
        raw = base64.b64decode(text, validate=True) if encoding == "base64" else base58.decode(text)
    except (ValueError, binascii.Error) as error:
        raise invalid_params(f"invalid {encoding} encoding of {what}") from error
    if len(raw) > PACKET:
        raise RpcError(INVALID_PARAMS, f"decoded {what} too large: {len(raw)} bytes (max: {PACKET} bytes)")
    return raw


def decode(raw: bytes) -> Wire:
    """A `Wire` from at most `PACKET` bytes; RpcError -32602 if they aren't one sane transaction."""
    if len(raw) > PACKET:
        raise RpcError(
            INVALID_PARAMS, f"decoded transaction too large: {len(raw)} bytes (max: {PACKET} bytes)"
        )
    try:
        tx = VersionedTransaction.from_bytes(raw)
        tx.sanitize()
    except (BincodeError, SanitizeError, ValueError) as error:
        raise RpcError(INVALID_PARAMS, f"failed to deserialize transaction: {error}") from error
    if bytes(tx) != raw:
        raise RpcError(INVALID_PARAMS, "failed to deserialize transaction: bytes after its end")
    message = tx.message
    if not isinstance(message, Message | MessageV0):
        raise RpcError(
            INVALID_PARAMS, "invalid transaction: message version 1 is not supported, use 0 or legacy"
        )
    return Wire(raw, tx, message, message.account_keys)


@dataclass(frozen=True, slots=True)
class Roles:
    """All accounts of a transaction, static ones first, then the writable and the read-only loaded ones."""

    keys: list[Pubkey]
    signers: int
    static: int
    loaded_writable: list[Pubkey]
    loaded_readonly: list[Pubkey]
    writable: list[bool]


def roles(message: Message | MessageV0, writable: list[Pubkey], readonly: list[Pubkey]) -> Roles:
    """Who signs and who is written, given what the message's lookup tables resolved to."""
    static = message.account_keys
    header = message.header
    signers = header.num_required_signatures
    last_written_signer = signers - header.num_readonly_signed_accounts
    last_written = len(static) - header.num_readonly_unsigned_accounts
    programs = {instruction.program_id_index for instruction in message.instructions}
    flags = [
        (index < last_written_signer if index < signers else index < last_written) and index not in programs
        for index in range(len(static))
    ]
    flags += [True] * len(writable) + [False] * len(readonly)
    return Roles(static + writable + readonly, signers, len(static), writable, readonly, flags)
