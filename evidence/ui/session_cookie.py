"""The cookie by which a browser that loads the page again finds its session.

Streamlit speaks to the browser through a WebSocket, which can set no cookie. So whoever has signed
in is given a ticket there, and a constant script of a few lines gives it back by HTTP, in a header;
the answer sets the cookie. The token is in no address, no script can read it, and no other site's
page can send it.
"""

from __future__ import annotations

import hashlib
import time
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit.components.v2 import component
from streamlit.components.v2.types import ComponentRenderer

from evidence.people.kept_sessions import KeptSessions

SESSIONS = KeptSessions()
PATH = "/session"
TICKET_HEADER = "x-session-ticket"

_SCRIPT = """
export default function ({ data }) {
  if (data && data.ticket)
    fetch("PATH", { method: "POST", headers: { "HEADER": data.ticket } });
}
"""


def cookie_name(folder: Path) -> str:
    """A name for each project, for all servers of a machine share its cookies."""
    return f"evidence-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"


def key_in_cookie(folder: Path) -> str | None:
    """The key of the session that this browser showed a good token for, if it did."""
    token: object = st.context.cookies.get(cookie_name(folder))
    return SESSIONS.key_of(token) if isinstance(token, str) else None


def give_ticket(ticket: str) -> None:
    """Have the browser come for its cookie."""
    if SESSIONS.waits(ticket, time.monotonic()):
        _giver()(key="session-ticket", data={"ticket": ticket}, height=1)


@cache
def _giver() -> ComponentRenderer:
    script = _SCRIPT.replace("PATH", PATH).replace("HEADER", TICKET_HEADER)
    return component("evidence_session", js=script)


async def _set_cookie(request: Request) -> Response:
    """204 with the cookie for a good ticket of a page of this app; else 403."""
    own_page = request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    ticket = request.headers.get(TICKET_HEADER, "")
    redeemed = SESSIONS.redeem(ticket, time.monotonic()) if own_page and ticket else None
    if redeemed is None:
        return Response(status_code=403)
    token, session = redeemed
    response = Response(status_code=204, headers={"cache-control": "no-store"})
    response.set_cookie(
        cookie_name(session.folder),
        token,
        httponly=True,
        samesite="strict",
        secure=_is_https(request),
    )
    return response


def _is_https(request: Request) -> bool:
    """Whether the browser came by TLS; a proxy says so, and to lie about it helps nobody."""
    by_proxy = request.headers.get("x-forwarded-proto", "").split(",")[0].strip()
    return request.url.scheme == "https" or by_proxy == "https"


ROUTE = Route(PATH, _set_cookie, methods=["POST"])
