"""The chain behind `core.ports.chain`: transactions, the program's client, the RPC."""
