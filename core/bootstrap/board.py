"""What the roles of this process say of themselves. Without an import of weight: the signer has a board too."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache

_WORKING = ("ready", "done")


@dataclass
class Board:
    """states: starting | ready | done | crashed | stopped. needs: database, valkey, chain, signer, keeper."""

    states: dict[str, str] = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)

    def join(self, role: str, needs: Collection[str]) -> None:
        """A role is hosted here."""
        self.states[role] = "starting"
        self.needs |= set(needs)

    def change(self, role: str, state: str) -> None:
        self.states[role] = state

    def works(self) -> dict[str, bool]:
        """Which roles work, or have done what they were for."""
        return {role: state in _WORKING for role, state in self.states.items()}


@cache
def board() -> Board:
    """The process's."""
    return Board()
