"""What is counted about the running installation, for whoever operates it.

A label has one of few values that we name ourselves: a platform, a command, a code. Never a user, a chat, a
coin, an address, or anything that somebody typed.
"""

from __future__ import annotations

from typing import Protocol


class Meter(Protocol):
    """Counting never waits and never fails. Durations are in seconds."""

    def updates(self, platform: str, outcome: str, number: int = 1) -> None:
        """outcome: accepted | repeated (delivered to us again) | handled | failed."""
        ...

    def dispatched(self, command: str, outcome: str, seconds: float) -> None:
        """outcome: answered | refused | failed. command: a declared one, or "other"."""
        ...

    def refused(self, code: str) -> None:
        """A `UserError` was said."""
        ...

    def delivered(self, platform: str, kind: str, outcome: str) -> None:
        """An attempt to send. outcome: sent | later | limited | gone | failed."""
        ...

    def order(self, kind: str, state: str) -> None:
        """An order came into `state`."""
        ...

    def landed(self, kind: str, seconds: float) -> None:
        """From the press that confirmed an order to when we knew that it had landed."""
        ...

    def rpc(self, method: str, outcome: str, seconds: float) -> None:
        """outcome: answered | refused | away."""
        ...

    def signer(self, method: str, outcome: str, seconds: float) -> None:
        """outcome: answered | refused | away."""
        ...

    def kept(self, kind: str, outcome: str) -> None:
        """A transaction of the keeper's came to its end. kind: graduate | sweep. outcome: landed | overtaken
        (somebody else did it) | refused (not sent) | failed | expired; fault: a round of that kind broke."""
        ...

    def keeper_holds(self, lamports: int) -> None:
        """What is in the keeper's wallet."""
        ...

    def indexed(self, lag: int) -> None:
        """The index was brought up to `lag` slots behind the chain."""
        ...

    def waiting(self, queue: str, platform: str, number: int, oldest: int) -> None:
        """queue: inbox | outbox. oldest: seconds that its oldest row has waited."""
        ...


class Silent:
    """The `Meter` where nobody looks: a tool, a test."""

    def updates(self, platform: str, outcome: str, number: int = 1) -> None: ...
    def dispatched(self, command: str, outcome: str, seconds: float) -> None: ...
    def refused(self, code: str) -> None: ...
    def delivered(self, platform: str, kind: str, outcome: str) -> None: ...
    def order(self, kind: str, state: str) -> None: ...
    def landed(self, kind: str, seconds: float) -> None: ...
    def rpc(self, method: str, outcome: str, seconds: float) -> None: ...
    def signer(self, method: str, outcome: str, seconds: float) -> None: ...
    def kept(self, kind: str, outcome: str) -> None: ...
    def keeper_holds(self, lamports: int) -> None: ...
    def indexed(self, lag: int) -> None: ...
    def waiting(self, queue: str, platform: str, number: int, oldest: int) -> None: ...


SILENT = Silent()
