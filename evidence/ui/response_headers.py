"""Headers on all answers of the app's server: what a page may load, and who may frame it.

Streamlit itself refuses WebSockets from other origins, checks a token on uploads, and answers other
origins without leave to read. Nothing of the app is on another computer, so no other source is
allowed. What is not as strict as it could be is Streamlit's need: it writes styles into the page,
loads its small components from `blob:` addresses, and shows pictures from `data:` addresses.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_FEATURES = ("camera", "geolocation", "microphone", "payment", "usb")


def response_headers() -> dict[str, str]:
    """Names and values."""
    scripts = " ".join(("'self'", "blob:", *_inline_script_digests()))
    policy = {
        "default-src": "'none'",
        "script-src": scripts,
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self'",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "content-security-policy": "; ".join(f"{of} {allowed}" for of, allowed in policy.items()),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": ", ".join(f"{feature}=()" for feature in _FEATURES),
    }


def _inline_script_digests() -> list[str]:
    """Of the scripts that stand in Streamlit's page itself; any other one is refused."""
    page = Path(streamlit.__file__).with_name("static") / "index.html"
    found = _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))
    digests = (hashlib.sha256(script.encode()).digest() for script in found)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


class ResponseHeaders:
    """Middleware that puts the headers on every HTTP answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = [(n.encode(), value.encode()) for n, value in response_headers().items()]
        self._names = {name for name, _ in self._headers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back with the headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [pair for pair in message["headers"] if pair[0].lower() not in self._names]
                message = {**message, "headers": [*own, *self._headers]}
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
