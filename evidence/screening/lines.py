"""Screening in lines of text, for a terminal: records, conflicts, agreement and status."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from evidence.console import plain
from evidence.judgements import ScreeningDecision
from evidence.screening.agreement import Agreement, Estimate, ReviewersAgreement
from evidence.screening.certificate_words import bound, certificate_sentence
from evidence.screening.reviewing import Conflict
from evidence.screening.status import ScreeningStatus
from evidence.screening.stopping_status import SampleProgress, StoppingStatus
from evidence.screening.verdicts import phase_name
from indexers.records import Record

_INDENT = "      "
_COLUMNS = 100


def record_lines(
    number: int, record: Record, decisions: Sequence[ScreeningDecision], mark: str = ""
) -> list[str]:
    """A record to be read, with the decisions that may be seen and why it comes where it does."""
    told = f"  [{mark}]" if mark else ""
    authors = ", ".join(record.authors[:3]) + (" et al." if len(record.authors) > 3 else "")
    source = "; ".join(filter(None, (authors, record.journal, str(record.year or ""))))
    lines = [f"{number:>4}  {plain(record.record_id)}{told}"]
    for text in (record.title, source, record.abstract or "No abstract."):
        lines += wrap(plain(text), _COLUMNS, initial_indent=_INDENT, subsequent_indent=_INDENT)
    return [*lines, *(f"{_INDENT}{decision_line(decision)}" for decision in decisions)]


def decision_line(decision: ScreeningDecision) -> str:
    """Who decided what, and why."""
    provenance = decision.provenance
    who = provenance.actor if provenance.by_person else f"{provenance.engine} engine"
    role = ", adjudicator" if decision.role == "adjudicator" else ""
    reasons = dict.fromkeys(filter(None, (decision.exclusion_reason, provenance.reason)))
    why = f" ({'; '.join(reasons)})" if reasons else ""
    return plain(f"{who}{role}: {decision.verdict}{why}")


def conflict_lines(number: int, conflict: Conflict) -> list[str]:
    """Both verdicts on a record; where only the reasons differ, the one that is reported."""
    lines = [
        f"{number:>4}  {plain(conflict.record.record_id)}, {phase_name(conflict.phase)}",
        f"{_INDENT}{plain(conflict.record.title)}",
        *(f"{_INDENT}{decision_line(verdict)}" for verdict in conflict.verdicts),
    ]
    if conflict.about == "reason":
        counted = conflict.counted.exclusion_reason if conflict.counted else None
        lines.append(f"{_INDENT}both exclude; reported is: {plain(counted or 'no reason')}")
    return lines


def agreement_lines(found: ReviewersAgreement) -> list[str]:
    """The coefficients of two reviewers in a phase, or in its calibration round."""
    one, other = found.reviewers
    calibration = ", calibration round" if found.calibration else ""
    of = f"{plain(one)} and {plain(other)} on {phase_name(found.phase)}{calibration}"
    lines = [f"{of}: {found.two_way.n_records:,} records"]
    for title, agreement in (
        ("excluded or not", found.two_way),
        ("include, unclear or exclude", found.three_way),
    ):
        lines += _coefficients(title, agreement)
    return lines


def status_lines(status: ScreeningStatus) -> list[str]:
    """Counts, each person's work and what waits."""
    counts = status.counts
    left_out = counts.ineligible_by_automation
    lines = [
        f"{counts.identified:,} identified, {counts.duplicates:,} duplicates"
        + (f", {left_out:,} left out by the certificate" if left_out else ""),
        f"titles and abstracts: {counts.screened:,} screened, "
        f"{counts.excluded_title_abstract:,} of them excluded; {counts.to_screen:,} to screen",
        f"full texts: {counts.assessed:,} assessed, {counts.excluded_full_text:,} of them "
        f"excluded, {counts.included:,} included; {counts.to_assess:,} to assess",
    ]
    for phase, number in status.conflicts.items():
        half = status.half_judged.get(phase, 0)
        if number or half:
            lines.append(
                f"{phase_name(phase)}: in conflict {number:,}, for the second reviewer {half:,}"
            )
    if status.reasons_differ:
        lines.append(f"full text: excluded for two different reasons {status.reasons_differ:,}")
    for work in status.work:
        adjudicated = f", {work.adjudicated:,} adjudicated" if work.adjudicated else ""
        lost = f", {work.uncounted:,} that do not count" if work.uncounted else ""
        done = f"{work.reviewed:,} reviewed{adjudicated}{lost}"
        lines.append(f"{plain(work.name)} on {phase_name(work.phase)}: {done}")
    lines += [
        f"does not count: {plain(word.name)} on {plain(word.record_id)}, "
        f"{phase_name(word.phase)}: {word.why}"
        for word in status.uncounted
    ]
    return lines


def stopping_lines(stopping: StoppingStatus) -> list[str]:
    """The certificate, the sample that is out, advice, and an estimate that guarantees nothing."""
    lines = []
    if stopping.certificate is not None:
        lines.append(f"stopped: {certificate_sentence(stopping.certificate)}")
    elif stopping.void_certificate is not None:
        lines.append(f"the certificate is void: {plain(stopping.void_reason)}")
    if stopping.sample is not None:
        lines.append(_sample_line(stopping.sample))
    elif stopping.sample_void_reason:
        lines.append(f"the last sample is of no use any more: {plain(stopping.sample_void_reason)}")
    if stopping.stopped or not stopping.n_unscreened:
        return lines
    if stopping.estimate is not None:
        found = stopping.estimate
        limits = f"95 % interval {bound(found.low)} to {bound(found.high)}"
        lines.append(
            f"estimated recall {bound(found.recall)} ({limits}): an estimate, no guarantee"
        )
    in_row = stopping.advice.n_excluded_in_row
    lines.append(f"{in_row:,} records since the last included one: shown, no reason to stop")
    if stopping.in_the_way:
        lines.append(f"in the way of stopping: {plain(stopping.in_the_way)}")
    return [*lines, f"when to stop: {stopping.advice.reason}"]


def _sample_line(sample: SampleProgress) -> str:
    judged = f"{sample.n_judged:,} of {sample.n_sampled:,} judged"
    told = {
        "open": "the rest comes first in `next`",
        "certifies": "it certifies the target",
        "lost": f"too many included ({sample.n_included:,}), it does not certify",
    }
    return f"stopping sample {sample.attempt}: {judged}; {told[sample.fate]}"


def _coefficients(title: str, agreement: Agreement) -> list[str]:
    return [
        f"{_INDENT}{title}",
        f"{_INDENT}  agreement {estimate_words(agreement.observed)}",
        f"{_INDENT}  kappa     {estimate_words(agreement.kappa)}",
        f"{_INDENT}  PABAK     {estimate_words(agreement.pabak)}",
    ]


def estimate_words(estimate: Estimate) -> str:
    """A coefficient with its 95 % interval, or why there is none."""
    if estimate.value is None:
        return f"none: {estimate.note}"
    if estimate.ci_low is None or estimate.ci_high is None:
        return f"{estimate.value:.3f} ({estimate.note})"
    return f"{estimate.value:.3f} (95 % CI {estimate.ci_low:.3f} to {estimate.ci_high:.3f})"
