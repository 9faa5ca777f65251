"""The last stage of a review: the recommendation is drafted, and examined where that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evidence.decision.inputs import decision_inputs
from evidence.engines import Engines
from evidence.judgements import MACHINE, Provenance, RecommendationEdit, RecommendationExamined
from evidence.project import Project
from evidence.stage_outcome import StageOutcome, stage_outcome
from evidence.stage_runs import Progress
from evidence.state import read_state
from evidence.summary import rows_of
from evidence.unanswered import asks_again, draft_to_repeat, nothing_new

if TYPE_CHECKING:
    from evidence.findings import SummaryOfFindingsRow
    from evidence.llm.protocol import LanguageModel


def run_recommend(project: Project, engines: Engines, progress: Progress) -> StageOutcome:
    """Draft again when the summary of findings changed since, or the draft lacks an answer."""
    progress("recommend", 0, 1)
    state, manifest = read_state(project), project.manifest
    inputs = decision_inputs(state, manifest, rows_of(state, manifest))
    drafts = [e for e in project.entries(RecommendationEdit) if not e.provenance.by_person]
    judged = 0
    fresh = not drafts or drafts[-1].inputs_digest != inputs.digest
    if fresh or (asks_again(project) and draft_to_repeat(state, drafts[-1])):
        draft = engines.recommender.draft(manifest.question, inputs.rows, inputs.contexts)
        unanswered = {"unanswered": draft.unanswered}
        provenance = engines.recommender_provenance.model_copy(update=unanswered)
        # A person may have written or signed a version while the model was writing.
        wanted = fresh or (
            not nothing_new(drafts[-1].provenance, provenance)
            and draft_to_repeat(read_state(project), drafts[-1])
        )
        if wanted:
            project.append(
                RecommendationEdit(
                    recommendation=draft.recommendation,
                    inputs_digest=inputs.digest,
                    provenance=provenance,
                ),
                documents=inputs.guidelines,
            )
            judged = 1
    if manifest.settings.factuality.examine and engines.examiner is not None:
        _examine(project, engines.examiner, inputs.rows)
    progress("recommend", 1, 1)
    return stage_outcome(project, "recommend", judged)


def _examine(
    project: Project, examiner: LanguageModel, rows: Sequence[SummaryOfFindingsRow]
) -> None:
    """Let the model examine the version that stands, once; again where it gave no answer."""
    from evidence.factuality.examination import examination_digest, examine
    from evidence.llm.noting import NotingModel
    from evidence.llm.protocol import ENGINE

    state = read_state(project)
    edit = state.recommendation
    if edit is None:
        return
    last = state.examinations.get(edit.content_digest)
    if last is not None and not (last.provenance.unanswered and asks_again(project)):
        return
    noting = NotingModel(examiner)
    examination = examine(noting, edit.recommendation, rows)
    provenance = Provenance(
        actor=MACHINE,
        engine=ENGINE,
        reason=examination.cross.problem or "",
        model=examination.model,
        prompt_digest=examination_digest(),
        unanswered=tuple(noting.unanswered),
    )
    if last is None or not nothing_new(last.provenance, provenance):
        project.append(
            RecommendationExamined(
                recommendation_digest=edit.content_digest,
                examination=examination,
                provenance=provenance,
            )
        )
