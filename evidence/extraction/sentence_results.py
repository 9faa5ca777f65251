"""Results in sentences: numbers of both arms for an outcome, in one sentence or in two."""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

from evidence.extraction.arms import Mention, TrialArm
from evidence.extraction.outcomes import OutcomeConcept, OutcomeMatch, find_outcome
from evidence.extraction.results import (
    ArmResult,
    Finding,
    complement_of,
    count_result,
    joined,
    mean_result,
)
from evidence.extraction.sentences import Group, ResultSentence
from evidence.extraction.tables import population
from evidence.extraction.time_points import TimePoint, same_time, time_points
from evidence.extraction.wording import Span, flatten

_CLAUSE = re.compile(
    r";\s+|,\s+(?:and|while|whereas|but)\s+(?=[^,;]{25})|\bwhereas\b|\bwhile\b", re.I
)
_NO_OUTCOME_BEFORE = re.compile(
    r"\b(?:due to|because of|owing to|related to|caused by|resulted from|result of|before|after"
    r"|following|despite|history of|without|risk factors? (?:for|of)|predict\w* (?:of|for)?"
    r"|associated with"
    r"|on the day of|time to|duration of|(?:among|of|in|for|those)(?: \w+){0,3} (?:with|who had"
    r"|developing|experiencing)|treatment (?:of|for)|clearance of)\s*(?:the |an? |any )?$", re.I,
)  # fmt: skip
_NARROWER_AFTER = re.compile(
    r"\s*(?:due to|because of|caused by|requiring|related to|associated with|attributable|clearance"
    r"|resolution|relief|-free|free\b|duration|leading|or\b)", re.I,
)  # fmt: skip
_OTHER_OUTCOME = re.compile(
    r"\blost\b|\bwithdrew|\bwithdraw|\bdiscontinu|\bexclud|\bmissing\b|\brefus|\bdropp?ed out"
    r"|\bmale\b"
    r"|\bfemale\b|\bprevious (?:trial|stud)|\bscreened\b|\bper \d|person-(?:year|week)", re.I,
)  # fmt: skip
_RESTRICTED = re.compile(
    r"(?:^|,)\W*(?:among|of the|of those|in (?:patients|children|women|those|participants|the"
    r" sub)|in a sub"
    r"|for (?:patients|those))\b|\bsub-?group|\bsensitivity analys|\b(?:patients|those|women"
    r"|children) with\b",
    re.I,
)  # fmt: skip
_BETWEEN = re.compile(r"\b(?:versus|vs\.?|compared|and|against|than|as opposed|or)\b", re.I)


class Clause(NamedTuple):
    """A part of a result sentence that is read on its own."""

    sentence: ResultSentence
    span: Span
    mentions: tuple[Mention, ...]
    groups: tuple[Group, ...]

    @property
    def text(self) -> str:
        """The clause as it stands."""
        base = self.sentence.span.start
        return self.sentence.text[self.span.start - base : self.span.end - base]


def sentence_findings(
    sentences: list[ResultSentence],
    concepts: tuple[OutcomeConcept, ...],
    article_spread: str | None,
) -> list[Finding]:
    """The results that sentences print for the outcomes of a question."""
    found = []
    for sentence in sentences:
        if _OTHER_OUTCOME.search(sentence.text):
            continue
        for clause in _clauses(sentence):
            choice = outcome_in(clause, concepts)
            pairs = _assigned(clause)
            if choice is None or pairs is None:
                continue
            finding = _finding(clause, *choice, pairs, article_spread)
            if finding is not None:
                found.append(finding)
    return found + _across_sentences(sentences, concepts)


def _clauses(sentence: ResultSentence) -> list[Clause]:
    """The whole sentence when it prints two groups of numbers, else each part that does."""
    whole = Clause(sentence, sentence.span, sentence.mentions, sentence.groups)
    if len(sentence.groups) <= 2:
        return [whole]
    flat = flatten(sentence.text)
    cuts = [0, *(m.end() for m in _CLAUSE.finditer(flat)), len(flat)]
    parts = []
    for low, high in itertools.pairwise(cuts):
        span = Span(sentence.span.start + low, sentence.span.start + high)
        parts.append(
            Clause(
                sentence,
                span,
                tuple(m for m in sentence.mentions if span.start <= m.start < span.end),
                tuple(g for g in sentence.groups if span.start <= g.span.start < span.end),
            )
        )
    return [p for p in parts if len(p.groups) == 2]


