"""The mystery box's fairness: commitment, seed, rarity and on-chain identity. Pure functions of bytes.

How a box is fair: before anything is drawn we choose a secret ``server_seed`` at random and show its
``commitment``. The opener adds entropy we can't choose (their own words and message). The box seed is
made of both, so no opener can foresee it, and after the commitment is shown nobody can change what comes,
rerolls included. An operator's own altered code could still draw seeds until it likes one, since the box is
sealed when its opener has spoken. Revealing ``server_seed`` lets anyone recompute everything below.

Every hash begins with a tag naming its purpose and version, so that no value can serve as another's;
every variable-length part is preceded by its length (u32, little-endian), so that no two different
inputs can be spelled by the same bytes.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")

COMMITMENT_TAG = b"pumpbox:seed-commitment:1"
SEED_TAG = b"pumpbox:box-seed:1"
DERIVE_TAG = b"pumpbox:derive:1"
BOX_ID_TAG = b"pumpbox:box:1"

SEED_BYTES = 32
NAME_BYTES = 32
SYMBOL_BYTES = 10
STRINGS_BYTES = 160  # name + symbol + uri, as the program enforces
ODDS_SCALE = 10_000


class Rarity(StrEnum):
    """How rare a box turned out; ``ODDS`` says how often each comes."""

    COMMON = "common"
    UNCOMMON = "uncommon"
    RARE = "rare"
    EPIC = "epic"
    LEGENDARY = "legendary"


@dataclass(frozen=True, slots=True)
class Odds:
    """One row of the published table: ``weight`` boxes of 10,000 are of ``rarity``."""

    rarity: Rarity
    weight: int


# Published odds, in the order in which a roll of 0..9,999 is read against them.
ODDS = (
    Odds(Rarity.COMMON, 6_000),
    Odds(Rarity.UNCOMMON, 2_500),
    Odds(Rarity.RARE, 1_100),
    Odds(Rarity.EPIC, 350),
    Odds(Rarity.LEGENDARY, 50),
)


def length_prefixed(*parts: bytes) -> bytes:
    """Each part after its length as u32 little-endian, joined: injective, unlike plain joining."""
    return b"".join(len(part).to_bytes(4, "little") + part for part in parts)


def commitment(server_seed: bytes) -> bytes:
    """The 32 bytes shown at sealing, before the box is opened. Raises ValueError unless 32 bytes come in."""
    _require_length("server_seed", server_seed, SEED_BYTES)
    return hashlib.sha256(COMMITMENT_TAG + server_seed).digest()


def opens(server_seed: bytes, shown: bytes) -> bool:
    """Whether a revealed ``server_seed`` is the one committed to in ``shown``."""
    return hmac.compare_digest(commitment(server_seed), shown)


def user_entropy(*parts: str) -> bytes:
    """What the opener brings (platform, user id, message id, theme, ...) as one 32-byte value."""
    return hashlib.sha256(length_prefixed(*(part.encode() for part in parts))).digest()


def box_seed(server_seed: bytes, entropy: bytes, reroll: int = 0) -> bytes:
    """The 32-byte seed of everything in the box, for its ``reroll``-th contents (0 is the first opening).

    HMAC-SHA256 keyed by the secret seed: without it outputs look random, however entropy was chosen.
    All rerolls of a box come from the one committed seed, so rerolling can't fish for another.
    Raises ValueError on a seed of another length or a reroll outside u32.
    """
    _require_length("server_seed", server_seed, SEED_BYTES)
    message = SEED_TAG + length_prefixed(entropy) + reroll_bytes(reroll)
    return hmac.new(server_seed, message, hashlib.sha256).digest()


def reroll_bytes(reroll: int) -> bytes:
    """The reroll counter as u32 little-endian. Raises ValueError outside its range."""
    if not 0 <= reroll < 2**32:
        raise ValueError("reroll is a u32")
    return reroll.to_bytes(4, "little")


def derive(seed: bytes, label: str) -> bytes:
    """An independent 32-byte seed for one purpose ("rarity", "name", "art"): knowing one tells no other."""
    return hashlib.sha256(DERIVE_TAG + length_prefixed(label.encode(), seed)).digest()


def rarity(seed: bytes) -> Rarity:
    """The rarity of the box with this box seed, by the published odds."""
    roll = Draw(derive(seed, "rarity")).below(ODDS_SCALE)
    for odds in ODDS:
        if roll < odds.weight:
            return odds.rarity
        roll -= odds.weight
    raise AssertionError("the odds add up to ODDS_SCALE")


def content_hash(name: bytes, symbol: bytes, uri: bytes) -> bytes:
    """sha256 of what the mint will say: name, symbol and uri, each length-prefixed, UTF-8.

    Raises ValueError where the program would refuse the strings.
    """
    if not 0 < len(name) <= NAME_BYTES:
        raise ValueError(f"name must have 1 to {NAME_BYTES} bytes")
    if not 0 < len(symbol) <= SYMBOL_BYTES:
        raise ValueError(f"symbol must have 1 to {SYMBOL_BYTES} bytes")
    if len(name) + len(symbol) + len(uri) > STRINGS_BYTES:
        raise ValueError(f"name, symbol and uri have more than {STRINGS_BYTES} bytes together")
    return hashlib.sha256(length_prefixed(name, symbol, uri)).digest()


def box_id(creator: bytes, seed_commitment: bytes, name: bytes, symbol: bytes, uri: bytes) -> bytes:
    """The 32 bytes from which the mint's address follows: ``["mint", box_id]``; the program recomputes it.

    A retry therefore can't make a second coin, and nobody else can take the address or fill it otherwise.
    ``creator`` is a 32-byte public key. Raises ValueError where the program would refuse.
    """
    _require_length("creator", creator, 32)
    _require_length("seed_commitment", seed_commitment, 32)
    content = content_hash(name, symbol, uri)
    return hashlib.sha256(BOX_ID_TAG + creator + seed_commitment + content).digest()


class Draw:
    """Unbiased choices out of a seed: block ``i`` of its stream is sha256(seed || i as u64 little-endian).

    Not ``random.Random``: its methods may change between Python versions, and anyone must be able to
    recompute a box in any language.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._counter = 0

    def u64(self) -> int:
        """The next 64 bits: the first 8 bytes of the next block, little-endian."""
        block = hashlib.sha256(self._seed + self._counter.to_bytes(8, "little")).digest()
        self._counter += 1
        return int.from_bytes(block[:8], "little")

    def below(self, bound: int) -> int:
        """A uniform integer in [0, bound); values that would favour small results are drawn again."""
        if not 0 < bound <= 2**64:
            raise ValueError("bound must be in 1..2**64")
        limit = 2**64 - 2**64 % bound
        while (value := self.u64()) >= limit:
            continue
        return value % bound

    def pick(self, items: Sequence[T]) -> T:
        """One of ``items``, each as likely as another."""
        return items[self.below(len(items))]

    def unit(self) -> float:
        """A number in [0, 1) with 53 random bits; for looks, never for odds."""
        return (self.u64() >> 11) / 2**53

    def between(self, low: float, high: float) -> float:
        """A number in [low, high); for looks, never for odds."""
        return low + (high - low) * self.unit()

    def chance(self, numerator: int, denominator: int) -> bool:
        """True ``numerator`` times of ``denominator``."""
        return self.below(denominator) < numerator


def _require_length(what: str, value: bytes, length: int) -> None:
    # Names the argument only: a server seed must never reach a message.
    if len(value) != length:
        raise ValueError(f"{what} must have {length} bytes")
