"""A card as a rich message (Bot API 10.1): its rows as a table, its entries as a list, all of them.

Clients of before can't show one, so it is an optional form (`bots.telegram.optional`).
"""

from __future__ import annotations

from bots.telegram.optional import settles
from bots.telegram.render import alike, bar, escaped, marked, native_button, value_html, worded
from core.reply import Item, Message, Row

LIMIT, ROWS = 32_768, 400  # characters of the text, table rows; Telegram's limit is 500 blocks in all


def rich(message: Message, locale: str | None) -> str | None:
    """Its HTML; None where the ordinary form says as much: no rows nor entries to align, a picture (which
    would have to be in public), a button that would have to be spelled out, or one that must be seen."""
    rows = [_row(row, locale) for row in message.rows]
    entries = [_entry(item, locale) for item in message.items]
    buttons = [button for line in message.buttons for button in line]
    spelled = any(native_button(button, locale) is None for button in buttons)
    if message.media is not None or not (rows or entries) or spelled or settles(message):
        return None
    blocks = [f"<h4>{escaped(marked(message, locale))}</h4>"]
    blocks += [f"<p>{escaped(worded(part, locale))}</p>" for part in message.body]
    blocks += [_block("table", rows), _block("ol" if alike(message, locale) else "ul", entries)]
    blocks += [] if message.progress is None else [f"<p>{bar(message.progress)}</p>"]
    blocks += (
        [] if message.footer is None else [f"<footer>{escaped(worded(message.footer, locale))}</footer>"]
    )
    whole = "".join(blocks)
    return whole if len(whole) <= LIMIT and len(rows) + len(entries) <= ROWS else None


def _row(row: Row, locale: str | None) -> str:
    name, value = escaped(worded(row.label, locale)), value_html(worded(row.value, locale))
    return f'<tr><td>{name}</td><td align="right">{value}</td></tr>'


def _entry(item: Item, locale: str | None) -> str:
    detail = "" if item.detail is None else f" · {escaped(worded(item.detail, locale))}"
    return f"<li><b>{escaped(worded(item.title, locale))}</b>{detail}</li>"


def _block(tag: str, lines: list[str]) -> str:
    return f"<{tag}>{''.join(lines)}</{tag}>" if lines else ""
