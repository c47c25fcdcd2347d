"""What a landed transaction of ours did, read from the chain's answer."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from typing import Any

from core.adapters.chain.program.events import Event, Traded, decode_event
from core.adapters.chain.program.layout import LayoutError
from core.domain.intent import BuyIntent, Intent, LaunchIntent, WithdrawIntent
from core.ports.chain import Fill

_DATA = "Program data: "


def events_of(logs: Sequence[str], program_id: str) -> Iterator[Event]:
    """Events that our program itself logged: lines outside its own invoke frame are somebody else's."""
    frames: list[str] = []
    for line in logs:
        words = line.split(" ")
        if words[:2] == ["Program", "log:"]:
            continue  # a program's own words, which may imitate the runtime's
        if len(words) == 4 and words[0] == "Program" and words[2] == "invoke":
            frames.append(words[1])
        elif len(words) >= 3 and words[0] == "Program" and words[2].rstrip(":") in ("success", "failed"):
            if frames and frames[-1] == words[1]:
                frames.pop()
        elif line.startswith(_DATA) and frames and frames[-1] == program_id:
            try:
                yield decode_event(b64decode(line[len(_DATA) :]))
            except (LayoutError, ValueError):
                continue  # a newer program's event: instructions are the truth, logs a convenience


def fill_of(
    transaction: dict[str, Any], signature: str, intent: Intent, wallet: str, program_id: str
) -> Fill:
    """`transaction`: the result of getTransaction in encoding json. The wallet is the fee payer.

    Raises `LookupError` if a landed trade shows no event of ours: then the program is not the one we know.
    """
    meta = transaction["meta"]
    slot, network_fee = int(transaction["slot"]), int(meta["fee"])
    if isinstance(intent, WithdrawIntent):
        return Fill(signature, slot, intent.lamports, 0, 0, network_fee)
    traded = [
        event
        for event in events_of(meta["logMessages"] or (), program_id)
        if isinstance(event, Traded) and str(event.trader) == wallet
    ]
    left = int(meta["preBalances"][0]) - int(meta["postBalances"][0]) - network_fee
    if isinstance(intent, LaunchIntent):
        return Fill(signature, slot, left, sum(e.atoms for e in traded), 0, network_fee)
    if not traded:
        raise LookupError(f"no trade in {signature}")
    trade = traded[0]
    fee = trade.protocol_fee + trade.creator_fee
    if isinstance(intent, BuyIntent):
        spent = trade.sol + fee
        partial = spent < intent.max_in
        return Fill(signature, slot, spent, int(trade.atoms), fee, network_fee, partial, left - spent)
    return Fill(signature, slot, trade.sol - fee, int(trade.atoms), fee, network_fee)
