"""How all live sources are asked: pace, retries, limits, and faults in one line.

An answer is hostile input: it has a largest size and a longest time, redirects are refused, and
no text of it reaches a message before secrets are taken out.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import quote, urlsplit

import httpx

from indexers.errors import EvidenceError

LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
LONGEST_ANSWER_SECONDS = 600.0
Result = TypeVar("Result")
_LONGEST_MESSAGE = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TOO_MANY_REQUESTS = 429


class ServiceError(EvidenceError):
    """A live service did not give a usable answer; `retryable` if it may do so later."""

    def __init__(self, service: str, message: str, *, retryable: bool = False) -> None:
        self.service = service
        self.retryable = retryable
        super().__init__(f"{service}: {' '.join(message.split())}")


class Fault(Exception):
    """An answer that may be better at the next try.

    Args:
        message: What was wrong with it.
        wait_seconds: How long the service asks to wait, when it says so.
    """

    def __init__(self, message: str, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


@dataclass(frozen=True)
class Clock:
    """Time as seconds that only rise, a way to wait, and today's date in UTC."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    today: Callable[[], date] = lambda: datetime.now(UTC).date()


@dataclass(frozen=True)
class Retries:
    """Seconds to wait before each new try; the same for every run.

    A service that asks (`Retry-After`) for more than `longest_wait_seconds` ends the call.
    """

    waits_seconds: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0)
    longest_wait_seconds: float = 120.0


@dataclass(frozen=True)
class Answer:
    """An answer of HTTP, whatever its status; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Service:
    """A service that is asked at a steady pace and asked again after passing faults.

    Args:
        name: How messages call it.
        interval_seconds: The shortest time between two requests.
        secrets: Words that no message may hold.
        credentials: Words that neither a message nor a kept answer may hold.
    """

    name: str
    interval_seconds: float
    clock: Clock = field(default_factory=Clock)
    retries: Retries = field(default_factory=Retries)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    credentials: tuple[str, ...] = field(default=(), repr=False)
    _next_turn: float | None = field(default=None, init=False, repr=False)
    _turns: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def ask(
        self, what: str, send: Callable[[], Answer], read: Callable[[Answer], Result]
    ) -> Result:
        """Send until `read` accepts the answer.

        Raises:
            ServiceError: `read` refuses for good, or the tries are used up.
        """
        fault, tries = "", 0
        for wait in (*self.retries.waits_seconds, None):
            self._wait_for_turn()
            tries += 1
            try:
                return read(self._without_credentials(send()))
            except Fault as error:
                fault, asked = str(error), error.wait_seconds or 0.0
            if asked > self.retries.longest_wait_seconds:
                fault += f"; it asks to wait {asked:.0f} seconds"
                break
            if wait is not None:
                self.clock.sleep(max(wait, asked))
        # Raised here and not in the handler, so that no chained error carries an address.
        tried = "once" if tries == 1 else f"{tries} times"
        raise self.error(f"{what}: {fault} (tried {tried}); try again later", retryable=True)

    def error(self, message: str, *, retryable: bool = False) -> ServiceError:
        """The error with this message, shortened and without secrets."""
        for secret in (*self.secrets, *self.credentials):
            message = re.sub(f"{re.escape(secret)}|{re.escape(quote(secret))}", "***", message)
        message = one_line(message)
        if len(message) > _LONGEST_MESSAGE:
            message = f"{message[: _LONGEST_MESSAGE - 60]} … {message[-56:]}"
        return ServiceError(self.name, message, retryable=retryable)

    def _without_credentials(self, answer: Answer) -> Answer:
        body = answer.body
        for secret in self.credentials:  # some answers repeat the key; it must not come to disk
            body = body.replace(secret.encode(), b"***")
        return Answer(answer.status, answer.headers, body)

    def _wait_for_turn(self) -> None:
        with self._turns:
            now = self.clock.now()
            if self._next_turn is not None and self._next_turn > now:
                self.clock.sleep(self._next_turn - now)
                now = self._next_turn
            self._next_turn = now + self.interval_seconds


def accepted(service: Service, answer: Answer) -> bytes:
    """The body of an answer of status 200.

    Raises:
        Fault: The service is overloaded or broken for now.
        ServiceError: It refuses the request, or sends it elsewhere.
    """
    status = answer.status
    if status == 200:
        return answer.body
    if status in (408, _TOO_MANY_REQUESTS) or status >= 500:
        raise Fault(f"HTTP {status}", _asked_wait(answer.headers))
    if 300 <= status < 400:
        raise service.error(f"HTTP {status}: redirects are not followed; check the base URL")
    said = " ".join(re.sub(r"<[^<>]*>", " ", answer.body[:2000].decode("utf-8", "replace")).split())
    raise service.error(f"HTTP {status}, the request was refused: {said or 'no reason given'}")


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """`Retry-After` in seconds; a date counts from the answer's own `Date`."""
    asked = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", asked):
        return float(asked)
    try:
        then, sent = (parsedate_to_datetime(h) for h in (asked, headers.get("date", "")))
        return max(0.0, (then - sent).total_seconds())
    except (TypeError, ValueError):
        return None


def one_line(text: str) -> str:
    """Text without line breaks and control characters, which could drive a terminal."""
    return " ".join(_CONTROL.sub(" ", text).split())


def checked_base_url(service: str, base_url: str) -> str:
    """The base URL with one slash at its end.

    Raises:
        ServiceError: It is neither https nor on this machine.
    """
    parts = urlsplit(base_url)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    if (parts.scheme != "https" and not local) or not parts.hostname or parts.query:
        raise ServiceError(service, f"expected a base URL with https, not {base_url!r:.100}")
    return base_url.rstrip("/") + "/"


def read_limited(pieces: Iterable[bytes], headers: Mapping[str, str], clock: Clock) -> bytes:
    """The whole body of an answer.

    Raises:
        Fault: It is too large, too slow, packed, or shorter than it says.
    """
    body, start = bytearray(), clock.now()
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Fault("the answer is packed, which was not asked for")
    for piece in pieces:
        body += piece
        if len(body) > LARGEST_ANSWER_BYTES:
            raise Fault(f"the answer is larger than {LARGEST_ANSWER_BYTES:,} bytes")
        if clock.now() - start > LONGEST_ANSWER_SECONDS:
            raise Fault(f"the answer takes longer than {LONGEST_ANSWER_SECONDS:.0f} seconds")
    said = headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:18]) != len(body):
        raise Fault(f"the answer was cut short: {len(body):,} of {int(said[:18]):,} bytes")
    return bytes(body)


def get(client: httpx.Client, url: str, parameters: Mapping[str, str], clock: Clock) -> Answer:
    """One GET; no redirect is followed.

    Raises:
        Fault: The connection failed, or the body cannot be used.
    """
    try:
        sent = {"Accept-Encoding": "identity"}
        with client.stream("GET", url, params=dict(parameters), headers=sent) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = read_limited(response.iter_raw(), headers, clock)
            return Answer(response.status_code, headers, body)
    except httpx.TimeoutException:
        fault = "no answer in time"
    except httpx.TransportError as error:
        fault = f"the connection failed ({error or type(error).__name__})"
    raise Fault(fault)


def checked_query(service: str, query: str) -> str:
    """The query without space around it.

    Raises:
        ServiceError: It is empty, or holds what is no text.
    """
    if any("\ud800" <= character <= "\udfff" for character in query):
        raise ServiceError(service, "expected a query of whole characters; is it in UTF-8?")
    if not query.strip():
        raise ServiceError(service, "the query is empty; expected at least one term")
    return query.strip()
