"""The command line. Each verb lives in its own file, which is imported only when the verb is used."""

from __future__ import annotations

import os
import sys

from cyclopts import App
from pydantic import ValidationError

from pumpbox.refused import Refused

app = App(
    name="pumpbox",
    help="A launchpad and trading desk for communities, inside their chats. Every verb takes --data DIR.",
    version_flags=["--version"],
)
VERBS = {
    "terminal": "A prompt, or --json lines for scripts; starts what does not run yet.",
    "run": "Every role that settings allow, until Ctrl-C.",
    "status": "What runs on the folder, and where the chain answers.",
    "health": "Whether what runs here is ready; exit code 1 if not.",
    "preflight": "Whether this installation may trade with real money, and what to do if not.",
    "program": "The program on a cluster: deploy it, check it, decide about it.",
    "localnet": "The embedded chain alone, for tools of your own.",
    "migrate": "Bring the database to this version's schema.",
    "audit": "Check the signer's log of what it did.",
    "backup": "Everything but the master key into one file, while people trade.",
    "restore": "A backup into a new folder and an empty database.",
}
for _verb, _help in VERBS.items():
    app.command(f"pumpbox.{_verb}:{_verb}", name=_verb, help=_help)


def main() -> None:
    """Runs the verb of `sys.argv` and exits with its code: 0 done, 1 it could not, 2 it was asked wrongly."""
    os.umask(0o077)  # what we write is this user's, also in a folder that is open to others
    try:
        app()
    except Refused as refusal:
        sys.exit(f"pumpbox: {refusal}")
    except BrokenPipeError:  # who reads what we print has gone, as `head` does
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # or the interpreter's last flush complains
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise  # no file of ours is in the way: a fault
        sys.exit(f"pumpbox: {error.filename}: {error.strerror}. Make it this user's, or give another --data.")
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)
        )
        sys.exit(f"pumpbox: wrong setting: {wrong}. See .env.example.")
