from __future__ import annotations

import gzip
import itertools
import json
import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.errors import SourceError
from indexers.europe_pmc import EuropePmc, downloaded_records
from indexers.live_requests import ServiceError
from indexers.records import Record
from tests.eutils_server import FakeTime, Kind, LiveServer, serving

QUERY = "malaria"
FULL = {
    "id": "101",
    "source": "MED",
    "pmid": "101",
    "pmcid": "PMC5",
    "doi": "10.1/x",
    "title": "Effect of <i>x</i> on 10<sup>5</sup> cells &amp; p&lt;0.05.",
    "authorString": "Doe JB.",
    "authorList": {
        "author": [
            {"fullName": "Doe JB", "lastName": "Doe", "firstName": "Jane B", "initials": "JB"},
            {"fullName": "Roe R", "lastName": "Roe", "initials": "R"},
            {"collectiveName": "Trial Group"},
        ]
    },
    "pubYear": "2004",
    "journalInfo": {"yearOfPublication": 2005, "journal": {"title": "Journal of Trials"}},
    "abstractText": "<h4>Background</h4>Why.<h4>Results: </h4>p < 0.05 and <b>n</b>=3.<p>End.</p>",
    "language": "eng",
    "license": "cc by",
    "pubTypeList": {"pubType": ["Randomized Controlled Trial", "research-article"]},
    "keywordList": {"keyword": ["cure"]},
    "meshHeadingList": {
        "meshHeading": [
            {"majorTopic_YN": "Y", "descriptorName": "Malaria"},
            {
                "majorTopic_YN": "N",
                "descriptorName": "Asthma",
                "meshQualifierList": {
                    "meshQualifier": [
                        {
                            "abbreviation": "DT",
                            "qualifierName": "drug therapy",
                            "majorTopic_YN": "Y",
                        }
                    ]
                },
            },
        ]
    },
    "chemicalList": {"chemical": [{"name": "Chloroquine", "registryNumber": "886U3H6UFF"}]},
    "commentCorrectionList": {
        "commentCorrection": [
            {"id": "7", "source": "MED", "type": "Comment in"},
            {"id": "9", "source": "MED", "type": "Retraction in", "reference": "J. 2006"},
        ]
    },
}


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


def client(live: LiveServer, fake: FakeTime, **settings: float) -> EuropePmc:
    return EuropePmc(base_url=live.europe_pmc, clock=fake.clock, **settings)


def expected(live: LiveServer) -> list[str]:
    return [record.pmid or "" for record in live.matching(QUERY)[0]]


def ids(folder: Path) -> list[str]:
    return [record.record_id for record in downloaded_records(folder)]


def served(live: LiveServer, monkeypatch: pytest.MonkeyPatch, *results: dict[str, Any]) -> None:
    monkeypatch.setattr("tests.served_answers.core_result", dict)
    monkeypatch.setattr(live, "matching", lambda query: (list(results), []))


def test_search_and_download(live: LiveServer, fake: FakeTime, tmp_path: Path) -> None:
    service = client(live, fake)
    found = service.search(f" {QUERY}\n")
    assert (found.count, found.query, found.query_translation) == (41, QUERY, QUERY)
    assert (found.database, found.date_of_search) == ("europe_pmc", date(2026, 11, 21))
    told: list[tuple[int, int]] = []
    done = service.download(QUERY, tmp_path, page_size=6, progress=lambda *n: told.append(n))
    assert ids(tmp_path) == expected(live)
    assert (done.n_records, done.notices, done.search) == (41, (), found)
    assert told[-1] == (41, 41)
    first = next(iter(downloaded_records(tmp_path)))
    original = live.matching(QUERY)[0][0]
    assert first.abstract.startswith("Aim: ")
    assert first.abstract.split() == ["Aim:", *original.abstract.split()]
    assert first.title == f"{' '.join(original.title.split())}."
    sent = live.asked("search")[1]
    assert (sent.one("resultType"), sent.one("format"), sent.one("cursorMark")) == (
        "core",
        "json",
        "*",
    )


