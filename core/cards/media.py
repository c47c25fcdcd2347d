"""Pictures of the installation. A path is relative to the folder of published files; the desk makes it whole."""

from __future__ import annotations

from core.reply import Media, t

SEALED = "sealed.webp"  # any box, closed: shown until a box's own picture is there; written by bootstrap

_TYPES = {"webp": "image/webp", "png": "image/png", "gif": "image/gif"}


def coin_picture(
    image: str | None, name: str, url: str | None = None, *, small: bool = False
) -> Media | None:
    """A coin's picture by its content-addressed file name, if it has one of ours."""
    if image is None:
        return None
    return Media(
        _TYPES[image.rsplit(".", 1)[-1]], f"i/{image}", image, t("picture-of", name=name), url, small
    )


def sealed_picture(*, small: bool = False) -> Media:
    """The closed box."""
    return Media("image/webp", SEALED, SEALED, t("picture-sealed"), small=small)
