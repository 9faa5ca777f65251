"""What a language model was asked and could not answer, and what of it a later run asks again.

A fault (no answer in time, an error of the server, a refusal, an answer that fits no schema) leaves
a judgement open and its name in `Provenance.unanswered`. The next run asks for that alone: what was
answered comes from the recorded calls, unusable answers among it, and what a person has judged
since is left as it is. A replay fails as its recording did, so that it asks nothing again.
"""

from __future__ import annotations

from collections.abc import Mapping

from evidence.config import OfflineEngine, OpenAIEngine, ReplayEngine, TransformersEngine
from evidence.events import ReportSought
from evidence.judgements import (
    Phase,
    Provenance,
    RecommendationEdit,
    RiskOfBiasJudgement,
    StudyCharacteristics,
)
from evidence.llm.noting import without_run
from evidence.project import Project
from evidence.state import ReviewState

_PHASES: tuple[Phase, ...] = ("title_abstract", "full_text")


def asks_again(project: Project) -> bool:
    """Whether the project's engine may answer today what it did not answer before."""
    match project.manifest.settings.engine:
        case OpenAIEngine() | TransformersEngine():
            return True
        case OfflineEngine() | ReplayEngine():
            return False


def nothing_new(before: Provenance, now: Provenance) -> bool:
    """Whether a judgement made again lacks the same answers: the log says so already."""
    return bool(now.unanswered) and set(now.unanswered) == set(before.unanswered)


def screening_to_repeat(state: ReviewState, record_id: str, phase: Phase) -> bool:
    """Whether the engine's verdict lacks an answer, and no person has judged the record."""
    decision = state.machine_decisions.get((record_id, phase))
    if decision is None or not decision.provenance.unanswered:
        return False
    said = (state.verdicts.get((record_id, each)) for each in _PHASES)
    words = (word for verdicts in said if verdicts is not None for word in verdicts.words)
    return not any(word.provenance.by_person for word in words)


def readings_to_repeat(project: Project, state: ReviewState) -> Mapping[str, Provenance]:
    """The studies whose reading lacks an answer that no person has given, each with its reading.

    A person answers for the fields by writing the characteristics, and for an outcome by giving or
    rejecting a result.
    """
    found: dict[str, Provenance] = {}
    texts: dict[str, str | None] = {}
    outcomes = project.manifest.question.pico.outcomes
    for line in project.lines(StudyCharacteristics, ReportSought):
        match line.entry:
            case StudyCharacteristics() as read if not read.provenance.by_person:
                found[read.record_id] = read.provenance
            case ReportSought(record_id=record_id, document_digest=digest):
                if texts.get(record_id) != digest:
                    found.pop(record_id, None)  # another text is read anew
                texts[record_id] = digest
            case _:
                pass
    lacking: dict[str, Provenance] = {}
    for record_id, provenance in found.items():
        names = set(map(without_run, provenance.unanswered)) - answered_by_people(state, record_id)
        written = state.characteristics.get(record_id)
        if written is not None and written.provenance.by_person:
            names &= set(outcomes)
        if names:
            lacking[record_id] = provenance
    return lacking


def answered_by_people(state: ReviewState, record_id: str) -> frozenset[str]:
    """The outcomes of a study on which a person gave or rejected a result of the text it has."""
    results = (*state.extracted.get(record_id, ()), *state.rejected.get(record_id, ()))
    words = state.rejections.get(record_id, {}).values()
    said = [entry for entry in (*results, *words) if entry.provenance.by_person]
    return frozenset(entry.outcome for entry in said)


def domains_to_repeat(state: ReviewState, record_id: str) -> Mapping[str, RiskOfBiasJudgement]:
    """The domains of a study whose judgement lacks an answer; a person's stands by itself."""
    judged = state.risk_of_bias.get(record_id, {})
    return {domain: j for domain, j in judged.items() if j.provenance.unanswered}


def draft_to_repeat(state: ReviewState, last_draft: RecommendationEdit) -> bool:
    """Whether an engine's last draft lacks an answer, stands, and nobody has signed it."""
    stands = state.recommendation == last_draft and not state.signed_off_by
    return stands and bool(last_draft.provenance.unanswered)