def outcome_in(
    clause: Clause, concepts: tuple[OutcomeConcept, ...]
) -> tuple[OutcomeConcept, OutcomeMatch, TimePoint | None] | None:
    """The outcome that a clause tells of, with its time; None when it is not clear."""
    flat = flatten(clause.text)
    time, clear = time_in(clause)
    found = []
    for place, concept in enumerate(concepts):
        match = find_outcome(concept, clause.text)
        if match is None or _NO_OUTCOME_BEFORE.search(flat, 0, match.span.start):
            continue
        if _NARROWER_AFTER.match(flat, match.span.end):
            continue
        if concept.days is not None and not same_time(concept.days, time.days if time else None):
            continue
        found.append(
            ((match.exact, match.length, concept.days is not None, -place), concept, match)
        )
    if not found or not clear or (time is not None and time.days == 0):
        return None
    _, concept, match = max(found, key=lambda f: f[0])
    return concept, match, time


def time_in(clause: Clause) -> tuple[TimePoint | None, bool]:
    """The one time point of a clause; the flag is False when there are several."""
    points = time_points(clause.text)
    if len({p.days for p in points}) > 1:
        return None, False
    return (points[0] if points else None), True


def _assigned(clause: Clause) -> list[tuple[TrialArm, Group]] | None:
    """Which numbers belong to which arm, by the order of names and numbers; None if unsure."""
    groups = clause.groups
    if len(groups) != 2 or groups[0].reading.kind != groups[1].reading.kind:
        return None
    items: list[Mention | Group] = sorted(
        (*clause.mentions, *groups), key=lambda i: i.span.start if isinstance(i, Group) else i.start
    )
    order: list[Mention | Group] = []
    for item in items:
        last = order[-1] if order else None
        if isinstance(item, Mention) and isinstance(last, Mention) and last.arm is item.arm:
            order[-1] = item
        else:
            order.append(item)
    shape = "".join("G" if isinstance(i, Group) else "A" for i in order)
    # An opening comparison in words (lower with A than with B: …) comes before the numbers' own.
    if re.fullmatch(r"A{1,3}(?:GAGA|AGAG)", shape) and not shape.endswith("AAGAG"):
        order, shape = order[-4:], shape[-4:]
    arms = [i.arm for i in order if isinstance(i, Mention)]
    if len(arms) != 2 or arms[0] is arms[1]:
        return None
    if {a.role for a in arms} != {"intervention", "comparator"}:
        return None
    text = flatten(clause.text)
    base = clause.span.start
    between = text[groups[0].span.end - base : groups[1].span.start - base]
    in_order = shape in ("GAGA", "AGAG")
    opposed = shape == "AGGA" and bool(_BETWEEN.search(between)) and len(between) < 60
    listed = shape in ("AAGG", "GGAA") and (
        (bool(_BETWEEN.search(between)) or "," in between)
        and len(between) < 40
        and bool(re.search(r"respectively|versus|\bvs\b|compared", text, re.I))
    )
    return list(zip(arms, groups, strict=True)) if in_order or opposed or listed else None


