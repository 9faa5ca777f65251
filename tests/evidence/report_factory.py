"""An invented review, for tests and pictures: no such trials, drugs or people exist."""

from datetime import UTC, datetime
from pathlib import Path

from evidence.config import Settings
from evidence.events import RecordIdentified, ReportSought, SearchRun
from evidence.findings import (
    CitedValue,
    ContinuousData,
    DichotomousData,
    DomainRating,
    PooledEffect,
    Recommendation,
    Sentence,
    StudyResult,
    StudyWeight,
    SummaryOfFindingsRow,
)
from evidence.judgements import (
    MACHINE,
    Arm,
    Characteristic,
    CriterionVerdict,
    ExtractedOutcome,
    Provenance,
    RiskOfBiasJudgement,
    ScreeningDecision,
    StatedDirection,
    StudyCharacteristics,
    ValueEvidence,
)
from evidence.prisma import PrismaCounts
from evidence.project import Manifest, Project
from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.report import Report, ReportedStudy, ScreenedRecord, study_label
from evidence.screening.reported import reported_screening
from evidence.state import ReviewState
from indexers.records import (
    Document,
    Quote,
    Record,
    Section,
    Table,
    TableCell,
    abstract_document,
    text_digest,
)

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


def quote(document: Document, text: str) -> Quote:
    start = document.text.index(text)
    return document.quote(start, start + len(text))


class DocumentBuilder:
    """Writes a full text left to right, as the JATS reader does."""

    def __init__(self, record_id: str) -> None:
        self.record_id = record_id
        self.text = ""
        self.sections: list[Section] = []
        self.tables: list[Table] = []

    def section(self, path: tuple[str, ...], *paragraphs: str, heading: bool = True) -> None:
        start = len(self.text)
        self.text += f"{path[-1]}\n" if heading else ""
        self.text += "".join(f"{paragraph}\n\n" for paragraph in paragraphs)
        self.sections.append(Section(path=path, start=start, end=len(self.text)))

    def table(self, label: str, caption: str, rows: list[list[str]], note: str) -> None:
        start = len(self.text)
        self.text += f"{label} {caption}\n"
        cells = []
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                self.text += " | " if column else ""
                cells.append(
                    TableCell(
                        row=row,
                        column=column,
                        header=row == 0 or column == 0,
                        text=text,
                        start=len(self.text),
                        end=len(self.text) + len(text),
                    )
                )
                self.text += text
            self.text += "\n"
        self.text += f"{note}\n"
        end = len(self.text)
        self.text += "\n"
        self.tables.append(
            Table(
                table_id=label,
                label=label,
                caption=caption,
                start=start,
                end=end,
                cells=tuple(cells),
                footnotes=(note,),
            )
        )

    def document(self) -> Document:
        text = self.text.rstrip("\n")
        return Document(
            document_digest=text_digest(text),
            record_id=self.record_id,
            kind="full_text",
            text=text,
            sections=tuple(self.sections),
            tables=tuple(self.tables),
        )


TRIALS = (
    # author, year, events and totals, pain, nausea, licence
    ("Almeida", 2017, (12, 120, 24, 118), (2.1, 1.1, 3.4, 1.3), "CC BY 4.0"),
    ("Brandt", 2019, (8, 76, 13, 75), (2.6, 1.4, 3.1, 1.2), "CC BY 4.0"),
    ("Chukwu", 2022, (31, 240, 44, 236), (2.3, 1.0, 3.0, 1.1), "CC0"),
)


def trial_record(number: int) -> Record:
    author, year, _, _, licence = TRIALS[number]
    return Record(
        record_id=f"trial-{number + 1}",
        source="Invented corpus",
        title=f"Solvane for acute gleam fever in adults: a randomised, placebo-controlled trial "
        f"({author} et al.)",
        abstract="Relapse is common after gleam fever.",
        pmid=f"9900000{number}",
        doi=f"10.5555/gleam.{year}.{number + 1}",
        year=year,
        journal="Journal of Invented Medicine",
        authors=(f"{author}, Rosa", "Lindqvist, Per", "Okoro, Ada"),
        licence=licence,
    )


