"""What a verb raises when it can't be done."""

from __future__ import annotations


class Refused(Exception):
    """The verb can't be done; the message says why and what to do, for people."""
