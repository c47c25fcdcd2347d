"""The process's meter: one, as a scrape asks one process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a tenth of a second, and only a process that counts needs it
    from core.adapters.metrics.prometheus import PrometheusMeter


@cache
def process_meter() -> PrometheusMeter:
    """The meter of all roles in this process, made when it is first asked for."""
    from core.adapters.db.migrate import revisions
    from core.adapters.metrics.prometheus import PrometheusMeter

    return PrometheusMeter(revisions()[-1])
