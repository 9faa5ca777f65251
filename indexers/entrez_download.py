"""Resumable download of a PubMed search, of any size, or of a list of PMIDs.

    search.json                     query, counts, sessions, what is missing
    ids-0000.txt                    the ids of a part, as PubMed named them
    page-0000-00000.xml.gz …        PubmedArticleSets as they came

A search that finds more than PubMed gives at once is split by the day on which records were added
(Entrez date) until each part fits. Publication dates would not do: most of a year's articles
without a day are dated on 1 January.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from indexers.entrez import FetchedPage, History, PubMed
from indexers.entrez_parts import DownloadPart, DownloadState, all_days, keep_ids, part_pages
from indexers.entrez_requests import DATABASE, NAME, HistoryExpiredError
from indexers.errors import SourceError
from indexers.live_pages import (
    MOST_RECORDS,
    Download,
    LiveSearch,
    PageFolder,
    Progress,
    checked_page_size,
    checked_same,
    unpacked,
)
from indexers.live_requests import Fault, checked_query
from indexers.pubmed import read_pubmed
from indexers.records import Record, text_digest

PAGE_SIZE = 200
LARGEST_PAGE_SIZE = 1_000
MOST_MISSING = 10  # a few citations are withdrawn between search and fetch; more is a fault
MOST_RENEWALS = 3


def download(
    pubmed: PubMed,
    query: str,
    folder: Path,
    *,
    page_size: int = PAGE_SIZE,
    progress: Progress | None = None,
) -> Download:
    """Fetch all records of a search into a folder; a second call goes on where the first stopped.

    Raises:
        ServiceError: PubMed refuses the query or gives no usable answer; what came is kept.
        SourceError: The folder holds something else, or cannot be written.
    """
    query = checked_query(NAME, query)
    page_size = checked_page_size(folder, page_size, LARGEST_PAGE_SIZE)
    pages = PageFolder(folder, ".xml")
    with pages.only_writer():
        state = pages.state(DownloadState)
        checked_same(folder, state.search if state else None, DATABASE, query)
        if state is None:
            search = pubmed.search(query)
            if search.count > MOST_RECORDS:
                told = f"{search.count:,} records found, more than {MOST_RECORDS:,}"
                raise pubmed.service.error(f"{told}; narrow the query")
            too_many = search.count > pubmed.most_per_search
            part = DownloadPart(number=0, days=all_days(search) if too_many else None)
            state = DownloadState(search=search, page_size=page_size, parts=(part,))
            pages.keep_state(state)
        return _Filling(pubmed, pages, state, progress).run()


def download_ids(
    pubmed: PubMed,
    pmids: Sequence[str],
    folder: Path,
    *,
    page_size: int = PAGE_SIZE,
    progress: Progress | None = None,
) -> Download:
    """Fetch the records of a list of PMIDs into a folder; resumable as `download`.

    Raises:
        ServiceError: An id is no PMID, or PubMed gives no usable answer.
        SourceError: The folder holds something else, or cannot be written.
    """
    ids = list(dict.fromkeys(pubmed.checked_pmids(pmids)))
    page_size = checked_page_size(folder, page_size, LARGEST_PAGE_SIZE)
    query = f"{len(ids)} PMIDs, SHA-256 {text_digest(','.join(ids))}"
    pages = PageFolder(folder, ".xml")
    with pages.only_writer():
        state = pages.state(DownloadState)
        checked_same(folder, state.search if state else None, DATABASE, query)
        if state is None:
            today = pubmed.service.clock.today()
            search = LiveSearch(
                query=query, database=DATABASE, date_of_search=today, count=len(ids)
            )
            size = pubmed.most_per_search
            sizes = [len(ids[start : start + size]) for start in range(0, len(ids), size)]
            parts = tuple(DownloadPart(number=i, n_ids=n) for i, n in enumerate(sizes))
            state = DownloadState(search=search, page_size=page_size, parts=parts, posted=True)
            pages.keep_state(state)
        start = 0
        for part in state.parts:
            keep_ids(pages, part, ids[start : start + (part.n_ids or 0)])
            start += part.n_ids or 0
        return _Filling(pubmed, pages, state, progress).run()


def downloaded_records(folder: Path) -> Iterator[Record]:
    """The records of a finished download, each once, in PubMed's order within each part.

    Raises:
        SourceError: The folder holds no finished download from PubMed, or a page is damaged.
    """
    pages = PageFolder(folder, ".xml")
    state = pages.state(DownloadState)
    if state is None or not state.complete:
        raise SourceError(folder, "expected a finished download from PubMed; run it again")
    seen: set[str] = set()
    for part in state.parts:
        for file in part_pages(pages, part):
            for record in read_pubmed(file):
                if record.record_id not in seen:
                    seen.add(record.record_id)
                    yield record


class _Filling:
    """Fills a folder, part by part; the state on disk follows each step."""

    def __init__(
        self, pubmed: PubMed, pages: PageFolder, state: DownloadState, progress: Progress | None
    ) -> None:
        self._pubmed = pubmed
        self._pages = pages
        self._state = state
        self._progress = progress
        self._n_held = 0
        self._read: dict[Path, FetchedPage] = {}

    def run(self) -> Download:
        place = 0
        while place < len(self._state.parts):
            if not self._state.parts[place].done:
                if self._opened(place) is None:
                    continue  # it was split; its first half now stands here
                self._fill_from_history(place)
                self._fill_by_id(place)
            self._n_held += self._state.parts[place].n_ids or 0
            place += 1
        if not self._state.complete:
            self._finish()
        state = self._state
        missing = tuple(pmid for part in state.parts for pmid in part.missing)
        return Download(state.search, self._pages.path, state.n_records, missing, state.notices)

    def _opened(self, place: int) -> DownloadPart | None:
        """The part with a session and ids; None if it was split instead."""
        part = self._state.parts[place]
        if part.opened:
            return part
        if self._state.posted:
            ids = tuple(self._ids(part))
            history: History | None = self._pubmed.post(ids)
        else:
            found = self._pubmed.find(self._state.search.query, part.days)
            if found.search.count > self._pubmed.most_per_search:
                self._split(place, found.search.count)
                return None
            ids, history = found.pmids, found.history
        keep_ids(self._pages, part, ids)
        n_pages = -(-len(ids) // self._state.page_size)
        return self._set(
            place, history=history, n_ids=len(ids), n_from_history=n_pages, opened=True
        )

    def _split(self, place: int, count: int) -> None:
        parts = self._state.parts
        first, last = parts[place].days or all_days(self._state.search)
        if first == last:
            told = f"{count:,} records were added to PubMed on {first} alone"
            most = self._pubmed.most_per_search
            raise self._pubmed.service.error(f"{told}, and it gives {most:,}; narrow the query")
        middle = first + (last - first) // 2
        new = len(parts)
        halves = (
            parts[place].model_copy(update={"days": (first, middle)}),
            DownloadPart(number=new, days=(middle + timedelta(days=1), last)),
        )
        self._keep(parts=(*parts[:place], *halves, *parts[place + 1 :]))

    def _fill_from_history(self, place: int) -> None:
        part = self._state.parts[place]
        ids: Sequence[str] = self._ids(part)
        size, number, renewals = self._state.page_size, 0, 0
        while number < part.n_from_history:
            file = self._pages.page(f"page-{part.number:04d}-{number:05d}")
            if not file.exists():
                start = number * size
                n = min(size, len(ids) - start)
                try:
                    fetched = self._pubmed.fetch(ids, history=part.history, start=start, n=n)
                except HistoryExpiredError:
                    if renewals == MOST_RENEWALS:
                        told = "the history server loses the search again and again"
                        raise self._pubmed.service.error(
                            f"{told}; try again later", retryable=True
                        ) from None
                    renewals += 1
                    part, ids = self._renewed(place, ids, number)
                    continue
                self._keep_page(file, *fetched)
                renewals = 0
            number += 1
            self._tell(min(number * size, len(ids)))

    def _renewed(
        self, place: int, ids: Sequence[str], n_pages: int
    ) -> tuple[DownloadPart, Sequence[str]]:
        """Search again; if the result has changed, the rest is fetched by id."""
        part = self._state.parts[place]
        if self._state.posted:
            return self._set(place, history=self._pubmed.post(ids)), ids
        found = self._pubmed.find(self._state.search.query, part.days)
        if found.pmids == tuple(ids):
            return self._set(place, history=found.history), ids
        before, now = len(ids), found.search.count
        gone = len(set(ids).difference(found.pmids))
        if now > self._pubmed.most_per_search:
            told = f"the search was lost and now finds {now:,} records instead of {before:,}"
            raise self._pubmed.service.error(f"{told}; download it to another folder")
        told = (
            f"the search was run again on {found.search.date_of_search}: {now:,} records instead "
            f"of {before:,}, {gone:,} of those before no longer found"
        )
        keep_ids(self._pages, part, found.pmids)
        self._keep(notices=(*self._state.notices, told))
        return self._set(place, n_ids=now, n_from_history=n_pages), found.pmids

    def _fill_by_id(self, place: int) -> None:
        """Fetch by id what the pages of the history server lack."""
        part = self._state.parts[place]
        ids, size = self._ids(part), self._state.page_size
        held = {p for file in part_pages(self._pages, part) for p in self._page(file).pmids}
        absent = [pmid for pmid in ids if pmid not in held]
        for start in range(0, len(absent), size):
            number = len(part_pages(self._pages, part))
            page, body = self._pubmed.fetch(absent[start : start + size])
            if page.pmids:
                file = self._pages.page(f"page-{part.number:04d}-{number:05d}")
                self._keep_page(file, page, body)
                held.update(page.pmids)
        missing = tuple(pmid for pmid in absent if pmid not in held)
        if len(missing) > MOST_MISSING:
            first = ", ".join(missing[:3])
            raise self._pubmed.service.error(
                f"{len(missing):,} of {len(ids):,} records do not come (PMID {first}, …); "
                "try again later",
                retryable=True,
            )
        self._set(place, missing=missing, done=True, history=None)

    def _keep_page(self, file: Path, page: FetchedPage, body: bytes) -> None:
        self._pages.keep(file, body)
        self._read[file] = page

    def _page(self, file: Path) -> FetchedPage:
        if file not in self._read:
            try:
                self._read[file] = self._pubmed.page(unpacked(file))
            except Fault as error:
                raise SourceError(file, f"expected a page of a download ({error})") from error
        return self._read[file]

    def _finish(self) -> None:
        files = [f for part in self._state.parts for f in part_pages(self._pages, part)]
        articles = {pmid for file in files for pmid in self._page(file).articles}
        books = {pmid for file in files for pmid in self._page(file).books}
        notices = list(self._state.notices)
        search, found = self._state.search, sum(p.n_ids or 0 for p in self._state.parts)
        if found != search.count:
            notices.append(f"PubMed counted {search.count:,} records at first and named {found:,}")
        if missing := [pmid for part in self._state.parts for pmid in part.missing]:
            notices.append(f"PubMed does not give PMID {', '.join(missing)}")
        if books:
            notices.append(f"{len(books):,} book articles were found and give no record")
        self._keep(notices=tuple(notices), n_records=len(articles), complete=True)

    def _ids(self, part: DownloadPart) -> list[str]:
        file = self._pages.path / f"ids-{part.number:04d}.txt"
        try:
            ids = file.read_text(encoding="ascii").split()
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(file, "expected the ids of a download") from error
        return self._pubmed.checked_pmids(ids) if ids else []

    def _tell(self, n: int) -> None:
        if self._progress is not None:
            count = self._state.search.count
            self._progress(min(self._n_held + n, count), count)

    def _set(self, place: int, **changes: object) -> DownloadPart:
        part = self._state.parts[place].model_copy(update=changes)
        parts = self._state.parts
        self._keep(parts=(*parts[:place], part, *parts[place + 1 :]))
        return part

    def _keep(self, **changes: object) -> None:
        self._state = self._state.model_copy(update=changes)
        self._pages.keep_state(self._state)
