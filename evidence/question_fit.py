"""Whether texts name what a question is about at all: a slip of the wrong question file shows.

A text names an element of the question if it has its words, one after the other, or a MeSH heading
or entry term in it, or a narrower heading. Nothing is judged: a study can fit and use other words.
"""

from __future__ import annotations

from collections.abc import Iterable

from evidence.question import ClinicalQuestion
from evidence.reading.concepts import read_concept
from indexers.mesh import plain_words, shipped_mesh

_ELEMENTS = ("population", "intervention")


class QuestionFit:
    """Counts the texts that name the population and the intervention of a question."""

    def __init__(self, question: ClinicalQuestion) -> None:
        self._texts = {name: getattr(question.pico, name) for name in _ELEMENTS}
        self._terms = {name: _terms(text) for name, text in self._texts.items() if text.strip()}
        self._longest = max(
            (t.count(" ") + 1 for ts in self._terms.values() for t in ts), default=0
        )
        self._named = dict.fromkeys(self._terms, 0)
        self._n_texts = 0

    def add(self, text: str) -> None:
        """Read one more text."""
        self._n_texts += 1
        found = set(_runs(plain_words(text).split(), self._longest))
        for name, terms in self._terms.items():
            self._named[name] += not terms.isdisjoint(found)

    def notices(self) -> list[str]:
        """What no text names; nothing where no text was read."""
        return [
            f"none of {self._n_texts:,} documents names the {name} of the question "
            f"({' '.join(self._texts[name].split())[:80]}): is it the question for them?"
            for name, n in self._named.items()
            if self._n_texts and not n
        ]


def _terms(text: str) -> set[str]:
    """The alternatives and synonyms of an element, and what MeSH has for them, as plain words."""
    concept = read_concept(text)
    parts = (plain_words(part).split() for part in (*concept.terms, *concept.others))
    return {term for words in parts if words for term in _terms_of(words)}


def _terms_of(words: list[str]) -> set[str]:
    mesh, terms, start = shipped_mesh(), {" ".join(words)}, 0
    while start < len(words):
        found = mesh.longest_match(words[start:])
        if found is None:
            start += 1
            continue
        n_words, descriptor = found
        terms |= {" ".join(words[start : start + n_words]), *descriptor.entry_terms}
        terms |= {plain_words(name) for name in mesh.exploded(descriptor)}
        start += n_words
    return terms


def _runs(words: list[str], longest: int) -> Iterable[str]:
    return (
        " ".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(start + longest, len(words)) + 1)
    )
