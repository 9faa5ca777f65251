"""A project in which records wait to be screened."""

from pathlib import Path

from evidence.events import RecordIdentified, ReportSought, SearchRun
from evidence.judgements import (
    CriterionVerdict,
    ScreeningDecision,
)
from evidence.project import Project
from indexers.records import (
    Document,
    Record,
    abstract_document,
)
from tests.evidence.report_factory import make_manifest
from tests.evidence.trial_factory import (
    NOON,
    OFFLINE,
    OTHERS,
    other_record,
    quote,
    reported_study,
    trial_document,
    trial_record,
)


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
