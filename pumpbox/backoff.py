"""How long to wait before a crashed role starts again."""

from __future__ import annotations


class Backoff:
    """0.25 s, doubling to 15 s; from the start again once a run has lasted a minute."""

    FIRST, MOST, STEADY = 0.25, 15.0, 60.0  # seconds

    def __init__(self) -> None:
        self._next = self.FIRST

    def after(self, lasted: float) -> float:
        """Seconds to wait after a run that lasted `lasted` seconds."""
        if lasted >= self.STEADY:
            self._next = self.FIRST
        wait, self._next = self._next, min(self._next * 2, self.MOST)
        return wait
