"""Two records side by side as HTML: everything from a record is escaped, differing words marked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from evidence.duplicates.listing import ListedDuplicate
from evidence.rendering.differences import differing_words
from evidence.rendering.doi_link import doi_url
from evidence.rendering.marks import Span, marked
from evidence.state import Fate, study_label
from indexers.records import Record

_SHARED = 0.35
_FATES: dict[Fate, str] = {
    "duplicate": "left out as a duplicate",
    "not_screened": "left out: screening could stop",
    "to_screen": "not screened yet",
    "conflict_title_abstract": "reviewers disagree on title and abstract",
    "excluded_title_abstract": "excluded on title and abstract",
    "to_retrieve": "full text not sought yet",
    "not_retrieved": "full text not retrieved",
    "to_assess": "full text not assessed yet",
    "conflict_full_text": "reviewers disagree on full text",
    "excluded_full_text": "excluded on full text",
    "awaiting": "awaiting a person",
    "included": "included",
}


def pair_style() -> Markup:
    """The style sheet of the pairs, beside that of the cards."""
    css = (Path(__file__).parent / "duplicates.css").read_text(encoding="utf-8")
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - ours


def duplicates_header(n_open: int, n_merged: int, n_by_person: int) -> Markup:
    """What waits and what was merged, in figures."""
    figures = [
        (f"{'pair waits' if n_open == 1 else 'pairs wait'} for a person", n_open),
        ("merged by the machine", n_merged - n_by_person),
        ("merged by a person", n_by_person),
    ]
    shown = Markup("").join(
        Markup("<div><b>{}</b><span>{}</span></div>").format(f"{number:,}", name)
        for name, number in figures
    )
    return Markup(
        '<div class="ev ev-header"><h1>Duplicates</h1><p class="ev-soft">Records of one report '
        "are counted once: the most complete stays. A missed duplicate costs a second look, a "
        "wrong merge loses a study, so what is not certain is left to you.</p>"
        '<div class="ev-figures">{}</div></div>'
    ).format(shown)


def open_pair(item: ListedDuplicate, *, show_fates: bool = True) -> Markup:
    """A suspected pair: why, and both records; the one that would stay is on the right.

    A fate tells the engine's verdict where it decides: leave it out where that is hidden.
    """
    return Markup(
        '<article class="ev ev-card"><p class="ev-top"><span class="ev-verdict ev-unclear">'
        "one report?</span> {}</p><h3>{}</h3>{}</article>"
    ).format(
        item.reason,
        item.record.title or item.other.title or study_label(item.record),
        side_by_side(item, "would stay", show_fates=show_fates),
    )


def merge(item: ListedDuplicate, *, show_fates: bool = True) -> Markup:
    """A merge: which record is left out for which, why and by whom, and both on request."""
    who = item.decided_by if item.by_person else f"engine {item.decided_by}"
    through = f", through {item.said_of}" if item.said_of else ""
    when = Markup('<span class="ev-soft">{}</span>')
    return Markup(
        '<article class="ev ev-card"><p class="ev-top"><span class="ev-verdict ev-merged">merged'
        "</span> {}{} {}</p><h3>{}</h3><p class='ev-soft'>{} · {} is left out, {} stays</p>"
        "<details><summary>Compare the two</summary>{}</details></article>"
    ).format(
        item.reason or "no reason given",
        through,
        when.format(f"· {who}"),
        item.record.title or study_label(item.record),
        study_label(item.record),
        item.record.record_id,
        item.other.record_id,
        side_by_side(item, "stays", show_fates=show_fates),
    )


def side_by_side(item: ListedDuplicate, stays: str, *, show_fates: bool = True) -> Markup:
    """Both records field by field; words that only one of them has are marked."""
    one, other = item.record, item.other
    fates = (item.fate, item.fate_of_other) if show_fates else (None, None)
    head = Markup(
        '<div class="ev-corner"></div><div class="ev-side">{}</div><div class="ev-side">{}</div>'
    ).format(_head(one, fates[0], ""), _head(other, fates[1], stays))
    rows = Markup("").join(
        _row(name, left, right) for name, left, right in _fields(one, other) if left or right
    )
    identifiers = Markup('<div class="ev-name">Identifiers</div><div>{}</div><div>{}</div>').format(
        _identifiers(one, other), _identifiers(other, one)
    )
    return Markup('<div class="ev-pair">{}{}{}{}</div>').format(
        head, rows, identifiers, _row("Abstract", one.abstract, other.abstract)
    )


def _head(record: Record, fate: Fate | None, stays: str) -> Markup:
    badge = Markup(' <span class="ev-verdict ev-stays">{}</span>').format(stays) if stays else ""
    return Markup('<b>{}</b>{}<br><span class="ev-soft">{}</span>').format(
        study_label(record),
        badge,
        " · ".join(
            [record.record_id, record.source, *([_FATES[fate]] if fate is not None else [])]
        ),
    )


def _fields(one: Record, other: Record) -> list[tuple[str, str, str]]:
    return [
        ("Title", one.title, other.title),
        ("Authors", "; ".join(one.authors), "; ".join(other.authors)),
        ("Year", str(one.year or ""), str(other.year or "")),
        ("Journal", one.journal or "", other.journal or ""),
        ("Type", "; ".join(one.publication_types), "; ".join(other.publication_types)),
    ]


def _row(name: str, left: str, right: str) -> Markup:
    note = Markup("")
    spans: tuple[Sequence[Span], Sequence[Span]] = (), ()
    if left and right:
        found = differing_words(left, right, _SHARED if name == "Abstract" else 0.0)
        if found is None:
            note = Markup('<br><span class="ev-soft">other words throughout</span>')
        else:
            spans = found
    return Markup(
        '<div class="ev-name">{0}{1}</div><div class="{2}">{3}</div><div class="{2}">{4}</div>'
    ).format(
        name,
        note,
        "ev-field-title" if name == "Title" else "ev-field",
        _marked(left, spans[0], f"no {name.lower()}"),
        _marked(right, spans[1], f"no {name.lower()}"),
    )


def _whole(text: str) -> list[Span]:
    return [Span(0, len(text), "differs")]


def _marked(text: str, spans: Sequence[Span], missing: str) -> Markup:
    if not text:
        return Markup('<span class="ev-soft">{}</span>').format(missing)

    def opening(_span: Span) -> Markup:
        return Markup('<mark class="ev-differs">')

    return marked(text, 0, len(text), spans, opening, lambda _span: Markup("</mark>"))


def _identifiers(record: Record, beside: Record) -> Markup:
    """DOI, PMID and PMCID; marked where the other record has another one."""
    parts = []
    for name in ("doi", "pmid", "pmcid"):
        value, other = getattr(record, name), getattr(beside, name)
        if not value:
            continue
        differs = bool(other) and value.strip().casefold() != other.strip().casefold()
        shown = _marked(value, _whole(value) if differs else [], "")
        url = doi_url(value) if name == "doi" else None
        if url:
            link = Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>')
            shown = link.format(url, shown)
        parts.append(Markup("{} {}").format(name.upper(), shown))
    return Markup("<br>").join(parts) or Markup('<span class="ev-soft">none</span>')
