"""What Discord refuses in a message or a modal, as `50035 Invalid Form Body`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import discord

Json = dict[str, Any]

COMPONENTS_V2 = 1 << 15
EPHEMERAL = 1 << 6
LOADING = 1 << 7

ACTION_ROW, BUTTON, SELECT = 1, 2, 3
SECTION, TEXT, THUMBNAIL, GALLERY, SEPARATOR, CONTAINER = 9, 10, 11, 12, 14, 17
TEXT_INPUT, LABEL = 4, 18
LOCALES = {locale.value for locale in discord.Locale}
TOP_LEVEL = {ACTION_ROW, SECTION, TEXT, GALLERY, SEPARATOR, CONTAINER}


class Refused(Exception):
    """An answer of Discord's that is not a success."""

    def __init__(self, status: int, code: int, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status, self.body = status, {"code": code, "message": message, **extra}


def invalid(where: str, why: str) -> Refused:
    return Refused(
        400, 50035, "Invalid Form Body", errors={where: {"_errors": [{"code": "INVALID", "message": why}]}}
    )


def _need(holds: bool, where: str, why: str) -> None:
    if not holds:
        raise invalid(where, why)


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, outer ones first; accessories and labelled components too."""
    for component in components:
        yield component
        yield from walk(component.get("components", []))
        yield from walk([component[key] for key in ("accessory", "component") if key in component])


def check_message(message: Json, files: dict[str, bytes]) -> None:
    """`message` as it will stand, with the names of its attachments. Raises `Refused`."""
    components = message.get("components") or []
    if not message["flags"] & COMPONENTS_V2:
        _need(len(message.get("content") or "") <= 2000, "content", "Must be 2000 or fewer in length.")
        _need(all(c["type"] == ACTION_ROW for c in components), "components", "Needs IS_COMPONENTS_V2.")
        if not (message.get("content") or message.get("embeds") or files or components):
            raise Refused(400, 50006, "Cannot send an empty message")
    else:
        _need(not message.get("content"), "content", "Not with IS_COMPONENTS_V2.")
        _need(not message.get("embeds"), "embeds", "Not with IS_COMPONENTS_V2.")
        _need(bool(components), "components", "A message needs a component.")
        _need(all(c["type"] in TOP_LEVEL for c in components), "components", "Not a top-level component.")
    everything = list(walk(components))
    _need(len(everything) <= 40, "components", "At most 40 components.")
    text = sum(len(c["content"]) for c in everything if c["type"] == TEXT)
    _need(text <= 4000, "components", "At most 4000 characters of text.")
    ids = [c["custom_id"] for c in everything if "custom_id" in c]
    _need(len(ids) == len(set(ids)), "components", "Custom ids must be unique.")
    for component in everything:
        _check_component(component, files)


def _check_component(c: Json, files: dict[str, bytes]) -> None:
    kind = c["type"]
    if kind == THUMBNAIL:
        _need(len(c.get("description") or "") <= 1024, "description", "1024 or fewer.")
    children = c.get("components", [])
    if "custom_id" in c:
        _need(1 <= len(c["custom_id"]) <= 100, "custom_id", "1 to 100 characters.")
    if kind == ACTION_ROW:
        _need(1 <= len(children) <= 5, "components", "1 to 5 buttons in a row.")
        alone = [b["type"] for b in children] == [SELECT]
        _need(alone or all(b["type"] == BUTTON for b in children), "components", "Buttons, or one list.")
    elif kind == BUTTON:
        _check_button(c)
    elif kind == SELECT:
        _check_select(c)
    elif kind == SECTION:
        _need(1 <= len(children) <= 3, "components", "1 to 3 texts in a section.")
        _need(c["accessory"]["type"] in (BUTTON, THUMBNAIL), "accessory", "A button or a thumbnail.")
    elif kind == TEXT:
        _need(bool(c["content"].strip()), "content", "This field is required.")
    elif kind == GALLERY:
        _need(1 <= len(c["items"]) <= 10, "items", "1 to 10 items.")
        for item in c["items"]:
            _check_media(item["media"]["url"], files)
            _need(len(item.get("description") or "") <= 1024, "description", "1024 or fewer.")
    elif kind == THUMBNAIL:
        _check_media(c["media"]["url"], files)
    elif kind == CONTAINER:
        _need(bool(children), "components", "A container needs a component.")
        _need(0 <= (c.get("accent_color") or 0) <= 0xFFFFFF, "accent_color", "A colour.")


def _check_media(url: str, files: dict[str, bytes]) -> None:
    if url.startswith("attachment://"):
        _need(url.removeprefix("attachment://") in files, "media", "The attachment is not there.")
    else:
        _need(url.startswith(("http://", "https://")), "media", "Not a well formed URL.")


def _check_button(c: Json) -> None:
    _need(1 <= len(c.get("label") or "") <= 80, "label", "1 to 80 characters.")
    if c["style"] == 5:
        url = c.get("url") or ""
        _need(url.startswith(("http://", "https://", "discord://")), "url", "Not a well formed URL.")
        _need(len(url) <= 512 and "custom_id" not in c, "url", "512 or fewer, and no custom id.")
    else:
        _need(c["style"] in (1, 2, 3, 4) and "custom_id" in c and "url" not in c, "style", "A custom id.")


def _check_select(c: Json) -> None:
    options = c["options"]
    _need(1 <= len(options) <= 25, "options", "1 to 25 options.")
    _need(len({o["value"] for o in options}) == len(options), "options", "The values must be unique.")
    for option in options:
        _need(all(1 <= len(option[key]) <= 100 for key in ("label", "value")), "options", "1 to 100.")
        _need(len(option.get("description") or "") <= 100, "options", "100 or fewer.")
    _need(len(c.get("placeholder") or "") <= 150, "placeholder", "150 or fewer.")
    fewest, most = c.get("min_values", 1), c.get("max_values", 1)
    _need(0 <= fewest <= 25 and 1 <= most <= len(options), "max_values", "No more than there are options.")


def check_modal(modal: Json) -> None:
    """A modal as a bot sends it. Raises `Refused`."""
    parts = modal["components"]
    _need(1 <= len(modal["title"]) <= 45, "title", "1 to 45 characters.")
    _need(1 <= len(modal["custom_id"]) <= 100, "custom_id", "1 to 100 characters.")
    _need(1 <= len(parts) <= 5, "components", "1 to 5 parts.")
    for part in parts:
        _need(part["type"] in (LABEL, TEXT), "components", "A label or a text.")
        if part["type"] == TEXT:
            continue
        _need(1 <= len(part["label"]) <= 45, "label", "1 to 45 characters.")
        _need(len(part.get("description") or "") <= 100, "description", "100 or fewer.")
        field = part["component"]
        _need(field["type"] == TEXT_INPUT and field["style"] in (1, 2), "component", "A text input.")
        _need(1 <= len(field["custom_id"]) <= 100, "custom_id", "1 to 100 characters.")
        _need(len(field.get("placeholder") or "") <= 100, "placeholder", "100 or fewer.")
        longest = field.get("max_length", 4000)
        _need(1 <= longest <= 4000 and len(field.get("value") or "") <= longest, "value", "Too long.")


def check_commands(commands: list[Json]) -> None:
    """A bulk overwrite of slash commands. Raises `Refused`."""
    _need(len(commands) <= 100, "commands", "At most 100.")
    _need(len({c["name"] for c in commands}) == len(commands), "name", "Names must be unique.")
    menus = [c for c in commands if c["type"] == 3]
    _need(len(menus) <= 15 and all(1 <= len(c["name"]) <= 32 for c in menus), "name", "1 to 32 characters.")
    _need(all("description" not in c and "options" not in c for c in menus), "description", "Not in a menu.")
    for command in (c for c in commands if c["type"] == 1):
        options = command.get("options", [])
        _need(len(options) <= 25, "options", "At most 25.")
        required = [bool(o.get("required")) for o in options]
        _need(set(command.get("contexts", [0])) <= {0, 1, 2}, "contexts", "No such context.")
        _need(set(command.get("integration_types", [0])) <= {0, 1}, "integration_types", "No such type.")
        _need(required == sorted(required, reverse=True), "options", "Required options come first.")
        for thing in (command, *options):
            name = thing["name"]
            _need(1 <= len(name) <= 32 and name == name.lower() and " " not in name, "name", "Invalid.")
            descriptions = [thing["description"], *thing.get("description_localizations", {}).values()]
            _need(all(1 <= len(d) <= 100 for d in descriptions), "description", "1 to 100 characters.")
            _need(set(thing.get("description_localizations", {})) <= LOCALES, "locale", "Not one of ours.")
        _need(len(json.dumps(command)) <= 8000, "command", "8000 or fewer.")
