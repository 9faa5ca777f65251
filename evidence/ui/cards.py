"""A screened record as HTML: everything from a document is escaped, every quote at its offsets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from markupsafe import Markup

from evidence.judgements import CriterionVerdict, Phase, RecordNote, Role, ScreeningDecision
from evidence.question import ClinicalQuestion, EligibilityCriterion
from evidence.reading.absence import is_absence
from evidence.rendering.marks import Span
from evidence.screening.record_lines import RecordLine
from evidence.ui.button_names import class_name, decision_name
from evidence.ui.quotes import DocumentOf, surroundings
from evidence.ui.screening.record_text import (
    Marking,
    abstract,
    criterion_colour,
    marked_text,
    source_line,
    title,
)
from evidence.ui.screening.rows import ScreeningRow

__all__ = [
    "card",
    "criterion_colour",
    "decision_words",
    "here",
    "history_list",
    "joined",
    "large_card",
    "noted",
    "plain",
    "style",
    "told",
]
_PHASES = {"title_abstract": "title and abstract", "full_text": "full text"}
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What Markdown makes a link of wherever it stands.
_LINKED = re.compile(r"https?(?=:)|www(?=\.)|(?=@)", re.IGNORECASE)


def style() -> Markup:
    """The style sheet that all pages share."""
    css = (Path(__file__).parent / "app.css").read_text(encoding="utf-8")
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - ours


def card(
    row: ScreeningRow,
    question: ClinicalQuestion,
    document_of: DocumentOf,
    label: str = "",
    notes: Sequence[RecordNote] = (),
    marking: Marking | None = None,
) -> Markup:
    """The record, its text with the quotes marked, and the verdicts criterion by criterion.

    Args:
        row: As the viewer may see it.
        question: Of the review.
        document_of: Finds a document by its digest.
        label: Why the record is read now; empty for most.
        notes: Those that the viewer may read.
        marking: What is marked; the quotes of the criteria by default.
    """
    parts = _parts(row, question, document_of, label, notes, marking)
    return Markup('<article class="ev ev-card">{}{}</article>').format(parts, _history(row.history))


def large_card(
    row: ScreeningRow,
    question: ClinicalQuestion,
    document_of: DocumentOf,
    label: str = "",
    notes: Sequence[RecordNote] = (),
    marking: Marking | None = None,
) -> Markup:
    """The record that is read alone, in larger letters; its history stands elsewhere."""
    parts = _parts(row, question, document_of, label, notes, marking)
    acts = class_name(decision_name(row.record_id, row.phase))
    opening = Markup('<article class="ev ev-card ev-large" data-acts="{}">').format(acts)
    return opening + parts + Markup("</article>")


def here(record_id: str, phase: Phase, role: Role = "reviewer") -> Markup:
    """Says that the keys act on this card, and names its buttons for them."""
    return Markup('<p class="ev ev-here" data-acts="{}">The keys act on this record</p>').format(
        class_name(decision_name(record_id, phase, role))
    )


def _parts(
    row: ScreeningRow,
    question: ClinicalQuestion,
    document_of: DocumentOf,
    label: str,
    notes: Sequence[RecordNote],
    marking: Marking | None,
) -> Markup:
    marking = marking or Marking(question.criteria)
    shown = joined(_decision(d, question.criteria, document_of) for d in row.by_engine)
    if row.by_person and row.decision is not None:
        shown += _decision(row.decision, question.criteria, document_of)
    return joined(
        (
            Markup('<p class="ev-first">{}</p>').format(label) if label else Markup(""),
            _badge(row),
            title(row, marking),
            source_line(row.record),
            abstract(row, marking),
            joined(map(noted, notes)),
            shown,
        )
    )


def _badge(row: ScreeningRow) -> Markup:
    verdict = row.verdict or "to screen"
    name: str = verdict
    about = [_PHASES[row.phase]]
    if row.decision is not None:
        made = row.decision.provenance
        about += [made.actor if row.by_person else made.engine, row.note]
    elif row.note:
        name = row.note
    return Markup(
        '<p class="ev-top"><span class="ev-verdict ev-{}">{}</span> <span class="ev-soft">{}</span>'
        "</p>"
    ).format(verdict.replace(" ", "-"), name, _apart(filter(None, about)))


def noted(note: RecordNote) -> Markup:
    """A person's labels and words on a record."""
    labels = joined(
        Markup('<bdi class="ev-label">{}</bdi> ').format(label) for label in note.labels
    )
    words = Markup("<span>{}</span> ").format(note.text) if note.text else Markup("")
    return Markup('<p class="ev-note">{}{}<bdi class="ev-soft">{}</bdi></p>').format(
        labels, words, note.provenance.actor
    )


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
    return Markup("<b><bdi>{}</bdi></b> on the {}: {}{}").format(
        who,
        _PHASES[decision.phase],
        decision.verdict,
        Markup(" (<bdi>{}</bdi>)").format("; ".join(reasons)) if reasons else "",
    )


