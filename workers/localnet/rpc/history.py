"""Methods that read what happened: transactions and blocks."""

from __future__ import annotations

import json

from workers.localnet import encode
from workers.localnet.clock import FIRST_SLOT, SLOT_SECONDS
from workers.localnet.errors import BLOCK_NOT_AVAILABLE, RpcError, invalid_params
from workers.localnet.ledger import TxRow
from workers.localnet.node import Node, parse_signature
from workers.localnet.rpc.params import Config, Params, with_context
from workers.localnet.wire import decode

_MAX_STATUSES = 256
_MAX_SIGNATURES = 1_000
_MAX_BLOCKS = 500_000
_SAMPLE_SECONDS = 60
_MAX_SAMPLES = 720


def get_signature_statuses(node: Node, params: Params) -> object:
    """Whether transactions landed; what landed is final at once."""
    slot = node.clock.slot()
    statuses: list[object] = []
    for item in params.items(0, "signatures", _MAX_STATUSES):
        if not isinstance(item, str):
            raise invalid_params("signatures must be strings")
        found = node.ledger.status(bytes(parse_signature(item)))
        statuses.append(None if found is None else _status(*found))
    return with_context(slot, statuses)


def _status(slot: int, stored: str | None) -> dict[str, object]:
    err = None if stored is None else json.loads(stored)
    return {
        "slot": slot,
        "confirmations": None,
        "err": err,
        "status": {"Ok": None} if err is None else {"Err": err},
        "confirmationStatus": "finalized",
    }


def get_transaction(node: Node, params: Params) -> object:
    """One transaction, null if it never landed."""
    sig = bytes(parse_signature(params.text(0, "signature")))
    encoding, max_version = _history_config(params, 1, node.clock.slot())
    row = node.ledger.transaction(sig)
    if row is None:
        return None
    return {
        "slot": row.slot,
        "blockTime": row.time,
        **encode.transaction(row, encoding, max_version),
    }


def _history_config(params: Params, index: int, slot: int) -> tuple[str, int | None]:
    """Encoding and maxSupportedTransactionVersion; the old form is a plain encoding string."""
    value = params.get(index)
    config = Config({"encoding": value}) if isinstance(value, str) else params.config(index, slot)
    return config.tx_encoding(), config.number("maxSupportedTransactionVersion")


def get_signatures_for_address(node: Node, params: Params) -> object:
    """Transactions that name an account, newest first."""
    key, config = params.pubkey(0), params.config(1, node.clock.slot())
    limit = config.number("limit")
    limit = _MAX_SIGNATURES if limit is None else limit
    if not 1 <= limit <= _MAX_SIGNATURES:
        raise invalid_params(f"limit must be 1 to {_MAX_SIGNATURES}")
    before, until = (
        None if text is None else bytes(parse_signature(text))
        for text in (config.text("before"), config.text("until"))
    )
    return [
        {
            "signature": encode.signature(row),
            "slot": row.slot,
            "err": None if row.err is None else json.loads(row.err),
            "memo": row.memo,
            "blockTime": row.time,
            "confirmationStatus": "finalized",
        }
        for row in node.ledger.naming(key, before, until, limit)
    ]


def get_block(node: Node, params: Params) -> object:
    """A slot's transactions. Every slot up to now has a block, many of them empty."""
    slot = params.number(0, "slot")
    encoding, max_version = _history_config(params, 1, node.clock.slot())
    raw_config = params.get(1)
    config = Config(raw_config) if isinstance(raw_config, dict) else Config({})
    _need_block(node, slot)
    details = config.text("transactionDetails") or "full"
    block: dict[str, object] = {
        "blockhash": str(node.clock.blockhash(slot)),
        "previousBlockhash": str(node.clock.blockhash(slot - 1)),
        "parentSlot": slot - 1,
        "blockHeight": slot,
        "blockTime": node.clock.block_time(slot),
    }
    rows = node.ledger.block(slot)
    if details == "full":
        block["transactions"] = [encode.transaction(row, encoding, max_version) for row in rows]
    elif details == "accounts":
        block["transactions"] = [_accounts_only(row) for row in rows]
    elif details == "signatures":
        block["signatures"] = [encode.signature(row) for row in rows]
    elif details != "none":
        raise invalid_params("transactionDetails must be full, accounts, signatures or none")
    if config.flag("rewards", default=True):
        block["rewards"] = []
    return block


def _accounts_only(row: TxRow) -> dict[str, object]:
    full = encode.transaction(row, "jsonParsed", 0)
    wire = decode(row.raw)
    body = full["transaction"]
    keys = body["message"]["accountKeys"] if isinstance(body, dict) else []
    signatures = [str(signature) for signature in wire.tx.signatures]
    meta = full["meta"]
    kept = ("err", "status", "fee", "preBalances", "postBalances", "preTokenBalances", "postTokenBalances")
    return {
        "transaction": {"signatures": signatures, "accountKeys": keys},
        "meta": {name: meta[name] for name in kept} if isinstance(meta, dict) else None,
        "version": full["version"],
    }


def _need_block(node: Node, slot: int) -> None:
    if not FIRST_SLOT <= slot <= node.clock.slot():
        raise RpcError(BLOCK_NOT_AVAILABLE, f"Block not available for slot {slot}")


def get_blocks(node: Node, params: Params) -> object:
    """The slots from one to another that have a block."""
    start, now = params.number(0, "start slot"), node.clock.slot()
    end = params.get(1)
    last = now if end is None or isinstance(end, dict) else params.number(1, "end slot")
    if last - start > _MAX_BLOCKS:
        raise invalid_params(f"slot range too large; max {_MAX_BLOCKS}")
    return list(range(max(start, FIRST_SLOT), min(last, now) + 1))


def get_blocks_with_limit(node: Node, params: Params) -> object:
    """The first slots from one on that have a block."""
    start, limit = max(params.number(0, "start slot"), FIRST_SLOT), params.number(1, "limit")
    if limit > _MAX_BLOCKS:
        raise invalid_params(f"limit too large; max {_MAX_BLOCKS}")
    return list(range(start, min(start + limit, node.clock.slot() + 1)))


def get_block_time(node: Node, params: Params) -> object:
    """When a slot began, in unix seconds."""
    slot = params.number(0, "slot")
    _need_block(node, slot)
    return node.clock.block_time(slot)


def get_transaction_count(node: Node, params: Params) -> object:
    """How many transactions landed since the beginning."""
    params.config(0, node.clock.slot())
    return node.ledger.count()


def get_recent_performance_samples(node: Node, params: Params) -> object:
    """Transactions in the last minute."""
    limit = _MAX_SAMPLES if params.get(0) is None else params.number(0, "limit")
    if limit == 0:
        return []
    slot = node.clock.slot()
    slots = min(int(_SAMPLE_SECONDS / SLOT_SECONDS), slot - FIRST_SLOT + 1)
    count = node.ledger.count_since(slot - slots + 1)
    sample = {
        "slot": slot,
        "numTransactions": count,
        "numNonVoteTransactions": count,
        "numSlots": slots,
        "samplePeriodSecs": _SAMPLE_SECONDS,
    }
    return [sample]


METHODS = {
    "getSignatureStatuses": get_signature_statuses,
    "getTransaction": get_transaction,
    "getSignaturesForAddress": get_signatures_for_address,
    "getBlock": get_block,
    "getBlocks": get_blocks,
    "getBlocksWithLimit": get_blocks_with_limit,
    "getBlockTime": get_block_time,
    "getTransactionCount": get_transaction_count,
    "getRecentPerformanceSamples": get_recent_performance_samples,
}
