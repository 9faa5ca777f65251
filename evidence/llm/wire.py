"""The HTTP client under an OpenAI-compatible server: every fault becomes one clear error.

The client holds the key and nothing above it does; it forwards no header that a library or an
environment variable may have added, follows no redirect, and hands on only the fields of a
completion that were checked.
"""

from __future__ import annotations

import email.utils
import json
import math
import time
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import BaseModel, Field, ValidationError

from evidence.errors import EngineError

LARGEST_BODY_BYTES = 16 * 2**20
_FORWARDED_HEADERS = ("content-type", "accept")


class RefusedRequest(EngineError):
    """The server understood the request and does not take it (HTTP 400 or 422)."""


class BusyServer(EngineError):
    """The server asks to come back; `wait_seconds` is its Retry-After, when it gave one."""

    def __init__(self, message: str, wait_seconds: float | None) -> None:
        super().__init__(message, retryable=True)
        self.wait_seconds = wait_seconds


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(BaseModel):
    model: str | None = None
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


class CheckedClient(httpx.Client):
    """Sends a request and lets nothing through but a complete chat completion.

    Args:
        key: The key, or None for a server that needs none.
        key_variable: The environment variable that holds the key, for messages.
        timeout_seconds: The longest a call may take, its body included.

    Raises:
        EngineError: From `send`, for every fault of the wire, of the server and of its answer.
    """

    def __init__(self, key: str | None, key_variable: str, timeout_seconds: float) -> None:
        super().__init__(timeout=timeout_seconds)
        self._key = key
        self._key_variable = key_variable
        self._seconds = timeout_seconds

    def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """The server's answer, checked; the keyword arguments of httpx are not used."""
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
        except httpx.TimeoutException:
            raise self._too_slow(where) from None
        except httpx.ConnectError:
            raise EngineError(
                f"{where}: no connection; start the server or correct base_url", retryable=True
            ) from None
        except httpx.HTTPError as error:
            kind = type(error).__name__
            raise EngineError(f"{where}: the answer broke off ({kind})", retryable=True) from None
        if not response.is_success:
            raise self._fault(response, body, where)
        return httpx.Response(200, json=_checked(body, where, self._key), request=request)

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
        return EngineError(
            f"{where}: no answer within {self._seconds:g} s; raise timeout_seconds", retryable=True
        )

    def _fault(self, response: httpx.Response, body: bytes, where: str) -> EngineError:
        status = response.status_code
        said = f"{where}: HTTP {status}"
        # llama.cpp's Python server answers 500, not 400, to a response_format it does not know.
        if status in (400, 422) or (status == 500 and b"response_format" in body):
            return RefusedRequest(f"{said}, the request was refused{_detail(body, self._key)}")
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
        return EngineError(f"{said}{_detail(body, self._key)}")


def _checked(body: bytes, where: str, key: str | None) -> dict[str, Any]:
    """The fields of a completion that the program uses.

    Raises:
        EngineError: The body is no completion, or the model refused, fell silent or ran out.
    """
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            started = body.lstrip().startswith(b"{")
            what = "JSON that breaks off" if started else "something that is not JSON"
            raise EngineError(f"{where}: answered with {what}", retryable=started) from None
        place = ".".join(str(part) for part in first["loc"])
        raise EngineError(
            f"{where}: expected a chat completion, its {place or 'body'} is wrong or missing"
            f"{_detail(body, key)}"
        ) from None
    choice = completion.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        said = one_line(choice.message.refusal or "content filter", key)
        raise EngineError(f"{where}: the model refused to answer ({said})")
    if choice.finish_reason == "length":
        raise EngineError(f"{where}: the reply was cut off at its length limit; raise max_tokens")
    if not (choice.message.content or "").strip():
        raise EngineError(f"{where}: the model gave an empty reply")
    usage = completion.usage or _Usage()
    return {
        "id": "",
        "object": "chat.completion",
        "created": 0,
        "model": completion.model or "",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": choice.message.content},
            }
        ],
        "usage": {
            "prompt_tokens": usage.prompt_tokens or 0,
            "completion_tokens": usage.completion_tokens or 0,
            "total_tokens": 0,
        },
    }


def one_line(text: str, key: str | None = None) -> str:
    """At most 200 printable characters on one line, without the key."""
    hidden = text.replace(key, "[key]") if key else text
    printable = "".join(ch if ch.isprintable() else " " for ch in hidden)
    flat = " ".join(printable.split())
    return flat if len(flat) <= 200 else f"{flat[:199]}…"


def _detail(body: bytes, key: str | None) -> str:
    """What a server says of an error, where it says it in one of the usual places."""
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    while isinstance(said, dict):
        said = next((said[k] for k in ("error", "message", "detail") if k in said), "")
    return f": {one_line(said, key)}" if isinstance(said, str) and said else ""


def _retry_after_seconds(header: str | None) -> float | None:
    """Retry-After (RFC 9110 §10.2.3) in seconds: a number of them, or a date."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            at = email.utils.parsedate_to_datetime(header)
        except ValueError:
            return None
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)
        seconds = (aware - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
