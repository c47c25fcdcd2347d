"""Errors that a user can act on.

A `UserError` carries the id of a Fluent message, `error-<code>`, and its arguments. The message says
what is wrong and its attribute `.next` says what to do; a test holds that both exist for every code
raised in the source. Any other exception is a fault of ours: it is logged under a reference.
"""

from __future__ import annotations

Arg = str | int


class UserError(Exception):
    """Refused, for a reason that the user can do something about.

    `code` is kebab-case; `args` are the values that the text shows. They never carry key material.
    `again`: the command and arguments of a button that takes the next step, if one press can.
    `private`: it names what somebody has; never shown to a group.
    """

    def __init__(
        self,
        code: str,
        *,
        again: tuple[str, dict[str, str]] | None = None,
        private: bool = False,
        **args: Arg,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.arguments: dict[str, Arg] = args
        self.again = again
        self.private = private

    def __repr__(self) -> str:
        return f"UserError({self.code!r}, {self.arguments!r})"
