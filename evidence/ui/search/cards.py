"""Pieces of the search page as HTML: every text of a strategy, file or record is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from evidence.query_debugger.explanation import Explanation, LineHits, LostRecord
from evidence.query_debugger.explanation_html import as_html
from evidence.query_debugger.explanation_text import number
from evidence.query_debugger.finding import Finding, Severity
from evidence.searching.adding import Plan
from evidence.searching.given_files import GivenFile
from evidence.searching.past import NOT_GIVEN, PastSearch
from evidence.searching.strategy_text import Place
from evidence.ui.cards import joined
from indexers.records import Record

_FIRST_TITLES = 5
_LONGEST_SHOWN = 140  # characters of a strategy in the table; the rest opens on a click
_MOST_SHOWN = 30
_DIGEST = re.compile(r"[0-9a-f]{12}")
MOST_LEFT_OUT = 100
_SEVERITIES: dict[Severity, str] = {"error": "Error", "warning": "Check", "note": "Note"}


def search_style() -> Markup:
    """The style sheet of the search page, beside that of the cards."""
    css = (Path(__file__).parent / "search.css").read_text(encoding="utf-8")
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - ours


def search_header(n_records: int, n_searches: int, n_duplicates: int, n_pairs: int) -> Markup:
    """What the searches brought so far."""
    figures = [
        (n_searches, "search" if n_searches == 1 else "searches"),
        (n_records, "records identified"),
        (n_duplicates, "duplicates removed"),
        (n_pairs, "pair waits for a person" if n_pairs == 1 else "pairs wait for a person"),
    ]
    items = joined(
        Markup("<div><b>{:,}</b><span>{}</span></div>").format(n, name) for n, name in figures
    )
    return Markup(
        '<div class="ev ev-header"><h1>Search</h1><div class="ev-figures">{}</div></div>'
    ).format(items)


def number_html(line: int) -> Markup:
    """A line's number, under which other lines refer to it."""
    return Markup('<div class="ev ev-number">#{}</div>').format(line)


def hits_html(hits: LineHits | None, n_known: int) -> Markup:
    """What a line finds, and how many of the known records; nothing before it was counted."""
    if hits is None:
        return Markup('<div class="ev ev-hits"></div>')
    known = Markup("")
    if n_known and hits.missed:
        known = Markup('<span class="ev-loses">misses {:,} of {:,} known</span>').format(
            len(hits.missed), n_known
        )
    elif n_known:
        known = Markup("<span>all {:,} known</span>").format(n_known)
    found = number(hits.hits)
    return Markup('<div class="ev ev-hits"><b>{}</b><span>found</span>{}</div>').format(
        found, known
    )


def fault_html(fault: Place) -> Markup:
    """Where a strategy cannot be read."""
    where = f"Line #{fault.number}" if fault.number is not None else "The strategy"
    return Markup('<div class="ev ev-fault"><b>{}, character {:,}:</b> {}</div>').format(
        where, fault.character, fault.message
    )


def result_html(explanation: Explanation, n_new: int, source: str) -> Markup:
    """What the whole strategy finds, in a line or two."""
    parts = [
        Markup("<b>{:,}</b> of {:,} records of the {} found, <b>{:,}</b> of them new").format(
            explanation.hits, explanation.n_records, source, n_new
        )
    ]
    if explanation.known:
        n_known = len(explanation.known)
        parts.append(
            Markup("<b>{:,} of {:,}</b> known records found").format(
                n_known - len(explanation.lost), n_known
            )
        )
    if explanation.not_in_store:
        outside = len(explanation.not_in_store)
        are = "known record is" if outside == 1 else "known records are"
        parts.append(Markup("{:,} {} not in this store").format(outside, are))
    return Markup('<p class="ev ev-result">{}</p>').format(Markup(" · ").join(parts))


def lost_html(lost: Sequence[LostRecord], numbers: Mapping[int, int]) -> Markup:
    """Known records that the strategy misses, each with the part that keeps it out.

    Args:
        lost: The records.
        numbers: The number of the line that stands in each row of the text.
    """
    items = joined(
        Markup("<li>{} <span>{}</span></li>").format(
            each.record.title,
            joined(
                Markup(" · {} <code>{}</code> in line #{}{}").format(
                    obstacle.how,
                    obstacle.text,
                    numbers.get(obstacle.line, obstacle.line_number),
                    ": found without it" if obstacle.alone else "",
                )
                for obstacle in each.obstacles
            ),
        )
        for each in lost[:_MOST_SHOWN]
    )
    return Markup(
        '<div class="ev ev-lost"><b>{} lost: the strategy does not find {}</b><ul>{}</ul>{}</div>'
    ).format(
        "1 known record is" if len(lost) == 1 else f"{len(lost):,} known records are",
        "it" if len(lost) == 1 else "them",
        items,
        _and_more(len(lost) - _MOST_SHOWN),
    )


def findings_html(findings: Sequence[Finding], numbers: Mapping[int, int]) -> Markup:
    """What a peer reviewer would object to, with the line it is about."""
    items = joined(
        Markup("<li><b>{}</b>, line #{}: {}<br><span class='ev-soft'>{}</span></li>").format(
            _SEVERITIES[each.severity],
            numbers.get(each.line, each.line),
            each.message,
            each.suggestion,
        )
        for each in findings[:_MOST_SHOWN]
    )
    return Markup('<div class="ev"><ul>{}</ul>{}</div>').format(
        items, _and_more(len(findings) - _MOST_SHOWN)
    )


