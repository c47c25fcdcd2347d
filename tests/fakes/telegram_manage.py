"""The fake Bot API's methods about the bot itself and about chats: webhook, menus, members, topics."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_hook import Hook
from tests.fakes.telegram_people import Group, Json, Shown, User
from tests.fakes.telegram_rules import Refused, bad
from tests.fakes.telegram_world import TelegramWorld

HOOK_PORTS = (443, 80, 88, 8443)
TOPIC_NAME = 128


class ManagingMethods(TelegramWorld):
    """`hook`: how updates are posted; its `port` says where the bot's server really is."""

    def __init__(self, username: str) -> None:
        super().__init__(username)
        self.hook = Hook(lambda: self._updates, self._changed)
        self._hook_setting: Json = {}
        self._posting: asyncio.Task[None] | None = None

    async def _do_setWebhook(self, params: Json, _: dict[str, bytes]) -> bool:
        url = urlsplit(params["url"])
        if url.scheme != "https" or not url.hostname:
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if (url.port or 443) not in HOOK_PORTS:
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        rules.check_secret(params.get("secret_token", ""))
        self.webhook = params["url"]
        self._hook_setting = {
            "max_connections": int(params.get("max_connections", 40)),
            "secret_token": params.get("secret_token", ""),
            "allowed_updates": params.get("allowed_updates") or [],
        }
        self._drop(params)
        if self._posting is None:
            self._posting = asyncio.create_task(self.hook.run(self._hooked))
        return True

    async def _do_deleteWebhook(self, params: Json, _: dict[str, bytes]) -> bool:
        self.webhook = None
        self._drop(params)
        return True

    async def _do_getWebhookInfo(self, _: Json, __: dict[str, bytes]) -> Json:
        info: Json = {"url": self.webhook or "", "has_custom_certificate": False}
        info["pending_update_count"] = len(self._updates)
        if self.webhook is not None and self._hook_setting:
            info["max_connections"] = self._hook_setting["max_connections"]
            if self._hook_setting["allowed_updates"]:
                info["allowed_updates"] = self._hook_setting["allowed_updates"]
            if self.hook.last_error is not None:
                info |= {"last_error_date": 1, "last_error_message": self.hook.last_error}
        return info

    async def stop_posting(self) -> None:
        if self._posting is not None:
            self._posting.cancel()
            await asyncio.gather(self._posting, return_exceptions=True)

    def _hooked(self) -> Json | None:
        return None if self.webhook is None else {"url": self.webhook, **self._hook_setting}

    def _drop(self, params: Json) -> None:
        if params.get("drop_pending_updates") in ("true", "True", True):
            self._updates.clear()

    async def _do_setMyCommands(self, params: Json, _: dict[str, bytes]) -> bool:
        rules.check_commands(params["commands"])
        scope = params.get("scope", {"type": "default"})["type"]
        self.menus[scope, params.get("language_code", "")] = params["commands"]
        return True

    async def _do_getChatMember(self, params: Json, _: dict[str, bytes]) -> Json:
        chat = self._writable(params)
        group, user = self.chats[chat], self.chats.get(int(params["user_id"]))
        if not isinstance(user, User):
            raise bad("invalid user_id specified")
        status = group.admins.get(user.id, "member") if isinstance(group, Group) else "member"
        rights: dict[str, Any] = {}
        if status == "administrator":
            rights = dict.fromkeys(rules.ADMIN_RIGHTS, False)
        elif status == "creator":
            rights = {"is_anonymous": False}
        return {"status": status, "user": user.json(), **rights}

    async def _do_createForumTopic(self, params: Json, _: dict[str, bytes]) -> Json:
        chat = self._writable(params)
        self._spend(chat)
        group, name = self.chats[chat], params["name"]
        if not isinstance(group, Group) or not group.topics:
            raise bad("the chat is not a forum")
        if not group.manage_topics:
            raise bad("not enough rights to create a topic")
        if not 1 <= len(name) <= TOPIC_NAME:
            raise bad("TOPIC_TITLE_INVALID")
        service = self._keep(Shown(self._message_id(), chat, 0, thread=self._next_message))
        group.topics.add(service.id)  # a topic is named by the message that began it
        self.topics[chat, service.id] = name
        return {"message_thread_id": service.id, "name": name, "icon_color": 7322096}

    def _writable(self, params: Json) -> int:
        """The chat, if the bot may write there."""
        chat = int(params["chat_id"])
        if chat in self.migrated:
            raise Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.migrated[chat],
            )
        where = self.chats.get(chat)
        if where is None:
            raise bad("chat not found")
        if chat in self.blocked:
            user = "bot was blocked by the user"
            raise Refused(
                403, f"Forbidden: {user if isinstance(where, User) else 'bot was kicked from the group chat'}"
            )
        if isinstance(where, User) and chat not in self.started:
            raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
        thread = params.get("message_thread_id")
        if thread is not None:
            self._topic(where, int(thread))
        return chat

    def _topic(self, where: User | Group, thread: int) -> None:
        if isinstance(where, User) or thread not in where.topics:
            raise bad("message thread not found")
        if thread in where.closed:
            raise bad("TOPIC_CLOSED")

    def _spend(self, chat: int) -> None:
        """A message or an edit there, as far as rates allow it."""
        if self.limits is not None:
            self.limits.spend(chat)
