"""Answers to signalling questions from the sentences of a report, by explicit rules.

An answer is given where a sentence of the report's own methods or results decides it, with that
sentence as its quote; everything else stays `NI`, with a quote where the report comes near.
Questions 2.4, 2.5, 2.7, 3.3, 3.4, 4.5, 5.2 and 5.3 ask for judgement and are never answered here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from evidence.appraisal import signalling_cues as own
from evidence.appraisal.answers import Answer, SignallingAnswer
from evidence.appraisal.deciding_sentences import (
    completed_percent,
    first,
    open_trial,
    predictable,
)
from evidence.appraisal.proposals import StudyProposal, propose_study
from evidence.appraisal.rob2_questions import QUESTIONS, Question
from evidence.reading import bias_cues as cues
from evidence.reading.sentences import LocatedSentence, read_sentences
from indexers.records import Document

# Data for nearly all participants: the guidance on 3.1 names 95 % for continuous outcomes.
_NEARLY_ALL_PERCENT = 95.0
_NOTHING_SAID = "no sentence of the report answers it"
_FOR_A_PERSON = "asks for judgement on the outcome; a person answers"


class _Found(NamedTuple):
    answer: Answer
    sentences: tuple[LocatedSentence, ...]
    reason: str


Told = list[LocatedSentence]


def propose_offline(document: Document) -> StudyProposal:
    """The five domains as far as the report's sentences answer the signalling questions."""
    return propose_study(document.record_id, offline_answers(document))


def offline_answers(document: Document) -> tuple[SignallingAnswer, ...]:
    """An answer to each signalling question of RoB 2, `NI` where no sentence decides."""
    told = [s for s in read_sentences(document) if speaks_of_itself(s)]
    answers = []
    for question in QUESTIONS:
        reader = _READERS.get(question.question_id)
        found = reader(told) if reader else None
        answers.append(
            SignallingAnswer(
                question_id=question.question_id, answer="NI", reason=_open_reason(question)
            )
            if found is None
            else SignallingAnswer(
                question_id=question.question_id,
                answer=found.answer,
                quotes=tuple(
                    document.quote(s.start, s.end) for s in dict.fromkeys(found.sentences)
                ),
                reason=found.reason,
            )
        )
    return tuple(answers)


def speaks_of_itself(sentence: LocatedSentence) -> bool:
    """Whether a sentence tells of the report's own study, as far as its place and words tell."""
    if own.OTHER_TRIAL.search(sentence.text):
        return False
    return sentence.of_this_trial or (sentence.role == "unlabelled" and sentence.part != "body")


def _open_reason(question: Question) -> str:
    return _FOR_A_PERSON if question.by_judgement else _NOTHING_SAID


def _sequence(told: Told) -> _Found | None:
    foreseen = predictable(told)
    if foreseen:
        return _Found("N", (foreseen,), "the sequence could be predicted")
    component = first(told, own.RANDOM_COMPONENT, about=cues.ASSIGNS)
    if component:
        return _Found("Y", (component,), "a random component is named")
    restricted = first(told, own.RESTRICTED)
    if restricted:
        return _Found("PY", (restricted,), "randomisation in blocks, the source is not named")
    # The guidance on 1.1: a trial that is only said to be randomised gives no information.
    randomised = first(told, cues.RANDOMISED)
    return _Found("NI", (randomised,), "only said to be randomised") if randomised else None


def _concealment(told: Told) -> _Found | None:
    open_list = next((s for s in told if own.NOT_CONCEALED.search(s.text)), None)
    if open_list:
        return _Found("N", (open_list,), "the allocation was not concealed")
    foreseen = predictable(told)
    if foreseen:
        return _Found("N", (foreseen,), "a predictable sequence cannot be concealed")
    remote = first(told, own.REMOTE)
    if remote:
        return _Found("Y", (remote,), "remote or central allocation, or numbered containers")
    return _envelopes(told) or _concealment_stated(told)


def _envelopes(told: Told) -> _Found | None:
    envelopes = [s for s in told if own.ENVELOPES.search(s.text)]
    for wanted, answer, reason in (
        (("opaque", "sealed", "number"), "Y", "opaque, sealed and numbered envelopes"),
        (("opaque", "sealed"), "PY", "opaque and sealed envelopes, no numbering is named"),
        (("sealed", "number"), "PY", "sealed and numbered envelopes, not said to be opaque"),
    ):
        full = next((s for s in envelopes if all(w in s.text.lower() for w in wanted)), None)
        if full:
            return _Found("Y" if answer == "Y" else "PY", (full,), reason)
    return None


def _concealment_stated(told: Told) -> _Found | None:
    stated = first(told, own.CONCEALMENT_STATED)
    return (
        _Found("PY", (stated,), "said to be concealed; the method is not named") if stated else None
    )


def _baseline(told: Told) -> _Found | None:
    balanced = next(
        (
            s
            for s in told
            if s.role == "results"
            and own.BASELINE_BALANCED.search(s.text)
            and own.COMPARES_GROUPS.search(s.text)
            and not own.BASELINE_EXCEPT.search(s.text)
        ),
        None,
    )
    return _Found("PN", (balanced,), "the report calls the groups similar") if balanced else None


def _awareness(told: Told, of: re.Pattern[str], who: str) -> _Found | None:
    blind = first(told, of)
    double = _double_blind(told)
    known = open_trial(told)
    if known and (blind or double):
        return None  # Blinded in one part and open in another: a person reads which.
    if known:
        return _Found("Y", (known,), "an open trial")
    if blind:
        return _Found("N", (blind,), f"{who} were blinded")
    return _Found("PN", (double,), "double-blind; who is meant is not said") if double else None


