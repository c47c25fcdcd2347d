"""Discord's rate limits: a bucket for a route and its channel or hook, 50 requests a second in all, and the
ban that follows too many refusals.

Windows are in Discord's seconds; `pace` is how many of them pass in one of ours, so that a test waits little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.discord_rules import Refused

if TYPE_CHECKING:
    from tests.fakes.discord_world import Clock

Headers = dict[str, str]


@dataclass(frozen=True)
class Rule:
    """So many in so many seconds."""

    most: int
    per: float


@dataclass
class _Window:
    ends: float
    used: int = 0


ROUTES = (  # method and path; the group is what has a bucket of its own
    (re.compile(r"POST /channels/(\d+)/messages"), Rule(5, 5)),
    (re.compile(r"PATCH /channels/(\d+)/messages/\d+"), Rule(5, 5)),
    (re.compile(r"DELETE /channels/(\d+)/messages/\d+"), Rule(5, 1)),
    (re.compile(r"POST /channels/(\d+)(?:/messages/\d+)?/threads"), Rule(50, 300)),
    (re.compile(r"[A-Z]+ /webhooks/(\d+/[^/]+).*"), Rule(5, 2)),
    (re.compile(r"PUT /applications/(\d+)/commands"), Rule(200, 86_400)),
)
OVERALL = Rule(50, 1)
REFUSALS = Rule(10_000, 600)
COUNTED = (401, 403, 429)  # what counts as a refusal


@dataclass
class Limits:
    """`limited`: what was refused with 429, as `METHOD path`. Rules may be replaced by a test."""

    clock: Clock
    pace: float = 1.0
    overall: Rule = OVERALL
    refusals: Rule = REFUSALS
    limited: list[str] = field(default_factory=list)
    _windows: dict[str, _Window] = field(default_factory=dict)

    def admit(self, line: str) -> Headers:
        """The headers of the answer. Raises `Refused`: 429 of Discord, or of what stands before it."""
        if self._left("refusals", self.refusals) <= 0:
            self.limited.append(line)
            ban = {"Retry-After": f"{self._wait('refusals'):.0f}"}
            raise Refused(429, 0, "error code: 1015", headers=ban, plain=True)
        if not line.split(" ")[1].startswith(("/interactions/", "/webhooks/")):
            self._take(line, "global", self.overall, {"X-RateLimit-Global": "true"}, scope="global")
        for number, (route, rule) in enumerate(ROUTES):
            found = route.fullmatch(line)
            if found:
                name = f"{number}:{found[1]}"
                self._take(line, name, rule, self._headers(name, rule), scope="user")
                return self._headers(name, rule)
        return {}

    def count(self, status: int) -> None:
        if status in COUNTED:
            self._window("refusals", self.refusals).used += 1

    def _take(self, line: str, name: str, rule: Rule, headers: Headers, *, scope: str) -> None:
        if self._left(name, rule) > 0:
            self._window(name, rule).used += 1
            return
        self.limited.append(line)
        wait = self._wait(name)
        more = {"Via": "1.1 google", "Retry-After": f"{wait:.3f}", "X-RateLimit-Scope": scope}
        raise Refused(
            429,
            0,
            "You are being rate limited.",
            headers=headers | more,
            retry_after=wait,
            **{"global": scope == "global"},
        )

    def _headers(self, name: str, rule: Rule) -> Headers:
        wait = self._wait(name)
        return {
            "X-RateLimit-Limit": str(rule.most),
            "X-RateLimit-Remaining": str(max(0, self._left(name, rule))),
            "X-RateLimit-Reset": f"{self.clock.now() + wait:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
            "X-RateLimit-Bucket": f"bucket-{name.split(':')[0]}",
        }

    def _window(self, name: str, rule: Rule) -> _Window:
        now = self.clock.now()
        window = self._windows.get(name)
        if window is None or window.ends <= now:
            window = self._windows[name] = _Window(now + rule.per / self.pace)
        return window

    def _left(self, name: str, rule: Rule) -> int:
        return rule.most - self._window(name, rule).used

    def _wait(self, name: str) -> float:
        window = self._windows.get(name)
        return max(0.0, window.ends - self.clock.now()) if window else 0.0
