"""A project with three included studies; the second one's results wait for a person."""

from pathlib import Path

from evidence.findings import DichotomousData
from evidence.judgements import (
    Characteristic,
    ExtractedOutcome,
    Provenance,
    ScreeningDecision,
    StudyCharacteristics,
    ValueEvidence,
)
from evidence.project import Project
from tests.evidence.screening_project_factory import make_screening_project
from tests.evidence.trial_factory import HOSTILE, OFFLINE, OTHERS, quote, reported_study

BY_BO = Provenance(actor="Bo", engine="person")


def make_studies_project(path: Path) -> Project:
    """Hostile text stands in a characteristic, in a result and in the document they quote."""
    project = make_screening_project(path, n_records=5)
    project.append(
        ScreeningDecision(
            record_id="trial-2", phase="full_text", verdict="include", provenance=BY_BO
        )
    )
    for number in range(3):
        study = reported_study(number)
        assert study.characteristics is not None
        told = with_hostile(study.characteristics) if number == 1 else study.characteristics
        project.append(told, *study.outcomes, *study.directions)
    project.append(hostile_result())
    return project


def with_hostile(told: StudyCharacteristics) -> StudyCharacteristics:
    _, text = OTHERS[1]
    hostile = Characteristic(
        field="setting", value=f"A ward {HOSTILE}", quotes=(quote(text, f"patient. {HOSTILE}"),)
    )
    return told.model_copy(update={"characteristics": (*told.characteristics, hostile)})


def hostile_result() -> ExtractedOutcome:
    _, text = OTHERS[1]
    return ExtractedOutcome(
        record_id="trial-2",
        outcome="Nausea",
        reported_as=f"Nausea {HOSTILE}",
        intervention=f"Solvane {HOSTILE}",
        comparator="Placebo",
        time_point=f"day 3 {HOSTILE}",
        data=DichotomousData(events_intervention=1),
        evidence=(
            ValueEvidence(
                field="events_intervention", quotes=(quote(text, "We describe one patient."),)
            ),
        ),
        flags=(f"a doubt {HOSTILE}",),
        notes=(f"a note {HOSTILE}",),
        provenance=OFFLINE,
    )
