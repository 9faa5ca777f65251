"""A project whose two included studies have counts for one outcome; their risk of bias is low."""

from __future__ import annotations

from pathlib import Path

from evidence.config import GuidelineSettings, ScreeningSettings, Settings, SynthesisSettings
from evidence.events import ReportSought
from evidence.project import Manifest, Project
from evidence.question import ClinicalQuestion, Pico
from tests.evidence.screening.two_reviewers import found, said
from tests.evidence.test_what_if import BY, QUESTION, report, study


def make_pooled_project(path: Path, *guidelines: Path) -> Project:
    """The project; its log ends with what was extracted and appraised."""
    made = Project.create(
        path,
        Manifest(
            program_version="test",
            question=ClinicalQuestion(
                text=QUESTION.text,
                pico=Pico(intervention="zinc", comparator="placebo", outcomes=("mortality",)),
            ),
            settings=Settings(
                screening=ScreeningSettings(decided_by="people"),
                synthesis=SynthesisSettings(model="fixed"),
                guidelines=GuidelineSettings(paths=guidelines),
            ),
            store=Path("store"),
            index_digest="0",
            encoder="none",
        ),
    )
    made.append(*found("r0", "r1"))
    for record_id, events in (("r0", (60, 120)), ("r1", (110, 112))):
        made.append(said("Ada", "include", record_id))
        document = report(record_id, events)
        sought = ReportSought(
            record_id=record_id, document_digest=document.document_digest, provenance=BY
        )
        made.append(sought, documents=[document])
        made.append(said("Ada", "include", record_id, "full_text"))
        evidence = study(record_id, events)
        made.append(*evidence.outcomes, *evidence.risk_of_bias)
    return made
