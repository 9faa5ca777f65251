"""Risk of bias: a proposal for each of the five RoB 2 domains, with the sentences it rests on.

The offline engine reads what a report says of its methods (Sterne et al., BMJ 2019;366:l4898). It
proposes `low` only where the report states what the domain asks for, and leaves a domain without
any statement `unclear`. It judges a study, not a result: a person decides whether an outcome that a
blinded laboratory read and one that patients told deserve the same judgement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple, Protocol

from evidence.judgements import MACHINE, Provenance, RiskOfBiasJudgement
from evidence.reading import bias_cues as cues
from evidence.reading.sentences import LocatedSentence, read_sentences
from indexers.records import Document

Domain = Literal[
    "randomisation", "deviations", "missing_outcome_data", "measurement", "selective_reporting"
]
Level = Literal["low", "some_concerns", "high", "unclear"]

# Data for nearly all participants: RoB 2 guidance names 95 % for continuous outcomes.
_NEARLY_ALL_PERCENT = 95.0


class Appraiser(Protocol):
    """Judges the risk of bias of a study from one document."""

    def appraise(self, document: Document) -> tuple[RiskOfBiasJudgement, ...]:
        """One judgement for each RoB 2 domain, in the domains' order."""
        ...


class _Finding(NamedTuple):
    level: Level
    quoted: tuple[LocatedSentence, ...]
    reason: str


class OfflineAppraiser:
    """Appraises by what the report states of its methods."""

    def appraise(self, document: Document) -> tuple[RiskOfBiasJudgement, ...]:
        """One judgement for each RoB 2 domain, in the domains' order."""
        told = _own_sentences(document)
        findings: tuple[tuple[Domain, _Finding], ...] = (
            ("randomisation", _randomisation(told)),
            ("deviations", _deviations(told)),
            ("missing_outcome_data", _missing_outcome_data(told)),
            ("measurement", _measurement(told)),
            ("selective_reporting", _selective_reporting(told)),
        )
        return tuple(_judgement(document, domain, finding) for domain, finding in findings)


def _own_sentences(document: Document) -> list[LocatedSentence]:
    """The sentences in which a report speaks of itself; others' methods are in the rest."""
    return [
        s
        for s in read_sentences(document)
        if s.of_this_trial or (s.role == "unlabelled" and s.part != "body")
    ]


def _judgement(document: Document, domain: Domain, finding: _Finding) -> RiskOfBiasJudgement:
    places = dict.fromkeys((s.start, s.end) for s in finding.quoted)
    return RiskOfBiasJudgement(
        record_id=document.record_id,
        domain=domain,
        judgement=finding.level,
        quotes=tuple(document.quote(start, end) for start, end in places),
        provenance=Provenance(actor=MACHINE, engine="offline", reason=finding.reason),
    )


def _randomisation(told: list[LocatedSentence]) -> _Finding:
    predictable = next(
        (
            s
            for s in told
            if s.role == "methods" and cues.ASSIGNS.search(s.text) and _predictable(s.text)
        ),
        None,
    )
    if predictable:
        return _Finding("high", (predictable,), "the allocation could be foreseen")
    open_list = _first_negated(told, cues.CONCEALED)
    if open_list:
        return _Finding("high", (open_list,), "the allocation was not concealed")
    sequence, concealed = _first(told, cues.SEQUENCE), _first(told, cues.CONCEALED)
    if sequence and concealed:
        return _Finding("low", (sequence, concealed), "random sequence and concealed allocation")
    if sequence or concealed:
        stated = [s for s in (sequence, concealed) if s]
        missing = "concealment of the allocation" if sequence else "generation of the sequence"
        return _Finding("some_concerns", tuple(stated), f"nothing is said of the {missing}")
    randomised = _first(told, cues.RANDOMISED)
    if randomised:
        return _Finding("some_concerns", (randomised,), "only said to be randomised")
    return _Finding("unclear", (), "no statement on randomisation")


def _deviations(told: list[LocatedSentence]) -> _Finding:
    blinded, unblinded = _first(told, cues.DOUBLE_BLIND), _unblinded(told)
    if blinded and unblinded:
        reason = "said to be blinded, but also open or single-blind in part"
        return _Finding("some_concerns", (blinded, unblinded), reason)
    if blinded:
        return _Finding("low", (blinded,), "participants and staff were blinded")
    if unblinded:
        reason = "participants or staff knew the treatment"
        return _Finding("some_concerns", (unblinded,), reason)
    return _Finding("unclear", (), "no statement on who was blinded to the treatment")


def _missing_outcome_data(told: list[LocatedSentence]) -> _Finding:
    happened = [
        s
        for s in told
        if (s.role == "results" or s.part == "abstract") and not cues.PLANNED.search(s.text)
    ]
    for sentence in happened:
        share = _completed_percent(sentence.text)
        if share is not None:
            level: Level = "low" if share >= _NEARLY_ALL_PERCENT else "some_concerns"
            return _Finding(level, (sentence,), f"{share:g} % completed")
    none_lost = next((s for s in happened if cues.NONE_LOST.search(s.text)), None)
    if none_lost:
        return _Finding("low", (none_lost,), "no participant was lost")
    lost = next((s for s in happened if cues.LOST.search(s.text)), None)
    if lost:
        return _Finding("some_concerns", (lost,), "participants were lost; no share was read")
    return _Finding("unclear", (), "no statement on completeness of outcome data")


