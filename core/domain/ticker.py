"""Tickers and names: their form, and when two are too alike to live side by side."""

import re
from collections.abc import Collection

import disarm
from rapidfuzz import process
from rapidfuzz.distance import OSA

from core.domain.box import NAME_BYTES
from core.domain.errors import UserError
from core.domain.hate import is_hateful

TICKER_BYTES = 6  # at most
TICKER = re.compile(r"[A-Z0-9]{3,6}")
# Tokens that people know: ours must not be mistaken for them.
_KNOWN = """
SOL WSOL MSOL JITOSOL BTC WBTC ETH WETH USDC USDT USDS PYUSD DAI USD EUR JUP JTO RAY ORCA PYTH BONK WIF POPCAT
MEW BOME PENGU TRUMP FART PUMP GRASS RENDER HNT MNGO XRP BNB ADA DOGE SHIB PEPE TON TRX DOT AVAX LINK LTC
"""
WELL_KNOWN = frozenset(_KNOWN.split())
# Characters that a hurried eye takes for one another, brought to one of them.
_LOOK_ALIKE = str.maketrans(
    {"0": "O", "Q": "O", "1": "I", "L": "I", "5": "S", "8": "B", "2": "Z", "6": "G", "7": "T"}
)
_PAIRS = (("VV", "W"), ("RN", "M"))


def check_ticker(raw: str) -> str:
    """``raw`` as a ticker, upper case, without a leading $; raises UserError ticker-form or ticker-hate."""
    ticker = raw.strip().removeprefix("$").upper()
    if TICKER.fullmatch(ticker) is None or not raw.isascii():
        # isascii: the dotless i and the long s, among others, have ASCII upper cases.
        raise UserError("ticker-form")
    if is_hateful(ticker):
        raise UserError("ticker-hate")
    return ticker


def ticker_key(ticker: str) -> str:
    """Equal for tickers that look alike (S0L, SOI, sol): give the column that holds it a unique index."""
    key = ticker.upper()
    for pair, single in _PAIRS:
        key = key.replace(pair, single)
    return key.translate(_LOOK_ALIKE)


def near_ticker(ticker: str, keys: Collection[str]) -> str | None:
    """The one of ``keys`` (``ticker_key`` of the taken ones) that ``ticker`` is too close to, if any.

    Three characters clash only when they look the same; from four on, also one slip of the finger away
    (a letter changed, missing, added, or two swapped). Shorter ones would soon all be neighbours.
    """
    key = ticker_key(ticker)
    if key in keys:
        return key
    if len(key) < 4:
        return None
    near = process.extractOne(
        key,
        [other for other in keys if len(other) >= 4],
        scorer=OSA.distance,
        score_cutoff=1,
    )
    return None if near is None else str(near[0])


def near_well_known(ticker: str) -> str | None:
    """The key of the well-known token that ``ticker`` could be mistaken for, if any."""
    return near_ticker(ticker, _WELL_KNOWN_KEYS)


def check_name(raw: str) -> str:
    """``raw`` as a coin's name; raises UserError name-form (1 to 32 bytes, visible, one line) or name-hate."""
    name = disarm.strip_format(raw)
    if name != raw or not name or len(name.encode()) > NAME_BYTES or not name_key(name):
        raise UserError("name-form", limit=NAME_BYTES)
    if is_hateful(name):
        raise UserError("name-hate")
    return name


def name_key(name: str) -> str:
    """Equal for names that read alike (case, accents, look-alike letters, spaces, punctuation)."""
    folded = disarm.search_key(disarm.normalize_confusables(name))
    return re.sub(r"\W+", "", folded)


_WELL_KNOWN_KEYS = frozenset(ticker_key(known) for known in WELL_KNOWN)
