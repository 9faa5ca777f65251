"""Other names of what a question asks for, from the shipped terminology, and where a text has them.

A question says `ACE inhibitors` where an abstract says `enalapril`. Names of the very thing (its
synonyms, the drugs of a class) can meet a criterion; names near it (narrower headings, parts of a
longer phrase) only keep a record from being excluded for a missing word. A thing that no vocabulary
knows has names that nobody listed: that none of them is found tells nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from evidence.reading.concepts import read_concept
from evidence.reading.matching import COMMON_WORDS, Span, content_words, is_abbreviation
from evidence.strategy.expand import Expander
from evidence.strategy.phrases import concept_phrases, condition_phrases
from evidence.strategy.terms import Terminology, shipped_terminology
from evidence.strategy.variants import spellings, truncated
from indexers.mesh import plain_words

_WORD = re.compile(r"[^\W_]+")
_KEY_LETTERS = 4  # of a cut word; shorter ones are kept under their whole stem
_SHORTEST_NAME = 4
# Comparators that criterion_rules knows by all their usual names.
_USUAL = re.compile(
    r"(?:placebos?|sham|(?:usual|standard|routine|conventional) (?:care|treatment|therapy)"
    r"|no (?:treatment|intervention)|control|untreated|wait(?:ing)?[- ]?list)",
    re.IGNORECASE,
)


class PlacedWords:
    """The words of a text in lower case, by place and by how they begin; hyphens part them."""

    def __init__(self, text: str) -> None:
        lowered = text.lower()
        if len(lowered) != len(text):  # few letters change their length, and offsets with it
            lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        self._found = list(_WORD.finditer(lowered))
        self.words = [found[0] for found in self._found]
        self.places: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            self.places.setdefault(word, []).append(place)
        self._beginnings: dict[int, dict[str, list[str]]] = {}

    def beginnings(self, n_letters: int) -> dict[str, list[str]]:
        """The different words by their first letters."""
        if n_letters not in self._beginnings:
            table = self._beginnings[n_letters] = {}
            for word in self.places:
                table.setdefault(word[:n_letters], []).append(word)
        return self._beginnings[n_letters]

    def span(self, first: int, last: int) -> Span:
        """The offsets of the words from `first` to `last`, inclusive."""
        return self._found[first].start(), self._found[last].end()


class NameIndex:
    """Names that are looked for all at once; `*` at the end of a word stands for any ending."""

    def __init__(self, names: Iterable[str]) -> None:
        self._whole: dict[str, list[tuple[str, ...]]] = {}
        self._cut: dict[int, dict[str, list[tuple[str, ...]]]] = {}
        for name in dict.fromkeys(names):
            words = tuple(name.lower().replace("-", " ").split())
            if not words or not words[0].strip("*"):
                continue
            stem = words[0].removesuffix("*")
            key = stem if stem == words[0] else stem[:_KEY_LETTERS]
            table = self._whole if stem == words[0] else self._cut.setdefault(len(key), {})
            table.setdefault(key, []).append(words)

    def spans(self, text: PlacedWords) -> list[Span]:
        """Where the names stand in a text, in order; the longest name at each place."""
        ends: dict[int, int] = {}
        for first, names in self._candidates(text):
            for place in text.places[first]:
                for name in names:
                    if _stands(name, text.words, place):
                        ends[place] = max(ends.get(place, 0), place + len(name) - 1)
        found: list[Span] = []
        covered = -1
        for place in sorted(ends):
            if ends[place] > covered:
                covered = ends[place]
                found.append(text.span(place, covered))
        return found

    def _candidates(self, text: PlacedWords) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
        """The words of the text with which names may begin, and those names."""
        for word in self._whole.keys() & text.places.keys():
            yield word, self._whole[word]
        for n_letters, table in self._cut.items():
            words = text.beginnings(n_letters)
            for key in table.keys() & words.keys():
                for word in words[key]:
                    yield word, table[key]


def _stands(name: tuple[str, ...], words: list[str], place: int) -> bool:
    """Whether a name stands in the words at a place."""
    if place + len(name) > len(words):
        return False
    return all(
        word.startswith(part[:-1]) if part.endswith("*") else word == part
        for part, word in zip(name, words[place : place + len(name)], strict=True)
    )


@dataclass(frozen=True)
class RelatedNames:
    """Names of a concept beside those that the question writes.

    Attributes:
        same: Names of the thing itself.
        near: Those, and names of its parts and kinds.
        known: Whether a vocabulary knows the thing, so that the lack of every name tells something.
    """

    same: NameIndex
    near: NameIndex
    known: bool


@lru_cache(maxsize=256)
def related_names(
    text: str, element: Literal["population", "intervention", "comparator"]
) -> RelatedNames:
    """The related names of a PICO element as a question writes it.

    Raises:
        SourceError: A table of the terminology is damaged.
    """
    terminology = shipped_terminology()
    expander = Expander(terminology)
    split = condition_phrases if element == "population" else concept_phrases
    plain = re.sub(r"[(;]\s*(?:but\s+)?not\b[^()]*(?=\))", "(", text, flags=re.IGNORECASE)
    phrases = tuple(p for p in split(plain, expander.known) if plain_words(p))
    outside = split(re.sub(r"\([^()]*\)", " ", plain), expander.known)
    named = [p for p in outside if plain_words(p)] or list(phrases)
    # `or another combination`: a class of its own name, which nobody expects in a vocabulary.
    classes = read_concept(text).others
    named = [p for p in named if not p.endswith(classes)]
    # An abbreviation of two letters names many things: the question's own is looked for as it is.
    spelt = [phrase for phrase in phrases if not is_abbreviation(phrase)]
    own = [name for phrase in spelt for name in _own_names(phrase, terminology)]
    near = [term.text for term in expander.terms(spelt) if term.field != "mesh"]
    return RelatedNames(
        same=NameIndex(own),
        near=NameIndex((*own, *near)),
        known=bool(named) and all(_is_known(phrase, expander, terminology) for phrase in named),
    )


def _own_names(phrase: str, terminology: Terminology) -> list[str]:
    """A phrase, its synonyms, and the drugs of the class that it names."""
    heading = terminology.heading(phrase)
    found = [*terminology.drug_names(phrase), *terminology.disease_synonyms(phrase)]
    if heading is not None:
        found += terminology.entry_terms(heading)
    found += terminology.class_members(phrase, heading)
    return [
        truncated(written)
        for name in (plain_words(phrase), *(synonym.text for synonym in found))
        for written in spellings(name)
        if len(written) >= _SHORTEST_NAME and not COMMON_WORDS.issuperset(content_words(written))
    ]


def _is_known(phrase: str, expander: Expander, terminology: Terminology) -> bool:
    """Whether a vocabulary holds a phrase or its head, or it is made of drugs' names."""
    if expander.known(phrase) or expander.headings(phrase) or _USUAL.fullmatch(phrase):
        return True
    if terminology.class_members(phrase, None):
        return True
    parts = content_words(phrase)
    return len(parts) > 1 and all(terminology.is_drug(part) for part in parts)
