"""The only process with keys: typed requests over a Unix socket, its own limits, its own store."""
