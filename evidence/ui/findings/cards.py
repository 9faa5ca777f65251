"""The summary of findings and what a supposition changes, as HTML; every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from markupsafe import Markup, escape

from evidence.decision.scales import FRAMEWORK
from evidence.decision.versions import headline
from evidence.findings import DomainRating, Recommendation, StudyResult, SummaryOfFindingsRow
from evidence.findings_text import printed, short_name
from evidence.rendering.report_html import effect_text
from evidence.synthesis.findings_table import ABSOLUTE_COLUMNS, COLUMNS, ROUNDING, findings_table
from evidence.ui.cards import joined
from evidence.ui.reading import raised
from evidence.what_if import OutcomeDifference, WhatIf

_STATEMENT = len(COLUMNS) - 1


def findings_style() -> Markup:
    """The style sheet of the page."""
    css = (Path(__file__).parent / "findings.css").read_text(encoding="utf-8")
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - ours


def findings_html(rows: Sequence[SummaryOfFindingsRow], intervention: str) -> Markup:
    """The summary-of-findings table with its footnotes."""
    table = findings_table(rows, intervention)
    first, last = ABSOLUTE_COLUMNS
    heads = joined(Markup("<th scope='col'>{}</th>").format(_head(name)) for name in COLUMNS)
    marks = {mark for mark, _ in table.footnotes}
    lines = joined(
        Markup("<tr>{}</tr>").format(
            joined(_cell(place, text, marks) for place, text in enumerate(line.cells))
        )
        for line in table.lines
    )
    over = Markup("<tr><td colspan='{}'></td><th colspan='{}'>{}</th><td colspan='{}'></td></tr>")
    spans = over.format(first, last - first, "Anticipated absolute effects", len(COLUMNS) - last)
    notes = joined(
        Markup("<li><b>{}</b>{}</li>").format(mark, raised(text)) for mark, text in table.footnotes
    )
    return Markup(
        '<div class="ev ev-wide" tabindex="0" role="region" aria-label="Summary of findings">'
        '<table class="ev-sof"><thead>{}<tr>{}</tr></thead><tbody>{}</tbody></table></div>'
        '<p class="ev ev-notes">{}</p>'
        '<details class="ev"><summary>Footnotes</summary><ul class="ev-notes">{}</ul></details>'
    ).format(spans, heads, lines, ROUNDING, notes)


def _cell(place: int, text: str, marks: Collection[str]) -> Markup:
    if place == 0:
        return Markup("<th scope='row'>{}</th>").format(text)
    if place == _STATEMENT:
        return Markup("<td class='ev-word' data-label='{}'>{}</td>").format(COLUMNS[place], text)
    value, _, last = text.rpartition(" ")
    if value and all(mark in marks for mark in last.split(",")):
        return Markup("<td data-label='{}'>{}<sup>{}</sup></td>").format(
            COLUMNS[place], _unbroken(value), last
        )
    return Markup("<td data-label='{}'>{}</td>").format(COLUMNS[place], _unbroken(text))


def _unbroken(text: str) -> Markup:
    """A finding on as few lines as it has parts: `RR 0.64` and `(0.48 to 0.85)`."""
    parts = re.split(r" (?=[(A-Z])", text)
    return Markup(" ").join(Markup("<span>{}</span>").format(part) for part in parts)


def _head(name: str) -> Markup:
    """The name of a column; what stands in brackets is not parted."""
    words, bracket, rest = name.partition(" (")
    return Markup("{} <span>({}</span>").format(words, rest) if bracket else escape(words)


def left_out_html(study: StudyResult) -> Markup:
    """Why a study has no part in the pooled effect."""
    return Markup('<p class="ev ev-soft">{}: {}</p>').format(study.study, raised(study.note))


def change_html(found: WhatIf) -> Markup:
    """What a supposition changes: the recommendation, and estimate and certainty by outcome."""
    rows = joined(_changed_outcome(outcome) for outcome in found.outcomes)
    heads = joined(
        Markup("<th scope='col'>{}</th>").format(name)
        for name in ("Outcome", "As judged", "As supposed")
    )
    return Markup(
        '<div class="ev ev-change ev-wide" role="status"><table class="ev-supposed">'
        "<thead><tr>{}</tr></thead><tbody>{}{}</tbody></table></div>"
    ).format(heads, _changed_recommendation(found), rows)


def _changed_outcome(outcome: OutcomeDifference) -> Markup:
    domains = joined(
        Markup("<li>{}: {} → {}. {}</li>").format(
            _domain(before), _levels(before), _levels(after), after.reason
        )
        for before, after in outcome.domains
    )
    return _changed_row(
        short_name(outcome.before.outcome),
        _finding(outcome.before),
        _finding(outcome.after),
        domains,
        changed=outcome.changed,
    )


def _finding(row: SummaryOfFindingsRow) -> Markup:
    effect = effect_text(row) or "not pooled"
    certainty = f"{printed(row, 'certainty')} certainty" if row.certainty else "certainty not rated"
    return Markup("<b>{}</b><span class='ev-soft ev-line'>{} · {}</span>").format(
        effect, certainty, printed(row, "k_studies")
    )


def _changed_recommendation(found: WhatIf) -> Markup:
    """Direction and strength as the rules draft them, and where they change what the rules say."""
    changed = found.before.sentences[:1] != found.after.sentences[:1]
    changed = changed or found.recommendation_changed or bool(found.judgements)
    before, after = (_drafted(draft, changed=changed) for draft in (found.before, found.after))
    judgements = joined(
        Markup("<li>{}: {} → {}</li>").format(FRAMEWORK[criterion].title, was, now)
        for criterion, was, now in found.judgements
    )
    return _changed_row("Recommendation by rules", before, after, judgements, changed=changed)


def _drafted(draft: Recommendation, *, changed: bool) -> Markup:
    said = draft.sentences[0].text if changed and draft.sentences else ""
    return Markup("<b>{}</b><span class='ev-soft ev-line'>{}</span>").format(headline(draft), said)


def _changed_row(
    name: str, before: Markup, after: Markup, more: Markup, *, changed: bool
) -> Markup:
    """A line of the table, and below it what moved."""
    if not changed:
        after = Markup("<span class='ev-soft'>as before</span>")
    under = Markup("<tr class='ev-moved-by'><td></td><td colspan='2'><ul>{}</ul></td></tr>")
    return Markup("<tr class='{}'><th scope='row'>{}</th><td>{}</td><td>{}</td></tr>{}").format(
        "ev-changed" if changed else "", name, before, after, under.format(more) if more else ""
    )


def _domain(rating: DomainRating) -> str:
    return rating.domain.replace("_", " ").capitalize()


def _levels(rating: DomainRating) -> str:
    return f"−{rating.levels_down}" if rating.levels_down else "not lowered"


def domains_html(row: SummaryOfFindingsRow) -> Markup:
    """The domains of GRADE with the levels that each takes off, and why."""
    return Markup('<div class="ev"><ul>{}</ul></div>').format(
        joined(
            Markup("<li><b>{}</b> {}: {}</li>").format(
                _domain(domain), _levels(domain), domain.reason
            )
            for domain in row.domains
        )
    )