def _measurement(told: list[LocatedSentence]) -> _Finding:
    known = _first_negated(told, cues.BLIND_ASSESSMENT)
    if known:
        return _Finding("some_concerns", (known,), "the assessment was not blinded")
    reading = [s for s in told if not cues.BLIND_TO_READER.search(s.text)]
    assessed = _first(reading, cues.BLIND_ASSESSMENT)
    if assessed:
        return _Finding("low", (assessed,), "the outcome was assessed blind")
    blinded, unblinded = _first(told, cues.DOUBLE_BLIND), _unblinded(told)
    if blinded and not unblinded:
        return _Finding("low", (blinded,), "a blinded trial: who assessed did not know")
    objective = next((s for s in told if _is_objective(s.text)), None)
    if objective:
        return _Finding("low", (objective,), "the main outcome is objective or from a laboratory")
    if unblinded:
        return _Finding("some_concerns", (unblinded,), "no blinded assessment is stated")
    return _Finding("unclear", (), "no statement on how outcomes were assessed")


def _selective_reporting(told: list[LocatedSentence]) -> _Finding:
    """RoB 2 asks for a plan made before the data were seen: a register entry alone is not one."""
    registered = next((s for s in told if cues.REGISTERED.search(s.text)), None)
    plan = _first(told, cues.PLAN)
    late = next((s for s in told if re.search(r"retrospectively registered", s.text, re.I)), None)
    if late:
        return _Finding("some_concerns", (late,), "registered after the trial had begun")
    if registered and plan:
        return _Finding("low", (registered, plan), "registered, and a protocol or plan is cited")
    if registered:
        reason = "registered, but no protocol or analysis plan is cited"
        return _Finding("some_concerns", (registered,), reason)
    if plan:
        return _Finding("some_concerns", (plan,), "a plan is cited, but no registration")
    return _Finding("unclear", (), "no registration, protocol or analysis plan is cited")


def _first(told: Iterable[LocatedSentence], cue: re.Pattern[str]) -> LocatedSentence | None:
    """The first sentence that has the cue and does not deny it."""
    for sentence in told:
        for found in cue.finditer(sentence.text):
            if not _is_negated(sentence.text, found):
                return sentence
    return None


def _first_negated(told: Iterable[LocatedSentence], cue: re.Pattern[str]) -> LocatedSentence | None:
    for sentence in told:
        for found in cue.finditer(sentence.text):
            if _is_negated(sentence.text, found):
                return sentence
    return None


def _unblinded(told: list[LocatedSentence]) -> LocatedSentence | None:
    """A sentence that says the trial was open or single-blind, or that blinding was not done."""
    return _first(told, cues.OPEN) or _first_negated(told, cues.ANY_BLINDING)


def _is_negated(text: str, found: re.Match[str]) -> bool:
    before, inside, after = text[: found.start()], found.group(), text[found.end() :]
    # "neither patients nor staff were aware" says that both were blinded.
    aware = re.search(
        r"\bneither\b[^.;]*\baware\b|\bnot aware\b|\bnor\b[^.;]*\baware\b", text, re.I
    )
    if aware:
        return False
    denied = re.search(
        r"\b(?:not|never|nor)\b (?:\w+ ){0,2}(?:blind|mask|conceal|unaware)", inside, re.I
    )
    return bool(denied or cues.NEGATED_BEFORE.search(before) or cues.NEGATED_AFTER.match(after))


def _predictable(text: str) -> bool:
    return any(not _is_negated(text, found) for found in cues.PREDICTABLE.finditer(text)) and not (
        re.search(
            r"\balternat(?:e|ing) (?:day|night|week|arm|leg|side|drug|treatment|therap|form)", text
        )
    )


def _completed_percent(text: str) -> float | None:
    """The lowest share of participants that a sentence says completed the study, in percent."""
    if not cues.FOLLOWED.search(text):
        return None
    shares = [float((p[1] or p[2]).replace("·", ".")) for p in cues.COMPLETED_SHARE.finditer(text)]
    shares += [
        100.0 * int(count[1]) / int(count[2])
        for count in cues.COMPLETED_COUNT.finditer(text)
        if int(count[2]) >= int(count[1]) > 0
    ]
    if not shares:
        shares = [100.0 - float(p[1].replace("·", ".")) for p in cues.LOST_SHARE.finditer(text)]
    return round(min(shares), 1) if shares and 0.0 <= min(shares) <= 100.0 else None


def _is_objective(text: str) -> bool:
    return bool(
        cues.MAIN_OUTCOME.search(text) and cues.OBJECTIVE.search(text)
    ) and not cues.SUBJECTIVE.search(text)
