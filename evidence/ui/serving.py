"""What the server of the review app does beside Streamlit (app.py puts it together)."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from streamlit.starlette import App

from evidence.errors import EvidenceError
from evidence.serve_options import serve_options
from evidence.ui import session_cookie
from evidence.ui.ahead import open_ahead
from evidence.ui.response_headers import ResponseHeaders

SCRIPT = Path(__file__).with_name("navigation.py")
ROUTES: Sequence[BaseRoute] = (session_cookie.ROUTE,)
MIDDLEWARE: Sequence[Middleware] = (Middleware(ResponseHeaders),)
_ALL_ADDRESSES = ("", "0.0.0.0", "::")  # noqa: S104 - none is listened on here


@asynccontextmanager
async def opening_ahead(_app: App) -> AsyncIterator[dict[str, Any] | None]:
    """Read the project that the app is started with while the browser is on its way."""
    Thread(target=_open_browser, daemon=True).start()
    with suppress(EvidenceError):  # the page says what is wrong with the options
        folder = serve_options(sys.argv[1:]).folder
        if folder is not None:
            Thread(target=open_ahead, args=(folder,), daemon=True).start()
    yield None


def _open_browser() -> None:
    """Show the app, where there is a screen; Streamlit does so only for a server of its own."""
    if st.get_option("server.headless"):
        return
    address = st.get_option("server.address") or ""
    host = "localhost" if address in _ALL_ADDRESSES else address
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    host = f"[{host}]" if ":" in host else host
    webbrowser.open(f"{scheme}://{host}:{st.get_option('server.port')}")
