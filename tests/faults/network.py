"""Faults of the remote sources, once and lasting, at the first page and in the middle."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unittest import mock

from indexers import clinical_trials, entrez_download, europe_pmc
from indexers.clinical_trials import ClinicalTrials
from indexers.entrez import EntrezAccount, PubMed
from indexers.errors import EvidenceError
from indexers.europe_pmc import EuropePmc
from indexers.records import Record
from tests.eutils_server import FakeTime, Kind, LiveServer, ServedFault, serving
from tests.faults.table import Row, row

_QUERY = "malaria"
_PAGE = 6
_SHORT_SECONDS, _LONG_SECONDS = 0.3, 60.0
_EMAIL = "librarian@example.org"


class RemoteFault(NamedTuple):
    """A fault as a person would name it, and how the server makes it."""

    name: str
    kind: Kind
    details: dict[str, Any]


class Remote(NamedTuple):
    """A source: where it fails, how a query is fetched in so many seconds a page, what came."""

    name: str
    endpoint: str
    fetch: Callable[[LiveServer, FakeTime, Path, float], object]
    ids: Callable[[Path], list[str]]


def _pubmed(live: LiveServer, fake: FakeTime, folder: Path, seconds: float) -> object:
    account = EntrezAccount(_EMAIL, None)
    client = PubMed(account, base_url=live.eutils, clock=fake.clock, timeout_seconds=seconds)
    return entrez_download.download(client, _QUERY, folder, page_size=_PAGE)


def _europe_pmc(live: LiveServer, fake: FakeTime, folder: Path, seconds: float) -> object:
    client = EuropePmc(base_url=live.europe_pmc, clock=fake.clock, timeout_seconds=seconds)
    return client.download(_QUERY, folder, page_size=_PAGE)


def _clinical_trials(live: LiveServer, fake: FakeTime, folder: Path, seconds: float) -> object:
    client = ClinicalTrials(
        base_url=live.clinical_trials, clock=fake.clock, timeout_seconds=seconds
    )
    return client.download(_QUERY, folder, page_size=_PAGE)


def _ids_by(read: Callable[[Path], Iterable[Record]]) -> Callable[[Path], list[str]]:
    return lambda folder: [record.record_id for record in read(folder)]


REMOTES = (
    Remote("PubMed", "efetch", _pubmed, _ids_by(entrez_download.downloaded_records)),
    Remote("Europe PMC", "search", _europe_pmc, _ids_by(europe_pmc.downloaded_records)),
    Remote(
        "ClinicalTrials.gov",
        "studies",
        _clinical_trials,
        _ids_by(clinical_trials.downloaded_records),
    ),
)
REMOTE_FAULTS = (
    RemoteFault("no answer in time", "slow", {}),
    RemoteFault("HTTP 500", "status", {"status": 500}),
    RemoteFault("HTTP 429, Retry-After 7", "status",
                {"status": 429, "headers": {"Retry-After": "7"}}),
    RemoteFault("body cut short", "cut_short", {}),
    RemoteFault("another content type", "garbage", {}),
    RemoteFault("HTML instead of data", "html", {}),
    RemoteFault("connection reset", "reset", {}),
    RemoteFault("redirected elsewhere", "redirect", {}),
)  # fmt: skip


def network_row(remote: Remote, fault: RemoteFault) -> Row:
    """The fault once and for ever, at the first page and at the second."""
    cases = [
        one_case(remote, fault, lasting=lasting, n_good=n_good)
        for lasting, n_good in product((False, True), (0, 1))
    ]
    return row(f"{remote.name}: {fault.name}", cases)


def one_case(
    remote: Remote, fault: RemoteFault, *, lasting: bool, n_good: int
) -> tuple[str, list[str]]:
    """What was told of a fault, and what was wrong: a traceback, a lost page, another answer."""
    fake, wrong, told = FakeTime(), [], "went on by itself"
    with (
        mock.patch.dict(os.environ, {"NO_PROXY": "127.0.0.1"}),
        TemporaryDirectory() as scratch,
        serving(now=lambda: fake.seconds) as live,
    ):
        calm, folder = Path(scratch) / "calm", Path(scratch) / "pages"
        remote.fetch(live, fake, calm, _LONG_SECONDS)
        n_calm = len(live.asked(remote.endpoint))
        _fail_after(live, remote.endpoint, fault, n_good, 10_000 if lasting else 1)
        seconds = _SHORT_SECONDS if fault.kind == "slow" else _LONG_SECONDS
        try:
            remote.fetch(live, fake, folder, seconds)
        except EvidenceError as error:
            told = _without_address(str(error), live)
            wrong += [f"more than one line: {told}"] if "\n" in str(error) else []
            kept = {page.name: page.read_bytes() for page in folder.glob("page-*")}
            if len(kept) < n_good:
                wrong.append(f"{n_good} pages came, {len(kept)} are there")
            live.faults.clear()
            n_before = len(live.asked(remote.endpoint))
            remote.fetch(live, fake, folder, _LONG_SECONDS)
            n_again = len(live.asked(remote.endpoint)) - n_before
            if n_again > n_calm - len(kept):
                wrong.append(f"{n_again} requests to go on with {len(kept)} of {n_calm} pages")
        else:
            wrong += [] if not lasting else ["a lasting fault was taken for an answer"]
        if remote.ids(folder) != remote.ids(calm):
            wrong.append("other records came than without the fault")
    return told, wrong


def _fail_after(
    live: LiveServer, endpoint: str, fault: RemoteFault, n_good: int, times: int
) -> None:
    """Let the answers behind the first `n_good` fail."""
    next_fault, seen = live.next_fault, 0

    def after_good(endpoint_asked: str) -> ServedFault | None:
        nonlocal seen
        if endpoint_asked == endpoint and seen < n_good:
            seen += 1
            return None
        return next_fault(endpoint_asked)

    live.next_fault = after_good  # type: ignore[method-assign,assignment]
    live.fail(endpoint, fault.kind, times, **fault.details)


def _without_address(told: str, live: LiveServer) -> str:
    return told.replace(f"127.0.0.1:{live.port}", "HOST")[:90]
