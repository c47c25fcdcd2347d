"""What a theme shows: a hero, a place, something to wear. Words that say nothing leave it to the seed."""

from dataclasses import dataclass

from core.adapters.ai.art.palette import Palette, choose_palette
from core.adapters.ai.offline_namer import singular
from core.domain.box import Draw, Rarity
from core.domain.theme import Theme
from core.ports.renderer import ArtBrief

_HEROES = """
cat: cat kitten kitty feline neko tomcat mao tiger lion
dog: dog puppy pup doge hound shiba corgi husky
bear: bear grizzly koala teddy honey
panda: panda bamboo
bunny: rabbit bunny hare carrot easter
fox: fox vixen wolf coyote raccoon
frog: frog toad pepe swamp pond
owl: owl bird eagle hawk parrot hoot
chick: chick chicken duck egg goose penguin
mouse: mouse rat hamster monkey ape chimp gorilla
pig: pig piggy bacon cow
dragon: dragon dinosaur dino lizard drake snake crocodile
robot: robot robo bot android cyborg machine ai computer cyber tech gpu
alien: alien ufo martian extraterrestrial
ghost: ghost spooky phantom halloween spirit boo skeleton
slime: slime jelly blob goo water rain
mushroom: mushroom fungus shroom fungi
star: star sun gold money coin
unicorn: unicorn horse pony rainbow
octopus: octopus squid kraken ocean sea
"""
_PLACES = """
space: space galaxy cosmos cosmic universe astro astronaut moon lunar star planet rocket mars alien ufo orbit comet
sea: sea ocean water fish shark whale pirate ship island beach octopus surf wave dolphin mermaid
forest: forest tree jungle garden nature mushroom bear fox rabbit bee flower leaf farm frog plant picnic
fire: fire lava volcano flame hot dragon hell devil demon dino dinosaur spicy burn
ice: ice snow winter cold frozen arctic penguin polar ski christmas santa
desert: desert sand egypt pyramid cactus pharaoh camel west cowboy
city: city neon night street cyber punk hacker robot disco music dj taxi club tokyo car race ninja
candy: candy cake cookie sweet donut pizza food ice cream party birthday love heart bubble coffee pancake
gold: gold money rich bank king queen royal crown cash coin diamond treasure bitcoin solana
"""
_OUTFITS = """
helmet: space astronaut astro moon lunar mars galaxy orbit rocket cosmos
crown: king queen royal crown rich gold prince princess emperor
wizard: wizard magic witch mage sorcerer fairy spell potion
pirate: pirate ship captain treasure
party: party birthday cake fun circus clown
shades: cool disco beach sun neon boss cyber hacker rich miami
headphones: music dj disco jazz song beat dance game gamer rock
cowboy: cowboy west desert farm horse
scarf: snow winter ice cold arctic christmas polar
flower: flower garden spring love nature forest picnic hawaii
viking: viking warrior knight war battle
chef: chef pizza food burger cook cake noodle sushi taco pancake
halo: angel heaven ghost holy
"""


def _table(text: str) -> dict[str, str]:
    rows = (line.partition(":") for line in text.strip().splitlines())
    return {word: kind for kind, _, words in rows for word in words.split()}


_HERO_OF, _PLACE_OF, _OUTFIT_OF = _table(_HEROES), _table(_PLACES), _table(_OUTFITS)
HEROES = tuple(dict.fromkeys(_HERO_OF.values()))
PLACES = tuple(dict.fromkeys(_PLACE_OF.values()))
OUTFITS = tuple(dict.fromkeys(_OUTFIT_OF.values()))


@dataclass(frozen=True, slots=True)
class Motif:
    """What to draw, by the names that the drawing rooms know."""

    hero: str
    place: str
    outfit: str | None


def choose_motif(theme: Theme, draw: Draw, rarity: Rarity) -> Motif:
    """The motif that ``theme`` asks for; legendary heroes are crowned, dull themes drawn from the seed."""
    words = [singular(word) for word in theme.words] + list(theme.words)
    hero = _asked(words, _HERO_OF) or draw.pick(HEROES)
    # A fox lives in the forest, but an ice fox doesn't: the hero's own word decides last.
    others = [word for word in words if word not in _HERO_OF]
    place = _asked(others, _PLACE_OF) or _asked(words, _PLACE_OF) or draw.pick(PLACES)
    wish = _asked(words, _OUTFIT_OF)
    drawn = draw.pick(OUTFITS) if draw.chance(3, 5) else None
    # The same outfit on every space cat would bore: one in three goes by the seed.
    outfit = wish if wish is not None and draw.chance(2, 3) else drawn
    return Motif(hero, place, "crown" if rarity is Rarity.LEGENDARY else outfit)


def chosen(brief: ArtBrief, draw: Draw) -> tuple[Motif, Palette]:
    """The motif of a brief and a palette that suits its place."""
    motif = choose_motif(brief.theme, draw, brief.rarity)
    return motif, choose_palette(draw, motif.place)


def _asked(words: list[str], table: dict[str, str]) -> str | None:
    # The last match: English puts the subject last ("space cats" is about cats).
    return next((table[word] for word in reversed(words) if word in table), None)
