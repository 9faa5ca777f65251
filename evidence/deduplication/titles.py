"""Titles: are two the same, misspelt, cut short, alike or different, and what sets them apart.

Companions of a report (an erratum, a reply, part II, a protocol) carry nearly its title; so do the
trials of a series. What tells them apart are a few words and numbers, which are compared by
themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from evidence.deduplication.normal_forms import (
    registrations,
    title_variants,
    title_words,
)

TitleRelation = Literal["identical", "misspelt", "shortened", "alike", "different", "unknown"]

_STOP = "a an the of in on for and or with to by from at versus as is are its"
STOP_WORDS = frozenset(_STOP.split())
_NOTICE = re.compile(
    r"^(?:errat|corrigend|addend|corrections? (?:to|for|of)\b|correction$|publisher correction"
    r"|author correction|retraction|notice of|expression of concern|comments? (?:on|to)\b"
    r"|comment(?:ary)?\b|(?:in )?repl(?:y|ies)\b|(?:the )?authors? (?:repl|respon|comment)"
    r"|response (?:to|from)\b|letter\b|editorial\b|discussion of|invited)"
)
_NOTICE_LAST = re.compile(r"(?:reply|replies|erratum|errata|corrigendum|addendum)$")
# Behind the title's last mark only: `canine retraction` is none.
_NOTICE_BEHIND = re.compile(
    r"(?:the )?(?:erratum|errata|corrigendum|addendum|correction|retraction|expression of concern"
    r"|(?:in |authors? |author s )?(?:reply|replies|response)|comment(?:ary)?|letter|editorial)"
)
_RE = re.compile(
    r"^\W*(?:re|correction|comment|response|reply|rebuttal|discussion)\s*[:.]", re.IGNORECASE
)
_CORRECTED = re.compile(r"[\[(](?:vol|volume|pg|p\.)\b[^\])]*\d", re.IGNORECASE)
# What follows a subtitle's mark here is likely another report of the same trial …
_COMPANION = re.compile(
    r"protocol|rational|rationale|design|baseline|supplement|supplementary|appendix|abstract"
    r"|summary|preprint|updated?|extension|interim|follow|followup|subgroup|subanalysis|substudy"
    r"|secondary|posthoc|post|ancillary|economic|costs?|long|longterm|commentary|response|poster"
)
# … and here it may be.
_MAYBE_COMPANION = re.compile(
    r"pilot|feasibility|qualitative|process|results|findings|survey|methods?|term"
)
# Numbers in words, Roman numerals, and single letters but the article: hepatitis B, study C.
_NUMBER = re.compile(
    r"\d.*|[b-z]|i{2,3}|iv|vi{1,3}|ix|xi{1,2}|one|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven|twelve|first|second|third|fourth|fifth|sixth"
)
_PART = re.compile(r"parts?|study|trial|report|paper|experiment|chapter|section")
_LETTER = re.compile(r"[b-hj-uwyz]")
_ORDINAL = re.compile(r"first|second|third|fourth|fifth|sixth|st|nd|rd|th")
_ORDINAL_ENDINGS = frozenset(["st", "nd", "rd", "th"])
_SUBTITLE = re.compile(r"[:.?!;–—\[\]()]|\s-+\s")
_CUT = re.compile(r"(?:\.{2,}|…)\W*$")
_ALIKE = 88.0
_TYPO_LENGTH = 6
_MOST_TYPOS = 2
_MISSPELT_WORDS = 5
_HEAD_WORDS = 3
_SHORTENED_LETTERS = 20
_CUT_LETTERS = 50


@dataclass(frozen=True, slots=True)
class Title:
    """A title, read once.

    Attributes:
        words: Its words in their normal form.
        key: The words written together; equal keys are one title.
        keys: The keys of its variants, where a translation stands beside it.
        heads: The keys of what stands before each mark that can open a subtitle.
        numbers: Everything that counts: numbers, ordinals, single letters.
        registered: The numbers under which its trials are registered.
        notice: Whether it heads an erratum, a comment, a reply.
        cut: Whether it ends in an ellipsis.
    """

    words: tuple[str, ...]
    key: str
    keys: frozenset[str]
    heads: frozenset[str]
    numbers: tuple[str, ...]
    registered: frozenset[str]
    notice: bool
    cut: bool


def read_title(title: str) -> Title:
    """Read a title."""
    variants = title_variants(title)
    words = title_words(variants[0])
    key = "".join(words)
    keys = {key} | {"".join(title_words(variant)) for variant in variants[1:]}
    ends = [found.start() for found in _SUBTITLE.finditer(variants[0])]
    heads = {"".join(title_words(variants[0][:end])) for end in ends[:12]}
    return Title(
        words=words,
        key=key,
        keys=frozenset(keys),
        heads=frozenset(heads - {key, ""}),
        numbers=numbers(words),
        registered=registrations(title),
        notice=_is_notice(variants[0], words),
        cut=bool(_CUT.search(title)),
    )


def _is_notice(title: str, words: tuple[str, ...]) -> bool:
    plain = " ".join(words)
    last = " ".join(title_words(_SUBTITLE.split(title.rstrip(" .*)]"))[-1]))
    return bool(
        _NOTICE.search(plain)
        or _NOTICE_LAST.search(plain)
        or _NOTICE_BEHIND.fullmatch(last)
        or _RE.match(title)
        or _CORRECTED.search(title)
    )


def numbers(words: Iterable[str]) -> tuple[str, ...]:
    """The words that count something, sorted: 2, ii, second, the letter of hepatitis B."""
    return tuple(sorted(word for word in words if _NUMBER.fullmatch(word)))


def title_relation(one: Title, other: Title) -> TitleRelation:
    """How two titles stand to each other; `alike` titles may well be of companions."""
    if not one.key or not other.key:
        return "unknown"
    if one.notice != other.notice:
        return "different"
    if one.registered and other.registered and not one.registered & other.registered:
        return "different"
    if one.key == other.key or one.keys & other.keys:
        return "identical"
    if is_shortened(one, other):
        return "shortened"
    ratio = fuzz.token_sort_ratio(one.words, other.words, score_cutoff=_ALIKE)
    if ratio and is_misspelt(one, other):
        return "misspelt"
    if ratio or fuzz.ratio(one.key, other.key) >= _ALIKE:
        return "alike"
    return "different"


def is_shortened(one: Title, other: Title) -> bool:
    """Whether one title is the other without its subtitle, or cut off."""
    short, long = sorted((one, other), key=lambda title: (len(title.key), title.key))
    if not long.key.startswith(short.key):
        return False
    if short.key in long.heads:
        return len(short.words) >= _HEAD_WORDS
    if short.cut:
        return len(short.key) >= _SHORTENED_LETTERS
    whole_words = len(short.key) in accumulate(map(len, long.words))  # study I, study II
    return whole_words and len(short.key) >= _CUT_LETTERS


def ends_whole(one: Title, other: Title) -> bool:
    """Whether the shorter title ends where a subtitle of the longer begins, or says it was cut."""
    short, long = sorted((one, other), key=lambda title: (len(title.key), title.key))
    return len(short.key) >= _SHORTENED_LETTERS and (short.key in long.heads or short.cut)


def dropped_words(one: Title, other: Title) -> tuple[str, ...]:
    """The words of the longer of two titles that the shorter, its beginning, lacks."""
    short, long = sorted((one, other), key=lambda title: (len(title.key), title.key))
    letters = 0
    for place, word in enumerate(long.words):
        if letters >= len(short.key):
            return long.words[place:]
        letters += len(word)
    return ()


def is_companion(words: tuple[str, ...]) -> bool:
    """Whether dropped words are likely to name another report: a protocol, a follow-up."""
    return any(map(_COMPANION.fullmatch, words))


def is_plain(words: tuple[str, ...]) -> bool:
    """Whether dropped words say no more than a subtitle does: no number, no pilot, no protocol."""
    doubtful = is_companion(words) or any(map(_MAYBE_COMPANION.fullmatch, words))
    return len(words) > 1 and not numbers(words) and not doubtful


def is_part(words: tuple[str, ...]) -> bool:
    """Whether dropped words name a part of a series, or are no more than a number."""
    rest = [word for word in words if word not in STOP_WORDS]
    if rest and all(_NUMBER.fullmatch(w) or w in _ORDINAL_ENDINGS or w == "no" for w in rest):
        return True
    return any(
        (_PART.fullmatch(word) and _NUMBER.fullmatch(behind) and not _LETTER.fullmatch(behind))
        or (_PART.fullmatch(word) and _LETTER.fullmatch(behind) and behind is words[-1])
        or (_ORDINAL.fullmatch(word) and _PART.fullmatch(behind))
        for word, behind in pairwise(words)
    )


def is_misspelt(one: Title, other: Title) -> bool:
    """Whether stop words, plurals and a letter in up to two long words set titles apart."""
    if one.numbers != other.numbers or min(len(one.words), len(other.words)) < _MISSPELT_WORDS:
        return False
    words, others = Counter(one.words), Counter(other.words)
    extra = [word for word in (words - others).elements() if word not in STOP_WORDS]
    missing = [word for word in (others - words).elements() if word not in STOP_WORDS]
    if len(extra) != len(missing) or len(extra) > _MOST_TYPOS:
        return False
    return all(any(_same_word(a, b) for b in missing) for a in extra) and all(
        any(_same_word(a, b) for a in extra) for b in missing
    )


def _same_word(one: str, other: str) -> bool:
    """Whether words are one but for a plural, a letter more or less, or two letters that swapped.

    Another letter makes another word too often: `dysphagia`, `dysphasia`.
    """
    short, long = sorted((one, other), key=len)
    if long in (f"{short}s", f"{short}es"):
        return True
    if len(long) < _TYPO_LENGTH or (len(short) == len(long) and sorted(short) != sorted(long)):
        return False
    return OSA.distance(short, long, score_cutoff=1) <= 1
