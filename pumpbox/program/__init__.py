"""`pumpbox program`: the program on a cluster, for those who put it there and decide about it. A verb a file."""

from __future__ import annotations

from cyclopts import App

VERBS = {
    "deploy": "Put the program on a cluster, with its terms, upgradeable by itself alone. Run it again after any stop.",
    "verify": "Whether a cluster runs exactly this binary, and who could replace it; exit code 1 if not all is well.",
    "config": "The terms, keys and locks that a cluster's program works by; --set proposes to change them.",
    "upgrade": "Write another binary to the cluster and put it before the council.",
    "proposals": "What the council has before it: what each would change, who approved, when it may be executed.",
    "approve": "Agree to a proposal, as a member of the council.",
    "execute": "Carry out a proposal whose lock is over.",
    "cancel": "Close a proposal that shall not be executed, or can't be any more.",
    "pause": "Stop launches and buys for 7 days, as the guardian; selling goes on.",
}
program = App(name="program", help="The program on a cluster: deploy it, check it, decide about it.")
for _verb, _help in VERBS.items():
    program.command(f"pumpbox.program.{_verb}:{_verb}", name=_verb, help=_help)
