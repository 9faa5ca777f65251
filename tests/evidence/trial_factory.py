"""Small trials with their results and risk of bias, and records of other kinds."""

from datetime import UTC, datetime

from evidence.findings import ContinuousData, DichotomousData
from evidence.judgements import (
    MACHINE,
    Arm,
    Characteristic,
    CriterionVerdict,
    ExtractedOutcome,
    Provenance,
    RiskOfBiasJudgement,
    StatedDirection,
    StudyCharacteristics,
    ValueEvidence,
)
from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.report import ReportedStudy, study_label
from indexers.records import Document, Record, abstract_document
from tests.evidence.trial_documents import TRIALS, quote, trial_document, trial_record

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OFFLINE = Provenance(actor=MACHINE, engine="offline")
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
QUESTION = ClinicalQuestion(
    text="In adults with acute gleam fever, does solvane compared with placebo reduce relapse?",
    pico=Pico(
        population="Adults with acute gleam fever",
        intervention="Solvane (SLV)",
        comparator="Placebo",
        outcomes=("Relapse at 28 days", "Pain at day 7", "Nausea"),
    ),
    criteria=(
        EligibilityCriterion(
            criterion_id="design", kind="inclusion", text="Randomised controlled trial"
        ),
        EligibilityCriterion(
            criterion_id="population", kind="inclusion", text="Adults with acute gleam fever"
        ),
        EligibilityCriterion(
            criterion_id="animals", kind="exclusion", text="Experiments in animals only"
        ),
    ),
)


def dichotomous_outcome(number: int, document: Document) -> ExtractedOutcome:
    events_i, total_i, events_c, total_c = TRIALS[number][2]
    sentence = quote(
        document,
        f"Relapse occurred in {events_i} of {total_i} adults given solvane and in {events_c} of "
        f"{total_c} given placebo.",
    )
    nested = document.quote(
        sentence.end - len(f"{events_c} of {total_c} given placebo."), sentence.end
    )
    row = quote(document, f"Relapse by day 28 | {events_i} ({events_i / total_i:.1%}) | {events_c}")
    return ExtractedOutcome(
        record_id=document.record_id,
        outcome="Relapse at 28 days",
        reported_as="Relapse by day 28",
        intervention="Solvane",
        comparator="Placebo",
        time_point="day 28",
        time_point_days=28,
        analysis_population="intention to treat",
        data=DichotomousData(
            events_intervention=events_i,
            total_intervention=total_i,
            events_comparator=events_c,
            total_comparator=total_c,
        ),
        evidence=(
            ValueEvidence(field="events_intervention", quotes=(sentence, row)),
            ValueEvidence(field="total_intervention", quotes=(sentence,)),
            ValueEvidence(field="events_comparator", quotes=(nested,)),
            ValueEvidence(field="total_comparator", quotes=(nested,)),
        ),
        flags=("the percentage in Table 2 was not needed",) if number == 1 else (),
        provenance=OFFLINE,
    )


def continuous_outcome(number: int, document: Document) -> ExtractedOutcome:
    _, total_i, _, total_c = TRIALS[number][2]
    mean_i, sd_i, mean_c, sd_c = TRIALS[number][3]
    row = quote(document, f"Pain at day 7, mean (SD) | {mean_i} ({sd_i}) | {mean_c} ({sd_c})")
    head = quote(document, f"Solvane (n = {total_i}) | Placebo (n = {total_c})")
    missing = number == 1
    return ExtractedOutcome(
        record_id=document.record_id,
        outcome="Pain at day 7",
        reported_as="Pain at day 7",
        intervention="Solvane",
        comparator="Placebo",
        time_point="day 7",
        time_point_days=7,
        data=ContinuousData(
            mean_intervention=mean_i,
            sd_intervention=None if missing else sd_i,
            n_intervention=total_i,
            mean_comparator=mean_c,
            sd_comparator=sd_c,
            n_comparator=total_c,
            unit="points",
        ),
        evidence=(
            ValueEvidence(field="mean_intervention", quotes=(row,)),
            *(() if missing else (ValueEvidence(field="sd_intervention", quotes=(row,)),)),
            ValueEvidence(
                field="n_intervention",
                quotes=(head,),
                derivation="taken from the head of the table" if number == 2 else None,
            ),
            ValueEvidence(field="mean_comparator", quotes=(row,)),
            ValueEvidence(field="sd_comparator", quotes=(row,)),
            ValueEvidence(field="n_comparator", quotes=(head,)),
        ),
        flags=("no standard deviation in the intervention arm",) if missing else (),
        provenance=OFFLINE,
    )


