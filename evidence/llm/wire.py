"""The HTTP client under an OpenAI-compatible server: every fault becomes one clear error.

The client holds the key and nothing above it does; it forwards no header that a library or an
environment variable may have added, follows no redirect, and hands on only the fields of a
completion that were checked.
"""

from __future__ import annotations

import email.utils
import math
import ssl
import time
from datetime import UTC, datetime
from typing import Any, Self

import httpx

from evidence.config import OpenAIEngine
from evidence.errors import EngineError, SettingsError
from evidence.llm.completion import checked_completion, checked_model_names
from evidence.llm.faults import BusyServer, LostAnswer, RefusedRequest, Unreached, detail

LARGEST_BODY_BYTES = 16 * 2**20
_FORWARDED_HEADERS = ("content-type", "accept")


class CheckedClient(httpx.Client):
    """Sends a request and lets nothing through but a complete chat completion.

    Args:
        key: The key, or None for a server that needs none.
        key_variable: The environment variable that holds the key, for messages.
        timeout_seconds: The longest a call may take, its body included.
        use_proxy: Whether the usual environment variables name a proxy for the server.
        trusted: Decides which certificates are trusted.

    Raises:
        EngineError: From `send`, for every fault of the wire, of the server and of its answer.
        SettingsError: The environment names a proxy that cannot be used.
    """

    def __init__(
        self,
        key: str | None,
        key_variable: str,
        timeout_seconds: float,
        use_proxy: bool,
        trusted: ssl.SSLContext,
    ) -> None:
        try:
            super().__init__(timeout=timeout_seconds, trust_env=use_proxy, verify=trusted)
        except (ValueError, ImportError):
            # A proxy's address may hold a password, so it is not shown.
            raise SettingsError(
                "use_proxy: HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is no proxy that can be used; "
                "expected http://host:port"
            ) from None
        self._key = key
        self._key_variable = key_variable
        self._seconds = timeout_seconds
        self._through = "server or the proxy" if use_proxy else "server"

    @classmethod
    def of(cls, engine: OpenAIEngine, key: str | None) -> Self:
        """The client for a server.

        Raises:
            SettingsError: `ca_file` holds no certificates, or the proxy cannot be used.
        """
        trusted = httpx.create_ssl_context()
        if engine.ca_file is not None:
            try:
                trusted.load_verify_locations(cafile=engine.ca_file)
            except OSError as error:  # ssl.SSLError is one
                raise SettingsError(
                    f"ca_file {engine.ca_file}: expected certificates in PEM format "
                    f"({error.strerror or 'unreadable'})"
                ) from None
        variable, seconds = engine.api_key_variable, engine.timeout_seconds
        return cls(key, variable, seconds, engine.use_proxy, trusted)

    def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """The server's answer, checked; the keyword arguments of httpx are not used."""
        body, where = self._exchange(request)
        return httpx.Response(200, json=checked_completion(body, where, self._key), request=request)

    def model_names(self, base_url: str) -> list[str]:
        """The models that the server lists at /models, in its order.

        Raises:
            EngineError: There is no such list, or no server.
        """
        asked = httpx.Request("GET", f"{base_url.rstrip('/')}/models")
        body, where = self._exchange(asked)
        return checked_model_names(body, where, self._key)

    def _exchange(self, request: httpx.Request) -> tuple[bytes, str]:
        """The body of a successful answer, and the server in words."""
        where = f"{request.url.scheme}://{request.url.netloc.decode().rpartition('@')[2]}"
        headers = {k: request.headers[k] for k in _FORWARDED_HEADERS if k in request.headers}
        headers["accept-encoding"] = "identity"
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        plain = httpx.Request(request.method, request.url, headers=headers, content=request.read())
        # Raised without a cause: a server may echo the key, and a traceback prints causes.
        try:
            response = super().send(plain, stream=True, follow_redirects=False)
            try:
                body = self._body(response, where)
            finally:
                response.close()
        except httpx.ConnectTimeout:
            raise self._unreached(where, None) from None
        except httpx.TimeoutException:
            raise self._too_slow(where) from None
        except httpx.ConnectError as error:
            raise self._unreached(where, error) from None
        except httpx.ProxyError:
            raise Unreached(f"{where}: the proxy refused the connection") from None
        except httpx.HTTPError as error:
            kind = type(error).__name__
            raise LostAnswer(f"{where}: the answer broke off ({kind})") from None
        if not response.is_success:
            raise self._fault(response, body, where)
        return body, where

    def _unreached(self, where: str, error: httpx.ConnectError | None) -> Unreached:
        if error is not None and _untrusted(error):
            return Unreached(
                f"{where}: its certificate is not trusted; name the authority's in ca_file"
            )
        return Unreached(
            f"{where}: no connection; start the {self._through} or correct base_url",
            retryable=True,
        )

    def _body(self, response: httpx.Response, where: str) -> bytes:
        """The whole body; the limit of time holds for the sum of its parts, not for each."""
        end = time.monotonic() + self._seconds
        parts = bytearray()
        for part in response.iter_bytes():
            parts += part
            if len(parts) > LARGEST_BODY_BYTES:
                raise EngineError(f"{where}: an answer of more than {LARGEST_BODY_BYTES} bytes")
            if time.monotonic() > end:
                raise self._too_slow(where)
        return bytes(parts)

    def _too_slow(self, where: str) -> EngineError:
        return LostAnswer(f"{where}: no answer within {self._seconds:g} s; raise timeout_seconds")

    def _fault(self, response: httpx.Response, body: bytes, where: str) -> EngineError:
        status = response.status_code
        said = f"{where}: HTTP {status}"
        # llama.cpp's Python server answers 500, not 400, to a response_format it does not know.
        if status in (400, 422) or (status == 500 and b"response_format" in body):
            return RefusedRequest(f"{said}, the request was refused{detail(body, self._key)}")
        if status in (401, 403):
            # What a server says here may hold a part of the key.
            return EngineError(f"{said}, the key was refused; set it in {self._key_variable}")
        if status == 404:
            return EngineError(f"{said}; check base_url (it often ends in /v1) and the model")
        if status in (408, 425, 429) or status >= 500:
            wait = _retry_after_seconds(response.headers.get("retry-after"))
            asked = "" if wait is None else f", come back in {wait:g} s"
            return BusyServer(f"{said}, the server is busy or broken{asked}", wait)
        if 300 <= status < 400:
            return EngineError(f"{said}, a redirect; set base_url to the final address")
        return EngineError(f"{said}{detail(body, self._key)}")


def _untrusted(error: BaseException) -> bool:
    """Whether a failed connection goes back to a certificate that was not trusted."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _retry_after_seconds(header: str | None) -> float | None:
    """Retry-After (RFC 9110 §10.2.3) in seconds: a number of them, or a date."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            at = email.utils.parsedate_to_datetime(header)
        except (ValueError, OverflowError):
            return None
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)
        seconds = (aware - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
