"""Authenticated encryption of small secrets: XChaCha20-Poly1305 with associated data.

A wallet's seed is encrypted under a random data key of its own; the data key is encrypted ("wrapped")
under the master key. Both name the wallet and their purpose in the associated data, so that a ciphertext
moved to another row, or used as the other kind, does not open.
"""

from __future__ import annotations

import secrets

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
)
from nacl.exceptions import CryptoError

KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES
_NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES


class EnvelopeBroken(Exception):
    """The ciphertext was changed, belongs elsewhere, or was made under another key."""


def new_key() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def seal(plain: bytes, key: bytes, associated: bytes) -> bytes:
    """nonce || ciphertext || tag. The nonce is random: 192 bits never repeat by chance."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plain, associated, nonce, key)


def unseal(sealed: bytes, key: bytes, associated: bytes) -> bytes:
    """What `seal` was given. Raises `EnvelopeBroken`, which says nothing about the content."""
    nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, associated, nonce, key)
    except (CryptoError, ValueError):
        # from None: the library's error would carry its arguments' lengths, and frames that hold the key
        raise EnvelopeBroken(
            "a stored key can't be opened: it was changed, or another master key made it"
        ) from None
