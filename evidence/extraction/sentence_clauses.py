"""Clauses of result sentences: the outcome that one tells of, its time, and what is doubtful."""

from __future__ import annotations

import re
from typing import NamedTuple

from evidence.extraction.arm_mentions import Mention, TrialArm
from evidence.extraction.outcome_vocabulary import NEUTRAL
from evidence.extraction.outcomes import OutcomeConcept, OutcomeMatch, find_outcome
from evidence.extraction.sentence_arms import Named
from evidence.extraction.sentence_numbers import Group
from evidence.extraction.sentences import ResultSentence
from evidence.extraction.time_points import TimePoint, same_time, time_points
from evidence.extraction.wording import Span, flatten, fold, is_abbreviation

_NO_OUTCOME_BEFORE = re.compile(
    r"\b(?:due to|because of|owing to|related to|caused by|resulted from|result of|before|after"
    r"|following|despite|history of|without|risk factors? (?:for|of)|predict\w* (?:of|for)?"
    r"|associated with|adjust\w* for|stratified by|correlat\w+ with|effect of|defined (?:as|by)"
    r"|on the day of|time to|(?:days|nights|hours) with|duration of"
    r"|(?:among|of|in|for|those)(?: \w+){0,3} (?:with|who had"
    r"|developing|experiencing)|treatment (?:of|for)|clearance of)\s*(?:the |an? |any )?$", re.I,
)  # fmt: skip
_NARROWER_AFTER = re.compile(
    r"\s*(?:due to|because of|caused by|requiring|related to|associated with|attributable|clearance"
    r"|resolution|relief|-free|free\b|duration|leading|or\b|medication|therap(?:y|ies)\b|drugs?\b"
    r"|treatment\b|ratio\b|subscale|domain|patients\b|subjects\b|participants\b|children\b"
    r"|(?:wo)?men\b|infants\b|measurements?\b|data\b|assessments?\b|records?\b|[<>≤≥])", re.I,
)  # fmt: skip
_AFTER_WORD = re.compile(r"\s+(?P<word>[a-z]+)\b", re.I)


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split())


_NO_NOUN = _folded(
    "is are was were be been had has have did does do in on at of for with without among between"
    " after before during within by from to as than and or but while whereas when if compared"
    " versus vs occurred occurs showed shows developed increased decreased differed improved"
    " reduced declined remained significantly also not no per using according reached that which"
    " who across under respectively there both could can may might would respective observed"
    " reported recorded noted seen found fell rose dropped did improved ranged averaged sd se iqr"
    " median mean only either however"
)
RESTRICTED = re.compile(
    r"(?:^|,)\W*(?:among|of the|of those|in (?:patients|children|women|those|participants|the"
    r" sub)|in a sub"
    r"|for (?:patients|those))\b|\bsub-?group|\bsub-?set\b|\bsensitivity analys"
    r"|\b(?:patients|those|women|children|participants|subjects) with\b|\bstratum\b"
    r"|\b\d+ (?!randomi|enrol|evaluable|included|eligible|treated|study|adult)[a-z]+ (?:patients"
    r"|subjects|participants|children|women)\b",
    re.I,
)  # fmt: skip
_SUMMARY = re.compile(
    r"\bmedians?\b(?! nerve)(?:\s*[(\[](?:IQR|range|interquartile range)[)\]])?", re.I
)
_CARRIED = re.compile(
    r"\W*(?:the (?:corresponding |respective |overall |mean |median )?(?:rates?|incidences?"
    r"|proportions?|percentages?|figures?|values?|means?|medians?|scores?|prevalence) (?:was|were)"
    r"|(?:this|it|these|they) (?:was|were|occurred)\b)", re.I,
)  # fmt: skip
_SUBJECT = re.compile(
    r"\bprimary (?:efficacy |study |clinical |trial |composite )?(?:outcome|end[- ]?point)"
    r"(?: event)?s?\b", re.I,
)  # fmt: skip
_JOINED = re.compile(r"\b(?:and|or|composite|combined|combination)\b", re.I)


class Clause(NamedTuple):
    """A part of a result sentence that is read on its own."""

    sentence: ResultSentence
    span: Span
    named: tuple[Named, ...]
    groups: tuple[Group, ...]

    @property
    def text(self) -> str:
        """The clause as it stands."""
        base = self.sentence.span.start
        return self.sentence.text[self.span.start - base : self.span.end - base]

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """Where the arms that were asked for are named."""
        return tuple(Mention(n.arm, n.start, n.end) for n in self.named if n.arm is not None)


class Told(NamedTuple):
    """The outcome that a clause tells of; `doubt` says why a person should look, if they should."""

    concept: OutcomeConcept
    match: OutcomeMatch
    time: TimePoint | None
    doubt: str = ""


