"""Results told arm by arm in neighbouring sentences, number by number with its time."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.arm_results import joined
from evidence.extraction.outcomes import OutcomeConcept, OutcomeMatch
from evidence.extraction.populations import population
from evidence.extraction.results import Finding
from evidence.extraction.sentence_clauses import Clause, is_restricted, match_in, sentence_flags
from evidence.extraction.sentence_numbers import Group
from evidence.extraction.sentence_values import arm_result, tells_another
from evidence.extraction.sentences import ResultSentence
from evidence.extraction.time_points import TimePoint, same_time, time_points


class Single(NamedTuple):
    """Numbers of one arm at one time for one outcome, told in a sentence of that arm alone."""

    arm: TrialArm
    concept: OutcomeConcept
    match: OutcomeMatch
    time: TimePoint | None
    group: Group
    clause: Clause


def neighbour_findings(
    sentences: list[ResultSentence], concepts: tuple[OutcomeConcept, ...]
) -> list[Finding]:
    """Results told arm by arm in neighbouring sentences, number by number with its time."""
    found = []
    for first, second in itertools.pairwise(sentences):
        if second.span.start - first.span.end > 3:
            continue
        for a in _singles(first, concepts):
            for b in _singles(second, concepts):
                roles = {a.arm.role, b.arm.role}
                if (
                    a.concept is b.concept
                    and same_time(*(s.time.days if s.time else None for s in (a, b)))
                    and roles == {"intervention", "comparator"}
                ):
                    found.append(_joined_singles(a, b))
    return [f for f in found if f is not None]


def _singles(sentence: ResultSentence, concepts: tuple[OutcomeConcept, ...]) -> list[Single]:
    arms = {id(n.arm): n.arm for n in sentence.named}
    counts = [g for g in sentence.groups if g.kind == "count"]
    arm = next(iter(arms.values()), None)
    if len(arms) != 1 or arm is None or not counts or tells_another(sentence.text):
        return []
    clause = Clause(sentence, sentence.span, sentence.named, sentence.groups)
    points = time_points(sentence.text)
    found = []
    for group in counts:
        time = _nearest(points, group, sentence)
        if (time is None and (points or len(counts) > 1)) or (time and time.days == 0):
            continue
        for concept in concepts:
            match = match_in(concept, sentence.text)
            if match is None or is_restricted(clause, match):
                continue
            if concept.days is None or same_time(concept.days, time.days if time else None):
                found.append(Single(arm, concept, match, time, group, clause))
    return found


def _nearest(
    points: tuple[TimePoint, ...], group: Group, sentence: ResultSentence
) -> TimePoint | None:
    """The time point next to a number, with no other number between; None when two are as near."""
    base = sentence.span.start
    ranked = []
    for point in points:
        start, end = point.start + base, point.end + base
        low, high = (end, group.span.start) if end <= group.span.start else (group.span.end, start)
        between = any(low <= g.span.start < high for g in sentence.groups if g is not group)
        if high >= low and not between:
            ranked.append((high - low, point))
    ranked.sort(key=lambda r: r[0])
    if not ranked or ranked[0][0] > 15:
        return None
    return ranked[0][1] if len(ranked) < 2 or ranked[1][0] > ranked[0][0] else None


def _joined_singles(a: Single, b: Single) -> Finding | None:
    mine, theirs = (a, b) if a.arm.role == "intervention" else (b, a)
    results = [arm_result(s.clause, s.arm, s.group, s.match, None) for s in (mine, theirs)]
    if results[0] is None or results[1] is None:
        return None
    return Finding(
        concept=a.concept,
        reported_as=f"{a.clause.text.strip()} {b.clause.text.strip()}",
        intervention=mine.arm,
        comparator=theirs.arm,
        kind="dichotomous",
        values=joined(results[0], results[1]),
        start=a.clause.span.start,
        exact=a.match.exact and b.match.exact,
        time_text=mine.time.text if mine.time else None,
        days=mine.time.days if mine.time else None,
        population=population(a.clause.text) or population(b.clause.text),
        notes=("the arms are told of in two sentences", *results[0].notes, *results[1].notes),
        flags=(
            *sentence_flags(a.clause, a.match, (mine.arm, theirs.arm)),
            *results[0].flags,
            *results[1].flags,
        ),
    )
