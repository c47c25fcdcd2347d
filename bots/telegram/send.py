"""Talking to the Bot API: at the pace that it allows, every refusal understood, nothing lost.

Two tempers. A reply to somebody is patient: it waits for its slot, through 429 and outages, and stalls
nobody but its own chat. A delivery is not: it raises `RetryAfter`, and its row comes again when it is due,
or is replaced by a newer look of the same subject.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import stamina
import structlog
import telegram
from telegram import InputMediaPhoto, LinkPreviewOptions, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError

from bots.desk import Gone, MessageGone, RetryAfter
from bots.telegram.limiter import Limiter, Priority
from bots.telegram.pictures import Pictures
from bots.telegram.render import CAPTION, Rendered, utf16
from core.reply import Media

log = structlog.get_logger()

AWAY = 5.0  # seconds before a delivery is tried again when Telegram can't be reached
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

_MESSAGE_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message not found",
)
_CHAT_GONE = (
    "chat not found",
    "chat_write_forbidden",
    "have no rights to send a message",
    "not enough rights to send text messages",
    "group chat was deactivated",
    "user is deactivated",
    "peer_id_invalid",
)
_TOPIC_GONE = ("message thread not found", "topic_closed", "topic_deleted", "topic_id_invalid")

Result = TypeVar("Result")
Moved = Callable[[int, int], Awaitable[None]]
Call = Callable[[int], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Place:
    """A message of ours. photo: it is a picture with a caption. media: key of the picture shown, if known."""

    chat_id: int
    message_id: int
    photo: bool = False
    media: str | None = None
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a new message goes. patient: wait for the slot; else raise `RetryAfter`."""

    chat_id: int
    thread_id: int | None = None
    reply_to: int | None = None
    priority: Priority = Priority.REPLY
    patient: bool = True
    silent: bool = False


