"""The chain: takes transactions, keeps the ledger and memory equal, tells listeners what happened."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from solders.account import Account
from solders.compute_budget import set_compute_unit_limit
from solders.hash import Hash
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.system_program import ID as SYSTEM_PROGRAM
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

from workers.localnet import checks, genesis, meta
from workers.localnet.clock import SlotClock
from workers.localnet.config import LocalnetConfig
from workers.localnet.engine import Engine, Outcome
from workers.localnet.errors import PREFLIGHT_FAILURE, SIGNATURE_FAILURE, RpcError, invalid_params
from workers.localnet.indexes import Indexes
from workers.localnet.ledger import Change, Ledger, TxRow
from workers.localnet.wire import Wire, decode

LAMPORTS_PER_SOL = 10**9
FAUCET_LAMPORTS = 500_000_000 * LAMPORTS_PER_SOL
AIRDROP_CAP = 1_000 * LAMPORTS_PER_SOL
_FAUCET_UNITS = 450  # a transfer and the limit itself; what is added tells equal airdrops apart
_FAUCET_SPREAD = 100_000
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Landed:
    """A transaction that is in the ledger now."""

    slot: int
    signature: str
    err: object
    logs: list[str]
    keys: list[Pubkey]
    changes: list[Change]


class Node:
    """One chain in one thread. Raises `LedgerError` if its ledger can't be had."""

    def __init__(self, config: LocalnetConfig) -> None:
        now = config.now
        self.ledger = Ledger(config.ledger_path, now())
        try:
            self.clock = SlotClock(
                self.ledger.seed, self.ledger.genesis_time, now, self.ledger.highest_slot()
            )
            self.engine = Engine(self.clock)
            self.indexes = Indexes()
            self.faucet = Keypair.from_seed(hashlib.sha256(b"faucet" + self.ledger.seed).digest())
            self.listeners: list[Callable[[Landed], None]] = []
            self._boot(config.genesis)
        except BaseException:
            self.ledger.close()
            raise

    def _boot(self, given: genesis.Genesis) -> None:
        faucet = Account(FAUCET_LAMPORTS, b"", SYSTEM_PROGRAM)
        self.ledger.grant([(self.faucet.pubkey(), faucet), *given.accounts.items()])
        from_files = {
            key: account
            for program in given.programs
            for key, account in genesis.program_accounts(program).items()
            if not self.ledger.is_closed(key)
        }
        accounts = dict(self._stored(from_files))
        self.engine.load({**from_files, **accounts}.items())
        for key, account in {**from_files, **accounts}.items():
            self.indexes.update(key, None, account)

    def _stored(self, from_files: dict[Pubkey, Account]) -> Iterator[tuple[Pubkey, Account]]:
        replaced = []
        for key, account in self.ledger.accounts():
            current = account
            if key in from_files and not account.executable:
                current = genesis.code_from_file(account, from_files[key])
                if current is not account:
                    replaced.append((key, current))
            yield key, current
        for key, current in replaced:
            self.ledger.replace(key, current)

    def close(self) -> None:
        """Ends writing; what was answered is on disk already."""
        self.ledger.close()

    # ------------------------------------------------------------------ transactions

    def latest_blockhash(self) -> Hash:
        """The blockhash to build transactions on."""
        return self.clock.blockhash(self.clock.slot())

    def send(self, raw: bytes, *, skip_preflight: bool = False) -> str:
        """Runs a transaction and keeps it; the signature once it is on disk.

        Raises `RpcError`: -32602 for what is no transaction, -32003 for a wrong signature, -32002 with the
        logs for one that would fail. With `skip_preflight` one that fails is kept if it ran, else dropped.
        """
        wire = decode(raw)
        signature = str(wire.tx.signatures[0])
        err = checks.refusal(wire, self.clock, self.ledger, self.engine)
        if err is not None:
            if skip_preflight:
                return signature
            if not all(wire.tx.verify_with_results()):
                raise RpcError(SIGNATURE_FAILURE, "Transaction signature verification failure")
            raise preflight_failure(err, None)
        outcome = self.engine.run(wire)
        if outcome.err is not None and not skip_preflight:
            if outcome.err == "SignatureFailure":
                raise RpcError(SIGNATURE_FAILURE, "Transaction signature verification failure")
            raise preflight_failure(outcome.err, outcome)
        if outcome.executed:
            self._keep(wire, signature, outcome)
        return signature

    def _keep(self, wire: Wire, signature: str, outcome: Outcome) -> None:
        """Disk, then memory, then listeners."""
        checks.assert_conserved(outcome)
        slot = self.clock.slot()
        changed = {change.key: change.after for change in outcome.changes}

        def find(key: Pubkey) -> Account | None:
            return changed[key] if key in changed else self.engine.get(key)

        row = TxRow(
            seq=self.ledger.next_seq(),
            sig=wire.signature,
            slot=slot,
            time=self.clock.unix_time(),
            raw=wire.raw,
            meta=meta.pack(meta.build(outcome, find)),
            err=None if outcome.err is None else json.dumps(outcome.err),
            memo=meta.memo(wire),
        )
        self.ledger.record(row, outcome.roles.keys, outcome.changes)
        self.engine.apply(outcome)
        for change in outcome.changes:
            self.indexes.update(change.key, change.before, change.after)
        landed = Landed(slot, signature, outcome.err, outcome.logs, outcome.roles.keys, outcome.changes)
        for listener in self.listeners:
            try:
                listener(landed)
            except Exception:  # it has landed: whoever sent it must hear so
                log.exception("a listener failed")

    def simulate(self, wire: Wire, *, verify: bool, replaced: bool = False) -> Outcome | str:
        """What a transaction would do, or the name of the error for which it may not run.

        `replaced` says that its blockhash was put in just now: then it has never been sent, whatever its
        signature says.
        """
        err = None if replaced else checks.refusal(wire, self.clock, self.ledger, self.engine)
        return err if err is not None else self.engine.run(wire, verify=verify)

    def airdrop(self, to: Pubkey, lamports: int) -> str:
        """Sends lamports from the faucet by a real transfer; its signature."""
        if not 0 < lamports <= AIRDROP_CAP:
            raise invalid_params(f"an airdrop gives 1 to {AIRDROP_CAP} lamports a call")
        payer = self.faucet.pubkey()
        limit = _FAUCET_UNITS + self.ledger.next_seq() % _FAUCET_SPREAD
        instructions = [
            set_compute_unit_limit(limit),
            transfer(TransferParams(from_pubkey=payer, to_pubkey=to, lamports=lamports)),
        ]
        message = Message.new_with_blockhash(instructions, payer, self.latest_blockhash())
        return self.send(bytes(VersionedTransaction(message, [self.faucet])))

    def block_height_of(self, blockhash: Hash) -> int | None:
        """The last height at which a transaction on `blockhash` can land, None if it is dead."""
        slot = self.clock.slot_of(blockhash)
        return None if slot is None else slot + 150


def preflight_failure(err: object, outcome: Outcome | None) -> RpcError:
    """The answer to a transaction that would fail, with the data that clients parse."""
    data = {
        "err": err,
        "logs": outcome.logs if outcome else [],
        "unitsConsumed": outcome.units if outcome else 0,
        "accounts": None,
        "returnData": meta.return_data(outcome) if outcome else None,
        "innerInstructions": None,
    }
    return RpcError(PREFLIGHT_FAILURE, f"Transaction simulation failed: {checks.describe(err)}", data)


def parse_signature(text: str) -> Signature:
    """A signature from base58; RpcError -32602 if it isn't one."""
    try:
        return Signature.from_string(text)
    except ValueError as error:
        raise invalid_params(f"invalid signature {text[:100]!r}") from error
