"""What stands above the records as HTML: the question, where the review stands, the criteria."""

from __future__ import annotations

from markupsafe import Markup

from evidence.findings_text import short_name
from evidence.prisma import PrismaCounts
from evidence.question import ClinicalQuestion
from evidence.ui.cards import criterion_colour, joined
from evidence.ui.screening.worklist import Worklist


def header(worklist: Worklist) -> Markup:
    """The question; its PICO, the criteria and the flow of records on request.

    The record that is read has to be in sight.
    """
    by_machine = worklist.screening.decided_by == "machine"
    return Markup(
        '<div class="ev ev-header"><h1>{}</h1>{}<details><summary>Question, criteria and flow of '
        "records</summary>{}{}{}</details></div>"
    ).format(
        worklist.question.text,
        _progress(worklist) if by_machine else "",
        _pico(worklist.question),
        legend(worklist.question, coloured=not worklist.screening.hide_machine),
        _flow(worklist.counts),
    )


def _pico(question: ClinicalQuestion) -> Markup:
    pico = question.pico
    parts = [
        ("Population", pico.population),
        ("Intervention", pico.intervention),
        ("Comparator", pico.comparator),
        ("Outcomes", "; ".join(map(short_name, pico.outcomes))),
    ]
    rows = joined(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, text)
        for name, text in parts
        if text
    )
    return Markup('<dl class="ev-pico">{}</dl>').format(rows)


def _progress(worklist: Worklist) -> Markup:
    total = len(worklist.rows)
    settled = total - worklist.unsettled
    return Markup(
        '{}<p class="ev-soft">{:,} of {:,} records settled, {:,} left for a person</p>'
    ).format(bar(settled, total, "records settled"), settled, total, worklist.unsettled)


def bar(done: int, total: int, what: str) -> Markup:
    """How much of a whole is done, as a line."""
    return Markup(
        '<div class="ev-bar" role="img" aria-label="{:,} of {:,} {}"><i style="width:{:.1f}%"></i>'
        "</div>"
    ).format(done, total, what, 100 * done / total if total else 0)


def _flow(counts: PrismaCounts) -> Markup:
    figures = joined(
        Markup("<div><b>{:,}</b><span>{}</span></div>").format(number, name)
        for name, number in _figures(counts)
    )
    return Markup('<div class="ev-figures">{}</div>').format(figures)


def _figures(counts: PrismaCounts) -> list[tuple[str, int]]:
    conflicts = counts.conflicts_title_abstract + counts.conflicts_full_text
    left_out = counts.ineligible_by_automation
    return [
        ("identified", counts.identified),
        ("duplicates", counts.duplicates),
        *([("left out by the certificate", left_out)] if left_out else []),
        ("screened", counts.screened),
        ("excluded on title and abstract", counts.excluded_title_abstract),
        *([("to screen", counts.to_screen)] if counts.to_screen else []),
        *([("full texts to get or read", counts.to_assess)] if counts.to_assess else []),
        *([("full texts not retrieved", counts.not_retrieved)] if counts.not_retrieved else []),
        ("full texts assessed", counts.assessed),
        ("excluded on full text", counts.excluded_full_text),
        *([("in conflict", conflicts)] if conflicts else []),
        ("awaiting a person", counts.awaiting),
        ("included", counts.included),
    ]


def legend(question: ClinicalQuestion, *, coloured: bool = True) -> Markup:
    """Each criterion, with the colour that marks its quotes where quotes are marked."""
    kind = (
        Markup('<mark class="ev-c{}">{}</mark>') if coloured else Markup('<b class="ev-k{}">{}</b>')
    )
    items = joined(
        Markup("<li>{} {}</li>").format(
            kind.format(
                criterion_colour(question.criteria, criterion.criterion_id), criterion.kind
            ),
            criterion.text,
        )
        for criterion in question.criteria
    )
    label = "Criteria and colours" if coloured else "Criteria"
    return Markup('<ul class="ev ev-legend" aria-label="{}">{}</ul>').format(label, items)
