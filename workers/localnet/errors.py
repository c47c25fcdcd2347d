"""What the node answers when it refuses, in the shapes that Solana clients parse."""

from __future__ import annotations

from collections.abc import Mapping

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
PREFLIGHT_FAILURE = -32002
SIGNATURE_FAILURE = -32003
BLOCK_NOT_AVAILABLE = -32004
KEY_EXCLUDED = -32010
HISTORY_VERSION = -32015
MIN_CONTEXT_SLOT = -32016


class RpcError(Exception):
    """A JSON-RPC error object: a code, a message, and data where clients need it to parse the answer."""

    def __init__(self, code: int, message: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def body(self) -> dict[str, object]:
        """The value of "error" in the answer."""
        body: dict[str, object] = {"code": self.code, "message": self.message}
        if self.data is not None:
            body["data"] = self.data
        return body


class LedgerError(Exception):
    """The ledger can't be used: it is held by another node, foreign, or unreadable. Says what to do."""


def invalid_params(reason: str) -> RpcError:
    """A request whose parameters can't be understood."""
    return RpcError(INVALID_PARAMS, f"Invalid params: {reason}")
