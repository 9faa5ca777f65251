from __future__ import annotations

import gzip
import itertools
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
from Bio import Entrez as bio_entrez
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from indexers.entrez import EntrezAccount, PubMed
from indexers.entrez_download import download, download_ids, downloaded_records
from indexers.errors import EvidenceError, SourceError
from indexers.live_pages import Download
from indexers.live_requests import Fault, Retries, ServiceError
from indexers.records import Record
from tests.eutils_server import FakeTime, Kind, LiveServer, entrez_day, serving, shipped_records

KEY = "0123456789abcdef0123456789abcdef0123"
EMAIL = "librarian+search@example.org"
QUERY = "malaria"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def fake() -> FakeTime:
    return FakeTime()


@pytest.fixture
def live(fake: FakeTime) -> Iterator[LiveServer]:
    with serving(now=lambda: fake.seconds) as server:
        yield server


def client(live: LiveServer, fake: FakeTime, key: str | None = KEY, **settings: object) -> PubMed:
    account = EntrezAccount(EMAIL, SecretStr(key) if key else None)
    settings.setdefault("most_per_search", live.most_per_search)
    return PubMed(account, base_url=live.eutils, clock=fake.clock, **settings)  # type: ignore[arg-type]


def expected(live: LiveServer, query: str = QUERY) -> list[str]:
    return [record.pmid or "" for record in live.matching(query)[0]]


def made(n: int) -> list[Record]:
    """Records of the word `trial`, a day each from 2010 on."""
    return [
        Record(
            record_id=str(1_000 + i),
            pmid=str(1_000 + i),
            source="pubmed",
            title=f"Trial {i}",
            year=2010 + i % 10,
        )
        for i in range(n)
    ]


def pmids(done: Download) -> list[str]:
    return [record.record_id for record in downloaded_records(done.folder)]


# Search


def test_search_says_how_pubmed_read_the_query(live: LiveServer, fake: FakeTime) -> None:
    found = client(live, fake).search(f"  {QUERY} ")
    assert found.count == len(expected(live)) > 10
    assert found.query == QUERY
    assert found.query_translation == f"{QUERY}[All Fields]"
    assert found.date_of_search == date(2026, 11, 21)
    assert (found.database, found.warnings, found.errors) == ("pubmed", (), ())
    (request,) = live.asked("esearch")
    assert (request.one("db"), request.one("email"), request.one("api_key")) == (
        "pubmed",
        EMAIL,
        KEY,
    )
    assert request.one("tool") == "evidence-synthesis"


def test_phrases_not_found_are_told(live: LiveServer, fake: FakeTime) -> None:
    found = client(live, fake).search("malaria AND xyzzyqux")
    assert found.count == 0
    assert found.errors == ("phrase not found: xyzzyqux",)
    assert found.warnings == ("No items found.",)


def test_count_and_a_query_longer_than_an_address(live: LiveServer, fake: FakeTime) -> None:
    query = " OR ".join([QUERY] * 80)
    assert client(live, fake).count(query) == len(expected(live))
    assert live.requests[0].method == "POST"


@pytest.mark.parametrize(
    ("query", "told"), [("", "empty"), ("  \n", "empty"), ("caf\udce9", "whole characters")]
)
def test_what_is_no_query_is_not_sent(
    live: LiveServer, fake: FakeTime, query: str, told: str
) -> None:
    with pytest.raises(ServiceError, match=told):
        client(live, fake).search(query)
    assert not live.requests


def test_a_query_that_pubmed_refuses_is_not_asked_again(live: LiveServer, fake: FakeTime) -> None:
    with pytest.raises(ServiceError, match="refuses the request: Search Backend failed") as error:
        client(live, fake).search("((malaria")
    assert not error.value.retryable
    assert len(live.requests) == 1


# Download


