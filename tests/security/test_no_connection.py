"""No text of a document, and of the settings only a server's address, opens a connection."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from evidence.errors import EvidenceError, SourceError
from evidence.reports.uploads import read_upload
from evidence.settings_toml import load_settings
from indexers.guidelines import read_guideline
from indexers.jats import read_jats
from indexers.live_requests import ServiceError, checked_base_url
from indexers.references import read_records
from tests.indexers.guideline_files import page_content, write_pdf

PRIVATE = ("http://169.254.169.254/latest/x.html", "https://127.0.0.1:1/x.html", "file://{}")
LINKS = (
    '<img src="{0}"/><link rel="stylesheet" href="{0}"/><iframe src="{0}"></iframe>'
    '<object data="{0}"></object><style>@import "{0}";</style><script src="{0}"></script>'
    '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{0}" parse="text"/>'
    '<graphic xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{0}"/><a href="{0}">here</a>'
)
LONG = "The patients were seen at home by nurses who wrote all they saw in a diary. " * 6


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was asked of the network; all of it is refused."""
    found: list[object] = []

    def refuse(*words: object, **_: object) -> None:
        found.append(words)
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    return found


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.html"
    path.write_text("<p>the-secret</p>")
    return path


@pytest.mark.parametrize("address", PRIVATE)
def test_links_of_a_document_are_not_followed(
    tmp_path: Path, secret: Path, asked: list[object], address: str
) -> None:
    links = LINKS.format(address.format(secret))
    (tmp_path / "g.html").write_text(f"<html><h1>Methods</h1><p>{LONG}</p>{links}</html>")
    (tmp_path / "g.md").write_text(f"# Methods\n\n{LONG} ![i]({address}) [a]({address})\n\n{links}")
    (tmp_path / "j.xml").write_text(
        f'<?xml-stylesheet href="{address}"?><!DOCTYPE article SYSTEM "{address}">'
        f"<article><front><article-meta><title-group><article-title>T</article-title></title-group>"
        f"</article-meta></front><body><sec><title>Methods</title><p>{LONG}{links}</p></sec></body>"
        "</article>"
    )
    write_pdf(tmp_path / "p.pdf", [page_content(f"{address}\n/URI ({address})\n{LONG}")])
    texts = [
        read_guideline(tmp_path / "g.html", "g").text,
        read_guideline(tmp_path / "g.md", "g").text,
        read_guideline(tmp_path / "p.pdf", "g").text,
        read_jats(tmp_path / "j.xml", "r").text,
        read_upload("g.html", (tmp_path / "g.html").read_bytes()).document.text,
    ]
    assert all("nurses" in text for text in texts)
    assert not any("the-secret" in text for text in texts)
    assert asked == []


@pytest.mark.parametrize("address", PRIVATE)
def test_a_guideline_of_the_settings_is_a_file_and_never_an_address(
    tmp_path: Path, secret: Path, asked: list[object], address: str
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[guidelines]\npaths = ["{address.format(secret)}"]\n')
    (path,) = load_settings(settings).guidelines.paths
    with pytest.raises(SourceError, match="expected a readable file"):
        read_guideline(path, "g")
    assert asked == []


@pytest.mark.parametrize("address", PRIVATE)
@pytest.mark.parametrize("kind", ["csv", "ris", "jsonl"])
def test_addresses_in_records_are_text(
    tmp_path: Path, secret: Path, asked: list[object], address: str, kind: str
) -> None:
    where = address.format(secret)
    made = {
        "csv": f"record_id,title,abstract,doi\n1,{where},{where},{where}\n",
        "ris": f"TY  - JOUR\nTI  - {where}\nUR  - {where}\nL1  - {where}\nER  - \n",
        "jsonl": f'{{"record_id": "1", "source": "s", "title": "{where}", "abstract": ""}}\n',
    }[kind]
    (tmp_path / f"r.{kind}").write_text(made)
    (record,) = read_records(tmp_path / f"r.{kind}")
    assert record.title == where
    assert asked == []


@pytest.mark.parametrize(
    "address",
    [
        *(
            "http://169.254.169.254/",
            "http://example.org/",
            "file:///etc/passwd",
            "ftp://x/",
            "//x/",
        ),
        *(
            "https:///x",
            "https://x/?a=1",
            "http://localhost.example.org/",
            "http://127.0.0.1.nip.io/",
        ),
        *("http://127.0.0.1@example.org/", "gopher://127.0.0.1/", "javascript:alert(1)", ""),
    ],
)
def test_a_live_source_is_asked_by_https_or_on_this_machine(
    asked: list[object], address: str
) -> None:
    with pytest.raises(ServiceError, match="expected a base URL with https"):
        checked_base_url("PubMed", address)
    assert checked_base_url("PubMed", "https://example.org/e") == "https://example.org/e/"
    assert asked == []


@pytest.mark.parametrize("line", ['api_key = "sk-123456"', 'token = "sk-123456"'])
def test_a_key_in_the_settings_is_refused_and_not_repeated(tmp_path: Path, line: str) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'[engine]\nkind = "openai"\nbase_url = "http://x/v1"\nmodel = "m"\n{line}\n'
    )
    with pytest.raises(EvidenceError, match=line.split(" ")[0]) as error:
        load_settings(settings)
    assert "sk-123456" not in str(error.value)
