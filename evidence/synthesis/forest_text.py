"""How wide a text is in Helvetica, Arial or Liberation Sans, whose widths are the same."""

from __future__ import annotations

import unicodedata
from typing import Literal

Anchor = Literal["start", "middle", "end"]

# Widths in thousandths of the font size, from the Adobe font metrics of Helvetica.
_WIDTHS = {
    **dict.fromkeys("ijl", 222),
    **dict.fromkeys("It ,.:;!/f[]\\|", 278),
    **dict.fromkeys("r()-`'", 333),
    **dict.fromkeys("cksvxyzJ", 500),
    **dict.fromkeys("FTZ", 611),
    **dict.fromkeys("ABEKPSVXY&", 667),
    **dict.fromkeys("wCDHNRU", 722),
    **dict.fromkeys("GOQ", 778),
    **dict.fromkeys("mM", 833),
    "%": 889,
    "W": 944,
    "@": 1015,
    "…": 1000,
}
_DIGIT, _OTHER, _FULL = 556, 600, 1000
_BOLD = 1.08  # bold letters are up to 8 % wider


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width in pixels at a font size, on the wide side for letters without metrics."""
    units = sum(_letter_width(letter) for letter in text)
    return units * size / 1000 * (_BOLD if bold else 1.0)


def cut(text: str, width: float, size: float) -> str:
    """The text, shortened with an ellipsis where it is wider than `width` pixels."""
    if text_width(text, size) <= width:
        return text
    kept = text[: int(width)]  # no letter that counts is narrower than a pixel
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _letter_width(letter: str) -> int:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if unicodedata.combining(letter):
        return 0
    if unicodedata.east_asian_width(letter) in "WF":
        return _FULL
    return _DIGIT if letter.isascii() else _OTHER
