"""The key stays secret, and the pace is kept."""

from __future__ import annotations

import gzip
import logging
import time
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from Bio import Entrez as bio_entrez
from pydantic import SecretStr

from indexers.entrez import EntrezAccount, PubMed
from indexers.entrez_download import download
from indexers.live_requests import ServiceError
from tests.eutils_server import FakeTime, LiveServer, serving
from tests.indexers.entrez.entrez_factory import EMAIL, KEY, QUERY, client, made


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
        begun = time.monotonic()
        account = EntrezAccount(EMAIL, SecretStr(KEY))
        pubmed = PubMed(account, base_url=live.eutils)
        for _ in range(5):
            pubmed.count("trial")
        assert len(live.requests) == 5
        # A busy machine may be late, and never early.
        for n_before, request in enumerate(live.requests):
            assert request.at - begun > 0.0999 * n_before
