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
_WORDS = frozenset(_LISTED.split())
# Found anywhere, even inside another word or spread over spaces: no ordinary word holds them.
_STEMS = ("nigger", "faggot", "hitler", "childporn", "gaschamber", "heilhitler", "siegheil", "whitepower")
_INNOCENT = re.compile(r"snigger|maine coons?")  # what holds a listed word and means no harm
_LEET = str.maketrans("013457@$!|+", "oieastasiit")
_SEPARATORS = re.compile(r"[\s\-_.*~,'\"]+")


def is_hateful(text: str) -> bool:
    """Whether ``text`` holds a listed word, however it is cased, accented, spaced or spelled in digits."""
    folded = disarm.search_key(disarm.normalize_confusables(text))
    for reading in {folded, folded.translate(_LEET)}:
        words = _SEPARATORS.split(_INNOCENT.sub("", reading))
        squeezed = [re.sub(r"(.)\1{2,}", r"\1\1", word) for word in words]
        if any(form in _WORDS for word in words + squeezed for form in (word, word.removesuffix("s"))):
            return True
        joined = "".join(squeezed)
        if any(stem in joined for stem in _STEMS) or _spelled_out(words):
            return True
    return False


def _spelled_out(words: list[str]) -> bool:
    """Whether single letters in a row ("n a z i") make a listed word."""
    runs = re.findall(r"(?:\b\w\b ?){3,}", " ".join(words))
    return any(run.replace(" ", "") in _WORDS for run in runs)
