"""What is asked of PubMed, and how its reading of it is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from indexers.entrez_download import download_ids
from indexers.errors import SourceError
from indexers.live_requests import ServiceError
from tests.eutils_server import FakeTime, LiveServer, serving, shipped_records
from tests.indexers.entrez.entrez_factory import EMAIL, KEY, QUERY, client, expected, made, pmids


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
