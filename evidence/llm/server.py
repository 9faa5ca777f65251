"""Any OpenAI-compatible server, through llama-index's `OpenAILike`."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import BoundedSemaphore, Lock
from typing import Any, Literal

from pydantic import BaseModel

from evidence.config import OpenAIEngine, TransformersEngine
from evidence.errors import EngineError, SettingsError
from evidence.llm.asking import Answer, checked_reply
from evidence.llm.backoff import Backoff
from evidence.llm.faults import LostAnswer, RefusedRequest, UnusableAnswer, one_line
from evidence.llm.ledger import Ledger
from evidence.llm.protocol import CallSettings, Reply, Value, json_schema, request_digest
from evidence.llm.wire import CheckedClient

SchemaFormat = Literal["json_schema", "json_object", "plain"]
FORMATS: tuple[SchemaFormat, ...] = ("json_schema", "json_object", "plain")
"""How a server can be held to a schema, strictest first; llama-cpp-python takes the second."""


def call_settings(engine: OpenAIEngine | TransformersEngine) -> CallSettings:
    """How an engine is asked; its address and time-out decide no reply."""
    return CallSettings(
        model=engine.model,
        context_window_tokens=engine.context_window_tokens,
        max_tokens=engine.max_tokens,
        seed=engine.seed,
        temperature=engine.temperature,
    )


class ServerModel:
    """Asks a server; any number of threads may share one instance.

    It remembers by which format the server takes a schema, found with the first call that is
    answered, and has no more than `n_at_once` calls under way.

    Args:
        engine: The server's address, the model and how it is asked.
        key: The key, or None for a server that needs none.
        sleep: Waits so many seconds before a further try.
        ledger: Counts the calls and ends them with the budget; None counts for itself.

    Raises:
        SettingsError: llama-index is not installed, or it does not take the settings.
    """

    def __init__(
        self,
        engine: OpenAIEngine,
        key: str | None,
        sleep: Callable[[float], None] = time.sleep,
        ledger: Ledger | None = None,
    ) -> None:
        self._settings = call_settings(engine)
        self._server = _open_ai_like(engine, key)
        self._backoff = Backoff(engine.max_tries, engine.retry_seconds, sleep)
        self._ledger = ledger or Ledger()
        self._places = BoundedSemaphore(engine.n_at_once)
        self._format: SchemaFormat | None = None
        self._finding_format = Lock()

    @property
    def settings(self) -> CallSettings:
        """The model and how it is asked."""
        return self._settings

    @property
    def schema_format(self) -> SchemaFormat | None:
        """By which format the server takes a schema; None before the first answer."""
        return self._format

    def complete(self, prompt: str, schema: type[Value]) -> Reply[Value]:
        """The answer, checked as a whole against the schema; one retry shows what was wrong.

        Raises:
            BudgetExceeded: The next call may go over the budget; it was not made.
            EngineError: The server failed, or the answer did not fit the schema twice.
        """
        return checked_reply(self._ask, self._settings, prompt, schema)

    def _ask(self, text: str, schema: type[BaseModel]) -> Answer:
        """One answer, by the first format that the server takes."""
        if self._format is None:
            with self._finding_format:
                # Another thread may have found it while this one waited.
                if self._format is None:
                    return self._ask_in_any_format(text, schema)
        return self._call_with_backoff(text, self._format, schema)

    def _ask_in_any_format(self, text: str, schema: type[BaseModel]) -> Answer:
        for attempt in FORMATS:
            try:
                answer = self._call_with_backoff(text, attempt, schema)
            except RefusedRequest as error:
                refusal = error
            else:
                self._format = attempt
                return answer
        raise refusal

    def _call_with_backoff(
        self, text: str, schema_format: SchemaFormat, schema: type[BaseModel]
    ) -> Answer:
        response_format = _response_format(schema_format, schema)
        seed = request_digest(self._settings, text, schema)
        return self._backoff.call(lambda: self._counted_call(text, response_format), seed)

    def _counted_call(self, text: str, response_format: dict[str, Any]) -> Answer:
        with self._places, self._ledger.call(text, self._settings.max_tokens) as entry:
            try:
                answer = self._call(text, response_format)
            except UnusableAnswer as error:
                entry.took_tokens(error.prompt_tokens, error.reply_tokens)
                raise
            except LostAnswer:
                entry.lost()
                raise
            entry.answered(answer.text, answer.prompt_tokens, answer.reply_tokens)
            return answer

    def _call(self, text: str, response_format: dict[str, Any]) -> Answer:
        from llama_index.core.base.llms.types import ChatMessage
        from openai import OpenAIError

        try:
            response = self._server.chat(
                [ChatMessage(role="user", content=text)], **response_format
            )
        except OpenAIError as error:
            # The client of openai wraps what our own client raised; that says it best.
            if isinstance(error.__cause__, EngineError):
                raise error.__cause__ from None
            raise EngineError(
                f"model {self._settings.model}: the call failed ({type(error).__name__})"
            ) from None
        return Answer(
            text=response.message.content or "",
            model=response.raw.model,
            prompt_tokens=response.raw.usage.prompt_tokens,
            reply_tokens=response.raw.usage.completion_tokens,
        )


def _open_ai_like(engine: OpenAIEngine, key: str | None) -> Any:
    try:
        from llama_index.llms.openai_like import OpenAILike
    except ImportError as error:
        raise SettingsError(
            "engine openai: llama-index is missing; pip install 'evidence-synthesis[llm]'"
        ) from error
    if not engine.base_url.startswith(("http://", "https://")):
        raise SettingsError(f"base_url {engine.base_url!r}: expected http:// or https://")
    try:
        return OpenAILike(
            model=engine.model,
            api_base=engine.base_url,
            api_key="held-by-the-http-client",  # empty would send llama-index to OPENAI_API_KEY
            is_chat_model=True,
            context_window=engine.context_window_tokens,
            max_tokens=engine.max_tokens,
            temperature=engine.temperature,
            additional_kwargs={"seed": engine.seed},
            timeout=engine.timeout_seconds,
            max_retries=0,
            http_client=CheckedClient.of(engine, key),
        )
    except ValueError as error:
        raise SettingsError(f"model {engine.model!r}: {one_line(str(error), key)}") from None


def _response_format(name: SchemaFormat, schema: type[BaseModel]) -> dict[str, Any]:
    match name:
        case "json_schema":
            described = {"name": schema.__name__, "strict": True, "schema": json_schema(schema)}
            return {"response_format": {"type": "json_schema", "json_schema": described}}
        case "json_object":
            return {"response_format": {"type": "json_object", "schema": json_schema(schema)}}
        case "plain":
            return {}
