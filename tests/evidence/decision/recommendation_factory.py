"""A project of two trials with a drafted recommendation, and the words that can be quoted in it."""

from __future__ import annotations

from pathlib import Path

from evidence.decision.inputs import decision_inputs
from evidence.judgements import MACHINE, Provenance, RecommendationEdit
from evidence.project import Project
from evidence.stages.recommend import OfflineRecommender
from evidence.state import read_state
from evidence.summary import summary_rows
from tests.evidence.pooled_factory import make_pooled_project

OFFLINE = Provenance(actor=MACHINE, engine="offline")


def make_drafted_project(path: Path) -> Project:
    """The project; its log ends with the draft by rules."""
    project = make_pooled_project(path)
    project.append(draft_of(project))
    return project


def draft_of(project: Project) -> RecommendationEdit:
    """What the rules draft from the project as it stands."""
    rows = summary_rows(project)
    inputs = decision_inputs(read_state(project), project.manifest, rows)
    drafted = OfflineRecommender().recommend(project.manifest.question, rows, inputs.contexts)
    return RecommendationEdit(
        recommendation=drafted, inputs_digest=inputs.digest, provenance=OFFLINE
    )
