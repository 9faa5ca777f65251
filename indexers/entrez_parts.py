"""The parts of a download from PubMed, and what its folder keeps of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from indexers.entrez import History
from indexers.live_pages import LiveSearch, PageFolder
from indexers.records import Frozen

_FIRST_DAY = date(1700, 1, 1)


class DownloadPart(Frozen):
    """A part of a download: a stretch of Entrez dates, or of the ids that were handed in.

    `n_from_history` counts the pages that come from the history server; what they lack is asked
    for by id.
    """

    number: int
    days: tuple[date, date] | None = None
    history: History | None = None
    n_ids: int | None = None
    n_from_history: int = 0
    missing: tuple[str, ...] = ()
    opened: bool = False
    done: bool = False


class DownloadState(Frozen):
    """The state of a download; `parts` are in the order of their records."""

    search: LiveSearch
    page_size: int
    parts: tuple[DownloadPart, ...]
    posted: bool = False
    notices: tuple[str, ...] = ()
    n_records: int = 0
    complete: bool = False


def all_days(search: LiveSearch) -> tuple[date, date]:
    """All days on which records can have been added; some time zone is ahead of ours."""
    return _FIRST_DAY, search.date_of_search + timedelta(days=2)


def keep_ids(pages: PageFolder, part: DownloadPart, ids: Sequence[str]) -> None:
    """Keep the PMIDs of a part, a line each.

    Raises:
        SourceError: They cannot be written.
    """
    pages.keep(pages.path / f"ids-{part.number:04d}.txt", "\n".join([*ids, ""]).encode())


def part_pages(pages: PageFolder, part: DownloadPart) -> list[Path]:
    """The pages of a part that are here, in their order."""
    return pages.pages(f"page-{part.number:04d}-")
