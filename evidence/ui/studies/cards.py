"""A study's characteristics, arms and results as HTML; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from markupsafe import Markup

from evidence.findings_text import short_name
from evidence.judgements import Arm, Characteristic, StatedDirection
from evidence.rendering.report_html import DIRECTION_SIGNS, DIRECTION_WORDS, plain_number
from evidence.ui.cards import joined
from evidence.ui.quotes import DocumentOf, quoted_in_context
from evidence.ui.reading import raised
from evidence.ui.studies.results import (
    OutcomeResults,
    OutcomeStanding,
    ResultRow,
    Standing,
    StudyResults,
    arm_numbers,
    effect_numbers,
)
from indexers.records import Quote

_BADGES: dict[Standing, str] = {
    "taken": "include", "waits": "unclear", "passed over": "to-screen", "rejected": "exclude",
}  # fmt: skip
_STANDING_WORDS: dict[Standing, str] = {
    "taken": "in the synthesis", "waits": "to check", "passed over": "not used",
    "rejected": "rejected",
}  # fmt: skip
_OUTCOME_BADGES: dict[OutcomeStanding, tuple[str, str]] = {
    "waits": ("unclear", "to check"),
    "corrected": ("include", "corrected"),
    "confirmed": ("include", "confirmed"),
    "added": ("include", "added"),
    "not checked": ("to-screen", "not checked"),
    "passed over": ("to-screen", "another time"),
    "rejected": ("exclude", "rejected"),
}
_SHOWN = 48


def studies_style() -> Markup:
    """The style sheet of the page."""
    css = (Path(__file__).parent / "studies.css").read_text(encoding="utf-8")
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - ours


def left_html(studies: Sequence[StudyResults]) -> Markup:
    """How many results there are, how many wait, and how many a person has looked at."""
    rows = [row for study in studies for row in study.rows if row.standing != "rejected"]
    waiting = sum(row.standing == "waits" for row in rows)
    looked_at = sum(row.origin != "engine" for row in rows)
    return Markup("<p class='ev ev-left'>{} · {} · <b>{}</b> · {:,} seen by a person</p>").format(
        _counted(len(studies), "included study", "included studies"),
        _counted(len(rows), "result", "results"),
        f"{waiting:,} to check",
        looked_at,
    )


def _counted(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"


def matrix_head(outcomes: Sequence[str]) -> Markup:
    """The outcomes over the rows of `matrix_row`; where they have no room the table scrolls."""
    room = Markup("<style>.st-key-studies-matrix > * {{ min-width: {}rem; }}</style>").format(
        9 + 6 * len(outcomes)
    )
    cells = joined(Markup("<span>{}</span>").format(short_name(name)) for name in outcomes)
    return _matrix_line("ev-matrix-head", len(outcomes), cells) + room


def matrix_row(study: StudyResults, outcomes: Sequence[str], *, is_open: bool) -> Markup:
    """How far each outcome of a study is."""
    by_name = {outcome.outcome: outcome for outcome in study.outcomes}
    cells = joined(_matrix_cell(name, by_name.get(name)) for name in outcomes)
    return _matrix_line("ev-open" if is_open else "", len(outcomes), cells)


def _matrix_line(kind: str, n_outcomes: int, cells: Markup) -> Markup:
    return Markup('<div class="ev ev-matrix {}" style="--ev-n: {}">{}</div>').format(
        kind, n_outcomes, cells
    )


def _matrix_cell(name: str, outcome: OutcomeResults | None) -> Markup:
    if outcome is None or outcome.standing == "nothing":
        told = Markup('<span class="ev-soft">nothing found</span>')
    else:
        badge, words = _OUTCOME_BADGES[outcome.standing]
        if outcome.standing == "waits":
            words = f"{outcome.waiting} to check"
        told = Markup('<span class="ev-verdict ev-{}">{}</span>').format(badge, words)
    # Who listens to the page hears the outcome, which the others see above.
    return Markup('<span title="{}"><i class="ev-heard">{}: </i>{}</span>').format(
        short_name(name), short_name(name), told
    )


def characteristics_html(told: Sequence[Characteristic], document_of: DocumentOf) -> Markup:
    """Field, value, and the quote, which opens to its place in the text."""
    rows, before = [], ""
    for item in told:
        name = item.field.replace("_", " ").capitalize()
        rows.append(
            Markup("<tr><th scope='row'>{}</th><td>{}</td><td>{}</td></tr>").format(
                "" if name == before else name, item.value, _quotes(item.quotes, document_of)
            )
        )
        before = name
    return _table("Characteristics", ("Field", "Value", "In the report"), rows)


def arms_html(arms: Sequence[Arm], document_of: DocumentOf) -> Markup:
    """The arms with their roles and sizes."""
    rows = [
        Markup("<tr><th scope='row'>{}</th><td>{}</td><td>{}</td><td>{}</td></tr>").format(
            arm.name + (f" ({', '.join(arm.abbreviations)})" if arm.abbreviations else ""),
            arm.role,
            "?" if arm.size is None else f"{arm.size:,}",
            _quotes(arm.quotes, document_of),
        )
        for arm in arms
    ]
    return _table("Arms", ("Arm", "Role", "Size", "In the report"), rows)


def results_html(outcome: OutcomeResults, opened: str | None) -> Markup:
    """The results of an outcome, a row each; the opened one is marked.

    Args:
        outcome: With its rows.
        opened: The digest of the result that is open below.
    """
    heads = ("", "Time", "Population", "Intervention", "Comparator", "Synthesis")
    return _table("Results", heads, [_row(row, opened) for row in outcome.rows])


def _row(row: ResultRow, opened: str | None) -> Markup:
    result = row.result
    arms = arm_numbers(result.data)
    if arms is None:
        numbers = Markup("<td colspan='2'>{}{}</td>").format(
            effect_numbers(result.data),
            _soft(f"{result.intervention} against {result.comparator}"),
        )
    else:
        names = (result.intervention, result.comparator)
        numbers = joined(
            Markup("<td><b>{}</b>{}</td>").format(told, _soft(name))
            for told, name in zip(arms, names, strict=True)
        )
    kind = "ev-open" if result.content_digest == opened else ""
    return Markup(
        "<tr class='{}'><th scope='row'>{}</th><td>{}</td><td>{}</td>{}<td>{}</td></tr>"
    ).format(
        f"{kind} ev-out".strip() if row.standing == "rejected" else kind,
        row.number,
        result.time_point or _soft("not said"),
        result.analysis_population or _soft("not said"),
        numbers,
        _standing(row),
    )


def _standing(row: ResultRow) -> Markup:
    """How a result stands; green only where a person has looked, as in the table of studies."""
    by = row.result.provenance
    why: list[str] = []
    badge = _BADGES[row.standing]
    if row.standing == "taken" and row.origin == "engine":
        badge = "to-screen"
        why.append("not checked")
    if row.standing == "waits" and row.first:
        why.append("goes into the synthesis once you have confirmed it")
    elif row.standing == "rejected":
        why.append(f"{row.rejected_by}: {row.why}" if row.why else row.rejected_by)
    elif row.why:
        why.append(row.why)
    if by.by_person:
        why.append(f"by {by.actor}: {by.reason}" if by.reason else f"by {by.actor}")
    return Markup('<span class="ev-verdict ev-{}">{}</span>{}').format(
        badge, _STANDING_WORDS[row.standing], joined(_soft(text) for text in why)
    )


def doubts_html(row: ResultRow) -> Markup:
    """The result as the report words it, what a person has to settle, and notes."""
    flags = joined(Markup("<li>{}</li>").format(raised(flag)) for flag in row.flags)
    notes = joined(Markup("<li>{}</li>").format(raised(note)) for note in row.result.notes)
    return Markup('<div class="ev">{}{}{}</div>').format(
        Markup("<p class='ev-soft'>Reported as: {}</p>").format(raised(row.result.reported_as)),
        Markup("<ul class='ev-flags'>{}</ul>").format(flags) if row.flags else "",
        Markup("<ul class='ev-soft'>{}</ul>").format(notes) if row.result.notes else "",
    )


def direction_html(stated: StatedDirection | None, document_of: DocumentOf) -> Markup:
    """Which way the report tells that the outcome went; empty when it was not read so."""
    if stated is None or stated.direction == "unclear":
        return Markup("")
    by = stated.provenance
    return Markup('<div class="ev ev-soft">The report tells: {} {} ({}) {}</div>').format(
        DIRECTION_SIGNS[stated.direction],
        DIRECTION_WORDS[stated.direction],
        by.actor if by.by_person else "read by an engine",
        _quotes(stated.quotes, document_of),
    )


def _quotes(quotes: Iterable[Quote], document_of: DocumentOf) -> Markup:
    return joined(
        Markup("<details><summary>{}</summary>{}</details>").format(
            _shortened(quote.text), quoted_in_context(quote, document_of)
        )
        for quote in quotes
    )


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return f"“{flat}”" if len(flat) <= _SHOWN else f"“{flat[:_SHOWN]}…”"


def _soft(text: str) -> Markup:
    return Markup('<span class="ev-soft ev-line">{}</span>').format(text)


def _table(label: str, heads: Sequence[str], rows: Sequence[Markup]) -> Markup:
    return Markup(
        '<div class="ev ev-wide" tabindex="0" role="region" aria-label="{}">'
        '<table class="ev-grid ev-grid-{}"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(
        label,
        len(heads),
        joined(Markup("<th scope='col'>{}</th>").format(h) for h in heads),
        joined(rows),
    )


def typed_html(name: str, before: float | str | None, after: float | str | None) -> Markup:
    """What a cell held, and what was typed over it."""
    was, now = (
        "empty" if told is None else plain_number(told) if isinstance(told, int | float) else told
        for told in (before, after)
    )
    return Markup(
        '<p class="ev ev-typed">{}: <span class="ev-was">{}</span> → <b>{}</b></p>'
    ).format(name, was, now)
