"""`pumpbox localnet`: the embedded chain alone."""

from __future__ import annotations

from pathlib import Path

from core.settings import load_settings
from pumpbox.refused import Refused
from pumpbox.roles import ROLES
from pumpbox.run import supervise


def localnet(*, data: Path | None = None, port: int | None = None) -> int:
    """A chain that ordinary clients can't tell from a cluster, with our program on it; until Ctrl-C.

    Parameters
    ----------
    data
        Folder of the installation; default PUMPBOX_DATA, else ./data. Its ledger survives restarts.
    port
        JSON-RPC and WebSocket on 127.0.0.1, WebSocket on the next port too; default LOCALNET_PORT, else
        those of the last start, else free ones.
    """
    settings = load_settings(data)
    if not settings.embedded_chain:
        raise Refused("SOLANA_CLUSTER or SOLANA_RPC_URL name another chain: unset them for an embedded one")
    if port is not None:
        settings = settings.model_copy(update={"localnet_port": port})
    return supervise(settings, roles={"localnet": ROLES["localnet"]})