def debugger_html(explanation: Explanation) -> Markup:
    """What each part finds, adds and loses; `as_html` escapes every text."""
    return Markup('<div class="ev ev-debugger">{}</div>').format(
        Markup(as_html(explanation))  # noqa: S704 - escaped where it was made
    )


def preview_html(given: GivenFile, planned: Plan) -> Markup:
    """What a file holds, and what of it is new."""
    return Markup('<div class="ev">{}{}{}</div>').format(
        _counts(planned), _titles(planned.new), _unreadable(given)
    )


def file_html(given: GivenFile) -> Markup:
    """What a file holds, where there is no project yet to compare it with."""
    held = len(given.records)
    return Markup('<div class="ev"><p class="ev-result"><b>{}</b>: {:,} {}</p>{}</div>').format(
        given.name, held, "record" if held == 1 else "records", _titles(given.records)
    )


def live_preview_html(source: str, planned: Plan) -> Markup:
    """What a live service gave, and what of it is new."""
    return Markup('<div class="ev"><p><b>{}</b></p>{}{}</div>').format(
        source, _counts(planned), _titles(planned.new)
    )


def _counts(planned: Plan) -> Markup:
    head = Markup("<b>{:,}</b> records, <b>{:,}</b> new").format(planned.n_found, len(planned.new))
    if planned.n_known:
        head += Markup(", {:,} in the project already").format(planned.n_known)
    return Markup('<p class="ev-result">{}</p>').format(head)


def left_out_html(records: Sequence[Record]) -> Markup:
    """Records that a search did not find; the way to take them in."""
    first = f"The first {MOST_LEFT_OUT} of those that the project does not hold. "
    return Markup('<div class="ev">{}<p class="ev-soft">{}{}</p></div>').format(
        _titles(records, MOST_LEFT_OUT),
        first if len(records) == MOST_LEFT_OUT else "",
        "Drop the file under Files to add them, or run a wider strategy.",
    )


def _titles(records: Sequence[Record], most: int = _FIRST_TITLES) -> Markup:
    """The first records by title."""
    if not records:
        return Markup("")
    items = joined(
        Markup("<li>{} <span class='ev-soft'>{}</span></li>").format(
            _short(record.title) or "(no title)",
            " · ".join(filter(None, (record.journal, str(record.year or "")))),
        )
        for record in records[:most]
    )
    return Markup("<ul>{}</ul>{}").format(items, _and_more(len(records) - most))


def _unreadable(given: GivenFile) -> Markup:
    if not given.unreadable:
        return Markup("")
    places = len(given.unreadable)
    items = joined(
        Markup("<li>line {:,}: {}</li>").format(place.line, place.why) for place in given.unreadable
    )
    return Markup(
        '<div class="ev-lost"><b>{} could not be read and {} left out</b><ul>{}</ul></div>'
    ).format(
        "1 place" if places == 1 else f"{places:,} places", "is" if places == 1 else "are", items
    )


def searches_table(searches: Sequence[PastSearch]) -> Markup:
    """The searches in the order of the log; what each brought anew adds up to the identified."""
    rows = joined(map(_search_row, searches))
    return Markup(
        '<div class="ev ev-wide"><table class="ev-searches"><thead><tr><th scope="col">Source</th>'
        '<th scope="col" class="ev-day">Searched on</th><th scope="col">Added by</th>'
        '<th scope="col" class="ev-count">Found</th><th scope="col" class="ev-count">New</th></tr>'
        '</thead>{}<tfoot><tr><th scope="row" colspan="3">All searches</th>'
        '<td class="ev-count">{:,}</td><td class="ev-count">{:,}</td></tr></tfoot></table></div>'
    ).format(rows, sum(s.n_found for s in searches), sum(s.n_new for s in searches))


def _search_row(search: PastSearch) -> Markup:
    return Markup(
        '<tbody><tr><th scope="row">{}</th><td class="ev-day">{}</td><td>{}</td>'
        '<td class="ev-count">{:,}</td><td class="ev-count">{:,}</td></tr>'
        '<tr class="ev-strategy"><td colspan="5">{}</td></tr></tbody>'
    ).format(
        _source(search.source),
        search.searched_on.isoformat() if search.searched_on else "not recorded",
        search.added_by,
        search.n_found,
        search.n_new,
        _strategy(search.query),
    )


def _source(source: str) -> Markup:
    """Where was searched; of a store, which the log names by its digest, in words."""
    name, _, digest = source.partition(" ")
    if name != "store" or not _DIGEST.fullmatch(digest):
        return Markup("{}").format(source)
    return Markup("Store of records <span class='ev-soft'>{}</span>").format(digest)


def _strategy(query: str) -> Markup:
    if not query:
        return Markup('<span class="ev-soft">Strategy {}</span>').format(NOT_GIVEN)
    if len(query) <= _LONGEST_SHOWN and "\n" not in query:
        return Markup("{}").format(query)
    return Markup("<details><summary>{}</summary><pre>{}</pre></details>").format(
        _short(query, _LONGEST_SHOWN // 2), query
    )


def _short(text: str, longest: int = 2 * _LONGEST_SHOWN) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


def _and_more(more: int) -> Markup:
    return Markup('<p class="ev-soft">and {:,} more</p>').format(more) if more > 0 else Markup("")