def _double_blind(told: Told) -> LocatedSentence | None:
    """A sentence that calls the trial double-blind, when none calls it single-blind."""
    return None if first(told, own.SINGLE) else first(told, own.DOUBLE)


def _participants(told: Told) -> _Found | None:
    return _awareness(told, own.PARTICIPANTS_BLIND, "participants")


def _carers(told: Told) -> _Found | None:
    return _awareness(told, own.CARERS_BLIND, "those who gave care")


def _deviations(told: Told) -> _Found | None:
    none = next((s for s in told if s.role == "results" and own.NO_DEVIATIONS.search(s.text)), None)
    return _Found("PN", (none,), "no deviation from the protocol occurred") if none else None


def _analysis(told: Told) -> _Found | None:
    everyone = first(told, own.ALL_ANALYSED)
    intended = first(told, own.INTENTION_TO_TREAT, about=own.ANALYSES)
    if intended and not own.MODIFIED.search(intended.text):
        return _Found("Y", (intended,), "analysed by intention to treat")
    if everyone:
        return _Found("Y", (everyone,), "all were analysed in the group they were assigned to")
    if intended:
        return _Found("PY", (intended,), "a modified intention-to-treat analysis")
    protocol = first(told, own.PER_PROTOCOL)
    if protocol and not any(own.INTENTION_TO_TREAT.search(s.text) for s in told):
        return _Found("PN", (protocol,), "only a per-protocol or as-treated analysis is named")
    return None


def _completeness(told: Told) -> _Found | None:
    happened = [
        s
        for s in told
        if (s.role == "results" or s.part == "abstract") and not cues.PLANNED.search(s.text)
    ]
    none_lost = first(happened, own.ALL_FOLLOWED)
    if none_lost:
        return _Found("Y", (none_lost,), "nobody was lost")
    for sentence in happened:
        share = completed_percent(sentence.text)
        if share is not None:
            answer: Answer = "PY" if share >= _NEARLY_ALL_PERCENT else "PN"
            return _Found(answer, (sentence,), f"{share:g} % completed")
    return None


def _not_biased(told: Told) -> _Found | None:
    robust = next(
        (
            s
            for s in told
            if s.role == "results"
            and own.SENSITIVITY.search(s.text)
            and own.MISSING.search(s.text)
            and own.UNCHANGED.search(s.text)
        ),
        None,
    )
    return _Found("PY", (robust,), "a sensitivity analysis changed little") if robust else None


def _method(told: Told) -> _Found | None:
    validated = next(
        (s for s in told if cues.MAIN_OUTCOME.search(s.text) and own.VALIDATED.search(s.text)), None
    )
    return (
        _Found("PN", (validated,), "a validated measure of the main outcome") if validated else None
    )


def _same_measurement(told: Told) -> _Found | None:
    same = first(told, own.SAME_MEASUREMENT)
    if same:
        return _Found("N", (same,), "measured in the same way in all groups")
    # Who does not know the groups apart sees and asks them alike; side effects may still tell.
    placebo = first(told, own.DOUBLE, about=own.PLACEBO)
    if placebo and _double_blind(told) and not open_trial(told):
        return _Found("PN", (placebo,), "double-blind against placebo, so followed alike")
    return None


def _assessors(told: Told) -> _Found | None:
    aware = next((s for s in told if own.ASSESSORS_AWARE.search(s.text)), None)
    if aware:
        return _Found("Y", (aware,), "those who assessed knew")
    reading = [s for s in told if not cues.BLIND_TO_READER.search(s.text)]
    blind = first(reading, own.ASSESSORS_BLIND)
    if blind:
        return _Found("N", (blind,), "those who assessed were blinded")
    double = _double_blind(told)
    if double and not open_trial(told):
        return _Found("PN", (double,), "double-blind; who assessed is not said")
    return None


def _influence(told: Told) -> _Found | None:
    objective = next(
        (
            s
            for s in told
            if cues.MAIN_OUTCOME.search(s.text)
            and cues.OBJECTIVE.search(s.text)
            and not cues.SUBJECTIVE.search(s.text)
            and not own.COMPOSITE_SURVIVAL.search(s.text)
        ),
        None,
    )
    return _Found("PN", (objective,), "the main outcome is objective") if objective else None


def _plan(told: Told) -> _Found | None:
    late = next((s for s in told if own.REGISTERED_LATE.search(s.text)), None)
    before = first(told, own.PLAN_BEFORE_DATA)
    if before:
        return _Found("Y", (before,), "the analysis plan was final before the data were seen")
    if late:
        return _Found("PN", (late,), "registered after the trial had begun")
    planned = first(told, own.PRESPECIFIED_PLAN)
    if planned:
        return _Found("PY", (planned,), "analysed by a plan made beforehand")
    registered = next((s for s in told if cues.REGISTERED.search(s.text)), None)
    reason = "registered; a register entry is seldom an analysis plan"
    return _Found("NI", (registered,), reason) if registered else None


_READERS: dict[str, Callable[[Told], _Found | None]] = {
    "1.1": _sequence,
    "1.2": _concealment,
    "1.3": _baseline,
    "2.1": _participants,
    "2.2": _carers,
    "2.3": _deviations,
    "2.6": _analysis,
    "3.1": _completeness,
    "3.2": _not_biased,
    "4.1": _method,
    "4.2": _same_measurement,
    "4.3": _assessors,
    "4.4": _influence,
    "5.1": _plan,
}
