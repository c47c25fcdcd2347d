"""What the tests of this room share: a service, and a request that is in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.keys.envelope import new_key
from core.adapters.keys.master_key import MasterKey
from tests.fakes.signer import KEEPER_LIMIT, PROGRAM_ID, TRADE_LIMIT, WITHDRAW_LIMIT
from workers.signer.limits import Limits
from workers.signer.service import Service
from workers.signer.store import open_store
from workers.signer.vault import Vault

BLOCKHASH = "9sHcv6xwn9YkB8nxTUGKDwPwNnmqVp5oAXxU8Fdkm4J6"
OUTSIDE = "DRpbCBMxVnDK7maPM5tGv6MvB3v1sRMC86PZ8okm21hy"


class Desk:
    """A service on a database of its own, at a time that the test sets."""

    def __init__(self, directory: Path) -> None:
        self.now = 1_700_000_000.0
        self.database = directory / "signer.db"
        self.master = MasterKey(new_key())
        self._open()

    def _open(self) -> None:
        self.connection = open_store(self.database)
        self.connection.execute("PRAGMA synchronous = OFF")
        self.vault = Vault(self.connection, self.master)
        limits = Limits(TRADE_LIMIT, WITHDRAW_LIMIT, KEEPER_LIMIT, PROGRAM_ID)
        ids = ProgramIds(Pubkey.from_string(PROGRAM_ID))
        self.service = Service(self.connection, self.vault, ids, limits, lambda: self.now)

    def restart(self) -> None:
        """The same database under the same key, in a service that remembers nothing."""
        self.service.close()
        self._open()

    def wallet(self, request_id: str = "ann") -> str:
        answer = self.service.handle({"method": "create_wallet", "params": {"request_id": request_id}})
        return str(answer["address"])

    def sign(self, order_id: str, wallet: str, intent: dict[str, Any], **changes: Any) -> dict[str, Any]:
        params = sign_params(order_id, wallet, intent)
        return self.service.handle({"method": "sign", "params": params | changes}, pid=7)

    def withdraw(self, order_id: str, wallet: str, lamports: int, **changes: Any) -> dict[str, Any]:
        intent = {"kind": "withdraw", "destination": OUTSIDE, "lamports": lamports}
        return self.sign(order_id, wallet, **{"intent": intent, **changes})


def sign_params(order_id: str, wallet: str, intent: dict[str, Any]) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "wallet": wallet,
        "intent": intent,
        "blockhash": {"hash": BLOCKHASH, "last_valid_block_height": 1_000},
        "compute": {"unit_limit": 1_000, "unit_price": 5},
    }
