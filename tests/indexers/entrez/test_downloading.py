"""Downloads in pages: stopped, continued, and split where PubMed gives no more at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from indexers.entrez_download import download, downloaded_records
from indexers.errors import SourceError
from indexers.live_requests import ServiceError
from tests.eutils_server import FakeTime, LiveServer, entrez_day, serving
from tests.indexers.entrez.entrez_factory import QUERY, client, expected, made, pmids


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
        live.pause_seconds = 0.1  # a busy machine kills late, and still before the end
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
