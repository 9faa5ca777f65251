"""What a service or a disk does wrong, and what becomes of the download."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.entrez import EntrezAccount, PubMed
from indexers.entrez_download import download
from indexers.errors import EvidenceError, SourceError
from indexers.live_requests import Fault, Retries, ServiceError
from tests.eutils_server import FakeTime, Kind, LiveServer, serving
from tests.indexers.entrez.entrez_factory import EMAIL, QUERY, client, expected, pmids

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
    assert client(live, fake, timeout_seconds=0.5).search(QUERY).count
    live.fail("esearch", "slow", times=2)
    retries = Retries(waits_seconds=(1.0,))
    with pytest.raises(ServiceError, match="no answer in time \\(tried 2 times\\)"):
        client(live, fake, timeout_seconds=0.5, retries=retries).search(QUERY)


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
