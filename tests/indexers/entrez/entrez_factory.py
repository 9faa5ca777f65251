"""The client of the tests, and what it has to find."""

from __future__ import annotations

from pydantic import SecretStr

from indexers.entrez import EntrezAccount, PubMed
from indexers.entrez_download import downloaded_records
from indexers.live_pages import Download
from indexers.records import Record
from tests.eutils_server import FakeTime, LiveServer

KEY = "0123456789abcdef0123456789abcdef0123"
EMAIL = "librarian+search@example.org"
QUERY = "malaria"


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
