"""Pictures: decoded, turned upright, and written anew. What was hidden beside the picture is not written."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageCms, ImageOps

from reporting.files.kinds import Refused

# A photo of 48 million pixels (the largest of common phones) is taken; it is halved in width and height.
MOST_PIXELS = 50_000_000
KEPT_PIXELS = 26_000_000
# Writing WebP takes ten times the memory of the picture.
_KEPT_PIXELS_WEBP = 12_500_000
_QUALITY = 92
_FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "heic": "HEIF"}
_PLAIN_MODES = {"jpeg": {"L", "RGB"}, "png": {"L", "LA", "RGB", "RGBA"}, "webp": {"RGB", "RGBA"}}


def clean_image(body: bytes, slug: str) -> tuple[bytes, str]:
    """Return (the picture alone, its kind): first frame, upright, in sRGB, with no metadata at all.

    slug: "jpeg", "png", "webp" or "heic"; HEIC becomes JPEG. Raise Refused.
    """
    if slug == "heic":
        # Only now: it takes longer to load than all else.
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow itself stops at twice this number
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=[_FORMATS[slug]]) as opened:
                picture = _upright(opened, KEPT_PIXELS if slug != "webp" else _KEPT_PIXELS_WEBP)
    except Image.DecompressionBombError as fault:
        raise Refused("too-many-pixels") from fault
    except MemoryError:
        raise
    except Exception as fault:  # decoders raise whatever a damaged file makes them raise
        raise Refused("damaged") from fault
    slug = "jpeg" if slug == "heic" else slug
    return _written(_plain(picture, slug), slug), slug


def _upright(opened: Image.Image, kept_pixels: int) -> Image.Image:
    width, height = opened.size
    if width * height > MOST_PIXELS:
        raise Image.DecompressionBombError
    if width * height > kept_pixels:
        # JPEG can be decoded at half its size, without ever holding the whole.
        opened.draft(None, ((width + 1) // 2, (height + 1) // 2))
    profile = opened.info.get("icc_profile")
    opened.seek(0)
    opened.load()
    picture: Image.Image = opened
    if picture.width * picture.height > kept_pixels:
        picture = picture.reduce(2)
        picture.info["exif"] = opened.info.get("exif", b"")
    # In place, here and below: each copy of a large picture is a hundred megabytes.
    ImageOps.exif_transpose(picture, in_place=True)
    return _in_srgb(picture, profile)


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return `picture` with the colours that its own profile meant: the profile itself is not kept."""
    if not profile or picture.mode not in {"RGB", "CMYK"}:
        return picture
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        plain = ImageCms.createProfile("sRGB")
        if picture.mode == "RGB":
            ImageCms.profileToProfile(picture, own, plain, inPlace=True)
            return picture
        return ImageCms.profileToProfile(picture, own, plain, outputMode="RGB") or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a strange profile costs some colour, not the picture


def _plain(picture: Image.Image, slug: str) -> Image.Image:
    """Return a new picture of these pixels and of nothing else, in a mode that `slug` can hold."""
    if picture.mode.startswith("I;16") or picture.mode in {"I", "F"}:
        picture = picture.point(lambda value: value / 257).convert("L")
    if picture.mode not in _PLAIN_MODES[slug]:
        sees_through = slug != "jpeg" and ("transparency" in picture.info or "A" in picture.mode.upper())
        picture = picture.convert("RGBA" if sees_through else "RGB")
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    return bare


def _written(picture: Image.Image, slug: str) -> bytes:
    out = io.BytesIO()
    if slug == "png":
        picture.save(out, "PNG", compress_level=5)
    else:
        picture.save(out, _FORMATS[slug], quality=_QUALITY, exif=b"", icc_profile=None)
    return out.getvalue()
