"""`pumpbox migrate`: brings the database to the schema of this version."""

from __future__ import annotations

import asyncio
from pathlib import Path

from core.bootstrap.places import database_url
from core.ports.store import StoreAway
from core.settings import load_settings
from pumpbox.refused import Refused
from pumpbox.state import Taken, whole


def migrate(*, data: Path | None = None) -> int:
    """Makes or migrates the schema, in one transaction and under a lock: all of it or nothing, and nothing twice.
    `pumpbox run` does it too. Take a `pumpbox backup` before, with the version that ran until now.

    Parameters
    ----------
    data
        Folder of the installation; default PUMPBOX_DATA, else ./data.
    """
    from core.adapters.db.engine import BadDatabaseUrl  # late: SQLAlchemy takes a second to import
    from core.adapters.db.migrate import SchemaMismatch, revisions, upgrade

    settings = load_settings(data)
    try:
        whole(settings.data_dir)
        asyncio.run(upgrade(database_url(settings)))
    except StoreAway as error:
        raise Refused(f"the database can't be reached: {error}. Check DATABASE_URL.") from None
    except (SchemaMismatch, BadDatabaseUrl, Taken) as error:
        raise Refused(str(error)) from None
    print(f"The database has the schema of this version, {revisions()[-1]}.")
    return 0
