"""How a local chain is set up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from workers.localnet.genesis import Genesis


@dataclass(frozen=True, slots=True)
class LocalnetConfig:
    """One local chain. `port` 0 takes a free pair: HTTP and WebSocket on it, WebSocket on the next as well."""

    ledger_path: Path
    host: str = "127.0.0.1"
    port: int = 0
    genesis: Genesis = field(default_factory=Genesis)
    now: Callable[[], float] = time.time
