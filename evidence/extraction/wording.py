"""Comparing wordings: spelling variants, word boundaries, abbreviations and their offsets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, permutations
from typing import NamedTuple

_FLAT = {ord(dash): "-" for dash in "‐‑‒–—―−﹘﹣-"}
_FLAT |= {ord(space): " " for space in "\u00a0\u2002\u2003\u2005\u2007\u2009\u200a\u202f"}
_FLAT |= {ord("\u00b7"): ".", ord("\u2019"): "'"}
_WORD = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)?|[+/%<>≤≥]")
_UPPER_PIECE = re.compile(r"[A-Z0-9]")
JOINERS = frozenset({"plus", "and", "with", "combined", "+", "/", "combination", "of"})


class Word(NamedTuple):
    """A word of a text with its offsets and the form under which spellings agree."""

    folded: str
    start: int
    end: int


class Span(NamedTuple):
    """A stretch of a text; the end is exclusive."""

    start: int
    end: int


def flatten(text: str) -> str:
    """The text with one kind of dash, space, apostrophe and decimal point; offsets stay."""
    return text.translate(_FLAT)


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """One form for British and American spelling, singular and plural.

    The form need not be a word: both sides of a comparison pass through it.
    """
    form = word.lower()
    if len(form) <= 3:
        return form
    form = re.sub(r"ies$", "y", form)
    if form.endswith("s") and not form.endswith(("ss", "us", "is")):
        form = form[:-1]
    form = form.replace("ae", "e").replace("oe", "e").replace("ph", "f")
    form = re.sub(r"our(?=$|[a-z])", "or", form) if len(form) > 4 else form
    return re.sub(r"is(?=(?:e|ed|er|ing|ation)$)", "iz", form)


_ENDINGS = re.compile(r"(?:ation(?:al)?|ion(?:al)?|ment|ing|ical|ally|al|ly|ed|ive)$")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A folded word without its ending: education and educational, treated and treatment agree."""
    form = fold(word)
    short = _ENDINGS.sub("", form) if len(form) >= 7 else form
    return (short if len(short) >= 4 else form).rstrip("e") or form


@lru_cache(maxsize=16384)
def words(text: str) -> tuple[Word, ...]:
    """The words of a text; a hyphen parts words, a plus, a slash and a percent sign are words."""
    flat = flatten(text)
    return tuple(Word(fold(m.group()), m.start(), m.end()) for m in _WORD.finditer(flat))


def is_abbreviation(term: str) -> bool:
    """Whether a term is written in capitals (`AL`, `A + M`, `HbA1c`), so that case matters."""
    letters = [c for c in term if c.isalpha()]
    upper = sum(c.isupper() for c in letters)
    spaced = re.search(r"[^\s+/-]\s+[^\s+/-]", term)
    if not letters or len(letters) > 9 or spaced or re.search(r"[a-z]{4}", term):
        return False
    return upper >= 2 or (len(letters) <= 3 and upper == 1 and len(term.split()) == 1)


@lru_cache(maxsize=4096)
def _abbreviation_pattern(term: str) -> re.Pattern[str]:
    pieces = [re.escape(p) for p in re.split(r"[\s+/-]+", flatten(term)) if p]
    # AS+AQ and AQ + AS name one combination; beyond three pieces the order is kept.
    orders = permutations(pieces) if 1 < len(pieces) <= 3 else [tuple(pieces)]
    forms = "|".join(r"\s*[+/-]\s*".join(order) for order in orders)
    # AL is not found in AL + X, X-AL or AL-X, but is in AL-treated.
    return re.compile(rf"(?<![\w+-])(?<!\+ )(?:{forms})s?(?!\w|\s*\+|/|-[A-Z])")


def find_abbreviation(term: str, text: str) -> list[Span]:
    """Where an abbreviation stands in a text, case-sensitively."""
    return [Span(*m.span()) for m in _abbreviation_pattern(term).finditer(flatten(text))]


def content(text: str) -> tuple[str, ...]:
    """Folded words without the joiners of a combination, in order."""
    return tuple(w.folded for w in words(text) if w.folded not in JOINERS)


