"""Accounts: the users of a platform, and the persons that they are."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update

from core.adapters.db.session import Session, to_record
from core.adapters.db.tables import accounts, persons
from core.adapters.db.types import clean
from core.ports.ids import id_of
from core.ports.rows import Account

# Asked for by every update: made once, since making a statement takes as long as running it.
_ACCOUNT = select(accounts).where(
    accounts.c.platform == bindparam("of"), accounts.c.user_id == bindparam("id")
)


class SqlAccounts:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, platform: str, user_id: str) -> Account | None:
        row = await self._session.get(_ACCOUNT, {"of": platform, "id": user_id})
        return None if row is None else to_record(Account, row)

    async def ensure(self, platform: str, user_id: str, name: str, locale: str | None) -> Account:
        known = await self.get(platform, user_id)
        if known is None:
            await self._session.alone("account", platform, user_id)
            known = await self.get(platform, user_id)
        if known is None:
            # Follows from the account, as the wallet at the signer follows from the person: a database that is
            # older than the signer (a restored one) gives people back the wallets that they were told of.
            person = id_of("person", platform, user_id)
            return await self._add(Account(platform, user_id, person, clean(name), locale))
        current = Account(platform, user_id, known.person_id, clean(name), locale or known.locale)
        if current != known:
            await self._session.run(
                update(accounts)
                .where(accounts.c.platform == platform, accounts.c.user_id == user_id)
                .values(name=current.name, locale=current.locale)
            )
        return current

    async def of_person(self, person_id: str) -> list[Account]:
        rows = await self._session.all(
            select(accounts)
            .where(accounts.c.person_id == person_id)
            .order_by(accounts.c.platform, accounts.c.user_id)
        )
        return [to_record(Account, row) for row in rows]

    async def _add(self, account: Account) -> Account:
        await self._session.run(self._session.insert(persons).values(id=account.person_id))
        await self._session.run(
            self._session.insert(accounts).values(
                platform=account.platform,
                user_id=account.user_id,
                person_id=account.person_id,
                name=account.name,
                locale=account.locale,
            )
        )
        return account