def trial_document(number: int) -> Document:
    author, _, (events_i, total_i, events_c, total_c), pain, _ = TRIALS[number]
    builder = DocumentBuilder(f"trial-{number + 1}")
    builder.section(("Title",), trial_record(number).title, heading=False)
    builder.section(
        ("Abstract",),
        "Relapse is common after gleam fever. We randomly assigned "
        f"{total_i + total_c} adults with acute gleam fever to solvane or placebo. Relapse by day "
        f"28 occurred in {events_i} of {total_i} adults given solvane and in {events_c} of "
        f"{total_c} given placebo.",
        heading=False,
    )
    builder.section(("Methods",))
    builder.section(
        ("Methods", "Randomisation and masking"),
        f"At {author} General Hospital the sequence was computer-generated in permuted blocks of "
        "four. Tablets were identical in look and taste. Assessors did not know the allocation.",
        f"In all, {total_i} adults were assigned to solvane 40 mg once daily (SLV) and "
        f"{total_c} to matching placebo for 14 days.",
    )
    builder.section(
        ("Results",),
        f"All adults but three were followed to day 28. Relapse occurred in {events_i} of "
        f"{total_i} adults given solvane and in {events_c} of {total_c} given placebo.",
    )
    mean_i, sd_i, mean_c, sd_c = pain
    builder.table(
        "Table 2",
        "Outcomes by arm",
        [
            ["Outcome", f"Solvane (n = {total_i})", f"Placebo (n = {total_c})"],
            ["Relapse by day 28", f"{events_i} ({events_i / total_i:.1%})", str(events_c)],
            ["Pain at day 7, mean (SD)", f"{mean_i} ({sd_i})", f"{mean_c} ({sd_c})"],
        ],
        "Pain on a numeric scale from 0 to 10.",
    )
    builder.section(
        ("Discussion",),
        "Solvane lowered the number of relapses. Our trial was too small to judge rare harms.",
    )
    return builder.document()


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


def make_screening_project(path: Path, n_records: int = 45) -> Project:
    """A project whose records are screened: some unclear, some excluded, three assessed in full."""
    project = Project.create(path, make_manifest(), clock=lambda: NOON)
    search = SearchRun(
        query="gleam fever",
        source="Invented corpus",
        retrievers=("lexical",),
        n_records=n_records,
        provenance=OFFLINE,
    )
    entries: list = [search]
    documents: list[Document] = []
    for number in range(n_records):
        record, document = screening_record(number)
        documents.append(document)
        entries.append(
            RecordIdentified(
                record=record,
                score=1 / (number + 1),
                ranks={"lexical": number + 1},
                provenance=OFFLINE,
            )
        )
        entries.append(machine_decision(number, document))
    for number in range(3):
        full_text = trial_document(number)
        documents.append(full_text)
        study = reported_study(number)
        record_id = f"trial-{number + 1}"
        entries += [
            ReportSought(
                record_id=record_id,
                document_digest=full_text.document_digest,
                provenance=OFFLINE,
            ),
            ScreeningDecision(
                record_id=record_id,
                phase="full_text",
                verdict="unclear" if number == 1 else "include",
                criteria=study.criteria,
                provenance=OFFLINE,
            ),
        ]
    project.append(*entries, documents=documents)
    return project


def screening_record(number: int) -> tuple[Record, Document]:
    if number < 3:
        record = trial_record(number).model_copy(
            update={"abstract": "We randomly assigned adults with acute gleam fever to solvane."}
        )
        return record, abstract_document(record)
    if number == 3:
        return OTHERS[1]
    kind = ("A cohort of", "A survey on", "Experiments on")[number % 3]
    return other_record(
        number + 100,
        f"{kind} gleam fever, part {number}",
        f"Background: gleam fever is common. Methods: we looked at {number} adults with acute "
        "gleam fever over one season. Results: most recovered.",
    )


def machine_decision(number: int, document: Document) -> ScreeningDecision:
    common = {"record_id": document.record_id, "phase": "title_abstract", "provenance": OFFLINE}
    if number < 3:
        met = CriterionVerdict(
            criterion_id="design",
            verdict="met",
            quotes=(quote(document, "We randomly assigned adults"),),
        )
        population = CriterionVerdict(
            criterion_id="population",
            verdict="met",
            quotes=(quote(document, "adults with acute gleam fever"),),
        )
        return ScreeningDecision(verdict="include", criteria=(met, population), **common)
    if number % 3 == 0:
        unclear = CriterionVerdict(
            criterion_id="design", verdict="unclear", reason="no word of random assignment"
        )
        return ScreeningDecision(verdict="unclear", criteria=(unclear,), **common)
    failed = CriterionVerdict(
        criterion_id="design",
        verdict="not_met",
        quotes=(document.quote(0, len(document.text.partition(" gleam")[0])),),
        reason="the title names another design",
    )
    return ScreeningDecision(
        verdict="exclude",
        criteria=(failed,),
        exclusion_reason="Randomised controlled trial",
        **common,
    )
