"""What each subscription method wants to hear, from its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from solders.account import Account
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

from workers.localnet import encode
from workers.localnet.errors import RpcError, invalid_params
from workers.localnet.node import Landed, Node, parse_signature
from workers.localnet.rpc import filters
from workers.localnet.rpc.params import Config, Params, pubkey

Topic = tuple[str, object]
GONE = Account(0, b"", SYSTEM_PROGRAM)  # how a closed account is shown to those who watch it


@dataclass(frozen=True, slots=True)
class Subscription:
    """`topic` says which happenings concern it, `notice` the kind of notification it gets.

    `account` gives the value for a changed account, None to stay silent.
    """

    topic: Topic
    notice: str
    account: Callable[[Pubkey, Account], object] | None = None
    received: bool = False


def signature(node: Node, params: Params) -> Subscription:
    """Once, when a transaction has landed."""
    text = str(parse_signature(params.text(0, "signature")))
    config = params.config(1, node.clock.slot())
    received = config.flag("enableReceivedNotification")
    return Subscription(("signature", text), "signatureNotification", received=received)


def account(node: Node, params: Params) -> Subscription:
    """Each change of an account."""
    key, config = params.pubkey(0), params.config(1, node.clock.slot())
    show = _encoder(node, config)
    return Subscription(("account", key), "accountNotification", lambda _, changed: show(changed))


def program(node: Node, params: Params) -> Subscription:
    """Each change of a program's accounts that match the filters."""
    owner, config = params.pubkey(0), params.config(1, node.clock.slot())
    wanted, show = filters.parse(config.get("filters")), _encoder(node, config)

    def value(key: Pubkey, changed: Account) -> object:
        return {"pubkey": str(key), "account": show(changed)} if wanted.match(changed) else None

    return Subscription(("program", owner), "programNotification", value)


def logs(node: Node, params: Params) -> Subscription:
    """The logs of all transactions, or of those that name an account."""
    wanted = params.get(0)
    params.config(1, node.clock.slot())
    if wanted in ("all", "allWithVotes"):
        return Subscription(("logs", None), "logsNotification")
    if (
        isinstance(wanted, Mapping)
        and isinstance(mentions := wanted.get("mentions"), list)
        and len(mentions) == 1
    ):
        return Subscription(("logs", pubkey(mentions[0])), "logsNotification")
    raise invalid_params('the filter must be "all", "allWithVotes" or {mentions: [one address]}')


def slot(node: Node, params: Params) -> Subscription:
    """Each new slot."""
    return Subscription(("slot", None), "slotNotification")


def root(node: Node, params: Params) -> Subscription:
    """Each new root: a slot is final at once."""
    return Subscription(("root", None), "rootNotification")


def _encoder(node: Node, config: Config) -> Callable[[Account], object]:
    encoding, part = config.account_encoding(), config.data_slice()

    def show(changed: Account) -> object:
        try:
            return encode.account(changed, encoding, part, node.engine.get)
        except RpcError:  # too large for base58, which nobody is there to be told: base64 says what it is
            return encode.account(changed, "base64", part, node.engine.get)

    return show


def signature_notices(subscription: Subscription, slot_: int, err: object) -> list[object]:
    """The results that a signature's subscriber gets once it has landed."""
    context = {"slot": slot_}
    results: list[object] = [{"context": context, "value": {"err": err}}]
    if subscription.received:
        results.insert(0, {"context": context, "value": "receivedSignature"})
    return results


def logs_value(landed: Landed) -> dict[str, object]:
    """What a subscriber of logs gets."""
    return {"signature": landed.signature, "err": landed.err, "logs": landed.logs}


METHODS: dict[str, Callable[[Node, Params], Subscription]] = {
    "signatureSubscribe": signature,
    "accountSubscribe": account,
    "programSubscribe": program,
    "logsSubscribe": logs,
    "slotSubscribe": slot,
    "rootSubscribe": root,
}
UNSUBSCRIBE = frozenset(name.replace("Subscribe", "Unsubscribe") for name in METHODS)
