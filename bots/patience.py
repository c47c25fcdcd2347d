"""Trying for as long as it takes: what answers a person, or starts a surface, is not given up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

Result = TypeVar("Result")
Again = type[Exception] | Callable[[Exception], bool | float]  # a number: after so many seconds


async def patiently(
    name: str, again: Again, call: Callable[[], Awaitable[Result]], longest: float = 20.0
) -> Result:
    """What `call` gives, tried until it does; what is not to be tried `again` is raised. name: in the log.
    longest: seconds between tries."""
    async for attempt in stamina.retry_context(
        again, attempts=None, timeout=None, wait_max=longest
    ).with_name(name, (), {}):
        with attempt:
            return await call()
    raise AssertionError("unreachable: the attempts don't end")
