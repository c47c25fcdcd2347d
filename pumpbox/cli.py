"""The command line. Each verb lives in its own file, which is imported only when the verb is used."""

from __future__ import annotations

import sys

from cyclopts import App
from pydantic import ValidationError

app = App(
    name="pumpbox",
    help="A launchpad and trading desk for communities, inside their chats. Every verb takes --data DIR.",
    version_flags=["--version"],
)
for verb in ("terminal", "run", "status", "localnet", "migrate", "audit"):
    app.command(f"pumpbox.{verb}:{verb}", name=verb)


class Refused(Exception):
    """The verb can't be done; the message says why and what to do, for people."""


def main() -> None:
    """Runs the verb of `sys.argv` and exits with its code: 0 done, 1 it could not, 2 it was asked wrongly."""
    try:
        app()
    except Refused as refusal:
        sys.exit(f"pumpbox: {refusal}")
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)
        )
        sys.exit(f"pumpbox: wrong setting: {wrong}. See .env.example.")
