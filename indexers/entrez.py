"""Live PubMed through Biopython's `Bio.Entrez`: search, history, fetch, post, links.

The rules are NCBI's, from "The E-utilities In-Depth" (NBK25499) and "A General Introduction"
(NBK25497): an e-mail address with each request, at most 3 requests a second without and 10 with
an API key, lists of more than some 200 ids by POST, and for PubMed only the first 9,999 records
of a search, by ESearch and by EFetch from the history server alike (`'retstart' cannot be larger
than 9998`). Larger searches are split by `indexers.entrez_download`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from Bio import Entrez as bio_entrez
from lxml import etree
from pydantic import Field

from indexers.entrez_requests import (
    BASE_URL,
    DATABASE,
    NAME,
    EntrezAccount,
    EntrezRequests,
    told,
)
from indexers.live_pages import LiveSearch
from indexers.live_requests import Answer, Clock, Fault, Retries, checked_query
from indexers.records import Frozen

__all__ = ["EntrezAccount", "FetchedPage", "Found", "History", "Link", "PubMed"]

MOST_PER_SEARCH = 9_999
IDS_PER_LINK_REQUEST = 100
Link = Literal["cited_in", "similar", "references"]
_LINK_NAMES: dict[Link, str] = {
    "cited_in": "pubmed_pubmed_citedin",
    "similar": "pubmed_pubmed",
    "references": "pubmed_pubmed_refs",
}
_PMID = re.compile(r"[1-9][0-9]{0,8}")
_MOST_WARNINGS = 100


class History(Frozen):
    """A list of ids that the history server keeps for some hours."""

    web_env: str = Field(pattern=r"^[0-9A-Za-z_.@%:+=-]{1,512}$")
    query_key: str = Field(pattern=r"^[0-9]{1,9}$")


@dataclass(frozen=True)
class Found:
    """The first `most_per_search` ids of a search, and where the history server keeps them."""

    search: LiveSearch
    pmids: tuple[str, ...]
    history: History | None


@dataclass(frozen=True)
class FetchedPage:
    """What a PubmedArticleSet holds: ids of articles and of books, and of deleted citations."""

    articles: tuple[str, ...]
    books: tuple[str, ...]
    deleted: tuple[str, ...]

    @property
    def pmids(self) -> tuple[str, ...]:
        """All ids that the page answers for."""
        return self.articles + self.books + self.deleted


class PubMed:
    """PubMed's E-utilities. Share one object: the pace is kept by object.

    Args:
        account: Who asks.
        base_url: Where the E-utilities are; https, or a server on this machine.
        clock: Time, for the pace and the waits.
        retries: When to ask again.
        timeout_seconds: The longest silence of the server.
        most_per_search: How many records of a search PubMed gives.

    Raises:
        ServiceError: The base URL cannot be used.
    """

    def __init__(
        self,
        account: EntrezAccount,
        *,
        base_url: str = BASE_URL,
        clock: Clock | None = None,
        retries: Retries | None = None,
        timeout_seconds: float = 60.0,
        most_per_search: int = MOST_PER_SEARCH,
    ) -> None:
        self.most_per_search = most_per_search
        self._requests = EntrezRequests(
            account, base_url, clock or Clock(), retries or Retries(), timeout_seconds
        )
        self.service = self._requests.service

    def search(self, query: str) -> LiveSearch:
        """How PubMed reads a query, what it warns of, and how many records it finds.

        Raises:
            ServiceError: PubMed refuses the query or gives no usable answer.
        """
        query = checked_query(NAME, query)
        return self._requests.ask(
            bio_entrez.esearch, lambda a: self._searched(query, a)[0], term=query, retmax="0"
        )

    def count(self, query: str) -> int:
        """How many records a query finds.

        Raises:
            ServiceError: As `search`.
        """
        query = checked_query(NAME, query)
        return self._requests.ask(
            bio_entrez.esearch,
            lambda a: self._searched(query, a)[0].count,
            term=query,
            rettype="count",
        )

    def find(self, query: str, days: tuple[date, date] | None = None) -> Found:
        """Search, keep the result on the history server, and name its first ids.

        Args:
            query: In PubMed's syntax.
            days: First and last day on which records were added to PubMed (Entrez date).

        Raises:
            ServiceError: As `search`.
        """
        dates = {}
        if days is not None:
            first, last = (f"{day:%Y/%m/%d}" for day in days)
            dates = {"datetype": "edat", "mindate": first, "maxdate": last}
        return self._requests.ask(
            bio_entrez.esearch,
            lambda answer: self._found(query, answer),
            term=query,
            usehistory="y",
            retstart="0",
            retmax=str(self.most_per_search),
            **dates,
        )

    def post(self, pmids: Sequence[str]) -> History:
        """Keep a list of ids on the history server.

        Raises:
            ServiceError: An id is no PMID, or PubMed gives no usable answer.
        """
        ids = ",".join(self.checked_pmids(pmids))
        return self._requests.ask(
            bio_entrez.epost,
            lambda answer: self._history(self._requests.root(answer, "ePostResult")),
            id=ids,
        )

    def fetch(
        self, asked: Sequence[str], *, history: History | None = None, start: int = 0, n: int = 0
    ) -> tuple[FetchedPage, bytes]:
        """A PubmedArticleSet and its ids.

        Without a history the records of `asked`, else `n` records of the history from `start`. A
        page with fewer records than that (citations it names as deleted count) is asked for once
        more, and then taken.

        Raises:
            HistoryExpiredError: The history server no longer has the list.
            ServiceError: PubMed gives no usable answer, or records that are not among `asked`.
        """
        place = {"id": ",".join(asked)}
        if history is not None:
            place = {"WebEnv": history.web_env, "query_key": history.query_key}
            place |= {"retstart": str(start), "retmax": str(n)}
        expected, known = n if history else len(asked), frozenset(asked)
        short: list[FetchedPage] = []

        def read(answer: Answer) -> tuple[FetchedPage, bytes]:
            body = self._requests.fetched(answer)
            page = self.page(body)
            if not known.issuperset(page.pmids):
                raise Fault("a page holds records that were not asked for")
            if len(page.pmids) < expected and not short:
                short.append(page)
                raise Fault(f"a page holds {len(page.pmids)} of {expected} records")
            return page, body

        return self._requests.ask(bio_entrez.efetch, read, retmode="xml", **place)

    def linked(self, pmids: Sequence[str], link: Link) -> dict[str, tuple[str, ...]]:
        """The articles that cite, resemble or are cited by each article, in PubMed's order.

        Raises:
            ServiceError: An id is no PMID, or PubMed gives no usable answer.
        """
        asked = list(dict.fromkeys(self.checked_pmids(pmids)))
        links: dict[str, tuple[str, ...]] = {}
        for start in range(0, len(asked), IDS_PER_LINK_REQUEST):
            part = asked[start : start + IDS_PER_LINK_REQUEST]
            links |= self._requests.ask(
                bio_entrez.elink,
                lambda answer, part=part: self._links(answer, part, _LINK_NAMES[link]),  # type: ignore[misc]
                dbfrom=DATABASE,
                cmd="neighbor",
                linkname=_LINK_NAMES[link],
                id=part,  # a list: one set of links for each id
            )
        return links

    def page(self, body: bytes) -> FetchedPage:
        """Check a PubmedArticleSet and list its ids.

        Raises:
            Fault: It is not a whole PubmedArticleSet.
            ServiceError: It declares entities.
        """
        root = self._requests.parsed(body, "PubmedArticleSet")
        places = ("MedlineCitation/PMID", "BookDocument/PMID")
        articles, books = (
            [_pmid(element.findtext(place)) for element in root.findall(name)]
            for name, place in zip(("PubmedArticle", "PubmedBookArticle"), places, strict=True)
        )
        deleted = [_pmid(element.text) for element in root.findall("DeleteCitation/PMID")]
        unique = dict.fromkeys([*articles, *books, *deleted])
        if len(unique) < len(articles) + len(books) + len(deleted):
            raise Fault("a page holds a record twice")
        return FetchedPage(tuple(articles), tuple(books), tuple(deleted))

    def checked_pmids(self, pmids: Iterable[str]) -> list[str]:
        """The ids as they are.

        Raises:
            ServiceError: One is no PMID, or there is none.
        """
        ids = list(pmids)
        wrong = next((pmid for pmid in ids if not _PMID.fullmatch(pmid)), None)
        if wrong is not None or not ids:
            found = "none" if wrong is None else repr(wrong)[:80]
            raise self.service.error(f"expected PMIDs (numbers of up to 9 digits), found {found}")
        return ids

    def _searched(self, query: str, answer: Answer) -> tuple[LiveSearch, etree._Element]:
        root = self._requests.root(answer, "eSearchResult")
        count = (root.findtext("Count") or "").strip()
        if not re.fullmatch(r"[0-9]{1,9}", count):
            raise Fault("the answer does not tell how many records were found")
        search = LiveSearch(
            query=query,
            database=DATABASE,
            date_of_search=self.service.clock.today(),
            count=int(count),
            query_translation=told(root.find("QueryTranslation")),
            warnings=_all_told(root.find("WarningList")),
            errors=_all_told(root.find("ErrorList")),
        )
        return search, root

    def _found(self, query: str, answer: Answer) -> Found:
        search, root = self._searched(query, answer)
        pmids = tuple(_pmid(element.text) for element in root.findall("IdList/Id"))
        expected = min(search.count, self.most_per_search)
        if len(set(pmids)) != len(pmids) or len(pmids) != expected:
            raise Fault(f"the answer names {len(set(pmids))} of {expected} ids")
        return Found(search, pmids, self._history(root) if pmids else None)

    def _history(self, root: etree._Element) -> History:
        web_env, query_key = (told(root.find(name)) for name in ("WebEnv", "QueryKey"))
        try:
            return History(web_env=web_env, query_key=query_key)
        except ValueError:
            fault = "the answer names no list on the history server"
        raise Fault(fault)

    def _links(self, answer: Answer, asked: list[str], name: str) -> dict[str, tuple[str, ...]]:
        links: dict[str, tuple[str, ...]] = {}
        for link_set in self._requests.root(answer, "eLinkResult").findall("LinkSet"):
            pmid = _pmid(link_set.findtext("IdList/Id"))
            found = [
                _pmid(element.text)
                for database in link_set.findall("LinkSetDb")
                if database.findtext("LinkName") == name
                for element in database.findall("Link/Id")
            ]
            links[pmid] = tuple(p for p in dict.fromkeys(found) if p != pmid)
        if set(links) != set(asked):
            raise Fault("the answer does not hold the links of each id")
        return links


def _all_told(element: etree._Element | None) -> tuple[str, ...]:
    """`PhraseNotFound` and the like as `phrase not found: …`."""
    lines = []
    for child in list(element)[:_MOST_WARNINGS] if element is not None else ():
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(child.tag)).lower()
        if text := told(child):
            lines.append(text if kind == "output message" else f"{kind}: {text}")
    return tuple(lines)


def _pmid(text: str | None) -> str:
    pmid = (text or "").strip()
    if not _PMID.fullmatch(pmid):
        raise Fault(f"expected a PMID, got {pmid[:40]!r}")
    return pmid
