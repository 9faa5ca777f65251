"""An invented review, for tests and pictures: no such trials, drugs or people exist."""

from pathlib import Path

from evidence.config import Settings
from evidence.events import SearchRun
from evidence.findings import (
    CitedValue,
    DomainRating,
    PooledEffect,
    Recommendation,
    Sentence,
    StudyResult,
    StudyWeight,
    SummaryOfFindingsRow,
)
from evidence.judgements import (
    CriterionVerdict,
)
from evidence.prisma import PrismaCounts
from evidence.project import Manifest
from evidence.report import Report, ScreenedRecord
from evidence.screening.reported import reported_screening
from evidence.state import ReviewState
from indexers.records import (
    Document,
)
from tests.evidence.trial_factory import (
    HOSTILE,
    OFFLINE,
    OTHERS,
    QUESTION,
    TRIALS,
    dichotomous_outcome,
    quote,
    reported_study,
    trial_document,
)


def pooled(
    measure: str, estimate: float, low: float, high: float, log_scale: float
) -> PooledEffect:
    return PooledEffect(
        measure=measure,
        model="reml",
        estimate=estimate,
        ci_low=low,
        ci_high=high,
        pi_low=low,
        pi_high=high,
        analysis_estimate=log_scale,
        analysis_se=0.15,
        tau2=0.0,
        tau2_ci=None,
        i2=0.0,
        q=1.1,
        q_p=0.58,
        k_studies=3,
        weights=tuple(StudyWeight(study=f"{t[0]} {t[1]}", percent=100 / 3) for t in TRIALS),
    )


def domains(**down: tuple[int, str]) -> tuple[DomainRating, ...]:
    names = (*("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias"),)
    return tuple(
        DomainRating(domain=n, levels_down=down[n][0], reason=down[n][1])
        if n in down
        else DomainRating(domain=n, levels_down=0, reason="no reason to lower was found")
        for n in names
    )


def rows() -> tuple[SummaryOfFindingsRow, ...]:
    studies = []
    for number, trial in enumerate(TRIALS):
        outcome = dichotomous_outcome(number, trial_document(number))
        events_i, total_i, events_c, total_c = trial[2]
        studies.append(
            StudyResult(
                record_id=outcome.record_id,
                study=f"{trial[0]} {trial[1]}",
                data=outcome.data,
                comparator="Placebo",
                estimate=(events_i / total_i) / (events_c / total_c),
                quotes=outcome.evidence[0].quotes,
                time_point="day 28",
            )
        )
    return (
        SummaryOfFindingsRow(
            row_id="Relapse at 28 days",
            outcome="Relapse at 28 days",
            k_studies=3,
            n_participants=865,
            effect=pooled("RR", 0.6345, 0.4711, 0.8546, -0.4549),
            comparator_risk_per_1000=188.8,
            intervention_risk_per_1000=119.8,
            difference_per_1000=-69.0,
            difference_low_per_1000=-99.9,
            difference_high_per_1000=-27.4,
            certainty="moderate",
            domains=domains(imprecision=(1, "132 events; the optimal information size is 300")),
            studies=tuple(studies),
        ),
        SummaryOfFindingsRow(
            row_id="Pain at day 7",
            outcome="Pain at day 7",
            k_studies=2,
            n_participants=714,
            effect=pooled("MD", -0.94, -1.42, -0.46, -0.94),
            certainty="low",
            domains=domains(
                risk_of_bias=(1, "51 % of the weight is from a study at high risk of bias"),
                imprecision=(1, "the interval spans the smallest difference that matters"),
            ),
            note="0 to 10 points; lower is better",
        ),
        SummaryOfFindingsRow(
            row_id="Nausea",
            outcome="Nausea",
            k_studies=0,
            n_participants=0,
            effect=None,
            note="no included study reports it",
        ),
    )


