"""A screened record as HTML: everything from a document is escaped, every quote at its offsets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from markupsafe import Markup

from evidence.judgements import CriterionVerdict, ScreeningDecision
from evidence.question import ClinicalQuestion, EligibilityCriterion
from evidence.rendering.marks import Span, marked
from evidence.rendering.report_html import doi_url
from evidence.ui.quotes import DocumentOf, surroundings
from evidence.ui.worklist import ScreeningRow
from indexers.records import Document, Record, abstract_document

_COLOURS = 8
_NO_ABSTRACT = Markup('<p class="ev-soft">No abstract.</p>')
_PHASES = {"title_abstract": "title and abstract", "full_text": "full text"}


def style() -> Markup:
    """The style sheet of the cards."""
    css = (Path(__file__).parent / "screening.css").read_text(encoding="utf-8")
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - ours


def card(
    row: ScreeningRow, question: ClinicalQuestion, document_of: DocumentOf, label: str = ""
) -> Markup:
    """The record, its text with the quotes marked, and the verdicts criterion by criterion.

    Args:
        row: As the viewer may see it.
        question: Of the review.
        document_of: Finds a document by its digest.
        label: Why the record is read now; empty for most.
    """
    shown = joined(_decision(d, question.criteria, document_of) for d in row.by_engine)
    if row.by_person and row.decision is not None:
        shown += Markup('<p class="ev-who">{}</p>').format(told(row.decision))
    return Markup('<article class="ev ev-card">{}{}{}{}{}{}</article>').format(
        Markup('<p class="ev-first">{}</p>').format(label) if label else "",
        _title(row, question.criteria),
        _source_line(row.record),
        _abstract(row, question.criteria),
        shown,
        _history(row.history),
    )


def _title(row: ScreeningRow, criteria: Sequence[EligibilityCriterion]) -> Markup:
    verdict = row.verdict or "to screen"
    name: str = verdict
    about = [_PHASES[row.phase]]
    if row.decision is not None:
        made = row.decision.provenance
        about += [made.actor if row.by_person else made.engine, row.note]
    elif row.note:
        name = row.note
    badge = Markup('<span class="ev-verdict ev-{}">{}</span> <span class="ev-soft">{}</span>')
    document = abstract_document(row.record)
    title = _with_marks(row, document, 0, len(row.record.title), criteria)
    return Markup('<p class="ev-top">{}</p><h3>{}</h3>').format(
        badge.format(verdict.replace(" ", "-"), name, " · ".join(filter(None, about))),
        title,
    )


def _source_line(record: Record) -> Markup:
    parts: list[str | Markup] = []
    if record.authors:
        parts.append(", ".join(record.authors[:4]) + (" et al." if len(record.authors) > 4 else ""))
    if record.journal:
        parts.append(Markup("<i>{}</i>").format(record.journal))
    if record.year:
        parts.append(str(record.year))
    url = doi_url(record.doi)
    if url:
        link = Markup('<a href="{}" target="_blank" rel="noopener noreferrer">doi:{}</a>')
        parts.append(link.format(url, record.doi))
    elif record.doi:
        parts.append(f"DOI as given: {record.doi}")
    if record.retracted:
        parts.append(Markup("<strong>retracted</strong>"))
    return Markup('<p class="ev-soft">{}</p>').format(Markup(" · ").join(parts))


def record_text(record: Record) -> Markup:
    """Title, source and abstract of a record, nothing marked."""
    return Markup("<h3>{}</h3>{}{}").format(
        record.title,
        _source_line(record),
        Markup('<p class="ev-abstract">{}</p>').format(record.abstract)
        if record.abstract
        else _NO_ABSTRACT,
    )


def _abstract(row: ScreeningRow, criteria: Sequence[EligibilityCriterion]) -> Markup:
    if not row.record.abstract:
        return _NO_ABSTRACT
    document = abstract_document(row.record)
    start = len(row.record.title) + 2
    body = _with_marks(row, document, start, len(document.text), criteria)
    return Markup('<p class="ev-abstract">{}</p>').format(body)


def full_text(
    row: ScreeningRow, document: Document, criteria: Sequence[EligibilityCriterion]
) -> Markup:
    """The whole text of a report, with the quotes that may be seen marked."""
    body = _with_marks(row, document, 0, len(document.text), criteria)
    return Markup('<div class="ev ev-abstract">{}</div>').format(body)


def _with_marks(
    row: ScreeningRow,
    document: Document,
    start: int,
    end: int,
    criteria: Sequence[EligibilityCriterion],
) -> Markup:
    """A stretch of the record's own text; only quotes of this very text are marked in it."""
    spans = [
        Span(quote.start, quote.end, verdict.criterion_id)
        for decision in row.by_engine
        for verdict in decision.criteria
        for quote in verdict.quotes
        if quote.document_digest == document.document_digest
    ]
    return _marked(document.text, start, end, spans, criteria)


