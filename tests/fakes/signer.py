"""A signer in memory: the real service, vault and limits on a database that is gone afterwards.

Only the process and the socket are left out, so what it signs and refuses is what the real one would.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.keys.envelope import new_key
from core.adapters.keys.master_key import MasterKey
from core.domain.intent import Intent, to_json
from core.ports.chain import Blockhash, Compute
from core.ports.signer import Signed, SignerAway
from workers.signer.limits import Limits
from workers.signer.service import Service
from workers.signer.store import open_store
from workers.signer.vault import Vault

PROGRAM_ID = "PumpBoxTest11111111111111111111111111111111"
TRADE_LIMIT = 100_000_000_000
WITHDRAW_LIMIT = 5_000_000_000
KEEPER_LIMIT = 100_000_000


class FakeSigner:
    """`away`: set it, and every call raises `SignerAway`, as if the process were gone."""

    def __init__(
        self,
        directory: Path,
        program_id: str = PROGRAM_ID,
        trade_limit: int = TRADE_LIMIT,
        withdraw_limit: int = WITHDRAW_LIMIT,
        keeper_limit: int = KEEPER_LIMIT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.away = False
        self.program_id = program_id
        connection = open_store(directory / "signer.db")
        connection.execute("PRAGMA synchronous = OFF")  # nothing here outlives the test
        vault = Vault(connection, MasterKey(new_key()))
        limits = Limits(trade_limit, withdraw_limit, keeper_limit, program_id)
        self.service = Service(connection, vault, ProgramIds(Pubkey.from_string(program_id)), limits, clock)

    async def create_wallet(self, request_id: str) -> str:
        answer = self._ask("create_wallet", {"request_id": request_id})
        return str(answer["address"])

    async def sign(
        self, order_id: str, wallet: str, intent: Intent, blockhash: Blockhash, compute: Compute
    ) -> Signed:
        answer = self._ask(
            "sign",
            {
                "order_id": order_id,
                "wallet": wallet,
                "intent": to_json(intent),
                "blockhash": asdict(blockhash),
                "compute": asdict(compute),
            },
        )
        raw = base64.b64decode(answer["raw"])
        return Signed(raw, answer["signature"], answer["last_valid_block_height"])

    async def withdrawn_today(self, wallet: str) -> tuple[int, int]:
        answer = self._ask("withdrawn_today", {"wallet": wallet})
        return answer["lamports"], answer["limit"]

    def close(self) -> None:
        self.service.close()

    def _ask(self, method: str, params: dict[str, object]) -> dict[str, object]:
        if self.away:
            raise SignerAway("the fake signer is away")
        message = json.loads(json.dumps({"method": method, "params": params}))  # as it comes over the socket
        return self.service.handle(message)
