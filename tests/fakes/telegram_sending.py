"""The fake Bot API's methods that send, edit and delete messages."""

from __future__ import annotations

from typing import Any

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_manage import ManagingMethods
from tests.fakes.telegram_people import BOT_ID, Group, Json, Shown
from tests.fakes.telegram_rules import Refused, bad


class SendingMethods(ManagingMethods):
    """`api`: the version that the server speaks; a test of older ones sets it."""

    api = (10, 3)

    async def _do_sendMessage(self, params: Json, _: dict[str, bytes]) -> Json:
        chat = self._writable(params)
        self._spend(chat)
        plain = rules.check_text(params["text"], params.get("parse_mode"))
        return self._sent(params, Shown(self._message_id(), chat, BOT_ID, plain, params["text"]))

    async def _do_sendRichMessage(self, params: Json, _: dict[str, bytes]) -> Json:
        self._since((10, 1))
        chat = self._writable(params)
        self._spend(chat)
        html = params["rich_message"]["html"]
        shown = Shown(self._message_id(), chat, BOT_ID, rules.check_rich(html), html, rich=True)
        return self._sent(params, shown)

    async def _do_sendPhoto(self, params: Json, files: dict[str, bytes]) -> Json:
        chat = self._writable(params)
        self._spend(chat)
        caption = params.get("caption", "")
        plain = rules.check_caption(caption, params.get("parse_mode"))
        file_id, data = self._photo(params.get("photo"), files, "photo")
        return self._sent(params, Shown(self._message_id(), chat, BOT_ID, plain, caption, data, file_id))

    async def _do_sendAnimation(self, params: Json, files: dict[str, bytes]) -> Json:
        chat = self._writable(params)
        self._spend(chat)
        caption = params.get("caption", "")
        plain = rules.check_caption(caption, params.get("parse_mode"))
        file_id, data = self._photo(params.get("animation"), files, "animation")
        shown = Shown(self._message_id(), chat, BOT_ID, plain, caption, data, file_id, animated=True)
        return self._sent(params, shown)

    async def _do_editMessageText(self, params: Json, _: dict[str, bytes]) -> Json:
        message = self._editable(params)
        rich = params.get("rich_message") if self.api >= (10, 1) else None
        html = params.get("text", "") if rich is None else rich["html"]
        plain = rules.check_text(html, params.get("parse_mode")) if rich is None else rules.check_rich(html)
        if message.photo is not None:
            raise bad("there is no text in the message to edit")
        return self._edited(message, params, text=plain, html=html, rich=rich is not None)

    async def _do_editMessageCaption(self, params: Json, _: dict[str, bytes]) -> Json:
        message = self._editable(params)
        plain = rules.check_caption(params.get("caption", ""), params.get("parse_mode"))
        if message.photo is None:
            raise bad("there is no caption in the message to edit")
        return self._edited(message, params, text=plain, html=params.get("caption", ""))

    async def _do_editMessageMedia(self, params: Json, files: dict[str, bytes]) -> Json:
        message = self._editable(params)
        media = params["media"]
        plain = rules.check_caption(media.get("caption", ""), media.get("parse_mode"))
        file_id, data = self._photo(media["media"], files, media["type"])
        change = {"text": plain, "html": media.get("caption", ""), "photo": data, "file_id": file_id}
        change |= {"animated": media["type"] == "animation", "rich": False}
        return self._edited(message, params, **change)

    async def _do_editMessageReplyMarkup(self, params: Json, _: dict[str, bytes]) -> Json:
        return self._edited(self._editable(params), params)

    async def _do_deleteMessage(self, params: Json, _: dict[str, bytes]) -> bool:
        chat = self._writable(params)
        if self._messages.get(chat, {}).pop(int(params["message_id"]), None) is None:
            raise bad("message to delete not found")
        return True

    # What the methods share.

    def _sent(self, params: Json, message: Shown) -> Json:
        markup = params.get("reply_markup")
        rules.check_markup(markup)
        reply = params.get("reply_parameters")
        if reply and int(reply["message_id"]) in self._messages.get(message.chat, {}):
            message.reply_to = int(reply["message_id"])
        elif reply and not reply.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")
        message.markup = markup
        message.thread = int(params["message_thread_id"]) if "message_thread_id" in params else None
        message.silent = params.get("disable_notification") in ("true", "True", True)
        whisper = params.get("ephemeral_message_parameters")
        if whisper is not None and self.api >= (10, 3):  # an older server reads over it
            self._may_whisper(message.chat, whisper)
            return self._whispered(message, int(whisper["receiver_user_id"]))
        return self._message_json(self._keep(message), None)

    def _may_whisper(self, chat: int, whisper: Json) -> None:
        group = self.chats[chat]
        if not isinstance(group, Group):
            raise bad("PEER_ID_INVALID")
        pressed = self._presses.get(whisper.get("callback_query_id", ""))
        asked = pressed is not None and pressed[0] == int(whisper["receiver_user_id"])
        soon = pressed is not None and self.clock() <= pressed[1] + rules.QUERY
        if not group.bot_is_admin and not (asked and soon):
            raise bad("CHAT_ADMIN_REQUIRED")

    def _whispered(self, message: Shown, receiver: int) -> Json:
        """For the eyes of one: the chat's messages don't hold it, and it has an id of its own kind."""
        message.whisper, message.id = message.id, 0
        self.whispers.setdefault((message.chat, receiver), []).append(message)
        return self._message_json(message, None)

    def _since(self, version: tuple[int, int]) -> None:
        if self.api < version:
            raise Refused(404, "Not Found: method not found")

    def _editable(self, params: Json) -> Shown:
        chat = self._writable(params)
        self._spend(chat)
        message = self._messages.get(chat, {}).get(int(params["message_id"]))
        if message is None:
            raise bad("message to edit not found")
        if message.sender != BOT_ID:
            raise bad("message can't be edited")
        return message

    def _edited(self, message: Shown, params: Json, **change: Any) -> Json:
        change["markup"] = params.get("reply_markup")
        rules.check_markup(change["markup"])
        if all(getattr(message, name) == value for name, value in change.items()):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        for name, value in change.items():
            setattr(message, name, value)
        message.edits += 1
        return self._message_json(message, None)

    def _photo(self, given: str | None, files: dict[str, bytes], kind: str) -> tuple[str, bytes]:
        """(file id, bytes) of an upload or of an earlier file of the kind."""
        name = kind if given is None else given.removeprefix("attach://")
        if name in files:
            (rules.check_animation if kind == "animation" else rules.check_photo)(files[name])
            self.uploads += 1
            file_id = f"{kind}-{self.uploads}"
            self._files[file_id] = files[name]
            return file_id, files[name]
        if given is None or given not in self._files or not given.startswith(kind):
            raise bad("wrong file identifier/HTTP URL specified")
        return given, self._files[given]
