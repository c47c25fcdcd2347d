"""Methods that take transactions."""

from __future__ import annotations

from collections.abc import Mapping

from solders.account import Account
from solders.message import Message, MessageV0, from_bytes_versioned
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction

from workers.localnet import encode, meta, wire
from workers.localnet.engine import Outcome
from workers.localnet.errors import SIGNATURE_FAILURE, RpcError, invalid_params
from workers.localnet.node import Node
from workers.localnet.rpc.params import Config, Params, pubkey, with_context

_MAX_SIMULATED = 64


def send_transaction(node: Node, params: Params) -> object:
    """Runs and keeps a transaction; its signature."""
    config = params.config(1, node.clock.slot())
    raw = wire.unpack(params.get(0), config.get("encoding"), "transaction")
    return node.send(raw, skip_preflight=config.flag("skipPreflight"))


def request_airdrop(node: Node, params: Params) -> object:
    """Lamports from the faucet; the signature of its transfer."""
    to, lamports = params.pubkey(0), params.number(1, "lamports")
    params.config(2, node.clock.slot())
    return node.airdrop(to, lamports)


def simulate_transaction(node: Node, params: Params) -> object:
    """What a transaction would do now."""
    slot = node.clock.slot()
    config = params.config(1, slot)
    sent = wire.decode(wire.unpack(params.get(0), config.get("encoding"), "transaction"))
    verify, fresh = config.flag("sigVerify"), config.flag("replaceRecentBlockhash")
    if verify and fresh:
        raise invalid_params("sigVerify may not be used with replaceRecentBlockhash")
    if verify and not all(sent.tx.verify_with_results()):
        raise RpcError(SIGNATURE_FAILURE, "Transaction signature verification failure")
    replacement = None
    if fresh:
        blockhash = node.latest_blockhash()
        sent = sent.with_blockhash(blockhash)
        replacement = {"blockhash": str(blockhash), "lastValidBlockHeight": node.block_height_of(blockhash)}
    outcome = node.simulate(sent, verify=verify, replaced=fresh)
    wanted = _Wanted.parse(config)
    value = (
        _refused(outcome, wanted) if isinstance(outcome, str) else _simulated(node, outcome, config, wanted)
    )
    value["replacementBlockhash"] = replacement
    return with_context(slot, value)


class _Wanted:
    """The accounts whose state after the simulation is asked for."""

    def __init__(self, keys: list[object], encoding: str) -> None:
        self.keys = [pubkey(key) for key in keys]
        self.encoding = encoding

    @classmethod
    def parse(cls, config: Config) -> _Wanted | None:
        """From the "accounts" setting."""
        value = config.get("accounts")
        if value is None:
            return None
        if not isinstance(value, Mapping) or not isinstance(value.get("addresses"), list):
            raise invalid_params("accounts must be an object with a list of addresses")
        if len(value["addresses"]) > _MAX_SIMULATED:
            raise invalid_params(f"too many accounts provided; max {_MAX_SIMULATED}")
        encoding = Config(value).account_encoding("base64")
        if encoding in ("binary", "base58"):
            raise invalid_params("base58 encoding not supported")
        return cls(value["addresses"], encoding)


def _refused(err: str, wanted: _Wanted | None) -> dict[str, object]:
    return {
        "err": err,
        "logs": [],
        "unitsConsumed": 0,
        "accounts": [None] * len(wanted.keys) if wanted else None,
        "returnData": None,
        "innerInstructions": None,
    }


def _simulated(node: Node, outcome: Outcome, config: Config, wanted: _Wanted | None) -> dict[str, object]:
    changed = {change.key: change.after for change in outcome.changes}

    def find(key: Pubkey) -> Account | None:
        return changed[key] if key in changed else node.engine.get(key)

    accounts: list[object] | None = None
    if wanted is not None:
        failed = outcome.err is not None
        accounts = [
            None if failed else encode.account(find(key), wanted.encoding, None, find) for key in wanted.keys
        ]
    inner = None
    if config.flag("innerInstructions"):
        inner = encode.parse_inner(meta.inner_instructions(outcome), outcome.roles.keys)
    return {
        "err": outcome.err,
        "logs": outcome.logs,
        "unitsConsumed": outcome.units,
        "accounts": accounts,
        "returnData": meta.return_data(outcome),
        "innerInstructions": inner,
        "fee": outcome.fee,
    }


def get_fee_for_message(node: Node, params: Params) -> object:
    """Lamports that a message would cost, null if its blockhash is dead."""
    slot = node.clock.slot()
    raw = wire.unpack(params.get(0), "base64", "message")
    params.config(1, slot)
    try:
        message = from_bytes_versioned(raw)
    except ValueError as error:
        raise invalid_params("the message can't be decoded") from error
    if not isinstance(message, Message | MessageV0):
        raise invalid_params("message version 1 is not supported")
    unsigned = [Signature.default()] * message.header.num_required_signatures
    sent = wire.decode(bytes(VersionedTransaction.populate(message, unsigned)))
    outcome = node.simulate(sent, verify=False)
    return with_context(slot, None if isinstance(outcome, str) else outcome.fee)


METHODS = {
    "sendTransaction": send_transaction,
    "requestAirdrop": request_airdrop,
    "simulateTransaction": simulate_transaction,
    "getFeeForMessage": get_fee_for_message,
}
