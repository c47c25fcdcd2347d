"""`pumpbox audit`: checks the signer's log of what it did and refused."""

from __future__ import annotations

from pathlib import Path

from core.settings import load_settings
from pumpbox.refused import Refused


def audit(*, data: Path | None = None) -> int:
    """Checks that nothing in the signer's log was changed, dropped or moved, and that it agrees with the
    signer's wallets and signatures. Write the last hash down elsewhere: whoever can write the file could
    rewrite all of it.

    Parameters
    ----------
    data
        Folder of the installation; default PUMPBOX_DATA, else ./data.
    """
    from pumpbox.bodies import signer_config  # late: the chain's types
    from workers.signer.audit import AuditBroken, head, verify

    file = signer_config(load_settings(data)).database
    try:
        count = verify(file)
    except FileNotFoundError:
        raise Refused(f"there is no {file}: the signer has not run on this folder yet") from None
    except AuditBroken as error:
        raise Refused(f"THE LOG WAS CHANGED: {error}. Stop the signer and compare with a backup.") from None
    print(f"{count} entries, all sound. Last hash: {head(file)}")
    return 0
