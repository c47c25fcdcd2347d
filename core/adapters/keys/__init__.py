"""Custody: the envelope around a seed, the master key, the signer's socket and its client."""
