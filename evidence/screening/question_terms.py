"""The words of a question in a text: what to mark where no verdict has a quote.

Each criterion and each PICO element that no criterion is about is a topic. Its terms are those that
the rules read in it (evidence.reading), and its words of content. A mark says that a word is there;
it judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from evidence.query_debugger.common_words import PUBMED_STOPWORDS
from evidence.question import TIME_POINT, ClinicalQuestion, EligibilityCriterion, Pico
from evidence.reading.concepts import joined, read_concept
from evidence.reading.criterion_rules import read_population
from evidence.reading.matching import COMMON_WORDS, content_words, find_any
from evidence.rendering.marks import Span

_SHORTEST_WORD = 4
# Words in which criteria are phrased, not what they ask for.
_OF_CRITERIA_TEXT = (
    "aged another compare compared comparing eligible experiment experiments followed given group "
    "groups including least more only parallel receive received receives reports report study "
    "studies treated trial trials used versus with without years"
)
_OF_CRITERIA = frozenset(_OF_CRITERIA_TEXT.split())
_ELEMENTS = {
    "population": ("P", "Population"),
    "intervention": ("I", "Intervention"),
    "comparator": ("C", "Comparator"),
    "outcomes": ("O", "Outcomes"),
}


@dataclass(frozen=True)
class Topic:
    """What is looked for in a text, under one colour.

    Attributes:
        name: A criterion's id, or `pico-` and an element's name.
        sign: A number for a criterion and a letter for an element of PICO, so that nothing is told
            by colour alone.
        words: What the legend says.
        terms: What is marked.
    """

    name: str
    sign: str
    words: str
    terms: tuple[str, ...]


def topics(question: ClinicalQuestion) -> tuple[Topic, ...]:
    """The criteria in their order, then the elements of PICO that none of them is about."""
    criteria = [
        Topic(each.criterion_id, str(place), each.text, _criterion_terms(each, question.pico))
        for place, each in enumerate(question.criteria, 1)
    ]
    told = {_element_of(each) for each in question.criteria}
    elements = [
        Topic(f"pico-{element}", sign, words, _element_terms(element, question.pico))
        for element, (sign, words) in _ELEMENTS.items()
        if element not in told
    ]
    return (*criteria, *(topic for topic in elements if topic.terms))


def term_spans(text: str, found: Sequence[Topic], without: Collection[str] = ()) -> list[Span]:
    """Where the topics' terms stand; of two that overlap the longer one stays.

    Args:
        text: Of a record.
        found: Of the question.
        without: Topics that are left out.
    """
    places = sorted(
        (start - end, place, start, end, topic.name)
        for place, topic in enumerate(found)
        if topic.name not in without
        for start, end in find_any(topic.terms, text)
    )
    kept: list[Span] = []
    for _, _, start, end, name in places:
        if all(end <= other.start or start >= other.end for other in kept):
            kept.append(Span(start, end, name))
    return sorted(kept)


def _element_of(criterion: EligibilityCriterion) -> str:
    """The element of PICO that a criterion is about, as the rules know it: by its id."""
    known = criterion.criterion_id
    return "outcomes" if known == "outcome" else known if known in _ELEMENTS else ""


def _criterion_terms(criterion: EligibilityCriterion, pico: Pico) -> tuple[str, ...]:
    brackets = " ".join(re.findall(r"\([^()]*\)", criterion.text))
    own = read_concept(brackets).terms
    of_element = _element_terms(_element_of(criterion), pico)
    outside = re.sub(r"\([^()]*\)", " ", criterion.text)
    # What the criterion asks the record not to be is no word of it.
    plain = re.split(r"\b(?:without|not|other than|except)\b", outside)[0]
    return tuple(dict.fromkeys((*of_element, *own, *(() if of_element else _words(plain)))))


def _element_terms(element: str, pico: Pico) -> tuple[str, ...]:
    match element:
        case "population":
            groups, concept = read_population(pico.population)
            return (*groups, *concept.terms, *_words(" ".join(concept.terms)))
        case "intervention":
            return read_concept(pico.intervention).terms
        case "comparator":
            return read_concept(pico.comparator).terms
        case "outcomes":
            names = (TIME_POINT.sub("", outcome).strip() for outcome in pico.outcomes)
            return joined(*map(read_concept, names)).terms
    return ()


def _words(text: str) -> tuple[str, ...]:
    """Single words of content, as they stand."""
    words = (word.strip(".,;:") for word in content_words(text))
    return tuple(
        word
        for word in words
        if len(word) >= _SHORTEST_WORD
        and word.casefold() not in COMMON_WORDS | PUBMED_STOPWORDS | _OF_CRITERIA
    )
