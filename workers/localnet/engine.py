"""LiteSVM as the node uses it: run a transaction without keeping it, then keep what it changed.

`simulate_transaction` gives the accounts, logs and units of `send_transaction`; running first and setting the
accounts afterwards lets the ledger be written before memory, so that a kill loses nothing that was answered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from solders.account import Account
from solders.clock import Clock
from solders.epoch_schedule import EpochSchedule
from solders.litesvm import LiteSVM
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.sysvar import CLOCK, SLOT_HASHES
from solders.transaction_metadata import (
    FailedTransactionMetadata,
    SimulatedTransactionInfo,
    TransactionMetadata,
)

from core.adapters.chain.program.ids import UPGRADEABLE_LOADER
from workers.localnet import nonce
from workers.localnet.clock import SLOTS_PER_EPOCH, SlotClock
from workers.localnet.errors import INTERNAL_ERROR, RpcError
from workers.localnet.ledger import Change
from workers.localnet.wire import Roles, Wire, roles

LOOKUP_TABLES = Pubkey.from_string("AddressLookupTab1e1111111111111111111111111")
_TABLE_HEADER = 56
_NO_SIGNATURE = Signature.default()


@dataclass(frozen=True, slots=True)
class Inner:
    """One instruction that a program called."""

    program_index: int
    accounts: list[int]
    data: bytes
    stack_height: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a transaction did, or would do. Lamports in `fee`; `err` is the cluster's error JSON."""

    err: object
    logs: list[str]
    units: int
    fee: int
    executed: bool
    roles: Roles
    before: list[Account | None]
    changes: list[Change] = field(default_factory=list)
    inner: list[tuple[int, list[Inner]]] = field(default_factory=list)
    return_data: tuple[Pubkey, bytes] | None = None

    def after(self) -> list[Account | None]:
        """The accounts of `roles.keys` once this has happened."""
        changed = {change.key: change.after for change in self.changes}
        return [changed.get(key, before) for key, before in zip(self.roles.keys, self.before, strict=True)]


