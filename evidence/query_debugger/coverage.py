"""Which terms find all that other words would find."""

from __future__ import annotations

import re
from functools import lru_cache

from retrievers.boolean.tree import Field, Term
from retrievers.boolean.words import has_wildcard, word_regex


def covers(term: Term, words: tuple[str, ...], fields: tuple[Field, ...]) -> bool:
    """Whether a term finds all that these words find in these fields."""
    if not set(fields) <= set(term.fields) or len(term.words) > len(words):
        return False
    for start in range(len(words) - len(term.words) + 1):
        inside = words[start : start + len(term.words)]
        if all(map(_matches, term.words, inside)):
            return True
    return False


def _matches(wanted: str, word: str) -> bool:
    """Whether a word, which may be truncated itself, is one of those that are wanted."""
    if wanted == word:
        return True
    if not has_wildcard(wanted) or (word.endswith("*") and not wanted.endswith("*")):
        return False
    return _pattern(wanted).fullmatch(word.replace("*", "")) is not None


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(word_regex(word))
