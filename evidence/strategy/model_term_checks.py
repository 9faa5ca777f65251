"""What a term that a language model proposes must pass before it enters a strategy."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import Field

from evidence.query_debugger.common_words import CHECK_TAGS, PUBMED_STOPWORDS, WORDS_OF_REPORTS
from evidence.question import ClinicalQuestion
from evidence.strategy.phrases import says_something
from evidence.strategy.terms import Terminology
from evidence.strategy.types import StrategyTerm
from evidence.strategy.variants import covers, truncated
from indexers.mesh import Descriptor, plain_words, straight_words
from indexers.records import Frozen, Record

MOST_PROPOSED = 60  # terms an element
LONGEST_TERM = 100
_MOST_WORDS = 8
_SHORTEST = 3
_SIGNS = frozenset(" -–'’,./+&")
_OPERATOR = re.compile(r"\b(?:AND|OR|NOT|NEAR|ADJ\d*)\b")


class TermAnswer(Frozen):
    """A term and where the model has it from: `question`, `own`, or a record such as `R1`."""

    text: str
    source: str


# A server can hold a weak model to this bound; an answer that breaks it is read all the same.
_Terms = Annotated[tuple[TermAnswer, ...], Field(json_schema_extra={"maxItems": 20})]


class ElementAnswer(Frozen):
    """The terms of a PICO element."""

    core: _Terms
    synonyms: _Terms
    mesh: _Terms
    drugs: _Terms


class _Refused(ValueError):
    """A term cannot enter a strategy; the message says why."""


class TermChecker:
    """Turns what a model proposes into terms, or says why not.

    Args:
        question: What a term may claim to be said in.
        records: What else it may claim, by the names that the model was told.
        model: The model's name, for the terms' sources.
        terminology: Holds the headings.
    """

    def __init__(
        self,
        question: ClinicalQuestion,
        records: Mapping[str, Record],
        model: str,
        terminology: Terminology,
    ) -> None:
        pico = question.pico
        said = (question.text, pico.population, pico.intervention, pico.comparator, *pico.outcomes)
        self._question = plain_words(" . ".join(said))
        self._records = dict(records)
        self._texts = {
            handle: plain_words(f"{record.title} {record.abstract}")
            for handle, record in records.items()
        }
        self._model = _printable(model)
        self._terminology = terminology

    def checked(self, answer: ElementAnswer) -> tuple[tuple[StrategyTerm, ...], list[str]]:
        """The terms of an element that pass, and the others with their reasons."""
        proposed = [(term, True) for term in answer.mesh]
        proposed += [(t, False) for t in (*answer.core, *answer.synonyms, *answer.drugs)]
        found: dict[tuple[str, str], StrategyTerm] = {}
        refused = []
        for term, is_heading in proposed[:MOST_PROPOSED]:
            try:
                new = self._heading(term) if is_heading else self._words(term)
            except _Refused as problem:
                refused.append(f"{_printable(term.text)[:40]!r} ({problem})")
            else:
                found.setdefault((new.text, new.field), new)
        if len(proposed) > MOST_PROPOSED:
            refused.append(f"what follows the first {MOST_PROPOSED} of an element")
        return tuple(found.values()), refused

    def _heading(self, term: TermAnswer) -> StrategyTerm:
        """A heading that the shipped table holds; else its words, which say so."""
        plain = _plain(term.text)
        descriptor = self._terminology.mesh.descriptor(term.text)
        if descriptor is None:
            straight = straight_words(term.text) if term.text.count(", ") == 1 else plain
            origin = self._origin(term, (straight,))
            source = f"{origin}; not in the shipped MeSH"
            return StrategyTerm(text=truncated(straight), source=source)
        if descriptor.name in CHECK_TAGS:
            raise _Refused("a heading of nearly every record")
        names = dict.fromkeys((plain, plain_words(descriptor.name), *descriptor.entry_terms))
        if _is_on_top(descriptor) and not _occurs(names, self._question):
            raise _Refused("a heading on top of the tree that the question does not name")
        origin = self._origin(term, tuple(names), descriptor)
        return StrategyTerm(
            text=descriptor.name,
            field="mesh",
            exploded=True,
            source=f"MeSH {descriptor.name}, {origin}",
        )

    def _words(self, term: TermAnswer) -> StrategyTerm:
        plain = _plain(term.text)
        return StrategyTerm(text=truncated(plain), source=self._origin(term, (plain,)))

    def _origin(
        self, term: TermAnswer, names: Sequence[str], descriptor: Descriptor | None = None
    ) -> str:
        """Where a term comes from, after a look whether it does.

        Raises:
            _Refused: It names a record that does not hold it, or nothing at all.
        """
        said = term.source.strip()
        handle = said.upper()
        own = f"language model {self._model}, own knowledge"
        if handle in self._records:
            record = self._records[handle]
            indexed = descriptor is not None and descriptor.name in record.mesh
            if not indexed and not _occurs(names, self._texts[handle]):
                raise _Refused(f"not in record {_printable(record.record_id)}")
            return f"record {_printable(record.record_id)} (proposed by {self._model})"
        match said.lower():
            case "question" if _occurs(names, self._question):
                return f"question (proposed by {self._model})"
            case "question" | "own" | "own knowledge":
                return own
        raise _Refused(f"its source {_printable(said)[:20]!r} is none of those offered")


def _plain(text: str) -> str:
    """The words of a term, lower case.

    Raises:
        _Refused: It is too long or too short, holds syntax or control characters, or says nothing.
    """
    if len(text) > LONGEST_TERM:
        raise _Refused(f"longer than {LONGEST_TERM} characters")
    composed = unicodedata.normalize("NFC", text)
    strange = [sign for sign in composed if not (sign.isalnum() or sign in _SIGNS)]
    if strange:
        raise _Refused(f"holds {strange[0]!r}, which is no part of a word")
    if _OPERATOR.search(text):
        raise _Refused("holds an operator")
    plain = plain_words(composed)
    words = plain.split()
    if len(words) > _MOST_WORDS:
        raise _Refused(f"more than {_MOST_WORDS} words")
    if len(plain) < _SHORTEST or plain.isdigit():
        raise _Refused("too short to search for")
    empty = WORDS_OF_REPORTS | PUBMED_STOPWORDS
    if not says_something(plain) or all(word in empty for word in words):
        raise _Refused("says nothing of the subject")
    return plain


def _is_on_top(descriptor: Descriptor) -> bool:
    """Whether everything of a branch stands below: `Musculoskeletal Diseases`, at C05."""
    return not any("." in number for number in descriptor.tree_numbers)


def _occurs(names: Iterable[str], text: str) -> bool:
    """Whether a text holds one of the names, singular or plural; all are plain words."""
    return any(covers(truncated(name), text) for name in names)


def _printable(text: str) -> str:
    """One printable line of at most 80 characters."""
    flat = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return flat if len(flat) <= 80 else f"{flat[:79]}…"
