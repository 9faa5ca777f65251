"""A server on this machine that speaks PubMed's E-utilities, Europe PMC and ClinicalTrials.gov.

It answers from records in memory, by plain words, and gives faults on demand.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from indexers.live_requests import Clock
from indexers.records import Record
from tests.served_answers import (
    HEAD,
    SET_HEAD,
    article_set,
    core_page,
    efetch_error,
    entrez_day,
    registration,
    search_result,
    shipped_records,
    words_of,
)
from tests.served_requests import Kind, ServedFault, ServedRequest

_MOST_SECONDS = 60.0


class FakeTime:
    """Time that passes only while someone waits."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.seconds = 100.0
        self.clock = Clock(lambda: self.seconds, self._sleep, lambda: date(2026, 11, 21))

    def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


class LiveServer:
    """What is served, what was asked, and which faults come next.

    Attributes:
        most_per_search: How many records of a search the history server gives.
        books: PMIDs that are book articles; deleted: PMIDs that only a DeleteCitation names;
            withheld: PMIDs that are found and never given.
        pause_seconds: How long each answer takes.
        n_good: After so many answers, all requests are refused.
    """

    def __init__(self, records: Sequence[Record], now: Callable[[], float]) -> None:
        self.records = list(records)
        self.now = now
        self.requests: list[ServedRequest] = []
        self.faults: list[ServedFault] = []
        self.most_per_search = 9_999
        self.books: set[str] = set()
        self.deleted: set[str] = set()
        self.withheld: set[str] = set()
        self.pause_seconds = 0.0
        self.n_good: int | None = None
        self.port = 0
        self._sessions: dict[str, list[list[str]]] = {}
        self._n_sessions = 0
        self._lock = threading.Lock()

    @property
    def eutils(self) -> str:
        return f"http://127.0.0.1:{self.port}/eutils/"

    @property
    def europe_pmc(self) -> str:
        return f"http://127.0.0.1:{self.port}/europepmc/"

    @property
    def clinical_trials(self) -> str:
        return f"http://127.0.0.1:{self.port}/ct"

    def fail(self, endpoint: str, kind: Kind, times: int = 1, **details: Any) -> None:
        """Let the next answers of an endpoint fail."""
        self.faults.append(ServedFault(endpoint, kind, times, **details))

    def asked(self, endpoint: str) -> list[ServedRequest]:
        return [request for request in self.requests if request.endpoint == endpoint]

    def expire(self) -> None:
        """Forget all sessions of the history server."""
        self._sessions.clear()

    def matching(self, query: str) -> tuple[list[Record], list[str]]:
        """Records with all words of a query, or of one side of an OR; and words none has."""
        found: dict[str, Record] = {}
        unknown = []
        for side in re.split(r"\bOR\b", query):
            words = re.findall(r"\w+", re.sub(r"\[[^]]*\]|\b(?:AND|NOT)\b", " ", side).lower())
            unknown += [w for w in words if not any(w in words_of(r) for r in self.records)]
            hits = (r for r in self.records if all(w in words_of(r) for w in words))
            found |= {record.pmid or "": record for record in hits}
        return [record for record in self.records if record.pmid in found], unknown

    def answer(self, request: ServedRequest, fault: ServedFault | None) -> tuple[int, bytes]:
        with self._lock:
            if fault is not None and fault.kind == "expired":
                self.expire()
            handler: Callable[[ServedRequest, ServedFault | None], tuple[int, str]] = getattr(
                self, f"_{request.endpoint.replace('.', '_')}"
            )
            status, text = handler(request, fault)
            return status, text.encode()

    def next_fault(self, endpoint: str) -> ServedFault | None:
        if self.n_good is not None:
            self.n_good -= 1
            if self.n_good < 0:
                return ServedFault(endpoint, "status", status=418)
        for fault in self.faults:
            if fault.endpoint == endpoint and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def _kept(self, ids: list[str]) -> tuple[str, str]:
        self._n_sessions += 1
        web_env = f"MCID_{self._n_sessions:024x}"
        self._sessions[web_env] = [ids]
        return web_env, "1"

    def _esearch(self, request: ServedRequest, fault: ServedFault | None) -> tuple[int, str]:
        query = request.one("term")
        if query.count("(") != query.count(")"):
            error = "<ERROR>Search Backend failed: bad query</ERROR>"
            return 200, f"{HEAD}<eSearchResult>{error}</eSearchResult>"
        found, unknown = self.matching(query)
        if request.one("datetype") == "edat":
            first, last = (
                date(*map(int, request.one(n).split("/"))) for n in ("mindate", "maxdate")
            )
            found = [record for record in found if first <= entrez_day(record) <= last]
        if request.one("rettype") == "count":
            return 200, f"{HEAD}<eSearchResult><Count>{len(found)}</Count></eSearchResult>"
        ids = [record.pmid or "" for record in found][: self.most_per_search]
        start, n = int(request.one("retstart") or 0), int(request.one("retmax") or 20)
        history = ""
        if request.one("usehistory") == "y":
            web_env, key = self._kept(ids)
            history = f"<QueryKey>{key}</QueryKey><WebEnv>{web_env}</WebEnv>"
        named = ids[start : start + n]
        if fault is not None and fault.kind == "missing":
            named = named[: -fault.n]
        paged = f"<RetMax>{n}</RetMax><RetStart>{start}</RetStart>{history}"
        return 200, search_result(query, len(found), paged, named, unknown)

    def _efetch(self, request: ServedRequest, fault: ServedFault | None) -> tuple[int, str]:
        ids = [pmid for pmid in request.one("id").split(",") if pmid]
        if web_env := request.one("WebEnv"):
            if web_env not in self._sessions:
                return 400, efetch_error("Unable to obtain query #1")
            kept = self._sessions[web_env][int(request.one("query_key")) - 1]
            start, n = int(request.one("retstart")), int(request.one("retmax"))
            if start >= self.most_per_search:
                told = f"Exception: 'retstart' cannot be larger than {self.most_per_search - 1}."
                return 400, efetch_error(
                    f"Search backend cannot retrieve history data. Reason: {told}"
                )
            ids = kept[start : start + n]
        if fault is not None and fault.kind == "timeout_in_words":
            told = "Search backend cannot retrieve history data. Reason: read failed: timeout"
            return 400, efetch_error(told)
        known = {record.pmid: record for record in self.records}
        given = [pmid for pmid in ids if pmid in known and pmid not in self.withheld]
        if fault is not None and fault.kind == "missing":
            given = given[: -fault.n]
        if not given and not web_env:
            return 400, efetch_error("ID list is empty! Possibly it has no correct IDs.")
        if fault is not None and fault.kind == "foreign":
            given += [str(pmid) for pmid in known if pmid not in ids][:1]
        if fault is not None and fault.kind == "doubled":
            given[-1] = given[0]
        head = SET_HEAD
        if fault is not None and fault.kind == "entities":
            head = HEAD + '<!DOCTYPE PubmedArticleSet [<!ENTITY a "aaaaaaaaaa">]>\n'
        return 200, head + article_set([known[pmid] for pmid in given], self.books, self.deleted)

    def _epost(self, request: ServedRequest, _: ServedFault | None) -> tuple[int, str]:
        web_env, key = self._kept(request.one("id").split(","))
        return 200, (
            f"{HEAD}<ePostResult><QueryKey>{key}</QueryKey><WebEnv>{web_env}</WebEnv></ePostResult>"
        )

    def _elink(self, request: ServedRequest, fault: ServedFault | None) -> tuple[int, str]:
        """Each article is cited by the two after it, and resembles itself and the one before."""
        ids = [record.pmid or "" for record in self.records]
        name = request.one("linkname")
        sets = []
        for pmid in request.parameters["id"]:
            place = ids.index(pmid)
            cited = name == "pubmed_pubmed_citedin"
            linked = (
                ids[place + 1 : place + 3] if cited else [pmid, *ids[max(place - 1, 0) : place]]
            )
            links = "".join(f"<Link><Id>{other}</Id></Link>" for other in linked)
            sets.append(
                f"<LinkSet><DbFrom>pubmed</DbFrom><IdList><Id>{pmid}</Id></IdList><LinkSetDb>"
                f"<DbTo>pubmed</DbTo><LinkName>{name}</LinkName>{links}</LinkSetDb></LinkSet>"
            )
        if fault is not None and fault.kind == "missing":
            sets = sets[: -fault.n]
        return 200, f"{HEAD}<eLinkResult>{''.join(sets)}</eLinkResult>"

    def _search(self, request: ServedRequest, fault: ServedFault | None) -> tuple[int, str]:
        """Europe PMC."""
        query, mark = request.one("query"), request.one("cursorMark")
        found = self.matching(query)[0]
        start, size = (
            0 if mark == "*" else int(mark.removeprefix("AoE")),
            int(request.one("pageSize")),
        )
        page = found[start : start + size]
        following = f"AoE{start + len(page)}" if page else mark
        if fault is not None and fault.kind == "missing":
            page = page[: -fault.n]
        asked = {"queryString": query, "resultType": "core", "pageSize": size}
        return 200, core_page(page, asked, len(found), following)

    def _studies(self, request: ServedRequest, fault: ServedFault | None) -> tuple[int, str]:
        """ClinicalTrials.gov."""
        found = self.matching(request.one("query.term"))[0]
        token = request.one("pageToken")
        if token and not token.startswith("NF0g5"):
            return 400, "pageToken: Not valid token"
        start, size = int(token.removeprefix("NF0g5") or 0), int(request.one("pageSize"))
        page = found[start : start + size]
        answer: dict[str, Any] = {"studies": [registration(record) for record in page]}
        if fault is not None and fault.kind == "missing":
            answer["studies"] = answer["studies"][: -fault.n]
        if not token and request.one("countTotal") == "true":
            answer["totalCount"] = len(found)
        if start + size < len(found):
            answer["nextPageToken"] = f"NF0g5{start + size}"
        return 200, json.dumps(answer)


