"""What lives in Valkey: bells and rate limits. All of it may vanish; nothing durable hangs on it."""
