"""Port: the public files that say who gets what of an epoch. docs/rewards.md has the format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from core.domain.merkle import Leaf


class BadLeaves(Exception):
    """A file is missing, or is not the one that it should be. The text says which and where."""


class Leaves(Protocol):
    """Both methods block, for seconds at a million leaves: call them in a thread."""

    def write(self, epoch: int, leaves: Iterable[Leaf]) -> bytes:
        """Keeps the file of these leaves and returns its sha256, once it survives a power cut. The same leaves
        make the same file; nobody sees a part of one.

        Raises `ValueError` for leaves that no epoch takes (`core.domain.rewards.check_leaf`), or none.
        """
        ...

    def read(self, epoch: int, sha256: bytes) -> Iterator[Leaf]:
        """The leaves, as they were written. Raises `BadLeaves`, at the end too: then forget what was read."""
        ...
