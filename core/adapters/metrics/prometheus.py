"""The `Meter` port as Prometheus metrics. One per process: see `core.bootstrap.metrics`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import version

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # seconds
_SLOW = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 60.0, 90.0)  # seconds: inbox times are whole ones


class PrometheusMeter:
    """Implements `core.ports.meter.Meter`. `revision`: of the database's schema, for the build info."""

    def __init__(self, revision: str = "") -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._updates = self._counter("updates", "Updates from platforms", "platform", "outcome")
        self._dispatch = self._histogram(
            "dispatch_seconds", "From invocation to reply", _QUICK, "command", "outcome"
        )
        self._refusals = self._counter("refusals", "Refusals said to users, by code", "code")
        self._deliveries = self._counter(
            "deliveries", "Attempts to send a delivery", "platform", "kind", "outcome"
        )
        self._orders = self._counter("orders", "Orders that came into a state", "kind", "state")
        self._landed = self._histogram("order_landed_seconds", "From the press to landed", _SLOW, "kind")
        self._rpc = self._histogram("rpc_seconds", "Calls of the chain's RPC", _QUICK, "method", "outcome")
        self._signer = self._histogram(
            "signer_seconds", "Requests to the signer", _QUICK, "method", "outcome"
        )
        self._kept = self._counter("keeper", "The keeper's own transactions that ended", "kind", "outcome")
        self._purse = self._gauge("keeper_lamports", "What the keeper's wallet holds")
        self._lag = self._gauge("indexer_lag_slots", "Slots that the index is behind the chain")
        self._looked = self._gauge("indexer_looked_timestamp_seconds", "When the indexer last saw the chain")
        self._depth = self._gauge("queue_depth", "Rows that wait, of inbox and outbox", "queue", "platform")
        self._oldest = self._gauge(
            "queue_oldest_seconds", "Age of the oldest row that waits", "queue", "platform"
        )
        self._roles = self._gauge("role_up", "Whether a role of this process works", "role")
        build = self._gauge("build_info", "What runs", "version", "schema")
        build.labels(version("pumpbox"), revision).set(1)

    def updates(self, platform: str, outcome: str, number: int = 1) -> None:
        self._updates.labels(platform, outcome).inc(number)

    def dispatched(self, command: str, outcome: str, seconds: float) -> None:
        self._dispatch.labels(command, outcome).observe(seconds)

    def refused(self, code: str) -> None:
        self._refusals.labels(code).inc()

    def delivered(self, platform: str, kind: str, outcome: str) -> None:
        self._deliveries.labels(platform, kind, outcome).inc()

    def order(self, kind: str, state: str) -> None:
        self._orders.labels(kind, state).inc()

    def landed(self, kind: str, seconds: float) -> None:
        self._landed.labels(kind).observe(seconds)

    def rpc(self, method: str, outcome: str, seconds: float) -> None:
        self._rpc.labels(method, outcome).observe(seconds)

    def signer(self, method: str, outcome: str, seconds: float) -> None:
        self._signer.labels(method, outcome).observe(seconds)

    def kept(self, kind: str, outcome: str) -> None:
        self._kept.labels(kind, outcome).inc()

    def keeper_holds(self, lamports: int) -> None:
        self._purse.set(lamports)

    def indexed(self, lag: int) -> None:
        self._lag.set(lag)
        self._looked.set(time.time())

    def waiting(self, queue: str, platform: str, number: int, oldest: int) -> None:
        self._depth.labels(queue, platform).set(number)
        self._oldest.labels(queue, platform).set(oldest)

    def roles(self, up: Mapping[str, bool]) -> None:
        """Which roles of this process work."""
        for role, works in up.items():
            self._roles.labels(role).set(works)

    def page(self) -> bytes:
        """All of it, in Prometheus's text format (`CONTENT_TYPE`)."""
        return generate_latest(self.registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"pumpbox_{name}", what, labels, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"pumpbox_{name}", what, labels, registry=self.registry)

    def _histogram(self, name: str, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"pumpbox_{name}", what, labels, buckets=buckets, registry=self.registry)
