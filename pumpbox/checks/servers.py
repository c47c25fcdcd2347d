"""Database and Valkey."""

from __future__ import annotations

from core.adapters.db.engine import BadDatabaseUrl
from core.adapters.db.migrate import revisions
from core.adapters.db.store import SqlStore
from core.adapters.queue.probe import ping
from core.adapters.queue.valkey import ValkeyAway
from core.bootstrap import places
from core.ports.store import StoreAway
from core.settings import Settings
from pumpbox.checks.check import FAIL, OK, WARN, Check


async def database(settings: Settings) -> list[Check]:
    if settings.database_url is None and not (settings.data_dir / "pumpbox.db").exists():
        return [Check("database", OK, "made at the first start")]
    try:
        store = SqlStore(places.database_url(settings))
    except BadDatabaseUrl as bad:
        return [Check("database", FAIL, str(bad), "set DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME")]
    try:
        found, head = await store.revision(), revisions()[-1]
    except StoreAway:
        return [Check("database", FAIL, "does not answer", "start it, and check DATABASE_URL")]
    finally:
        await store.close()
    if found == head:
        return [Check("database", OK, f"schema {head}")]
    if found is not None and found not in revisions():
        seen = f"schema {found}, which this version doesn't know"
        return [Check("database", FAIL, seen, "install the version of pumpbox that made it")]
    seen = f"schema {found or 'missing'}, this version needs {head}"
    return [Check("database", WARN, seen, "the next start migrates it; or run pumpbox migrate")]


async def valkey(settings: Settings) -> list[Check]:
    if settings.redis_url is None:
        return [Check("valkey", OK, "embedded, starts with the others")]
    try:
        await ping(places.redis_url(settings))
    except (ValkeyAway, ValueError):
        return [
            Check("valkey", WARN, "does not answer", "check REDIS_URL; without it limits are per process")
        ]
    return [Check("valkey", OK, "answers")]