def recommendation() -> Recommendation:
    first = trial_document(0)
    return Recommendation(
        direction="for",
        strength="conditional",
        sentences=(
            Sentence(
                text="We suggest solvane rather than placebo for adults with acute gleam fever: "
                "it probably lowers the risk of relapse (RR 0.63, 95 % CI 0.47 to 0.85).",
                computed=(
                    CitedValue(text="0.63", row_id="Relapse at 28 days", field="estimate"),
                    CitedValue(text="0.47", row_id="Relapse at 28 days", field="ci_low"),
                    CitedValue(text="0.85", row_id="Relapse at 28 days", field="ci_high"),
                    CitedValue(text="95 %", row_id="Relapse at 28 days", field="ci_level"),
                ),
                quotes=(quote(first, "Relapse is common after gleam fever."),),
            ),
            Sentence(
                text="Rare harms cannot be judged from these trials.",
                quotes=(quote(first, "Our trial was too small to judge rare harms."),),
            ),
        ),
        cited_rows=("Relapse at 28 days", "Pain at day 7"),
    )


def make_manifest() -> Manifest:
    return Manifest(
        program_version="test",
        question=QUESTION,
        settings=Settings(),
        store=Path("store"),
        index_digest="0",
        encoder="none",
    )


def make_report() -> Report:
    (mice, mice_text), (case, case_text), (review, review_text) = OTHERS
    return Report(
        program_version="test",
        question=QUESTION,
        engine="offline",
        index_digest="5f" * 32,
        encoder="none",
        searches=(
            SearchRun(
                query='("gleam fever"[tiab]) AND (solvane[tiab] OR SLV[tiab])',
                source="Invented corpus",
                retrievers=("dense", "lexical"),
                n_records=8,
                provenance=OFFLINE,
            ),
        ),
        prisma=PrismaCounts(
            identified=8,
            sources={"Invented corpus": 8},
            duplicates=2,
            screened=6,
            to_screen=0,
            excluded_title_abstract=2,
            reasons_title_abstract={"Experiments in animals only": 1, "not a trial": 1},
            sought=4,
            not_retrieved=0,
            assessed=4,
            to_assess=0,
            excluded_full_text=0,
            reasons_full_text={},
            awaiting=1,
            included=3,
        ),
        screening=reported_screening(ReviewState(), make_manifest()),
        included=tuple(reported_study(number) for number in range(len(TRIALS))),
        awaiting=(
            ScreenedRecord(
                record=review,
                phase="full_text",
                verdict="unclear",
                reason="",
                criteria=(
                    CriterionVerdict(
                        criterion_id="design",
                        verdict="unclear",
                        reason="no sentence tells of random assignment",
                        quotes=(quote(review_text, "This narrative review"),),
                    ),
                ),
                decided_by="machine (offline)",
            ),
        ),
        excluded=(
            ScreenedRecord(
                record=mice,
                phase="title_abstract",
                verdict="exclude",
                reason="Experiments in animals only",
                criteria=(
                    CriterionVerdict(
                        criterion_id="animals",
                        verdict="met",
                        quotes=(quote(mice_text, "We gave solvane to 24 mice."),),
                    ),
                ),
                decided_by="machine (offline)",
            ),
            ScreenedRecord(
                record=case,
                phase="title_abstract",
                verdict="exclude",
                reason=f"not a trial {HOSTILE}",
                criteria=(
                    CriterionVerdict(
                        criterion_id="design",
                        verdict="not_met",
                        quotes=(quote(case_text, f"We describe one patient. {HOSTILE}"),),
                    ),
                ),
                decided_by="Dr. Ngozi",
            ),
        ),
        rows=rows(),
        recommendation=recommendation(),
        recommendation_by="machine (offline)",
        notes=("Risk of bias in selective reporting is left to a person.",),
    )


def make_documents() -> dict[str, Document]:
    texts = [trial_document(number) for number in range(len(TRIALS))]
    texts += [document for _, document in OTHERS]
    return {document.document_digest: document for document in texts}


def make_forests() -> dict[str, str]:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 120" width="600" height="120">'
        '<defs><path id="square" d="M-5 -5h10v10h-10z"/></defs>'
        '<g stroke="#555"><path d="M400 5V110" stroke-dasharray="3 3"/>{}</g></svg>'
    )
    lines = "".join(
        f'<path d="M{300 - 20 * n} {25 + 30 * n}h{110 - 20 * n}"/>'
        f'<use href="#square" x="{345 - 15 * n}" y="{25 + 30 * n}"/>'
        f'<text x="10" y="{30 + 30 * n}" stroke="none">{trial[0]} {trial[1]}</text>'
        for n, trial in enumerate(TRIALS)
    )
    return {"Relapse at 28 days": svg.format(lines), "Pain at day 7": svg.format(lines)}
