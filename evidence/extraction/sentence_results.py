"""Results in sentences: the numbers of both arms for an outcome, told in one sentence."""

from __future__ import annotations

import itertools

from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.arm_results import joined
from evidence.extraction.neighbour_results import neighbour_findings
from evidence.extraction.no_events import none_in_either
from evidence.extraction.outcomes import OutcomeConcept
from evidence.extraction.populations import population
from evidence.extraction.results import Finding
from evidence.extraction.sentence_clauses import (
    Clause,
    Told,
    is_restricted,
    sentence_flags,
    told_in,
)
from evidence.extraction.sentence_lists import listed
from evidence.extraction.sentence_numbers import Group
from evidence.extraction.sentence_order import Pairs
from evidence.extraction.sentence_pairs import clauses_with_pairs
from evidence.extraction.sentence_values import arm_result, is_clear, tells_another
from evidence.extraction.sentences import ResultSentence

_FEW = 0.7  # losses to follow-up are rarely larger; subgroups are


def sentence_findings(
    sentences: list[ResultSentence],
    concepts: tuple[OutcomeConcept, ...],
    article_spread: str | None,
) -> list[Finding]:
    """The results that sentences print for the outcomes of a question."""
    found = []
    for sentence in sentences:
        if tells_another(sentence.text):
            continue
        read = [
            (clause, told, pairs)
            for clause, pairs in clauses_with_pairs(sentence)
            if (told := told_in(clause, concepts)) is not None
        ]
        for clause, told, pairs in read or listed(sentence, concepts):
            found += _findings(clause, told, pairs, article_spread)
        found += none_in_either(sentence, concepts)
    return found + neighbour_findings(sentences, concepts)


def _findings(
    clause: Clause, told: Told, pairs: Pairs, article_spread: str | None
) -> list[Finding]:
    """A finding for each intervention with each comparator of the clause."""
    mine = [p for p in pairs.arms if p[0].role == "intervention"]
    theirs = [p for p in pairs.arms if p[0].role == "comparator"]
    doubts = tuple(d for d in (told.doubt, pairs.doubt) if d)
    made = (
        _finding(clause, told, both, doubts, article_spread)
        for both in itertools.product(mine, theirs)
    )
    return [finding for finding in made if finding is not None]


def _finding(
    clause: Clause,
    told: Told,
    both: tuple[tuple[TrialArm, Group], tuple[TrialArm, Group]],
    doubts: tuple[str, ...],
    article_spread: str | None,
) -> Finding | None:
    mine, theirs = both
    if not is_clear(clause, told, (mine[1], theirs[1])):
        return None
    restricted = is_restricted(clause, told.match)
    if restricted and not all(_of_all(*p) for p in both):
        return None
    results = [arm_result(clause, *p, told.match, article_spread) for p in both]
    if results[0] is None or results[1] is None:
        return None
    few = tuple(
        f"{_total(g)} are far fewer than {a.size.count} of {a.name}: is this a subgroup?"
        for a, g in both
        if a.size and _of_few(a, g)
    )
    values = joined(results[0], results[1])
    if not values:
        return None
    return Finding(
        concept=told.concept,
        reported_as=clause.text.strip(),
        intervention=mine[0],
        comparator=theirs[0],
        kind="dichotomous" if mine[1].reading is not None else "continuous",
        values=values,
        start=clause.span.start,
        exact=told.match.exact and not restricted and not doubts and not few,
        time_text=told.time.text if told.time else None,
        days=told.time.days if told.time else None,
        population=population(clause.sentence.text),
        flags=(
            *doubts,
            *few,
            *sentence_flags(clause, told.match, (mine[0], theirs[0])),
            *results[0].flags,
            *results[1].flags,
        ),
        notes=(*results[0].notes, *results[1].notes),
    )


def _total(group: Group) -> int | None:
    """Participants that are printed beside an arm's numbers."""
    return group.n if group.reading is None else group.reading.total


def _of_all(arm: TrialArm, group: Group) -> bool:
    """Whether a number's own total shows that it is of the whole arm."""
    return _total(group) in {s.count for s in arm.sizes}


def _of_few(arm: TrialArm, group: Group) -> bool:
    """Whether a number's own total is far under the arm's size."""
    total = _total(group)
    return total is not None and arm.size is not None and total < _FEW * arm.size.count
