"""No secret of a whole review comes to disk: neither a server's key nor a person's password."""

from __future__ import annotations

import gzip
import lzma
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.people.kept_sessions import KeptSessions
from evidence.people.passwords import hash_password
from evidence.people.register import add_person
from evidence.people.sessions import Session
from tests.evidence.llm.openai_server import KEY, KEY_VARIABLE, serving
from tests.faults.model_answers import good
from tests.faults.synthetic import review, trial_store

PASSWORD = "seven blue herons wade"  # noqa: S105
FORMATS = ("md", "html", "docx", "json", "csv", "ris")


def bodies(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below, and what is packed in it."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        body = path.read_bytes()
        yield path.name, body
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{path.name}/{name}", archive.read(name)
        elif path.suffix == ".gz":
            yield path.name, gzip.decompress(body)
        elif path.suffix == ".xz":
            yield path.name, lzma.decompress(body)


def holding(folder: Path, *secrets: str) -> list[str]:
    wanted = [secret.encode() for secret in secrets]
    return [name for name, body in bodies(folder) if any(secret in body for secret in wanted)]


def test_a_whole_review_leaves_no_secret_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with serving(by_request=good) as server:
        store = trial_store(tmp_path / "store", tmp_path / "texts")
        project = review(tmp_path / "project", store, server.engine(n_at_once=1))
        add_person(project.path, "Ada Okoro", ["admin"], hash_password(PASSWORD))
        ran = CliRunner().invoke(app, ["run", str(project.path)])
        assert ran.exit_code == 0, ran.output
        assert {headers["authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
    sessions = KeptSessions()
    session = sessions.begin(Session("Ada Okoro", project.path, "mark", last_act=0.0))
    token, _ = sessions.redeem(sessions.ticket(session, 0.0), 0.0) or ("", None)
    assert token
    for name in FORMATS:
        out = str(tmp_path / f"report.{name}")
        told = CliRunner().invoke(
            app, ["export", str(project.path), "--format", name, "--out", out]
        )
        assert told.exit_code == 0, told.output
    project.close()
    assert holding(tmp_path, "Ada Okoro") != []  # it sees what is there
    assert holding(tmp_path, KEY, PASSWORD, session, token) == []


def test_what_is_packed_is_seen(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<p>{KEY}</p>" * 50)
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(f"{KEY}".encode() * 50))
    (tmp_path / "c.xz").write_bytes(lzma.compress(f"{KEY}".encode() * 50))
    assert holding(tmp_path, KEY) == ["a.docx/word/document.xml", "b.json.gz", "c.xz"]
