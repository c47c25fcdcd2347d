"""A Namer without a grammar; passes the contract suite of the real ones."""

from core.domain.box import Draw, derive
from core.domain.errors import UserError
from core.domain.theme import Theme
from core.ports.namer import IsTaken, Proposal


class FakeNamer:
    """Numbers its coins: "Coin 4711", "C4711"."""

    async def propose(self, theme: Theme, seed: bytes, is_taken: IsTaken) -> Proposal:
        draw = Draw(derive(seed, theme.text))
        for attempt in range(50):
            number = draw.below(100_000)
            name, ticker = f"Coin {number:05}", f"C{number:05}"
            if not await is_taken(name, ticker):
                return Proposal(name, ticker, f"About {theme.text}.", "fake:1", attempt)
        raise UserError("names-exhausted")