@dataclass(frozen=True)
class _ContentWords:
    """The words of a text without joiners, and where each of them stands among them."""

    listed: tuple[Word, ...]
    at: dict[str, list[int]]

    def places(self, wanted: tuple[str, ...]) -> list[int]:
        """Where one of the wanted words stands, in order."""
        return sorted(i for word in set(wanted) for i in self.at.get(word, ()))


@lru_cache(maxsize=4096)
def _content_words(text: str) -> _ContentWords:
    listed = tuple(w for w in words(text) if w.folded not in JOINERS)
    at: dict[str, list[int]] = {}
    for i, word in enumerate(listed):
        at.setdefault(word.folded, []).append(i)
    return _ContentWords(listed, at)


@lru_cache(maxsize=65536)
def find_name(name: str, text: str) -> tuple[Span, ...]:
    """Where the name of an intervention stands in a text.

    The parts of a combination may come in any order and be joined by any sign; a name inside a
    larger combination (`mefloquine` in `artesunate + mefloquine`) is not found.
    """
    if is_abbreviation(name):
        return tuple(find_abbreviation(name, text))
    ordered = content(name)
    present = _content_words(text)
    if not ordered or not all(word in present.at for word in ordered):
        return ()
    wanted, size = sorted(ordered), len(ordered)
    in_order = _COMBINATION.search(flatten(name)) is None
    found = []
    for i in present.places(ordered[:1] if in_order else ordered):
        window = present.listed[i : i + size]
        here = tuple(w.folded for w in window)
        if here == ordered or (not in_order and sorted(here) == wanted):
            span = Span(window[0].start, window[-1].end)
            if _joined_up(text, window) and not _in_combination(text, span):
                found.append(span)
    return tuple(found)


_COMBINATION = re.compile(r"\w[+/&-]\w|\s[+/&-]\s|\b(?:plus|and|with)\b")
_GAP = re.compile(r"[ \-+/&]*(?:(?:plus|and|with|combined|combination|of|the)\b *)*")


def _joined_up(text: str, window: tuple[Word, ...]) -> bool:
    """Whether nothing but joiners stands between the words of a name."""
    return all(_GAP.fullmatch(flatten(text[a.end : b.start])) for a, b in pairwise(window))


_AFTER = re.compile(
    r"\s*(?:\+|/\s*[A-Za-z]|plus\b)|-(?!(?:treated|based|group|arm|induced|only)\b)[A-Za-z]"
)
_BEFORE = re.compile(r"(?:\+\s*|/\s?|\bplus\s+|[A-Za-z]-|\bno\s+|\bwithout\s+|\bnon-?)$")


def _in_combination(text: str, span: Span) -> bool:
    low = max(0, span.start - 12)
    after = flatten(text[span.end : span.end + 16])
    return bool(_AFTER.match(after) or _BEFORE.search(flatten(text[low : span.start])))


def same_wording(a: str, b: str) -> bool:
    """Whether two names consist of the same words, spelling, order and joiners aside."""
    return bool(content(a)) and sorted(content(a)) == sorted(content(b))


_SENTENCE_END = re.compile(r"(?<=[.!?])[\])\"”]*\s+(?=[\[(\"“]?[A-Z0-9])|\n+")
_NO_END = re.compile(
    r"(?:\b(?:vs|i\.e|e\.g|etc|et al|al|fig|figs|ref|no|approx|ca|resp|dr|st|spp|cf|\W[A-Z])"
    r"|\s[A-Z]|^[A-Z])\.$",
    re.IGNORECASE,
)


def sentences(text: str, start: int, end: int) -> list[Span]:
    """The sentences of a stretch of text."""
    spans, at = [], start
    for found in _SENTENCE_END.finditer(text, start, end):
        if "\n" not in found.group() and _NO_END.search(
            text[max(at, found.start() - 8) : found.start()]
        ):
            continue
        spans.append(Span(at, found.start()))
        at = found.end()
    spans.append(Span(at, end))
    return [s for s in spans if text[s.start : s.end].strip()]


def has_capital(text: str) -> bool:
    """Whether a text holds a capital letter or a digit."""
    return _UPPER_PIECE.search(text) is not None
