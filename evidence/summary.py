"""The summary of findings as the log of a project stands."""

from __future__ import annotations

from evidence.appraisal.tools import tool_of
from evidence.findings import SummaryOfFindingsRow
from evidence.judgements import CertaintyRating
from evidence.project import Manifest, Project
from evidence.stages.synthesise import StudyEvidence, summarise
from evidence.state import ReviewState, read_state, study_label


def summary_rows(project: Project) -> list[SummaryOfFindingsRow]:
    """The summary of findings as the log stands, a person's certainty ratings applied."""
    return rows_of(read_state(project), project.manifest)


def rows_of(state: ReviewState, manifest: Manifest) -> list[SummaryOfFindingsRow]:
    """The summary of findings of a state; see `summary_rows`."""
    rows = summarise(manifest.question, study_evidence(state), manifest.settings.synthesis)
    return [_with_rating(row, state.certainty.get(row.outcome)) for row in rows]


def study_evidence(state: ReviewState) -> list[StudyEvidence]:
    """What the included studies bring to the synthesis, in the order of the search."""
    return [of_study(state, record_id) for record_id in state.with_fate("included")]


def of_study(state: ReviewState, record_id: str) -> StudyEvidence:
    """What one study brings: its judgements are those by the tool that fits it."""
    by_rob_2 = tool_of(state, record_id) == "rob-2"
    judged, outline = state.risk_of_bias.get(record_id, {}), state.robins_i.get(record_id, {})
    return StudyEvidence(
        record_id=record_id,
        study=study_label(state.records[record_id].record),
        outcomes=tuple(state.extracted.get(record_id, ())),
        risk_of_bias=tuple(judged.values()) if by_rob_2 else (),
        robins_i=None if by_rob_2 else tuple(outline.values()),
    )


def _with_rating(row: SummaryOfFindingsRow, rating: CertaintyRating | None) -> SummaryOfFindingsRow:
    if rating is None or not rating.provenance.by_person or row.effect is None:
        return row  # what a person said of an outcome counts while it is pooled
    rated = {"certainty": rating.certainty, "certainty_start": rating.start}
    return row.model_copy(update={**rated, "domains": rating.domains})
