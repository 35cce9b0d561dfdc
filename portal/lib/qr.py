"""QR codes as SVG, made here and asking nobody. No Django: the press of certificates uses it too."""

from __future__ import annotations

from collections.abc import Iterator

_QUIET = 4  # dots of light border that readers need


def path_of(text: str) -> tuple[int, str]:
    """Return (side, path) of the QR code of `text`, for an SVG whose unit is one dot.

    Raise ValueError when `text` is too long for one code (about 2,300 characters).
    """
    # The library is loaded with the first code, not with every start.
    import qrcode

    # Any of the eight masks can be read. Trying them all to find the fairest takes longer than the rest.
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=_QUIET, mask_pattern=3)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(
        # A little higher than one row, so that no light line stands between two of them on a screen.
        f"M{start} {y}h{length}v1.03h-{length}z"
        for y, row in enumerate(rows)
        for start, length in _dark(row)
    )
    return len(rows), path


def svg(text: str) -> str:
    """Return the QR code of `text` as an `<svg>` element, of dots only: `text` itself is not in it."""
    side, path = path_of(text)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{path}"/></svg>'


def _dark(row: list[bool]) -> Iterator[tuple[int, int]]:
    """Yield (start, length) of each stretch of dark dots."""
    start = None
    for x, is_dark in enumerate([*row, False]):
        if is_dark and start is None:
            start = x
        elif not is_dark and start is not None:
            yield start, x - start
            start = None
