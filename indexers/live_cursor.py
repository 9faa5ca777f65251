"""Live sources that give with each page the name of the next: search and resumable download."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

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
from indexers.live_requests import Answer, Fault, Service, accepted, checked_query, get
from indexers.records import Frozen

PAGE_SIZE = 200


@dataclass(frozen=True)
class CursorPage:
    """A page of a service that gives with each page the name of the next.

    Attributes:
        count: Records found, where the page tells.
        next_cursor: The name of the next page; None on the last.
        record_ids: The ids of its records.
        query_translation: The query as the service understood it, where it tells.
    """

    count: int | None
    next_cursor: str | None
    record_ids: tuple[str, ...]
    query_translation: str = ""


class CursorState(Frozen):
    """The state of a download from page to page."""

    search: LiveSearch
    page_size: int
    complete: bool = False


@dataclass(frozen=True)
class CursorSource:
    """A service that is read from page to page.

    Attributes:
        what: How messages call a request.
        first_cursor: The name of the first page.
        largest_page: The most records the service gives in one page.
        parameters: The parameters of a request, from query, name of the page and its size.
        read: Reads the bytes of a page.
    """

    database: str
    service: Service
    what: str
    url: str
    timeout_seconds: float
    first_cursor: str
    largest_page: int
    parameters: Callable[[str, str, int], dict[str, str]]
    read: Callable[[bytes], CursorPage]

    def client(self) -> httpx.Client:
        """A client of HTTP, to be closed by who asks for it."""
        return httpx.Client(timeout=self.timeout_seconds)

    def ask(
        self,
        client: httpx.Client,
        query: str,
        cursor: str,
        size: int,
        check: Callable[[CursorPage], None],
    ) -> tuple[CursorPage, bytes]:
        """The page of a name, once `check` takes it, and its bytes.

        Raises:
            ServiceError: The service refuses, or gives no usable answer.
        """
        parameters = self.parameters(query, cursor, size)

        def read(answer: Answer) -> tuple[CursorPage, bytes]:
            body = accepted(self.service, answer)
            page = self.read(body)
            check(page)
            return page, body

        clock = self.service.clock
        return self.service.ask(self.what, lambda: get(client, self.url, parameters, clock), read)


class CursorService:
    """A service that is read from page to page. Share one object: the pace is kept by object."""

    def __init__(self, source: CursorSource) -> None:
        self._source = source

    def search(self, query: str) -> LiveSearch:
        """How many records a query finds.

        Raises:
            ServiceError: The query is refused, or there is no usable answer.
        """
        return search_by_cursor(self._source, query)

    def download(
        self,
        query: str,
        folder: Path,
        *,
        page_size: int = PAGE_SIZE,
        progress: Progress | None = None,
    ) -> Download:
        """Fetch all records of a search into a folder; a second call goes on.

        Raises:
            ServiceError: The query is refused, or there is no usable answer; what came is kept.
            SourceError: The folder holds something else, or cannot be written.
        """
        return download_by_cursor(self._source, query, folder, page_size, progress)


def search_by_cursor(source: CursorSource, query: str) -> LiveSearch:
    """How many records a query finds.

    Raises:
        ServiceError: The query is empty or refused, or there is no usable answer.
    """
    query = checked_query(source.service.name, query)
    with source.client() as client:
        page, _ = source.ask(client, query, source.first_cursor, 1, lambda page: None)
    return _search(source, query, page)


def download_by_cursor(
    source: CursorSource, query: str, folder: Path, page_size: int, progress: Progress | None
) -> Download:
    """Fetch all pages of a search into a folder; a second call goes on where the first stopped.

    Raises:
        ServiceError: The query is empty or refused, the service gives no usable page (what came
            is kept), or finds too many records.
        SourceError: The folder holds something else, or cannot be written.
    """
    query = checked_query(source.service.name, query)
    pages = PageFolder(folder, ".json")
    size = checked_page_size(folder, page_size, source.largest_page)
    with pages.only_writer(), source.client() as client:
        state = pages.state(CursorState)
        checked_same(folder, state.search if state else None, source.database, query)
        if state is None:
            check = _not_short(size, 0, None)
            first, body = source.ask(client, query, source.first_cursor, size, check)
            state = CursorState(search=_search(source, query, first), page_size=size)
            pages.keep_state(state)
            pages.keep(pages.page("page-00000"), body)
        held = _all_pages(source, client, pages, state, progress)
        pages.keep_state(state.model_copy(update={"complete": True}))
    search, distinct = state.search, len(set(held))
    told = f"{source.database} counted {search.count:,} records at the search and gave {distinct:,}"
    notices = () if distinct == search.count else (told,)
    return Download(search, folder, distinct, notices=notices)


def _all_pages(
    source: CursorSource,
    client: httpx.Client,
    pages: PageFolder,
    state: CursorState,
    progress: Progress | None,
) -> list[str]:
    """The ids of all records, page by page, from disk or from the service."""
    cursor, held, count = source.first_cursor, list[str](), state.search.count
    for number in itertools.count():
        file = pages.page(f"page-{number:05d}")
        if file.exists():
            page = _read_kept(file, unpacked(file), source.read)
        else:
            check = _not_short(state.page_size, len(held), count)
            query = state.search.query
            page, body = source.ask(client, query, cursor, state.page_size, check)
            pages.keep(file, body)
        held += page.record_ids
        count = count if page.count is None else page.count
        if progress is not None:
            progress(min(len(held), count), count)
        if not page.record_ids or page.next_cursor in (None, cursor) or len(held) >= count:
            break
        if len(held) > MOST_RECORDS:
            raise source.service.error(f"more than {MOST_RECORDS:,} records; narrow the query")
        cursor = page.next_cursor or ""
    return held


def _not_short(size: int, n_held: int, count: int | None) -> Callable[[CursorPage], None]:
    """Refuses a page that is shorter than its place allows, the first time."""
    refused: list[CursorPage] = []

    def check(page: CursorPage) -> None:
        found = page.count if page.count is not None else count
        expected = min(size, (found or 0) - n_held)
        if len(page.record_ids) < expected and not refused:
            refused.append(page)
            raise Fault(f"a page holds {len(page.record_ids)} of {expected} records")

    return check


def _search(source: CursorSource, query: str, page: CursorPage) -> LiveSearch:
    service, count = source.service, page.count
    if count is None:
        raise service.error("expected the number of records found; the answer does not tell")
    if count > MOST_RECORDS:
        raise service.error(
            f"{count:,} records found, more than {MOST_RECORDS:,}; narrow the query"
        )
    return LiveSearch(
        query=query,
        database=source.database,
        date_of_search=service.clock.today(),
        count=count,
        query_translation=page.query_translation,
    )


def kept_pages(folder: Path, database: str, read: Callable[[bytes], CursorPage]) -> Iterator[bytes]:
    """The pages of a finished download, in their order; `read` checks each.

    Raises:
        SourceError: The folder holds no finished download from this database, or a damaged page.
    """
    pages = PageFolder(folder, ".json")
    state = pages.state(CursorState)
    if state is None or not state.complete or state.search.database != database:
        raise SourceError(folder, f"expected a finished download from {database}; run it again")
    for file in pages.pages():
        body = unpacked(file)
        _read_kept(file, body, read)
        yield body


def _read_kept(file: Path, body: bytes, read: Callable[[bytes], CursorPage]) -> CursorPage:
    try:
        return read(body)
    except Fault as error:
        raise SourceError(file, f"expected a page of a download ({error})") from error
