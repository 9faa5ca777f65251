"""What the tables and plots of RoB 2 and of ROBINS-I have in common in a report."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from evidence.appraisal.answers import Tool
from evidence.findings import SummaryOfFindingsRow
from evidence.rendering.traffic_light_svg import LEVEL_WORDS
from evidence.report import Report, ReportedStudy

SIGNS = {
    "low": "+",
    "some_concerns": "!",
    "high": "×",
    "unclear": "?",
    "moderate": "!",
    "serious": "×",
    "critical": "××",
    "no_information": "…",
}
# Levels of ROBINS-I have the colours of those of RoB 2 that they are nearest to.
_COLOURS = {
    "moderate": "some_concerns",
    "serious": "high",
    "critical": "high",
    "no_information": "unclear",
}


def numbered_studies(report: Report, tool: Tool) -> list[tuple[int, ReportedStudy]]:
    """The included studies that a tool is for, with their numbers among all included ones."""
    return [(n, study) for n, study in enumerate(report.included, 1) if study.tool == tool]


def weights(row: SummaryOfFindingsRow) -> dict[str, float]:
    """Percent by record; a study with several comparisons has the sum."""
    found: dict[str, float] = {}
    for study in row.studies:
        if row.effect is not None and study.percent is not None and study.percent > 0:
            found[study.record_id] = found.get(study.record_id, 0.0) + study.percent
    return found


def figures(plots: Sequence[tuple[str, str]]) -> Markup:
    """Plots with what each shows."""
    return Markup("").join(
        Markup('<figure class="plot" role="group" aria-label="{}">{}</figure>').format(
            title,
            Markup(svg),  # noqa: S704 - drawn here, its texts escaped
        )
        for title, svg in plots
    )


def table(caption: str, heads: Sequence[str], rows: Markup) -> Markup:
    """A row a study, a column a domain, and the overall judgement."""
    columns = Markup("").join(Markup('<th scope="col">{}</th>').format(name) for name in heads)
    return Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}">'
        '<table class="bias"><thead><tr><th scope="col">Study</th>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(caption, columns, rows)


def light(level: str) -> Markup:
    """A judgement as a sign with its word beside it."""
    return Markup(
        '<span class="light {0}" aria-hidden="true">{1}</span> <span class="level">{2}</span>'
    ).format(_COLOURS.get(level, level), SIGNS[level], LEVEL_WORDS[level].lower())
