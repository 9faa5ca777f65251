"""Whether a drawn sample or a certificate of the log is what the log before it gives."""

from __future__ import annotations

import math

from evidence.config import ScreeningSettings
from evidence.errors import ProjectError
from evidence.judgements import ScreeningStopped, StoppingSampleDrawn
from evidence.screening.sampling import draw_sample
from evidence.screening.standing import StoppingStanding
from evidence.screening.stopping import attempt_confidence
from evidence.screening.stopping_acts import certify, stop_quick

_CLOSE = 1e-9  # relative; the distribution function may differ in its last bits by platform


def wrong_with(
    standing: StoppingStanding,
    settings: ScreeningSettings,
    entry: StoppingSampleDrawn | ScreeningStopped,
) -> str:
    """What is wrong with a line, in words; empty when it follows from the log before it.

    Args:
        standing: Where stopping stood before the line.
        settings: Of the project.
        entry: The line.
    """
    if isinstance(entry, StoppingSampleDrawn):
        return _wrong_with_sample(standing, settings, entry)
    return _wrong_with_certificate(standing, settings, entry)


def _wrong_with_sample(
    standing: StoppingStanding, settings: ScreeningSettings, drawn: StoppingSampleDrawn
) -> str:
    attempt, n_unscreened = standing.attempts + 1, len(standing.unscreened)
    if drawn.attempt != attempt:
        return f"it is attempt {attempt}, not {drawn.attempt}"
    if drawn.n_unscreened != n_unscreened:
        return f"{n_unscreened} records were unscreened, not {drawn.n_unscreened}"
    if drawn.target_recall < settings.target_recall:
        return f"target recall {drawn.target_recall:g} is below {settings.target_recall:g}"
    needed = attempt_confidence(attempt, settings.confidence)
    if drawn.confidence < needed:
        return f"attempt {attempt} needs a confidence of {needed:g}, not {drawn.confidence:g}"
    n = len(drawn.record_ids)
    if n > n_unscreened or drawn.record_ids != draw_sample(standing.unscreened, n, drawn.seed):
        return f"seed {drawn.seed} draws other records than the {n} of the sample"
    return ""


def _wrong_with_certificate(
    standing: StoppingStanding, settings: ScreeningSettings, stop: ScreeningStopped
) -> str:
    act = certify if stop.certificate.method == "certified" else stop_quick
    try:
        due = act(standing, settings, stop.provenance).certificate
    except ProjectError as error:
        return f"it was not due: {error}"
    for name, told in stop.certificate:
        known = getattr(due, name)
        same = (
            math.isclose(told, known, rel_tol=_CLOSE)
            if isinstance(told, float) and isinstance(known, float)
            else told == known
        )
        if not same:
            return f"{name} is {known}, not {told}"
    return ""
