"""Authors and journals as databases write them: full, abbreviated, inverted or without accents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from rapidfuzz.distance import OSA

from evidence.deduplication.normal_forms import folded

Agreement = Literal["same", "different", "unknown"]

_INITIALS = re.compile(r"^[^\W\d_](?:[.\-]?[^\W\d_]){0,2}\.?$")
_LETTERS = re.compile(r"[^\W\d_]+")
_UMLAUT = re.compile(r"(?<=[aou])e")
_SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "md", "phd"])
_PARTICLE = re.compile(r"(?:v[ao]n|de[rnls]?|la|le|della|di|da|d[ao]s|du|el|al|te[rn])")
_COLLECTIVE = re.compile(
    r"\b(?:group|study|trial|investigators?|collaborat\w+|committee|consortium|network|society"
    r"|association|organi[sz]ation|cent(?:er|re)|institute|university|team|on behalf)\b"
)
_TYPO_LENGTH = 6
_TEAM_SHARE = 0.8
_JOURNAL_STOP = re.compile(
    r"(?:the|of|and|for|in|on|d[eoua]|des|la|le|der|die|das|und|et|e|y|series|section)"
)
_MEETING = re.compile(r"\b(?:conference|congress|meeting|symposium|abstracts?|posters?)\b")
_LONGEST_JOURNAL = 24
# `Implementation science : IS` has its acronym behind the colon; `is` alone fits too many journals.
_SHORTEST_HALF = 8


class Name(NamedTuple):
    """A way to read an author's name: family name as one word, its words, initials."""

    family: str
    words: frozenset[str]
    initials: str


class Authors(NamedTuple):
    """The authors of a record: every reading of the first, and all family names."""

    first: tuple[Name, ...]
    families: tuple[frozenset[str], ...]
    collective: bool


@lru_cache(maxsize=65536)
def author_names(author: str) -> tuple[Name, ...]:
    """The readings of an author's name; two where it stands without comma and initials."""
    family, comma, given = author.partition(",")
    if comma:
        return _readings((family, given))
    words = [w for w in author.split() if folded(w).strip(".") not in _SUFFIXES]
    if len(words) < 2:
        return _readings((author, ""))
    behind = next((i for i, w in enumerate(words) if i and _is_initials(w)), None)
    if behind is not None and all(map(_is_initials, words[behind:])):
        return _readings((" ".join(words[:behind]), " ".join(words[behind:])))
    if _is_initials(words[0]):
        ahead = next((i for i, w in enumerate(words) if not _is_initials(w)), len(words) - 1)
        return _readings((" ".join(words[ahead:]), " ".join(words[:ahead])))
    start = next(
        (i for i, w in enumerate(words) if i and _PARTICLE.fullmatch(folded(w))), len(words) - 1
    )
    return _readings(
        (" ".join(words[start:]), " ".join(words[:start])), (words[0], " ".join(words[1:]))
    )


def _is_initials(word: str) -> bool:
    return word.isupper() and bool(_INITIALS.match(word))


def _readings(*split: tuple[str, str]) -> tuple[Name, ...]:
    readings = []
    for family, given in split:
        words = [_plain(w) for w in _LETTERS.findall(folded(family))]
        words = [w for w in words if w not in _SUFFIXES] or words
        if not words:
            continue
        pieces = re.findall(r"[^\W\d_]+", given)
        compact = len(pieces) == 1 and pieces[0].isupper() and len(pieces[0]) <= 3
        initials = folded(pieces[0]) if compact else "".join(folded(p)[:1] for p in pieces)
        lasting = frozenset(w for w in words if len(w) > 1 and not _PARTICLE.fullmatch(w))
        readings.append(Name("".join(words), lasting or frozenset(words), initials))
    return tuple(readings)


def _plain(word: str) -> str:
    """A folded name with ä written a, whether it came as ä, ae or a."""
    return _UMLAUT.sub("", word)


