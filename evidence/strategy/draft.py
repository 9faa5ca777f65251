"""A draft strategy from a clinical question.

What a librarian does first: the condition and the intervention are concepts, joined by AND, with
synonyms inside, joined by OR; outcomes and comparators are left out, because abstracts do not
always name them. Age and sex are left to screening.
"""

from __future__ import annotations

from evidence.errors import SettingsError
from evidence.question import ClinicalQuestion
from evidence.strategy.enrich import FirstRetrieval, enriched
from evidence.strategy.expand import Expander
from evidence.strategy.phrases import concept_phrases, condition_phrases, question_phrases
from evidence.strategy.terms import Terminology, shipped_terminology
from evidence.strategy.types import Concept, Element, Strategy, StrategyTerm
from indexers.mesh import plain_words

_LONGEST_NEW_NAME = 2  # words that can be a name which no vocabulary holds
_MOST_CONCEPTS = 3  # of a question that no grammar parses
_LONGEST_PHRASE = 200  # characters; what is longer is no name, and other spellings must fit a term
_Named = list[tuple[Element, tuple[str, ...]]]


def draft_strategy(
    question: ClinicalQuestion,
    enrich: FirstRetrieval | None = None,
    terminology: Terminology | None = None,
) -> Strategy:
    """The strategy that a question's words give, with a first retrieval's terms if there is one.

    Args:
        question: Its PICO, or its text where no element could be read.
        enrich: Where more terms are looked for; None drafts from the terminology alone.
        terminology: The shipped one unless given.

    Raises:
        SettingsError: The question holds no name that can be searched.
        QueryError: A term cannot be searched in the store.
        StoreError: The store is damaged.
    """
    expander = Expander(terminology or shipped_terminology())
    concepts = [
        Concept(name=phrases[0], element=element, terms=expander.terms(phrases))
        for element, phrases in _named(question, expander)
    ]
    drafted = Strategy(concepts=tuple(concepts))
    if enrich is None:
        return drafted
    return enriched(drafted, question.text, enrich, expander)


def raw_strategy(question: ClinicalQuestion, terminology: Terminology | None = None) -> Strategy:
    """The question's own names as phrases of title and abstract, to compare a strategy with.

    Raises:
        SettingsError: The question holds no name that can be searched.
    """
    expander = Expander(terminology or shipped_terminology())
    concepts = []
    for element, phrases in _named(question, expander):
        texts = dict.fromkeys(plain_words(phrase) for phrase in phrases)
        terms = tuple(StrategyTerm(text=text, source="question") for text in texts if text)
        concepts.append(Concept(name=phrases[0], element=element, terms=terms))
    return Strategy(concepts=tuple(concepts))


def _named(question: ClinicalQuestion, expander: Expander) -> _Named:
    """The phrases of each concept: of PICO, else of the question's words."""
    pico = question.pico
    elements: _Named = [
        ("population", condition_phrases(pico.population, expander.known)),
        ("intervention", concept_phrases(pico.intervention, expander.known)),
    ]
    named = [(element, _searchable(phrases)) for element, phrases in elements]
    found: _Named = [(element, phrases) for element, phrases in named if phrases]
    if not found:
        found = [("other", (phrase,)) for phrase in _of_text(question.text, expander)]
    if not found:
        raise SettingsError(
            f"question {question.text[:60]!r}: expected a condition or an intervention by name; "
            "fill in pico.population or pico.intervention"
        )
    return found


def _of_text(text: str, expander: Expander) -> tuple[str, ...]:
    """The nouns of a question; of a longer one, the parts that a vocabulary holds."""
    phrases = _searchable(question_phrases(text, expander.known))
    found: list[str] = []
    for phrase in phrases:
        named = expander.known(phrase) or len(phrase.split()) <= _LONGEST_NEW_NAME
        inside = () if expander.known(phrase) else expander.inside(phrase)
        found += inside or ((phrase,) if named else ())
    plain = "".join(sign if sign.isalnum() or sign in "-' " else " " for sign in text)
    listed = tuple(dict.fromkeys(found)) or expander.inside(plain) or phrases
    # Each further concept loses records: names that a vocabulary holds come first.
    chosen = sorted(listed, key=lambda phrase: not expander.known(phrase))[:_MOST_CONCEPTS]
    return tuple(phrase for phrase in listed if phrase in chosen)


def _searchable(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(p for p in phrases if 0 < len(plain_words(p)) <= _LONGEST_PHRASE)
