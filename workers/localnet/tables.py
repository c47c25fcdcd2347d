"""The parsed form of an address lookup table, which @solana/kit reads tables by."""

from __future__ import annotations

from solders.account import Account
from solders.address_lookup_table_account import ID, AddressLookupTable


def parsed(account: Account) -> dict[str, object] | None:
    """The jsonParsed form of an initialized lookup table; None for any other account."""
    if account.owner != ID:
        return None
    try:
        table = AddressLookupTable.deserialize(account.data)
    except ValueError:  # allocated and not made yet, or closed
        return None
    info: dict[str, object] = {
        "deactivationSlot": str(table.meta.deactivation_slot),
        "lastExtendedSlot": str(table.meta.last_extended_slot),
        "lastExtendedSlotStartIndex": table.meta.last_extended_slot_start_index,
        "addresses": [str(address) for address in table.addresses],
    }
    if table.meta.authority is not None:  # a frozen table has none
        info["authority"] = str(table.meta.authority)
    return {
        "program": "address-lookup-table",
        "parsed": {"type": "lookupTable", "info": info},
        "space": len(account.data),
    }
