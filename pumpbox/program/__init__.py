"""`pumpbox program`: the program on a cluster, for those who put it there and decide about it. A verb a file."""

from __future__ import annotations

from cyclopts import App

VERBS = {
    "deploy": "Put the program on a cluster, with its terms, upgradeable by itself alone. Run it again after any stop.",
    "verify": "Whether a cluster runs exactly this binary, and who could replace it; exit code 1 if not all is well.",
    "config": "The terms, keys and locks that a cluster's program works by, in words.",
}
program = App(name="program", help="The program on a cluster: deploy it, check it, decide about it.")
for _verb, _help in VERBS.items():
    program.command(f"pumpbox.program.{_verb}:{_verb}", name=_verb, help=_help)
