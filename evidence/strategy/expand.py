"""From a phrase to the terms a librarian would search: its headings, synonyms and spellings."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evidence.strategy.phrases import base_of_prefixed, says_something, without_people
from evidence.strategy.terms import Synonym, Terminology
from evidence.strategy.types import StrategyTerm
from evidence.strategy.variants import covers, hyphenations, singular, spellings, truncated
from indexers.mesh import Descriptor, plain_words

MOST_NARROWER = 60  # headings below; with more, only those of the upper levels
_FEWEST_DOTS = 2  # of a tree number: `C23` or `C23.888` is too wide to stand for a longer phrase
_SHORTEST_TERM = 4
_NAMING = ("C", "D", "F03")  # diseases, substances, mental disorders
_MOST_WORDS = 6
_SHORTEST_ROOT = 6
# Nouns whose root holds their adjective and verb too: hypertension, depressive, infected.
_NOMINAL = re.compile(r"(?<=[st])ions?$|(?<=[a-z]{5}n)(?:ce|cy)$|(?<=^diabet)es$")
_ADJECTIVE_ENDINGS = ("ive", "ic", "al")


class Expander:
    """Makes the terms of phrases.

    Args:
        terminology: Where headings and synonyms are looked up.
    """

    def __init__(self, terminology: Terminology) -> None:
        self._terms = terminology

    def known(self, phrase: str) -> bool:
        """Whether a vocabulary holds the phrase."""
        return bool(
            self._terms.heading(phrase)
            or self._terms.is_drug(phrase)
            or self._terms.disease_synonyms(phrase)
        )

    def inside(self, phrase: str) -> tuple[str, ...]:
        """The longest parts of a phrase that a vocabulary holds, from left to right."""
        words = phrase.split()
        found: list[str] = []
        start = 0
        while start < len(words):
            for end in range(len(words), start, -1):
                part = " ".join(words[start:end])
                long_enough = end - start > 1 or len(part) > _SHORTEST_ROOT
                if long_enough and says_something(part) and self.known(part):
                    found.append(part)
                    start = end - 1
                    break
            start += 1
        return tuple(dict.fromkeys(found))

    def terms(self, phrases: Iterable[str]) -> tuple[StrategyTerm, ...]:
        """The terms of all phrases: words as asked, headings, then synonyms.

        A term that another one covers is left out.
        """
        asked: list[StrategyTerm] = []
        headings: list[StrategyTerm] = []
        synonyms: list[StrategyTerm] = []
        for phrase in self._with_parts(phrases):
            asked += self._as_asked(phrase)
            for descriptor in self.headings(phrase):
                text = descriptor.name
                source = f"MeSH {text}"
                headings.append(StrategyTerm(text=text, field="mesh", exploded=True, source=source))
            synonyms += self._synonyms(phrase)
        seen = {(t.text, t.field): t for t in reversed([*headings, *asked, *synonyms])}
        words = [t for t in dict.fromkeys([*asked, *synonyms]) if seen[(t.text, t.field)] == t]
        return (*dict.fromkeys(headings), *uncovered(words))

    def _with_parts(self, phrases: Iterable[str]) -> tuple[str, ...]:
        """The phrases; one that no vocabulary holds, with the names inside it."""
        found: dict[str, None] = {}
        for phrase in phrases:
            found.setdefault(phrase)
            if not self.known(phrase) and self._heading(phrase) is None:
                for part in self.inside(phrase):
                    heading = self._terms.heading(part)
                    if heading is None or _can_stand_for(heading, len(part.split())):
                        found.setdefault(part)
        return tuple(found)

    def _as_asked(self, phrase: str) -> list[StrategyTerm]:
        named = without_people(phrase)
        written = [w for s in spellings(named) for w in hyphenations(s)]
        texts = [rooted(plain_words(w)) for w in written]
        if named != phrase or len(named.split()) == 1:
            bases = [base_of_prefixed(w) for w in named.lower().split()[-1:]]
            texts += [rooted(base) for base in bases if base and named != phrase]
        return [_word(text, "question") for text in dict.fromkeys(texts) if text]

    def headings(self, phrase: str) -> list[Descriptor]:
        """The phrase's heading, else that of its end, and the disorder of the same root."""
        found = [self._heading(phrase)]
        words = phrase.split()
        if len(words) == 1 and _NOMINAL.search(phrase):
            root = _NOMINAL.sub("", phrase)
            found += [self._terms.heading(f"{root}{end} disorder") for end in _ADJECTIVE_ENDINGS]
        return list(dict.fromkeys(d for d in found if d is not None))

    def _heading(self, phrase: str) -> Descriptor | None:
        for tried in (phrase, without_people(phrase)):
            found = self._terms.heading(tried) or self._noun(tried)
            if found is not None:
                return found
        words = phrase.split()
        for first in range(1, len(words)):
            found = self._terms.heading(" ".join(words[first:]))
            if found is not None and _can_stand_for(found, len(words) - first):
                return found
        return None

    def _noun(self, adjective: str) -> Descriptor | None:
        """The heading of an adjective's noun: `postmenopausal` → Postmenopause."""
        if " " in adjective or not adjective.endswith("al"):
            return None
        return self._terms.heading(f"{adjective[:-2]}e")

    def _synonyms(self, phrase: str) -> list[StrategyTerm]:
        found: list[Synonym] = list(self._terms.drug_names(phrase))
        for descriptor in self.headings(phrase):
            found += self._terms.entry_terms(descriptor)
            found += self._terms.population_words(descriptor)
        found += self._terms.disease_synonyms(phrase)
        heading = self._heading(phrase)
        for member in self._terms.class_members(phrase, heading):
            found.append(member)
        for descriptor in self.headings(phrase):
            for below in self._terms.narrower(descriptor, MOST_NARROWER):
                found += self._terms.entry_terms(below)
        return [
            _word(text if s.source.startswith("words for") else truncated(text), s.source)
            for s in found
            for text in spellings(s.text)
            if s.source.startswith("words for") or _is_written_so(text)
        ]


