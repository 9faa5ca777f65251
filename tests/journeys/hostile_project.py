"""A finished review of two invented trials whose every text attacks its reader."""

from __future__ import annotations

from pathlib import Path

from evidence.appraisal.answers import SignallingAnswer
from evidence.appraisal.proposals import propose_domain, risk_of_bias_judgement
from evidence.config import ScreeningSettings, Settings, SynthesisSettings
from evidence.events import DuplicateSuspected, RecordIdentified, ReportSought, SearchRun
from evidence.judgements import Arm, Characteristic, Provenance, RecordNote, StudyCharacteristics
from evidence.project import Manifest, Project
from evidence.question import ClinicalQuestion, Pico
from indexers.records import Document, Record, abstract_document, text_digest
from tests.evidence.decision.recommendation_factory import draft_of
from tests.evidence.test_what_if import study
from tests.evidence.trial_factory import NOON, OFFLINE
from tests.evidence.ui.people_factory import says

ATTACK = (
    '<script>alert(1)</script><img src="http://evil.example/x.png" onerror="alert(2)">'
    "[link](http://evil.example) ![image](http://evil.example/y.png) $\\frac{a}{b}$ :red[no] "
    "`code` **bold** \x07\x00 \u202egnorts\u202c " + "w" * 400
)
# What of it has to be read as it stands.
SHOWN = (
    "<script>alert(1)</script>",
    "[link](http://evil.example)",
    "![image](http://evil.example/y.png)",
    "$\\frac{a}{b}$",
    ":red[no]",
    "**bold**",
)
ADA, BEN = "Ada Okoro", "Ben Quist"
_BY_BEN = Provenance(actor=BEN, engine="person", reason=f"Reason {ATTACK}")
QUESTION = "Zinc or placebo?"
_QUESTION = ClinicalQuestion(
    text=QUESTION,
    pico=Pico(intervention="zinc", comparator="placebo", outcomes=("mortality",)),
)


def make_hostile_project(path: Path) -> Project:
    """Two included trials, a record in conflict, one to screen and a suspected duplicate."""
    settings = Settings(
        screening=ScreeningSettings(decided_by="people", reviewers=2),
        synthesis=SynthesisSettings(model="fixed"),
    )
    manifest = Manifest(
        program_version="test",
        question=_QUESTION,
        settings=settings,
        store=Path("store"),
        index_digest="0",
        encoder="none",
    )
    project = Project.create(path, manifest, clock=lambda: NOON)
    records = [_record(name) for name in ("r0", "r1", "conflict", "open", "copy")]
    project.append(
        SearchRun(
            query=f"Query {ATTACK}",
            source=f"Source {ATTACK}",
            retrievers=("x",),
            n_records=len(records),
            provenance=OFFLINE,
        ),
        *(RecordIdentified(record=r, score=1, ranks={}, provenance=OFFLINE) for r in records),
        documents=[abstract_document(record) for record in records],
    )
    why = OFFLINE.model_copy(update={"reason": f"Alike {ATTACK}"})
    project.append(
        DuplicateSuspected(record_id="copy", duplicate_of="r0", provenance=why),
        says(ADA, "include", "conflict"),
        says(BEN, "exclude", "conflict", reason=f"Reason {ATTACK}"),
        RecordNote(
            record_id="conflict", labels=(f"Label {ATTACK}",), text=ATTACK, provenance=_BY_BEN
        ),
    )
    for record_id, events in (("r0", (60, 120)), ("r1", (110, 112))):
        _include(project, record_id, events)
    project.append(draft_of(project))
    return project


def _record(name: str) -> Record:
    return Record(
        record_id=name,
        source=f"Source {ATTACK}",
        title=f"Title {name} {ATTACK}",
        abstract=f"METHODS: {ATTACK} randomised. RESULTS: {ATTACK}",
        authors=(f"Author {ATTACK}",),
        year=2020,
        journal=f"Journal {ATTACK}",
        doi="javascript:alert(3)",
    )


def _include(project: Project, record_id: str, events: tuple[int, int]) -> None:
    """Both reviewers include the record, and its report is read, with an attack in every field."""
    told = f"{events[0]} of 1000 died with zinc and {events[1]} of 1000 with placebo {ATTACK}."
    document = Document(
        document_digest=text_digest(told), record_id=record_id, kind="full_text", text=told
    )
    quote = document.quote(0, len(told))
    found = study(record_id, events)
    outcomes = [
        result.model_copy(
            update={
                "reported_as": f"death {ATTACK}",
                "intervention": f"zinc {ATTACK}",
                "time_point": f"day 3 {ATTACK}",
                "flags": (f"a doubt {ATTACK}",) if record_id == "r1" else (),
                "notes": (f"a note {ATTACK}",),
                "evidence": tuple(
                    item.model_copy(update={"quotes": (quote,)}) for item in result.evidence
                ),
            }
        )
        for result in found.outcomes
    ]
    answer = SignallingAnswer(
        question_id="1.1", answer="PY", quotes=(quote,), reason=f"Because {ATTACK}"
    )
    proposed = risk_of_bias_judgement(record_id, propose_domain("randomisation", [answer]), OFFLINE)
    judged = [
        judgement.model_copy(update={"quotes": (quote,)})
        for judgement in found.risk_of_bias
        if judgement.domain != "randomisation"
    ]
    characteristics = StudyCharacteristics(
        record_id=record_id,
        characteristics=(
            Characteristic(field="setting", value=f"A ward {ATTACK}", quotes=(quote,)),
        ),
        arms=(Arm(name=f"Zinc {ATTACK}", role="intervention", size=1000, quotes=(quote,)),),
        provenance=OFFLINE,
    )
    project.append(
        *(says(who, "include", record_id) for who in (ADA, BEN)),
        ReportSought(
            record_id=record_id, document_digest=document.document_digest, provenance=OFFLINE
        ),
        documents=[document],
    )
    project.append(
        *(says(who, "include", record_id, "full_text") for who in (ADA, BEN)),
        characteristics,
        *outcomes,
        *judged,
        proposed,
    )