def outcome_in(
    clause: Clause, concepts: tuple[OutcomeConcept, ...]
) -> tuple[OutcomeConcept, OutcomeMatch, TimePoint | None] | None:
    """The outcome that a clause names, with its time; None when it is not clear."""
    time, clear = time_in(clause)
    found = []
    for place, concept in enumerate(concepts):
        match = match_in(concept, clause.text)
        if match is None:
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


def match_in(concept: OutcomeConcept, text: str) -> OutcomeMatch | None:
    """Where a text names an outcome that nothing around it makes another one."""
    flat = flatten(text)
    # In running text `median (IQR) stay` is the stay.
    bare = _SUMMARY.sub(lambda m: " " * len(m.group()), text)
    match = find_outcome(concept, text) or find_outcome(concept, bare)
    if match is None or _NO_OUTCOME_BEFORE.search(flat, 0, match.span.start):
        return None
    if _NARROWER_AFTER.match(flat, match.span.end):
        return None
    # One common word among others is too little: `bone` in `from bone crest` is no bone level.
    if match.length == 1 and not match.exact and not is_abbreviation(match.term):
        return None
    after = _AFTER_WORD.match(flat, match.span.end)
    word = fold(after["word"]) if after else ""
    if word and word not in NEUTRAL | _NO_NOUN and not word.endswith(("ly", "ed")):
        return match._replace(exact=False)
    return match


def told_in(clause: Clause, concepts: tuple[OutcomeConcept, ...]) -> Told | None:
    """The outcome of a clause: named in it, as the primary outcome, or by the sentence before."""
    named = outcome_in(clause, concepts)
    if named is not None:
        return Told(*named)
    time, clear = time_in(clause)
    if not clear or (time is not None and time.days == 0):
        return None
    flat = flatten(clause.text)
    if _SUBJECT.search(flat) and not re.search(r"\bsecondary\b", flat, re.I):
        return _by_definition(clause.sentence.primary_outcome, concepts, time)
    if _CARRIED.match(flat) and clause.span == clause.sentence.span:
        return _from_before(clause.sentence.before, concepts, time)
    return None


def _by_definition(
    definition: str, concepts: tuple[OutcomeConcept, ...], time: TimePoint | None
) -> Told | None:
    """The concept that the article defines as its primary outcome, if it defines one alone."""
    if not definition or _JOINED.search(definition):
        return None
    points = time_points(definition)
    for concept in concepts:
        match = match_in(concept, definition)
        when = time or (points[0] if len(points) == 1 else None)
        if match is None or (concept.days is not None and not same_time(
            concept.days, when.days if when else None
        )):  # fmt: skip
            continue
        doubt = "the sentence says primary outcome: that this is meant is read from its definition"
        return Told(concept, match, when, doubt)
    return None


def _from_before(
    before: str, concepts: tuple[OutcomeConcept, ...], time: TimePoint | None
) -> Told | None:
    flat = flatten(before)
    for concept in concepts:
        match = match_in(concept, before)
        if match is None or not match.exact or concept.days is not None:
            continue
        if re.search(r"\b(?:and|or)\b", flat[max(0, match.span.start - 30) : match.span.end + 15]):
            continue
        return Told(concept, match, time, "the outcome is named only in the sentence before")
    return None


def time_in(clause: Clause) -> tuple[TimePoint | None, bool]:
    """The one time point of a clause; the flag is False when there are several."""
    spans = [Span(g.span.start - clause.span.start, g.span.end - clause.span.start + 1)
             for g in clause.groups]  # fmt: skip
    # `4.5 ± 1.2 days` is a result, not a time.
    points = [p for p in time_points(clause.text)
              if not any(s.start <= p.start <= s.end for s in spans)]  # fmt: skip
    if len({p.days for p in points}) > 1:
        return None, False
    return (points[0] if points else None), True


def is_restricted(clause: Clause, match: OutcomeMatch) -> bool:
    """Whether a sentence is of a part of the participants; `patients with` the outcome is all."""
    base = clause.span.start - clause.sentence.span.start
    start = base + match.span.start if match.span.end <= len(clause.text) else -1
    offset = clause.sentence.span.start
    for m in RESTRICTED.finditer(clause.sentence.text):
        if any(m.start() <= n.start - offset <= m.end() + 1 for n in clause.named):
            continue  # `the 36 zolpidem patients`, `patients with placebo`
        if not (m.end() <= start + 1 <= m.end() + 12 and "with" in m.group()):
            return True
    return False


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
    if is_restricted(clause, match):
        flags.append("the sentence tells of a part of the participants")
    return tuple(flags)
