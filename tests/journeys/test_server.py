"""The app's server as others on the net find it: headers, origins, uploads, and a cookie's life."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import httpx
import pytest

from evidence.ui.response_headers import response_headers
from tests.evidence.ui.people_factory import PEOPLE, make_project
from tests.journeys.serving import ROOT, served

STATIC = "/favicon.png"
WAIT_SECONDS = 60
UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "x3JJHMbDL1EzLkh9GBhXDw==",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    project = make_project(tmp_path_factory.mktemp("server") / "p", PEOPLE, 2)
    # As `evidence serve` has it.
    names = {"STREAMLIT_SERVER_ALLOWED_HOSTS": "127.0.0.1 localhost"}
    with served(project.path, environment=names, folder=ROOT) as (_, address):
        yield address


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/screening", 200),
        (STATIC, 200),
        ("/_stcore/health", 200),
        ("/_stcore/host-config", 200),
        ("/media/nothing.png", 404),
    ],
)
def test_every_answer_bears_the_headers(address: str, path: str, status: int) -> None:
    answer = httpx.get(address + path, timeout=WAIT_SECONDS)
    assert answer.status_code == status
    for name, value in response_headers().items():
        assert answer.headers.get_list(name) == [value]


def upgraded(address: str, headers: dict[str, str]) -> AbstractContextManager[httpx.Response]:
    path = f"{address}/_stcore/stream"
    return httpx.stream("GET", path, headers=headers, timeout=WAIT_SECONDS)


def test_no_other_origin_may_read(address: str) -> None:
    for path in ("/", "/_stcore/health", "/_stcore/host-config"):
        answer = httpx.get(
            address + path, headers={"origin": "https://elsewhere.example"}, timeout=WAIT_SECONDS
        )
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("origin", "status"), [("https://elsewhere.example", 403), ("null", 403), ("", 101)]
)
def test_no_other_origin_opens_a_websocket(address: str, origin: str, status: int) -> None:
    headers = UPGRADE | {"origin": origin or address}
    with upgraded(address, headers) as answer:
        assert answer.status_code == status


def test_a_name_that_was_made_to_point_here_opens_none(address: str) -> None:
    port = address.rpartition(":")[2]
    for name, status in (("elsewhere.example", 403), ("localhost", 101)):
        host = f"{name}:{port}"
        headers = UPGRADE | {"host": host, "origin": f"http://{host}"}
        with upgraded(address, headers) as answer:
            assert answer.status_code == status


def test_no_upload_without_the_token_of_a_page(address: str) -> None:
    files = {"file": ("a.ris", b"TY  - JOUR")}
    path = f"{address}/_stcore/upload_file/session/file"
    assert httpx.put(path, files=files, timeout=WAIT_SECONDS).status_code == 403
    cookie = httpx.get(f"{address}/_stcore/health", timeout=WAIT_SECONDS).headers["set-cookie"]
    assert "samesite=strict" in cookie.casefold()


def test_no_session_for_a_made_up_ticket(address: str) -> None:
    headers = {"x-session-ticket": "made-up"}
    answer = httpx.post(f"{address}/session", headers=headers, timeout=WAIT_SECONDS)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
