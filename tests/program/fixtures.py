"""Instructions recorded with everything around them: `python -m tests.program.fixtures` adds what is missing.

fixtures/README.md says why they are never overwritten.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import Transaction

from tests.program.every import CALLS, Call
from tests.program.harness import SOL, Chain, landed, log_data

FOLDER = Path(__file__).parent / "fixtures"
CURRENT = FOLDER / "v1"
_PAYER = Keypair.from_seed(bytes([7] * 32))  # pays the transaction's fee, so that no recorded account does

NOT_RECORDED = {"upgrade": "its accounts hold a whole program, another one in each release"}

Recorded = dict[str, Any]


def path_of(name: str) -> Path:
    """Where a case of `every.CALLS` is recorded."""
    return CURRENT / f"{name.replace(' ', '-')}.json"


def record(call: Call) -> Recorded:
    """Sends the call; what it took, what was there before and after, and what it told."""
    chain, instruction = call.chain, call.instruction
    clock, rent = chain.svm.get_clock(), chain.svm.get_rent()
    shown = _accounts(chain, instruction)
    chain.svm.airdrop(_PAYER.pubkey(), SOL)
    result = landed(call.send(_PAYER))
    return {
        "program": str(instruction.program_id),
        "clock": {"slot": clock.slot, "unix_timestamp": clock.unix_timestamp},
        "lamports_per_byte": rent.lamports_per_byte,
        "data": bytes(instruction.data).hex(),
        "accounts": [
            {"address": str(meta.pubkey), "signer": meta.is_signer, "writable": meta.is_writable}
            for meta in instruction.accounts
        ],
        "before": shown,
        "after": _accounts(chain, instruction),
        "events": [line.hex() for line in log_data(result)],
    }


def replay(recorded: Mapping[str, Any]) -> Recorded:
    """What the current binary makes of it: "after" and "events" as they should be."""
    chain = Chain()
    assert str(chain.ids.program) == recorded["program"]
    chain.svm = _without_signatures(chain.svm)
    for address, account in recorded["before"].items():
        if account is not None:
            owner = Pubkey.from_string(account["owner"])
            data = bytes.fromhex(account["data"])
            chain.put(Pubkey.from_string(address), account["lamports"], data, owner)
    assert chain.svm.get_rent().lamports_per_byte == recorded["lamports_per_byte"]
    chain.warp(recorded["clock"]["slot"], recorded["clock"]["unix_timestamp"])
    metas = [
        AccountMeta(Pubkey.from_string(meta["address"]), meta["signer"], meta["writable"])
        for meta in recorded["accounts"]
    ]
    instruction = Instruction(chain.ids.program, bytes.fromhex(recorded["data"]), metas)
    chain.svm.airdrop(_PAYER.pubkey(), SOL)
    message = Message.new_with_blockhash([instruction], _PAYER.pubkey(), chain.svm.latest_blockhash())
    unsigned = [Signature.default()] * message.header.num_required_signatures
    result = landed(chain.svm.send_transaction(Transaction.populate(message, unsigned)))
    return {
        "after": _accounts(chain, instruction),
        "events": [line.hex() for line in log_data(result)],
    }


def _without_signatures(svm: LiteSVM) -> LiteSVM:
    """Nobody has the signers' keys any more; whether they sign is in the accounts' flags."""
    svm.with_sigverify(sigverify=False)
    return svm


def _accounts(chain: Chain, instruction: Instruction) -> dict[str, Any]:
    """The instruction's accounts by address; programs and their code are the chain's, not the recording's."""
    found = {meta.pubkey: chain.svm.get_account(meta.pubkey) for meta in instruction.accounts}
    return {
        str(address): _described(account)
        for address, account in found.items()
        if address != chain.ids.program_data and not (account and account.executable)
    }


def _described(account: Account | None) -> dict[str, Any] | None:
    if account is None:
        return None
    data = bytes(account.data).hex()
    return {"lamports": account.lamports, "owner": str(account.owner), "data": data}


def main() -> None:
    """Records the cases that have no file."""
    for name, make in CALLS.items():
        path = path_of(name)
        if not path.exists() and name not in NOT_RECORDED:
            path.write_text(json.dumps(record(make()), indent=1) + "\n")
            print(f"recorded {path.relative_to(FOLDER)}")


if __name__ == "__main__":
    sys.exit(main())
