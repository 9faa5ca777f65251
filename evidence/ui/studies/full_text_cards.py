"""What is sought, missing and had of full texts as HTML; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from evidence.events import ReportSought
from evidence.number_words import counted
from evidence.reports.requests import MissingReport, ReportRequest, RequestList
from evidence.state import study_label
from evidence.ui.cards import joined
from indexers.records import Record

_AUTHORS_NAMED = 6
_ASKED = {
    "to_retrieve": "not looked for yet: a run takes what the store has",
    "not_in_store": "the store does not have it",
}


def standing_html(found: RequestList) -> Markup:
    """How many are sought, had, missing and given up."""
    parts = [f"{found.sought:,} sought", f"{found.had:,} here"]
    lacking = Markup("<b>{} still missing</b>").format(f"{len(found.requests):,}")
    if found.missing:
        parts.append(f"{counted(len(found.missing), 'report')} could not be had")
    return Markup("<p class='ev ev-left'>{} · {}</p>").format(" · ".join(parts), lacking)


def request_html(request: ReportRequest) -> Markup:
    """A report to be had: what it is called, where to look for it, and why it is not here."""
    record = request.record
    return Markup(
        '<div class="ev"><p>{}</p><p class="ev-soft">{}</p><p class="ev-soft">{} · {}</p><p>{}</p>'
        "</div>"
    ).format(
        _named(record),
        " · ".join(filter(None, (_authors(record), record.journal))),
        _ASKED[request.asked],
        record.record_id,
        Markup(" · ").join(map(_link, request.links)),
    )


def record_name(record: Record) -> str:
    """First author, year and title, as far as they are known; else the record's id."""
    if not record.title:
        return study_label(record)
    if not record.authors:
        return f"{record.title} ({record.year})" if record.year else record.title
    return f"{study_label(record)}: {record.title}"


def _named(record: Record) -> Markup:
    """The same, with author and year in bold."""
    name = record_name(record)
    rest = name.removeprefix(f"{study_label(record)}:")
    return Markup("<b>{}</b>{}").format(name.removesuffix(rest), rest)


def _authors(record: Record) -> str:
    named = [name.replace(",", "") for name in record.authors[:_AUTHORS_NAMED]]
    return "; ".join([*named, *(["et al."] if len(record.authors) > _AUTHORS_NAMED else [])])


def _link(address: str) -> Markup:
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(
        address, address.removeprefix("https://")
    )


def given_up_html(missing: Sequence[MissingReport]) -> Markup:
    """What a person gave up, and why."""
    return _list(
        Markup('<li>{}<br><span class="ev-soft">{}: {}</span></li>').format(
            item.citation, item.said_by, item.reason
        )
        for item in missing
    )


def had_html(had: Sequence[tuple[Record, ReportSought]]) -> Markup:
    """The full texts of the project, and how each came.

    Args:
        had: The record, and the line of the log that brought its text.
    """
    return _list(
        Markup('<li>{}<br><span class="ev-soft">{}</span></li>').format(
            _named(record), _origin(said)
        )
        for record, said in had
    )


def _origin(said: ReportSought) -> str:
    by = said.provenance
    told = by.reason or "from the store"
    return f"{by.actor}: {told}" if by.by_person else told


def _list(items: Iterable[Markup]) -> Markup:
    return Markup('<div class="ev"><ul>{}</ul></div>').format(joined(items))