class Engine:
    """The accounts in memory and the machine that runs programs on them."""

    def __init__(self, clock: SlotClock) -> None:
        self._clock = clock
        self._svm = LiteSVM().with_blockhash_check(False).with_transaction_history(0)
        self._svm.set_epoch_schedule(EpochSchedule.custom(SLOTS_PER_EPOCH, SLOTS_PER_EPOCH, False))
        self._clock_slot = -1
        self._hashes_slot = -1
        self._set_clock()

    # ------------------------------------------------------------------ accounts

    def get(self, key: Pubkey) -> Account | None:
        """An account as it is now. One without lamports doesn't exist."""
        if key == CLOCK and self._clock.slot() != self._clock_slot:
            self._set_clock()  # its time passes also while nothing happens
        account = self._svm.get_account(key)
        return account if account is not None and account.lamports else None

    def minimum_balance(self, size: int) -> int:
        """Lamports that keep `size` bytes of data exempt from rent."""
        return self._svm.minimum_balance_for_rent_exemption(size)

    def load(self, accounts: Iterable[tuple[Pubkey, Account]]) -> None:
        """Puts accounts in place, executable ones after the code that they point to."""
        executable = []
        for key, account in accounts:
            if account.executable:
                executable.append((key, account))
            else:
                self._svm.set_account(key, account)
        for key, account in executable:
            self._set_program(key, account)

    def apply(self, outcome: Outcome) -> None:
        """Keeps what a transaction changed."""
        code_changed = False
        executable: dict[Pubkey, Account] = {}
        for change in outcome.changes:
            account = change.after or Account.default()
            if account.executable:
                executable[change.key] = account
                continue
            old = change.before
            code_changed |= UPGRADEABLE_LOADER in (account.owner, (old or account).owner)
            self._svm.set_account(change.key, account)
        if code_changed:  # the programs that this transaction names may have new code: load them again
            for key in outcome.roles.keys:
                named = self.get(key)
                if named is not None and named.executable and named.owner == UPGRADEABLE_LOADER:
                    executable.setdefault(key, named)
        for key, account in executable.items():
            self._set_program(key, account)

    def _set_program(self, key: Pubkey, account: Account) -> None:
        try:
            self._svm.set_account(key, account)
        except Exception as error:
            if type(error).__name__ != "LiteSVMError":  # solders doesn't export it
                raise
            # its code was closed: it stays as plain data, as no one can call it any more
            inert = Account(account.lamports, account.data, account.owner, executable=False)
            self._svm.set_account(key, inert)

    # ------------------------------------------------------------------ running

    def run(self, wire: Wire, *, verify: bool = True) -> Outcome:
        """What the transaction would do now; nothing is kept. `verify` False takes any signatures."""
        wanted = self._roles(wire)
        self._prepare(wire, wanted.keys)
        before = [self.get(key) for key in wanted.keys]
        result = self._simulate(wire, verify)
        if isinstance(result, SimulatedTransactionInfo):
            meta, err, executed = result.meta(), None, True
            changes = self._changes(result.post_accounts(), wanted.keys, before)
        else:
            meta, err = result.meta(), json.loads(result.to_json())["err"]
            executed = meta.signature() != _NO_SIGNATURE
            changes = self._charge(wire, before, meta.fee()) if executed else []
        returned = meta.return_data()
        return Outcome(
            err=err,
            logs=meta.logs(),
            units=meta.compute_units_consumed(),
            fee=meta.fee(),
            executed=executed,
            roles=wanted,
            before=before,
            changes=changes,
            inner=_inner(meta),
            return_data=(returned.program_id, returned.data) if returned.data else None,
        )

    def _simulate(self, wire: Wire, verify: bool) -> SimulatedTransactionInfo | FailedTransactionMetadata:
        if not verify:
            self._svm.with_sigverify(False)
        try:
            return self._svm.simulate_transaction(wire.tx)
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # pyo3's, which can't be imported
                raise
            raise RpcError(INTERNAL_ERROR, "the chain can't run this transaction") from error
        finally:
            if not verify:
                self._svm.with_sigverify(True)

    def _changes(
        self, post: Sequence[tuple[Pubkey, Account]], keys: list[Pubkey], before: list[Account | None]
    ) -> list[Change]:
        known = dict(zip(keys, before, strict=True))
        changes = []
        for key, account in post:
            old = known[key]
            new = self._own_nonce(old, account) if account.lamports else None
            if not _equal(old, new):
                changes.append(Change(key, old, new))
        return changes

    def _own_nonce(self, old: Account | None, new: Account) -> Account:
        """A nonce that was set now holds the value of our blockhash, not of LiteSVM's."""
        if len(new.data) != nonce.NONCE_SIZE or not nonce.is_nonce(new) or (old and old.data == new.data):
            return new
        return nonce.with_value(new, self._durable_nonce())

    def _charge(self, wire: Wire, before: list[Account | None], fee: int) -> list[Change]:
        """What a transaction that ran and failed leaves: the fee taken, its nonce used up."""
        payer = before[0]
        if payer is None or payer.lamports < fee:
            raise RpcError(INTERNAL_ERROR, "a transaction ran though its payer couldn't pay")
        paid = Account(payer.lamports - fee, payer.data, payer.owner, payer.executable)
        after = {wire.keys[0]: (payer, paid)}
        advance = nonce.advance_of(wire)
        if advance is not None and self._clock.slot_of(wire.blockhash) is None:
            old = self.get(advance.nonce)
            if old is not None:
                current = after.get(advance.nonce, (old, old))[1]
                after[advance.nonce] = (old, nonce.with_value(current, self._durable_nonce()))
        return [Change(key, old, new if new.lamports else None) for key, (old, new) in after.items()]

    def _durable_nonce(self) -> bytes:
        return nonce.durable_nonce(self._clock.blockhash(self._clock.slot()))

    def nonce_is_usable(self, wire: Wire) -> bool:
        """Whether the transaction runs on a durable nonce that holds its blockhash and isn't of this slot."""
        advance = nonce.advance_of(wire)
        if advance is None or bytes(wire.blockhash) == self._durable_nonce():
            return False
        return nonce.holds(self.get(advance.nonce), advance, wire.blockhash)

    # ------------------------------------------------------------------ sysvars and tables

    def _prepare(self, wire: Wire, keys: list[Pubkey]) -> None:
        slot = self._clock.slot()
        if slot != self._clock_slot:
            self._set_clock()
        uses_tables = isinstance(wire.message, MessageV0) and wire.message.address_table_lookups
        if slot != self._hashes_slot and (uses_tables or LOOKUP_TABLES in keys or SLOT_HASHES in keys):
            self._svm.set_slot_hashes(self._clock.slot_hashes())
            self._hashes_slot = slot
        if nonce.advance_of(wire) is not None:
            self._svm.expire_blockhash()  # LiteSVM refuses to advance a nonce twice on one blockhash

    def _set_clock(self) -> None:
        slot = self._clock.slot()
        epoch = slot // SLOTS_PER_EPOCH
        started = self._clock.block_time(epoch * SLOTS_PER_EPOCH)
        self._svm.set_clock(Clock(slot, started, epoch, epoch + 1, self._clock.unix_time()))
        self._clock_slot = slot

    def _roles(self, wire: Wire) -> Roles:
        message = wire.message
        writable: list[Pubkey] = []
        readonly: list[Pubkey] = []
        if isinstance(message, MessageV0):
            for lookup in message.address_table_lookups:
                table = self.get(lookup.account_key)
                entries = table.data[_TABLE_HEADER:] if table and table.owner == LOOKUP_TABLES else b""
                writable += _entries(entries, lookup.writable_indexes)
                readonly += _entries(entries, lookup.readonly_indexes)
        return roles(message, writable, readonly)


def _equal(one: Account | None, other: Account | None) -> bool:
    """Equality that doesn't ask solders to compare with None, which takes it microseconds."""
    return one is other if one is None or other is None else one == other


def _entries(table: bytes, indexes: bytes) -> list[Pubkey]:
    """The addresses at `indexes`; those past the end are left out, as LiteSVM refuses the transaction."""
    ends = [(index * 32, index * 32 + 32) for index in indexes]
    return [Pubkey(table[start:end]) for start, end in ends if end <= len(table)]


def _inner(meta: TransactionMetadata) -> list[tuple[int, list[Inner]]]:
    found = []
    for index, calls in enumerate(meta.inner_instructions()):
        if calls:
            inner = [
                Inner(
                    (instruction := call.instruction()).program_id_index,
                    list(instruction.accounts),
                    instruction.data,
                    call.stack_height(),
                )
                for call in calls
            ]
            found.append((index, inner))
    return found
