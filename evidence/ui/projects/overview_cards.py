"""The overview as HTML: the next step, the flow of records, the stages, who did what, the notes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from evidence.contributors import Contributor
from evidence.overview import StageStanding, Waiting
from evidence.prisma import PrismaCounts
from evidence.running_review import RunOutcome, StageProgress
from evidence.to_look_at import Note
from evidence.ui.cards import joined
from evidence.ui.screening.headers import bar

_STANDING: dict[Waiting, tuple[str, str]] = {
    "done": ("include", "done"),
    "engine": ("to-screen", "for the engine"),
    "people": ("unclear", "for a person"),
    "later": ("to-screen", "later"),
}


def overview_style() -> Markup:
    """The style sheet of the page."""
    css = (Path(__file__).parent / "overview.css").read_text(encoding="utf-8")
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - ours


def title_html(question: str) -> Markup:
    """The question as the page's title."""
    return Markup('<div class="ev ev-header"><h1>{}</h1></div>').format(question)


def next_step_html(sentence: str, heading: str) -> Markup:
    """What to do now, or what is being done."""
    return Markup('<div class="ev ev-next"><small>{}</small><p>{}</p></div>').format(
        heading, sentence
    )


def flow_html(counts: PrismaCounts) -> Markup:
    """The flow of records in five figures, what left it below each."""
    conflicts = counts.conflicts_title_abstract + counts.conflicts_full_text
    boxes: tuple[tuple[int, str, list[tuple[int, str]]], ...] = (
        (
            counts.identified,
            "records identified",
            [
                (counts.not_found, "more in the store, not found by the search"),
                (counts.duplicates, "duplicates removed"),
            ],
        ),
        (
            counts.screened,
            "titles and abstracts screened",
            [
                (counts.excluded_title_abstract, "excluded"),
                (counts.to_screen, "to screen"),
                (counts.ineligible_by_automation, "left out by the certificate"),
            ],
        ),
        (
            counts.sought,
            "full texts sought",
            [(counts.not_retrieved, "not retrieved"), (counts.to_assess, "to assess")],
        ),
        (
            counts.assessed,
            "full texts assessed",
            [
                (counts.excluded_full_text, "excluded"),
                (counts.awaiting, "unclear"),
                (conflicts, "in conflict"),
            ],
        ),
        (counts.included, "included", []),
    )
    items = joined(
        Markup("<li{}><b>{:,}</b><span>{}</span>{}</li>").format(
            Markup(' class="ev-last"') if place == len(boxes) else "", number, words, _left(left)
        )
        for place, (number, words, left) in enumerate(boxes, 1)
    )
    return Markup(
        '<div class="ev"><ol class="ev-flow" aria-label="Flow of records">{}</ol></div>'
    ).format(items)


def _left(left: Sequence[tuple[int, str]]) -> Markup:
    return joined(Markup("<small>{:,} {}</small>").format(n, words) for n, words in left if n)


def columns_html(
    stages: Sequence[StageStanding], people: Sequence[Contributor], notes: Sequence[Note]
) -> Markup:
    """Stages, who did what, and what to look at, side by side where there is room."""
    parts = [_section("Stages", joined(map(_stage, stages)))]
    if people:
        parts.append(_section("Who did what", joined(map(_contributor, people))))
    if notes:
        told = joined(Markup('<li class="ev-wide">{}</li>').format(n.text) for n in notes)
        parts.append(_section("To look at", told))
    return Markup('<div class="ev ev-columns">{}</div>').format(joined(parts))


def _section(title: str, items: Markup) -> Markup:
    return Markup("<section><h2>{}</h2><ul>{}</ul></section>").format(title, items)


def _stage(stage: StageStanding) -> Markup:
    colour, words = _STANDING[stage.waiting]
    return Markup(
        '<li><span>{}</span><span><span class="ev-verdict ev-{}">{}</span><small>{}</small></span>'
        "</li>"
    ).format(stage.name, colour, words, stage.told)


def _contributor(who: Contributor) -> Markup:
    last = f"last on {who.last_at:%Y-%m-%d at %H:%M} UTC" if who.last_at else ""
    return Markup("<li><span>{}</span><span>{}<small>{}</small></span></li>").format(
        who.name[:1].upper() + who.name[1:] if not who.by_person else who.name, who.told, last
    )


def progress_html(bars: Sequence[StageProgress]) -> Markup:
    """A bar for each stage that has begun."""
    if not bars:
        return Markup(
            '<p class="ev ev-soft">The engine is getting ready. After a start of the app it first '
            "loads its models, which takes longer than a few records do …</p>"
        )
    rows = joined(
        Markup('<div class="ev-stage"><span>{}</span>{}<span>{}</span></div>').format(
            one.label,
            bar(one.done, one.total or 0, one.label),
            _how_far(one),
        )
        for one in bars
    )
    return Markup('<div class="ev ev-bars">{}</div>').format(rows)


def _how_far(one: StageProgress) -> str:
    if one.total == 1:
        return "done" if one.done else "at work …"
    return f"{one.done:,} of {one.total:,}" if one.total is not None else f"{one.done:,}"


def outcome_html(outcome: RunOutcome) -> Markup:
    """What each stage of a run told."""
    rows = joined(
        Markup("<li><span>{}</span><span>{}</span></li>").format(stage, told)
        for stage, told in outcome.stages
    )
    if not rows:
        return Markup("")
    return Markup('<div class="ev ev-columns"><section><ul>{}</ul></section></div>').format(rows)