def risk_of_bias(number: int, document: Document) -> tuple[RiskOfBiasJudgement, ...]:
    found = {
        "randomisation": ("low", "computer-generated in permuted blocks", "A random sequence."),
        "deviations": ("low", "Tablets were identical in look and taste.", "Masked tablets."),
        "missing_outcome_data": (
            ("low", "All adults but three were followed to day 28.", "Nearly complete follow-up.")
        ),
        "measurement": (
            ("low", "Assessors did not know the allocation.", "Masked assessors."),
            ("some_concerns", "Assessors did not know the allocation.", "Pain is self-reported."),
            ("high", "Assessors did not know the allocation.", "Invented as high for the look."),
        )[number],
        "selective_reporting": ("unclear", None, "No registration was found."),
    }
    return tuple(
        RiskOfBiasJudgement(
            record_id=document.record_id,
            domain=domain,
            judgement=judgement,
            quotes=(quote(document, text),) if text else (),
            provenance=OFFLINE.model_copy(update={"reason": reason}),
        )
        for domain, (judgement, text, reason) in found.items()
    )


def reported_study(number: int) -> ReportedStudy:
    document, record = trial_document(number), trial_record(number)
    _, total_i, _, total_c = TRIALS[number][2]
    assigned = quote(
        document,
        f"{total_i} adults were assigned to solvane 40 mg once daily (SLV) and {total_c} to "
        "matching placebo",
    )
    return ReportedStudy(
        study=study_label(record),
        record=record,
        document_digest=document.document_digest,
        criteria=(
            CriterionVerdict(
                criterion_id="design",
                verdict="met",
                quotes=(quote(document, "We randomly assigned"),),
                reason="random assignment is reported",
            ),
            CriterionVerdict(
                criterion_id="population",
                verdict="met",
                quotes=(quote(document, "adults with acute gleam fever"),),
            ),
            CriterionVerdict(
                criterion_id="animals",
                verdict="not_met",
                quotes=(quote(document, "assigned " + str(total_i + total_c) + " adults"),),
            ),
        ),
        characteristics=StudyCharacteristics(
            record_id=record.record_id,
            characteristics=(
                Characteristic(
                    field="design",
                    value="parallel, randomised",
                    quotes=(quote(document, "randomised, placebo-controlled trial"),),
                ),
                Characteristic(
                    field="follow_up",
                    value="28 days",
                    quotes=(quote(document, "followed to day 28"),),
                ),
            ),
            arms=(
                Arm(
                    name="Solvane 40 mg once daily",
                    abbreviations=("SLV",),
                    role="intervention",
                    size=total_i,
                    quotes=(assigned,),
                ),
                Arm(name="Placebo", role="comparator", size=total_c, quotes=(assigned,)),
            ),
            provenance=OFFLINE,
        ),
        outcomes=(dichotomous_outcome(number, document), continuous_outcome(number, document)),
        risk_of_bias=risk_of_bias(number, document),
        directions=(
            StatedDirection(
                record_id=record.record_id,
                outcome=QUESTION.pico.outcomes[0],
                direction="decreased" if number else "unclear",
                score=0.87,
                quotes=(assigned,) if number else (),
                provenance=OFFLINE,
            ),
        ),
    )


def other_record(number: int, title: str, abstract: str) -> tuple[Record, Document]:
    record = Record(
        record_id=f"other-{number}",
        source="Invented corpus",
        title=title,
        abstract=abstract,
        year=2015 + number % 9,
        journal="Annals of Things That Are Not",
        authors=("Doe, Jo",),
        doi=f"10.5555/other.{number}" if number % 2 else "javascript:alert(1)",
    )
    return record, abstract_document(record)


OTHERS = (
    other_record(
        1,
        "Solvane in mice with gleam fever",
        "We gave solvane to 24 mice. Relapse was rarer in treated mice than in controls.",
    ),
    other_record(
        2,
        f"A case of gleam fever {HOSTILE}",
        f"We describe one patient. {HOSTILE} The patient recovered without treatment.",
    ),
    other_record(
        3,
        "Gleam fever: what we know and what we do not",
        "This narrative review covers the causes and the care of gleam fever.",
    ),
)
