"""How much of a holding."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.money import BPS, Bps, TokenAtoms


@dataclass(frozen=True, slots=True)
class Portion:
    """Atoms, or a share in basis points. Exactly one is set."""

    atoms: TokenAtoms | None = None
    share: Bps | None = None

    def of(self, held: int) -> int:
        """Atoms, of `held` atoms; a share is rounded down."""
        if self.atoms is not None:
            return self.atoms
        assert self.share is not None, "a portion is atoms or a share"
        return held * self.share // BPS
