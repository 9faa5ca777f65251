"""A screened record as HTML: everything from a document is escaped, every quote at its offsets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from markupsafe import Markup

from evidence.findings_text import short_name
from evidence.judgements import CriterionVerdict, ScreeningDecision
from evidence.prisma import PrismaCounts
from evidence.question import ClinicalQuestion, EligibilityCriterion
from evidence.rendering.marks import Span, marked
from evidence.rendering.report_html import doi_url
from evidence.ui.worklist import ScreeningRow, Worklist
from indexers.records import Document, Record, abstract_document

_COLOURS = 8
_AROUND = 160
_PHASES = {"title_abstract": "title and abstract", "full_text": "full text"}
DocumentOf = Callable[[str], Document | None]


def style() -> Markup:
    """The style sheet of the cards."""
    css = (Path(__file__).parent / "screening.css").read_text(encoding="utf-8")
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - ours


def header(worklist: Worklist) -> Markup:
    """The question, its PICO and where the review stands."""
    pico = worklist.question.pico
    parts = [
        ("Population", pico.population),
        ("Intervention", pico.intervention),
        ("Comparator", pico.comparator),
        ("Outcomes", "; ".join(map(short_name, pico.outcomes))),
    ]
    rows = _joined(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, text)
        for name, text in parts
        if text
    )
    return Markup(
        '<div class="ev ev-header"><h1>{}</h1><dl class="ev-pico">{}</dl>{}</div>'
    ).format(worklist.question.text, rows, _progress(worklist))


def _progress(worklist: Worklist) -> Markup:
    counts = worklist.counts
    total = len(worklist.rows)
    settled = total - worklist.unsettled
    share = 100 * settled / total if total else 0
    figures = _joined(
        Markup("<div><b>{}</b><span>{}</span></div>").format(f"{number:,}", name)
        for name, number in _figures(counts)
    )
    return Markup(
        '<div class="ev-bar" role="img" aria-label="{0} of {1} records settled">'
        '<i style="width:{2}%"></i></div><p class="ev-soft">{0} of {1} records settled, '
        '{3} left for a person</p><div class="ev-figures">{4}</div>'
    ).format(f"{settled:,}", f"{total:,}", f"{share:.1f}", f"{worklist.unsettled:,}", figures)


def _figures(counts: PrismaCounts) -> list[tuple[str, int]]:
    return [
        ("identified", counts.identified),
        ("duplicates", counts.duplicates),
        ("screened", counts.screened),
        ("excluded on title and abstract", counts.excluded_title_abstract),
        ("full texts assessed", counts.assessed),
        ("excluded on full text", counts.excluded_full_text),
        ("awaiting a person", counts.awaiting),
        ("included", counts.included),
    ]


def legend(question: ClinicalQuestion) -> Markup:
    """Each criterion with the colour that marks its quotes."""
    items = _joined(
        Markup('<li><mark class="ev-c{}">{}</mark> {}</li>').format(
            _colour(question.criteria, criterion.criterion_id), criterion.kind, criterion.text
        )
        for criterion in question.criteria
    )
    return Markup('<ul class="ev ev-legend" aria-label="Colours">{}</ul>').format(items)


def card(row: ScreeningRow, question: ClinicalQuestion, document_of: DocumentOf) -> Markup:
    """The record, its text with the quotes marked, and the verdicts criterion by criterion."""
    shown = _joined(_decision(d, question.criteria, document_of) for d in row.by_engine)
    if row.decision is None:
        shown += Markup('<p class="ev-soft">Nobody has decided on the {} yet.</p>').format(
            _PHASES[row.phase]
        )
    elif row.by_person:
        shown += Markup('<p class="ev-who">{}</p>').format(_told(row.decision))
    return Markup('<article class="ev ev-card">{}{}{}{}{}</article>').format(
        _title(row, question.criteria),
        _source_line(row.record),
        _abstract(row, question.criteria),
        shown,
        _history(row.history),
    )


def _title(row: ScreeningRow, criteria: Sequence[EligibilityCriterion]) -> Markup:
    verdict = row.verdict or "to screen"
    who = ""
    if row.decision is not None:
        who = row.decision.provenance.actor if row.by_person else row.decision.provenance.engine
    badge = Markup('<span class="ev-verdict ev-{}">{}</span> <span class="ev-soft">{}</span>')
    document = abstract_document(row.record)
    title = _with_marks(row, document, 0, len(row.record.title), criteria)
    return Markup('<p class="ev-top">{}</p><h3>{}</h3>').format(
        badge.format(
            verdict.replace(" ", "-"), verdict, f"{_PHASES[row.phase]} · {who}".rstrip(" ·")
        ),
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


def _abstract(row: ScreeningRow, criteria: Sequence[EligibilityCriterion]) -> Markup:
    if not row.record.abstract:
        return Markup('<p class="ev-soft">No abstract.</p>')
    document = abstract_document(row.record)
    start = len(row.record.title) + 2
    body = _with_marks(row, document, start, len(document.text), criteria)
    return Markup('<p class="ev-abstract">{}</p>').format(body)


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
            _colour(criteria, span.name), names.get(span.name, span.name)
        )

    return marked(text, start, end, spans, opening, lambda _span: Markup("</mark>"))


def _decision(
    decision: ScreeningDecision,
    criteria: Sequence[EligibilityCriterion],
    document_of: DocumentOf,
) -> Markup:
    rows = _joined(_verdict(verdict, criteria, document_of) for verdict in decision.criteria)
    return Markup('<p class="ev-who">{}</p><ul class="ev-verdicts">{}</ul>').format(
        _told(decision), rows
    )


def _told(decision: ScreeningDecision) -> Markup:
    provenance = decision.provenance
    who = provenance.actor if provenance.by_person else f"engine {provenance.engine}"
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
    quotes = _joined(
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
    first, last = _surroundings(document, start, end)
    body = _marked(document.text, first, last, [Span(start, end, verdict.criterion_id)], criteria)
    return Markup("<blockquote>{}{}{}</blockquote>").format(
        "…" if first < start else "", body, "…" if last > end else ""
    )


def _surroundings(document: Document, start: int, end: int) -> tuple[int, int]:
    """A quote's place with some words of its paragraph around it.

    An abstract is shown whole above its quotes, so only a full text needs the words around.
    """
    if document.kind != "full_text":
        return start, end
    text = document.text
    first = max(0, start - _AROUND, text.rfind("\n", 0, start) + 1)
    stop = text.find("\n", end)
    last = min(end + _AROUND, stop if stop >= 0 else len(text))
    return first, last


def _history(history: Sequence[ScreeningDecision]) -> Markup:
    lines = _joined(
        Markup("<li>{} <span class='ev-soft'>{}</span></li>").format(
            _told(decision),
            decision.provenance.at.strftime("%Y-%m-%d %H:%M UTC") if decision.provenance.at else "",
        )
        for decision in history
    )
    if not history:
        return Markup("")
    return Markup("<details><summary>History ({})</summary><ol>{}</ol></details>").format(
        len(history), lines
    )


def _colour(criteria: Sequence[EligibilityCriterion], criterion_id: str) -> int:
    ids = [criterion.criterion_id for criterion in criteria]
    return (ids.index(criterion_id) if criterion_id in ids else len(ids)) % _COLOURS


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


def plain(text: str) -> str:
    """Text for a place that reads Markdown: every sign that could mean something is escaped."""
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c.isascii() and not c.isalnum() and c != " " else c for c in flat)
