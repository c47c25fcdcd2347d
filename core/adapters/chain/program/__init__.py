"""The typed client of our program: addresses, instructions, accounts, events, errors. No I/O.

One file an instruction: a frozen dataclass that gives its data and its accounts, held against the IDL
and the binary by tests/program.
"""
