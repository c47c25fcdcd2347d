"""The signer: the only process with keys. It takes typed requests and answers with signed transactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.domain.intent import Intent
from core.ports.chain import Blockhash, Compute

KEEPER = "keeper"  # request id of the keeper's own wallet; a person's id is a ULID, never this


class SignerAway(Exception):
    """The signer did not answer. Whether it signed is unknown; asking again with the same order id is safe."""


@dataclass(frozen=True, slots=True)
class Signed:
    """raw: the transaction's bytes. signature: base58. Equal for every repeat of one order id."""

    raw: bytes
    signature: str
    last_valid_block_height: int


class Signer(Protocol):
    """Every method raises `SignerAway`, and `UserError` when the signer refuses (a limit, an unknown wallet)."""

    async def create_wallet(self, request_id: str) -> str:
        """Address of a new custodial wallet; the same for every repeat of one request id."""
        ...

    async def sign(
        self, order_id: str, wallet: str, intent: Intent, blockhash: Blockhash, compute: Compute
    ) -> Signed:
        """Signs the intent's transaction. An order id is signed once: a repeat returns the first result,
        whatever else it asks."""
        ...

    async def withdrawn_today(self, wallet: str) -> tuple[int, int]:
        """Lamports withdrawn in the last 24 hours, and the limit. Of the keeper's wallet: what all that was signed
        may cost it, and its budget."""
        ...
