"""The conclusions that follow from the summary of findings: what to watch, what to study next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence.appraisal.rob2_questions import DOMAINS, Domain
from evidence.decision.guideline_sentences import Place
from evidence.decision.judging import JudgedEffects
from evidence.decision.ruling import BY_THE_RULES, FURTHER, Ruling, opened, weaknesses
from evidence.decision.sentences import Draft, listed
from evidence.decision.wording import SizesFrom
from evidence.direction import has_effect
from evidence.findings import Conclusion, DomainRating, Sentence, SummaryOfFindingsRow
from evidence.findings_text import printed
from evidence.judgements import RiskOfBiasJudgement

NO_EVIDENCE = "No evidence found."
_SOUND = {
    "randomisation": "a concealed random sequence",
    "deviations": "masked treatment and an analysis of all as randomised",
    "missing_outcome_data": "nearly complete follow-up",
    "measurement": "masked assessors",
    "selective_reporting": "a plan of analysis registered in advance",
}
_ELEMENTS = ("population", "intervention", "comparator", "outcome")
Quoted = Mapping[Place, tuple[Sentence, ...]]


def draw_conclusions(
    ruling: Ruling,
    rows: Sequence[SummaryOfFindingsRow],
    undesirable: JudgedEffects,
    quoted: Quoted,
    risk_of_bias: Sequence[RiskOfBiasJudgement],
    thresholds: SizesFrom,
) -> tuple[Conclusion, ...]:
    """Justification, subgroups, implementation, monitoring and research, in this order."""
    return (
        _justification(ruling, rows, thresholds),
        _subgroups(rows, quoted),
        Conclusion(
            part="implementation",
            sentences=quoted.get("implementation", ()),
            note="" if "implementation" in quoted else NO_EVIDENCE,
        ),
        _monitoring(ruling, undesirable, quoted),
        _research(rows, quoted, risk_of_bias),
    )


def _justification(
    ruling: Ruling, rows: Sequence[SummaryOfFindingsRow], thresholds: SizesFrom
) -> Conclusion:
    """In detail: why no more than conditional, or the further reasons against any.

    Where a language model recommends what the rules would not, their reasons stand beside it.
    """
    if ruling.direction == "none" or ruling.critical is None:
        further = tuple(opened(FURTHER, objection) for objection in ruling.objections[1:])
        return Conclusion(part="justification", sentences=further)
    reasons = (
        *(opened(BY_THE_RULES, objection) for objection in ruling.objections),
        *weaknesses(ruling.critical, rows, thresholds),
    )
    if reasons:
        return Conclusion(part="justification", sentences=reasons)
    draft = Draft().say("It is strong, because the certainty on the critical outcome, ")
    draft.cite(ruling.critical, "outcome").say(", is ").cite(ruling.critical, "certainty")
    draft.say(", its effect is large (").cite(ruling.critical, "effect")
    draft.say("), and the certainty on every other outcome is at least moderate.")
    return Conclusion(part="justification", sentences=(draft.sentence(),))


def _subgroups(rows: Sequence[SummaryOfFindingsRow], quoted: Quoted) -> Conclusion:
    found = []
    for row, index, _ in _lowered(rows, "inconsistency"):
        draft = Draft().say("Subgroups may tell why the results on ").cite(row, "outcome")
        found.append(draft.say(" differ. ").cite(row, f"domains.{index}.reason").sentence())
    found += quoted.get("subgroups", ())
    note = "No subgroup was analysed." if rows else NO_EVIDENCE
    return Conclusion(part="subgroups", sentences=tuple(found), note=note)


def _monitoring(ruling: Ruling, undesirable: JudgedEffects, quoted: Quoted) -> Conclusion:
    """Undesirable effects that were found, or that the trials do not rule out."""
    found = []
    harmful = undesirable.decided_by if undesirable.judgement != "trivial" else ()
    if harmful and ruling.direction != "against":
        draft = Draft().say("Where the intervention is used, undesirable effects on ")
        found.append(draft.cite_each(harmful, "outcome").say(" are to be monitored.").sentence())
    if undesirable.untold and ruling.direction != "against":
        draft = Draft().say("The trials do not rule out undesirable effects on ")
        draft.cite_each(undesirable.untold, "outcome")
        found.append(draft.say("; where the intervention is used, record them.").sentence())
    found += quoted.get("monitoring", ())
    return Conclusion(part="monitoring", sentences=tuple(found), note="" if found else NO_EVIDENCE)


def _research(
    rows: Sequence[SummaryOfFindingsRow],
    quoted: Quoted,
    risk_of_bias: Sequence[RiskOfBiasJudgement],
) -> Conclusion:
    """What would answer the question better: one kind of study a domain that was lowered."""
    found = [
        *_missing_outcomes(rows),
        *_larger_trials(rows),
        *_sounder_trials(rows, risk_of_bias),
        *_more_direct_trials(rows),
    ]
    unlike = [row for row, _, _ in _lowered(rows, "inconsistency")]
    if unlike:
        draft = Draft().say("What makes the results of the trials differ on ")
        found.append(draft.cite_each(unlike, "outcome").say(".").sentence())
    for row, index, _ in _lowered(rows, "publication_bias"):
        draft = Draft().say("Results of registered trials that nobody published, on ")
        draft.cite(row, "outcome").say(". ").cite(row, f"domains.{index}.reason")
        found.append(draft.sentence())
    found += quoted.get("research", ())
    note = "" if found else "No domain of certainty was lowered."
    return Conclusion(part="research", sentences=tuple(found), note=note)


def _missing_outcomes(rows: Sequence[SummaryOfFindingsRow]) -> list[Sentence]:
    unpooled = [row for row in rows if not has_effect(row)]
    if not unpooled:
        return []
    draft = Draft().say("Trials that report, with numbers for each group, ")
    return [draft.cite_each(unpooled, "outcome").say(".").sentence()]


def _larger_trials(rows: Sequence[SummaryOfFindingsRow]) -> list[Sentence]:
    """How large by the information size, where it is the one that the rating went by."""
    found = []
    for row, index, domain in _lowered(rows, "imprecision"):
        size = printed(row, "information_size")
        draft = Draft().say("Larger trials on ").cite(row, "outcome").say(": ")
        number, _, unit = size.partition(" ")
        if unit != "participants" or number.replace(",", "") not in domain.reason.split():
            found.append(draft.cite(row, f"domains.{index}.reason").sentence())
            continue
        draft.say("an adequately powered trial needs ").cite(row, "information_size")
        draft.say(", and so far there are ").cite(row, "n_participants").say(" in ")
        found.append(draft.cite(row, "k_studies").say(".").sentence())
    return found


def _sounder_trials(
    rows: Sequence[SummaryOfFindingsRow], risk_of_bias: Sequence[RiskOfBiasJudgement]
) -> list[Sentence]:
    """Which domains of risk of bias a trial has to do better, or has to report."""
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[SummaryOfFindingsRow]] = {}
    for row, _, _ in _lowered(rows, "risk_of_bias"):
        groups.setdefault(_doubts(row, risk_of_bias), []).append(row)
    found = []
    for (faulty, unclear), alike in groups.items():
        draft = Draft().say("Trials at low risk of bias on ").cite_each(alike, "outcome")
        if faulty:
            draft.say(f", with {listed(faulty)}")
        if unclear:
            draft.say(f"; the reports leave open whether there was {listed(unclear)}")
        found.append(draft.say(".").sentence())
    return found


def _doubts(
    row: SummaryOfFindingsRow, risk_of_bias: Sequence[RiskOfBiasJudgement]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the pooled studies lack, and what they leave unclear, in the order of RoB 2."""
    pooled = {study.record_id for study in row.studies if study.percent is not None}
    last: dict[tuple[str, Domain], str] = {
        (j.record_id, j.domain): j.judgement for j in risk_of_bias if j.record_id in pooled
    }
    levels = {domain: {lv for (_, d), lv in last.items() if d == domain} for domain in DOMAINS}
    faulty = tuple(_SOUND[d] for d in DOMAINS if levels[d] & {"high", "some_concerns"})
    unclear = tuple(
        _SOUND[d] for d in DOMAINS if "unclear" in levels[d] and _SOUND[d] not in faulty
    )
    return faulty, unclear


def _more_direct_trials(rows: Sequence[SummaryOfFindingsRow]) -> list[Sentence]:
    """Which element of PICO the studies miss, as the reason of the domain names it."""
    found = []
    for row, index, domain in _lowered(rows, "indirectness"):
        missed = [element for element in _ELEMENTS if element in domain.reason.lower()]
        what = f"the {listed(missed)} of the question" if missed else "the question itself"
        draft = Draft().say(f"Trials of {what} on ").cite(row, "outcome").say(". ")
        found.append(draft.cite(row, f"domains.{index}.reason").sentence())
    return found


def _lowered(
    rows: Sequence[SummaryOfFindingsRow], name: str
) -> list[tuple[SummaryOfFindingsRow, int, DomainRating]]:
    """The rows with an effect that a domain lowers, with the domain and its place."""
    return [
        (row, index, domain)
        for row in rows
        if has_effect(row)
        for index, domain in enumerate(row.domains)
        if domain.domain == name and domain.levels_down
    ]
