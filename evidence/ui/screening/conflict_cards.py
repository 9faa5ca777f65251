"""Conflicts and agreement of two reviewers as HTML: all text of records and people is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from evidence.judgements import RecordNote
from evidence.question import ClinicalQuestion
from evidence.screening.agreement import Agreement, Estimate, ReviewersAgreement
from evidence.screening.reviewing import Conflict
from evidence.screening.verdicts import person_key, phase_name
from evidence.ui.cards import decision_words, joined, noted
from evidence.ui.quotes import DocumentOf
from evidence.ui.screening.record_text import record_text


def conflicts_header(n_open: int) -> Markup:
    """What waits for an adjudicator."""
    return Markup(
        '<div class="ev ev-header"><h1>Conflicts</h1><p class="ev-soft">Records that both '
        "reviewers have judged, differently. They may talk it over, and who thinks again changes "
        "the verdict on the Screening page; else an adjudicator decides, whose word is the last."
        '</p><div class="ev-figures"><div><b>{:,}</b><span>{}</span></div></div></div>'
    ).format(n_open, "open conflict" if n_open == 1 else "open conflicts")


def conflict_card(
    conflict: Conflict,
    question: ClinicalQuestion,
    document_of: DocumentOf,
    notes: Sequence[RecordNote] = (),
) -> Markup:
    """The record with both verdicts side by side, each with its name, reason, quotes and notes.

    Args:
        conflict: Of the review.
        question: Of the review.
        document_of: Finds a document by its digest.
        notes: On the record; those of others than its two reviewers stand below.
    """
    about = phase_name(conflict.phase)
    if conflict.about == "reason":
        counted = conflict.counted.exclusion_reason if conflict.counted is not None else None
        about += f" · both exclude; reported is: {counted or 'no reason'}"
    by = {person_key(note.provenance.actor): note for note in notes}
    pair = [person_key(verdict.provenance.actor) for verdict in conflict.verdicts]
    sides = joined(
        Markup(
            '<div><span class="ev-verdict ev-{0}">{0}</span> <b><bdi>{1}</bdi></b>{2}{3}</div>'
        ).format(
            verdict.verdict,
            verdict.provenance.actor,
            decision_words(verdict, question.criteria, document_of),
            noted(by[name]) if name in by else "",
        )
        for verdict, name in zip(conflict.verdicts, pair, strict=True)
    )
    others = joined(noted(note) for name, note in by.items() if name not in pair)
    return Markup(
        '<article class="ev ev-card"><p class="ev-top"><span class="ev-verdict ev-to-screen">'
        '{}</span> <span class="ev-soft">{}</span></p>{}<div class="ev-sides">{}</div>{}</article>'
    ).format(
        "different reasons" if conflict.about == "reason" else "conflict",
        about,
        record_text(conflict.record),
        sides,
        others,
    )


def agreement_tables(found: Sequence[ReviewersAgreement]) -> Markup:
    """Agreement by phase, the calibration round first; each with its 95 % intervals."""
    if not found:
        told = "No record was judged by two reviewers yet."
        return Markup('<p class="ev ev-soft">{}</p>').format(told)
    return Markup('<div class="ev">{}</div>').format(Markup("").join(map(_table, found)))


def _table(found: ReviewersAgreement) -> Markup:
    one, other = found.reviewers
    calibration = ", calibration round" if found.calibration else ""
    rows = _rows(
        ("Excluded or not", found.two_way), ("Include, unclear or exclude", found.three_way)
    )
    return Markup(
        "<h3>{} and {} on {}{}</h3><p class='ev-soft'>{:,} records, by the verdicts that each "
        "gave alone</p><table class='ev-agreement'><thead><tr><th></th><th>Agreement</th>"
        "<th>Cohen’s κ</th><th>PABAK</th></tr></thead><tbody>{}</tbody></table>"
    ).format(one, other, phase_name(found.phase), calibration, found.two_way.n_records, rows)


def _rows(*ways: tuple[str, Agreement]) -> Markup:
    return Markup("").join(
        Markup("<tr><th scope='row'>{}</th>{}</tr>").format(
            title, _cells((way.observed, way.kappa, way.pabak))
        )
        for title, way in ways
    )


def _cells(estimates: Iterable[Estimate]) -> Markup:
    return Markup("").join(Markup("<td>{}</td>").format(_estimate(each)) for each in estimates)


def _estimate(estimate: Estimate) -> Markup:
    soft = Markup('<span class="ev-soft">{}</span>')
    if estimate.value is None:
        return soft.format(estimate.note)
    if estimate.ci_low is None or estimate.ci_high is None:
        return Markup("{} {}").format(_number(estimate.value), soft.format(estimate.note))
    interval = f"({_number(estimate.ci_low)} to {_number(estimate.ci_high)})"
    return Markup('<span class="ev-number">{} {}</span>').format(
        _number(estimate.value), soft.format(interval)
    )


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")  # a minus sign
