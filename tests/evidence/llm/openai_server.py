"""A local server that speaks /v1/chat/completions by a script, its faults included.

`self_signed.pem` is its certificate for 127.0.0.1, with its key, for the next hundred years:

    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
        -subj "/CN=test server" -addext "subjectAltName=IP:127.0.0.1" \
        -keyout key.pem -out cert.pem && cat cert.pem key.pem > self_signed.pem
"""

from __future__ import annotations

import importlib.util
import json
import os
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from evidence.config import OpenAIEngine

KEY_VARIABLE = "EVIDENCE_TEST_KEY"
KEY = "sk-test-4f1d9c7b2e"
SELF_SIGNED = Path(__file__).with_name("self_signed.pem")


@dataclass
class Turn:
    """One answer of the server.

    `missing` bytes are promised and not sent; `drip` seconds pass before each byte; `delay`
    seconds before the answer.
    """

    body: bytes | dict[str, Any] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    missing: int = 0


def completion(content: str | dict[str, Any] | None, **choice: Any) -> Turn:
    """A chat completion whose message holds `content`; `choice` overrides fields around it."""
    text = json.dumps(content) if isinstance(content, dict) else content
    message = {"role": "assistant", "content": text, **choice.pop("message", {})}
    return Turn(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "fake-model-1",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        }
    )


@dataclass
class FakeServer:
    """Gives its turns in order and the last one for ever; keeps what it was sent.

    `by_request` makes the turn from a request instead, where there is one.
    `most_at_once` is how many requests were under way together. It has no list of models when
    `models` is None.
    """

    turns: Sequence[Turn]
    refuses: tuple[str, ...] = ()
    port: int = 0
    scheme: str = "http"
    models: tuple[str, ...] | None = ("fake-model",)
    at_once: int = 0
    most_at_once: int = 0
    by_request: Callable[[dict[str, Any]], Turn] | None = None
    lock: Lock = field(default_factory=Lock)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answered: int = 0

    def engine(self, **settings: Any) -> OpenAIEngine:
        return OpenAIEngine(
            base_url=f"{self.scheme}://127.0.0.1:{self.port}/v1",
            model="fake-model",
            api_key_variable=KEY_VARIABLE,
            **{"timeout_seconds": 5.0, **settings},
        )

    @property
    def prompts(self) -> list[str]:
        return [request["messages"][0]["content"] for request in self.requests]

    @property
    def formats(self) -> list[str]:
        return [r.get("response_format", {}).get("type", "plain") for r in self.requests]

    def next_turn(self, request: dict[str, Any]) -> Turn:
        self.requests.append(request)
        if self.formats[-1] in self.refuses:
            return Turn({"error": {"message": "response_format is not supported"}}, 400)
        self.answered += 1
        if self.by_request is not None:
            return self.by_request(request)
        return self.turns[min(self.answered, len(self.turns)) - 1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or every answer waits 40 ms for the client's next packet

    def do_GET(self) -> None:
        fake: FakeServer = self.server.fake  # type: ignore[attr-defined]
        fake.headers.append({k.lower(): v for k, v in self.headers.items()})
        if fake.models is None or urlsplit(self.path).path != "/v1/models":
            self._give(Turn({"error": "no such page"}, 404))
        else:
            listed = [{"id": name, "object": "model"} for name in fake.models]
            self._give(Turn({"object": "list", "data": listed}))

    def do_POST(self) -> None:
        fake: FakeServer = self.server.fake  # type: ignore[attr-defined]
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with fake.lock:
            fake.headers.append({k.lower(): v for k, v in self.headers.items()})
            turn = fake.next_turn(request)
            fake.at_once += 1
            fake.most_at_once = max(fake.most_at_once, fake.at_once)
        # What comes through a proxy has a whole address here.
        if urlsplit(self.path).path != "/v1/chat/completions":
            turn = Turn({"error": "no such page"}, 404)
        time.sleep(turn.delay)
        with fake.lock:
            fake.at_once -= 1
        self._give(turn)

    def _give(self, turn: Turn) -> None:
        body = turn.body if isinstance(turn.body, bytes) else json.dumps(turn.body).encode()
        self.send_response(turn.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) + turn.missing))
        for name, value in turn.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            if turn.drip:
                for at in range(len(body)):
                    time.sleep(turn.drip)
                    self.wfile.write(body[at : at + 1])
            else:
                self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass
        if turn.missing:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Nothing on the console."""


@contextmanager
def serving(
    *turns: Turn,
    refuses: tuple[str, ...] = (),
    https: bool = False,
    by_request: Callable[[dict[str, Any]], Turn] | None = None,
) -> Iterator[FakeServer]:
    """A server with these turns on a free port of 127.0.0.1."""
    need_llama_index()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.block_on_close = False
    fake = FakeServer(turns, refuses, server.server_address[1], by_request=by_request)
    if https:
        fake.scheme = "https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(SELF_SIGNED)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.fake = fake  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def need_llama_index() -> None:
    """Skip where llama-index is missing; in CI that is a failure."""
    if importlib.util.find_spec("llama_index") and importlib.util.find_spec(
        "llama_index.llms.openai_like"
    ):
        return
    reason = "llama-index is not installed: pip install 'evidence-synthesis[llm]'"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
