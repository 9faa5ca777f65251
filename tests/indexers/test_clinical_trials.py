from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from indexers.clinical_trials import ClinicalTrials, downloaded_records
from indexers.errors import SourceError
from indexers.live_requests import ServiceError
from indexers.records import Record
from tests.eutils_server import FakeTime, Kind, LiveServer, serving

QUERY = "malaria"
FULL: dict[str, Any] = {
    "identificationModule": {
        "nctId": "NCT00841061",
        "briefTitle": "Zinc for  Diarrhoea",
        "officialTitle": "A Randomised Trial of Zinc",
    },
    "statusModule": {"studyFirstPostDateStruct": {"date": "2009-02-10", "type": "ACTUAL"}},
    "descriptionModule": {"briefSummary": "Zinc is given.\n\n* for 10 days"},
    "conditionsModule": {"conditions": ["Diarrhoea", "Zinc Deficiency"], "keywords": ["zinc"]},
    "armsInterventionsModule": {
        "interventions": [
            {"type": "DIETARY_SUPPLEMENT", "name": "Zinc sulfate"},
            {"type": "DRUG", "name": "Placebo"},
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


def client(live: LiveServer, fake: FakeTime, **settings: float) -> ClinicalTrials:
    return ClinicalTrials(base_url=live.clinical_trials, clock=fake.clock, **settings)


def expected(live: LiveServer) -> list[str]:
    return [f"NCT{int(record.pmid or 0):08d}" for record in live.matching(QUERY)[0]]


def ids(folder: Path) -> list[str]:
    return [record.record_id for record in downloaded_records(folder)]


def served(live: LiveServer, monkeypatch: pytest.MonkeyPatch, protocol: dict[str, Any]) -> None:
    monkeypatch.setattr("tests.eutils_server.registration", lambda p: {"protocolSection": p})
    monkeypatch.setattr(live, "matching", lambda query: ([protocol], []))


def test_search_and_download(live: LiveServer, fake: FakeTime, tmp_path: Path) -> None:
    service = client(live, fake)
    found = service.search(QUERY)
    assert (found.count, found.database) == (41, "clinicaltrials.gov")
    assert found.date_of_search == date(2026, 11, 21)
    done = service.download(QUERY, tmp_path, page_size=6)
    assert ids(tmp_path) == expected(live)
    assert (done.n_records, done.notices, done.search) == (41, (), found)
    pages = live.asked("studies")[1:]
    assert [bool(r.one("pageToken")) for r in pages] == [False] + [True] * 6
    assert [r.one("countTotal") for r in pages] == ["true"] + [""] * 6
    gaps = [b.at - a.at for a, b in itertools.pairwise(live.requests)]
    assert min(gaps) == pytest.approx(1.25)


def test_a_registration_is_a_record(
    live: LiveServer, fake: FakeTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(live, monkeypatch, FULL)
    client(live, fake).download(QUERY, tmp_path)
    assert list(downloaded_records(tmp_path)) == [
        Record(
            record_id="NCT00841061",
            source="clinicaltrials.gov",
            title="Zinc for Diarrhoea",
            abstract=(
                "Zinc is given. * for 10 days\n"
                "Conditions: Diarrhoea; Zinc Deficiency\n"
                "Interventions: Dietary supplement: Zinc sulfate; Drug: Placebo"
            ),
            year=2009,
            keywords=("zinc",),
        )
    ]


def test_a_bare_registration(
    live: LiveServer, fake: FakeTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"nctId": "NCT00000001", "officialTitle": "Only an official title"}
    served(live, monkeypatch, {"identificationModule": named})
    client(live, fake).download(QUERY, tmp_path)
    (record,) = downloaded_records(tmp_path)
    assert (record.title, record.abstract, record.year) == ("Only an official title", "", None)


def test_a_stopped_download_fetches_no_page_twice(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    live.n_good = 1
    for _ in range(6):
        with pytest.raises(ServiceError, match="HTTP 418"):
            client(live, fake).download(QUERY, tmp_path, page_size=6)
        live.n_good = 1
    client(live, fake).download(QUERY, tmp_path, page_size=6)
    assert ids(tmp_path) == expected(live)
    n_requests = len(live.requests)
    assert client(live, fake).download(QUERY, tmp_path).n_records == 41
    assert len(live.requests) == n_requests


PASSING: list[tuple[Kind, dict[str, object]]] = [
    ("status", {"status": 429}),
    ("status", {"status": 502}),
    ("reset", {}),
    ("cut_short", {}),
    ("truncated", {}),
    ("html", {}),
]


@pytest.mark.parametrize(("kind", "details"), [*PASSING, ("missing", {"n": 2})], ids=str)
def test_a_passing_fault_is_survived(
    live: LiveServer, fake: FakeTime, tmp_path: Path, kind: Kind, details: dict[str, object]
) -> None:
    live.fail("studies", kind, times=1, **details)
    assert client(live, fake).download(QUERY, tmp_path, page_size=30).notices == ()
    assert ids(tmp_path) == expected(live)


@pytest.mark.parametrize(("kind", "details"), PASSING, ids=str)
def test_a_lasting_fault_ends_in_one_line(
    live: LiveServer, fake: FakeTime, tmp_path: Path, kind: Kind, details: dict[str, object]
) -> None:
    live.fail("studies", kind, times=100, **details)
    expected_line = "^ClinicalTrials.gov: studies: .* try again later$"
    with pytest.raises(ServiceError, match=expected_line) as error:
        client(live, fake).download(QUERY, tmp_path)
    assert "\n" not in str(error.value)
    assert len(live.requests) == 6


def test_slow_answers_are_given_up(live: LiveServer, fake: FakeTime) -> None:
    live.fail("studies", "slow", times=1)
    assert client(live, fake, timeout_seconds=0.5).search(QUERY).count == 41


def test_a_page_token_that_is_no_longer_known(
    live: LiveServer, fake: FakeTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.n_good = 1
    with pytest.raises(ServiceError):
        client(live, fake).download(QUERY, tmp_path, page_size=30)
    live.n_good = None
    live.fail("studies", "status", status=400, body="pageToken: Not valid token")
    with pytest.raises(ServiceError, match="refused: pageToken: Not valid token"):
        client(live, fake).download(QUERY, tmp_path, page_size=30)


@pytest.mark.parametrize(
    "change",
    [
        {"identificationModule": {"nctId": "NCT1", "briefTitle": "x"}},
        {"identificationModule": {"briefTitle": "x"}},
        {"statusModule": {"studyFirstPostDateStruct": {"date": "yesterday"}}},
        {"conditionsModule": {"conditions": "Diarrhoea"}},
    ],
    ids=str,
)
def test_studies_of_another_shape_are_refused(
    live: LiveServer,
    fake: FakeTime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
) -> None:
    served(live, monkeypatch, FULL | change)
    with pytest.raises(ServiceError, match=r"studies\.0\.protocolSection"):
        client(live, fake).download(QUERY, tmp_path)


def test_a_folder_of_another_source_is_refused(
    live: LiveServer, fake: FakeTime, tmp_path: Path
) -> None:
    from indexers.europe_pmc import EuropePmc
    from indexers.europe_pmc import downloaded_records as articles

    client(live, fake).download(QUERY, tmp_path)
    with pytest.raises(SourceError, match=r"in clinicaltrials\.gov; name another folder"):
        EuropePmc(base_url=live.europe_pmc, clock=fake.clock).download(QUERY, tmp_path)
    with pytest.raises(SourceError, match="expected a finished download from europe_pmc"):
        list(articles(tmp_path))
