"""What is sought, missing and had of full texts as HTML; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from evidence.events import ReportSought
from evidence.number_words import counted
from evidence.reports.requests import MissingReport, ReportRequest, RequestList
from evidence.ui.cards import joined
from indexers.records import Record

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
    """A report to be had: its citation, where to look for it, and why it is not here."""
    return Markup('<div class="ev"><p>{}</p><p class="ev-soft">{} · {}</p><p>{}</p></div>').format(
        request.citation,
        request.record.record_id,
        _ASKED[request.asked],
        Markup(" · ").join(map(_link, request.links)),
    )


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


def had_html(had: Sequence[tuple[str, Record, ReportSought]]) -> Markup:
    """The full texts of the project, and how each came.

    Args:
        had: Study, record, and the line of the log that brought its text.
    """
    return _list(
        Markup('<li><b>{}</b> {}<br><span class="ev-soft">{}</span></li>').format(
            study, record.title, _origin(said)
        )
        for study, record, said in had
    )


def _origin(said: ReportSought) -> str:
    by = said.provenance
    told = by.reason or "from the store"
    return f"{by.actor}: {told}" if by.by_person else told


def _list(items: Iterable[Markup]) -> Markup:
    return Markup('<div class="ev"><ul>{}</ul></div>').format(joined(items))
