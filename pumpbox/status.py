"""`pumpbox status`: which roles run, and where the chain answers."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Any

from core.settings import load_settings
from pumpbox.state import read_status, running


def status(*, data: Path | None = None, json: bool = False) -> int:
    """Says what runs on the folder. Exit code 1 if nothing does.

    Parameters
    ----------
    data
        Folder of the installation; default PUMPBOX_DATA, else ./data.
    json
        One JSON object: running, pid, started_at, rpc_url, http_url, roles.
    """
    folder = load_settings(data).data_dir
    runs = running(folder)
    found = read_status(folder) if runs else {}
    shown = {
        "running": runs,
        "pid": found.get("pid"),
        "started_at": found.get("started_at"),
        "rpc_url": found.get("rpc_url"),
        "http_url": found.get("http_url"),
        "roles": found.get("roles", []),
    }
    print(jsonlib.dumps(shown) if json else _table(shown, folder))
    return 0 if runs else 1


def _table(shown: dict[str, Any], folder: Path) -> str:
    if not shown["running"]:
        return f"Nothing runs on {folder}. Start it with: pumpbox run --data {folder}"
    rows = [f"{'ROLE':<10} {'STATE':<9} {'PID':>7} {'RESTARTS':>8}"]
    rows += [
        f"{r['name']:<10} {r['state']:<9} {r['pid'] or '-':>7} {r['restarts']:>8}" for r in shown["roles"]
    ]
    return "\n".join([*rows, f"RPC {shown['rpc_url'] or '-'}", f"HTTP {shown['http_url'] or '-'}"])
