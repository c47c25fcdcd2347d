"""Filling a sealed box: words, picture, publication, opening. Run by the preparer role.

Everything follows from the box's seed, the theme and what was taken, so that a preparation that was cut
off is simply done again, with the same outcome.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import structlog

from core.domain import box as fair
from core.domain.errors import UserError
from core.domain.theme import Theme, check_theme
from core.domain.ticker import near_well_known
from core.ports.bell import EVENTS, Bell
from core.ports.box_stage import BoxStage
from core.ports.ids import Clock
from core.ports.namer import Namer, Proposal
from core.ports.publisher import Publisher
from core.ports.renderer import ArtBrief, Artwork, Renderer
from core.ports.rows import BoxRow
from core.ports.store import Store, StoreAway

log = structlog.get_logger()

LEASE = 20  # seconds one step may take before another worker begins anew: so long a kill delays a box


@dataclass(frozen=True)
class PrepareBox:
    store: Store
    namer: Namer
    renderer: Renderer
    stage: BoxStage
    publisher: Publisher
    bell: Bell
    clock: Clock
    owner: str

    async def next(self) -> bool:
        """Prepares the oldest waiting box; whether there was one. Raises `StoreAway`."""
        now = self.clock.now()
        async with self.store.begin() as work:
            box = await work.boxes.claim(self.owner, now, now + LEASE)
        if box is None:
            return False
        try:
            await self._prepare(box)
        except UserError as refusal:
            await self._fail(box, refusal.code)
        except StoreAway:
            raise  # nothing is wrong with the box: it is prepared again when the lease has run out
        except Exception:
            log.exception("box.failed", box=box.id)
            await self._fail(box, "box-failed")
        return True

    async def _prepare(self, box: BoxRow) -> None:
        theme = check_theme(box.theme)
        seed = box_seed(box)
        await self._progress(box, "name", image=await self._sealed(box))
        words = await self.namer.propose(theme, fair.derive(seed, "name"), self._is_taken)
        rarity = fair.rarity(seed)
        await self._progress(box, "art")
        art = await self.renderer.render(
            ArtBrief(fair.derive(seed, "art"), theme, words.name, words.ticker, rarity)
        )
        await self._progress(box, "publish")
        image_uri, uri = await self._publish(box, theme, words, art, rarity)
        framed = await self.publisher.publish(await self.stage.revealed(art.image, rarity), "image/webp")
        await self._open(
            box,
            name=words.name,
            ticker=words.ticker,
            description=words.description,
            rarity=rarity.value,
            image=_file_name(framed),
            image_uri=image_uri,
            uri=uri,
        )

    async def _sealed(self, box: BoxRow) -> str:
        """The closed box with its own commitment on the tag, for all to see before it opens."""
        picture = await self.stage.sealed(bytes.fromhex(box.commitment))
        return _file_name(await self.publisher.publish(picture, "image/webp"))

    async def _is_taken(self, name: str, ticker: str) -> bool:
        if near_well_known(ticker) is not None:
            return True
        async with self.store.read() as work:
            return await work.boxes.name_taken(name, ticker)

    async def _publish(
        self, box: BoxRow, theme: Theme, words: Proposal, art: Artwork, rarity: fair.Rarity
    ) -> tuple[str, str]:
        image_uri = await self.publisher.publish(art.image, art.media_type)
        metadata = {
            "name": words.name,
            "symbol": words.ticker,
            "description": words.description,
            "image": image_uri,
            "attributes": [
                {"trait_type": "Rarity", "value": rarity.value},
                {"trait_type": "Theme", "value": theme.text},
                {"trait_type": "Style", "value": art.style},
                {"trait_type": "Commitment", "value": box.commitment},
            ],
        }
        blob = json.dumps(metadata, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        return image_uri, await self.publisher.publish(blob, "application/json")

    async def _progress(self, box: BoxRow, step: str, **changes: str) -> None:
        now = self.clock.now()
        async with self.store.begin() as work:
            if await work.boxes.update(box.id, ("sealed",), step=step, lease_until=now + LEASE, **changes):
                await work.events.add("box.progress", {"box": box.id}, now)
        await self.bell.ring(EVENTS)

    async def _open(self, box: BoxRow, **contents: str) -> None:
        async with self.store.begin() as work:
            now = await work.boxes.get(box.id)
            if now is None or now.rerolls != box.rerolls:
                return  # we were so slow that another worker opened it, and it was rerolled since
            # Another box may have taken the words while this one was drawn: one winner, inside one unit.
            if await work.boxes.name_taken(contents["name"], contents["ticker"]):
                await work.boxes.update(box.id, ("sealed",), lease_until=0)
                return
            if await work.boxes.update(box.id, ("sealed",), state="opened", step="done", **contents):
                await work.events.add("box.opened", {"box": box.id}, self.clock.now())
        await self.bell.ring(EVENTS)

    async def _fail(self, box: BoxRow, code: str) -> None:
        async with self.store.begin() as work:
            if await work.boxes.update(box.id, ("sealed",), state="failed", step=code):
                await work.events.add("box.failed", {"box": box.id}, self.clock.now())
        await self.bell.ring(EVENTS)


def _file_name(uri: str) -> str:
    return uri.rsplit("/", 1)[-1]


def box_seed(box: BoxRow) -> bytes:
    """The seed of the box's present contents; what the asker brought is mixed in, so we can't have chosen it."""
    entropy = fair.user_entropy(box.platform, box.user_id, box.cause or "", box.theme)
    return fair.box_seed(bytes.fromhex(box.seed), entropy, box.rerolls)
