"""Search terms from a language model, each checked before it enters a strategy.

TrialMind (Wang et al. 2024, arXiv 2406.17755) lets a model name terms from PICO and the records of
a first small retrieval. Here the model only proposes: a heading must stand in the shipped MeSH, a
term that names a record must occur in it, and nothing that a search engine would read as syntax
passes. Terms are added to a draft, never taken from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import prompts
from evidence.errors import EngineError
from evidence.judgements import MACHINE, Provenance
from evidence.llm.protocol import ENGINE, LanguageModel
from evidence.question import ClinicalQuestion
from evidence.strategy.expand import uncovered
from evidence.strategy.model_term_checks import MOST_PROPOSED, ElementAnswer, TermChecker
from evidence.strategy.terms import Terminology, shipped_terminology
from evidence.strategy.types import MOST_TERMS, Concept, Element, Strategy, StrategyTerm
from evidence.strategy.variants import covers
from indexers.records import Frozen, Record

PROMPT = "search_terms"
FIRST_RECORDS = 10
"""How many records of a first retrieval a model is shown, where its context holds as many."""

_TOKENS_PER_TERM = 20  # of a reply: the words, their source, and the JSON around them
_LONGEST_RECORD = 2400  # characters shown; a claim is checked against the whole record
_BESIDE_RECORD_BYTES = 64
_ELEMENTS: tuple[Element, ...] = ("population", "intervention", "comparator", "outcome")
_SAID_AT_MOST = 5


class TermsAnswer(Frozen):
    """The model's terms; any text may stand in them, so that one bad term costs only itself."""

    population: ElementAnswer
    intervention: ElementAnswer
    comparator: ElementAnswer
    outcome: ElementAnswer


class ProposedTerms(Frozen):
    """Terms that passed, by element, and what did not pass and why."""

    concepts: tuple[Concept, ...]
    refused: tuple[str, ...]
    provenance: Provenance

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know of the terms that did not pass, in one line."""
        if not self.refused:
            return ()
        more = len(self.refused) - _SAID_AT_MOST
        told = [*self.refused[:_SAID_AT_MOST], *([f"and {more} more"] if more > 0 else [])]
        return (f"terms of the language model that were refused: {'; '.join(told)}",)


class _Shown(NamedTuple):
    """A record as the model sees it, under a name that no document can choose."""

    handle: str
    text: str
    record: Record


def propose_terms(
    question: ClinicalQuestion,
    records: Sequence[Record],
    model: LanguageModel,
    terminology: Terminology | None = None,
) -> ProposedTerms:
    """The terms that a language model names for a question, those that pass the checks.

    Args:
        question: Its PICO is what the terms are for.
        records: Of a first retrieval, the nearest first; as many are shown as there is room for.
        model: Is asked once.
        terminology: The shipped one unless given.

    Raises:
        EngineError: There is no usable answer, or the question alone fills the context window.
    """
    shown = _fitting(question, records, model)
    reply = model.complete(_prompt(question, shown, model), TermsAnswer)
    records_by_handle = {one.handle: one.record for one in shown}
    checker = TermChecker(
        question, records_by_handle, reply.model, terminology or shipped_terminology()
    )
    concepts = []
    refused: dict[str, None] = {}
    for element in _ELEMENTS:
        terms, problems = checker.checked(getattr(reply.value, element))
        refused.update(dict.fromkeys(problems))
        if terms:
            concepts.append(Concept(name=element, element=element, terms=terms))
    return ProposedTerms(
        concepts=tuple(concepts),
        refused=tuple(refused),
        provenance=Provenance(
            actor=MACHINE,
            engine=ENGINE,
            reason=f"terms from PICO and {len(shown)} records",
            model=reply.model,
            prompt_digest=prompts.digest(PROMPT),
        ),
    )


def with_proposed(strategy: Strategy, proposed: Iterable[Concept]) -> Strategy:
    """The strategy with the proposed terms of those elements that it holds.

    Every term of the strategy stays, and no concept is added: one more AND would lose records.
    """
    by_element = {concept.element: concept for concept in reversed(tuple(proposed))}
    taken: set[Element] = set()
    concepts = []
    for concept in strategy.concepts:
        added = by_element.get(concept.element)
        if added is None or concept.element in taken:
            concepts.append(concept)
            continue
        taken.add(concept.element)
        concepts.append(_widened(concept, added.terms))
    return strategy.model_copy(update={"concepts": tuple(concepts)})


def _widened(concept: Concept, added: Sequence[StrategyTerm]) -> Concept:
    """The concept with the terms that find what its own do not; headings stand first."""
    headings = [t for t in concept.terms if t.field != "tiab"]
    words = [t for t in concept.terms if t.field == "tiab"]
    known = {(t.text, t.field) for t in headings}
    room = MOST_TERMS - len(concept.terms)
    new_headings = [t for t in added if t.field != "tiab" and (t.text, t.field) not in known][:room]
    new_words = [
        term
        for term in uncovered(t for t in added if t.field == "tiab")
        if not any(covers(word.text, term.text) for word in words)
    ][: room - len(new_headings)]
    terms = (*headings, *new_headings, *words, *new_words)
    return concept.model_copy(update={"terms": terms})


def _prompt(question: ClinicalQuestion, shown: Sequence[_Shown], model: LanguageModel) -> str:
    most = max(8, min(MOST_PROPOSED, model.settings.max_tokens // _TOKENS_PER_TERM))
    return prompts.render(PROMPT, question=question, records=shown, most_terms=most)


def _fitting(
    question: ClinicalQuestion, records: Sequence[Record], model: LanguageModel
) -> list[_Shown]:
    """The first records, as many as fit beside the question.

    Raises:
        EngineError: Not even the question fits.
    """
    room = model.settings.prompt_limit_bytes
    room -= len(_prompt(question, (), model).encode("utf-8", "replace")) + _BESIDE_RECORD_BYTES * 4
    if room < 0:
        raise EngineError("the question does not fit context_window_tokens")
    shown = []
    for number, record in enumerate(records[:FIRST_RECORDS], 1):
        one = _Shown(f"R{number}", _record_text(record), record)
        room -= len(prompts.fenced(one.text).encode("utf-8", "replace")) + _BESIDE_RECORD_BYTES
        if room < 0:
            break
        shown.append(one)
    return shown


def _record_text(record: Record) -> str:
    """Title, abstract up to the end of a sentence, and headings."""
    abstract = record.abstract
    if len(abstract) > _LONGEST_RECORD:
        beginning = abstract[:_LONGEST_RECORD]
        abstract = beginning[: beginning.rfind(". ") + 1] or beginning
    lines = [record.title[:_LONGEST_RECORD], abstract]
    if record.mesh:
        lines.append(f"MeSH: {'; '.join(record.mesh)}"[:_LONGEST_RECORD])
    return "\n".join(line for line in lines if line)
