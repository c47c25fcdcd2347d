"""A fingerprint of how a picture looks, to notice near duplicates."""

import numpy as np
from PIL import Image

# At most this many of 64 bits differ between pictures that people take for one another.
ALIKE = 6


def dhash(image: Image.Image) -> int:
    """64 bits, one for each step to the right on a 9 x 8 reduction that gets brighter (row by row, MSB first)."""
    small = image.convert("L").resize((9, 8), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.int16)
    bits = (pixels[:, 1:] > pixels[:, :-1]).flatten()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def distance(a: int, b: int) -> int:
    """How many bits of two fingerprints differ."""
    return (a ^ b).bit_count()
