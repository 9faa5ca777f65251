"""A project that pools a cohort study and a randomised trial, or cohort studies alone."""

from __future__ import annotations

from pathlib import Path

from evidence.appraisal import robins_i
from evidence.appraisal.by_person import robins_i_judgement
from evidence.appraisal.rob2_questions import DOMAINS
from evidence.config import ScreeningSettings, Settings, SynthesisSettings
from evidence.events import RecordIdentified, ReportSought
from evidence.findings import DichotomousData
from evidence.judgements import (
    MACHINE,
    ExtractedOutcome,
    Provenance,
    RiskOfBiasJudgement,
    RobinsIJudgement,
    ValueEvidence,
)
from evidence.project import Manifest, Project
from evidence.question import ClinicalQuestion, Pico
from indexers.records import Document, Record, Section, text_digest
from tests.evidence.screening.two_reviewers import said

BY = Provenance(actor=MACHINE, engine="test")
TITLES = {
    "cohort": "Zinc and death: a retrospective cohort study",
    "second cohort": "Zinc in hospital: a prospective cohort study",
    "trial": "Zinc and death: a randomised trial",
    "unknown": "Zinc and death",
}
METHODS = (
    "Consecutive patients were included. Hazard ratios were adjusted for age and <b>severity</b>. "
    "Of all patients 4% were lost to follow-up."
)


def make_cohort_project(path: Path, *kinds: str) -> Project:
    """The project; its studies go by their kinds, and RoB 2 is low of a trial."""
    made = Project.create(
        path,
        Manifest(
            program_version="test",
            question=ClinicalQuestion(
                text="Zinc or none?",
                pico=Pico(intervention="zinc", comparator="none", outcomes=("mortality",)),
            ),
            settings=Settings(
                screening=ScreeningSettings(decided_by="people"),
                synthesis=SynthesisSettings(model="fixed"),
            ),
            store=Path("store"),
            index_digest="0",
            encoder="none",
        ),
    )
    for place, kind in enumerate(kinds):
        _add_study(made, kind, place)
    return made


def judged_in_full(record_id: str, **worse: robins_i.Level) -> list[RobinsIJudgement]:
    """A person's judgements on all domains of ROBINS-I: low where nothing worse is said."""
    return [
        robins_i_judgement(record_id, domain, worse.get(domain, "low"), "Ada", "read it")
        for domain in robins_i.DOMAIN
    ]


def report(kind: str, events: tuple[int, int]) -> Document:
    """A full text with methods and a result."""
    title, results = TITLES[kind], f"{events[0]} of 1000 died with zinc and {events[1]} without."
    text = f"{title}\n\nMethods\n{METHODS}\n\nResults\n{results}\n"
    methods, found = text.index("Methods\n"), text.index("Results\n")
    return Document(
        document_digest=text_digest(text),
        record_id=kind,
        kind="full_text",
        text=text,
        sections=(
            Section(path=("Title",), start=0, end=methods),
            Section(path=("Methods",), start=methods, end=found),
            Section(path=("Results",), start=found, end=len(text)),
        ),
    )


def _add_study(project: Project, kind: str, place: int) -> None:
    events = (60 + 50 * place, 120 + 10 * place)
    document = report(kind, events)
    record = Record(record_id=kind, source="s", title=TITLES[kind], year=2001 + place)
    project.append(RecordIdentified(record=record, score=1, ranks={}, provenance=BY))
    project.append(said("Ada", "include", kind))
    sought = ReportSought(record_id=kind, document_digest=document.document_digest, provenance=BY)
    project.append(sought, documents=[document])
    project.append(said("Ada", "include", kind, "full_text"))
    start = document.text.index(f"{events[0]} of 1000")
    quotes = (document.quote(start, len(document.text) - 1),)
    numbers = {
        "events_intervention": events[0],
        "total_intervention": 1000,
        "events_comparator": events[1],
        "total_comparator": 1000,
    }
    project.append(
        ExtractedOutcome(
            record_id=kind,
            outcome="mortality",
            reported_as="death",
            intervention="zinc",
            comparator="none",
            data=DichotomousData(**numbers),
            evidence=tuple(
                ValueEvidence(
                    field=name,
                    quotes=quotes,
                    derivation="of as many" if name == "total_comparator" else None,
                )
                for name in numbers
            ),
            provenance=BY,
        )
    )
    if kind == "trial":
        project.append(
            *(
                RiskOfBiasJudgement(
                    record_id=kind, domain=domain, judgement="low", quotes=quotes, provenance=BY
                )
                for domain in DOMAINS
            )
        )
