"""`pumpbox migrate`: brings the database to the schema of this version."""

from __future__ import annotations

import asyncio
from pathlib import Path

from core.bootstrap.places import database_url
from core.ports.store import StoreAway
from core.settings import load_settings
from pumpbox.refused import Refused


def migrate(*, data: Path | None = None) -> int:
    """Makes or migrates the schema, under a lock; `pumpbox run` does it too. Does nothing twice.

    Parameters
    ----------
    data
        Folder of the installation; default PUMPBOX_DATA, else ./data.
    """
    from core.adapters.db.engine import BadDatabaseUrl  # late: SQLAlchemy takes a second to import
    from core.adapters.db.migrate import SchemaMismatch, upgrade

    try:
        asyncio.run(upgrade(database_url(load_settings(data))))
    except StoreAway as error:
        raise Refused(f"the database can't be reached: {error}. Check DATABASE_URL.") from None
    except (SchemaMismatch, BadDatabaseUrl) as error:
        raise Refused(str(error)) from None
    print("The database has the schema of this version.")
    return 0
