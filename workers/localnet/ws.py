"""WebSocket connections and the notices that their subscriptions get."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, WSMsgType, web

from workers.localnet.clock import VALID_SLOTS
from workers.localnet.errors import METHOD_NOT_FOUND, RpcError, invalid_params
from workers.localnet.node import Landed, Node, parse_signature
from workers.localnet.rpc import dispatch, subscribe
from workers.localnet.rpc.subscribe import Subscription, Topic

OUTBOX = 10_000  # notices that a slow client may be behind before it is cut off
MAX_SUBSCRIPTIONS = 1_000  # a connection
MAX_MESSAGE = 64 * 1024
_PAUSE = 0.4  # seconds between looks at the clock when the next slot isn't due sooner


@dataclass(slots=True, eq=False)
class Connection:
    """One client. What it is to get waits in `outbox`; None there ends it."""

    socket: web.WebSocketResponse
    outbox: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(OUTBOX))
    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    cut_off: bool = False

    def send(self, text: str) -> None:
        """Queues a message; a client that doesn't read is cut off rather than told half."""
        if self.cut_off:
            return
        if self.outbox.full():
            self.cut_off = True
            self.outbox.get_nowait()
            self.outbox.put_nowait(None)
        else:
            self.outbox.put_nowait(text)

    async def write(self) -> None:
        """Sends what is queued until told to end."""
        while (text := await self.outbox.get()) is not None and not self.cut_off:
            await self.socket.send_str(text)
        await self.socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow: notices were lost")


class Hub:
    """All connections and subscriptions of a node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._ids = itertools.count(1)
        self._topics: dict[Topic, dict[int, tuple[Connection, Subscription]]] = {}
        self._connections: set[Connection] = set()
        node.listeners.append(self._on_landed)

    # ------------------------------------------------------------------ connections

    async def serve(self, request: web.BaseRequest) -> web.WebSocketResponse:
        """Speaks with one client until it leaves."""
        socket = web.WebSocketResponse(max_msg_size=MAX_MESSAGE, heartbeat=30)
        await socket.prepare(request)
        connection = Connection(socket)
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write())
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    self._receive(connection, message.data)
        finally:
            self._connections.discard(connection)
            for ident in list(connection.subscriptions):
                self._drop(connection, ident)
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await writer
        return socket

    async def close(self) -> None:
        """Says goodbye to everyone."""
        for connection in list(self._connections):
            await connection.socket.close(code=WSCloseCode.GOING_AWAY, message=b"the node stops")

    def _receive(self, connection: Connection, text: str | bytes) -> None:
        try:
            request = dispatch.parse(text)
        except RpcError as error:
            connection.send(dispatch.dumps(dispatch.failure(None, error)))
            return
        for item in request if isinstance(request, list) else [request]:
            self._call(connection, item)

    def _call(self, connection: Connection, request: object) -> None:
        ident = dispatch.ident_of(request)
        try:
            name, params = dispatch.unwrap(request)
            if name in subscribe.METHODS:
                self._subscribe(connection, ident, subscribe.METHODS[name](self._node, params))
            elif name in subscribe.UNSUBSCRIBE:
                self._unsubscribe(connection, ident, params.number(0, "subscription"))
            else:
                raise RpcError(METHOD_NOT_FOUND, "Method not found")
        except RpcError as error:
            connection.send(dispatch.dumps(dispatch.failure(ident, error)))

    # ------------------------------------------------------------------ subscriptions

    def _subscribe(self, connection: Connection, ident: object, wanted: Subscription) -> None:
        if len(connection.subscriptions) >= MAX_SUBSCRIPTIONS:
            raise invalid_params(f"too many subscriptions on one connection; max {MAX_SUBSCRIPTIONS}")
        number = next(self._ids)
        connection.subscriptions[number] = wanted
        self._topics.setdefault(wanted.topic, {})[number] = (connection, wanted)
        connection.send(dispatch.dumps(dispatch.success(ident, number)))
        kind, key = wanted.topic
        if kind == "signature":
            found = self._node.ledger.status(bytes(parse_signature(str(key))))
            if found is not None:
                self._tell_signature(wanted.topic, found[0], dispatch.error_of(found[1]))

    def _unsubscribe(self, connection: Connection, ident: object, number: int) -> None:
        if number not in connection.subscriptions:
            raise invalid_params("Invalid subscription id.")
        self._drop(connection, number)
        connection.send(dispatch.dumps(dispatch.success(ident, True)))

    def _drop(self, connection: Connection, number: int) -> None:
        topic = connection.subscriptions.pop(number).topic
        listeners = self._topics[topic]
        del listeners[number]
        if not listeners:
            del self._topics[topic]

    # ------------------------------------------------------------------ notices

    def _on_landed(self, landed: Landed) -> None:
        if not self._topics:
            return
        for key in (None, *landed.keys):
            for number, (connection, wanted) in self._listening(("logs", key)):
                result = {"context": {"slot": landed.slot}, "value": subscribe.logs_value(landed)}
                _notify(connection, wanted, number, result)
        for change in landed.changes:
            after = change.after or subscribe.GONE
            for topic in (("account", change.key), ("program", after.owner)):
                for number, (connection, wanted) in self._listening(topic):
                    value = wanted.account(change.key, after) if wanted.account else None
                    if value is not None:
                        result = {"context": {"slot": landed.slot}, "value": value}
                        _notify(connection, wanted, number, result)
        self._tell_signature(("signature", landed.signature), landed.slot, landed.err)

    def _tell_signature(self, topic: Topic, slot: int, err: object) -> None:
        for number, (connection, wanted) in self._listening(topic):
            for result in subscribe.signature_notices(wanted, slot, err):
                _notify(connection, wanted, number, result)
            self._drop(connection, number)

    def _listening(self, topic: Topic) -> list[tuple[int, tuple[Connection, Subscription]]]:
        found = self._topics.get(topic)
        return list(found.items()) if found else []

    async def tick(self) -> None:
        """Tells of each new slot, for ever."""
        clock = self._node.clock
        told = clock.slot()
        while True:
            await asyncio.sleep(min(clock.seconds_to_next(), _PAUSE))
            now = clock.slot()
            for slot in range(max(told + 1, now - VALID_SLOTS), now + 1):
                self._tell_slot(slot)
            told = now

    def _tell_slot(self, slot: int) -> None:
        for number, (connection, wanted) in self._listening(("slot", None)):
            _notify(connection, wanted, number, {"slot": slot, "parent": slot - 1, "root": slot})
        for number, (connection, wanted) in self._listening(("root", None)):
            _notify(connection, wanted, number, slot)


def _notify(connection: Connection, wanted: Subscription, number: int, result: object) -> None:
    params = {"result": result, "subscription": number}
    connection.send(dispatch.dumps({"jsonrpc": "2.0", "method": wanted.notice, "params": params}))
