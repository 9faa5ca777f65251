"""The cookie of a session: who gets one, and how it is set."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from evidence.people.sessions import Session
from evidence.ui.response_headers import ResponseHeaders, response_headers
from evidence.ui.session_cookie import PATH, ROUTE, SESSIONS, TICKET_HEADER, cookie_name

FOLDER = Path("/reviews/gleam")


@pytest.fixture
def client() -> TestClient:
    app = Starlette(routes=[ROUTE], middleware=[Middleware(ResponseHeaders)])
    return TestClient(app, base_url="http://127.0.0.1:8501")


@pytest.fixture
def key() -> str:
    return SESSIONS.begin(Session("Ada Okoro", FOLDER, "mark", time.monotonic()))


def ticket(key: str) -> dict[str, str]:
    return {TICKET_HEADER: SESSIONS.ticket(key, time.monotonic())}


def test_a_ticket_gives_a_cookie_that_no_script_reads_and_no_site_sends(
    client: TestClient, key: str
) -> None:
    answer = client.post(PATH, headers=ticket(key))
    assert answer.status_code == 204
    name, _, rest = answer.headers["set-cookie"].partition("=")
    token, *flags = (part.strip() for part in rest.split(";"))
    assert name == cookie_name(FOLDER)
    assert SESSIONS.key_of(token) == key
    assert {flag.casefold() for flag in flags} == {"httponly", "path=/", "samesite=strict"}
    assert answer.headers["cache-control"] == "no-store"
    assert token not in str(answer.url)


@pytest.mark.parametrize("headers", [{}, {"x-forwarded-proto": "https"}])
def test_behind_tls_the_cookie_goes_by_tls_alone(
    client: TestClient, key: str, headers: dict[str, str]
) -> None:
    address = PATH if headers else f"https://127.0.0.1{PATH}"
    answer = client.post(address, headers=ticket(key) | headers)
    assert "; Secure" in answer.headers["set-cookie"]


def test_a_ticket_is_taken_once(client: TestClient, key: str) -> None:
    given = ticket(key)
    assert client.post(PATH, headers=given).status_code == 204
    again = client.post(PATH, headers=given)
    assert (again.status_code, "set-cookie" in again.headers) == (403, False)


@pytest.mark.parametrize("headers", [{}, {TICKET_HEADER: ""}, {TICKET_HEADER: "made-up"}])
def test_without_a_good_ticket_there_is_no_cookie(
    client: TestClient, key: str, headers: dict[str, str]
) -> None:
    answer = client.post(PATH, headers=headers)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


def test_a_page_of_another_site_gets_none(client: TestClient, key: str) -> None:
    given = ticket(key)
    for site in ("cross-site", "same-site", "none"):
        assert client.post(PATH, headers=given | {"sec-fetch-site": site}).status_code == 403
    assert client.post(PATH, headers=given | {"sec-fetch-site": "same-origin"}).status_code == 204


def test_an_address_gives_no_ticket(client: TestClient, key: str) -> None:
    given = ticket(key)[TICKET_HEADER]
    assert client.post(f"{PATH}?{TICKET_HEADER}={given}").status_code == 403
    assert client.get(PATH, headers={TICKET_HEADER: given}).status_code == 405


def test_projects_have_cookies_of_their_own() -> None:
    assert cookie_name(FOLDER) != cookie_name(Path("/reviews/other"))


def test_errors_bear_the_headers_too(client: TestClient) -> None:
    for answer in (client.get("/nowhere"), client.post(PATH)):
        assert answer.status_code in (403, 404)
        for name, value in response_headers().items():
            assert answer.headers.get_list(name) == [value]


def test_no_other_computer_is_a_source() -> None:
    policy = response_headers()["content-security-policy"]
    assert "http" not in policy
    assert "*" not in policy
    assert "unsafe-eval" not in policy
    (scripts,) = (part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe-inline" not in scripts
    assert "frame-ancestors 'none'" in policy
