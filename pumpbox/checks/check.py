"""One line of the preflight."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from core.settings import Settings

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """status: ok | warn (it works, but see) | fail. seen: what was found. do: the next step, unless ok.
    Nothing in it is a secret: it is printed, and pasted into tickets."""

    name: str
    status: str
    seen: str
    do: str = ""

    def line(self) -> str:
        return f"{self.status:<4}  {self.name:<10} {self.seen}" + (f"\n      -> {self.do}" if self.do else "")

    def json(self) -> dict[str, str]:
        return asdict(self)


Look = Callable[[Settings], Awaitable[list[Check]]]
