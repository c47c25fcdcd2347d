"""A small list of words that no coin of ours is named after. Themes, names and tickers are held against it.

It is a floor, not a filter of all that is ugly: short, so that each entry can be argued about, and matched
so that ordinary words (Scunthorpe, raccoon, niggardly, spice) pass.
"""

import re

import disarm

# Whole words, singular; a plural s is allowed for.
_LISTED = """
nigger nigga kike spic chink gook wetback coon faggot fag tranny dyke retard cunt kkk hitler nazi holocaust
auschwitz gaschamber whitepower heilhitler siegheil jihad lynching rapist rape pedo pedophile paedophile
lolita loli childporn genocide towelhead raghead sandnigger porchmonkey gypo paki zyklonb 1488 14words
"""
_SYMBOLS = ("\u5350", "\u0fd5")  # the swastika as the party turned it, in its two code points
# Found anywhere, even inside another word or spread over spaces: no ordinary word holds them.
_STEMS = ("nigger", "faggot", "hitler", "childporn", "gaschamber", "heilhitler", "siegheil", "whitepower")
_INNOCENT = re.compile(r"snigger|maine coons?")  # what holds a listed word and means no harm
_LEET = str.maketrans("013457@$!|+", "oieastasiit")
_I_AS_L = str.maketrans("i", "l")  # a capital i reads as an l
_SEPARATORS = re.compile(r"[\s\-_.*~,'\"]+")


def _skeleton(word: str) -> str:
    return word.translate(_I_AS_L)


_WORDS = frozenset(_skeleton(word) for word in _LISTED.split())
_PARTS = tuple(_skeleton(stem) for stem in _STEMS)


def is_hateful(text: str) -> bool:
    """Whether ``text`` holds a listed word, however it is cased, accented, spaced or spelled in digits."""
    if any(symbol in text for symbol in _SYMBOLS):
        return True
    folded = disarm.search_key(disarm.normalize_confusables(text))
    return any(_holds_listed(_INNOCENT.sub("", reading)) for reading in {folded, folded.translate(_LEET)})


def _holds_listed(reading: str) -> bool:
    words = _SEPARATORS.split(reading)
    # Three and more of a letter are two ("naazi" stays, "niiigger" doesn't hide).
    squeezed = [re.sub(r"(.)\1{2,}", r"\1\1", word) for word in words]
    hyphenated = [_SEPARATORS.sub("", token) for token in reading.split()]  # "na-zi"
    for word in (*words, *squeezed, *hyphenated):
        bare = word.rstrip("0123456789")
        if any(
            _skeleton(form) in _WORDS for form in (word, bare, word.removesuffix("s"), bare.removesuffix("s"))
        ):
            return True
    joined = _skeleton("".join(squeezed))
    return any(part in joined for part in _PARTS) or _spelled_out(words)


def _spelled_out(words: list[str]) -> bool:
    """Whether single letters in a row ("n a z i") make a listed word."""
    runs = re.findall(r"(?:\b\w\b ?){3,}", " ".join(words))
    return any(_skeleton(run.replace(" ", "")) in _WORDS for run in runs)
