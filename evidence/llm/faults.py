"""The ways in which a call to a language model fails, and what is told of them."""

from __future__ import annotations

import json
import re

from evidence.errors import EngineError


class RefusedRequest(EngineError):
    """The server understood the request and does not take it (HTTP 400 or 422)."""


class Unreached(EngineError):
    """No connection was made: nothing was asked, and nothing is charged."""


class BusyServer(EngineError):
    """The server asks to come back; `wait_seconds` is its Retry-After, when it gave one."""

    def __init__(self, message: str, wait_seconds: float | None) -> None:
        super().__init__(message, retryable=True)
        self.wait_seconds = wait_seconds


class LostAnswer(EngineError):
    """The server took the request and its answer got lost on the way, or took too long."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=True)


class UnusableAnswer(EngineError):
    """The model answered and it is of no use: the same request would be answered alike.

    Its tokens are given as far as they are told, else 0; retryable is what ran out of time.
    """

    def __init__(
        self,
        message: str,
        prompt_tokens: int = 0,
        reply_tokens: int = 0,
        *,
        retryable: bool = False,
    ) -> None:
        super().__init__(message, retryable=retryable)
        self.prompt_tokens = prompt_tokens
        self.reply_tokens = reply_tokens


_IN_WORDS = {
    "no connection": "its server cannot be reached",
    "no answer within": "it did not answer in time",
    "busy or broken": "its server is busy or broken",
    "broke off": "its answer broke off",
    "breaks off": "its answer broke off",
    "not JSON": "its server answered with something else",
    "refused to answer": "it refused to answer",
    "empty reply": "it gave an empty reply",
    "length limit": "its answer was cut off at its length limit",
    "did not fit": "its answer did not fit the schema",
    "no recorded call": "the call is not among the recorded ones",
}


_OF_NO_USE = re.compile(
    r"(?:https?://\S+|model .+?): (?:the model (?:refused to answer|gave an empty reply)"
    r"|the reply was cut off|its answer did not fit)"
)


def tells_of_no_use(message: str) -> bool:
    """Whether a failure was an answer of no use, where only its message was kept."""
    return _OF_NO_USE.match(message) is not None


def in_words(error: EngineError) -> str:
    """Why there is no answer, in words of this program alone; empty for what it has no words for.

    It can stand in a sentence whose numbers have to be quoted, where an address or a text of the
    server could not. A replayed failure is told by its message, so nothing else is looked at.
    """
    message = str(error)
    return next((told for sign, told in _IN_WORDS.items() if sign in message), "")


def one_line(text: str, key: str | None = None) -> str:
    """At most 200 printable characters on one line, without the key."""
    hidden = text.replace(key, "[key]") if key else text
    printable = "".join(ch if ch.isprintable() else " " for ch in hidden)
    flat = " ".join(printable.split())
    return flat if len(flat) <= 200 else f"{flat[:199]}…"


def detail(body: bytes, key: str | None) -> str:
    """What a server says of an error, where it says it in one of the usual places."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    while isinstance(said, dict):
        said = next((said[k] for k in ("error", "message", "detail") if k in said), "")
    return f": {one_line(said, key)}" if isinstance(said, str) and said else ""
