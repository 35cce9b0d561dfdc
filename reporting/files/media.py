"""Sound and video: the streams are copied into a new container by Debian's ffmpeg, the labels are not.

Nothing is written to a disk: ffmpeg reads and writes files in memory, which have no name in any folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from reporting.files.kinds import Refused

# The one demuxer and the one muxer for each kind, so that no other format is ever tried.
_DEMUXERS = {"mp4": "mov", "mov": "mov", "m4a": "mov", "mp3": "mp3"}
_MUXERS = {"mp4": "mp4", "mov": "mov", "m4a": "ipod", "mp3": "mp3"}
_COMMON = {"h264", "hevc", "mpeg4", "av1", "vp9", "aac", "mp3", "alac", "pcm_s16le", "pcm_s16be"}
# Units of supplemental information in the two codecs that phones use.
_WORDS_BETWEEN = (("h264", "6"), ("hevc", "39-40"))
_LIMITS = ["-protocol_whitelist", "file", "-max_streams", "8", "-threads", "1", "-err_detect", "explode"]
_INPUT = ["-nostdin", "-hide_banner", "-loglevel", "quiet", "-y", *_LIMITS, "-fflags", "+bitexact"]
_PATH = "/usr/local/bin:/usr/bin:/bin"
_SECONDS = 12
_MOST_BYTES = 16 * 1024 * 1024


def has_tools() -> bool:
    """Return whether ffmpeg and its sister are installed: without them sound and video are refused."""
    return all(shutil.which(name, path=_PATH) for name in ("ffmpeg", "ffprobe"))


def clean_media(body: bytes, slug: str) -> bytes:
    """Return sound or video without titles, places, devices, chapters, covers and side tracks.

    slug: "mp4", "mov", "mp3" or "m4a". Raise Refused, also when ffmpeg is missing.
    """
    if not has_tools() or not hasattr(os, "memfd_create"):
        raise Refused("no-media-tool")
    source, target = os.memfd_create("in"), os.memfd_create("out")
    try:
        with open(source, "wb", closefd=False) as file:
            file.write(body)
        codecs = _codecs(source, slug)
        _run("ffmpeg", [*_INPUT, *_opening(source, slug), *_copying(codecs, slug, target)], (source, target))
        if not 0 < os.fstat(target).st_size <= _MOST_BYTES:
            raise Refused("damaged")
        with open(target, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(source)
        os.close(target)


def _opening(source: int, slug: str) -> list[str]:
    demuxer = _DEMUXERS[slug]
    # A film may name other files to read its streams from: they are not looked at.
    alone = ["-enable_drefs", "0"] if demuxer == "mov" else []
    return [*alone, "-f", demuxer, "-i", f"/proc/self/fd/{source}"]


def _codecs(source: int, slug: str) -> set[str]:
    """Return the codecs inside. Raise Refused unless all are common ones."""
    shown = ["-show_entries", "stream=codec_type,codec_name", "-of", "csv=p=0"]
    listed = _run("ffprobe", ["-loglevel", "quiet", *_LIMITS, *_opening(source, slug), *shown], (source,))
    streams = [line.split(",") for line in listed.decode("ascii", "replace").split()]
    codecs = {name for name, kind, *_rest in streams if kind in {"video", "audio"}}
    sound_only = slug in {"mp3", "m4a"}
    if not codecs or (not sound_only and not codecs <= _COMMON) or (sound_only and not codecs & _COMMON):
        raise Refused("strange-media")
    return codecs


def _copying(codecs: set[str], slug: str, target: int) -> list[str]:
    streams = ["-map", "0:V?", "-map", "0:a?"] if slug in {"mp4", "mov"} else ["-map", "0:a:0"]
    # Cameras and programs write words of their own between the frames.
    between = [f"filter_units=remove_types={types}" for name, types in _WORDS_BETWEEN if name in codecs]
    if len(between) > 1:
        raise Refused("strange-media")
    drop = ["-bsf:v", between[0]] if between and slug in {"mp4", "mov"} else []
    shape = (
        ["-id3v2_version", "0", "-write_id3v1", "0", "-write_xing", "0"]
        if slug == "mp3"
        else ["-movflags", "+faststart"]
    )
    return [
        *streams, "-c", "copy", "-sn", "-dn", *drop,
        "-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1",
        "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
        *shape, "-f", _MUXERS[slug], f"/proc/self/fd/{target}",
    ]  # fmt: skip


def _run(name: str, words: list[str], files: tuple[int, ...]) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - our own words only; nothing of the upload is among them
            [shutil.which(name, path=_PATH) or name, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=files,
            env={"PATH": _PATH, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"},
            timeout=_SECONDS,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as fault:
        raise Refused("took-too-long") from fault
    if done.returncode:
        raise Refused("damaged")
    return done.stdout