class Sender:
    """`moved(old, new)` is told when a group has become a supergroup with a new id."""

    def __init__(self, bot: telegram.Bot, limiter: Limiter, moved: Moved) -> None:
        self._bot, self._limiter, self._moved = bot, limiter, moved
        self._pictures = Pictures()

    async def new(self, target: Target, rendered: Rendered, markup: Any = None) -> Place:
        """Sends a message in the best form that Telegram takes. `markup` instead of the inline keyboard.

        A picture whose text is too long for a caption follows it. Raises `Gone`, and `RetryAfter` unless
        the target is patient.
        """
        keyboard = markup if markup is not None else rendered.keyboard
        media = rendered.media
        if media is not None and rendered.captioned:
            try:
                return await self._photo(target, media, rendered.html, keyboard)
            except (BadRequest, OSError) as refused:
                log.warning("telegram.photo_refused", error=str(refused), key=media.key)
                return await self._text(target, rendered, keyboard)
        place = await self._text(target, rendered, keyboard)
        if media is not None:
            try:
                await self._photo(target, media, "", None)
            except (BadRequest, OSError, RetryAfter) as refused:  # the text is there: nothing is sent again
                log.warning("telegram.photo_refused", error=str(refused), key=media.key)
        return place

    async def edit(self, place: Place, rendered: Rendered, priority: Priority, *, patient: bool) -> Place:
        """Shows `rendered` in the place, and says what is there now: another place if it could not be edited.

        Raises `MessageGone`, `Gone`, and `RetryAfter` unless patient.
        """
        media = rendered.media
        try:
            if rendered.captioned and media is not None and (not place.photo or media.key != place.media):
                return await self._edit_media(place, media, rendered, priority, patient)
        except (BadRequest, OSError) as refused:
            log.warning("telegram.photo_refused", error=str(refused), key=media.key if media else None)
        if not place.photo:
            await self._edit_words(self._bot.edit_message_text, "text", place, rendered, priority, patient)
            return place
        if utf16(rendered.plain) <= CAPTION:
            await self._edit_words(
                self._bot.edit_message_caption, "caption", place, rendered, priority, patient
            )
            return place
        target = Target(place.chat_id, place.thread_id, priority=priority, patient=patient)
        fresh = await self.new(target, rendered)
        await self.delete(place)
        return fresh

    async def begin_topic(self, chat_id: int, name: str) -> int:
        """Begins a topic of a forum; its id. Waits for nothing.

        Raises `BadRequest` where we may not, or the chat is no forum; `Gone`, `RetryAfter`.
        """

        async def begin(chat_id: int) -> int:
            topic = await self._bot.create_forum_topic(chat_id, name)
            return topic.message_thread_id

        begun = await self._call(chat_id, Priority.NOTICE, False, begin)
        assert begun is not None  # only edits can be "not modified"
        return begun

    async def delete(self, place: Place) -> None:
        """Takes a message away; one that is gone, or too old to be deleted, stays as it is."""
        try:
            await self._bot.delete_message(place.chat_id, place.message_id)
        except telegram.error.TelegramError as refused:
            log.info("telegram.not_deleted", error=str(refused))

    async def answer(
        self, query_id: str, words: str | None = None, *, box: bool = False, url: str | None = None
    ) -> bool:
        """Answers a press: with `words`, in a box to dismiss or passing by, or by opening `url`.

        False: too late, the user did not see it.
        """
        try:
            return await self._bot.answer_callback_query(query_id, words, show_alert=box, url=url)
        except telegram.error.TelegramError as refused:
            log.info("telegram.press_not_answered", error=str(refused))
            return False

    async def typing(self, chat_id: int, thread_id: int | None) -> None:
        """Shows that we are at work; nothing hangs on it."""
        try:
            await self._bot.send_chat_action(chat_id, ChatAction.TYPING, message_thread_id=thread_id)
        except telegram.error.TelegramError as refused:
            log.debug("telegram.no_typing", error=str(refused))

    async def _text(self, target: Target, rendered: Rendered, keyboard: Any) -> Place:
        async def send(to: Target, words: str = rendered.html, mode: str | None = ParseMode.HTML) -> Place:
            sent = await self._bot.send_message(
                to.chat_id, words, mode, reply_markup=keyboard, link_preview_options=NO_PREVIEW, **_extras(to)
            )
            return Place(to.chat_id, sent.message_id, thread_id=to.thread_id)

        try:
            return await self._send(target, send)
        except BadRequest as refused:
            # Text is the last form: without markup, and without buttons if they may be what is refused.
            log.error("telegram.text_refused", error=str(refused))
            if not _says(refused, ("can't parse entities",)):
                keyboard = None
            return await self._send(target, lambda to: send(to, rendered.plain, None))

    async def _photo(self, target: Target, media: Media, caption: str, keyboard: Any) -> Place:
        async def send(to: Target) -> Place:
            sent = await self._bot.send_photo(
                to.chat_id,
                await self._pictures.file(media),
                caption or None,
                reply_markup=keyboard,
                parse_mode=ParseMode.HTML,
                **_extras(to),
            )
            self._pictures.remember(media, sent)
            return Place(to.chat_id, sent.message_id, True, media.key, to.thread_id)

        return await self._fresh(media, lambda: self._send(target, send))

    async def _edit_media(
        self, place: Place, media: Media, rendered: Rendered, priority: Priority, patient: bool
    ) -> Place:
        async def edit(chat_id: int) -> None:
            shown = InputMediaPhoto(await self._pictures.file(media), rendered.html, ParseMode.HTML)
            sent = await self._bot.edit_message_media(
                shown, chat_id, place.message_id, reply_markup=rendered.keyboard
            )
            self._pictures.remember(media, sent)

        await self._fresh(media, lambda: self._call(place.chat_id, priority, patient, edit))
        return replace(place, photo=True, media=media.key)

    async def _edit_words(
        self, method: Any, name: str, place: Place, rendered: Rendered, priority: Priority, patient: bool
    ) -> None:
        words: dict[str, Any] = {name: rendered.html}
        if name == "text":
            words["link_preview_options"] = NO_PREVIEW

        async def edit(chat_id: int) -> None:
            await method(
                chat_id=chat_id,
                message_id=place.message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=rendered.keyboard,
                **words,
            )

        await self._call(place.chat_id, priority, patient, edit)

    async def _send(self, target: Target, send: Callable[[Target], Awaitable[Place]]) -> Place:
        """Sends a new message; one whose topic is closed or gone goes to the group's general topic."""

        async def in_chat(chat_id: int) -> Place:
            try:
                return await send(replace(target, chat_id=chat_id))
            except BadRequest as refused:
                if target.thread_id is None or not _says(refused, _TOPIC_GONE):
                    raise
                log.info("telegram.topic_gone", error=str(refused))
                return await send(replace(target, chat_id=chat_id, thread_id=None))

        sent = await self._call(target.chat_id, target.priority, target.patient, in_chat)
        assert sent is not None  # only edits can be "not modified"
        return sent

    async def _fresh(self, media: Media, call: Callable[[], Awaitable[Result]]) -> Result:
        """Runs `call`; if Telegram has forgotten the picture's file id, once more with an upload."""
        try:
            return await call()
        except BadRequest as refused:
            if not _says(refused, ("wrong file", "file_id", "file reference")) or not self._pictures.forget(
                media
            ):
                raise
            return await call()

    async def _call(
        self, chat_id: int, priority: Priority, patient: bool, call: Call[Result]
    ) -> Result | None:
        """Makes the call when its turn has come. None: the message looked like that already."""
        try:
            if patient:
                return await self._patiently(chat_id, priority, call)
            wait = self._limiter.take(chat_id, priority)
            if wait > 0:
                raise RetryAfter(wait)
            return await call(chat_id)
        except telegram.error.RetryAfter as flood:
            self._limiter.pause(chat_id, seconds_of(flood))
            raise RetryAfter(seconds_of(flood)) from flood
        except ChatMigrated as moved:
            await self._moved(chat_id, moved.new_chat_id)
            return await self._call(moved.new_chat_id, priority, patient, call)
        except Forbidden as closed:
            raise Gone(str(closed)) from closed
        except BadRequest as refused:
            if _says(refused, ("message is not modified",)):
                return None
            if _says(refused, _MESSAGE_GONE):
                raise MessageGone(str(refused)) from refused
            if _says(refused, _CHAT_GONE):
                raise Gone(str(refused)) from refused
            raise
        except NetworkError as away:
            raise RetryAfter(AWAY) from away

    async def _patiently(self, chat_id: int, priority: Priority, call: Call[Result]) -> Result:
        def again(error: Exception) -> bool:
            if isinstance(error, telegram.error.RetryAfter):
                self._limiter.pause(chat_id, seconds_of(error))  # the next `slot` waits that long
                return True
            return isinstance(error, NetworkError) and not isinstance(error, BadRequest)

        async for attempt in stamina.retry_context(
            again, attempts=None, timeout=None, wait_max=20.0
        ).with_name("telegram.reply", (), {}):
            with attempt:
                await self._limiter.slot(chat_id, priority)
                return await call(chat_id)
        raise AssertionError("unreachable: the attempts don't end")


def seconds_of(flood: telegram.error.RetryAfter) -> float:
    wait = flood.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()


def _says(refused: BadRequest, phrases: tuple[str, ...]) -> bool:
    words = str(refused).lower()
    return any(phrase in words for phrase in phrases)


def _extras(target: Target) -> dict[str, Any]:
    reply = None
    if target.reply_to is not None:
        reply = ReplyParameters(target.reply_to, allow_sending_without_reply=True)
    return {
        "message_thread_id": target.thread_id,
        "reply_parameters": reply,
        "disable_notification": target.silent or None,
    }