def read_authors(authors: Sequence[str]) -> Authors:
    """The authors of a record; entries without letters, and `et al`, are passed over."""
    named = [a for a in authors if folded(a).strip(" .") not in ("et al", "others", "anonymous")]
    read = [names for names in map(author_names, named) if names]
    return Authors(
        first=read[0] if read else (),
        families=tuple(frozenset(w for name in names for w in name.words) for names in read),
        collective=bool(named) and bool(_COLLECTIVE.search(folded(named[0]))),
    )


def same_first_author(one: Authors, other: Authors) -> Agreement:
    """Whether first authors agree; unknown where one is missing or one alone is a group."""
    if not one.first or not other.first or one.collective != other.collective:
        return "unknown"
    same = any(_same_name(a, b) for a in one.first for b in other.first)
    return "same" if same else "different"


def _same_name(one: Name, other: Name) -> bool:
    initials = one.initials[:1] == other.initials[:1]
    if one.family == other.family or one.words & other.words:
        return initials or not one.initials or not other.initials
    long = min(len(one.family), len(other.family)) >= _TYPO_LENGTH
    alike = long and OSA.distance(one.family, other.family, score_cutoff=1) <= 1
    return alike and initials and bool(one.initials)


def same_team(one: Authors, other: Authors) -> bool:
    """Whether the shorter of two lists of two or more authors is nearly all in the longer."""
    few, many = sorted((one.families, other.families), key=len)
    if len(few) < 2:
        return False
    known = frozenset(word for words in many for word in words)
    return sum(bool(words & known) for words in few) >= _TEAM_SHARE * len(few)


def same_journal(one: str | None, other: str | None) -> Agreement:
    """Whether two names are of one journal, in full, abbreviated or as an acronym."""
    first, second = sorted((one or "", other or ""))
    if not _LETTERS.search(folded(first)) or not _LETTERS.search(folded(second)):
        return "unknown"
    return "same" if _journals_agree(first, second) else "different"


@lru_cache(maxsize=65536)
def _journals_agree(one: str, other: str) -> bool:
    plain, other_plain = folded(one), folded(other)
    if bool(_MEETING.search(plain)) != bool(_MEETING.search(other_plain)):
        return False
    return any(_aligned(a, b) for a in _journal_forms(plain) for b in _journal_forms(other_plain))


def _journal_forms(plain: str) -> list[tuple[str, ...]]:
    """Words of a journal's name, and of each half of `JAMA : the journal of …`."""
    bare = re.sub(r"\([^()]*\)", " ", plain)
    if not _LETTERS.search(bare):
        bare = plain
    first, *rest = re.split(r"\s[:=]\s", bare)
    parts = [bare, first, *(part for part in rest if len(part) >= _SHORTEST_HALF)]
    forms: list[tuple[str, ...]] = []
    for part in parts:
        for text in (part, re.sub(r"(?<=\w)[-’'](?=\w)", "", part)):
            words = tuple(re.findall(r"[^\W_]+", text))
            words = tuple(w for w in words if not _JOURNAL_STOP.fullmatch(w)) or words
            if words and words not in forms:
                forms.append(words)
    return forms


def _aligned(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether each word stands for its counterpart, or for the initials of several."""
    if one == other or "".join(one) == "".join(other):
        return True
    if not one or not other or max(len(one), len(other)) > _LONGEST_JOURNAL:
        return False
    if _abbreviates(one[0], other[0]) and (
        (len(one) == 1 and len(other) == 1) or _aligned(one[1:], other[1:])
    ):
        return True
    return _acronym(one, other) or _acronym(other, one)


def _acronym(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    size = len(one[0])
    if size < 2 or "".join(word[0] for word in other[:size]) != one[0]:
        return False
    return (len(one) == 1 and len(other) == size) or _aligned(one[1:], other[size:])


def _abbreviates(one: str, other: str) -> bool:
    """Whether the shorter word has the first letter and only letters of the longer, in order."""
    short, long = sorted((one, other), key=len)
    if short[0] != long[0]:
        return False
    if long.startswith(short):
        return True
    letters = iter(long)
    return len(short) > 1 and all(letter in letters for letter in short)
