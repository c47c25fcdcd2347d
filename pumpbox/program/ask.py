"""Asking before something is done that can't be undone."""

from __future__ import annotations

import sys

from pumpbox.refused import Refused


def agreed(question: str, *, yes: bool) -> None:
    """Returns if the answer is yes. Raises `Refused` for anything else, and where nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused("nothing was done: nobody is there to be asked. Read what is above, then add --yes.")
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise Refused("nothing was done")


def progress(what: str, done: int, total: int) -> None:
    """One line that counts, on stderr: at a terminal in place, else only when it is whole."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{what}: {done} of {total}", end=end, file=sys.stderr, flush=True)
    elif done == total:
        print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)
