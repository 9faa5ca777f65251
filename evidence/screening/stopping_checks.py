"""Whether a drawn sample or a certificate of the log is what the log before it gives."""

from __future__ import annotations

import math

from evidence.config import ScreeningSettings
from evidence.duplicates.links import DuplicateEntry, weigh
from evidence.entries import Entry
from evidence.errors import ProjectError
from evidence.events import (
    DuplicateMarked,
    DuplicateRefuted,
    DuplicateSuspected,
    RecordIdentified,
    ScreeningStopped,
    StoppingSampleDrawn,
)
from evidence.judgements import DecisionTakenBack, ScreeningDecision, Verdict
from evidence.screening.sampling import draw_sample
from evidence.screening.standing import StoppingFold, StoppingStanding
from evidence.screening.stopping import attempt_confidence
from evidence.screening.stopping_acts import certify, stop_quick
from evidence.screening.verdicts import PhaseVerdicts, Rules

_CLOSE = 1e-9  # relative; the distribution function may differ in its last bits by platform


class StoppingCheck:
    """Reads a log from its first line on and checks each sample and certificate in passing.

    One fold does for all lines; only at a sample or a certificate are the records counted.
    """

    def __init__(self, settings: ScreeningSettings) -> None:
        self._settings = settings
        self._rules = Rules(settings)
        self._records: dict[str, None] = {}
        self._duplicate_words: list[DuplicateEntry] = []
        self._verdicts: dict[str, PhaseVerdicts] = {}
        self._fold = StoppingFold(self._verdict)
        self._wrong_sample: StoppingSampleDrawn | None = None

    def problem(self, entry: Entry) -> str:
        """What is wrong with the next line of the log, in words; empty when it is in order."""
        problem = ""
        if isinstance(entry, StoppingSampleDrawn | ScreeningStopped):
            problem = self._wrong_with(entry)
        self._take(entry)
        return problem

    def _wrong_with(self, entry: StoppingSampleDrawn | ScreeningStopped) -> str:
        duplicates = weigh(self._duplicate_words, self._records).kept
        standing = self._fold.standing(duplicates)
        problem = wrong_with(standing, self._settings, entry)
        if isinstance(entry, StoppingSampleDrawn):
            self._wrong_sample = entry if problem else None
            return f"the sample of attempt {entry.attempt}: {problem}" if problem else ""
        sample = standing.sample
        certified = entry.certificate.method == "certified"
        if not problem and certified and sample is not None and sample.drawn is self._wrong_sample:
            problem = f"it rests on the sample of attempt {sample.drawn.attempt}, which is wrong"
        return f"the certificate: {problem}" if problem else ""

    def _take(self, entry: Entry) -> None:
        match entry:
            case RecordIdentified():
                self._records.setdefault(entry.record.record_id)
            case DuplicateMarked() | DuplicateSuspected() | DuplicateRefuted():
                self._duplicate_words.append(entry)
            case ScreeningDecision(phase="title_abstract"):
                said = self._verdicts.setdefault(entry.record_id, PhaseVerdicts())
                said.hear(entry, self._rules)
            case DecisionTakenBack(phase="title_abstract"):
                said = self._verdicts.get(entry.record_id, PhaseVerdicts())
                name = entry.provenance.actor
                rest = said.without_last_of(name, entry.role, self._rules)
                self._verdicts[entry.record_id] = rest
            case _:
                pass
        self._fold.apply(entry)

    def _verdict(self, record_id: str) -> Verdict | None:
        said = self._verdicts.get(record_id)
        return said.decision.verdict if said is not None and said.decision is not None else None


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
