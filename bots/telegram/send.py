"""Messages in the best form that Telegram takes, new or edited in place; nothing said is lost on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog
import telegram
from telegram import InputMediaAnimation, InputMediaPhoto, LinkPreviewOptions, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, EndPointNotFound

from bots.desk import RetryAfter
from bots.telegram.calls import TOPIC_GONE, Calls, Moved, says
from bots.telegram.limiter import Limiter, Priority
from bots.telegram.optional import Optional
from bots.telegram.pictures import MOVING, Pictures
from bots.telegram.render import CAPTION, Rendered, utf16
from core.reply import Media

log = structlog.get_logger()

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

Result = TypeVar("Result")


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
    """Where a new message goes. patient: wait for the slot; else raise `RetryAfter`.

    whisper_to: the one user of a group who need see it, if that can be.
    """

    chat_id: int
    thread_id: int | None = None
    reply_to: int | None = None
    priority: Priority = Priority.REPLY
    patient: bool = True
    silent: bool = False
    whisper_to: int | None = None


class Sender:
    """`moved(old, new)` is told when a group has become a supergroup with a new id. `rich`, `whispers`:
    whether rich messages and ephemeral ones are tried."""

    def __init__(
        self,
        bot: telegram.Bot,
        limiter: Limiter,
        moved: Moved,
        *,
        rich: Optional,
        whispers: Optional,
    ) -> None:
        self._bot, self._calls = bot, Calls(limiter, moved)
        self._rich, self._whispers = rich, whispers
        self._pictures = Pictures()

    async def new(self, target: Target, rendered: Rendered, markup: Any = None) -> Place:
        """Sends a message in the best form that Telegram takes. `markup` instead of the inline keyboard.

        A picture whose text is too long for a caption follows it. Raises `Gone`, and `RetryAfter` unless
        the target is patient.
        """
        keyboard = markup if markup is not None else rendered.keyboard
        media = rendered.media
        if target.whisper_to is not None:
            if self._whispers.usable(target.chat_id) and media is None:
                try:
                    return await self._text(target, rendered, keyboard)
                except BadRequest as refused:
                    self._whispers.refused(target.chat_id, refused)
            target = replace(target, whisper_to=None)
        if rendered.rich is not None and self._rich.usable(target.chat_id):
            try:
                return await self._rich_text(target, rendered.rich, keyboard)
            except (BadRequest, EndPointNotFound) as refused:
                self._rich.refused(target.chat_id, refused)
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
        if not place.photo or utf16(rendered.plain) <= CAPTION:
            try:
                await self._edit_text(place, rendered, priority, patient)
                return place
            except BadRequest as refused:
                log.error("telegram.edit_refused", error=str(refused))
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

        begun = await self._calls.make(chat_id, Priority.NOTICE, False, begin)
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
            if target.whisper_to is not None:
                raise
            # Text is the last form: without markup, and without buttons if they may be what is refused.
            log.error("telegram.text_refused", error=str(refused))
            if not says(refused, ("can't parse entities",)):
                keyboard = None
            return await self._send(target, lambda to: send(to, rendered.plain, None))

    async def _rich_text(self, target: Target, html: str, keyboard: Any) -> Place:
        async def send(to: Target) -> Place:
            given = {"chat_id": to.chat_id, "rich_message": _rich(html), "reply_markup": keyboard}
            request = self._bot.do_api_request
            sent = await request("sendRichMessage", {**given, **_extras(to)}, return_type=telegram.Message)
            return Place(to.chat_id, sent.message_id, thread_id=to.thread_id)

        return await self._send(target, send)

    async def _photo(self, target: Target, media: Media, caption: str, keyboard: Any) -> Place:
        async def send(to: Target) -> Place:
            file = await self._pictures.file(media)
            form: dict[str, Any] = {"caption": caption or None, "parse_mode": ParseMode.HTML, **_extras(to)}
            if media.type == MOVING:
                sent = await self._bot.send_animation(to.chat_id, file, reply_markup=keyboard, **form)
            else:
                sent = await self._bot.send_photo(to.chat_id, file, reply_markup=keyboard, **form)
            self._pictures.remember(media, sent)
            return Place(to.chat_id, sent.message_id, True, media.key, to.thread_id)

        return await self._fresh(media, lambda: self._send(target, send))

    async def _edit_media(
        self, place: Place, media: Media, rendered: Rendered, priority: Priority, patient: bool
    ) -> Place:
        async def edit(chat_id: int) -> None:
            kind = InputMediaAnimation if media.type == MOVING else InputMediaPhoto
            shown = kind(await self._pictures.file(media), caption=rendered.html, parse_mode=ParseMode.HTML)
            sent = await self._bot.edit_message_media(
                shown, chat_id, place.message_id, reply_markup=rendered.keyboard
            )
            self._pictures.remember(media, sent)

        await self._fresh(media, lambda: self._calls.make(place.chat_id, priority, patient, edit))
        return replace(place, photo=True, media=media.key)

    async def _edit_text(self, place: Place, rendered: Rendered, priority: Priority, patient: bool) -> None:
        """The words of a message, or of a picture's caption."""
        if rendered.rich is not None and not place.photo and self._rich.usable(place.chat_id):
            # The library of Bot API 10.0 asks for a text, and leaves out what is None.
            words: dict[str, Any] = {"text": None, "api_kwargs": {"rich_message": _rich(rendered.rich)}}
            try:
                await self._edit_words(self._bot.edit_message_text, words, place, rendered, priority, patient)
                return
            except BadRequest as refused:
                self._rich.refused(place.chat_id, refused)
        method: Any
        if place.photo:
            words, method = {"caption": rendered.html}, self._bot.edit_message_caption
        else:
            words = {"text": rendered.html, "link_preview_options": NO_PREVIEW}
            method = self._bot.edit_message_text
        words["parse_mode"] = ParseMode.HTML
        await self._edit_words(method, words, place, rendered, priority, patient)

    async def _edit_words(
        self,
        method: Any,
        words: dict[str, Any],
        place: Place,
        rendered: Rendered,
        priority: Priority,
        patient: bool,
    ) -> None:
        async def edit(chat_id: int) -> None:
            await method(
                chat_id=chat_id, message_id=place.message_id, reply_markup=rendered.keyboard, **words
            )

        await self._calls.make(place.chat_id, priority, patient, edit)

    async def _send(self, target: Target, send: Callable[[Target], Awaitable[Place]]) -> Place:
        """Sends a new message; one whose topic is closed or gone goes to the group's general topic."""

        async def in_chat(chat_id: int) -> Place:
            try:
                return await send(replace(target, chat_id=chat_id))
            except BadRequest as refused:
                if target.thread_id is None or not says(refused, TOPIC_GONE):
                    raise
                log.info("telegram.topic_gone", error=str(refused))
                return await send(replace(target, chat_id=chat_id, thread_id=None))

        sent = await self._calls.make(target.chat_id, target.priority, target.patient, in_chat)
        assert sent is not None  # only edits can be "not modified"
        return sent

    async def _fresh(self, media: Media, call: Callable[[], Awaitable[Result]]) -> Result:
        """Runs `call`; if Telegram has forgotten the picture's file id, once more with an upload."""
        try:
            return await call()
        except BadRequest as refused:
            if not says(refused, ("wrong file", "file_id", "file reference")) or not self._pictures.forget(
                media
            ):
                raise
            return await call()


def _rich(html: str) -> dict[str, Any]:
    """`InputRichMessage`. Nobody's name becomes a link or a mention."""
    return {"html": html, "skip_entity_detection": True}


def _extras(target: Target) -> dict[str, Any]:
    reply, whisper = None, None
    if target.reply_to is not None:
        reply = ReplyParameters(target.reply_to, allow_sending_without_reply=True)
    if target.whisper_to is not None:
        whisper = {"ephemeral_message_parameters": {"receiver_user_id": target.whisper_to}}
    return {
        "message_thread_id": target.thread_id,
        "reply_parameters": reply,
        "disable_notification": target.silent or None,
        **({} if whisper is None else {"api_kwargs": whisper}),
    }
