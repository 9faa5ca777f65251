"""What a report tells of screening: who decided, how well they agreed, and why it ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from evidence.judgements import Phase, StoppingCertificate
from evidence.llm.models import engine_words
from evidence.project import Manifest
from evidence.screening.agreement import ReviewersAgreement, agreements
from evidence.screening.stopping_status import SampleProgress, progress
from evidence.screening.verdicts import person_key
from evidence.state import ReviewState
from indexers.records import Frozen


class ReportedScreening(Frozen):
    """How records were screened, as the log stands.

    Attributes:
        engine: Its kind; it decided, or proposed where people decide.
        reviewers: How many people judge each record; 1 also where the engine decides.
        reviewed_by: Whose reviews count, in the order of their first.
        adjudicated_by: Who settled conflicts, in the order of the first.
        n_by_people: Settled verdicts on title and abstract, and on full text, that are people's.
        n_proposals: Records on which the engine gave a verdict.
        n_records: Records of the search without duplicates.
        n_screened: Those with a settled verdict on title and abstract.
        n_included: Those among them that were not excluded.
        target_recall: The project's, and its `confidence`.
        attempts: Stopping samples drawn.
        sample: The one that is out.
        void_reason: Why `void_certificate` is not in force any more.
    """

    decided_by: Literal["machine", "people"]
    engine: str
    reviewers: int
    blind: bool
    hide_machine: bool
    calibration_records: int
    reviewed_by: tuple[str, ...]
    adjudicated_by: tuple[str, ...]
    n_by_people: dict[Phase, int]
    n_adjudicated: int
    n_proposals: int
    agreement: tuple[ReviewersAgreement, ...]
    n_records: int
    n_screened: int
    n_included: int
    target_recall: float
    confidence: float
    attempts: int
    sample: SampleProgress | None
    certificate: StoppingCertificate | None
    void_certificate: StoppingCertificate | None
    void_reason: str

    @property
    def n_unscreened(self) -> int:
        """Records without a settled verdict on title and abstract."""
        return self.n_records - self.n_screened


def reported_screening(state: ReviewState, manifest: Manifest) -> ReportedScreening:
    """What the report tells of screening after the log that `state` was folded from."""
    screening, standing = manifest.settings.screening, state.stopping
    adjudicated = [
        said.adjudication.provenance.actor
        for said in state.verdicts.values()
        if said.adjudication is not None
    ]
    return ReportedScreening(
        decided_by=screening.decided_by,
        engine=engine_words(manifest.settings.engine),
        reviewers=screening.reviewers,
        blind=screening.blind,
        hide_machine=screening.hide_machine,
        calibration_records=screening.calibration_records,
        reviewed_by=_names(
            word.provenance.actor
            for said in state.verdicts.values()
            for word in said.reviewers.values()
        ),
        adjudicated_by=_names(adjudicated),
        n_by_people=_by_people(state),
        n_adjudicated=len(adjudicated),
        n_proposals=len({record_id for record_id, _ in state.machine_decisions}),
        agreement=tuple(agreements(state, screening, manifest.seed)),
        n_records=standing.n_records,
        n_screened=standing.n_screened,
        n_included=standing.n_included,
        target_recall=screening.target_recall,
        confidence=screening.confidence,
        attempts=standing.attempts,
        sample=progress(standing.sample) if standing.sample is not None else None,
        certificate=standing.certificate,
        void_certificate=standing.void_certificate,
        void_reason=standing.void_reason,
    )


def _by_people(state: ReviewState) -> dict[Phase, int]:
    counts: dict[Phase, int] = {"title_abstract": 0, "full_text": 0}
    for (record_id, phase), decision in state.decisions.items():
        counts[phase] += decision.provenance.by_person and record_id not in state.duplicates
    return counts


def _names(actors: Iterable[str]) -> tuple[str, ...]:
    """Each person once, by the name they signed with first."""
    names: dict[str, str] = {}
    for actor in actors:
        names.setdefault(person_key(actor), actor)
    return tuple(names.values())
