"""Where stopping stands as a person is told it, and what stands in the way of a certificate."""

from __future__ import annotations

from typing import Literal

import numpy as np

from evidence.config import ScreeningSettings
from evidence.judgements import StoppingCertificate
from evidence.screening.recall_estimate import RecallEstimate, estimated_recall
from evidence.screening.reviewing import conflicts, half_judged
from evidence.screening.standing import SampleStanding
from evidence.screening.stopping_acts import advice, is_lost
from evidence.screening.stopping_advice import StoppingAdvice
from evidence.state import ReviewState
from indexers.records import Frozen

ESTIMATE_CONFIDENCE = 0.95


class SampleProgress(Frozen):
    """The sample that is out.

    Attributes:
        n_unscreened: How many records it was drawn from.
        fate: `certifies` when screening may stop on it, `lost` when it will not certify any more.
    """

    attempt: int
    seed: int
    n_unscreened: int
    n_sampled: int
    n_judged: int
    n_included: int
    fate: Literal["open", "certifies", "lost"]


class StoppingStatus(Frozen):
    """Where stopping stands.

    Attributes:
        attempts: Samples drawn so far, whatever became of them.
        in_the_way: Why screening may not stop yet whatever the sample says; empty when it may.
        estimate: Of recall, with 95 % limits: no guarantee. None while nothing can be told, and
            when every record is screened.
    """

    stopped: bool
    certificate: StoppingCertificate | None
    void_certificate: StoppingCertificate | None
    void_reason: str
    attempts: int
    sample: SampleProgress | None
    sample_void_reason: str
    n_unscreened: int
    in_the_way: str
    advice: StoppingAdvice
    estimate: RecallEstimate | None


def stopping_status(state: ReviewState, screening: ScreeningSettings) -> StoppingStatus:
    """Where stopping stands after the log that `state` was folded from."""
    standing = state.stopping
    labels = np.array(standing.labels, dtype=np.int8)
    n_unscreened = len(standing.unscreened)
    return StoppingStatus(
        stopped=standing.stopped,
        certificate=standing.certificate,
        void_certificate=standing.void_certificate,
        void_reason=standing.void_reason,
        attempts=standing.attempts,
        sample=progress(standing.sample) if standing.sample is not None else None,
        sample_void_reason=standing.sample_void_reason,
        n_unscreened=n_unscreened,
        in_the_way=in_the_way(state, screening),
        advice=advice(standing, screening),
        estimate=estimated_recall(labels, n_unscreened, ESTIMATE_CONFIDENCE)
        if n_unscreened
        else None,
    )


def in_the_way(state: ReviewState, screening: ScreeningSettings) -> str:
    """Why screening may not stop whatever the sample says, in words; empty when it may.

    A conflict and a verdict that waits for the second reviewer are in the log already: settled
    after the certificate, they would void it.
    """
    if screening.decided_by == "machine":
        return 'the engine screens every record here; stopping needs decided_by = "people"'
    in_conflict = [c.record.record_id for c in conflicts(state, "title_abstract")]
    waiting = {
        "in conflict": in_conflict,
        "for the second reviewer": half_judged(state, "title_abstract"),
    }
    told = [f"{len(ids):,} {words} (first {ids[0]})" for words, ids in waiting.items() if ids]
    return f"{' and '.join(told)}: settle them first" if told else ""


def progress(sample: SampleStanding) -> SampleProgress:
    """How far the sample that is out has come."""
    drawn = sample.drawn
    fate: Literal["open", "certifies", "lost"] = "open" if sample.to_screen else "certifies"
    return SampleProgress(
        attempt=drawn.attempt,
        seed=drawn.seed,
        n_unscreened=drawn.n_unscreened,
        n_sampled=len(drawn.record_ids),
        n_judged=sample.n_judged,
        n_included=sample.n_included,
        fate="lost" if is_lost(sample) else fate,
    )
