"""The embedded chain: one process that ordinary Solana clients can't tell from a cluster of one node."""
