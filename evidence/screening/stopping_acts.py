"""The acts of stopping: draw a sample, stop, go on. The standing in, a line for the log out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evidence.config import ScreeningSettings
from evidence.errors import ProjectError
from evidence.events import ScreeningReopened, ScreeningStopped, StoppingSampleDrawn
from evidence.judgements import Provenance, StoppingCertificate
from evidence.screening.quick_stop import quick_test
from evidence.screening.sampling import derived_seed, draw_sample
from evidence.screening.standing import SampleStanding, StoppingStanding
from evidence.screening.stopping import (
    SampleCounts,
    attempt_confidence,
    p_value,
    reaches_target,
    recall_lower_bound,
    sample_size,
)
from evidence.screening.stopping_advice import StoppingAdvice, advise


def advice(standing: StoppingStanding, settings: ScreeningSettings) -> StoppingAdvice:
    """Whether to draw a sample now; while one is out or screening is stopped, what to do instead.

    Args:
        standing: Where stopping stands.
        settings: Target recall and confidence.
    """
    labels = np.array(standing.labels, dtype=np.int8)
    level = attempt_confidence(standing.attempts + 1, settings.confidence)
    advised = advise(labels, len(standing.unscreened), settings.target_recall, level)
    if standing.stopped:
        instead = "screening is stopped"
    elif standing.sample is not None and not is_lost(standing.sample):
        lacking = len(standing.sample.to_screen)
        instead = f"screen the {lacking} records that the sample lacks" if lacking else "stop now"
    else:
        return advised
    return replace(advised, begin=False, n_to_wait=0, reason=instead)


def draw(
    standing: StoppingStanding,
    settings: ScreeningSettings,
    provenance: Provenance,
    *,
    n_tolerated: int = 0,
    seed: int | None = None,
) -> StoppingSampleDrawn:
    """A random sample of the unscreened records, large enough to certify the target.

    Args:
        standing: Where stopping stands.
        settings: Target recall and confidence.
        provenance: Who draws.
        n_tolerated: The most included records in the sample with which it still certifies.
        seed: Of the draw; by default it follows from the records and the attempt.

    Raises:
        ProjectError: Screening is stopped, a sample is being screened, or there is no need of one.
    """
    _still_screening(standing)
    sample = standing.sample
    if sample is not None and not is_lost(sample):
        size, lacking = len(sample.drawn.record_ids), len(sample.to_screen)
        raise ProjectError(
            f"the sample of attempt {sample.drawn.attempt} "
            + (
                f"lacks {lacking} of {size} records; screen them first"
                if lacking
                else f"certifies a recall of {settings.target_recall:g}; stop on it"
            )
        )
    attempt = standing.attempts + 1
    confidence = attempt_confidence(attempt, settings.confidence)
    n_unscreened = len(standing.unscreened)
    n = sample_size(
        n_unscreened, standing.n_included, settings.target_recall, confidence, n_tolerated
    )
    if n == 0:
        raise ProjectError(
            f"no sample is needed: with {standing.n_included} included, {n_unscreened} unscreened "
            "records cannot bring recall below the target; stop without one"
        )
    used = derived_seed(standing.unscreened, attempt) if seed is None else seed
    return StoppingSampleDrawn(
        record_ids=draw_sample(standing.unscreened, n, used),
        n_unscreened=n_unscreened,
        target_recall=settings.target_recall,
        confidence=confidence,
        attempt=attempt,
        seed=used,
        provenance=provenance,
    )


def certify(
    standing: StoppingStanding, settings: ScreeningSettings, provenance: Provenance
) -> ScreeningStopped:
    """Stop on an exact bound: the sample's, or that the rest is too small to matter.

    Raises:
        ProjectError: Screening is stopped already, the sample is missing or not yet screened, or
            it does not certify the target.
    """
    _still_screening(standing)
    n_unscreened = len(standing.unscreened)
    if standing.sample is None:
        if sample_size(n_unscreened, standing.n_included, settings.target_recall, 0.5) > 0:
            lost = f" ({standing.sample_void_reason})" if standing.sample_void_reason else ""
            raise ProjectError(f"no sample has been drawn that covers the rest{lost}; draw one")
        counts = SampleCounts(n_unscreened, 0, 0, standing.n_included, 0, 0)
        return _stopped(
            standing, counts, settings.target_recall, settings.confidence, None, provenance
        )
    drawn, counts = standing.sample.drawn, _counts(standing.sample)
    if not reaches_target(counts, drawn.target_recall, drawn.confidence):
        raise ProjectError(
            f"the sample of attempt {drawn.attempt} does not certify a recall of "
            f"{drawn.target_recall:g}: {counts.n_included_in_sample} of {counts.n_sampled} were "
            f"included, p = {p_value(counts, drawn.target_recall):.3g} and at most "
            f"{1 - drawn.confidence:.3g} is needed; go on by priority, then draw again"
        )
    return _stopped(standing, counts, drawn.target_recall, drawn.confidence, drawn, provenance)


def stop_quick(
    standing: StoppingStanding, settings: ScreeningSettings, provenance: Provenance
) -> ScreeningStopped:
    """Stop on the test over the order of screening, which is not strictly guaranteed.

    Raises:
        ProjectError: Screening is stopped already, or the test does not reject.
    """
    _still_screening(standing)
    test = quick_test(
        np.array(standing.labels, dtype=np.int8),
        len(standing.unscreened),
        settings.target_recall,
        settings.confidence,
    )
    if test.recall_low < settings.target_recall:
        raise ProjectError(
            f"too early to stop: p = {test.p_value:.3g} that recall is below "
            f"{settings.target_recall:g}, and at most {1 - settings.confidence:.3g} is needed; "
            "screen more records"
        )
    certificate = StoppingCertificate(
        target_recall=settings.target_recall,
        confidence=settings.confidence,
        p_value=test.p_value,
        n_records=standing.n_records,
        n_screened=standing.n_screened,
        n_included=standing.n_included,
        recall_low=test.recall_low,
        method="quick",
    )
    return ScreeningStopped(certificate=certificate, provenance=provenance)


def reopen(standing: StoppingStanding, provenance: Provenance) -> ScreeningReopened:
    """Go on screening: the certificate in force and the sample that is out are given up.

    Raises:
        ProjectError: Screening is not stopped and no sample is out, or no reason is given.
    """
    if standing.certificate is None and standing.sample is None:
        raise ProjectError("screening is not stopped, so there is nothing to reopen")
    if not provenance.reason.strip():
        raise ProjectError("expected a reason to reopen screening; say why it goes on")
    return ScreeningReopened(provenance=provenance)


def is_lost(sample: SampleStanding) -> bool:
    """Whether the sample would not certify even if what it still lacks were all excluded.

    More included records found outside of it may still change that.
    """
    drawn = sample.drawn
    counts = _sample_counts(sample, n_excluded=sample.n_excluded_since + len(sample.to_screen))
    return not reaches_target(counts, drawn.target_recall, drawn.confidence)


def _counts(sample: SampleStanding) -> SampleCounts:
    """What the sample found.

    Raises:
        ProjectError: A record of it, or one screened before it, has no verdict.
    """
    drawn = sample.drawn
    if sample.to_screen:
        raise ProjectError(
            f"the sample of attempt {drawn.attempt} lacks {len(sample.to_screen)} of "
            f"{len(drawn.record_ids)} records, first {sample.to_screen[0]}; screen them first"
        )
    if sample.withdrawn:
        raise ProjectError(
            f"{len(sample.withdrawn)} records screened before the sample have no settled verdict "
            f"any more, first {sample.withdrawn[0]}; settle them first"
        )
    return _sample_counts(sample, n_excluded=sample.n_excluded_since)


def _sample_counts(sample: SampleStanding, n_excluded: int) -> SampleCounts:
    """The counts of the test.

    Raises:
        ProjectError: The sample is not one that this log gives: its line was forged.
    """
    drawn = sample.drawn
    try:
        return SampleCounts(
            n_unscreened=drawn.n_unscreened,
            n_sampled=len(drawn.record_ids),
            n_included_in_sample=sample.n_included,
            n_included_before=sample.n_included_before,
            n_included=sample.n_included_since,
            n_excluded=n_excluded,
        )
    except ValueError as error:
        raise ProjectError(
            f"the sample of attempt {drawn.attempt} does not fit the log before it; "
            "look at it with `evidence verify`"
        ) from error


def _still_screening(standing: StoppingStanding) -> None:
    if standing.stopped:
        raise ProjectError("screening is stopped already; reopen it to go on")
    if not standing.unscreened and standing.sample is None:
        raise ProjectError("every record is screened; there is nothing to leave out")


def _stopped(
    standing: StoppingStanding,
    counts: SampleCounts,
    target_recall: float,
    confidence: float,
    drawn: StoppingSampleDrawn | None,
    provenance: Provenance,
) -> ScreeningStopped:
    certificate = StoppingCertificate(
        target_recall=target_recall,
        confidence=confidence,
        p_value=p_value(counts, target_recall),
        n_records=standing.n_records,
        n_screened=standing.n_screened,
        n_included=standing.n_included,
        recall_low=recall_lower_bound(counts, confidence),
        method="certified",
        n_sampled=counts.n_sampled,
        n_included_in_sample=counts.n_included_in_sample,
        attempt=drawn.attempt if drawn else 1,
        seed=drawn.seed if drawn else None,
    )
    return ScreeningStopped(certificate=certificate, provenance=provenance)
