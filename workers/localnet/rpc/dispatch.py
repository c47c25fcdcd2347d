"""From the bytes of a request to the bytes of its answer."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from workers.localnet.errors import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    LedgerError,
    RpcError,
    invalid_params,
)
from workers.localnet.node import Node
from workers.localnet.rpc import accounts, cluster, history, tokens, transactions
from workers.localnet.rpc.params import Params

Method = Callable[[Node, Params], object]
METHODS: dict[str, Method] = {
    **accounts.METHODS,
    **cluster.METHODS,
    **history.METHODS,
    **tokens.METHODS,
    **transactions.METHODS,
}
MAX_BATCH = 1_000
log = logging.getLogger(__name__)
_encoder = json.JSONEncoder(separators=(",", ":"))


def dumps(value: object) -> str:
    """Compact JSON."""
    return _encoder.encode(value)


def parse(body: bytes | str) -> object:
    """JSON from a stranger; RpcError -32700 if it isn't."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RpcError(PARSE_ERROR, "Parse error: the body is not JSON") from error


def handle(node: Node, body: bytes) -> str:
    """Answers one call or a batch; "" if there is nothing to answer (notifications)."""
    try:
        request = parse(body)
    except RpcError as error:
        return dumps(failure(None, error))
    if not isinstance(request, list):
        answer = call(node, request)
        return "" if answer is None else dumps(answer)
    if not request or len(request) > MAX_BATCH:
        refused = RpcError(INVALID_REQUEST, f"Invalid request: a batch holds 1 to {MAX_BATCH} calls")
        return dumps(failure(None, refused))
    answers = [answer for item in request if (answer := call(node, item)) is not None]
    return dumps(answers) if answers else ""


def call(node: Node, request: object) -> dict[str, object] | None:
    """Answers one call; None for a notification (a call without id)."""
    ident = ident_of(request)
    try:
        name, params = unwrap(request)
        method = METHODS.get(name)
        if method is None:
            raise RpcError(METHOD_NOT_FOUND, "Method not found")
        answer = success(ident, method(node, params))
    except RpcError as error:
        answer = failure(ident, error)
    except LedgerError as error:
        log.error("%s", error)
        answer = failure(ident, RpcError(INTERNAL_ERROR, str(error)))
    except Exception:  # a fault of ours must not cost the connection; it is logged whole
        log.exception("a call failed")
        answer = failure(ident, RpcError(INTERNAL_ERROR, "Internal error"))
    return answer if not isinstance(request, dict) or "id" in request else None


def ident_of(request: object) -> str | int | None:
    """The id to answer under, None where there is no usable one."""
    ident = request.get("id") if isinstance(request, dict) else None
    return ident if isinstance(ident, str | int) else None


def unwrap(request: object) -> tuple[str, Params]:
    """Method and parameters of a call."""
    if not isinstance(request, dict) or not isinstance(request.get("method"), str):
        raise RpcError(INVALID_REQUEST, "Invalid request: an object with method, params and id is needed")
    params = request.get("params")
    if params is not None and not isinstance(params, list):
        raise invalid_params("params must be a list")
    return request["method"], Params(params or ())


def error_of(stored: str | None) -> object:
    """A transaction's error from the ledger."""
    return None if stored is None else json.loads(stored)


def success(ident: object, result: object) -> dict[str, object]:
    """A JSON-RPC answer."""
    return {"jsonrpc": "2.0", "result": result, "id": ident}


def failure(ident: object, error: RpcError) -> dict[str, object]:
    """A JSON-RPC error."""
    return {"jsonrpc": "2.0", "error": error.body(), "id": ident}