class _Handler(BaseHTTPRequestHandler):
    live: LiveServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._answer(parts.path, parts.query)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(urlsplit(self.path).path, body)

    def log_message(self, *arguments: object) -> None:
        """Nothing: the tests read `requests`."""

    def _answer(self, path: str, form: str) -> None:
        endpoint = path.rsplit("/", 1)[-1].removesuffix(".fcgi")
        live = self.live
        request = ServedRequest(live.now(), endpoint, self.command, parse_qs(form))
        live.requests.append(request)
        fault = live.next_fault(endpoint)
        kind = fault.kind if fault else None
        status, body = live.answer(request, fault)
        headers: dict[str, str] = {}
        if live.pause_seconds:
            time.sleep(live.pause_seconds)
        if fault is not None and kind == "status":
            status, body, headers = fault.status, fault.body.encode(), fault.headers
        elif kind == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            return
        elif kind == "slow":
            self.connection.settimeout(_MOST_SECONDS)
            with suppress(TimeoutError, ConnectionError):
                self.connection.recv(1)  # until the client gives up
            return
        elif kind == "truncated":
            body = body[: len(body) // 2]
        elif kind == "html":
            body = b"<!DOCTYPE html><html><head><title>NCBI</title></head><body>Sorry</body></html>"
        elif kind == "garbage":
            body = b"\x00\xff\xfe <<<]]]> {[" * 50
        elif kind == "redirect":
            status, headers = 302, {"Location": f"http://127.0.0.1:{live.port}/elsewhere"}
        elif kind == "packed":
            body, headers = gzip.compress(body), {"Content-Encoding": "gzip"}
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/plain" if kind == "garbage" else "text/xml")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if kind == "cut_short" else body)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that hangs up is part of the tests."""


@contextmanager
def serving(
    records: Sequence[Record] | None = None, now: Callable[[], float] = time.monotonic
) -> Iterator[LiveServer]:
    """Serve records, the shipped trials if none are given."""
    live = LiveServer(shipped_records() if records is None else records, now)
    handler = type("Handler", (_Handler,), {"live": live})
    server = _Server(("127.0.0.1", 0), handler)
    live.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield live
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
