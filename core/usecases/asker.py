"""On whose behalf a use case runs, and where its outcome is to be shown."""

from __future__ import annotations

from dataclasses import dataclass

from core.ports.ids import id_of


@dataclass(frozen=True, slots=True)
class Asker:
    """event_id: the update that asked; with it a repeat is known as one. chat_id None: the private chat."""

    person_id: str
    platform: str
    user_id: str
    chat_id: str | None
    thread_id: str | None
    event_id: str

    @property
    def row_id(self) -> str:
        """Id of the box or order that this update makes: it makes one, however often it is handled."""
        return id_of(self.platform, self.user_id, self.event_id)
