"""Port: who proposes a coin's name, ticker and description for a theme."""

from dataclasses import dataclass
from typing import Protocol

from core.domain.theme import Theme


@dataclass(frozen=True, slots=True)
class Proposal:
    """A coin's words. ``source`` and ``attempt`` let a verifier recompute the very same candidate."""

    name: str  # at most 32 bytes of UTF-8
    ticker: str  # 3 to 6 of A-Z 0-9
    description: str
    source: str  # who proposed it and which version, for example "offline:1"
    attempt: int  # 0 unless earlier candidates were taken


class IsTaken(Protocol):
    """Whether a coin of ours (or a well-known one) is too close to this name or ticker."""

    async def __call__(self, name: str, ticker: str) -> bool: ...


class Namer(Protocol):
    """Proposes words for a coin."""

    async def propose(self, theme: Theme, seed: bytes, is_taken: IsTaken) -> Proposal:
        """The first candidate, in the order that ``seed`` gives, which isn't taken.

        Equal theme, seed and answers of ``is_taken`` give an equal proposal. Raises
        UserError("names-exhausted") when every candidate it is willing to try is taken.
        """
        ...
