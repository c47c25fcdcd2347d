"""JSON-RPC methods, one file a family; `rpc.dispatch` is the only way in."""