def _marked(
    text: str,
    start: int,
    end: int,
    spans: Iterable[Span],
    criteria: Sequence[EligibilityCriterion],
) -> Markup:
    names = {criterion.criterion_id: criterion.text for criterion in criteria}

    def opening(span: Span) -> Markup:
        return Markup('<mark class="ev-c{}" title="{}">').format(
            criterion_colour(criteria, span.name), names.get(span.name, span.name)
        )

    return marked(text, start, end, spans, opening, lambda _span: Markup("</mark>"))


def _decision(
    decision: ScreeningDecision,
    criteria: Sequence[EligibilityCriterion],
    document_of: DocumentOf,
) -> Markup:
    return Markup('<p class="ev-who">{}</p>{}').format(
        told(decision), _verdicts(decision, criteria, document_of)
    )


def decision_words(
    decision: ScreeningDecision,
    criteria: Sequence[EligibilityCriterion],
    document_of: DocumentOf,
) -> Markup:
    """Why somebody decided so: reasons, and verdicts criterion by criterion with their quotes."""
    reasons = dict.fromkeys(filter(None, (decision.exclusion_reason, decision.provenance.reason)))
    return Markup("<p>{}</p>{}").format(
        "; ".join(reasons) or Markup('<span class="ev-soft">no reason given</span>'),
        _verdicts(decision, criteria, document_of),
    )


def _verdicts(
    decision: ScreeningDecision,
    criteria: Sequence[EligibilityCriterion],
    document_of: DocumentOf,
) -> Markup:
    rows = joined(_verdict(verdict, criteria, document_of) for verdict in decision.criteria)
    return Markup('<ul class="ev-verdicts">{}</ul>').format(rows) if rows else Markup("")


def told(decision: ScreeningDecision) -> Markup:
    """Who decided what on which text, and why."""
    provenance = decision.provenance
    who = provenance.actor if provenance.by_person else f"engine {provenance.engine}"
    if decision.role == "adjudicator":
        who += ", adjudicator,"
    reasons = dict.fromkeys(filter(None, (decision.exclusion_reason, provenance.reason)))
    return Markup("<b>{}</b> on the {}: {}{}").format(
        who,
        _PHASES[decision.phase],
        decision.verdict,
        f" ({'; '.join(reasons)})" if reasons else "",
    )


def _verdict(
    verdict: CriterionVerdict,
    criteria: Sequence[EligibilityCriterion],
    document_of: DocumentOf,
) -> Markup:
    criterion = next((c for c in criteria if c.criterion_id == verdict.criterion_id), None)
    passes = criterion is not None and (verdict.verdict == "met") == (criterion.kind == "inclusion")
    holds = "unclear" if verdict.verdict == "unclear" else "include" if passes else "exclude"
    quotes = joined(
        _quote(quote.document_digest, quote.start, quote.end, verdict, criteria, document_of)
        for quote in verdict.quotes
    )
    return Markup('<li><span class="ev-verdict ev-{}">{}</span> {}{} {}{}</li>').format(
        holds,
        verdict.verdict.replace("_", " "),
        "exclusion: " if criterion is not None and criterion.kind == "exclusion" else "",
        criterion.text if criterion is not None else verdict.criterion_id,
        Markup('<span class="ev-soft">{}</span>').format(verdict.reason),
        quotes,
    )


def _quote(
    digest: str,
    start: int,
    end: int,
    verdict: CriterionVerdict,
    criteria: Sequence[EligibilityCriterion],
    document_of: DocumentOf,
) -> Markup:
    """A quote with the words around it, cut from its document by its offsets."""
    document = document_of(digest)
    if document is None:
        return Markup('<blockquote class="ev-soft">The quoted text is missing.</blockquote>')
    first, last = surroundings(document, start, end)
    body = _marked(document.text, first, last, [Span(start, end, verdict.criterion_id)], criteria)
    return Markup("<blockquote>{}{}{}</blockquote>").format(
        "…" if first < start else "", body, "…" if last > end else ""
    )


def _history(history: Sequence[ScreeningDecision]) -> Markup:
    lines = joined(
        Markup("<li>{} <span class='ev-soft'>{}</span></li>").format(
            told(decision),
            decision.provenance.at.strftime("%Y-%m-%d %H:%M UTC") if decision.provenance.at else "",
        )
        for decision in history
    )
    if not history:
        return Markup("")
    return Markup("<details><summary>History ({})</summary><ol>{}</ol></details>").format(
        len(history), lines
    )


def criterion_colour(criteria: Sequence[EligibilityCriterion], criterion_id: str) -> int:
    """The number of the colour that marks a criterion's quotes."""
    ids = [criterion.criterion_id for criterion in criteria]
    return (ids.index(criterion_id) if criterion_id in ids else len(ids)) % _COLOURS


def joined(parts: Iterable[Markup]) -> Markup:
    """Pieces of HTML, one after the other."""
    return Markup("").join(parts)


def plain(text: str) -> str:
    """Text for a place that reads Markdown: every sign that could mean something is escaped."""
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c.isascii() and not c.isalnum() and c != " " else c for c in flat)