def test_download_gives_all_records(live: LiveServer, fake: FakeTime, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    done = download(
        client(live, fake),
        QUERY,
        tmp_path / "pages",
        page_size=7,
        progress=lambda *step: told.append(step),
    )
    records = list(downloaded_records(done.folder))
    assert [r.record_id for r in records] == expected(live)
    assert done.n_records == done.search.count == len(records)
    assert (done.missing, done.notices) == ((), ())
    original = live.matching(QUERY)[0][0]
    assert records[0].title == " ".join(original.title.split())
    assert (records[0].source, records[0].doi, records[0].authors) == (
        "pubmed",
        original.doi,
        original.authors,
    )
    assert told[-1] == (len(records), len(records))
    assert [r.one("retstart") for r in live.asked("efetch")][:3] == ["0", "7", "14"]


def test_a_finished_download_asks_nothing_and_gives_the_same(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    first = download(client(live, fake), QUERY, tmp_path / "a", page_size=7)
    n_requests = len(live.requests)
    assert download(client(live, fake), QUERY, tmp_path / "a", page_size=7) == first
    assert len(live.requests) == n_requests
    other = download(client(live, fake), QUERY, tmp_path / "b", page_size=7)
    names = [p.name for p in sorted(other.folder.glob("page-*"))]
    assert names == [p.name for p in sorted(first.folder.glob("page-*"))]
    for name in names:
        assert (first.folder / name).read_bytes() == (other.folder / name).read_bytes()


def test_a_search_without_records(live: LiveServer, fake: FakeTime, tmp_path: Path) -> None:
    done = download(client(live, fake), "malaria AND xyzzyqux", tmp_path / "pages")
    assert (done.n_records, pmids(done)) == (0, [])


def test_a_killed_download_fetches_no_page_twice(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    for n_fetched in (1, 3, 4):

        def kill(*_: int, n: int = n_fetched) -> None:
            if len(live.asked("efetch")) == n:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            download(client(live, fake), QUERY, tmp_path, page_size=5, progress=kill)
    done = download(client(live, fake), QUERY, tmp_path, page_size=5)
    assert pmids(done) == expected(live)
    starts = [request.one("retstart") for request in live.asked("efetch")]
    assert len(starts) == len(set(starts)) == -(-done.search.count // 5)
    assert len(live.asked("esearch")) == 2  # one to count, one for the history server


KILLED = """
import sys
from pathlib import Path
from indexers.entrez import EntrezAccount, PubMed
from indexers.entrez_download import download
pubmed = PubMed(EntrezAccount("a@example.org"), base_url=sys.argv[1])
pubmed.service.interval_seconds = 0.0
download(pubmed, sys.argv[2], Path(sys.argv[3]), page_size=2)
"""


def test_a_process_that_is_killed_is_continued(tmp_path: Path) -> None:
    with serving() as live:
        live.pause_seconds = 0.02
        command = [sys.executable, "-c", KILLED, live.eutils, QUERY, str(tmp_path / "pages")]
        process = subprocess.Popen(command)
        while len(live.asked("efetch")) < 4 and process.poll() is None:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        live.pause_seconds = 0.0
        before = len(live.asked("efetch"))
        fake = FakeTime()
        done = download(client(live, fake), QUERY, tmp_path / "pages", page_size=2)
        starts = [request.one("retstart") for request in live.asked("efetch")]
        assert pmids(done) == expected(live)
        # The page it died in may have been asked for, and never came to disk.
        assert len(starts) - len(set(starts)) <= 1
        assert len(starts) > before >= 4


def test_only_a_finished_download_is_read_and_each_record_once(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    live.fail("efetch", "status", status=418)
    with pytest.raises(ServiceError):
        download(client(live, fake), QUERY, tmp_path)
    with pytest.raises(SourceError, match="expected a finished download from PubMed"):
        list(downloaded_records(tmp_path))
    done = download(client(live, fake), QUERY, tmp_path)
    (page,) = tmp_path.glob("page-*")
    shutil.copy(page, tmp_path / "page-0000-00001.xml.gz")  # as when a part is searched anew
    assert pmids(done) == expected(live)


@pytest.mark.parametrize("page_size", [0, -1, 1_001])
def test_a_page_has_from_one_to_a_thousand_records(
    live: LiveServer, fake: FakeTime, tmp_path: Path, page_size: int
) -> None:
    with pytest.raises(SourceError, match="expected from 1 to 1,000 records a page"):
        download(client(live, fake), QUERY, tmp_path, page_size=page_size)
    assert not live.requests


def test_another_search_is_not_mixed_in(live: LiveServer, fake: FakeTime, tmp_path: Path) -> None:
    download(client(live, fake), QUERY, tmp_path / "pages")
    with pytest.raises(SourceError, match="the folder holds the search 'malaria'"):
        download(client(live, fake), "asthma", tmp_path / "pages")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("x")
    with pytest.raises(SourceError, match="holds other files"):
        download(client(live, fake), QUERY, tmp_path / "mine")
    with pytest.raises(SourceError, match="expected a finished download"):
        list(downloaded_records(tmp_path / "mine"))


def test_a_list_of_pmids_is_posted(live: LiveServer, fake: FakeTime, tmp_path: Path) -> None:
    ids = [record.pmid or "" for record in shipped_records()[40:90]]
    done = download_ids(client(live, fake), ids, tmp_path, page_size=20)
    assert pmids(done) == ids
    (posted,) = live.asked("epost")
    assert posted.method == "POST"
    assert posted.one("id").split(",") == ids
    again = download_ids(client(live, fake), ids, tmp_path, page_size=20)
    assert again == done
    with pytest.raises(SourceError, match="name another folder"):
        download_ids(client(live, fake), ids[:-1], tmp_path)


def test_a_list_longer_than_pubmed_gives_at_once(fake: FakeTime, tmp_path: Path) -> None:
    with serving(made(25)) as live:
        live.most_per_search = 10
        ids = [record.record_id for record in live.records]
        done = download_ids(client(live, fake), ids, tmp_path, page_size=4)
        assert pmids(done) == ids
        assert len(live.asked("epost")) == 3


@pytest.mark.parametrize("wrong", ["12a", "0", "1234567890", "1,2", "../1", "", "١٢"])
def test_only_pmids_are_sent(live: LiveServer, fake: FakeTime, tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ServiceError, match="expected PMIDs"):
        download_ids(client(live, fake), ["1", wrong], tmp_path)
    with pytest.raises(ServiceError, match="expected PMIDs"):
        client(live, fake).linked([wrong], "similar")
    assert not live.requests


def test_citing_and_similar_articles(live: LiveServer, fake: FakeTime) -> None:
    ids = [record.pmid or "" for record in shipped_records()[:250]]
    citing = client(live, fake).linked(ids[:120], "cited_in")
    assert list(citing) == ids[:120]
    assert citing[ids[3]] == (ids[4], ids[5])
    similar = client(live, fake).linked(ids[3:4], "similar")
    assert similar == {ids[3]: (ids[2],)}  # without itself
    assert [len(r.parameters["id"]) for r in live.asked("elink")] == [100, 20, 1]


# More than PubMed gives at once


def test_a_large_search_is_split_by_entrez_date(fake: FakeTime, tmp_path: Path) -> None:
    with serving(made(137)) as live:
        live.most_per_search = 10
        done = download(client(live, fake), "trial", tmp_path, page_size=4)
        assert sorted(pmids(done)) == sorted(r.record_id for r in live.records)
        assert (done.n_records, done.notices) == (137, ())
        searches = [r for r in live.asked("esearch") if r.one("usehistory")]
        assert {r.one("datetype") for r in searches} == {"edat"}
        assert max(int(r.one("retstart")) for r in live.asked("efetch")) < 10
        n_requests = len(live.requests)
        download(client(live, fake), "trial", tmp_path, page_size=4)
        assert len(live.requests) == n_requests


def test_a_large_search_that_stops_at_every_request(fake: FakeTime, tmp_path: Path) -> None:
    with serving(made(60)) as live:
        live.most_per_search = 10
        whole = download(client(live, fake), "trial", tmp_path / "whole", page_size=4)
        n_requests = len(live.requests)
        live.n_good = 1
        for _ in range(n_requests - 1):  # each run goes on by its one request
            with pytest.raises(ServiceError, match="HTTP 418"):
                download(client(live, fake), "trial", tmp_path / "cut", page_size=4)
            live.n_good = 1
        done = download(client(live, fake), "trial", tmp_path / "cut", page_size=4)
        assert pmids(done) == pmids(whole)
        assert done.search == whole.search


def test_one_day_with_too_many_records_is_said(fake: FakeTime, tmp_path: Path) -> None:
    same_day = [
        r.model_copy(update={"year": 2010}) for r in made(2_000) if int(r.record_id) % 365 == 9
    ]
    with serving(same_day) as live:
        live.most_per_search = 3
        day = entrez_day(same_day[0])
        with pytest.raises(ServiceError, match=f"added to PubMed on {day} alone.*narrow"):
            download(client(live, fake), "trial", tmp_path)


# Sessions of the history server


def test_an_expired_session_is_searched_again(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    live.fail("efetch", "expired", times=1)
    done = download(client(live, fake), QUERY, tmp_path, page_size=7)
    assert pmids(done) == expected(live)
    assert done.notices == ()
    sessions = [r.one("WebEnv") for r in live.asked("efetch")]
    assert len(set(sessions)) == 2


def test_a_search_that_changed_is_reported_and_completed(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    def stop(n: int, _: int) -> None:
        if n >= 14:
            raise KeyboardInterrupt

    before = expected(live)
    with pytest.raises(KeyboardInterrupt):
        download(client(live, fake), QUERY, tmp_path, page_size=7, progress=stop)
    new = live.matching(QUERY)[0][0].model_copy(
        update={"pmid": "99000001", "record_id": "99000001"}
    )
    live.records = [new, *(r for r in live.records if r.pmid not in before[20:22])]
    live.expire()
    n_fetched = len(live.asked("efetch"))
    done = download(client(live, fake), QUERY, tmp_path, page_size=7)
    assert sorted(pmids(done)) == sorted(expected(live))
    (again, counted) = done.notices
    assert again == (
        f"the search was run again on 2026-11-21: {len(before) - 1} records instead of "
        f"{len(before)}, 2 of those before no longer found"
    )
    assert f"counted {len(before)} records at first and named {len(before) - 1}" in counted
    by_id = [r for r in live.asked("efetch")[n_fetched:] if r.one("id")]
    fetched = [pmid for r in by_id for pmid in r.one("id").split(",")]
    assert not set(fetched) & set(before[:14])  # what was held is not fetched again


def test_a_history_server_that_keeps_nothing(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    live.fail("efetch", "expired", times=1000)
    with pytest.raises(ServiceError, match="loses the search again and again"):
        download(client(live, fake), QUERY, tmp_path)
    assert len(live.asked("efetch")) < 10


# Faults

PASSING: list[tuple[Kind, dict[str, object]]] = [
    ("status", {"status": 429}),
    ("status", {"status": 500}),
    ("status", {"status": 502}),
    ("status", {"status": 503}),
    ("reset", {}),
    ("cut_short", {}),
    ("truncated", {}),
    ("html", {}),
    ("garbage", {}),
    ("missing", {"n": 2}),
    ("foreign", {}),
    ("doubled", {}),
    ("packed", {}),
    ("timeout_in_words", {}),
]


@pytest.mark.parametrize(("kind", "details"), PASSING, ids=lambda value: str(value))
def test_a_passing_fault_is_survived(
    live: LiveServer, fake: FakeTime, tmp_path: Path, kind: Kind, details: dict[str, object]
) -> None:
    live.fail("efetch", kind, times=1, **details)
    done = download(client(live, fake), QUERY, tmp_path, page_size=20)
    assert pmids(done) == expected(live)
    assert fake.waits.count(1.0) == 1  # waited once


LASTING = [("efetch", *fault) for fault in PASSING if fault[0] != "missing"]
LASTING += [
    ("esearch", *fault)
    for fault in PASSING
    if fault[0] not in ("missing", "foreign", "doubled", "timeout_in_words")
]


@pytest.mark.parametrize(("endpoint", "kind", "details"), LASTING, ids=str)
def test_a_lasting_fault_ends_in_one_line(
    live: LiveServer,
    fake: FakeTime,
    tmp_path: Path,
    endpoint: str,
    kind: Kind,
    details: dict[str, object],
) -> None:
    live.fail(endpoint, kind, times=100, **details)
    with pytest.raises(ServiceError, match=f"^PubMed: {endpoint}: .* try again later$") as error:
        download(client(live, fake), QUERY, tmp_path, page_size=20)
    assert error.value.retryable
    assert "\n" not in str(error.value)
    assert len(live.asked(endpoint)) == 6
    assert [wait for wait in fake.waits if wait >= 1] == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert not list(tmp_path.glob("page-*"))


@pytest.mark.parametrize(
    ("kind", "told"),
    [("cut_short", "was cut short: "), ("packed", "is packed"), ("html", "<html>")],
)
def test_the_fault_is_named(live: LiveServer, fake: FakeTime, kind: Kind, told: str) -> None:
    live.fail("esearch", kind, times=9)
    with pytest.raises(ServiceError, match=told):
        client(live, fake).search(QUERY)


def test_lists_with_missing_ids_are_asked_for_again(live: LiveServer, fake: FakeTime) -> None:
    live.fail("esearch", "missing")
    assert list(client(live, fake).find(QUERY).pmids) == expected(live)
    live.fail("elink", "missing")
    ids = expected(live)[:5]
    assert list(client(live, fake).linked(ids, "similar")) == ids
    assert [r.endpoint for r in live.requests] == ["esearch", "esearch", "elink", "elink"]


def test_a_page_that_was_half_written_is_no_page(
    live: LiveServer, fake: FakeTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(self: Path, target: Path) -> None:
        if "page-" in target.name:
            raise KeyboardInterrupt
        os.replace(self, target)  # noqa: PTH105 - Path.replace is what is replaced

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            download(client(live, fake), QUERY, tmp_path)
    assert not list(tmp_path.glob("page-*"))
    assert pmids(download(client(live, fake), QUERY, tmp_path)) == expected(live)


def test_a_disk_that_refuses_is_one_line(live: LiveServer, fake: FakeTime, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SourceError, match="expected a folder that can be written") as error:
        download(client(live, fake), QUERY, tmp_path / "file" / "pages")
    assert "\n" not in str(error.value)


def test_slow_answers_are_given_up(live: LiveServer, fake: FakeTime) -> None:
    live.fail("esearch", "slow", times=1)
    assert client(live, fake, timeout_seconds=0.1).search(QUERY).count
    live.fail("esearch", "slow", times=2)
    retries = Retries(waits_seconds=(1.0,))
    with pytest.raises(ServiceError, match="no answer in time \\(tried 2 times\\)"):
        client(live, fake, timeout_seconds=0.1, retries=retries).search(QUERY)


def test_no_server_is_one_line(fake: FakeTime) -> None:
    with serving([]) as live:
        pass
    with pytest.raises(ServiceError, match=r"the connection failed .*refused"):
        client(live, fake).search(QUERY)


def test_the_wait_that_the_service_asks_for_is_kept(live: LiveServer, fake: FakeTime) -> None:
    live.fail("esearch", "status", status=429, headers={"Retry-After": "7"})
    later = {
        "Date": "Sat, 21 Nov 2026 06:00:00 GMT",
        "Retry-After": "Sat, 21 Nov 2026 06:00:09 GMT",
    }
    live.fail("esearch", "status", status=503, headers=later)
    live.fail("esearch", "status", status=503, headers={"Retry-After": "soon"})
    client(live, fake).search(QUERY)
    assert [wait for wait in fake.waits if wait >= 1] == [7.0, 9.0, 4.0]
    live.fail("esearch", "status", status=429, headers={"Retry-After": "86400"})
    with pytest.raises(ServiceError, match="HTTP 429; it asks to wait 86400 seconds"):
        client(live, fake).search(QUERY)


def test_entities_and_redirects_are_refused_at_once(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    live.fail("efetch", "entities")
    with pytest.raises(ServiceError, match="declares entities"):
        download(client(live, fake), QUERY, tmp_path)
    live.fail("efetch", "redirect")
    with pytest.raises(ServiceError, match="HTTP 302: redirects are not followed"):
        download(client(live, fake), QUERY, tmp_path)
    assert not live.asked("elsewhere")
    assert len(live.asked("efetch")) == 2


def test_an_answer_without_end_is_refused(
    live: LiveServer, fake: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexers.live_requests.LARGEST_ANSWER_BYTES", 500)
    with pytest.raises(ServiceError, match="larger than 500 bytes"):
        client(live, fake).find(QUERY)


def test_records_that_pubmed_names_and_does_not_give(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    ids = expected(live)
    live.withheld = set(ids[3:5])
    live.deleted = {ids[6]}
    live.books = {ids[8]}
    done = download(client(live, fake), QUERY, tmp_path, page_size=20)
    assert pmids(done) == [pmid for i, pmid in enumerate(ids) if i not in (3, 4, 6, 8)]
    assert done.missing == tuple(ids[3:5])
    assert done.n_records == len(ids) - 4
    assert done.notices == (
        f"PubMed does not give PMID {ids[3]}, {ids[4]}",
        "1 book articles were found and give no record",
    )
    by_id = [r.one("id") for r in live.asked("efetch") if r.one("id")]
    assert by_id == [f"{ids[3]},{ids[4]}"] * 2


def test_many_records_that_do_not_come_are_an_error(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    ids = expected(live)
    live.withheld = set(ids[:11])
    with pytest.raises(ServiceError, match=f"^PubMed: 11 of {len(ids)} records do not come"):
        download(client(live, fake), QUERY, tmp_path, page_size=20)
    live.withheld = set()
    assert sorted(pmids(download(client(live, fake), QUERY, tmp_path))) == sorted(ids)


def test_a_damaged_page_on_disk_is_named(live: LiveServer, fake: FakeTime, tmp_path: Path) -> None:
    download(client(live, fake), QUERY, tmp_path)
    (page,) = tmp_path.glob("page-*")
    page.write_bytes(gzip.compress(b"<html/>"))
    state = json.loads((tmp_path / "search.json").read_text())
    state["complete"] = False
    state["parts"][0]["done"] = False
    (tmp_path / "search.json").write_text(json.dumps(state))
    with pytest.raises(SourceError, match=r"page-0000-00000\.xml\.gz: expected a page"):
        download(client(live, fake), QUERY, tmp_path)
    (tmp_path / "search.json").write_text('{"search": ')
    with pytest.raises(SourceError, match=r"search\.json: expected the state"):
        download(client(live, fake), QUERY, tmp_path)


@given(
    body=st.binary(max_size=400)
    | st.text(alphabet="<>/&;!PubmedArticleSetPMID1 \"'", max_size=80).map(str.encode)
)
@settings(max_examples=150, deadline=None)
def test_no_body_breaks_the_reader(body: bytes) -> None:
    pubmed = PubMed(EntrezAccount(EMAIL))
    try:
        page = pubmed.page(body)
    except (Fault, EvidenceError):
        return
    assert all(pmid.isdigit() for pmid in page.pmids)


# Secrets


def test_the_key_is_nowhere(
    live: LiveServer, fake: FakeTime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = (
        f'{{"error":"API rate limit exceeded","api-key":"{KEY}","email":"{EMAIL} {quote(EMAIL)}"}}'
    )
    pubmed = client(live, fake)
    texts = [repr(pubmed), repr(pubmed.service), repr(EntrezAccount(EMAIL, SecretStr(KEY)))]
    for kind, status in (("status", 429), ("status", 400), ("reset", 0), ("redirect", 0)):
        live.faults = []
        live.fail("esearch", kind, times=9, status=status, body=told)  # type: ignore[arg-type]
        with pytest.raises(ServiceError) as error:
            pubmed.search(QUERY)
        texts += traceback.format_exception(error.value)
        chained: BaseException | None = error.value
        while chained is not None:
            texts += [str(chained), repr(chained), repr(vars(chained))]
            chained = chained.__cause__ or chained.__context__
    live.faults = []
    live.records = [
        r.model_copy(update={"abstract": f"{r.abstract} {KEY}"}) for r in live.records
    ]  # an answer that repeats the key
    done = download(pubmed, QUERY, tmp_path, page_size=20)
    assert done.n_records
    texts += [record.getMessage() for record in caplog.records]
    for file in tmp_path.rglob("*"):
        body = file.read_bytes()
        texts.append((gzip.decompress(body) if file.suffix == ".gz" else body).decode())
    for text in texts:
        assert KEY not in text
        assert EMAIL not in text
        assert "librarian%2Bsearch" not in text
    assert all(request.one("api_key") == KEY for request in live.requests)


@pytest.mark.parametrize("url", ["http://eutils.example.org/", "ftp://127.0.0.1/", "eutils", ""])
def test_the_key_goes_to_no_open_address(url: str) -> None:
    with pytest.raises(ServiceError, match="expected a base URL with https"):
        PubMed(EntrezAccount(EMAIL, SecretStr(KEY)), base_url=url)


@pytest.mark.parametrize(("email", "key"), [("", KEY), ("me", KEY), (EMAIL, "k&email=x y z 1 2 3")])
def test_an_account_that_cannot_be_is_refused_unseen(email: str, key: str) -> None:
    with pytest.raises(ServiceError, match="expected an") as error:
        EntrezAccount(email, SecretStr(key))
    assert key not in str(error.value)


def test_a_tool_is_one_word() -> None:
    with pytest.raises(ServiceError, match="expected a tool's name"):
        EntrezAccount(EMAIL, tool="x\r\nHost: elsewhere")


def test_biopython_is_left_as_it_was(live: LiveServer, fake: FakeTime) -> None:
    names = ("email", "tool", "api_key", "max_tries", "sleep_between_tries", "urlopen")
    before = {name: getattr(bio_entrez, name) for name in names}
    client(live, fake).search(QUERY)
    live.fail("esearch", "reset", times=9)
    with pytest.raises(ServiceError):
        client(live, fake).search(QUERY)
    assert {name: getattr(bio_entrez, name) for name in names} == before


# Pace


@pytest.mark.parametrize(("key", "per_second"), [(None, 3), (KEY, 10)])
def test_the_rate_limit_is_kept_and_not_undershot(
    live: LiveServer, fake: FakeTime, tmp_path: Path, key: str | None, per_second: int
) -> None:
    download(client(live, fake, key), QUERY, tmp_path, page_size=1)
    times = [request.at for request in live.requests]
    assert len(times) > 3 * per_second
    for i, start in enumerate(times):
        assert sum(1 for at in times[i:] if at < start + 1.0) <= per_second
    assert times[-1] - times[0] < 1.15 * (len(times) - 1) / per_second


def test_the_rate_limit_in_real_time() -> None:
    with serving(made(3)) as live:
        account = EntrezAccount(EMAIL, SecretStr(KEY))
        pubmed = PubMed(account, base_url=live.eutils)
        for _ in range(5):
            pubmed.count("trial")
        gaps = [b.at - a.at for a, b in itertools.pairwise(live.requests)]
        assert min(gaps) > 0.09
        assert sum(gaps) < 2.0
