"""The summary of findings and what a supposition changes, as HTML; every text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from evidence.findings import SummaryOfFindingsRow
from evidence.synthesis.findings_table import ABSOLUTE_COLUMNS, COLUMNS, findings_table
from evidence.ui.cards import joined

_STATEMENT = len(COLUMNS) - 1


def findings_style() -> Markup:
    """The style sheet of the page."""
    css = (Path(__file__).parent / "findings.css").read_text(encoding="utf-8")
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - ours


def findings_html(rows: Sequence[SummaryOfFindingsRow], intervention: str) -> Markup:
    """The summary-of-findings table with its footnotes."""
    table = findings_table(rows, intervention)
    first, last = ABSOLUTE_COLUMNS
    heads = joined(Markup("<th scope='col'>{}</th>").format(name) for name in COLUMNS)
    lines = joined(
        Markup("<tr>{}</tr>").format(joined(_cell(place, text) for place, text in enumerate(cells)))
        for cells in (line.cells for line in table.lines)
    )
    over = Markup("<tr><td colspan='{}'></td><th colspan='{}'>{}</th><td colspan='{}'></td></tr>")
    spans = over.format(first, last - first, "Anticipated absolute effects", len(COLUMNS) - last)
    notes = joined(
        Markup("<li><b>{}</b>{}</li>").format(mark, text) for mark, text in table.footnotes
    )
    return Markup(
        '<div class="ev ev-wide" tabindex="0" role="region" aria-label="Summary of findings">'
        '<table class="ev-sof"><thead>{}<tr>{}</tr></thead><tbody>{}</tbody></table></div>'
        '<details class="ev"><summary>Footnotes</summary><ul class="ev-notes">{}</ul></details>'
    ).format(spans, heads, lines, notes)


def _cell(place: int, text: str) -> Markup:
    if place == 0:
        return Markup("<th scope='row'>{}</th>").format(text)
    kind = " class='ev-word'" if place == _STATEMENT else ""
    return Markup("<td{}>{}</td>").format(Markup(kind), text)  # noqa: S704 - ours


def change_html(told: Sequence[str]) -> Markup:
    """What a supposition changes: the lines of `what_if.lines`."""
    lines = joined(
        Markup("<li{}>{}</li>").format(
            Markup(" class='ev-inner'") if line.startswith("  ") else "", line.strip()
        )
        for line in told
    )
    return Markup('<div class="ev ev-change" role="status"><ul>{}</ul></div>').format(lines)


def domains_html(row: SummaryOfFindingsRow) -> Markup:
    """The domains of GRADE with the levels that each takes off, and why."""
    return Markup('<div class="ev"><ul>{}</ul></div>').format(
        joined(
            Markup("<li><b>{}</b> {}: {}</li>").format(
                domain.domain.replace("_", " ").capitalize(),
                f"−{domain.levels_down}" if domain.levels_down else "not lowered",
                domain.reason,
            )
            for domain in row.domains
        )
    )