def rooted(text: str) -> str:
    """The text with its last word cut to the root: `hypertension` → `hypertens*`."""
    head, _, last = text.rpartition(" ")
    root = _NOMINAL.sub("", singular(last))
    if root == singular(last) or len(root) < _SHORTEST_ROOT:
        return truncated(text)
    return f"{head} {root}*".strip()


def uncovered(terms: Iterable[StrategyTerm]) -> list[StrategyTerm]:
    """The terms of one field without those that another one covers, in order."""
    kept: list[StrategyTerm] = []
    listed = list(dict.fromkeys(terms))
    texts = list(dict.fromkeys(t.text for t in listed))
    wide = sorted(texts, key=lambda t: (len(t.split()), len(t), t))
    covered = set()
    for number, text in enumerate(wide):
        if any(other not in covered and covers(other, text) for other in wide[:number]):
            covered.add(text)
    seen = set()
    for term in listed:
        if term.text not in covered and term.text not in seen:
            seen.add(term.text)
            kept.append(term)
    return kept


def _is_written_so(text: str) -> bool:
    """Whether authors write a name so: no code of two letters, no chemical formula."""
    words = text.split()
    n_numbers = sum(word.isdigit() or len(word) == 1 for word in words)
    return len(text) >= _SHORTEST_TERM and len(words) <= _MOST_WORDS and n_numbers < 2


def _word(text: str, source: str) -> StrategyTerm:
    return StrategyTerm(text=" ".join(text.replace("-", " ").split()), source=source)


def _can_stand_for(descriptor: Descriptor, n_words: int) -> bool:
    """Whether a heading of a phrase's last words can stand for the phrase.

    One word must name a disease or a substance: `nephropathy`, not `rotation`.
    """
    numbers = descriptor.tree_numbers
    deep = bool(numbers) and max(number.count(".") for number in numbers) >= _FEWEST_DOTS
    return deep and (n_words > 1 or any(number.startswith(_NAMING) for number in numbers))
