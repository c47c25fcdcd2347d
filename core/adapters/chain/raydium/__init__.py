"""Raydium's CPMM, where coins trade after graduation: addresses, accounts, instructions, its event.

Written down from its published interface and checked against a binary by tests/contracts/test_raydium_*.py. On
the embedded chain programs/raydium_standin stands in for it, at its mainnet address.
"""