def test_all_fields(
    live: LiveServer, fake: FakeTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(live, monkeypatch, FULL)
    client(live, fake).download(QUERY, tmp_path)
    (record,) = downloaded_records(tmp_path)
    assert record == Record(
        record_id="101",
        source="europe_pmc",
        title="Effect of x on 10^5 cells & p<0.05.",
        abstract="Background: Why.\nResults: p < 0.05 and n=3.\nEnd.",
        pmid="101",
        doi="10.1/x",
        pmcid="PMC5",
        year=2004,
        journal="Journal of Trials",
        authors=("Doe, Jane B", "Roe, R", "Trial Group"),
        publication_types=("Randomized Controlled Trial", "research-article"),
        mesh=("Malaria", "Asthma"),
        mesh_headings=("*Malaria", "Asthma/*drug therapy"),
        chemicals=("Chloroquine",),
        keywords=("cure",),
        language="eng",
        licence="cc by",
        retracted=True,
        retraction_pmids=("9",),
    )


def test_control_characters_do_not_come_through(
    live: LiveServer, fake: FakeTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = "\x1b[31mred\x9b"
    changes = {"title": bad, "abstractText": bad, "keywordList": {"keyword": [bad]}, "doi": bad}
    served(live, monkeypatch, FULL | changes)
    client(live, fake).download(QUERY, tmp_path)
    (record,) = downloaded_records(tmp_path)
    assert (record.title, record.abstract, *record.keywords, record.doi) == ("[31mred",) * 4
    live.fail("search", "status", status=400, body=bad)
    with pytest.raises(ServiceError) as error:
        client(live, fake).search(QUERY)
    assert str(error.value).isprintable()


def test_ids_of_other_sources_do_not_look_like_pmids(
    live: LiveServer, fake: FakeTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(
        live,
        monkeypatch,
        {"id": "PPR123", "source": "PPR", "title": "A preprint"},
        {"id": "101", "source": "AGR", "title": "Agricola"},
        {"id": "PMC77", "source": "PMC", "pmcid": "PMC77", "title": "Only in PMC"},
    )
    client(live, fake).download(QUERY, tmp_path)
    records = list(downloaded_records(tmp_path))
    assert [r.record_id for r in records] == ["PPR123", "AGR:101", "PMC77"]
    assert [r.pmid for r in records] == [None] * 3
    assert [r.retracted for r in records] == [False] * 3


def test_a_stopped_download_fetches_no_page_twice(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    live.n_good = 1
    for _ in range(6):
        with pytest.raises(ServiceError, match="HTTP 418"):
            client(live, fake).download(QUERY, tmp_path, page_size=6)
        with pytest.raises(SourceError, match="expected a finished download"):
            ids(tmp_path)
        live.n_good = 1
    client(live, fake).download(QUERY, tmp_path, page_size=6)
    assert ids(tmp_path) == expected(live)
    n_requests = len(live.requests)
    client(live, fake).download(QUERY, tmp_path, page_size=6)
    assert len(live.requests) == n_requests
    with pytest.raises(SourceError, match="holds the search 'malaria'"):
        client(live, fake).download("asthma", tmp_path)


PASSING: list[tuple[Kind, dict[str, object]]] = [
    ("status", {"status": 429}),
    ("status", {"status": 500}),
    ("status", {"status": 503}),
    ("reset", {}),
    ("cut_short", {}),
    ("truncated", {}),
    ("html", {}),
    ("garbage", {}),
    ("packed", {}),
]


@pytest.mark.parametrize(("kind", "details"), [*PASSING, ("missing", {"n": 2})], ids=str)
def test_a_passing_fault_is_survived(
    live: LiveServer, fake: FakeTime, tmp_path: Path, kind: Kind, details: dict[str, object]
) -> None:
    live.fail("search", kind, times=1, **details)
    assert client(live, fake).download(QUERY, tmp_path, page_size=30).notices == ()
    assert ids(tmp_path) == expected(live)
    assert fake.waits.count(1.0) == 1


@pytest.mark.parametrize(("kind", "details"), PASSING, ids=str)
def test_a_lasting_fault_ends_in_one_line(
    live: LiveServer, fake: FakeTime, tmp_path: Path, kind: Kind, details: dict[str, object]
) -> None:
    live.fail("search", kind, times=100, **details)
    with pytest.raises(ServiceError, match=r"^Europe PMC: search: .* try again later$") as error:
        client(live, fake).download(QUERY, tmp_path)
    assert "\n" not in str(error.value)
    assert len(live.requests) == 6


def test_refused_requests_are_not_sent_again(live: LiveServer, fake: FakeTime) -> None:
    live.fail("search", "status", status=400, body="<b>Bad</b> query:\n near ')'")
    with pytest.raises(ServiceError, match=r"HTTP 400, the request was refused: Bad query: near"):
        client(live, fake).search(QUERY)
    live.fail("search", "redirect")
    with pytest.raises(ServiceError, match="redirects are not followed"):
        client(live, fake).search(QUERY)
    with pytest.raises(ServiceError, match="empty"):
        client(live, fake).search(" ")
    assert len(live.requests) == 2


def test_slow_answers_are_given_up(live: LiveServer, fake: FakeTime) -> None:
    live.fail("search", "slow", times=1)
    assert client(live, fake, timeout_seconds=0.5).search(QUERY).count == 41
    assert len(live.requests) == 2


def test_the_wait_that_the_service_asks_for_is_kept(live: LiveServer, fake: FakeTime) -> None:
    live.fail("search", "status", status=429, headers={"Retry-After": "11"})
    client(live, fake).search(QUERY)
    assert 11.0 in fake.waits


def test_an_answer_without_end_is_refused(
    live: LiveServer, fake: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexers.live_requests.LARGEST_ANSWER_BYTES", 100)
    with pytest.raises(ServiceError, match="larger than 100 bytes"):
        client(live, fake).search(QUERY)


def test_records_that_never_come_are_reported(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    live.fail("search", "missing", times=2, n=3)
    done = client(live, fake).download(QUERY, tmp_path, page_size=30)
    assert done.n_records == 38
    assert done.notices == ("europe_pmc counted 41 records at the search and gave 38",)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../../etc/passwd"},
        {"id": "101\n102"},
        {"pmid": "1 OR 1"},
        {"pmcid": "PMC5/../6"},
        {"source": "med"},
        {"title": ["a", "list"]},
        {"pubYear": "MMIV"},
        {"authorList": {"author": "Doe"}},
    ],
    ids=str,
)
def test_results_of_another_shape_are_refused(
    live: LiveServer,
    fake: FakeTime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
) -> None:
    served(live, monkeypatch, FULL | change)
    with pytest.raises(ServiceError, match=r"resultList\.result\.0\.\w+"):
        client(live, fake).download(QUERY, tmp_path)
    assert not list(tmp_path.glob("page-*"))


def test_a_search_too_large_is_refused(
    live: LiveServer, fake: FakeTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexers.live_cursor.MOST_RECORDS", 40)
    with pytest.raises(ServiceError, match="41 records found, more than 40; narrow the query"):
        client(live, fake).download(QUERY, tmp_path)


def test_a_damaged_page_is_named(live: LiveServer, fake: FakeTime, tmp_path: Path) -> None:
    client(live, fake).download(QUERY, tmp_path)
    (page,) = tmp_path.glob("page-*")
    page.write_bytes(page.read_bytes()[:-30])
    with pytest.raises(SourceError, match=r"page-00000\.json\.gz: expected a page"):
        ids(tmp_path)
    page.write_bytes(gzip.compress(json.dumps({"hitCount": 1}).encode()))
    with pytest.raises(SourceError, match=r"page-00000\.json\.gz: expected a page"):
        ids(tmp_path)


def test_pace_and_silence(
    live: LiveServer, fake: FakeTime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="indexers")
    client(live, fake).download(QUERY, tmp_path, page_size=2)
    gaps = [b.at - a.at for a, b in itertools.pairwise(live.requests)]
    assert min(gaps) == pytest.approx(0.2)
    assert max(gaps) == pytest.approx(0.2)
    assert not caplog.records


@given(text=st.text(alphabet="<>/hp4sub &;xl\n\"'", max_size=60) | st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_markup_breaks_the_text(text: str) -> None:
    from indexers.europe_pmc import _abstract, _line

    assert "\n" not in _line(text)
    assert all(line.strip() == line and line for line in _abstract(text).split("\n") if line)
