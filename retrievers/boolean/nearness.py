"""Phrases and nearness as patterns: words at fixed distances from the first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations
from math import comb, factorial
from typing import NamedTuple

from retrievers.boolean.errors import Place, QueryError
from retrievers.boolean.tree import Near, Or, Query, Term

MOST_PATTERNS = 5_000


class Pattern(NamedTuple):
    """Words with their offsets from the first word, and how many places they span."""

    words: tuple[tuple[int, str], ...]
    length: int


def patterns(query: Query) -> list[Pattern]:
    """Every arrangement of words that a term, an or-group or a nearness allows.

    Raises:
        QueryError: There are too many, or something else stands in a nearness.
    """
    match query:
        case Term(words):
            return [Pattern(tuple(enumerate(words)), len(words))]
        case Or(operands):
            return [pattern for operand in operands for pattern in patterns(operand)]
        case Near():
            inner = [patterns(operand) for operand in query.operands]
            found = _two(query, inner[0], inner[1]) if len(inner) == 2 else _window(query, inner)
            return list(dict.fromkeys(found))
        case _:
            raise QueryError(Place(), "nearness joins words, phrases and or-groups of them")


def _two(near: Near, left: list[Pattern], right: list[Pattern]) -> Iterator[Pattern]:
    orders = 1 if near.ordered else 2
    _check(len(left) * len(right) * near.distance * orders, near)
    for a in left:
        for b in right:
            for gap in range(1, near.distance + 1):
                yield _behind(a, b, gap)
                if not near.ordered:
                    yield _behind(b, a, gap)


def _behind(first: Pattern, second: Pattern, gap: int) -> Pattern:
    shift = first.length - 1 + gap
    moved = tuple((offset + shift, word) for offset, word in second.words)
    return Pattern((*first.words, *moved), shift + second.length)


def _window(near: Near, inner: list[list[Pattern]]) -> Iterator[Pattern]:
    """Single words in any order within a window, as PubMed's `[tiab:~N]` of several words."""
    words = [found[0].words[0][1] for found in inner]
    if any(len(found) != 1 or found[0].length != 1 for found in inner):
        raise QueryError(near.place, "nearness of more than two operands takes single words")
    places = len(words) + near.distance - 2  # after the first
    _check(factorial(len(words)) * comb(places, len(words) - 1), near)
    for order in permutations(words):
        for chosen in combinations(range(1, places + 1), len(words) - 1):
            offsets = (0, *chosen)
            yield Pattern(tuple(zip(offsets, order, strict=True)), offsets[-1] + 1)


def _check(number: int, near: Near) -> None:
    if number > MOST_PATTERNS:
        raise QueryError(
            near.place,
            f"this nearness allows {number:,} arrangements of words, expected at most "
            f"{MOST_PATTERNS:,}; narrow the distance or the or-groups",
        )
