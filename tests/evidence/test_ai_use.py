"""What machines judged, and what people made of it."""

from __future__ import annotations

from pathlib import Path

from evidence.ai_use import MachineUse, ai_use
from evidence.appraisal.rob2_questions import Domain
from evidence.config import Settings
from evidence.entries import Entry
from evidence.events import RecordIdentified
from evidence.judgements import (
    MACHINE,
    Provenance,
    RiskOfBiasJudgement,
    ScreeningDecision,
    Verdict,
)
from evidence.project import Manifest, Project
from evidence.question import ClinicalQuestion, Pico
from evidence.rendering.ai_use_text import ai_use_markdown, ai_use_text
from evidence.state import read_state
from indexers.records import Record

ADA = Provenance(actor="Ada", engine="person")
MODEL = Provenance(actor=MACHINE, engine="openai", model="m|1")
OFFLINE = Provenance(actor=MACHINE, engine="offline")


def found(record_id: str) -> Entry:
    record = Record(record_id=record_id, source="test", title="A trial")
    return RecordIdentified(record=record, score=1.0, ranks={}, provenance=OFFLINE)


def said(record_id: str, verdict: Verdict, by: Provenance) -> Entry:
    return ScreeningDecision(
        record_id=record_id, phase="title_abstract", verdict=verdict, provenance=by
    )


def judged(domain: Domain, by: Provenance) -> Entry:
    return RiskOfBiasJudgement(record_id="R1", domain=domain, judgement="unclear", provenance=by)


def project_of(tmp_path: Path, *entries: Entry) -> Project:
    question = ClinicalQuestion(
        text="Does it help?",
        pico=Pico(population="p", intervention="i", comparator="c", outcomes=("o",)),
    )
    manifest = Manifest(
        program_version="0",
        question=question,
        settings=Settings(),
        store=tmp_path,
        index_digest="d",
        encoder="e",
    )
    project = Project.create(tmp_path / "project", manifest)
    project.append(*entries)
    return project


def test_checked_and_changed_are_counted_by_item_and_engine(tmp_path: Path) -> None:
    project = project_of(
        tmp_path,
        *(found(r) for r in ("R1", "R2", "R3", "R4")),
        said("R1", "unclear", OFFLINE),
        said("R1", "include", MODEL),
        said("R2", "include", MODEL),
        said("R3", "exclude", OFFLINE),
        said("R1", "exclude", ADA),
        said("R2", "include", ADA),
        said("R4", "include", ADA),
        judged("randomisation", OFFLINE),
        judged("deviations", OFFLINE),
        judged("deviations", ADA),
    )
    use = ai_use(project, read_state(project))
    assert use.uses == (
        MachineUse(
            task="title_abstract",
            engine="offline",
            model=None,
            n_items=1,
            n_checked=0,
            n_changed=0,
        ),
        MachineUse(
            task="title_abstract",
            engine="openai",
            model="m|1",
            n_items=2,
            n_checked=2,
            n_changed=1,
        ),
        MachineUse(
            task="risk_of_bias",
            engine="offline",
            model=None,
            n_items=2,
            n_checked=1,
            n_changed=0,
        ),
    )
    assert use.by_people == {"title_abstract": 1}
    assert use.people == ("Ada",)


def test_the_statement_names_systems_people_and_counts(tmp_path: Path) -> None:
    project = project_of(tmp_path, found("R1"), said("R1", "include", MODEL))
    state = read_state(project)
    told = ai_use_markdown(ai_use_text(ai_use(project, state), "0", "e"))
    assert "No person has checked any of the engines’ judgements (1) yet" in told
    assert "The language model m" in told
    assert "| Screening of titles and abstracts | openai (m\\|1) | 1 | 0 | 0 |" in told
    project.append(said("R1", "exclude", ADA))
    state = read_state(project)
    text = ai_use_text(ai_use(project, state), "0", "e")
    assert text.paragraphs[-1] == (
        "Engines’ judgements: 1. People checked 1 of them and changed 1. The people: Ada."
    )
