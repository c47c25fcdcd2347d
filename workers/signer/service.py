"""What the signer does with a request: once, durably, and in the log. Runs in one thread, one at a time."""

from __future__ import annotations

import base64
import os
import sqlite3
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from solders.transaction import VersionedTransaction

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.transactions import build
from core.domain.errors import UserError
from core.ports.signer import KEEPER
from workers.signer import audit
from workers.signer.limits import DAY, Limits, counts
from workers.signer.requests import CreateWallet, Ping, Sign, WithdrawnToday, order_id_of, parse
from workers.signer.store import transaction
from workers.signer.vault import Vault


class Service:
    """Answers requests out of one database. `clock` gives unix seconds."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        vault: Vault,
        program: ProgramIds,
        limits: Limits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._connection = connection
        self._vault = vault
        self._program = program
        self._limits = limits
        self._clock = clock

    def handle(self, message: dict[str, Any], pid: int | None = None) -> dict[str, Any]:
        """The result for a frame; `pid` is the asking process, for the log. Raises `UserError` if refused."""
        try:
            request = parse(message)
            match request:
                case CreateWallet():
                    return {"address": self._create_wallet(request, pid)}
                case Sign():
                    return self._sign(request, pid)
                case WithdrawnToday():
                    return self._withdrawn_today(request)
                case Ping():
                    return {}
        except UserError as refusal:
            with transaction(self._connection):
                self._log("refused", pid, code=refusal.code, order_id=order_id_of(message))
            raise

    def started(self, fingerprint: str) -> None:
        """Notes in the log that the signer runs, under which master key and limits."""
        with transaction(self._connection):
            self._log(
                "started",
                os.getpid(),
                master_key=fingerprint,
                program=str(self._program.program),
                trade_limit=self._limits.trade,
                withdraw_limit=self._limits.withdraw,
                keeper_limit=self._limits.keeper,
            )

    def close(self) -> None:
        self._connection.close()

    def _create_wallet(self, request: CreateWallet, pid: int | None) -> str:
        with transaction(self._connection):
            address = self._vault.find(request.request_id)
            if address is None:
                address = self._vault.create(request.request_id, int(self._clock()))
                self._log("wallet-created", pid, wallet=address, request_id=request.request_id)
        return address

    def _sign(self, request: Sign, pid: int | None) -> dict[str, Any]:
        with transaction(self._connection):
            signed = self._signed(request.order_id)
            if signed is None:
                self._sign_first(request, pid)
                signed = self._signed(request.order_id)
            elif signed["digest"] != request.digest():
                self._log("repeat-differs", pid, order_id=request.order_id, wallet=request.wallet)
        assert signed is not None  # written above, in the same transaction
        return {
            "raw": base64.b64encode(signed["raw"]).decode(),
            "signature": signed["signature"],
            "last_valid_block_height": signed["last_valid_block_height"],
        }

    def _signed(self, order_id: str) -> dict[str, Any] | None:
        cursor = self._connection.execute(
            "SELECT digest, raw, signature, last_valid_block_height FROM signatures WHERE order_id = ?",
            (order_id,),
        )
        row = cursor.fetchone()
        return dict(zip([column[0] for column in cursor.description], row, strict=True)) if row else None

    def _sign_first(self, request: Sign, pid: int | None) -> None:
        made_for = self._vault.made_for(request.wallet)
        if made_for is None:
            raise UserError("wallet-unknown")
        now = int(self._clock())
        self._limits.check(request, self._counted(request.wallet, now), keeper=made_for == KEEPER)
        message = build(
            request.intent, request.wallet, request.blockhash.hash, request.compute, self._program
        )
        signature = self._vault.sign(request.wallet, bytes(message))
        raw = bytes(VersionedTransaction.populate(message, [signature]))
        self._connection.execute(
            "INSERT INTO signatures (order_id, digest, wallet, withdrawn, signed_at, raw, signature, "
            "last_valid_block_height) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                request.order_id,
                request.digest(),
                request.wallet,
                counts(request),
                now,
                raw,
                str(signature),
                request.blockhash.last_valid_block_height,
            ),
        )
        self._log(
            "signed",
            pid,
            order_id=request.order_id,
            wallet=request.wallet,
            intent=type(request.intent).__name__.removesuffix("Intent").lower(),
            cost=counts(request) if made_for == KEEPER else None,
            transaction=sha256(raw).hexdigest(),
            signature=str(signature),
        )

    def _withdrawn_today(self, request: WithdrawnToday) -> dict[str, Any]:
        made_for = self._vault.made_for(request.wallet)
        if made_for is None:
            raise UserError("wallet-unknown")
        return {
            "lamports": self._counted(request.wallet, int(self._clock())),
            "limit": self._limits.keeper if made_for == KEEPER else self._limits.withdraw,
        }

    def _counted(self, wallet: str, now: int) -> int:
        """Lamports of the wallet's limit that were taken in the last 24 hours, landed or not."""
        (total,) = self._connection.execute(
            "SELECT COALESCE(SUM(withdrawn), 0) FROM signatures "
            "WHERE wallet = ? AND withdrawn > 0 AND signed_at > ?",
            (wallet, now - DAY),
        ).fetchone()
        return int(total)

    def _log(self, event: str, pid: int | None, **facts: str | int | None) -> None:
        audit.append(self._connection, event, self._clock(), pid=pid, **facts)