def _verdict(
    verdict: CriterionVerdict,
    criteria: Sequence[EligibilityCriterion],
    document_of: DocumentOf,
) -> Markup:
    criterion = next((c for c in criteria if c.criterion_id == verdict.criterion_id), None)
    passes = criterion is not None and (verdict.verdict == "met") == (criterion.kind == "inclusion")
    holds = "unclear" if verdict.verdict == "unclear" else "include" if passes else "exclude"
    absent = is_absence(verdict)  # there is nothing to be quoted
    quotes = joined(
        _quote(quote.document_digest, quote.start, quote.end, verdict, criteria, document_of)
        for quote in (() if absent else verdict.quotes)
    )
    reason = f"not found: {verdict.reason}" if absent else verdict.reason
    return Markup('<li><span class="ev-verdict ev-{}">{}</span> {}{} {}{}</li>').format(
        holds,
        verdict.verdict.replace("_", " "),
        "exclusion: " if criterion is not None and criterion.kind == "exclusion" else "",
        criterion.text if criterion is not None else verdict.criterion_id,
        Markup('<span class="ev-soft">{}</span>').format(reason),
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
    spans = [Span(start, end, verdict.criterion_id)]
    body = marked_text(document.text, first, last, spans, Marking(tuple(criteria)))
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


def history_list(lines: Sequence[RecordLine]) -> Markup:
    """What happened to a record, line by line."""
    items = joined(
        Markup(
            "<li><span class='ev-soft'>{}</span> <b><bdi>{}</bdi></b> <bdi>{}</bdi>{}</li>"
        ).format(
            line.at.strftime("%Y-%m-%d %H:%M UTC") if line.at else "",
            line.who,
            line.what,
            Markup(" (<bdi>{}</bdi>)").format(line.why) if line.why else "",
        )
        for line in lines
    )
    if not lines:
        return Markup('<p class="ev ev-soft">Nothing was done with this record yet.</p>')
    return Markup('<div class="ev"><ol class="ev-lines">{}</ol></div>').format(items)


def joined(parts: Iterable[Markup]) -> Markup:
    """Pieces of HTML, one after the other."""
    return Markup("").join(parts)


def _apart(parts: Iterable[str]) -> Markup:
    """Words side by side, none of which turns the writing of its neighbours around."""
    return Markup(" · ").join(Markup("<bdi>{}</bdi>").format(part) for part in parts)


def plain(text: str) -> str:
    """Text for a place that reads Markdown: every sign that could mean something is escaped.

    Controls and signs that turn the writing around are left out: Markdown cannot fence them in.
    Addresses become links in spite of their escapes, so that a sign of no width stands in each.
    """
    kept = (" " if unicodedata.category(c) == "Cc" else c for c in text if c not in _TURNS)
    flat = _LINKED.sub("\\g<0>\u2060", " ".join("".join(kept).split()))
    return "".join(f"\\{c}" if c.isascii() and not c.isalnum() and c != " " else c for c in flat)
