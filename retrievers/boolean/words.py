"""Words of a term: folding, truncation, wildcards."""

from __future__ import annotations

import re

from indexers.exact_fields import cut, folded
from retrievers.boolean.errors import Place, QueryError

LONGEST_LIMITED_TRUNCATION = 20
MOST_WILDCARDS = 5
MOST_WORDS = 60
_PUBMED_WORD = re.compile(r"[^\W_]+\*?")
_OVID_WORD = re.compile(r"[^\W_](?:[^\W_]|[?#])*(?:\*\d*)?")
_SHAPE = re.compile(r"([^*]*)(?:(\*)(\d*))?")


def pubmed_words(text: str, place: Place) -> tuple[str, ...]:
    """The words of a PubMed term; only a `*` at the end of a word is a wildcard.

    Raises:
        QueryError: A `*` stands inside a word, or there are too many words.
    """
    text = folded(text)
    if re.search(r"[^\W_]\*[^\W_]", text):
        raise QueryError(place, f"{_short(text)}: expected * only at the end of a word")
    return _checked(_PUBMED_WORD.findall(text), text, place)


def ovid_words(text: str, place: Place) -> tuple[str, ...]:
    """The words of an Ovid term: `$` and `*` truncate, `#` and `?` stand for one character.

    Raises:
        QueryError: A sign stands before a word, a truncation sign inside one, or there are too
            many wildcards.
    """
    text = folded(text)
    if re.search(r"(?<![^\s-])[$*?#]+[^\W_]", text):
        raise QueryError(
            place,
            f"{_short(text)}: Ovid takes $, *, # and ? inside or at the end of a word, not before",
        )
    text = text.replace("$", "*")
    if re.search(r"[^\W_]\*\d*[^\W\d_]", text):
        raise QueryError(place, f"{_short(text)}: expected $ or * only at the end of a word")
    return _checked(_OVID_WORD.findall(text), text, place)


def _checked(found: list[str], text: str, place: Place) -> tuple[str, ...]:
    if len(found) > MOST_WORDS:
        raise QueryError(place, f"expected at most {MOST_WORDS} words in a term; quote less")
    kept = []
    for word in found:
        shape = _SHAPE.fullmatch(word)
        stem, star, limit = shape.groups() if shape else (word, None, "")
        if limit and (len(limit) > 2 or not 1 <= int(limit) <= LONGEST_LIMITED_TRUNCATION):
            raise QueryError(
                place, f"{_short(word)}: expected at most {LONGEST_LIMITED_TRUNCATION} after *"
            )
        if stem.count("#") + stem.count("?") > MOST_WILDCARDS:
            raise QueryError(
                place, f"{_short(word)}: expected at most {MOST_WILDCARDS} wildcards in a word"
            )
        kept.append(cut(stem) + (star or "") + (str(int(limit)) if limit else ""))
    return tuple(kept)


def has_wildcard(word: str) -> bool:
    """Whether a word stands for more than itself."""
    return any(sign in word for sign in "*?#")


def word_regex(word: str) -> str:
    """A regular expression for the whole words that a word stands for; only plain syntax.

    The rest of a word is letters and digits, so that nothing needs escaping.
    """
    stem, star, limit = word.partition("*")
    ending = f".{{0,{limit}}}" if limit else ".*" if star else ""
    return stem.replace("#", ".").replace("?", ".?") + ending


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