def _finding(
    clause: Clause,
    concept: OutcomeConcept,
    match: OutcomeMatch,
    time: TimePoint | None,
    pairs: list[tuple[TrialArm, Group]],
    article_spread: str | None,
) -> Finding | None:
    sides = {arm.role: (arm, group) for arm, group in pairs}
    results = {}
    for role, (arm, group) in sides.items():
        result = _result(clause.sentence, arm, group, match, article_spread)
        if result is None or (_RESTRICTED.search(clause.sentence.text) and _of_a_part(arm, group)):
            return None
        results[role] = result
    mine, theirs = sides["intervention"], sides["comparator"]
    return Finding(
        concept=concept,
        reported_as=clause.text.strip(),
        intervention=mine[0],
        comparator=theirs[0],
        kind="dichotomous" if mine[1].reading.kind == "count" else "continuous",
        values=joined(results["intervention"], results["comparator"]),
        start=clause.span.start,
        exact=match.exact and not _RESTRICTED.search(clause.sentence.text),
        time_text=time.text if time else None,
        days=time.days if time else None,
        population=population(clause.sentence.text),
        flags=(
            *sentence_flags(clause, match, (mine[0], theirs[0])),
            *results["intervention"].flags,
            *results["comparator"].flags,
        ),
    )


def _of_a_part(arm: TrialArm, group: Group) -> bool:
    """Whether a number's own total shows that it is of fewer than the arm."""
    total = group.reading.total
    return total is not None and total not in {s.count for s in arm.sizes}


def sentence_flags(
    clause: Clause, match: OutcomeMatch, arms: tuple[TrialArm, TrialArm]
) -> tuple[str, ...]:
    """What a person should look at in a result that a sentence tells."""
    flags = []
    if any(arm.generic for arm in arms):
        flags.append("an arm is named only in general words (intervention, control)")
    if not match.exact:
        words = clause.text[: match.span.end].split(" ")
        flags.append(f"reported as {' '.join(words[-6:])!r}: check that this is the outcome")
    if _RESTRICTED.search(clause.sentence.text):
        flags.append("the sentence tells of a part of the participants")
    return tuple(flags)


def _result(
    sentence: ResultSentence,
    arm: TrialArm,
    group: Group,
    match: OutcomeMatch,
    article_spread: str | None,
) -> ArmResult | None:
    reading = group.reading
    if reading.kind == "mean":
        named = re.search(r"\bSDs?\b|standard deviation", sentence.text)
        standard_error = re.search(r"\bSEM?\b|standard error", sentence.text)
        if reading.spread is None and not standard_error and (named or article_spread == "SD"):
            reading = reading._replace(spread="SD")
        return None if match.complement else mean_result(reading, sentence.span, None)
    result = count_result(reading, sentence.span, None, arm)
    if result is not None and match.complement:
        return complement_of(result, match.term)
    return result


class Single(NamedTuple):
    """Numbers of one arm at one time for one outcome, told in a sentence of that arm alone."""

    arm: TrialArm
    concept: OutcomeConcept
    match: OutcomeMatch
    time: TimePoint
    group: Group
    clause: Clause


def _across_sentences(
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
                    and same_time(a.time.days, b.time.days)
                    and roles == {"intervention", "comparator"}
                ):
                    found.append(_joined_singles(a, b))
    return [f for f in found if f is not None]


def _singles(sentence: ResultSentence, concepts: tuple[OutcomeConcept, ...]) -> list[Single]:
    arms = {id(m.arm): m.arm for m in sentence.mentions}
    if len(arms) != 1 or not sentence.groups or _OTHER_OUTCOME.search(sentence.text):
        return []
    flat = flatten(sentence.text)
    clause = Clause(sentence, sentence.span, sentence.mentions, sentence.groups)
    points = time_points(sentence.text)
    found = []
    for group in sentence.groups:
        time = _nearest(points, group, sentence)
        if time is None or time.days == 0 or group.reading.kind != "count":
            continue
        for concept in concepts:
            match = find_outcome(concept, sentence.text)
            if match is None or _NO_OUTCOME_BEFORE.search(flat, 0, match.span.start):
                continue
            if concept.days is None or same_time(concept.days, time.days):
                arm = next(iter(arms.values()))
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
    results = [_result(s.clause.sentence, s.arm, s.group, s.match, None) for s in (mine, theirs)]
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
        time_text=mine.time.text,
        days=mine.time.days,
        population=population(a.clause.text) or population(b.clause.text),
        notes=("the arms are told of in two sentences",),
        flags=(
            *sentence_flags(a.clause, a.match, (mine.arm, theirs.arm)),
            *results[0].flags,
            *results[1].flags,
        ),
    )
