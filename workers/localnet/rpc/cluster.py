"""Methods about the chain itself: time, blockhashes, version, supply."""

from __future__ import annotations

from solders.hash import Hash, ParseHashError

from workers.localnet.clock import FIRST_SLOT, SLOTS_PER_EPOCH
from workers.localnet.errors import invalid_params
from workers.localnet.node import Node
from workers.localnet.rpc.params import Params, pubkey, with_context

_MAX_LEADERS = 5_000


def get_health(node: Node, params: Params) -> object:
    """Up, if it answers."""
    return "ok"


def get_version(node: Node, params: Params) -> object:
    """The Agave version whose answers these follow."""
    return {"solana-core": "2.3.4", "feature-set": 0}


def get_genesis_hash(node: Node, params: Params) -> object:
    """Tells ledgers apart."""
    return str(node.clock.blockhash(0))


def get_identity(node: Node, params: Params) -> object:
    """The one node there is goes by its faucet's key."""
    return {"identity": str(node.faucet.pubkey())}


def get_slot(node: Node, params: Params) -> object:
    """The slot now; block heights are equal to slots."""
    slot = node.clock.slot()
    params.config(0, slot)
    return slot


def get_first_slot(node: Node, params: Params) -> object:
    """Where this chain begins."""
    return FIRST_SLOT


def get_latest_blockhash(node: Node, params: Params) -> object:
    """The blockhash to build on, and the last height at which it is good."""
    slot = node.clock.slot()
    params.config(0, slot)
    blockhash = node.clock.blockhash(slot)
    value = {"blockhash": str(blockhash), "lastValidBlockHeight": node.block_height_of(blockhash)}
    return with_context(slot, value)


def is_blockhash_valid(node: Node, params: Params) -> object:
    """Whether a transaction on this blockhash can land now."""
    slot = node.clock.slot()
    text = params.text(0, "blockhash")
    params.config(1, slot)
    try:
        blockhash = Hash.from_string(text)
    except ParseHashError as error:
        raise invalid_params(f"not a blockhash: {text[:100]!r}") from error
    return with_context(slot, node.clock.slot_of(blockhash) is not None)


def get_epoch_info(node: Node, params: Params) -> object:
    """Where in the epoch we are."""
    slot = node.clock.slot()
    params.config(0, slot)
    return {
        "absoluteSlot": slot,
        "blockHeight": slot,
        "epoch": slot // SLOTS_PER_EPOCH,
        "slotIndex": slot % SLOTS_PER_EPOCH,
        "slotsInEpoch": SLOTS_PER_EPOCH,
        "transactionCount": node.ledger.count(),
    }


def get_epoch_schedule(node: Node, params: Params) -> object:
    """Epochs are of equal length from the first."""
    return {
        "slotsPerEpoch": SLOTS_PER_EPOCH,
        "leaderScheduleSlotOffset": SLOTS_PER_EPOCH,
        "warmup": False,
        "firstNormalEpoch": 0,
        "firstNormalSlot": 0,
    }


def get_slot_leader(node: Node, params: Params) -> object:
    """The only node there is."""
    return str(node.faucet.pubkey())


def get_slot_leaders(node: Node, params: Params) -> object:
    """The only node there is, as often as asked."""
    params.number(0, "start slot")
    limit = params.number(1, "limit")
    if not 1 <= limit <= _MAX_LEADERS:
        raise invalid_params(f"limit must be 1 to {_MAX_LEADERS}")
    return [str(node.faucet.pubkey())] * limit


def get_supply(node: Node, params: Params) -> object:
    """All lamports there are (fees are burnt), and those that the faucet still has."""
    slot = node.clock.slot()
    config = params.config(0, slot)
    faucet = node.engine.get(node.faucet.pubkey())
    left, total = faucet.lamports if faucet else 0, node.ledger.lamports()
    listed = [] if config.flag("excludeNonCirculatingAccountsList") else [str(node.faucet.pubkey())]
    value = {
        "total": total,
        "circulating": total - left,
        "nonCirculating": left,
        "nonCirculatingAccounts": listed,
    }
    return with_context(slot, value)


def get_recent_prioritization_fees(node: Node, params: Params) -> object:
    """Blocks are never full: the lowest fee that gets in is zero."""
    if params.get(0) is not None:
        for item in params.items(0, "accounts", 128):
            pubkey(item)
    slot = node.clock.slot()
    return [{"slot": at, "prioritizationFee": 0} for at in range(max(FIRST_SLOT, slot - 149), slot + 1)]


METHODS = {
    "getHealth": get_health,
    "getVersion": get_version,
    "getGenesisHash": get_genesis_hash,
    "getIdentity": get_identity,
    "getSlot": get_slot,
    "getBlockHeight": get_slot,
    "getMaxRetransmitSlot": get_slot,
    "getMaxShredInsertSlot": get_slot,
    "getFirstAvailableBlock": get_first_slot,
    "minimumLedgerSlot": get_first_slot,
    "getLatestBlockhash": get_latest_blockhash,
    "isBlockhashValid": is_blockhash_valid,
    "getEpochInfo": get_epoch_info,
    "getEpochSchedule": get_epoch_schedule,
    "getSlotLeader": get_slot_leader,
    "getSlotLeaders": get_slot_leaders,
    "getSupply": get_supply,
    "getRecentPrioritizationFees": get_recent_prioritization_fees,
}
