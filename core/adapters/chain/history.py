"""The transactions that name an address, oldest first."""

from __future__ import annotations

from collections import deque
from typing import Any

from core.adapters.chain.rpc import Rpc, RpcRefused
from core.ports.chain import ChainAway

PAGE = 1_000  # signatures that one call gives
_CONFIRMED = "confirmed"


class History:
    """Keeps the signatures of a long catch-up in memory, 100 bytes each."""

    def __init__(self, rpc: Rpc, address: str) -> None:
        self._rpc, self._address = rpc, address
        self._ahead: deque[dict[str, Any]] = deque()  # oldest first
        self._last: str | None = None  # what `_ahead` follows

    @property
    def behind(self) -> bool:
        """Whether there is more that was listed and not yet given."""
        return bool(self._ahead)

    async def after(
        self, signature: str | None, limit: int
    ) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
        """Up to `limit` entries of getSignaturesForAddress that came after `signature` (None: from the
        beginning), each with its getTransaction answer (encoding json), or None if it failed.

        Raises `ChainAway`.
        """
        if not self._ahead or signature != self._last:
            self._ahead = await self._signatures_after(signature)
        found: list[tuple[dict[str, Any], dict[str, Any] | None]] = []
        while self._ahead and len(found) < limit:
            entry = self._ahead[0]
            found.append((entry, await self._transaction(entry) if entry["err"] is None else None))
            self._ahead.popleft()
        self._last = found[-1][0]["signature"] if found else signature
        return found

    async def _signatures_after(self, signature: str | None) -> deque[dict[str, Any]]:
        """All that came after, oldest first: pages come newest first, back to `signature`."""
        found: deque[dict[str, Any]] = deque()
        before: str | None = None
        while True:
            options: dict[str, Any] = {"limit": PAGE, "commitment": _CONFIRMED}
            if before is not None:
                options["before"] = before
            if signature is not None:
                options["until"] = signature
            page = await ask(self._rpc, "getSignaturesForAddress", self._address, options)
            found.extendleft(page)
            if len(page) < PAGE:
                break
            before = page[-1]["signature"]
        if found and signature is not None:
            await self._check_joins(signature, found[0]["signature"])
        return found

    async def _check_joins(self, last: str, following: str) -> None:
        """A node that does not know `last`, not yet or not any more, lists all that it has instead: taken for what
        is new, every trade would be booked again, or a hole left. Raises `ChainAway`."""
        options = {"limit": 1, "before": following, "commitment": _CONFIRMED}
        page = await ask(self._rpc, "getSignaturesForAddress", self._address, options)
        if [entry["signature"] for entry in page] != [last]:
            raise ChainAway(
                f"getSignaturesForAddress: a node that is behind, or whose history does not go back to {last}"
            )

    async def _transaction(self, entry: dict[str, Any]) -> dict[str, Any]:
        options = {"encoding": "json", "commitment": _CONFIRMED, "maxSupportedTransactionVersion": 0}
        answer: dict[str, Any] | None = await ask(self._rpc, "getTransaction", entry["signature"], options)
        if answer is None:
            # Listed but not given: a lagging node. Skipping it would leave a hole.
            raise ChainAway(f"getTransaction: no {entry['signature']}")
        return answer


async def ask(rpc: Rpc, method: str, *params: Any) -> Any:
    """A question that a healthy node answers: a refusal is as good as no answer. Raises `ChainAway`."""
    try:
        return await rpc.call(method, *params)
    except RpcRefused as refused:
        raise ChainAway(f"{method}: {refused}") from refused
